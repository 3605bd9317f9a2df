/* QIF: Quicken's interchange format, one letter a line.
 *
 * "!Type:Bank" begins an account's entries, "!Account" says which account they are of, "^" ends an entry. D is the
 * date, T or U the amount, P the payee, M the memo, N the number, L the category, S, E and $ the parts of a split.
 *
 * QIF says neither currency nor account nor the order of day and month. A first number beyond 12 says day first, a
 * second one month first; a file of which no date says it is read month first, as Quicken writes it. Dates are known
 * only at the end, so the file's entries wait for it: QIF_ENTRIES_MAX bounds them.
 *
 * Source: Intuit, "Quicken Interchange Format (QIF) files". */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/columns.h"
#include "payments/formats/csv_value.h"
#include "payments/formats/format.h"
#include "payments/formats/lines.h"

#define QIF_ENTRIES_MAX 200000 /* decades of a household; 100 MiB */
#define CENTURY_TURN 70        /* 70 … 99 are of the last century */

struct qif_entry {
	struct statement_entry entry;
	int numbers[3]; /* of the date, as they stand */
	bool dated, valued;
};

struct qif {
	struct emitter *emitter;
	struct lines lines;
	struct arena *arena; /* of the file */
	struct qif_entry **list;
	size_t count;
	struct qif_entry *entry; /* the one that is being read */
	const char *account;
	bool bank, named;            /* in a section of entries; in one of an account */
	bool day_first, month_first; /* a date says so */
};

static struct err malformed(const char *message)
{
	return ERR(ERR_INVALID, "statement.malformed", NULL, message);
}

static const char *kept(const struct qif *qif, const char *text)
{
	const char *clean = text_trim(qif->arena, text_to_utf8(qif->arena, text, strlen(text)));

	return clean[0] ? clean : NULL;
}

static struct err date_wrong(void)
{
	return ERR(ERR_INVALID, "statement.date", NULL, "a date is day, month and year, in numbers");
}

/* "12/8/13", "8/12'2013", "2013-08-12", " 8/ 3' 5". */
static struct err date_take(struct qif *qif, struct qif_entry *to, const char *text)
{
	for (size_t i = 0; i < 3; i++) {
		text += strspn(text, " /-.'");
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > 4)
			return date_wrong();
		to->numbers[i] = (int)strtol(text, NULL, 10);
		if (digits < 3 && i == 2)
			to->numbers[2] += to->numbers[2] >= CENTURY_TURN ? 1900 : 2000;
		text += digits;
	}
	to->dated = true;
	if (to->numbers[0] > 31)
		return OK;
	qif->day_first |= to->numbers[0] > 12;
	qif->month_first |= to->numbers[1] > 12;
	if (qif->day_first && qif->month_first)
		return ERR(ERR_INVALID, "statement.date", NULL, "some dates have the day first, others the month");
	return OK;
}

static struct err amount_take(struct qif_entry *to, const char *text)
{
	static const struct csv_profile ANY = { .decimal = '\0' }, POINT = { .decimal = '.' };
	const struct currency currency = to->entry.currency;

	to->valued = true;
	if (err_ok(csv_amount(&ANY, text, currency, &to->entry.amount_minor)))
		return OK;
	return csv_amount(&POINT, text, currency, &to->entry.amount_minor);
}

static struct err entry_line(struct qif *qif, const char *text)
{
	const char letter = text[0], *value = text + 1;

	if (!qif->entry) {
		if (qif->count >= QIF_ENTRIES_MAX)
			return ERR(ERR_INVALID, "statement.too_large", NULL, "a QIF file has at most 200,000 entries");
		qif->entry = arena_alloc(qif->arena, sizeof *qif->entry);
		qif->entry->entry.line = qif->lines.number;
		if (qif->emitter->profiles)
			qif->entry->entry.currency = qif->emitter->profiles->currency;
	}
	struct payment_info *info = &qif->entry->entry.info;

	switch (letter) {
	case 'D':
		return date_take(qif, qif->entry, value);
	case 'T':
	case 'U':
		return amount_take(qif->entry, value);
	case 'P':
		info->counterparty.name = kept(qif, value);
		return OK;
	case 'M':
		return remittance_add(qif->arena, info, kept(qif, value));
	case 'N':
		qif->entry->entry.entry_ref = kept(qif, value);
		return OK;
	default: /* category, address, cleared, splits: nothing of the bank's */
		return OK;
	}
}

static struct err entry_end(struct qif *qif)
{
	struct qif_entry *entry = qif->entry;

	qif->entry = NULL;
	if (!entry)
		return OK;
	if (!entry->dated || !entry->valued)
		return malformed("an entry has a date (D) and an amount (T)");
	*ARENA_PUSH(qif->arena, qif->list, qif->count) = entry;
	return OK;
}

static struct err section_begin(struct qif *qif, const char *text)
{
	static const char *const BANKS[] = { "!Type:Bank", "!Type:CCard", "!Type:Cash", "!Type:Oth A", "!Type:Oth L" };

	if (qif->entry)
		return ERR(ERR_INVALID, "statement.malformed", NULL, "the entry before has no end (^)");
	if (text_starts(text, "!Option") || text_starts(text, "!Clear"))
		return OK;
	qif->named = text_equal_nocase(text, "!Account");
	qif->bank = false;
	for (size_t i = 0; i < sizeof BANKS / sizeof BANKS[0]; i++) {
		char head[16];

		text_copy(head, strlen(BANKS[i]) + 1, text);
		qif->bank |= text_equal_nocase(head, BANKS[i]);
	}
	return OK;
}

static struct err account_line(struct qif *qif, const char *text)
{
	const char *name = text[0] == 'N' ? kept(qif, text + 1) : NULL;

	if (name && qif->account && !text_equal(name, qif->account))
		return ERR(ERR_INVALID, "statement.malformed", NULL, "a QIF file of several accounts is not read");
	qif->account = name ? name : qif->account;
	return OK;
}

static struct err line_found(void *context, const char *text, size_t length)
{
	struct qif *qif = context;

	if (strspn(text, " \t\x1A") == length)
		return OK;
	if (text[0] == '!')
		return section_begin(qif, text);
	if (qif->named)
		return account_line(qif, text);
	if (!qif->bank) /* categories, classes, memorised payees, investments */
		return OK;
	return text[0] == '^' ? entry_end(qif) : entry_line(qif, text);
}

/* ---- the format ---- */

static struct err date_of(const struct qif *qif, const struct qif_entry *entry, struct date *date)
{
	const int *n = entry->numbers;

	if (n[0] > 31)
		return date_make(n[0], n[1], n[2] > 1999 ? n[2] - 2000 : n[2], date);
	return qif->day_first ? date_make(n[2], n[1], n[0], date) : date_make(n[2], n[0], n[1], date);
}

static void *qif_open(struct emitter *emitter)
{
	struct qif *qif = calloc(1, sizeof *qif);

	CHECK(qif != NULL);
	qif->emitter = emitter;
	qif->arena = arena_new(0);
	lines_init(&qif->lines, line_found, qif);
	return qif;
}

static void qif_close(void *parser)
{
	struct qif *qif = parser;

	lines_release(&qif->lines);
	arena_destroy(&qif->arena);
	free(qif);
}

static struct err qif_feed(void *parser, const char *bytes, size_t length)
{
	return lines_feed(&((struct qif *)parser)->lines, bytes, length);
}

static struct err qif_finish(void *parser)
{
	struct qif *qif = parser;

	TRY(lines_finish(&qif->lines));
	struct statement *statement = emit_next(qif->emitter);
	const struct csv_profiles *given = qif->emitter->profiles;

	statement->format = statement->version = "QIF";
	statement->line = 1;
	statement->account = qif->account ? arena_copy(qif->emitter->header, qif->account) : NULL;
	if (given && given->account)
		statement->account = given->account;
	if (given)
		statement->currency = given->currency;
	for (size_t i = 0; i < qif->count; i++) {
		struct statement_entry *entry = arena_alloc(qif->emitter->entries, sizeof *entry);

		*entry = qif->list[i]->entry;
		entry->value_date = DATE_NONE;
		qif->lines.number = entry->line;
		TRY(date_of(qif, qif->list[i], &entry->booking_date));
		TRY(emit_entry(qif->emitter, entry));
	}
	return qif->entry ? emit_cut(qif->emitter) : emit_end(qif->emitter); /* the last entry has no end (^) */
}

static int64_t qif_line(const void *parser)
{
	return ((const struct qif *)parser)->lines.number;
}

static bool qif_detect(const char *bytes, size_t length)
{
	static const char *const HEADS[] = { "!Type:", "!Account", "!Option:" };
	for (size_t i = 0; i < sizeof HEADS / sizeof HEADS[0]; i++)
		if (length >= strlen(HEADS[i]) && strncasecmp(bytes, HEADS[i], strlen(HEADS[i])) == 0)
			return true;
	return false;
}

const struct format FORMAT_QIF = {
	.name = "qif",
	.detect = qif_detect,
	.open = qif_open,
	.feed = qif_feed,
	.finish = qif_finish,
	.line = qif_line,
	.close = qif_close,
};
