/* SWIFT MT940 (statement) and MT942 (interim report), as banks really send them: with or without SWIFT's blocks, with
 * any line ends, with lines of other systems before the first field.
 *
 * Source: SWIFT User Handbook, category 9; the DFUe agreement's annex 3 for German banks. */
#include "payments/formats/mt940.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/format.h"
#include "payments/formats/lines.h"
#include "payments/formats/text_amount.h"

#define FIELD_LINES_MAX 256 /* field 86 has 6 lines; banks that send more send some dozens */
#define TAG_BYTES 5

struct mt940 {
	struct emitter *emitter;
	struct lines lines;
	char tag[TAG_BYTES]; /* of the field that is being read; "" for none */
	const char **field;  /* its lines, in the emitter's arena */
	size_t field_lines;
	int64_t field_line; /* where it begins */

	bool foreign;                  /* inside a message of another type */
	bool closed;                   /* its closing balance has been read: field 86 now speaks of all of it */
	struct statement_entry *entry; /* waits for its field 86 */
};

/* ---- fields ---- */

static const char *const TAGS[] = { "13", "13D", "20",  "21", "25", "25P", "28", "28C", "34F", "60F", "60M",
				    "61", "62F", "62M", "64", "65", "65F", "86", "90C", "90D", "940", "NS" };

/* ":61:…" with a tag that a statement has: its length with both colons; 0 where the line goes on with a field. */
static size_t tag_length(const char *line)
{
	const char *end = line[0] == ':' ? strchr(line + 1, ':') : NULL;

	for (size_t i = 0; end && i < sizeof TAGS / sizeof TAGS[0]; i++) {
		size_t length = strlen(TAGS[i]);

		if ((size_t)(end - line - 1) == length && strncmp(line + 1, TAGS[i], length) == 0)
			return length + 2;
	}
	return 0;
}

static const char *first_line(const struct mt940 *mt940)
{
	return mt940->field_lines > 0 ? mt940->field[0] : "";
}

static const char *header_text(struct mt940 *mt940, const char *text)
{
	const char *trim = text_trim(mt940->emitter->header, text);

	return trim[0] ? trim : NULL;
}

/* "NL96RBOS0523149468" */
static bool like_iban(const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < length; i++)
		if (i < 2 ? text[i] < 'A' || text[i] > 'Z' : !isalnum((unsigned char)text[i]))
			return false;
	return length >= 15 && length <= 34 && isdigit((unsigned char)text[2]) && isdigit((unsigned char)text[3]);
}

static struct err entry_flush(struct mt940 *mt940)
{
	struct statement_entry *entry = mt940->entry;

	mt940->entry = NULL;
	mt940->field = NULL;
	mt940->field_lines = 0;
	if (!entry)
		return OK;
	/* Rabobank gives the other account where SWIFT has supplementary details. */
	if (!entry->info.counterparty.iban && entry->info.info && like_iban(entry->info.info))
		entry->info.counterparty.iban = entry->info.info;
	return emit_entry(mt940->emitter, entry);
}

static struct err statement_end(struct mt940 *mt940)
{
	struct statement *statement = &mt940->emitter->statement;

	TRY(entry_flush(mt940));
	if (!mt940->emitter->open)
		return OK;
	statement->cut = statement->kind == STATEMENT_FINAL && !mt940->closed;
	return emit_end(mt940->emitter);
}

static void statement_begin(struct mt940 *mt940)
{
	struct statement *statement = emit_next(mt940->emitter);

	statement->format = "mt940";
	statement->version = "MT940";
	statement->line = mt940->field_line;
	mt940->closed = false;
}

/* An IBAN in groups, or behind its bank's BIC; else the account as it stands. */
static const char *account_of(struct arena *arena, const char *account)
{
	const char *slash = strchr(account, '/'), *from = slash ? slash + 1 : account;
	char *iban = arena_copy(arena, from), *to = iban;

	for (; *from; from++)
		if (*from != ' ')
			*to++ = *from;
	*to = '\0';
	return like_iban(iban) ? iban : account;
}

/* "51210600/9223382012EUR", "NL77INGB0574908765EUR", "1017.490.554 EUR", "UBRTHUHB/1234567/HUF" */
static struct err account_take(struct mt940 *mt940)
{
	struct statement *statement = &mt940->emitter->statement;
	char *account = text_trim(mt940->emitter->header, first_line(mt940));

	account += strspn(account, "/"); /* "/PL61…": what SWIFT puts before an account */
	size_t length = strlen(account);

	if (length > 3 && !currency_known(statement->currency) && !isalpha((unsigned char)account[length - 4]) &&
	    err_ok(currency_parse(account + length - 3, &statement->currency)))
		account[length - 3 - (account[length - 4] == '/')] = '\0';
	statement->account = header_text(mt940, account_of(mt940->emitter->header, account));
	return OK;
}

/* "5/1": statement and page */
static struct err number_take(struct mt940 *mt940)
{
	struct statement *statement = &mt940->emitter->statement;
	const char *text = first_line(mt940), *slash = strchr(text, '/');

	if (text_digits(text) > 0)
		statement->sequence = strtoll(text, NULL, 10);
	if (slash && text_digits(slash + 1) > 0)
		statement->page = strtoll(slash + 1, NULL, 10);
	return OK;
}

/* "C100318EUR380115,12"; some banks leave out the currency. */
static struct err balance_take(struct mt940 *mt940)
{
	struct statement *statement = &mt940->emitter->statement;
	struct statement_balance balance = { .known = true, .currency = statement->currency };
	bool opening = mt940->tag[1] == '0';
	const char *text = first_line(mt940), *at = text + 1;

	if (text[0] != 'C' && text[0] != 'D')
		return ERR(ERR_INVALID, "statement.balance", NULL, "a balance begins with C or D");
	if (text_starts(at, "000000")) /* of an account that is new */
		balance.date = DATE_NONE;
	else
		TRY(text_date6(at, &balance.date));
	at += 6;
	if (isalpha((unsigned char)*at)) {
		char code[4] = { at[0], at[1] ? at[1] : '\0', at[1] && at[2] ? at[2] : '\0' };

		TRY(currency_parse(code, &balance.currency));
		at += 3;
	}
	if (!currency_known(statement->currency))
		statement->currency = balance.currency;
	TRY(text_amount(at, strspn(at, "0123456789,."), balance.currency, &balance.amount_minor));
	if (text[0] == 'D')
		balance.amount_minor = -balance.amount_minor;
	memcpy(balance.type, mt940->tag, 4);
	mt940->closed = !opening;
	if (!opening)
		statement->closing = balance;
	else if (!statement->opening.known)
		statement->opening = balance;
	return OK;
}

static struct err interim_take(struct mt940 *mt940)
{
	mt940->emitter->statement.version = "MT942";
	mt940->emitter->statement.kind = STATEMENT_INTERIM;
	return OK;
}

/* MT942: the floor limit tells the currency, "EUR0,". */
static struct err floor_limit_take(struct mt940 *mt940)
{
	struct statement *statement = &mt940->emitter->statement;
	char code[4] = "";
	struct err err = OK;

	TRY(interim_take(mt940));
	text_copy(code, sizeof code, first_line(mt940));
	if (!currency_known(statement->currency))
		err = currency_parse(code, &statement->currency);
	(void)err; /* one that is none tells nothing */
	return OK;
}

/* ---- entries ---- */

static struct err line_take(struct mt940 *mt940)
{
	struct statement_entry *entry = arena_alloc(mt940->emitter->entries, sizeof *entry);

	*entry = (struct statement_entry){
		.line = mt940->field_line,
		.booking_date = DATE_NONE,
		.value_date = DATE_NONE,
		.currency = mt940->emitter->statement.currency,
	};
	TRY(mt940_line_read(mt940->emitter->entries, mt940->field, mt940->field_lines, entry));
	mt940->entry = entry;
	return OK;
}

static struct err info_take(struct mt940 *mt940)
{
	struct arena *arena = mt940->emitter->entries;
	struct statement_entry *entry = mt940->entry;

	if (!entry || mt940->closed)
		return OK;
	if (entry->info.remittance_piece_count > FIELD_LINES_MAX || arena_used(arena) > ENTRY_BYTES_MAX)
		return ERR(ERR_INVALID, "statement.too_large", NULL, "an entry has more lines of text than any bank's");
	mt940_info_read(arena, mt940->field, mt940->field_lines, &entry->info);
	const char *text = first_line(mt940);

	if (text_digits(text) == 3 && entry->info.transaction_code && !strchr(entry->info.transaction_code, '/'))
		entry->info.transaction_code = arena_format(arena, "%s/%.3s", entry->info.transaction_code, text);
	return OK;
}

/* ---- the order of fields ---- */

static const struct {
	const char *tag;
	struct err (*take)(struct mt940 *mt940);
} TAKES[] = {
	{ "25", account_take },      { "25P", account_take }, { "28", number_take },   { "28C", number_take },
	{ "60F", balance_take },     { "60M", balance_take }, { "62F", balance_take }, { "62M", balance_take },
	{ "34F", floor_limit_take }, { "13D", interim_take }, { "61", line_take },     { "86", info_take },
};

static struct err field_end(struct mt940 *mt940)
{
	if (strcmp(mt940->tag, "20") == 0)
		mt940->emitter->statement.statement_id = header_text(mt940, first_line(mt940));
	for (size_t i = 0; i < sizeof TAKES / sizeof TAKES[0]; i++)
		if (strcmp(mt940->tag, TAKES[i].tag) == 0)
			TRY(TAKES[i].take(mt940));
	mt940->tag[0] = '\0';
	mt940->field = NULL;
	mt940->field_lines = 0;
	return OK;
}

static struct err field_add(struct mt940 *mt940, const char *text, size_t length)
{
	struct arena *arena = mt940->emitter->entries;

	if (mt940->field_lines >= FIELD_LINES_MAX)
		return ERR(ERR_INVALID, "statement.too_large", NULL, "a field has more lines than any bank's");
	*ARENA_PUSH(arena, mt940->field, mt940->field_lines) = text_to_utf8(arena, text, length);
	return OK;
}

/* At the end of a statement without closing balance it was the end after all. */
static void dash_drop(struct mt940 *mt940)
{
	if (mt940->field_lines > 1 && strcmp(mt940->field[mt940->field_lines - 1], "-") == 0)
		mt940->field_lines--;
}

/* Field 20 begins a statement, and so does any other where none is open. */
static struct err field_begin(struct mt940 *mt940, const char *line, size_t tag, size_t length)
{
	bool twenty = strncmp(line, ":20:", 4) == 0;

	if (twenty)
		dash_drop(mt940);
	TRY(field_end(mt940));
	mt940->field_line = mt940->lines.number;
	if (strncmp(line, ":86:", 4) != 0) {
		TRY(entry_flush(mt940));
		emit_tidy(mt940->emitter);
	}
	if (twenty)
		TRY(statement_end(mt940));
	memcpy(mt940->tag, line + 1, tag - 2);
	mt940->tag[tag - 2] = '\0';
	if (!mt940->emitter->open && strcmp(mt940->tag, "940") != 0)
		statement_begin(mt940);
	return field_add(mt940, line + tag, length - tag);
}

/* "-" ends a message, but is also what banks cut out of a text: inside field 86 of an entry it is text. */
static bool message_ends(const struct mt940 *mt940, const char *line)
{
	if (strcmp(line, "-") == 0)
		return mt940->closed || strcmp(mt940->tag, "86") != 0;
	return text_starts(line, "-}");
}

/* SWIFT's second block, "{2:O910…" or "{2:I910…", may name another message than a statement or report. */
static void type_take(struct mt940 *mt940, const char *line)
{
	static const char *const TYPES[] = { "940", "941", "942", "950" };
	const char *block = line[0] == '{' || text_starts(line, "-}") ? strstr(line, "{2:") : NULL;

	if (text_starts(line, "-}"))
		mt940->foreign = false;
	if (!block || strlen(block) < strlen("{2:O940") || text_digits(block + strlen("{2:O")) < 3)
		return;
	mt940->foreign = true;
	for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
		if (strncmp(block + strlen("{2:O"), TYPES[i], strlen(TYPES[i])) == 0)
			mt940->foreign = false;
}

static struct err line_found(void *context, const char *line, size_t length)
{
	struct mt940 *mt940 = context;
	bool ends = !mt940->foreign && message_ends(mt940, line);

	type_take(mt940, line);
	if (ends) {
		TRY(field_end(mt940));
		return statement_end(mt940);
	}
	if (mt940->foreign)
		return OK;
	const char *text = line[0] == '{' ? strstr(line, "{4:") : NULL;

	if (text) { /* the text block may begin on the line of the headers */
		length -= (size_t)(text + 3 - line);
		line = text + 3;
	}
	size_t tag = tag_length(line);

	if (tag > 0)
		return field_begin(mt940, line, tag, length);
	if (mt940->tag[0] == '\0' || text_starts(line, "{1:"))
		return OK; /* what stands around the messages */
	return field_add(mt940, line, length);
}

/* ---- the format ---- */

static void *mt940_open(struct emitter *emitter)
{
	struct mt940 *mt940 = calloc(1, sizeof *mt940);

	CHECK(mt940 != NULL);
	mt940->emitter = emitter;
	lines_init(&mt940->lines, line_found, mt940);
	mt940->lines.at_signs = true;
	return mt940;
}

static void mt940_close(void *parser)
{
	struct mt940 *mt940 = parser;

	lines_release(&mt940->lines);
	free(mt940);
}

static struct err mt940_feed(void *parser, const char *bytes, size_t length)
{
	return lines_feed(&((struct mt940 *)parser)->lines, bytes, length);
}

static struct err mt940_finish(void *parser)
{
	struct mt940 *mt940 = parser;

	TRY(lines_finish(&mt940->lines));
	dash_drop(mt940);
	TRY(field_end(mt940));
	if (mt940->entry)
		mt940->entry->cut =
			mt940->lines.unended && !mt940->closed && mt940->emitter->statement.kind == STATEMENT_FINAL;
	return statement_end(mt940);
}

static int64_t mt940_line(const void *parser)
{
	const struct mt940 *mt940 = parser;

	return mt940->tag[0] ? mt940->field_line : mt940->lines.number;
}

/* A known tag at the start of a line, or SWIFT's first block. Other lines may come before. */
static bool mt940_detect(const char *bytes, size_t length)
{
	const char *end = bytes + length;

	for (const char *at = bytes; at < end; at++) {
		bool line_start = at == bytes || at[-1] == '\n' || at[-1] == '\r' || at[-1] == '@' || at[-1] == '\xBF';
		char head[8] = "";

		if (*at == '\0')
			return false;
		if (!line_start || (*at != ':' && *at != '{'))
			continue;
		memcpy(head, at, (size_t)(end - at) < sizeof head - 1 ? (size_t)(end - at) : sizeof head - 1);
		if (tag_length(head) > 0 || text_starts(head, "{1:F"))
			return true;
	}
	return false;
}

const struct format FORMAT_MT940 = {
	.name = "mt940",
	.detect = mt940_detect,
	.open = mt940_open,
	.feed = mt940_feed,
	.finish = mt940_finish,
	.line = mt940_line,
	.close = mt940_close,
};
