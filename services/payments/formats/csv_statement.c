/* Account statements as CSV, read by a profile (csv_profile.h).
 *
 * The file is a statement for each run of rows of one account and currency. Banks write the oldest entry first or the
 * newest: where there is a column of balances, its arithmetic says which, and the balances at both ends prove the rows
 * between them.
 *
 * A row without an amount moves nothing and is passed over: remarks, announcements, rows of blanks. One that is shorter
 * than the others and yet begins like an entry is a file that was cut off. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/columns.h"
#include "payments/formats/csv_choose.h"
#include "payments/formats/csv_fact.h"
#include "payments/formats/csv_value.h"
#include "payments/formats/format.h"

#define VERSION_BYTES 96
#define ACCOUNT_BYTES 128 /* an IBAN has 34 */

enum order { ORDER_UNKNOWN, ORDER_OLDEST_FIRST, ORDER_NEWEST_FIRST };

/* A balance as a row states it, and what the row moves. */
struct standing {
	bool known;
	struct date date;
	int64_t before_minor, after_minor;
};

struct csv_file {
	struct emitter *emitter;
	struct csv_splitter splitter;
	struct decoder decoder;
	struct arena *arena; /* of the file: the map's words, facts, errors */
	struct csv_map map;
	char version[VERSION_BYTES], account[ACCOUNT_BYTES];
	const char *facts[CSV_FACT_COUNT];
	bool ready, data; /* profile chosen; behind the header */
	bool gap;         /* a row of the statement has no balance */
	enum order order;
	struct standing first, last;
	struct date from, to;
};

static struct err malformed(const char *message)
{
	return ERR(ERR_INVALID, "statement.malformed", NULL, message);
}

static const char *role(const struct csv_file *file, const struct csv_row *row, enum csv_role role)
{
	return csv_role_text(&file->map, row, role);
}

/* ------------------------------------------------------------------ the statement */

static const char *account_text(struct arena *arena, const char *text)
{
	char *plain = arena_copy(arena, text);
	size_t length = 0;

	for (const char *c = plain; *c; c++)
		if (*c != ' ')
			plain[length++] = *c;
	plain[length] = '\0';
	return length > 0 ? plain : NULL;
}

/* Of the row, else of the file's head, the caller, the profile. */
static const char *account_of(const struct csv_file *file, struct arena *arena, const struct csv_row *row)
{
	const char *texts[] = { csv_text(arena, role(file, row, CSV_ACCOUNT)), file->facts[CSV_FACT_ACCOUNT],
				file->emitter->profiles->account, file->map.profile->account };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i])
			return account_text(arena, texts[i]);
	return NULL;
}

static struct err currency_of(const struct csv_file *file, const struct csv_row *row, struct currency *currency)
{
	const char *text = role(file, row, CSV_CURRENCY);

	if (!text[0])
		text = file->facts[CSV_FACT_CURRENCY];
	if (text && text[0])
		return currency_parse(text, currency);
	*currency = currency_known(file->emitter->profiles->currency) ? file->emitter->profiles->currency
								      : file->map.profile->currency;
	return OK;
}

static void statement_begin(struct csv_file *file, const char *account, struct currency currency, int64_t line)
{
	struct statement *statement = emit_next(file->emitter);

	statement->format = "csv";
	statement->version = file->version;
	statement->line = line;
	statement->account = account ? arena_copy(file->emitter->header, account) : NULL;
	statement->currency = currency;
	file->gap = false;
	file->order = ORDER_UNKNOWN;
	file->first = file->last = (struct standing){ .known = false };
	file->from = file->to = DATE_NONE;
}

static struct statement_balance balance_of(const struct csv_file *file, const char *type, struct date date,
					   int64_t minor)
{
	struct statement_balance balance = {
		.known = true, .date = date, .amount_minor = minor, .currency = file->emitter->statement.currency
	};

	text_copy(balance.type, sizeof balance.type, type);
	return balance;
}

/* One row alone is both ends; of several that no arithmetic orders, the dates decide. */
static enum order order_of(const struct csv_file *file)
{
	if (file->order != ORDER_UNKNOWN)
		return file->order;
	return date_compare(file->first.date, file->last.date) > 0 ? ORDER_NEWEST_FIRST : ORDER_OLDEST_FIRST;
}

static struct err fact_balance(const struct csv_file *file, enum csv_fact fact, struct date date,
			       struct statement_balance *balance)
{
	int64_t minor;

	if (!file->facts[fact] || balance->known)
		return OK;
	TRY(csv_amount(file->map.profile, file->facts[fact], file->emitter->statement.currency, &minor));
	*balance = balance_of(file, fact == CSV_FACT_OPENING ? "OPBD" : "CLBD", date, minor);
	return OK;
}

static struct err statement_end(struct csv_file *file)
{
	struct statement *statement = &file->emitter->statement;
	bool oldest_first = order_of(file) == ORDER_OLDEST_FIRST;
	const struct standing *oldest = oldest_first ? &file->first : &file->last,
			      *newest = oldest_first ? &file->last : &file->first;

	if (!file->emitter->open)
		return OK;
	statement->from = file->from;
	statement->to = file->to;
	if (file->first.known && !file->gap) {
		statement->opening = balance_of(file, "OPBD", oldest->date, oldest->before_minor);
		statement->closing = balance_of(file, "CLBD", newest->date, newest->after_minor);
	}
	TRY(fact_balance(file, CSV_FACT_OPENING, file->from, &statement->opening));
	TRY(fact_balance(file, CSV_FACT_CLOSING, file->to, &statement->closing));
	return emit_end(file->emitter);
}

/* ------------------------------------------------------------------ a row */

static struct err amount_at(const struct csv_file *file, const struct csv_row *row, enum csv_role which,
			    struct currency currency, int64_t *minor)
{
	const char *text = role(file, row, which);

	*minor = 0;
	return text[0] ? csv_amount(file->map.profile, text, currency, minor) : OK;
}

static struct err amount_marked(const struct csv_file *file, const struct csv_row *row, int64_t *minor)
{
	const char *mark = role(file, row, CSV_MARK);

	*minor = llabs(*minor);
	if (csv_one_of(&file->map.profile->debit_marks, mark))
		*minor = -*minor;
	else if (!csv_one_of(&file->map.profile->credit_marks, mark))
		return malformed("the mark of debit or credit is none that the profile knows");
	return OK;
}

static struct err amount_take(const struct csv_file *file, const struct csv_row *row, struct statement_entry *entry)
{
	int64_t debit, credit, fee;

	TRY(amount_at(file, row, CSV_AMOUNT, entry->currency, &entry->amount_minor));
	TRY(amount_at(file, row, CSV_DEBIT, entry->currency, &debit));
	TRY(amount_at(file, row, CSV_CREDIT, entry->currency, &credit));
	TRY(amount_at(file, row, CSV_FEE, entry->currency, &fee));
	if (file->map.profile->sign == CSV_COLUMNS) {
		if (debit != 0 && credit != 0)
			return malformed("a row has an amount both as debit and as credit");
		entry->amount_minor = llabs(credit) - llabs(debit);
	} else if (file->map.profile->sign == CSV_MARKS) {
		TRY(amount_marked(file, row, &entry->amount_minor));
	} else if (file->map.profile->sign == CSV_INVERTED) {
		entry->amount_minor = -entry->amount_minor;
	}
	entry->amount_minor -= llabs(fee);
	return OK;
}

/* The place of the row in the chain of balances. */
static struct err standing_take(struct csv_file *file, const struct csv_row *row, const struct statement_entry *entry)
{
	struct standing now = { .known = true, .date = entry->booking_date };
	const char *text = role(file, row, CSV_BALANCE);
	int64_t stated;

	if (strpbrk(text, "0123456789") == NULL) {
		file->gap = true;
		file->last = (struct standing){ .date = now.date };
		if (!file->first.known)
			file->first.date = now.date;
		return OK;
	}
	TRY(csv_amount(file->map.profile, text, entry->currency, &stated));
	now.before_minor = file->map.profile->balance_before ? stated : stated - entry->amount_minor;
	now.after_minor = file->map.profile->balance_before ? stated + entry->amount_minor : stated;
	if (file->last.known && file->order == ORDER_UNKNOWN) {
		bool rising = file->last.after_minor == now.before_minor;
		bool falling = file->last.before_minor == now.after_minor;

		if (rising != falling)
			file->order = rising ? ORDER_OLDEST_FIRST : ORDER_NEWEST_FIRST;
	}
	if (!file->first.known)
		file->first = now;
	file->last = now;
	return OK;
}

static struct err texts_take(const struct csv_file *file, const struct csv_row *row, struct statement_entry *entry)
{
	struct arena *arena = file->emitter->entries;
	struct payment_info *info = &entry->info;
	const struct {
		enum csv_role role;
		const char **to;
	} texts[] = {
		{ CSV_BANK_REF, &info->bank_ref },      { CSV_END_TO_END, &info->end_to_end_id },
		{ CSV_MANDATE, &info->mandate_id },     { CSV_NAME, &info->counterparty.name },
		{ CSV_IBAN, &info->counterparty.iban }, { CSV_BIC, &info->counterparty.bic },
		{ CSV_CODE, &info->transaction_code },
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i].to = csv_text(arena, role(file, row, texts[i].role));
	if (info->end_to_end_id && text_equal_nocase(info->end_to_end_id, "NOTPROVIDED"))
		info->end_to_end_id = NULL;
	if (info->counterparty.iban)
		info->counterparty.iban = account_text(arena, info->counterparty.iban);
	for (size_t i = 0; i < file->map.counts[CSV_REMITTANCE]; i++)
		TRY(remittance_add(arena, info, csv_text(arena, csv_cell(row, file->map.cells[CSV_REMITTANCE][i]))));
	return OK;
}

static void period_take(struct csv_file *file, struct date date)
{
	if (!date_known(file->from) || date_compare(date, file->from) < 0)
		file->from = date;
	if (!date_known(file->to) || date_compare(date, file->to) > 0)
		file->to = date;
}

static bool has_amount(const struct csv_file *file, const struct csv_row *row)
{
	return role(file, row, CSV_AMOUNT)[0] || role(file, row, CSV_DEBIT)[0] || role(file, row, CSV_CREDIT)[0];
}

/* An entry ends in the middle where its date is there, but not all its columns. */
static struct err row_whole(const struct csv_file *file, const struct csv_row *row)
{
	struct date date;

	for (size_t i = file->map.width; i < row->count; i++)
		if (csv_cell(row, i)[0] && file->map.header && !file->map.profile->extra_columns)
			return malformed("a row has more columns than the header: is a separator not in quotes?");
	if (!file->map.header && row->count > file->map.width)
		return malformed("a row has more columns than the profile: is a separator not in quotes?");
	if (has_amount(file, row))
		return OK;
	if (row->count < file->map.width && err_ok(csv_date(file->map.profile, role(file, row, CSV_BOOKED), &date)))
		return ERR(ERR_INVALID, "statement.truncated", NULL, "a row ends before its amount");
	return OK;
}

static struct err statement_for(struct csv_file *file, const struct csv_row *row, struct currency currency)
{
	const struct statement *statement = &file->emitter->statement;
	const char *account = account_of(file, file->emitter->entries, row);

	if (file->emitter->open && text_equal(account, statement->account) &&
	    currency_equal(currency, statement->currency))
		return OK;
	text_copy(file->account, sizeof file->account, account ? account : "");
	TRY(statement_end(file)); /* forgets the arena of the entries */
	statement_begin(file, file->account[0] ? file->account : NULL, currency, row->line);
	return OK;
}

static struct err entry_take(struct csv_file *file, const struct csv_row *row)
{
	struct currency currency;
	const char *value_date = role(file, row, CSV_VALUE_DATE);

	TRY(currency_of(file, row, &currency));
	TRY(statement_for(file, row, currency));
	struct statement_entry *entry = arena_alloc(file->emitter->entries, sizeof *entry);

	entry->line = row->line;
	entry->currency = currency;
	entry->status =
		csv_one_of(&file->map.profile->unbooked, role(file, row, CSV_STATUS)) ? ENTRY_PENDING : ENTRY_BOOKED;
	entry->value_date = DATE_NONE;
	TRY(csv_date(file->map.profile, role(file, row, CSV_BOOKED), &entry->booking_date));
	if (strpbrk(value_date, "0123456789"))
		TRY(csv_date(file->map.profile, value_date, &entry->value_date));
	TRY(amount_take(file, row, entry));
	TRY(texts_take(file, row, entry));
	if (entry->status == ENTRY_BOOKED) {
		TRY(standing_take(file, row, entry));
		period_take(file, entry->booking_date);
	}
	return emit_entry(file->emitter, entry);
}

static struct err row_found(void *context, struct csv_row *row)
{
	struct csv_file *file = context;

	if (!file->data && row->line == file->map.header_line) {
		file->data = true;
		return OK;
	}
	if (csv_fact_take(file->arena, &file->map, file->data, row, file->facts) || !file->data)
		return OK;
	TRY(row_whole(file, row));
	return has_amount(file, row) ? entry_take(file, row) : OK;
}

/* ------------------------------------------------------------------ the format */

static void *csv_open(struct emitter *emitter)
{
	struct csv_file *file = calloc(1, sizeof *file);

	CHECK(file != NULL && emitter->profiles != NULL);
	file->emitter = emitter;
	file->arena = arena_new(0);
	return file;
}

static void csv_close(void *parser)
{
	struct csv_file *file = parser;

	if (file->ready)
		csv_splitter_release(&file->splitter);
	arena_destroy(&file->arena);
	free(file);
}

/* The first piece is the head of the file. */
static struct err begin(struct csv_file *file, const char *bytes, size_t length)
{
	TRY(csv_choose(file->arena, file->emitter->profiles, bytes, length, &file->map));
	csv_splitter_init(&file->splitter, file->map.separator, row_found, file);
	file->decoder = decoder_make(csv_codepage(file->map.profile, bytes, length));
	file->data = !file->map.header;
	text_copy(file->version, sizeof file->version, arena_format(file->arena, "csv %s", file->map.profile->name));
	file->ready = true;
	return OK;
}

static struct err csv_feed(void *parser, const char *bytes, size_t length)
{
	struct csv_file *file = parser;
	BUF_SCOPE text = { 0 };

	if (!file->ready)
		TRY(begin(file, bytes, length));
	if (file->decoder.codepage == CODEPAGE_UTF8)
		return csv_splitter_feed(&file->splitter, bytes, length);
	buf_init(&text, length * 3 + 1);
	decoder_feed(&file->decoder, bytes, length, &text);
	return csv_splitter_feed(&file->splitter, buf_text(&text), text.length);
}

/* A file with a header and no entry is a statement of nothing. */
static struct err csv_finish(void *parser)
{
	struct csv_file *file = parser;
	const struct csv_row nothing = { .count = 0 };
	struct currency currency;

	TRY(csv_splitter_finish(&file->splitter));
	if (!file->emitter->open && file->emitter->statement_count == 0) {
		TRY(currency_of(file, &nothing, &currency));
		statement_begin(file, account_of(file, file->arena, &nothing), currency, file->map.header_line);
	}
	return statement_end(file);
}

static int64_t csv_line(const void *parser)
{
	const struct csv_file *file = parser;

	return file->ready && file->splitter.row.line > 0 ? file->splitter.row.line : 1;
}

/* Text with columns; whether a profile fits is said when it is chosen. */
static bool csv_detect(const char *bytes, size_t length)
{
	bool separated = false;

	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\0')
			return false;
		separated |= strchr(";,\t|", bytes[i]) != NULL;
	}
	return separated && bytes[0] != '<' && bytes[0] != '{';
}

const struct format FORMAT_CSV = {
	.name = "csv",
	.detect = csv_detect,
	.open = csv_open,
	.feed = csv_feed,
	.finish = csv_finish,
	.line = csv_line,
	.close = csv_close,
};
