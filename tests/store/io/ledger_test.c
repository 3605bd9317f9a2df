/* The ledger as the database itself keeps it, whoever writes: what it refuses, what it keeps in step, what its own
 * check finds, and who may write what. */
#include <stdlib.h>
#include <string.h>

#include "common/io/db.h"
#include "common/io/random.h"
#include "support/outcome.h"
#include "support/pg.h"

#define LINES_MAX 8

static const struct db_stmt ADD_ITEM = DB_STMT(
	"add_item",
	"SELECT ledger.add_items('MAIN', jsonb_build_array(jsonb_build_object('id', $1::uuid, 'number', $2::text, "
	"'customer', $3::uuid, 'customer_number', 'C1', 'currency', 'EUR', 'issued_on', '2026-01-01', "
	"'due_on', '2026-01-31', 'amount_minor', $4::bigint)))");
static const struct db_stmt POST = DB_STMT(
	"post", "SELECT ledger.post('MAIN', ARRAY[$1::uuid], ARRAY[$2], ARRAY[date '2026-02-01'], ARRAY[NULL::uuid], "
		"ARRAY[NULL::uuid], array_fill($1::uuid, ARRAY[cardinality($3::text[])]), $3::text[], $4::uuid[], "
		"array_fill('EUR'::text, ARRAY[cardinality($3::text[])]), $5::bigint[])");
/* $2 debit, $4 credit with their subjects, $7 what is open afterwards on the credit's. */
static const struct db_stmt POST_SIMPLE = DB_STMT(
	"post_simple", "SELECT ledger.post('MAIN', ARRAY[ROW($1::uuid, 'payment', date '2026-02-01', NULL, NULL, $2, "
		       "$3::uuid, $4, $5::uuid, 'EUR', $6::bigint, NULL, $7::bigint)::ledger.new_simple_posting], "
		       "'{}', '{}')");
static const struct db_stmt OPEN_MINOR =
	DB_STMT("open_minor", "SELECT open_minor, settled_on FROM ledger.open_item WHERE id = $1");
static const struct db_stmt CASH =
	DB_STMT("cash", "SELECT coalesce(sum(amount_minor), 0) FROM ledger.balance WHERE subject = $1");

struct line {
	const char *account;
	struct id subject;
	int64_t amount_minor;
};

static struct {
	struct pg *pg;
	struct db *db; /* as relance_invoicing */
	struct arena *arena;
	struct id customer, invoice;
} here;

static struct err post(struct db *db, const char *kind, const struct line *lines, size_t count)
{
	const char *accounts[LINES_MAX];
	struct id subjects[LINES_MAX];
	int64_t amounts[LINES_MAX];
	DB_TX_SCOPE tx = db_begin(db, here.arena, DB_WRITE);

	for (size_t i = 0; i < count; i++) {
		accounts[i] = lines[i].account;
		subjects[i] = lines[i].subject;
		amounts[i] = lines[i].amount_minor;
	}
	TRY(db_exec(&tx, &POST,
		    DB_PARAMS(db_id(id_fresh()), db_text(kind), db_text_array(here.arena, accounts, count),
			      db_id_array(here.arena, subjects, count), db_int_array(here.arena, amounts, count))));
	return db_commit(&tx);
}

#define POST_LINES(db, kind, ...)                                                                                      \
	post(db, kind, (const struct line[]){ __VA_ARGS__ },                                                           \
	     sizeof((const struct line[]){ __VA_ARGS__ }) / sizeof(struct line))

static const struct id NOBODY = { 0 };

static struct err post_simple(struct line debit, struct line credit, int64_t open_after)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	TRY(db_exec(&tx, &POST_SIMPLE,
		    DB_PARAMS(db_id(id_fresh()), db_text(debit.account), db_id(debit.subject), db_text(credit.account),
			      db_id(credit.subject), db_int(debit.amount_minor),
			      open_after < 0 ? db_null() : db_int(open_after))));
	return db_commit(&tx);
}

static int64_t number_of(const struct db_stmt *stmt, struct id id)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	DB_ROWS_SCOPE rows = { 0 };

	assert_done(db_query(&tx, stmt, DB_PARAMS(db_id(id)), &rows));
	return db_cell_int(&rows, 0, 0);
}

/* An invoice of 100.00, booked, and 40.00 of unapplied cash. */
static int setup(void **state)
{
	(void)state;
	here.arena = arena_new(0);
	here.db = pg_connect(here.pg, "relance_invoicing");
	here.customer = id_fresh();
	here.invoice = id_fresh();
	char number[ID_TEXT_BYTES];
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);

	assert_done(db_exec(&tx, &ADD_ITEM,
			    DB_PARAMS(db_id(here.invoice), db_text(id_format(here.invoice, number)),
				      db_id(here.customer), db_int(10000))));
	assert_done(db_commit(&tx));
	assert_done(POST_LINES(here.db, "invoice", { "receivable", here.invoice, 10000 }, { "revenue", NOBODY, -8333 },
			       { "vat", NOBODY, -1667 }));
	assert_done(
		POST_LINES(here.db, "payment", { "bank", NOBODY, 4000 }, { "unapplied_cash", here.customer, -4000 }));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(&here.db);
	arena_destroy(&here.arena);
	return 0;
}

/* ------------------------------------------------------------------ what is refused */

static void a_posting_that_is_off_by_a_cent_is_refused(void **state)
{
	(void)state;
	assert_refused(
		POST_LINES(here.db, "payment", { "bank", NOBODY, 1001 }, { "unapplied_cash", here.customer, -1000 }),
		ERR_CONFLICT, "ledger.unbalanced");
	assert_int_equal(number_of(&CASH, here.customer), -4000);
}

static void a_superuser_cannot_unbalance_it_either(void **state)
{
	static const struct db_stmt PLANT = DB_STMT(
		"plant",
		"INSERT INTO ledger.compound_entry VALUES ('MAIN', gen_random_uuid(), 1, 'bank', NULL, 'EUR', 5)");
	struct db *db = pg_connect(here.pg, "postgres");
	(void)state;
	{
		DB_TX_SCOPE tx = db_begin(db, here.arena, DB_WRITE);

		assert_done(db_exec(&tx, &PLANT, DB_NO_PARAMS));
		assert_refused(db_commit(&tx), ERR_CONFLICT, "ledger.unbalanced");
	}
	db_close(&db);
}

static void what_is_booked_stays(void **state)
{
	static const struct db_stmt CHANGES[] = {
		DB_STMT("change_entry", "UPDATE ledger.compound_entry SET amount_minor = amount_minor + 1"),
		DB_STMT("delete_entry", "DELETE FROM ledger.compound_entry"),
		DB_STMT("change_posting", "UPDATE ledger.posting SET kind = 'x'"),
		DB_STMT("empty_posting", "TRUNCATE ledger.posting"),
	};
	struct db *db = pg_connect(here.pg, "postgres");
	(void)state;

	for (size_t i = 0; i < sizeof CHANGES / sizeof CHANGES[0]; i++) {
		DB_TX_SCOPE tx = db_begin(db, here.arena, DB_WRITE);

		assert_done(db_exec(&tx, &CHANGES[i], DB_NO_PARAMS));
		assert_refused(db_commit(&tx), ERR_CONFLICT, "ledger.append_only");
	}
	db_close(&db);
}

static void one_cent_more_than_is_open_is_refused(void **state)
{
	(void)state;
	struct err err =
		POST_LINES(here.db, "allocation", { "bank", NOBODY, 10001 }, { "receivable", here.invoice, -10001 });

	assert_refused(err, ERR_CONFLICT, "db.refused");
	assert_string_equal(err.field, "open_item_over_allocated");
	assert_int_equal(number_of(&OPEN_MINOR, here.invoice), 10000);
}

static void cash_that_is_not_there_cannot_be_applied(void **state)
{
	(void)state;
	struct err err = POST_LINES(here.db, "allocation", { "unapplied_cash", here.customer, 4001 },
				    { "receivable", here.invoice, -4001 });

	assert_refused(err, ERR_CONFLICT, "db.refused");
	assert_string_equal(err.field, "balance_overdrawn");
	assert_refused(POST_LINES(here.db, "allocation", { "unapplied_cash", id_fresh(), 100 },
				  { "receivable", here.invoice, -100 }),
		       ERR_CONFLICT, "ledger.overdrawn");
}

static void a_receivable_of_an_unknown_invoice_is_refused(void **state)
{
	(void)state;
	assert_refused(POST_LINES(here.db, "invoice", { "receivable", id_fresh(), 100 }, { "revenue", NOBODY, -100 }),
		       ERR_CONFLICT, "ledger.unknown_item");
}

/* ------------------------------------------------------------------ what is kept in step */

static void an_allocation_moves_the_open_amount_and_the_cash(void **state)
{
	(void)state;
	assert_done(POST_LINES(here.db, "allocation", { "unapplied_cash", here.customer, 4000 },
			       { "receivable", here.invoice, -4000 }));
	assert_int_equal(number_of(&OPEN_MINOR, here.invoice), 6000);
	assert_int_equal(number_of(&CASH, here.customer), 0);
	assert_done(POST_LINES(here.db, "payment", { "bank", NOBODY, 6000 }, { "receivable", here.invoice, -6000 }));
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	DB_ROWS_SCOPE rows = { 0 };

	assert_done(db_query(&tx, &OPEN_MINOR, DB_PARAMS(db_id(here.invoice)), &rows));
	assert_int_equal(db_cell_int(&rows, 0, 0), 0);
	assert_true(date_known(db_cell_date(&rows, 0, 1)));
}

static void a_posting_of_two_entries_is_one_row(void **state)
{
	const struct line bank = { "bank", NOBODY, 6000 }, paid = { "receivable", here.invoice, 0 };
	char invoice[ID_TEXT_BYTES];
	(void)state;

	int64_t entries = pg_number(here.pg, "SELECT count(*) FROM ledger.compound_entry");

	id_format(here.invoice, invoice);
	assert_done(post_simple(bank, paid, 4000));
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM ledger.compound_entry"), entries);
	assert_string_equal(
		pg_value(here.pg, arena_format(here.arena,
					       "SELECT string_agg(format('%%s %%s', account, amount_minor), ', ' "
					       "ORDER BY line) FROM ledger.entry WHERE posting IN (SELECT posting FROM "
					       "ledger.entry WHERE subject = '%s' AND amount_minor < 0)",
					       invoice)),
		"bank 6000, receivable -6000");
	assert_int_equal(number_of(&OPEN_MINOR, here.invoice), 4000);
	assert_done(post_simple((struct line){ "unapplied_cash", here.customer, 4000 }, paid, -1));
	assert_int_equal(number_of(&OPEN_MINOR, here.invoice), 0);
	assert_int_equal(number_of(&CASH, here.customer), 0);
	assert_done(post_simple((struct line){ "bank", NOBODY, 70 },
				(struct line){ "unapplied_cash", here.customer, 0 }, -1));
	assert_int_equal(number_of(&CASH, here.customer), -70);
	assert_done(
		post_simple((struct line){ "receivable", here.invoice, 6000 }, (struct line){ "bank", NOBODY, 0 }, -1));
	assert_int_equal(number_of(&OPEN_MINOR, here.invoice), 6000);
	assert_string_equal(pg_value(here.pg,
				     "SELECT coalesce(string_agg(name, ','), '') FROM ledger.check_books('MAIN') "
				     "WHERE NOT ok"),
			    "");
}

static void a_simple_posting_is_refused_for_the_same_reasons(void **state)
{
	const struct line bank = { "bank", NOBODY, 10001 }, paid = { "receivable", here.invoice, 0 };
	struct db *db = pg_connect(here.pg, "postgres");
	struct err err = post_simple(bank, paid, -1);
	(void)state;

	assert_refused(err, ERR_CONFLICT, "db.refused");
	assert_string_equal(err.field, "open_item_over_allocated");
	assert_refused(post_simple((struct line){ "bank", NOBODY, 100 }, paid, 9899), ERR_CONFLICT, "ledger.moved");
	assert_refused(post_simple(bank, (struct line){ "receivable", id_fresh(), 0 }, -1), ERR_CONFLICT,
		       "ledger.unknown_item");
	assert_refused(post_simple((struct line){ "unapplied_cash", id_fresh(), 100 }, paid, -1), ERR_CONFLICT,
		       "ledger.overdrawn");
	assert_int_equal(number_of(&OPEN_MINOR, here.invoice), 10000);
	{
		static const struct db_stmt HALF = DB_STMT(
			"half",
			"INSERT INTO ledger.posting (creditor, id, kind, booked_on, debit, currency, amount_minor) "
			"VALUES ('MAIN', gen_random_uuid(), 'payment', '2026-02-01', 'bank', 'EUR', 5)");
		DB_TX_SCOPE tx = db_begin(db, here.arena, DB_WRITE);

		assert_done(db_exec(&tx, &HALF, DB_NO_PARAMS));
		err = db_commit(&tx);
		assert_refused(err, ERR_CONFLICT, "db.refused");
		assert_string_equal(err.field, "posting_simple");
	}
	db_close(&db);
}

static const char *failing_checks(void)
{
	return pg_value(here.pg, "SELECT coalesce(string_agg(name, ',' ORDER BY name), '') "
				 "FROM ledger.check_books('MAIN') WHERE NOT ok");
}

static void the_books_check_finds_each_planted_fault(void **state)
{
	static const struct {
		const char *sentence, *plant, *mend, *found;
	} FAULTS[] = {
		{ "an open amount that is not the sum of its entries",
		  "UPDATE ledger.open_item SET open_minor = open_minor + 1 WHERE settled_on IS NULL",
		  "UPDATE ledger.open_item SET open_minor = open_minor - 1 WHERE settled_on IS NULL",
		  "ledger.open_amounts" },
		{ "cash that no entry brought", "UPDATE ledger.balance SET amount_minor = amount_minor - 1",
		  "UPDATE ledger.balance SET amount_minor = amount_minor + 1", "ledger.cash_balances" },
		{ "entries that do not sum to zero, without a posting",
		  "SET session_replication_role = replica; INSERT INTO ledger.compound_entry VALUES "
		  "('MAIN', '00000000-0000-0000-0000-000000000001', 1, 'bank', NULL, 'EUR', 5)",
		  "DELETE FROM ledger.compound_entry WHERE posting = '00000000-0000-0000-0000-000000000001'; "
		  "SET session_replication_role = origin",
		  "ledger.entries_have_postings,ledger.postings_balance" },
	};
	(void)state;

	assert_string_equal(failing_checks(), "");
	for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
		pg_execute(here.pg, FAULTS[i].plant);
		if (strcmp(failing_checks(), FAULTS[i].found) != 0)
			fail_msg("%s: found %s", FAULTS[i].sentence, failing_checks());
		pg_execute(here.pg, FAULTS[i].mend);
		assert_string_equal(failing_checks(), "");
	}
}

/* ------------------------------------------------------------------ who may write what */

static void each_role_writes_its_own_schema_only(void **state)
{
	static const struct {
		const char *role, *sql;
	} FORBIDDEN[] = {
		{ "relance_payments", "INSERT INTO invoicing.request_key (key, method, reply) VALUES ('k', 'm', '')" },
		{ "relance_payments", "UPDATE invoicing.feed_cursor SET sequence = 0" },
		{ "relance_payments", "UPDATE ledger.open_item SET open_minor = 0" },
		{ "relance_invoicing", "INSERT INTO ledger.posting VALUES ('MAIN', gen_random_uuid(), 'x', now())" },
		{ "relance_invoicing", "DELETE FROM feed.outbox" },
		{ "relance_invoicing", "INSERT INTO feed.event (sequence) VALUES (1)" },
		{ "relance_credit", "SELECT ledger.set_clock('MAIN', now())" },
		{ "relance_credit",
		  "SELECT ledger.post('MAIN', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')" },
		{ "relance_notification", "UPDATE payments.feed_cursor SET sequence = 0" },
		{ "relance_feed", "UPDATE feed.event SET type = 'x'" },
		{ "relance_feed", "INSERT INTO feed.outbox (events) VALUES ('{}')" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof FORBIDDEN / sizeof FORBIDDEN[0]; i++) {
		struct db *db = pg_connect(here.pg, FORBIDDEN[i].role);
		const struct db_stmt stmt = DB_STMT("forbidden", FORBIDDEN[i].sql);
		struct db_tx tx = db_begin(db, here.arena, DB_WRITE);

		assert_done(db_exec(&tx, &stmt, DB_NO_PARAMS));
		struct err err = db_commit(&tx);

		if (err_ok(err) || !strstr(err.message, "permission denied"))
			fail_msg("%s: %s: %s", FORBIDDEN[i].role, FORBIDDEN[i].sql, err.message);
		db_rollback(&tx);
		db_close(&db);
	}
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	pg_stop(&here.pg);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_posting_that_is_off_by_a_cent_is_refused),
		TEST(a_superuser_cannot_unbalance_it_either),
		TEST(what_is_booked_stays),
		TEST(one_cent_more_than_is_open_is_refused),
		TEST(cash_that_is_not_there_cannot_be_applied),
		TEST(a_receivable_of_an_unknown_invoice_is_refused),
		TEST(an_allocation_moves_the_open_amount_and_the_cash),
		TEST(a_posting_of_two_entries_is_one_row),
		TEST(a_simple_posting_is_refused_for_the_same_reasons),
		TEST(the_books_check_finds_each_planted_fault),
		TEST(each_role_writes_its_own_schema_only),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
