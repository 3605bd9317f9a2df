/* Norma 43: the statement of Spanish banks, records of 80 characters.
 *
 * 11 begins an account with its old balance, 22 is an entry, 23 its words, 24 its amount in another currency, 33 ends
 * the account with its new balance, 88 ends the file. Signs are 1 debit, 2 credit; amounts have two decimals.
 *
 * Source: AEB/CECA, "Cuaderno 43: información normalizada de cuenta corriente", June 2012. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/reference.h"
#include "common/base/text.h"
#include "payments/formats/columns.h"
#include "payments/formats/format.h"
#include "payments/formats/lines.h"
#include "payments/formats/text_amount.h"

#define RECORD_BYTES 80
#define DECIMALS 2
#define DEBIT '1'

struct n43 {
	struct emitter *emitter;
	struct lines lines;
	struct statement_entry *entry; /* waits for its records 23 */
};

static const struct column BANK = { 3, 4 }, BRANCH = { 7, 4 }, ACCOUNT = { 11, 10 };
static const struct column FROM = { 21, 6 }, TO = { 27, 6 }, OLD_SIGN = { 33, 1 }, OLD_AMOUNT = { 34, 14 },
			   CURRENCY = { 48, 3 }, HOLDER = { 52, 26 };
static const struct column BOOKED = { 11, 6 }, VALUE = { 17, 6 }, CONCEPT = { 23, 5 }, SIGN = { 28, 1 },
			   AMOUNT = { 29, 14 }, DOCUMENT = { 43, 10 }, REFERENCE_1 = { 53, 12 },
			   REFERENCE_2 = { 65, 16 };
static const struct column NEW_SIGN = { 59, 1 }, NEW_AMOUNT = { 60, 14 };

/* ISO 4217's numbers of the currencies that Spanish accounts are kept in. */
static const struct {
	char number[4], code[4];
} CURRENCIES[] = {
	{ "978", "EUR" }, { "840", "USD" }, { "826", "GBP" }, { "756", "CHF" }, { "392", "JPY" }, { "208", "DKK" },
	{ "578", "NOK" }, { "752", "SEK" }, { "124", "CAD" }, { "036", "AUD" }, { "504", "MAD" }, { "484", "MXN" },
};

static struct err currency_take(const char *record, struct currency *currency)
{
	for (size_t i = 0; i < sizeof CURRENCIES / sizeof CURRENCIES[0]; i++)
		if (memcmp(record + CURRENCY.from - 1, CURRENCIES[i].number, 3) == 0)
			return currency_parse(CURRENCIES[i].code, currency);
	return ERR(ERR_INVALID, "statement.currency", NULL, "the account's currency number is not known");
}

static struct err date_take(const char *record, struct column column, struct date *date)
{
	const char *at = record + column.from - 1;

	if (strncmp(at, "000000", 6) != 0 && strncmp(at, "      ", 6) != 0)
		return text_date6(at, date);
	*date = DATE_NONE;
	return OK;
}

static struct err amount_take(const char *record, struct column sign, struct column amount, struct currency currency,
			      int64_t *minor)
{
	TRY(column_amount(record, amount, DECIMALS, currency, minor));
	if (record[sign.from - 1] == DEBIT)
		*minor = -*minor;
	return OK;
}

/* ---- the account ---- */

/* A control digit of the account number: weights modulo 11. */
static char control_digit(const char *ten)
{
	static const int WEIGHTS[] = { 1, 2, 4, 8, 5, 10, 9, 7, 3, 6 };
	int sum = 0;

	for (size_t i = 0; i < 10; i++)
		sum += (ten[i] - '0') * WEIGHTS[i];
	int digit = 11 - sum % 11;

	return digit == 10 ? '1' : digit == 11 ? '0' : (char)('0' + digit);
}

/* Bank, branch and account make the IBAN; what is not all digits stays as it is. */
static const char *account_of(struct arena *arena, const char *record)
{
	const char *all = record + BANK.from - 1;
	size_t count = BANK.count + BRANCH.count + ACCOUNT.count;
	char bank[11] = "00";

	if (text_digits(all) < count)
		return column_text(arena, record, (struct column){ BANK.from, count });
	memcpy(bank + 2, all, 8);
	const char *bban =
		arena_format(arena, "%.8s%c%c%.10s", all, control_digit(bank), control_digit(all + 8), all + 8);
	char iban[REFERENCE_IBAN_BYTES];

	return arena_copy(arena, reference_iban_make("ES", bban, iban));
}

/* ---- records ---- */

static struct err entry_flush(struct n43 *n43)
{
	struct statement_entry *entry = n43->entry;

	n43->entry = NULL;
	return entry ? emit_entry(n43->emitter, entry) : OK;
}

static struct err account_take(struct n43 *n43, const char *record)
{
	TRY(entry_flush(n43));
	TRY(emit_cut(n43->emitter)); /* the account before has no record 33 */
	struct statement *statement = emit_next(n43->emitter);
	struct statement_balance balance = { .known = true, .type = "11" };

	statement->format = "n43";
	statement->version = "N43";
	statement->line = n43->lines.number;
	statement->account = account_of(n43->emitter->header, record);
	statement->account_owner = column_text(n43->emitter->header, record, HOLDER);
	TRY(currency_take(record, &statement->currency));
	TRY(date_take(record, FROM, &statement->from));
	TRY(date_take(record, TO, &statement->to));
	balance.date = statement->from;
	balance.currency = statement->currency;
	TRY(amount_take(record, OLD_SIGN, OLD_AMOUNT, balance.currency, &balance.amount_minor));
	statement->opening = balance;
	return OK;
}

static const char *reference(struct arena *arena, const char *record, struct column column)
{
	const char *text = column_text(arena, record, column);

	return text && strspn(text, "0") < strlen(text) ? text : NULL;
}

static struct err entry_take(struct n43 *n43, const char *record)
{
	struct arena *arena = n43->emitter->entries;

	TRY(entry_flush(n43));
	struct statement_entry *entry = arena_alloc(arena, sizeof *entry);

	entry->line = n43->lines.number;
	entry->currency = n43->emitter->statement.currency;
	TRY(date_take(record, BOOKED, &entry->booking_date));
	TRY(date_take(record, VALUE, &entry->value_date));
	TRY(amount_take(record, SIGN, AMOUNT, entry->currency, &entry->amount_minor));
	entry->info.transaction_code = column_text(arena, record, CONCEPT);
	entry->info.bank_ref = reference(arena, record, DOCUMENT);
	entry->entry_ref = reference(arena, record, REFERENCE_1);
	entry->info.end_to_end_id = reference(arena, record, REFERENCE_2);
	n43->entry = entry;
	return OK;
}

static struct err words_take(struct n43 *n43, const char *record)
{
	static const struct column WORDS[] = { { 5, 38 }, { 43, 38 } };
	struct arena *arena = n43->emitter->entries;

	for (size_t i = 0; n43->entry && i < sizeof WORDS / sizeof WORDS[0]; i++)
		TRY(remittance_add(arena, &n43->entry->info, column_text(arena, record, WORDS[i])));
	return OK;
}

static struct err account_end(struct n43 *n43, const char *record)
{
	struct statement *statement = &n43->emitter->statement;

	TRY(entry_flush(n43));
	struct statement_balance balance = {
		.known = true, .type = "33", .date = statement->to, .currency = statement->currency
	};

	TRY(amount_take(record, NEW_SIGN, NEW_AMOUNT, balance.currency, &balance.amount_minor));
	statement->closing = balance;
	return emit_end(n43->emitter);
}

static struct err nothing(struct n43 *n43, const char *record)
{
	(void)n43;
	(void)record;
	return OK;
}

static const struct {
	char code[3];
	bool inside; /* between records 11 and 33 */
	struct err (*take)(struct n43 *n43, const char *record);
} RECORDS[] = {
	{ "11", false, account_take }, { "22", true, entry_take },  { "23", true, words_take },
	{ "24", true, nothing },       { "33", true, account_end }, { "88", false, nothing },
};

static struct err line_found(void *context, const char *line, size_t length)
{
	struct n43 *n43 = context;
	char record[RECORD_BYTES + 1];

	if (strspn(line, " \t\x1A") == length)
		return OK;
	TRY(record_fill(record, RECORD_BYTES, line, length));
	for (size_t i = 0; i < sizeof RECORDS / sizeof RECORDS[0]; i++) {
		if (memcmp(record, RECORDS[i].code, 2) != 0)
			continue;
		if (RECORDS[i].inside && !n43->emitter->open)
			return ERR(ERR_INVALID, "statement.malformed", NULL, "a record stands outside an account");
		return RECORDS[i].take(n43, record);
	}
	return ERR(ERR_INVALID, "statement.malformed", NULL, "a record begins with 11, 22, 23, 24, 33 or 88");
}

/* ---- the format ---- */

static void *n43_open(struct emitter *emitter)
{
	struct n43 *n43 = calloc(1, sizeof *n43);

	CHECK(n43 != NULL);
	n43->emitter = emitter;
	lines_init(&n43->lines, line_found, n43);
	n43->lines.record_bytes = RECORD_BYTES;
	return n43;
}

static void n43_close(void *parser)
{
	lines_release(&((struct n43 *)parser)->lines);
	free(parser);
}

static struct err n43_feed(void *parser, const char *bytes, size_t length)
{
	return lines_feed(&((struct n43 *)parser)->lines, bytes, length);
}

static struct err n43_finish(void *parser)
{
	struct n43 *n43 = parser;

	TRY(lines_finish(&n43->lines));
	if (n43->entry)
		n43->entry->cut = n43->lines.unended;
	TRY(entry_flush(n43));
	if (n43->emitter->open)
		return ERR(ERR_INVALID, "statement.truncated", NULL, "the account has no end (record 33)");
	return OK;
}

static int64_t n43_line(const void *parser)
{
	return ((const struct n43 *)parser)->lines.number;
}

/* Record 11: digits up to the currency, which is a number. */
static bool n43_detect(const char *bytes, size_t length)
{
	char head[RECORD_BYTES + 1] = "";

	memcpy(head, bytes, length < RECORD_BYTES ? length : RECORD_BYTES);
	return head[0] == '1' && head[1] == '1' && text_digits(head) >= CURRENCY.from + CURRENCY.count - 1;
}

const struct format FORMAT_N43 = {
	.name = "n43",
	.detect = n43_detect,
	.open = n43_open,
	.feed = n43_feed,
	.finish = n43_finish,
	.line = n43_line,
	.close = n43_close,
};
