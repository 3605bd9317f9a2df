/* Bank files of any format: each has its own target and corpus. Every input is read twice, whole and in pieces whose
 * size its last byte gives. The fuzzer aborts where
 *  - the two readings differ in what they deliver or in how they end,
 *  - a statement's sums are not those of its entries, or a text is empty or no UTF-8,
 *  - an error has no reason, line or sentence. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/csv_profile.h"
#include "payments/formats/statement.h"

#ifdef FUZZ_CSV
#define NAMES(...)                                                                                                     \
	{                                                                                                              \
		(const char *[]){ __VA_ARGS__ }, sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(const char *), true  \
	}

static const struct csv_profile PROFILES[] = {
	{ .name = "german",
	  .separators = ";,",
	  .codepage = CODEPAGE_CP850,
	  .decimal = ',',
	  .dates = CSV_DATES_DMY,
	  .sign = CSV_MARKS,
	  .columns = { [CSV_BOOKED] = NAMES("Buchung"),
		       [CSV_AMOUNT] = NAMES("Betrag"),
		       [CSV_CURRENCY] = NAMES("Betrag+1"),
		       [CSV_MARK] = NAMES("Mark"),
		       [CSV_REMITTANCE] = NAMES("Text", "Val*") },
	  .facts = { [CSV_FACT_ACCOUNT] = NAMES("Konto"), [CSV_FACT_OPENING] = NAMES("Anfangssaldo") },
	  .debit_marks = NAMES("S"),
	  .credit_marks = NAMES("H") },
	{ .name = "english",
	  .separators = ",",
	  .columns = { [CSV_BOOKED] = NAMES("Date"),
		       [CSV_AMOUNT] = NAMES("Amount"),
		       [CSV_BALANCE] = NAMES("Balance"),
		       [CSV_REMITTANCE] = NAMES("Label") } },
	{ .name = "bare",
	  .separators = ",",
	  .decimal = ',',
	  .dates = CSV_DATES_DMY,
	  .cells = 6,
	  .columns = { [CSV_BOOKED] = NAMES("#1"),
		       [CSV_ACCOUNT] = NAMES("#2"),
		       [CSV_IBAN] = NAMES("#3"),
		       [CSV_AMOUNT] = NAMES("#6") } },
};
static const struct csv_profiles CHOICE = { .list = PROFILES, .count = sizeof PROFILES / sizeof PROFILES[0] };
#endif

struct seen {
	uint64_t hash; /* of the booked amounts in order */
	int64_t entries, credit, debit, booked;
	int64_t statements, ended;
};

static void check_text(const char *text)
{
	if (text)
		CHECK(text[0] != '\0' && text_utf8_valid(text, strlen(text)));
}

static void check_info(const struct payment_info *info)
{
	const char *const texts[] = {
		info->bank_ref,          info->end_to_end_id, info->mandate_id,       info->instruction_id,
		info->counterparty.name, info->remittance,    info->counterparty.bic, info->counterparty.ultimate_name,
		info->creditor_ref,      info->info,          info->return_reason,    info->transaction_code,
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		check_text(texts[i]);
	for (size_t i = 0; i < info->remittance_piece_count; i++)
		check_text(info->remittance_pieces[i]);
	CHECK((info->creditor_ref != NULL) == (info->creditor_ref_count > 0));
}

static struct err on_begin(void *context, const struct statement *statement)
{
	struct seen *seen = context;

	CHECK(statement->format != NULL);
	seen->statements++;
	seen->credit = seen->debit = seen->booked = 0;
	return OK;
}

static struct err on_entry(void *context, const struct statement *statement, const struct statement_entry *entry)
{
	struct seen *seen = context;

	(void)statement;
	seen->entries++;
	seen->hash = seen->hash * 31 + (uint64_t)entry->amount_minor;
	CHECK((entry->status == ENTRY_BOOKED) == (entry->number > 0));
	CHECK(entry->line > 0);
	check_info(&entry->info);
	for (size_t i = 0; i < entry->detail_count; i++)
		check_info(&entry->details[i].info);
	if (entry->status != ENTRY_BOOKED)
		return OK;
	seen->booked++;
	if (entry->amount_minor >= 0)
		seen->credit += entry->amount_minor;
	else
		seen->debit -= entry->amount_minor;
	return OK;
}

static struct err on_end(void *context, const struct statement *statement)
{
	struct seen *seen = context;

	seen->ended++;
	CHECK(statement->entry_count == seen->booked);
	CHECK(statement->credit_minor == seen->credit && statement->debit_minor == seen->debit);
	if (statement->balance == BALANCE_OK)
		CHECK(statement->opening.amount_minor + seen->credit - seen->debit == statement->closing.amount_minor);
	return OK;
}

static struct err feed(struct statement_reader *reader, const char *bytes, size_t length, size_t piece)
{
	for (size_t at = 0; at < length; at += piece)
		TRY(statement_reader_feed(reader, bytes + at, length - at < piece ? length - at : piece));
	return statement_reader_finish(reader);
}

static bool read_all(struct seen *seen, const char *bytes, size_t length, size_t piece)
{
	const struct statement_sink sink = { on_begin, on_entry, on_end, seen };
	STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);

#ifdef FUZZ_CSV
	statement_reader_profiles(reader, &CHOICE);
#endif
	*seen = (struct seen){ .hash = 7 };
	struct err err = feed(reader, bytes, length, piece);

	CHECK(statement_reader_line(reader) > 0);
	if (err_ok(err) || text_equal(err.reason, "statement.cut"))
		CHECK(seen->statements > 0 && seen->statements == seen->ended);
	if (!err_ok(err))
		CHECK(err.reason && err.field && err.message);
	return err_ok(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct seen whole, pieces;

	if (length < 2)
		return 0;
	bool first = read_all(&whole, (const char *)bytes, length, length);
	bool second = read_all(&pieces, (const char *)bytes, length, (size_t)bytes[length - 1] + 1);

	CHECK(first == second);
	/* Where the file is refused, the pieces decide how far the reader came before it saw that. */
	if (first)
		CHECK(whole.hash == pieces.hash && whole.entries == pieces.entries);
	return 0;
}
