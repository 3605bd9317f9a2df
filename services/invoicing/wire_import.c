#include "common/base/text.h"
#include "invoicing/domain/fields.h"
#include "invoicing/wire_pb.h"

/* ------------------------------------------------------------------ imports */

void wire_decode_begin_import(const struct rpc_call *call, struct begin_ask *ask)
{
	const PB(BeginImportRequest) *request = (const void *)call->request;

	*ask = (struct begin_ask){ request->creditor, request->file_name, request->file_sha256 };
}

void wire_encode_begin_import(struct rpc_call *call, struct id id)
{
	PB(BeginImportResponse) *reply = PB_REPLY(call, begin_import_response);

	reply->import_id = wire_id(call->arena, id);
}

/* What a row lacks or cannot be read is its verdict, not an error of the call: its column stays unknown. */
static struct err row_read(struct arena *arena, const PB(OpenItemRow) * from, struct open_item *to)
{
	*to = (struct open_item){
		.line = from->line,
		.creditor = from->creditor,
		.customer_number = from->customer_number,
		.customer_name = from->customer_name,
		.invoice_number = from->invoice_number,
		.issued_on = DATE_NONE,
		.due_on = DATE_NONE,
		.amount_minor = from->amount_minor,
		.email = from->email,
		.language = from->language,
		.country = from->country,
		.iban = field_compact(arena, from->iban),
		.vat_id = from->vat_id,
		.phone = from->phone,
		.segment_code = from->segment_code,
		.paid_minor = from->paid_minor,
		.settled_on = DATE_NONE,
		.disputed = from->disputed,
		.order_reference = from->order_reference,
		.creditor_ref = field_compact(arena, from->creditor_ref),
		.mandate = from->mandate_id,
	};
	TRY(wire_date_read(from->issue_date, "issue_date", &to->issued_on));
	TRY(wire_date_read(from->due_date, "due_date", &to->due_on));
	TRY(wire_date_read(from->settled_date, "settled_date", &to->settled_on));
	return wire_currency_read(from->currency, "currency", &to->currency);
}

struct err wire_decode_add_rows(const struct rpc_call *call, struct rows_ask *ask)
{
	const PB(AddImportRowsRequest) *request = (const void *)call->request;
	size_t count = request->n_rows;
	struct rows_ask found = {
		.creditor = request->creditor,
		.items = arena_array(call->arena, count, sizeof *found.items),
		.verdicts = arena_array(call->arena, count, sizeof *found.verdicts),
		.count = count,
	};

	TRY(id_parse(request->import_id, &found.import));
	if (count > IMPORT_PART_ROWS_MAX)
		return ERR(ERR_INVALID, "import.part", "rows", "a part has at most 5,000 rows");
	for (size_t i = 0; i < count; i++) {
		if (request->rows[i]->line < 1)
			return ERR(ERR_INVALID, "import.line", "rows.line", "every row carries its line, from 1");
		found.verdicts[i] = row_read(call->arena, request->rows[i], &found.items[i]);
	}
	*ask = found;
	return OK;
}

void wire_encode_add_rows(struct rpc_call *call, size_t staged)
{
	PB(AddImportRowsResponse) *reply = PB_REPLY(call, add_import_rows_response);

	reply->staged = (int64_t)staged;
}

struct err wire_decode_commit_import(const struct rpc_call *call, struct commit_ask *ask)
{
	const PB(CommitImportRequest) *request = (const void *)call->request;
	struct id id;

	TRY(id_parse(request->import_id, &id));
	*ask = (struct commit_ask){ .creditor = request->creditor,
				    .import = id,
				    .skip_bad = request->skip_bad,
				    .complete = request->complete,
				    .rows = request->rows };
	return OK;
}

Relance__Common__V1__Money **wire_open(struct arena *arena, const struct import_outcome *outcome)
{
	Relance__Common__V1__Money **to = arena_array(arena, outcome->open_count, sizeof *to);

	for (size_t i = 0; i < outcome->open_count; i++)
		to[i] = wire_money(arena, outcome->open[i].minor, outcome->open[i].currency);
	return to;
}

static PB(BadRow) * row_note_encode(struct arena *arena, const struct row_note *from)
{
	PB(BadRow) *to = PB_NEW(arena, bad_row);

	to->line = from->line;
	to->column = wire_text(arena, from->column);
	to->reason = wire_text(arena, from->reason);
	return to;
}

static PB(BadRow) * *row_notes_encode(struct arena *arena, const struct row_notes *notes)
{
	PB(BadRow) **to = arena_array(arena, notes->count, sizeof *to);

	for (size_t i = 0; i < notes->count; i++)
		to[i] = row_note_encode(arena, &notes->items[i]);
	return to;
}

static void updated_columns_encode(struct arena *arena, const struct import_outcome *outcome,
				   PB(CommitImportResponse) * reply)
{
	reply->updated_columns = arena_array(arena, ITEM_FIELD_COUNT, sizeof *reply->updated_columns);
	for (int field = 0; field < ITEM_FIELD_COUNT; field++) {
		if (outcome->changes[field] == 0)
			continue;
		PB(ColumnCount) *to = PB_NEW(arena, column_count);

		to->column = wire_text(arena, item_field_name((enum item_field)field));
		to->rows = outcome->changes[field];
		reply->updated_columns[reply->n_updated_columns++] = to;
	}
}

void wire_encode_commit_import(struct rpc_call *call, const struct import_outcome *outcome)
{
	PB(CommitImportResponse) *reply = PB_REPLY(call, commit_import_response);

	reply->committed = outcome->committed;
	reply->rows = outcome->rows;
	reply->imported = outcome->imported;
	reply->unchanged = outcome->unchanged;
	reply->bad = outcome->bad;
	reply->bad_rows = row_notes_encode(call->arena, &outcome->bad_rows);
	reply->n_bad_rows = outcome->bad_rows.count;
	reply->updated = outcome->updated;
	reply->missing = outcome->missing;
	updated_columns_encode(call->arena, outcome, reply);
	reply->withheld_rows = row_notes_encode(call->arena, &outcome->withheld);
	reply->n_withheld_rows = outcome->withheld.count;
	reply->customers_changed = outcome->customers_changed;
	reply->open = wire_open(call->arena, outcome);
	reply->n_open = outcome->open_count;
}

void wire_decode_list_item_changes(const struct rpc_call *call, struct ask *ask)
{
	const PB(ListItemChangesRequest) *request = (const void *)call->request;

	*ask = (struct ask){ request->creditor, request->invoice_number };
}

static PB(RecordedChange) * recorded_change_encode(struct arena *arena, const struct recorded_change *from)
{
	PB(RecordedChange) *to = PB_NEW(arena, recorded_change);

	to->changed_at = wire_instant(arena, from->at);
	to->column = wire_text(arena, from->column);
	to->was = wire_text(arena, from->was);
	to->becomes = wire_text(arena, from->becomes);
	to->file_name = wire_text(arena, from->file_name);
	return to;
}

void wire_encode_list_item_changes(struct rpc_call *call, const struct recorded_change *changes, size_t count)
{
	PB(ListItemChangesResponse) *reply = PB_REPLY(call, list_item_changes_response);

	reply->changes = arena_array(call->arena, count, sizeof *reply->changes);
	for (size_t i = 0; i < count; i++)
		reply->changes[reply->n_changes++] = recorded_change_encode(call->arena, &changes[i]);
}

/* ------------------------------------------------------------------ ageing */

struct err wire_decode_aging(const struct rpc_call *call, struct aging_ask *ask)
{
	const PB(AgingRequest) *request = (const void *)call->request;
	struct aging_ask found = {
		.creditor = request->creditor,
		.filter = { .customer_number = "", .after = request->page_token },
		.by_customer = request->by_customer,
	};

	TRY(wire_date_read(request->on, "on", &found.filter.on));
	TRY(wire_page_read(request->page_size, &found.filter.limit));
	*ask = found;
	return OK;
}

static PB(AgingRow) * aging_row_encode(struct arena *arena, const struct aging_row *from)
{
	PB(AgingRow) *to = PB_NEW(arena, aging_row);

	to->customer_number = wire_text(arena, from->customer_number);
	to->customer_name = wire_text(arena, from->customer_name);
	to->currency = wire_currency(arena, from->currency);
	to->not_due_minor = from->bucket_minor[AGING_NOT_DUE];
	to->days_1_30_minor = from->bucket_minor[AGING_1_30];
	to->days_31_60_minor = from->bucket_minor[AGING_31_60];
	to->days_61_90_minor = from->bucket_minor[AGING_61_90];
	to->over_90_minor = from->bucket_minor[AGING_OVER_90];
	to->outstanding_minor = from->outstanding_minor;
	to->invoice_count = from->invoice_count;
	to->unapplied_minor = from->unapplied_minor;
	to->disputed_minor = from->disputed_minor;
	return to;
}

PB(AgingRow) * *wire_aging_rows(struct arena *arena, const struct aging_row *rows, size_t count)
{
	PB(AgingRow) **to = arena_array(arena, count, sizeof *to);

	for (size_t i = 0; i < count; i++)
		to[i] = aging_row_encode(arena, &rows[i]);
	return to;
}

void wire_encode_aging(struct rpc_call *call, struct date on, const struct aging_row *totals, size_t total_count,
		       const struct aging_row *customers, size_t customer_count, const char *next)
{
	PB(AgingResponse) *reply = PB_REPLY(call, aging_response);

	reply->on = wire_date(call->arena, on);
	reply->totals = wire_aging_rows(call->arena, totals, total_count);
	reply->n_totals = total_count;
	reply->customers = wire_aging_rows(call->arena, customers, customer_count);
	reply->n_customers = customer_count;
	reply->next_page_token = wire_text(call->arena, next);
}
