/* BAI2: cash management balance reporting of banks in North America and Britain.
 *
 * Records are comma-separated and end in '/': 01 file, 02 group (whose date and currency hold for its accounts), 03
 * account with balances, 16 entry, 88 more of the record before, 49, 98, 99 trailers. Amounts are minor units without a
 * point. Type codes 1xx to 3xx are money in, 4xx to 6xx money out, and of the bank's own ones 920 to 959 and 960 to
 * 999; balances are 010 (opening ledger) and 015 (closing ledger). Some systems write several records on a line.
 *
 * Source: Bank Administration Institute, "Cash Management Balance Reporting Specifications", version 2. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/format.h"
#include "payments/formats/lines.h"
#include "payments/formats/text_amount.h"

#define RECORD_BYTES_MAX ((size_t)64 * 1024) /* an account record with all its 88s */
#define TEXT_BYTES_MAX ((size_t)64 * 1024)
#define TEXTS_MAX 1000 /* 88s of one entry; banks send a dozen */

struct bai2 {
	struct emitter *emitter;
	struct lines lines;
	struct date date; /* the group's */
	struct currency currency;
	struct buf record; /* the record before, until no 88 follows: its fields with commas, without the '/' */
	int64_t record_line;
	const char **texts; /* its 88s where it is an entry, in the emitter's arena */
	size_t text_count;
	bool ended; /* record 99 */
};

/* ---- fields ---- */

/* Cuts the next field out of `at`; "" behind the last. */
static char *field_next(char **at)
{
	char *field = *at ? strsep(at, ",") : NULL;
	static char none[1];

	return field ? field : none;
}

static struct err amount_read(const char *text, int64_t *minor)
{
	long long value = 0;

	TRY(text_to_int64(text + (*text == '+'), -MONEY_MINOR_MAX, MONEY_MINOR_MAX, &value));
	*minor = value;
	return OK;
}

/* Funds type: S has three amounts behind it, V a date and a time, D pairs of days and amounts. */
static void funds_skip(const char *type, char **at, struct date *value_date)
{
	struct date date;
	long long count = 0;

	if (strcmp(type, "S") == 0) {
		count = 3;
	} else if (strcmp(type, "V") == 0) {
		if (err_ok(text_date6(field_next(at), &date)))
			*value_date = date;
		count = 1;
	} else if (strcmp(type, "D") == 0 && err_ok(text_to_int64(field_next(at), 0, 1000, &count))) {
		count *= 2;
	}
	while (count-- > 0)
		field_next(at);
}

/* ---- records ---- */

static struct err group_take(struct bai2 *bai2, char *fields)
{
	struct currency currency;

	for (int i = 0; i < 3; i++)
		field_next(&fields); /* receiver, originator, status */
	if (!err_ok(text_date6(field_next(&fields), &bai2->date)))
		bai2->date = DATE_NONE;
	field_next(&fields);
	bai2->currency = (struct currency){ "USD" };
	if (err_ok(currency_parse(field_next(&fields), &currency)))
		bai2->currency = currency;
	return OK;
}

static void balance_set(struct bai2 *bai2, const char *type, int64_t minor)
{
	struct statement *statement = &bai2->emitter->statement;
	struct statement_balance balance = {
		.known = true, .date = bai2->date, .amount_minor = minor, .currency = statement->currency
	};

	text_copy(balance.type, sizeof balance.type, type);
	if (strcmp(type, "010") == 0)
		statement->opening = balance;
	else if (strcmp(type, "015") == 0)
		statement->closing = balance;
}

/* account, currency, then type, amount, count, funds … of each balance */
static struct err account_take(struct bai2 *bai2, char *fields)
{
	struct date unused = DATE_NONE;

	TRY(emit_cut(bai2->emitter)); /* the account before has no record 49 */
	struct statement *statement = emit_next(bai2->emitter);

	statement->format = "bai2";
	statement->version = "BAI2";
	statement->line = bai2->record_line;
	statement->currency = bai2->currency;
	statement->from = statement->to = bai2->date;
	statement->account = text_trim(bai2->emitter->header, field_next(&fields));
	if (statement->account[0] == '\0')
		statement->account = NULL;
	const char *code = field_next(&fields);

	if (code[0])
		TRY(currency_parse(code, &statement->currency));
	while (fields) {
		const char *type = field_next(&fields), *amount = field_next(&fields);
		int64_t minor = 0;

		field_next(&fields);
		funds_skip(field_next(&fields), &fields, &unused);
		if (!amount[0] || text_digits(type) != 3)
			continue;
		TRY(amount_read(amount, &minor));
		balance_set(bai2, type, minor);
	}
	return OK;
}

static const char *text_or_null(struct arena *arena, const char *text)
{
	const char *trim = text_trim(arena, text);

	return trim[0] && strcmp(trim, "0") != 0 ? trim : NULL;
}

static void pieces_take(struct bai2 *bai2, const char *first, struct payment_info *info)
{
	struct arena *arena = bai2->emitter->entries;
	BUF_SCOPE joined;

	buf_init(&joined, TEXT_BYTES_MAX);
	for (size_t i = 0; i <= bai2->text_count; i++) {
		const char *piece = text_trim(arena, i == 0 ? (first ? first : "") : bai2->texts[i - 1]);

		if (!piece[0])
			continue;
		*ARENA_PUSH(arena, info->remittance_pieces, info->remittance_piece_count) = piece;
		if (joined.length > 0)
			buf_append_char(&joined, ' ');
		buf_append_text(&joined, piece);
	}
	if (joined.length > 0)
		info->remittance = arena_copy(arena, buf_text(&joined));
}

enum direction { NOT_MONEY, MONEY_IN, MONEY_OUT };

/* 890 is words about the account; of loans (7xx) we know nothing, and take none. */
static struct err direction_of(const char *type, const char *amount, enum direction *direction)
{
	static const struct {
		const char *from, *to;
		enum direction direction;
	} RANGES[] = {
		{ "100", "399", MONEY_IN }, { "400", "699", MONEY_OUT }, { "890", "890", NOT_MONEY },
		{ "920", "959", MONEY_IN }, { "960", "999", MONEY_OUT },
	};
	bool code = text_digits(type) == 3 && type[3] == '\0';

	*direction = NOT_MONEY;
	for (size_t i = 0; code && i < sizeof RANGES / sizeof RANGES[0]; i++) {
		if (strcmp(type, RANGES[i].from) < 0 || strcmp(type, RANGES[i].to) > 0)
			continue;
		*direction = RANGES[i].direction;
		return OK;
	}
	if (code && !amount[0])
		return OK;
	return ERR(ERR_INVALID, "statement.type", NULL, "an entry's type code is 100 to 699 or 920 to 999");
}

/* type, amount, funds …, bank's reference, customer's reference, text */
static struct err entry_take(struct bai2 *bai2, char *fields)
{
	struct arena *arena = bai2->emitter->entries;

	if (!bai2->emitter->open)
		return ERR(ERR_INVALID, "statement.malformed", NULL, "an entry (16) stands before its account (03)");
	struct statement_entry *entry = arena_alloc(arena, sizeof *entry);
	const char *type = field_next(&fields), *amount = field_next(&fields);
	enum direction direction;

	*entry = (struct statement_entry){ .line = bai2->record_line,
					   .booking_date = bai2->date,
					   .value_date = DATE_NONE };
	entry->currency = bai2->emitter->statement.currency;
	entry->cut = bai2->lines.unended;
	TRY(direction_of(type, amount, &direction));
	if (direction == NOT_MONEY)
		return OK;
	TRY(amount_read(amount, &entry->amount_minor));
	if (direction == MONEY_OUT)
		entry->amount_minor = -entry->amount_minor;
	entry->info.transaction_code = arena_copy(arena, type);
	funds_skip(field_next(&fields), &fields, &entry->value_date);
	entry->info.bank_ref = text_or_null(arena, field_next(&fields));
	entry->entry_ref = text_or_null(arena, field_next(&fields));
	pieces_take(bai2, fields, &entry->info);
	return emit_entry(bai2->emitter, entry);
}

static struct err account_end(struct bai2 *bai2, char *fields)
{
	(void)fields;
	return bai2->emitter->open ? emit_end(bai2->emitter) : OK;
}

static struct err file_end(struct bai2 *bai2, char *fields)
{
	(void)fields;
	bai2->ended = true;
	return emit_cut(bai2->emitter);
}

static struct err nothing(struct bai2 *bai2, char *fields)
{
	(void)bai2;
	(void)fields;
	return OK;
}

static const struct {
	char code[3];
	struct err (*take)(struct bai2 *bai2, char *fields);
} RECORDS[] = {
	{ "01", nothing },     { "02", group_take }, { "03", account_take }, { "16", entry_take },
	{ "49", account_end }, { "98", nothing },    { "99", file_end },
};

/* The record before is complete. */
static struct err record_end(struct bai2 *bai2)
{
	struct err err = OK;

	if (bai2->record.full)
		return ERR(ERR_INVALID, "statement.too_large", NULL, "a record is longer than any bank's");
	for (size_t i = 0; bai2->record.length > 0 && i < sizeof RECORDS / sizeof RECORDS[0]; i++)
		if (memcmp(bai2->record.data, RECORDS[i].code, 2) == 0)
			err = RECORDS[i].take(bai2, bai2->record.data + 3);
	buf_clear(&bai2->record);
	bai2->texts = NULL;
	bai2->text_count = 0;
	return err;
}

/* ---- lines ---- */

static bool record_code(const char *text)
{
	if (text[0] == '\0' || text[1] == '\0' || text[2] != ',')
		return false;
	for (size_t i = 0; i < sizeof RECORDS / sizeof RECORDS[0]; i++)
		if (memcmp(text, RECORDS[i].code, 2) == 0)
			return true;
	return memcmp(text, "88", 2) == 0;
}

/* More of the record before: text of an entry, fields of anything else. */
static void record_more(struct bai2 *bai2, const char *text)
{
	if (bai2->record.length > 0 && memcmp(bai2->record.data, "16", 2) == 0) {
		*ARENA_PUSH(bai2->emitter->entries, bai2->texts, bai2->text_count) =
			arena_copy(bai2->emitter->entries, text);
		return;
	}
	buf_append_char(&bai2->record, ',');
	buf_append_text(&bai2->record, text);
}

static char *without_end(char *text)
{
	size_t length = strlen(text);

	while (length > 0 && strchr(" \t", text[length - 1]))
		length--;
	length -= length > 0 && text[length - 1] == '/';
	text[length] = '\0';
	return text;
}

/* An 88, or a line of an entry's text that the bank broke without one. */
static struct err more_take(struct bai2 *bai2, const char *text)
{
	bool coded = record_code(text);

	if (!coded && (bai2->record.length < 2 || memcmp(bai2->record.data, "16", 2) != 0))
		return ERR(ERR_INVALID, "statement.malformed", NULL,
			   "a record begins with 01, 02, 03, 16, 49, 88, 98 or 99 and a comma");
	if (bai2->text_count >= TEXTS_MAX)
		return ERR(ERR_INVALID, "statement.too_large", NULL, "a record goes on for longer than any bank's");
	record_more(bai2, coded ? text + 3 : text);
	return OK;
}

static struct err record_take(struct bai2 *bai2, char *text)
{
	if (!record_code(text) || memcmp(text, "88", 2) == 0)
		return more_take(bai2, without_end(text));
	TRY(record_end(bai2));
	emit_tidy(bai2->emitter);
	bai2->record_line = bai2->lines.number;
	buf_append_text(&bai2->record, without_end(text));
	return OK;
}

/* Where the next record begins on the same line: behind '/' and blanks. */
static char *next_on_line(char *text)
{
	for (char *slash = strchr(text, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *next = slash + 1 + strspn(slash + 1, " \t");

		if (record_code(next))
			return next;
	}
	return NULL;
}

static struct err line_found(void *context, const char *line, size_t length)
{
	struct bai2 *bai2 = context;
	ARENA_SCOPE arena = arena_new(0);
	char *at = text_to_utf8(arena, line, length);

	at += strspn(at, " \t\x1A");
	while (at && *at) {
		char *next = next_on_line(at);

		if (next)
			next[-1] = '\0'; /* the '/' or a blank behind it */
		TRY(record_take(bai2, at));
		at = next;
	}
	return OK;
}

/* ---- the format ---- */

static void *bai2_open(struct emitter *emitter)
{
	struct bai2 *bai2 = calloc(1, sizeof *bai2);

	CHECK(bai2 != NULL);
	bai2->emitter = emitter;
	bai2->date = DATE_NONE;
	bai2->currency = (struct currency){ "USD" };
	buf_init(&bai2->record, RECORD_BYTES_MAX);
	lines_init(&bai2->lines, line_found, bai2);
	return bai2;
}

static void bai2_close(void *parser)
{
	struct bai2 *bai2 = parser;

	lines_release(&bai2->lines);
	buf_release(&bai2->record);
	free(bai2);
}

static struct err bai2_feed(void *parser, const char *bytes, size_t length)
{
	return lines_feed(&((struct bai2 *)parser)->lines, bytes, length);
}

static struct err bai2_finish(void *parser)
{
	struct bai2 *bai2 = parser;

	TRY(lines_finish(&bai2->lines));
	TRY(record_end(bai2));
	if (!bai2->ended || bai2->emitter->open)
		return ERR(ERR_INVALID, "statement.truncated", NULL, "the file has no end (record 99)");
	return OK;
}

static int64_t bai2_line(const void *parser)
{
	return ((const struct bai2 *)parser)->lines.number;
}

static bool bai2_detect(const char *bytes, size_t length)
{
	return length > 3 && memcmp(bytes, "01,", 3) == 0;
}

const struct format FORMAT_BAI2 = {
	.name = "bai2",
	.detect = bai2_detect,
	.open = bai2_open,
	.feed = bai2_feed,
	.finish = bai2_finish,
	.line = bai2_line,
	.close = bai2_close,
};
