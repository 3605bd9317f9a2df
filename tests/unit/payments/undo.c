/* A match is taken back: who may, and that every account stands as if it had never been, whatever rule booked it. */
#include "payments/domain/undo.h"
#include "common/base/text.h"
#include "unit/test.h"

static const struct currency EURO = { "EUR" }, DOLLAR = { "USD" };
static const struct id PAYMENT = { { 1 } }, INVOICE = { { 2 } }, OTHER = { { 3 } }, CUSTOMER = { { 4 } },
		       NEIGHBOUR = { { 5 } }, BANK = { { 6 } }, REFUND = { { 7 } }, NONE = { { 0 } };

/* ------------------------------------------------------------------ who may */

struct row {
	const char *sentence;
	struct undo_facts facts;
	const char *reason; /* NULL: it may */
	enum payment_state after;
};

static const struct row ROWS[] = {
	{ "a match becomes nobody's cash", { .state = PAYMENT_ALLOCATED }, NULL, PAYMENT_UNIDENTIFIED },
	{ "a match becomes the payer's own cash",
	  { .state = PAYMENT_ALLOCATED, .customer = { { 4 } } },
	  NULL,
	  PAYMENT_UNAPPLIED },
	{ "a match that was made anew may be undone anew",
	  { .state = PAYMENT_ALLOCATED, .taken_back = true },
	  NULL,
	  PAYMENT_UNIDENTIFIED },
	{ "an undone match is undone", { .state = PAYMENT_UNIDENTIFIED, .taken_back = true }, "payment.undone", 0 },
	{ "an undone match is undone, whosever cash it is",
	  { .state = PAYMENT_UNAPPLIED, .taken_back = true },
	  "payment.undone",
	  0 },
	{ "a proposal was never booked", { .state = PAYMENT_SUGGESTED }, "payment.not_matched", 0 },
	{ "what the bank took back is back", { .state = PAYMENT_RETURNED, .taken_back = true }, "payment.undone", 0 },
	{ "a return is no match", { .state = PAYMENT_RETURN }, "payment.not_matched", 0 },
	{ "wages are no match", { .state = PAYMENT_CLEARING }, "payment.not_matched", 0 },
	{ "what we drew ourselves would be drawn again",
	  { .state = PAYMENT_ALLOCATED, .collected = true },
	  "payment.collected",
	  0 },
	{ "the cash of a cancelled invoice is the customer's already",
	  { .state = PAYMENT_ALLOCATED, .cancelled = "INV-1" },
	  "invoice.cancelled",
	  0 },
};

static void who_may_undo_what(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS); i++) {
		enum payment_state after = PAYMENT_STATE_COUNT;
		struct err err = undo_decide(&ROWS[i].facts, &after);

		SAY(ROWS[i].sentence);
		assert_true(text_equal(err.reason, ROWS[i].reason));
		if (err_ok(err))
			assert_int_equal(after, ROWS[i].after);
		else
			assert_int_equal(after, PAYMENT_STATE_COUNT);
	}
}

/* ------------------------------------------------------------------ the postings */

struct line {
	enum account account;
	const struct id *subject;
	const struct currency *currency;
	int64_t minor;
};

#define LINES_MAX 6

struct booked {
	const char *kind;
	struct line lines[LINES_MAX];
};

struct case_row {
	const char *sentence;
	struct booked postings[3];
	const struct id *customer; /* whose cash it becomes; NULL: nobody's */
	size_t reversals;
	int64_t cash_minor;
};

#define PAID(minor)                                                                                                    \
	{                                                                                                              \
		ACCOUNT_BANK, &BANK, &EURO, minor                                                                      \
	}

static const struct case_row CASES[] = {
	{ "one invoice, exactly",
	  { { "payment", { PAID(10000), { ACCOUNT_RECEIVABLE, &INVOICE, &EURO, -10000 } } } },
	  NULL,
	  1,
	  10000 },
	{ "with a discount and the bank's charges",
	  { { "payment",
	      { PAID(9780),
		{ ACCOUNT_RECEIVABLE, &INVOICE, &EURO, -10000 },
		{ ACCOUNT_DISCOUNT, &NONE, &EURO, 200 },
		{ ACCOUNT_BANK_CHARGES, &NONE, &EURO, 20 } } } },
	  NULL,
	  1,
	  9780 },
	{ "a small difference written off, and one that was too much",
	  { { "payment",
	      { PAID(15001),
		{ ACCOUNT_RECEIVABLE, &INVOICE, &EURO, -10003 },
		{ ACCOUNT_WRITE_OFF, &NONE, &EURO, 3 },
		{ ACCOUNT_RECEIVABLE, &OTHER, &EURO, -5000 },
		{ ACCOUNT_ROUNDING, &NONE, &EURO, -1 } } } },
	  &CUSTOMER,
	  1,
	  15001 },
	{ "the rest was the customer's, and follows to the new owner",
	  { { "payment",
	      { PAID(12000),
		{ ACCOUNT_RECEIVABLE, &INVOICE, &EURO, -10000 },
		{ ACCOUNT_UNAPPLIED_CASH, &NEIGHBOUR, &EURO, -2000 } } } },
	  NULL,
	  1,
	  12000 },
	{ "the rest stays the same customer's",
	  { { "payment",
	      { PAID(12000),
		{ ACCOUNT_RECEIVABLE, &INVOICE, &EURO, -10000 },
		{ ACCOUNT_UNAPPLIED_CASH, &CUSTOMER, &EURO, -2000 } } } },
	  &CUSTOMER,
	  1,
	  12000 },
	{ "what a person applied later is a posting of its own",
	  { { "payment",
	      { PAID(12000),
		{ ACCOUNT_RECEIVABLE, &INVOICE, &EURO, -10000 },
		{ ACCOUNT_UNAPPLIED_CASH, &CUSTOMER, &EURO, -2000 } } },
	    { "allocation",
	      { { ACCOUNT_UNAPPLIED_CASH, &CUSTOMER, &EURO, 2000 }, { ACCOUNT_RECEIVABLE, &OTHER, &EURO, -2000 } } } },
	  NULL,
	  2,
	  12000 },
	{ "another currency: both sides come back exactly",
	  { { "payment",
	      { { ACCOUNT_BANK, &BANK, &EURO, 9000 },
		{ ACCOUNT_CLEARING, &NONE, &EURO, -9000 },
		{ ACCOUNT_CLEARING, &NONE, &DOLLAR, 10000 },
		{ ACCOUNT_RECEIVABLE, &INVOICE, &DOLLAR, -10000 } } } },
	  NULL,
	  1,
	  9000 },
	{ "what is owed back as a refund stays owed back",
	  { { "payment",
	      { PAID(12000),
		{ ACCOUNT_RECEIVABLE, &INVOICE, &EURO, -10000 },
		{ ACCOUNT_UNAPPLIED_CASH, &CUSTOMER, &EURO, -2000 } } },
	    { "refund_due",
	      { { ACCOUNT_UNAPPLIED_CASH, &CUSTOMER, &EURO, 1500 }, { ACCOUNT_REFUND, &REFUND, &EURO, -1500 } } } },
	  NULL,
	  1,
	  10500 },
};

static void put_case(const struct case_row *row, struct posting_batch *earlier)
{
	for (size_t i = 0; i < ROWS(row->postings) && row->postings[i].kind; i++) {
		struct id id = i == 0 ? PAYMENT : (struct id){ { 9, (uint8_t)i } };

		posting_open(earlier,
			     (struct posting){
				     .id = id, .kind = row->postings[i].kind, .booked_on = { 1 }, .source = PAYMENT });
		for (const struct line *line = row->postings[i].lines; line->minor != 0; line++)
			posting_debit(earlier, line->account, *line->subject, *line->currency, line->minor);
	}
	assert_true(err_ok(posting_check(earlier)));
}

static int64_t balance(const struct posting_batch *batch, enum account account, struct id subject,
		       struct currency currency)
{
	int64_t sum = 0;

	for (size_t i = 0; i < batch->entry_count; i++) {
		const struct posting_entry *entry = &batch->entries[i];

		if (entry->account == account && id_equal(entry->subject, subject) &&
		    currency_equal(entry->currency, currency))
			sum += entry->amount_minor;
	}
	return sum;
}

static size_t undo(struct posting_batch *batch, const struct posting_batch *earlier, struct id customer,
		   int64_t *cash_minor)
{
	const struct undo_booking booking = { .payment = PAYMENT, .customer = customer, .currency = EURO, .on = { 1 } };
	struct id ids[4] = { { { 21 } }, { { 22 } }, { { 23 } }, { { 24 } } };
	size_t *reversed, count;

	undo_reversed(batch->arena, earlier, &reversed, &count);
	assert_true(count > 0 && count < ROWS(ids));
	book_undo(batch, earlier, &booking, reversed, ids, count, cash_minor);
	assert_true(err_ok(posting_check(batch)));
	return count;
}

/* The accounts that a match moves stand at nothing once both are summed. */
static void assert_undone(const struct case_row *row, const struct posting_batch *earlier,
			  const struct posting_batch *batch, int64_t cash_minor)
{
	struct id owner = row->customer ? *row->customer : PAYMENT;
	enum account cash = row->customer ? ACCOUNT_UNAPPLIED_CASH : ACCOUNT_UNIDENTIFIED_CASH;

	for (size_t i = 0; i < earlier->entry_count; i++) {
		const struct posting_entry *at = &earlier->entries[i];
		int64_t sum = balance(earlier, at->account, at->subject, at->currency) +
			      balance(batch, at->account, at->subject, at->currency);

		if (at->account == ACCOUNT_BANK || at->account == ACCOUNT_REFUND)
			assert_int_equal(balance(batch, at->account, at->subject, at->currency), 0);
		else if (at->account != cash || !id_equal(at->subject, owner))
			assert_int_equal(sum, 0);
	}
	assert_int_equal(balance(earlier, cash, owner, EURO) + balance(batch, cash, owner, EURO), -cash_minor);
}

static void every_account_stands_as_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(CASES); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct posting_batch earlier = posting_batch_make(arena), batch = posting_batch_make(arena);
		int64_t cash_minor;

		SAY(CASES[i].sentence);
		put_case(&CASES[i], &earlier);
		assert_int_equal(undo(&batch, &earlier, CASES[i].customer ? *CASES[i].customer : NONE, &cash_minor),
				 CASES[i].reversals);
		assert_int_equal(cash_minor, CASES[i].cash_minor);
		assert_undone(&CASES[i], &earlier, &batch, cash_minor);
		assert_true(id_equal(batch.postings[0].reverses, PAYMENT));
	}
}

static void what_was_taken_back_is_not_taken_back_again(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct posting_batch earlier = posting_batch_make(arena), first = posting_batch_make(arena);
	int64_t cash_minor;
	size_t *reversed, count;

	(void)state;
	put_case(&CASES[0], &earlier);
	undo(&first, &earlier, NONE, &cash_minor);
	posting_open(&earlier, first.postings[0]);
	for (size_t i = 0; i < first.entry_count; i++)
		posting_debit(&earlier, first.entries[i].account, first.entries[i].subject, first.entries[i].currency,
			      first.entries[i].amount_minor);
	undo_reversed(arena, &earlier, &reversed, &count);
	assert_int_equal(count, 0);

	/* Applied by hand, then undone for a customer: the cash follows from nobody's account. */
	posting_open(&earlier,
		     (struct posting){ .id = { { 30 } }, .kind = "allocation", .booked_on = { 1 }, .source = PAYMENT });
	posting_debit(&earlier, ACCOUNT_UNIDENTIFIED_CASH, PAYMENT, EURO, 4000);
	posting_credit(&earlier, ACCOUNT_RECEIVABLE, OTHER, EURO, 4000);
	struct posting_batch second = posting_batch_make(arena);

	assert_int_equal(undo(&second, &earlier, CUSTOMER, &cash_minor), 1);
	assert_int_equal(cash_minor, 10000);
	assert_int_equal(balance(&second, ACCOUNT_UNAPPLIED_CASH, CUSTOMER, EURO), -10000);
	assert_int_equal(balance(&second, ACCOUNT_UNIDENTIFIED_CASH, PAYMENT, EURO), 6000);
	assert_int_equal(balance(&second, ACCOUNT_RECEIVABLE, OTHER, EURO), 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_may_undo_what),
		cmocka_unit_test(every_account_stands_as_before),
		cmocka_unit_test(what_was_taken_back_is_not_taken_back_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
