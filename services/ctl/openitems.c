/* relancectl openitems: takes customers and their open or settled invoices over from a file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/money.h"
#include "common/base/text.h"
#include "common/io/sha256.h"
#include "ctl/invoicing.h"
#include "ctl/openitems_csv.h"

#define PART_ROWS_MAX 5000                          /* of one AddImportRows */
#define PART_BYTES_MAX ((size_t)1536 * 1024)        /* stays under RPC_BODY_BYTES_MAX with the envelope */
#define COMMIT_TIMEOUT_MS (INT64_C(30) * 60 * 1000) /* three million rows at 2,000 a second */

static int cmd_openitems_import(struct ctl *ctl, int argc, char **argv);
static int cmd_openitems_history(struct ctl *ctl, int argc, char **argv);

const struct ctl_command OPENITEMS_COMMANDS[] = {
	{ "openitems", "import", "FILE.csv [--strict|--skip-bad] [--bad FILE] [--complete]",
	  "customers and open or settled invoices from an ERP; again, and what has changed is updated",
	  cmd_openitems_import },
	{ "openitems", "history", "INVOICE", "what imports have changed of an open item", cmd_openitems_history },
	{ 0 },
};

struct bad {
	int line;
	const char *column, *reason;
};

/* An import on its way. */
struct import {
	struct ctl *ctl;
	const char *file, *bad_file;
	bool skip_bad, complete;
	struct csv_memory content;
	char *id;
	/* The part that is being filled. */
	struct arena *part_arena;
	PB(OpenItemRow) * rows[PART_ROWS_MAX];
	size_t row_count, part_bytes;
	int64_t sent;
	struct bad *bad; /* what can be told line by line */
	size_t bad_count;
	int64_t refused; /* by the reader, never sent */
	PB(CommitImportResponse) * outcome;
};

/* ------------------------------------------------------------------ sending */

static struct err import_begin(struct import *import)
{
	SHA256_SCOPE *sha = sha256_begin();
	char hex[SHA256_HEX_BYTES];
	const char *name = strrchr(import->file, '/');
	PB(BeginImportRequest) request;
	PB(BeginImportResponse) * reply;

	sha256_add(sha, import->content.bytes, import->content.length);
	sha256_end(sha, hex);
	relance__invoicing__v1__begin_import_request__init(&request);
	request.creditor = (char *)import->ctl->creditor;
	request.file_name = (char *)(name ? name + 1 : import->file);
	request.file_sha256 = hex;
	TRY(ctl_call(import->ctl, CTL_INVOICING, "BeginImport", &request.base,
		     &relance__invoicing__v1__begin_import_response__descriptor, (ProtobufCMessage **)&reply));
	import->id = reply->import_id;
	return OK;
}

/* Replies of parts live in the part's arena, so that a large file takes no more memory than a part. */
static struct err part_send(struct import *import)
{
	struct ctl *ctl = import->ctl;
	struct arena *outer = ctl->arena;
	PB(AddImportRowsRequest) request;
	PB(AddImportRowsResponse) * reply;

	if (import->row_count == 0)
		return OK;
	relance__invoicing__v1__add_import_rows_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.import_id = import->id;
	request.rows = import->rows;
	request.n_rows = import->row_count;
	ctl->arena = import->part_arena;
	struct err err =
		ctl_call(ctl, CTL_INVOICING, "AddImportRows", &request.base,
			 &relance__invoicing__v1__add_import_rows_response__descriptor, (ProtobufCMessage **)&reply);

	ctl->arena = outer;
	if (!err_ok(err))
		return err_format(outer, err.code, arena_copy(outer, err.reason), NULL, "%s",
				  err.message ? err.message : "a part of the file was not taken");
	import->sent += (int64_t)import->row_count;
	import->row_count = import->part_bytes = 0;
	arena_reset(import->part_arena);
	return OK;
}

static struct err row_add(struct import *import, PB(OpenItemRow) * row)
{
	size_t bytes = protobuf_c_message_get_packed_size(&row->base) + 8;

	/* The row was made in the part's arena, so that it goes with this part. */
	import->rows[import->row_count++] = row;
	import->part_bytes += bytes;
	if (import->row_count == PART_ROWS_MAX || import->part_bytes > PART_BYTES_MAX)
		return part_send(import);
	return OK;
}

static struct err import_commit(struct import *import)
{
	struct ctl *ctl = import->ctl;
	const char *key = arena_format(ctl->arena, "openitems:%s:%s%s", import->id,
				       import->skip_bad ? "skip" : "strict", import->complete ? ":complete" : "");
	PB(CommitImportRequest) request;

	relance__invoicing__v1__commit_import_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.import_id = import->id;
	request.skip_bad = import->skip_bad;
	request.complete = import->complete;
	request.rows = import->sent;
	if (ctl->timeout_ms < COMMIT_TIMEOUT_MS)
		ctl->timeout_ms = COMMIT_TIMEOUT_MS;
	return ctl_call_key(ctl, CTL_INVOICING, "CommitImport", key, &request.base,
			    &relance__invoicing__v1__commit_import_response__descriptor,
			    (ProtobufCMessage **)&import->outcome);
}

/* ------------------------------------------------------------------ reading */

static void bad_add(struct import *import, int line, struct err err)
{
	struct arena *arena = import->ctl->arena;

	*ARENA_PUSH(arena, import->bad, import->bad_count) = (struct bad){
		.line = line,
		.column = arena_copy(arena, err.field ? err.field : ""),
		.reason = arena_copy(arena, err.message),
	};
}

static struct err header_read(struct import *import, struct csv *csv, struct openitems_header *header)
{
	struct arena *arena = import->ctl->arena;
	bool more;
	struct err err = csv_next(csv, &more);

	if (err_ok(err) && !more)
		err = ERR(ERR_INVALID, "openitems.empty", NULL, "the file is empty");
	if (err_ok(err))
		err = openitems_header_read(arena, csv, header);
	if (!err_ok(err))
		return err_format(arena, err.code, err.reason, err.field, "%s:%d: %s", import->file, csv_line(csv),
				  err.message);
	return OK;
}

/* One row: into the part, or where it is bad into the list. In strict mode nothing more is sent after a bad one. */
static struct err row_take(struct import *import, const struct csv *csv, const struct openitems_header *header,
			   struct err err)
{
	PB(OpenItemRow) *row = NULL;

	if (err_ok(err))
		err = openitems_row_read(import->part_arena, csv, header, &row);
	if (!err_ok(err)) {
		bad_add(import, csv_line(csv), err);
		import->refused++;
	}
	if (import->refused > 0 && !import->skip_bad) {
		import->row_count = 0;
		arena_reset(import->part_arena);
		return OK;
	}
	return err_ok(err) ? row_add(import, row) : OK;
}

static struct err rows_read(struct import *import, struct csv *csv, const struct openitems_header *header)
{
	bool more = true, broken = false;

	while (!broken) {
		struct err err = csv_next(csv, &more);

		if (err_ok(err) && !more)
			break;
		broken = err.code == ERR_EXHAUSTED; /* there is no reading on */
		TRY(row_take(import, csv, header, err));
	}
	return part_send(import);
}

static struct err import_run(struct import *import)
{
	struct csv_memory content = import->content;
	struct openitems_header header;
	struct csv csv;

	csv_init(&csv, csv_from_memory, &content);
	struct err err = header_read(import, &csv, &header);

	if (err_ok(err))
		err = import_begin(import);
	if (err_ok(err))
		err = rows_read(import, &csv, &header);
	csv_release(&csv);
	TRY(err);
	if (import->refused > 0 && import->complete)
		return err_format(import->ctl->arena, ERR_INVALID, "openitems.not_readable", import->file,
				  "%s: a file that is to be complete must be readable to the last row",
				  counted(import->ctl, import->refused, "bad row"));
	return import->refused == 0 || import->skip_bad ? import_commit(import) : OK;
}

/* ------------------------------------------------------------------ telling */

static int bad_compare(const void *a, const void *b)
{
	return ((const struct bad *)a)->line - ((const struct bad *)b)->line;
}

static void line_tell(const struct import *import, int line, const char *column, const char *reason)
{
	const char *at = line > 0 ? arena_format(import->ctl->arena, ":%d", line) : "";

	fprintf(stderr, "%s%s: %s%s%s\n", import->file, at, column, *column ? ": " : "", reason);
}

/* What the reader refused and what the service refused, by line, as FILE:LINE: COLUMN: REASON on stderr. */
static void bad_tell(struct import *import)
{
	for (size_t i = 0; import->outcome && i < import->outcome->n_bad_rows; i++) {
		const PB(BadRow) *row = import->outcome->bad_rows[i];

		bad_add(import, row->line, ERR(ERR_INVALID, "openitems.bad", row->column, row->reason));
	}
	if (import->bad_count > 0)
		qsort(import->bad, import->bad_count, sizeof *import->bad, bad_compare);
	for (size_t i = 0; i < import->bad_count; i++)
		line_tell(import, import->bad[i].line, import->bad[i].column, import->bad[i].reason);
}

/* The header and the bad rows, as they stand in the file: to be corrected and imported. */
static struct err bad_write(struct import *import)
{
	struct csv_memory content = import->content;
	struct csv csv;
	FILE *to = fopen(import->bad_file, "w");
	size_t at = 0;
	bool more = true, first = true;

	if (!to)
		return err_format(import->ctl->arena, ERR_INVALID, "file.unwritable", import->bad_file,
				  "the bad rows cannot be written");
	csv_init(&csv, csv_from_memory, &content);
	while (more && (first || at < import->bad_count)) {
		struct err err = csv_next(&csv, &more);

		if (!first && (at == import->bad_count || csv_line(&csv) != import->bad[at].line))
			continue;
		fwrite(csv_raw(&csv), 1, csv.raw.length, to);
		fputc('\n', to);
		at += !first;
		first = false;
		if (err.code == ERR_EXHAUSTED)
			break;
	}
	csv_release(&csv);
	if (fclose(to) != 0)
		return err_format(import->ctl->arena, ERR_INVALID, "file.unwritable", import->bad_file,
				  "the bad rows cannot be written");
	return OK;
}

static json_t *open_json(const PB(CommitImportResponse) * outcome)
{
	json_t *open = json_array();

	for (size_t i = 0; i < outcome->n_open; i++)
		json_array_append_new(open, json_pack("{s:s, s:I}", "currency", outcome->open[i]->currency,
						      "amount_minor", (json_int_t)outcome->open[i]->minor));
	return open;
}

static json_t *updated_json(const PB(CommitImportResponse) * outcome)
{
	json_t *columns = json_object();

	for (size_t i = 0; i < outcome->n_updated_columns; i++)
		json_object_set_new(columns, outcome->updated_columns[i]->column,
				    json_integer((json_int_t)outcome->updated_columns[i]->rows));
	return columns;
}

static int outcome_json(const struct import *import, int64_t bad)
{
	const PB(CommitImportResponse) *outcome = import->outcome;
	json_t *json =
		json_pack("{s:s, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:s?}", "file", import->file, "rows",
			  (json_int_t)import->sent + (json_int_t)import->refused, "imported",
			  (json_int_t)outcome->imported, "updated", (json_int_t)outcome->updated, "updated_columns",
			  updated_json(outcome), "unchanged", (json_int_t)outcome->unchanged, "missing",
			  (json_int_t)outcome->missing, "withheld", (json_int_t)outcome->n_withheld_rows, "bad",
			  (json_int_t)bad, "customers_changed", (json_int_t)outcome->customers_changed, "open",
			  open_json(outcome), "bad_file", bad > 0 ? import->bad_file : NULL);

	return ctl_json(import->ctl, json);
}

/* "due_date 3, paid_amount 12" */
static const char *updated_text(const struct import *import)
{
	const PB(CommitImportResponse) *outcome = import->outcome;
	const char *text = "";

	for (size_t i = 0; i < outcome->n_updated_columns; i++)
		text = arena_format(import->ctl->arena, "%s%s%s %lld", text, i > 0 ? ", " : "",
				    outcome->updated_columns[i]->column, (long long)outcome->updated_columns[i]->rows);
	return text;
}

static int outcome_csv(const struct import *import, int64_t bad)
{
	const PB(CommitImportResponse) *outcome = import->outcome;
	struct table *table = table_new(import->ctl->arena);
	const struct {
		const char *name;
		int64_t value;
	} counts[] = {
		{ "rows", import->sent + import->refused },
		{ "imported", outcome->imported },
		{ "updated", outcome->updated },
		{ "unchanged", outcome->unchanged },
		{ "missing", outcome->missing },
		{ "withheld", (int64_t)outcome->n_withheld_rows },
		{ "bad", bad },
		{ "customers_changed", outcome->customers_changed },
	};

	table_column(table, "file", TABLE_TEXT);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		table_column(table, counts[i].name, TABLE_INT);
	table_column(table, "updated_columns", TABLE_TEXT);
	table_column(table, "bad_file", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, import->file);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		table_cell_int(table, counts[i].value);
	table_cell_text(table, updated_text(import));
	table_cell_text(table, bad > 0 ? import->bad_file : NULL);
	return ctl_table(import->ctl, table);
}

static int outcome_tell(const struct import *import)
{
	const PB(CommitImportResponse) *outcome = import->outcome;
	int64_t bad = import->refused + outcome->bad;
	char text[MONEY_TEXT_BYTES];
	struct currency currency;

	if (import->ctl->format != TABLE_FORMAT_PEOPLE)
		return import->ctl->format == TABLE_FORMAT_CSV ? outcome_csv(import, bad) : outcome_json(import, bad);
	ctl_note(import->ctl, "%s: %lld imported, %lld updated, %lld unchanged, %lld bad; %s new or changed",
		 import->file, (long long)outcome->imported, (long long)outcome->updated, (long long)outcome->unchanged,
		 (long long)bad, counted(import->ctl, outcome->customers_changed, "customer"));
	if (outcome->n_updated_columns > 0)
		ctl_note(import->ctl, "updated: %s", updated_text(import));
	if (outcome->missing > 0)
		ctl_note(import->ctl, "%s no longer in the file", counted(import->ctl, outcome->missing, "open item"));
	if (outcome->n_withheld_rows > 0)
		ctl_note(import->ctl, "the paid amount of %s waits for the bank's word",
			 counted(import->ctl, (int64_t)outcome->n_withheld_rows, "row"));
	for (size_t i = 0; i < outcome->n_open; i++)
		if (err_ok(currency_parse(outcome->open[i]->currency, &currency)))
			ctl_note(import->ctl, "open: %s %s", money_format(outcome->open[i]->minor, currency, text),
				 currency.code);
	if (bad > 0)
		ctl_note(import->ctl, "the bad rows are in %s", import->bad_file);
	return CTL_DONE;
}

static int import_tell(struct import *import)
{
	bad_tell(import);
	if (!import->outcome || !import->outcome->committed)
		return ctl_exit(
			import->ctl,
			err_format(import->ctl->arena, ERR_INVALID, "openitems.bad_rows", NULL,
				   "%s: nothing was imported (--skip-bad imports the others)",
				   counted(import->ctl, import->refused + (import->outcome ? import->outcome->bad : 0),
					   "bad row")));
	for (size_t i = 0; i < import->outcome->n_withheld_rows; i++)
		line_tell(import, import->outcome->withheld_rows[i]->line, import->outcome->withheld_rows[i]->column,
			  import->outcome->withheld_rows[i]->reason);
	struct err err = import->bad_count > 0 ? bad_write(import) : OK;

	return err_ok(err) ? outcome_tell(import) : ctl_exit(import->ctl, err);
}

static struct err import_options(struct ctl *ctl, int *argc, char **argv, struct import *import)
{
	bool strict = false;
	const struct ctl_option options[] = {
		CTL_OPTION_FLAG("--strict", &strict),
		CTL_OPTION_FLAG("--skip-bad", &import->skip_bad),
		CTL_OPTION_FLAG("--complete", &import->complete),
		CTL_OPTION_TEXT("--bad", &import->bad_file),
	};
	char *bytes;

	TRY(ctl_options(ctl, options, sizeof options / sizeof options[0], argc, argv, 1, 1));
	if (strict && import->skip_bad)
		return ctl_usage(ctl, "--strict and --skip-bad exclude each other");
	import->ctl = ctl;
	import->file = argv[0];
	if (!import->bad_file)
		import->bad_file = arena_format(ctl->arena, "%s.bad.csv", import->file);
	TRY(ctl_read_file(ctl, import->file, OPENITEMS_FILE_BYTES_MAX, &bytes, &import->content.length));
	import->content.bytes = bytes;
	return OK;
}

static int cmd_openitems_import(struct ctl *ctl, int argc, char **argv)
{
	struct import *import = arena_alloc(ctl->arena, sizeof *import);
	struct err err = import_options(ctl, &argc, argv, import);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	import->part_arena = arena_new(0);
	err = import_run(import);
	int exit = err_ok(err) ? import_tell(import) : ctl_exit(ctl, err);

	arena_destroy(&import->part_arena);
	return exit;
}

/* ------------------------------------------------------------------ history */

static int cmd_openitems_history(struct ctl *ctl, int argc, char **argv)
{
	static const char *const COLUMNS[] = { "changed_at", "column", "was", "becomes", "file_name" };
	PB(ListItemChangesRequest) request;
	PB(ListItemChangesResponse) * reply;
	struct table *table = table_new(ctl->arena);
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	PB_INIT(list_item_changes_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.invoice_number = argv[0];
	if (err_ok(err))
		err = CALL(ctl, "ListItemChanges", list_item_changes, &request, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	for (size_t i = 0; i < sizeof COLUMNS / sizeof COLUMNS[0]; i++)
		table_column(table, COLUMNS[i], TABLE_TEXT);
	for (size_t i = 0; i < reply->n_changes; i++) {
		const PB(RecordedChange) *change = reply->changes[i];
		const char *const cells[] = { change->changed_at, change->column, change->was, change->becomes,
					      change->file_name };

		table_row(table);
		for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
			table_cell_text(table, or_null(cells[k]));
	}
	return ctl_table(ctl, table);
}
