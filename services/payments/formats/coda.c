/* CODA: the coded statement of Belgian banks, records of 128 characters.
 *
 * 0 begins and 9 ends a file of one account; 1 and 8 are the old and new balance; 21, 22, 23 tell of a movement, 31 to
 * 33 more about it, 4 is a message of the bank. A movement with a detail number above 0 is part of the one before it.
 *
 * Source: Febelfin, "Standard CODA", version 2.6. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/columns.h"
#include "payments/formats/format.h"
#include "payments/formats/lines.h"

#define RECORD_BYTES 128
#define DECIMALS 3 /* of every amount, whatever the currency */
#define STRUCTURED '1'
#define STRUCTURED_BYTES_MAX 256 /* 53 + 53 + 43 */

struct coda {
	struct emitter *emitter;
	struct lines lines;
	struct statement_entry *entry; /* waits for the records that tell more about it */
	struct payment_info *info;     /* of the entry, or of its last detail */
	const char *structured;        /* the structured communication so far; NULL for a free one */
};

static const struct column VERSION = { 128, 1 }, APPLICATION = { 15, 2 }, HEADER_BIC = { 61, 11 };
static const struct column SEQUENCE = { 3, 3 }, OLD_SIGN = { 43, 1 }, OLD_AMOUNT = { 44, 15 }, OLD_DATE = { 59, 6 },
			   HOLDER = { 65, 26 };
static const struct column NEW_SIGN = { 42, 1 }, NEW_AMOUNT = { 43, 15 }, NEW_DATE = { 58, 6 };
static const struct column DETAIL = { 7, 4 }, BANK_REF = { 11, 21 }, SIGN = { 32, 1 }, AMOUNT = { 33, 15 },
			   VALUE_DATE = { 48, 6 }, CODE = { 54, 8 }, TYPE = { 62, 1 }, WORDS_1 = { 63, 53 },
			   ENTRY_DATE = { 116, 6 };
static const struct column WORDS_2 = { 11, 53 }, CUSTOMER_REF = { 64, 35 }, BIC = { 99, 11 },
			   RETURN_REASON = { 114, 4 };
static const struct column OTHER_ACCOUNT = { 11, 34 }, NAME = { 48, 35 }, WORDS_3 = { 83, 43 };
static const struct column INFO_TYPE = { 40, 1 }, INFO_1 = { 41, 73 }, INFO_2 = { 11, 105 }, INFO_3 = { 11, 90 };

static char at(const char *record, struct column column)
{
	return record[column.from - 1];
}

static struct err signed_amount(const char *record, struct column sign, struct column amount, struct currency currency,
				int64_t *minor)
{
	TRY(column_amount(record, amount, DECIMALS, currency, minor));
	if (at(record, sign) == '1')
		*minor = -*minor;
	return OK;
}

/* ---- statement ---- */

static struct err entry_flush(struct coda *coda)
{
	struct statement_entry *entry = coda->entry;

	coda->entry = NULL;
	coda->info = NULL;
	coda->structured = NULL;
	return entry ? emit_entry(coda->emitter, entry) : OK;
}

static struct err header_take(struct coda *coda, const char *record)
{
	TRY(entry_flush(coda));
	TRY(emit_cut(coda->emitter)); /* the statement before has no record 9 */
	if (at(record, VERSION) != '1' && at(record, VERSION) != '2')
		return ERR(ERR_INVALID, "statement.version", NULL, "CODA has the versions 1 and 2");
	struct statement *statement = emit_next(coda->emitter);

	statement->format = "coda";
	statement->version = "CODA";
	statement->line = coda->lines.number;
	statement->servicer_bic = column_text(coda->emitter->header, record, HEADER_BIC);
	return OK;
}

/* By the second character: a Belgian number, a foreign one, an IBAN of Belgium, an IBAN of elsewhere. */
static struct err account_take(struct statement *statement, struct arena *arena, const char *record)
{
	static const struct {
		struct column account, currency;
	} KINDS[] = {
		{ { 6, 12 }, { 19, 3 } },
		{ { 6, 34 }, { 40, 3 } },
		{ { 6, 31 }, { 40, 3 } },
		{ { 6, 34 }, { 40, 3 } },
	};
	size_t kind = (size_t)(record[1] - '0');

	if (kind >= sizeof KINDS / sizeof KINDS[0])
		return ERR(ERR_INVALID, "statement.account", NULL, "the kind of account is 0 to 3");
	const char *currency = column_text(arena, record, KINDS[kind].currency);

	statement->account = column_text(arena, record, KINDS[kind].account);
	return currency_parse(currency ? currency : "EUR", &statement->currency);
}

static struct err old_balance_take(struct coda *coda, const char *record)
{
	struct statement *statement = &coda->emitter->statement;
	struct arena *arena = coda->emitter->header;
	const char *sequence = column_text(arena, record, SEQUENCE);
	long long number;

	TRY(account_take(statement, arena, record));
	statement->account_owner = column_text(arena, record, HOLDER);
	statement->statement_id = sequence;
	if (sequence && err_ok(text_to_int64(sequence, 0, 999, &number)))
		statement->sequence = number;
	struct statement_balance balance = { .known = true, .type = "1", .currency = statement->currency };

	TRY(column_date_dmy(record, OLD_DATE, &balance.date));
	TRY(signed_amount(record, OLD_SIGN, OLD_AMOUNT, balance.currency, &balance.amount_minor));
	statement->opening = balance;
	return OK;
}

static struct err new_balance_take(struct coda *coda, const char *record)
{
	struct statement *statement = &coda->emitter->statement;
	struct statement_balance balance = { .known = true, .type = "8", .currency = statement->currency };

	TRY(entry_flush(coda));
	TRY(column_date_dmy(record, NEW_DATE, &balance.date));
	TRY(signed_amount(record, NEW_SIGN, NEW_AMOUNT, balance.currency, &balance.amount_minor));
	statement->closing = balance;
	return OK;
}

static struct err trailer_take(struct coda *coda, const char *record)
{
	(void)record;
	TRY(entry_flush(coda));
	return emit_end(coda->emitter);
}

/* ---- movements ---- */

static struct err piece_add(struct coda *coda, const char *record, struct column column)
{
	struct arena *arena = coda->emitter->entries;

	return remittance_add(arena, coda->info, column_text(arena, record, column));
}

static void creditor_ref_set(struct coda *coda, const char *text)
{
	struct payment_info *info = coda->info;

	*ARENA_PUSH(coda->emitter->entries, info->creditor_refs, info->creditor_ref_count) = text;
	info->creditor_ref = info->creditor_refs[0];
}

/* A structured communication runs over the records: 101 and 102 are a reference of twelve digits, 127 a SEPA direct
 * debit, whose mandate stands behind the creditor's id. */
static void structured_read(struct coda *coda)
{
	static const struct column REFERENCE = { 4, 12 }, MANDATE = { 47, 35 };
	struct arena *arena = coda->emitter->entries;
	const char *text = coda->structured;

	if (strlen(text) >= 15 && (text_starts(text, "101") || text_starts(text, "102"))) {
		const char *reference = column_text(arena, text, REFERENCE);

		if (reference && coda->info->creditor_ref_count == 0)
			creditor_ref_set(coda, reference);
	} else if (strlen(text) >= 81 && text_starts(text, "127")) {
		coda->info->mandate_id = column_text(arena, text, MANDATE);
	}
}

static struct err words_add(struct coda *coda, const char *record, struct column column)
{
	if (!coda->structured)
		return piece_add(coda, record, column);
	if (strlen(coda->structured) > STRUCTURED_BYTES_MAX)
		return ERR(ERR_INVALID, "statement.malformed", NULL, "a structured communication has three parts");
	coda->structured = arena_format(coda->emitter->entries, "%s%.*s", coda->structured, (int)column.count,
					record + column.from - 1);
	structured_read(coda);
	return OK;
}

static struct err movement_read(struct coda *coda, const char *record, struct statement_entry *entry)
{
	struct arena *arena = coda->emitter->entries;

	*entry = (struct statement_entry){ .line = coda->lines.number, .currency = coda->emitter->statement.currency };
	TRY(column_date_dmy(record, ENTRY_DATE, &entry->booking_date));
	TRY(column_date_dmy(record, VALUE_DATE, &entry->value_date));
	TRY(signed_amount(record, SIGN, AMOUNT, entry->currency, &entry->amount_minor));
	entry->info.bank_ref = column_text(arena, record, BANK_REF);
	entry->info.transaction_code = column_text(arena, record, CODE);
	return OK;
}

static struct err movement_take(struct coda *coda, const char *record)
{
	struct arena *arena = coda->emitter->entries;
	bool detail = memcmp(record + DETAIL.from - 1, "0000", DETAIL.count) != 0;
	struct statement_entry *read;

	if (!detail)
		TRY(entry_flush(coda));
	read = arena_alloc(arena, sizeof *read);
	TRY(movement_read(coda, record, read));
	if (detail && coda->entry) {
		struct entry_detail *part = ARENA_PUSH(arena, coda->entry->details, coda->entry->detail_count);

		*part = (struct entry_detail){ read->amount_minor, read->currency, true, read->info };
		coda->info = &part->info;
	} else {
		coda->entry = read;
		coda->info = &read->info;
	}
	coda->structured = at(record, TYPE) == STRUCTURED ? "" : NULL;
	return words_add(coda, record, WORDS_1);
}

static struct err movement_more(struct coda *coda, const char *record)
{
	struct arena *arena = coda->emitter->entries;
	const char *ref = column_text(arena, record, CUSTOMER_REF);

	TRY(words_add(coda, record, WORDS_2));
	if (ref && !text_equal_nocase(ref, "NOTPROVIDED"))
		coda->info->end_to_end_id = ref;
	coda->info->counterparty.bic = column_text(arena, record, BIC);
	coda->info->return_reason = column_text(arena, record, RETURN_REASON);
	return OK;
}

static struct err movement_party(struct coda *coda, const char *record)
{
	struct arena *arena = coda->emitter->entries;

	coda->info->counterparty.iban = column_text(arena, record, OTHER_ACCOUNT);
	coda->info->counterparty.name = column_text(arena, record, NAME);
	return words_add(coda, record, WORDS_3);
}

static struct err information_take(struct coda *coda, const char *record)
{
	coda->structured = at(record, INFO_TYPE) == STRUCTURED ? "" : NULL;
	return coda->structured ? OK : piece_add(coda, record, INFO_1);
}

static struct err information_more(struct coda *coda, const char *record)
{
	return coda->structured ? OK : piece_add(coda, record, record[1] == '2' ? INFO_2 : INFO_3);
}

static struct err message_take(struct coda *coda, const char *record)
{
	(void)coda;
	(void)record;
	return OK;
}

static const struct {
	char code[3];
	bool inside;   /* between records 0 and 9 */
	bool movement; /* tells about a movement */
	struct err (*take)(struct coda *coda, const char *record);
} RECORDS[] = {
	{ "0", false, false, header_take },     { "1", true, false, old_balance_take },
	{ "21", true, false, movement_take },   { "22", true, true, movement_more },
	{ "23", true, true, movement_party },   { "31", true, true, information_take },
	{ "32", true, true, information_more }, { "33", true, true, information_more },
	{ "4", false, false, message_take },    { "8", true, false, new_balance_take },
	{ "9", true, false, trailer_take },
};

static struct err line_found(void *context, const char *line, size_t length)
{
	struct coda *coda = context;
	char record[RECORD_BYTES + 1];

	if (strspn(line, " \t\x1A") == length)
		return OK;
	if (arena_used(coda->emitter->entries) > ENTRY_BYTES_MAX)
		return ERR(ERR_INVALID, "statement.too_large", NULL, "an entry is larger than any bank's");
	TRY(record_fill(record, RECORD_BYTES, line, length));
	for (size_t i = 0; i < sizeof RECORDS / sizeof RECORDS[0]; i++) {
		if (!text_starts(record, RECORDS[i].code))
			continue;
		if ((RECORDS[i].inside && !coda->emitter->open) || (RECORDS[i].movement && !coda->info))
			return ERR(ERR_INVALID, "statement.malformed", NULL, "a record stands where it cannot");
		return RECORDS[i].take(coda, record);
	}
	return ERR(ERR_INVALID, "statement.malformed", NULL,
		   "a record begins with 0, 1, 21 to 23, 31 to 33, 4, 8 or 9");
}

/* ---- the format ---- */

static void *coda_open(struct emitter *emitter)
{
	struct coda *coda = calloc(1, sizeof *coda);

	CHECK(coda != NULL);
	coda->emitter = emitter;
	lines_init(&coda->lines, line_found, coda);
	coda->lines.record_bytes = RECORD_BYTES;
	return coda;
}

static void coda_close(void *parser)
{
	lines_release(&((struct coda *)parser)->lines);
	free(parser);
}

static struct err coda_feed(void *parser, const char *bytes, size_t length)
{
	return lines_feed(&((struct coda *)parser)->lines, bytes, length);
}

static struct err coda_finish(void *parser)
{
	struct coda *coda = parser;

	TRY(lines_finish(&coda->lines));
	if (coda->entry)
		coda->entry->cut = coda->lines.unended;
	TRY(entry_flush(coda));
	if (coda->emitter->open)
		return ERR(ERR_INVALID, "statement.truncated", NULL, "the statement has no end (record 9)");
	return OK;
}

static int64_t coda_line(const void *parser)
{
	return ((const struct coda *)parser)->lines.number;
}

/* Record 0: its zeros, a date, and the application code 05. */
static bool coda_detect(const char *bytes, size_t length)
{
	return length >= RECORD_BYTES && memcmp(bytes, "00000", 5) == 0 &&
	       memcmp(bytes + APPLICATION.from - 1, "05", APPLICATION.count) == 0;
}

const struct format FORMAT_CODA = {
	.name = "coda",
	.detect = coda_detect,
	.open = coda_open,
	.feed = coda_feed,
	.finish = coda_finish,
	.line = coda_line,
	.close = coda_close,
};
