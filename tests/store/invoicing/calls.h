#ifndef TESTS_STORE_INVOICING_CALLS_H
#define TESTS_STORE_INVOICING_CALLS_H

#include "common/io/clock.h"
#include "common/io/service.h"
#include "invoicing/handlers.h"
#include "relance/invoicing/v1/invoicing.pb-c.h"
#include "support/outcome.h"
#include "support/pg.h"
#include "unit/test.h"

/* Invoicing's handlers on a real database, without the bus. */

#define PB(name) Relance__Invoicing__V1__##name
#define PB_INIT(name) relance__invoicing__v1__##name##__init

static struct {
	struct pg *pg;
	struct db *db; /* as relance_invoicing */
	struct arena *arena;
} here;

/* Runs a handler in a transaction of its own, which is committed if it succeeded and `keep` is set. */
static inline struct err run_on(struct db *db, struct arena *arena, rpc_handler handler, enum db_mode mode,
				const ProtobufCMessage *request, bool keep, void *reply)
{
	DB_TX_SCOPE tx = db_begin(db, arena, mode);
	struct rpc_call call = { .arena = arena, .db = db, .tx = &tx, .request = request };

	TRY(handler(&call));
	if (!keep)
		return OK;
	TRY(db_commit(&tx));
	if (reply)
		*(ProtobufCMessage **)reply = call.reply;
	return OK;
}

static inline struct err run(rpc_handler handler, const ProtobufCMessage *request, void *reply)
{
	return run_on(here.db, here.arena, handler, DB_WRITE, request, true, reply);
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
	here.db = pg_connect(here.pg, "relance_invoicing");
	here.arena = arena_new(0);
	clock_use_test(true);
	service_settings.test_clock = true;
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(&here.db);
	arena_destroy(&here.arena);
	pg_stop(&here.pg);
	return 0;
}

/* MAIN on a test clock of 2026-03-02, with the customer C1; everything else is gone. */
static inline int books_open(void **state)
{
	(void)state;
	arena_reset(here.arena);
	pg_execute(
		here.pg,
		"SET client_min_messages = warning; SET session_replication_role = replica;"
		"TRUNCATE invoicing.creditor CASCADE; TRUNCATE ledger.open_item, ledger.balance, ledger.test_clock, "
		"feed.outbox, invoicing.imported_item, invoicing.item_change, invoicing.import_row, invoicing.dispute;"
		"ALTER TABLE ledger.posting DISABLE TRIGGER posting_append_only;"
		"ALTER TABLE ledger.compound_entry DISABLE TRIGGER entry_append_only; TRUNCATE ledger.posting, "
		"ledger.compound_entry;"
		"ALTER TABLE ledger.posting ENABLE TRIGGER posting_append_only;"
		"ALTER TABLE ledger.compound_entry ENABLE TRIGGER entry_append_only;"
		"SET session_replication_role = origin;"
		"INSERT INTO ledger.test_clock VALUES ('MAIN', '2026-03-02 10:00:00+00');");

	PB(CreateCreditorRequest) create;
	PB(Creditor) creditor;
	PB(UpsertCustomerRequest) upsert;
	PB(Customer) customer;

	PB_INIT(create_creditor_request)(&create);
	PB_INIT(creditor)(&creditor);
	creditor.code = "MAIN";
	creditor.name = "Main";
	create.creditor = &creditor;
	assert_done(run(create_creditor, &create.base, NULL));
	PB_INIT(upsert_customer_request)(&upsert);
	PB_INIT(customer)(&customer);
	customer.number = "C1";
	customer.name = "Alpha";
	upsert.customer = &customer;
	assert_done(run(upsert_customer, &upsert.base, NULL));
	return 0;
}

/* Every invariant holds. */
static inline void assert_books(void)
{
	PB(VerifyRequest) request;
	PB(VerifyResponse) *reply = NULL;

	PB_INIT(verify_request)(&request);
	assert_done(run_on(here.db, here.arena, verify, DB_WRITE, &request.base, true, &reply));
	for (size_t i = 0; i < reply->n_checks; i++)
		if (!reply->checks[i]->ok)
			fail_msg("%s: %s", reply->checks[i]->name, reply->checks[i]->detail);
}

#endif
