#include "ledger/posting.h"

#include "common/base/check.h"
#include "common/base/text.h"

static const struct {
	const char *name;
	bool has_subject;
} ACCOUNTS[ACCOUNT_COUNT] = {
	[ACCOUNT_RECEIVABLE] = { "receivable", true },
	[ACCOUNT_UNAPPLIED_CASH] = { "unapplied_cash", true },
	[ACCOUNT_UNIDENTIFIED_CASH] = { "unidentified_cash", true },
	[ACCOUNT_BANK] = { "bank", false },
	[ACCOUNT_OPENING] = { "opening", false },
	[ACCOUNT_REVENUE] = { "revenue", false },
	[ACCOUNT_VAT] = { "vat", false },
	[ACCOUNT_INTEREST_AND_FEES] = { "interest_and_fees", false },
	[ACCOUNT_DISCOUNT] = { "discount", false },
	[ACCOUNT_BANK_CHARGES] = { "bank_charges", false },
	[ACCOUNT_ROUNDING] = { "rounding", false },
	[ACCOUNT_WRITE_OFF] = { "write_off", false },
	[ACCOUNT_IN_KIND] = { "in_kind", false },
	[ACCOUNT_BAD_DEBT] = { "bad_debt", false },
	[ACCOUNT_CLEARING] = { "clearing", false },
	[ACCOUNT_REFUND] = { "refund", true },
	[ACCOUNT_EXCHANGE] = { "exchange", false },
};

const char *account_name(enum account account)
{
	CHECK(account < ACCOUNT_COUNT);
	return ACCOUNTS[account].name;
}

enum account account_of(const char *name)
{
	int account = 0;

	while (account < ACCOUNT_COUNT && !text_equal(ACCOUNTS[account].name, name))
		account++;
	CHECK(account < ACCOUNT_COUNT);
	return (enum account)account;
}

struct posting_batch posting_batch_make(struct arena *arena)
{
	return (struct posting_batch){ .arena = arena };
}

void posting_open(struct posting_batch *batch, struct posting posting)
{
	struct posting *opened = ARENA_PUSH(batch->arena, batch->postings, batch->posting_count);

	*opened = posting;
}

void posting_debit(struct posting_batch *batch, enum account account, struct id subject, struct currency currency,
		   int64_t minor)
{
	CHECK(batch->posting_count > 0);
	if (minor == 0)
		return;
	struct posting_entry *entry = ARENA_PUSH(batch->arena, batch->entries, batch->entry_count);

	*entry = (struct posting_entry){
		.posting = batch->posting_count - 1,
		.account = account,
		.subject = subject,
		.currency = currency,
		.amount_minor = minor,
	};
}

void posting_credit(struct posting_batch *batch, enum account account, struct id subject, struct currency currency,
		    int64_t minor)
{
	posting_debit(batch, account, subject, currency, -minor);
}

void posting_expect(struct posting_batch *batch, struct id item, int64_t open_minor)
{
	*ARENA_PUSH(batch->arena, batch->expected, batch->expected_count) =
		(struct posting_expected){ .item = item, .open_minor = open_minor };
}

void posting_reverse_entries(struct posting_batch *batch, const struct posting_batch *from, size_t posting)
{
	for (size_t i = 0; i < from->entry_count; i++) {
		const struct posting_entry *entry = &from->entries[i];

		if (entry->posting == posting)
			posting_credit(batch, entry->account, entry->subject, entry->currency, entry->amount_minor);
	}
}

static struct err entry_check(const struct posting_entry *entry)
{
	if (entry->amount_minor < -MONEY_MINOR_MAX || entry->amount_minor > MONEY_MINOR_MAX)
		return ERR(ERR_INTERNAL, "ledger.too_large", NULL, "an entry's amount is beyond MONEY_MINOR_MAX");
	if (ACCOUNTS[entry->account].has_subject && id_zero(entry->subject))
		return ERR(ERR_INTERNAL, "ledger.subject", NULL, "an entry's account asks for a subject");
	if (!currency_known(entry->currency))
		return ERR(ERR_INTERNAL, "ledger.currency", NULL, "an entry has no currency");
	return OK;
}

/* The sum over entries [from, to) of one currency. At most POSTING_ENTRIES_MAX * MONEY_MINOR_MAX, which fits. */
static int64_t sum_of(const struct posting_entry *entries, size_t from, size_t to, struct currency currency)
{
	int64_t sum = 0;

	for (size_t i = from; i < to; i++)
		if (currency_equal(entries[i].currency, currency))
			sum += entries[i].amount_minor;
	return sum;
}

/* Most postings have one currency; a new one is met where no earlier entry of the posting had it. */
static struct err sums_check(const struct posting_entry *entries, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (i > from && currency_equal(entries[i].currency, entries[i - 1].currency))
			continue;
		if (sum_of(entries, from, to, entries[i].currency) != 0)
			return ERR(ERR_INTERNAL, "ledger.unbalanced", NULL, "a posting does not sum to zero");
	}
	return OK;
}

struct err posting_check(const struct posting_batch *batch)
{
	size_t from = 0;

	for (size_t posting = 0; posting < batch->posting_count; posting++) {
		size_t to = from;

		for (; to < batch->entry_count && batch->entries[to].posting == posting; to++)
			TRY(entry_check(&batch->entries[to]));
		if (to == from)
			return ERR(ERR_INTERNAL, "ledger.empty", NULL, "a posting has no entries");
		if (to - from > POSTING_ENTRIES_MAX)
			return ERR(ERR_INTERNAL, "ledger.too_many_entries", NULL,
				   "a posting has more than POSTING_ENTRIES_MAX entries");
		TRY(sums_check(batch->entries, from, to));
		from = to;
	}
	return OK;
}
