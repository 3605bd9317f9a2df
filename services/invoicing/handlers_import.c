#include "common/base/text.h"
#include "invoicing/domain/fields.h"
#include "invoicing/handlers.h"

#define SHA256_TEXT_BYTES 64

/* ------------------------------------------------------------------ the parts of a file */

struct err begin_import(struct rpc_call *call)
{
	struct begin_ask ask;
	struct desk desk;
	struct import import;

	wire_decode_begin_import(call, &ask);
	TRY(field_required("file_name", ask.file_name, NAME_BYTES_MAX));
	TRY(field_required("file_sha256", ask.sha256, SHA256_TEXT_BYTES));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(import_begin(call->tx, &desk, ask.file_name, ask.sha256, &import));
	wire_encode_begin_import(call, import.id);
	return OK;
}

struct err add_import_rows(struct rpc_call *call)
{
	struct rows_ask ask;
	struct desk desk;
	struct import import;

	TRY(wire_decode_add_rows(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(import_get(call->tx, &desk, ask.import, &import));
	for (size_t i = 0; i < ask.count; i++) {
		if (text_empty(ask.items[i].creditor))
			ask.items[i].creditor = desk.creditor.code;
		if (err_ok(ask.verdicts[i]))
			ask.verdicts[i] = open_item_check(&ask.items[i]);
	}
	TRY(import_stage(call->tx, &desk, &import, ask.items, ask.verdicts, ask.count));
	wire_encode_add_rows(call, ask.count);
	return OK;
}

/* ------------------------------------------------------------------ the commit */

static struct err publish_customers(const struct rpc_call *call, const struct desk *desk,
				    const struct changed_customer *changed, size_t count)
{
	struct event *events = arena_array(call->arena, count, sizeof *events);

	for (size_t i = 0; i < count; i++) {
		const struct customer *customer = &changed[i].customer;

		events[i] = event_make(call, desk, "relance.customer.changed.v1", customer->number,
				       wire_customer_changed(call->arena, changed[i].creditor, customer));
		events[i].creditor = changed[i].creditor;
	}
	return outbox_append_all(call->tx, events, count);
}

/* What of a customer's unapplied cash is withheld for rows that may mean it. */
struct pledge {
	struct id customer;
	struct currency currency;
	int64_t minor;
};

struct pledges {
	struct pledge *items;
	size_t count;
};

static struct pledge *pledge_of(struct arena *arena, struct pledges *pledges, const struct known_item *known)
{
	for (size_t i = 0; i < pledges->count; i++)
		if (id_equal(pledges->items[i].customer, known->customer) &&
		    currency_equal(pledges->items[i].currency, known->currency))
			return &pledges->items[i];
	struct pledge *pledge = ARENA_PUSH(arena, pledges->items, pledges->count);

	*pledge = (struct pledge){ known->customer, known->currency, 0 };
	return pledge;
}

static void row_reckon(struct arena *arena, struct known_row *row, struct item_day day, struct pledges *pledges,
		       struct import_outcome *outcome)
{
	struct pledge none = { 0 };
	struct pledge *pledge = row->known.unapplied_minor > 0 ? pledge_of(arena, pledges, &row->known) : &none;

	day.spoken_for_minor = pledge->minor;
	known_item_news(arena, &row->known, &row->given, &day, &row->news);
	if (!row->news.statements_missing)
		pledge->minor += row->news.withheld_minor;
	import_outcome_add_news(arena, outcome, &row->given, &day, &row->news);
}

static struct err publish_changes(const struct rpc_call *call, const struct desk *owner, const struct import *import,
				  const struct known_row *rows, size_t count)
{
	struct event *events = arena_array(call->arena, count, sizeof *events);
	size_t number = 0;

	for (size_t i = 0; i < count; i++)
		if (rows[i].news.count > 0)
			events[number++] = event_make(
				call, owner, "relance.openitem.changed.v1", rows[i].given.invoice_number,
				wire_item_changed(call->arena, owner->creditor.code, import->id, &rows[i].known,
						  rows[i].given.invoice_number, &rows[i].news));
	return outbox_append_all(call->tx, events, number);
}

/* What the file says anew of one creditor's known items, page by page. */
static struct err import_news(const struct rpc_call *call, const struct desk *desk, const struct import *import,
			      const struct desk *owner, struct import_outcome *outcome)
{
	struct item_day day = { .today = owner->today };
	struct pledges pledges = { 0 };
	struct known_row *rows;
	size_t count;
	int after = 0;

	TRY(banked_until(call->tx, owner, &day.banked_until));
	TRY(import_known_lock(call->tx, desk, import, owner->creditor.code));
	for (;;) {
		TRY(import_known_page(call->tx, desk, import, owner->creditor.code, after, &rows, &count));
		if (count == 0)
			return OK;
		for (size_t i = 0; i < count; i++)
			row_reckon(call->arena, &rows[i], day, &pledges, outcome);
		TRY(import_known_save(call->tx, owner, import, rows, count));
		TRY(publish_changes(call, owner, import, rows, count));
		after = rows[count - 1].given.line;
	}
}

static struct err import_missing(const struct rpc_call *call, const struct desk *desk, const struct import *import,
				 const struct desk *owner, struct import_outcome *outcome)
{
	int64_t open;

	TRY(import_missing_stage(call->tx, desk, import, owner->creditor.code, &outcome->missing, &open));
	return import_missing_check(call->arena, outcome->missing, open);
}

/* The items of each creditor that the file has rows of, with an event for each. */
static struct err import_book(const struct rpc_call *call, const struct desk *desk, const struct import *import,
			      bool complete, struct import_outcome *outcome)
{
	const char **codes;
	size_t count;

	TRY(import_creditors(call->tx, desk, import, &codes, &count));
	for (size_t i = 0; i < count; i++) {
		struct import_outcome own = { 0 };
		struct desk owner;
		struct err err = desk_open(call->tx, codes[i], &owner);

		if (err.code == ERR_NOT_FOUND)
			continue; /* its rows are bad, and skipped */
		TRY(err);
		if (complete)
			TRY(import_missing(call, desk, import, &owner, &own));
		TRY(import_items(call->tx, desk, import, &owner, &own));
		TRY(import_news(call, desk, import, &owner, &own));
		import_outcome_add(call->arena, outcome, &own);
		if (own.imported + own.updated == 0)
			continue;
		TRY(publish(
			call, &owner, "relance.openitems.imported.v1", import->file_name,
			wire_items_imported(call->arena, owner.creditor.code, import->id, import->file_name, &own)));
	}
	return OK;
}

static struct err import_commit(const struct rpc_call *call, const struct desk *desk, const struct import *import,
				bool complete, struct import_outcome *outcome)
{
	struct changed_customer *changed;
	size_t count;

	TRY(import_customers(call->tx, desk, import, &changed, &count));
	TRY(publish_customers(call, desk, changed, count));
	TRY(import_book(call, desk, import, complete, outcome));
	outcome->customers_changed = (int64_t)count;
	return OK;
}

struct err commit_import(struct rpc_call *call)
{
	struct commit_ask ask;
	struct desk desk;
	struct import import;
	struct import_outcome outcome = { 0 };

	TRY(wire_decode_commit_import(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(import_get(call->tx, &desk, ask.import, &import));
	TRY(import_judge(call->tx, &desk, &import, &outcome));
	if (outcome.rows != ask.rows)
		return ERR(ERR_CONFLICT, "import.incomplete", "rows",
			   "not all rows of the file are staged: send it again");
	outcome.committed = outcome.bad == 0 || ask.skip_bad;
	if (outcome.committed)
		TRY(import_commit(call, &desk, &import, ask.complete, &outcome));
	TRY(import_close(call->tx, &desk, &import, &outcome));
	wire_encode_commit_import(call, &outcome);
	return OK;
}

struct err list_item_changes(struct rpc_call *call)
{
	struct ask ask;
	struct desk desk;
	struct receivable receivable;
	struct recorded_change *changes;
	size_t count;

	wire_decode_list_item_changes(call, &ask);
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(receivable_get(call->tx, &desk, ask.number, &receivable));
	TRY(item_changes_list(call->tx, &desk, receivable.id, &changes, &count));
	wire_encode_list_item_changes(call, changes, count);
	return OK;
}

/* ------------------------------------------------------------------ ageing */

struct err aging(struct rpc_call *call)
{
	struct aging_ask ask;
	struct desk desk;
	struct aging_row *totals, *customers = NULL;
	size_t total_count, customer_count = 0, on_page = 0;

	TRY(wire_decode_aging(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	if (!date_known(ask.filter.on))
		ask.filter.on = desk.today;
	TRY(aging_totals(call->tx, &desk, &ask.filter, &totals, &total_count));
	if (ask.by_customer)
		TRY(aging_by_customer(call->tx, &desk, &ask.filter, &customers, &customer_count));
	for (size_t i = 0; i < customer_count; i++) /* a customer has a row a currency */
		on_page += i == 0 || !text_equal(customers[i].customer_number, customers[i - 1].customer_number);
	bool more = customer_count > 0 && on_page == (size_t)ask.filter.limit;

	wire_encode_aging(call, ask.filter.on, totals, total_count, customers, customer_count,
			  more ? customers[customer_count - 1].customer_number : "");
	return OK;
}
