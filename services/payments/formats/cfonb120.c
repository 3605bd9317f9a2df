/* CFONB 120: the account statement of French banks, records of 120 characters.
 *
 * 01 opens with the old balance, 04 is an entry, 05 tells more about the entry before it, 07 closes with the new
 * balance. Amounts have the sign in their last digit ({ A…I plus, } J…R minus), dates are DDMMYY.
 *
 * Source: CFONB, "Relevé de compte sur support informatique", July 2004, and its annex on record 05 (SEPA). */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/reference.h"
#include "common/base/text.h"
#include "payments/formats/columns.h"
#include "payments/formats/format.h"
#include "payments/formats/lines.h"

#define RECORD_BYTES 120
#define RECORD_BYTES_MIN 104 /* up to the amount; some systems strip trailing blanks */

struct cfonb {
	struct emitter *emitter;
	struct lines lines;
	struct statement_entry *entry; /* waits for its records 05 */
};

static const struct column BANK = { 3, 5 }, BRANCH = { 12, 5 }, CURRENCY = { 17, 3 }, DECIMALS = { 20, 1 },
			   ACCOUNT = { 22, 11 }, OPERATION = { 33, 2 }, DATE = { 35, 6 }, REJECTION = { 41, 2 },
			   VALUE_DATE = { 43, 6 }, LABEL = { 49, 31 }, AMOUNT = { 91, 14 }, REFERENCE = { 105, 16 },
			   QUALIFIER = { 46, 3 }, WORDS = { 49, 70 }, WORDS_FIRST = { 49, 35 };

/* The digit and sign of an overpunched character; false where it is none. In the French variant of ISO 646 the braces
 * are accented letters, and come so from systems that converted them (in Latin-1, as records are kept). */
static bool overpunch(char byte, int *digit, bool *negative)
{
	static const char PLUS[] = "{ABCDEFGHI", MINUS[] = "}JKLMNOPQR";

	if (byte == '\xE9')
		byte = '{';
	else if (byte == '\xE8')
		byte = '}';
	const char *found = byte ? strchr(PLUS, byte) : NULL;

	*negative = !found;
	if (found) {
		*digit = (int)(found - PLUS);
		return true;
	}
	found = byte ? strchr(MINUS, byte) : NULL;
	*digit = found ? (int)(found - MINUS) : 0;
	return found != NULL;
}

static struct err record_amount(const char *record, struct currency currency, int64_t *minor)
{
	char plain[RECORD_BYTES + 1], places = record[DECIMALS.from - 1];
	int decimals = places >= '0' && places <= '9' ? places - '0' : currency_decimals(currency), digit;
	bool negative;
	size_t last = AMOUNT.from + AMOUNT.count - 2;

	if (!overpunch(record[last], &digit, &negative))
		return ERR(ERR_INVALID, "statement.amount", NULL, "an amount is 13 digits and one with its sign");
	memcpy(plain, record, sizeof plain);
	plain[last] = (char)('0' + digit);
	TRY(column_amount(plain, AMOUNT, decimals, currency, minor));
	if (negative)
		*minor = -*minor;
	return OK;
}

static struct currency record_currency(const char *record)
{
	struct currency currency = { "" };
	char code[4] = "";

	memcpy(code, record + CURRENCY.from - 1, CURRENCY.count);
	if (!err_ok(currency_parse(code, &currency)))
		return (struct currency){ "EUR" }; /* some banks leave it blank */
	return currency;
}

/* ---- the account ---- */

/* Letters of a RIB count as digits: A and J are 1, B, K and S are 2 … */
static int rib_digit(char byte)
{
	static const char DIGITS[] = "12345678912345678923456789";

	if (byte >= '0' && byte <= '9')
		return byte - '0';
	return byte >= 'A' && byte <= 'Z' ? DIGITS[byte - 'A'] - '0' : -1;
}

static int mod97(int rest, const char *text)
{
	for (; *text && rest >= 0; text++) {
		int digit = rib_digit(*text);

		rest = digit < 0 ? -1 : (rest * 10 + digit) % 97;
	}
	return rest;
}

/* Bank, branch and account make the IBAN; what is no French account stays as it is. */
static const char *account_of(struct arena *arena, const char *record)
{
	const char *rib = arena_format(arena, "%.5s%.5s%.11s", record + BANK.from - 1, record + BRANCH.from - 1,
				       record + ACCOUNT.from - 1);
	int rest = strlen(rib) == 21 ? mod97(0, rib) : -1;

	if (rest < 0)
		return text_trim(arena, text_to_utf8(arena, rib, strlen(rib)));
	char iban[REFERENCE_IBAN_BYTES];

	return arena_copy(arena,
			  reference_iban_make("FR", arena_format(arena, "%s%02d", rib, 97 - rest * 100 % 97), iban));
}

/* ---- records ---- */

static struct err entry_flush(struct cfonb *cfonb)
{
	struct statement_entry *entry = cfonb->entry;

	cfonb->entry = NULL;
	return entry ? emit_entry(cfonb->emitter, entry) : OK;
}

static struct err statement_end(struct cfonb *cfonb)
{
	TRY(entry_flush(cfonb));
	if (!cfonb->emitter->open)
		return OK;
	cfonb->emitter->statement.cut = !cfonb->emitter->statement.closing.known;
	return emit_end(cfonb->emitter);
}

static void statement_begin(struct cfonb *cfonb, const char *record)
{
	struct statement *statement = emit_next(cfonb->emitter);

	statement->format = "cfonb120";
	statement->version = "CFONB120";
	statement->line = cfonb->lines.number;
	statement->account = account_of(cfonb->emitter->header, record);
	statement->currency = record_currency(record);
}

static struct err balance_read(const char *record, struct currency currency, const char *type,
			       struct statement_balance *balance)
{
	struct statement_balance read = { .known = true, .currency = currency };

	TRY(column_date_dmy(record, DATE, &read.date));
	TRY(record_amount(record, currency, &read.amount_minor));
	text_copy(read.type, sizeof read.type, type);
	*balance = read;
	return OK;
}

static struct err opening_take(struct cfonb *cfonb, const char *record)
{
	TRY(statement_end(cfonb));
	statement_begin(cfonb, record);
	struct statement *statement = &cfonb->emitter->statement;

	return balance_read(record, statement->currency, "01", &statement->opening);
}

static struct err closing_take(struct cfonb *cfonb, const char *record)
{
	TRY(entry_flush(cfonb));
	if (!cfonb->emitter->open)
		statement_begin(cfonb, record);
	struct statement *statement = &cfonb->emitter->statement;

	TRY(balance_read(record, statement->currency, "07", &statement->closing));
	return statement_end(cfonb);
}

static struct err entry_take(struct cfonb *cfonb, const char *record)
{
	struct arena *arena = cfonb->emitter->entries;

	TRY(entry_flush(cfonb));
	if (!cfonb->emitter->open)
		statement_begin(cfonb, record);
	struct statement_entry *entry = arena_alloc(arena, sizeof *entry);

	entry->line = cfonb->lines.number;
	entry->currency = record_currency(record);
	TRY(column_date_dmy(record, DATE, &entry->booking_date));
	TRY(column_date_dmy(record, VALUE_DATE, &entry->value_date));
	TRY(record_amount(record, entry->currency, &entry->amount_minor));
	entry->info.info = column_text(arena, record, LABEL);
	entry->info.transaction_code = column_text(arena, record, OPERATION);
	entry->info.return_reason = column_text(arena, record, REJECTION);
	entry->info.bank_ref = column_text(arena, record, REFERENCE);
	cfonb->entry = entry;
	return OK;
}

/* What a qualifier's words are. The first of its kind counts; pieces of text are collected. */
static struct err words_take(struct cfonb *cfonb, const char *record)
{
	struct arena *arena = cfonb->emitter->entries;
	struct payment_info *info = cfonb->entry ? &cfonb->entry->info : NULL;

	if (!info)
		return OK; /* words about nothing */
	const struct {
		char qualifier[4];
		const char **to;
		struct column column;
	} kinds[] = {
		{ "NPY", &info->counterparty.name, WORDS },
		{ "NBE", &info->counterparty.name, WORDS },
		{ "NPO", &info->counterparty.ultimate_name, WORDS },
		{ "NBU", &info->counterparty.ultimate_name, WORDS },
		{ "RCN", &info->end_to_end_id, WORDS_FIRST },
		{ "RUM", &info->mandate_id, WORDS_FIRST },
		{ "REF", &info->instruction_id, WORDS_FIRST },
	};
	static const char PIECES[][4] = { "LIB", "LCC", "LC2", "LCS" };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strncmp(record + QUALIFIER.from - 1, kinds[i].qualifier, 3) == 0 && !*kinds[i].to)
			*kinds[i].to = column_text(arena, record, kinds[i].column);
	for (size_t i = 0; i < sizeof PIECES / sizeof PIECES[0]; i++) {
		if (strncmp(record + QUALIFIER.from - 1, PIECES[i], 3) == 0)
			TRY(remittance_add(arena, info, column_text(arena, record, WORDS)));
	}
	return OK;
}

static const struct {
	char code[3];
	struct err (*take)(struct cfonb *cfonb, const char *record);
} RECORDS[] = {
	{ "01", opening_take },
	{ "04", entry_take },
	{ "05", words_take },
	{ "07", closing_take },
};

static struct err line_found(void *context, const char *line, size_t length)
{
	struct cfonb *cfonb = context;
	char record[RECORD_BYTES + 1];

	if (strspn(line, " \t\x1A") == length)
		return OK;
	TRY(record_fill(record, RECORD_BYTES, line, length));
	for (size_t i = 0; i < sizeof RECORDS / sizeof RECORDS[0]; i++)
		if (memcmp(record, RECORDS[i].code, 2) == 0)
			return RECORDS[i].take(cfonb, record);
	return ERR(ERR_INVALID, "statement.malformed", NULL, "a record begins with 01, 04, 05 or 07");
}

/* ---- the format ---- */

static void *cfonb_open(struct emitter *emitter)
{
	struct cfonb *cfonb = calloc(1, sizeof *cfonb);

	CHECK(cfonb != NULL);
	cfonb->emitter = emitter;
	lines_init(&cfonb->lines, line_found, cfonb);
	cfonb->lines.record_bytes = RECORD_BYTES;
	return cfonb;
}

static void cfonb_close(void *parser)
{
	lines_release(&((struct cfonb *)parser)->lines);
	free(parser);
}

static struct err cfonb_feed(void *parser, const char *bytes, size_t length)
{
	return lines_feed(&((struct cfonb *)parser)->lines, bytes, length);
}

static struct err cfonb_finish(void *parser)
{
	struct cfonb *cfonb = parser;

	TRY(lines_finish(&cfonb->lines));
	if (cfonb->entry)
		cfonb->entry->cut = cfonb->lines.unended;
	return statement_end(cfonb);
}

static int64_t cfonb_line(const void *parser)
{
	return ((const struct cfonb *)parser)->lines.number;
}

/* The first record: its code, digits of a bank, and a sign in the amount's last digit. */
static bool cfonb_detect(const char *bytes, size_t length)
{
	int digit;
	bool negative;

	if (length < RECORD_BYTES_MIN || bytes[0] != '0' || !bytes[1] || !strchr("147", bytes[1]))
		return false;
	for (size_t i = 2; i < 7; i++)
		if (bytes[i] < '0' || bytes[i] > '9')
			return false;
	char sign = bytes[AMOUNT.from + AMOUNT.count - 2];

	return overpunch(sign, &digit, &negative) || sign == '\xC3'; /* the first byte of a letter in UTF-8 */
}

const struct format FORMAT_CFONB120 = {
	.name = "cfonb120",
	.detect = cfonb_detect,
	.open = cfonb_open,
	.feed = cfonb_feed,
	.finish = cfonb_finish,
	.line = cfonb_line,
	.close = cfonb_close,
};
