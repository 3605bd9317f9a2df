/* Returns take back what their original booked, in one posting; and what is booked always balances. */
#include "books.h"
#include "payments/domain/booking.h"
#include "unit/test.h"

struct ledger {
	struct posting_batch batch, earlier;
	struct id bank;
};

static struct ledger ledger_of(struct books *books)
{
	return (struct ledger){ .batch = posting_batch_make(books->arena),
				.earlier = posting_batch_make(books->arena),
				.bank = { { 9 } } };
}

static struct decision take(struct books *books, struct ledger *ledger, const struct payment *payment)
{
	struct decision decision = decide(books, payment);

	book_payment(&ledger->batch, &ledger->earlier, payment, &decision, ledger->bank);
	assert_true(err_ok(posting_check(&ledger->batch)));
	return decision;
}

static int64_t balance(const struct ledger *ledger, enum account account)
{
	int64_t sum = 0;

	for (size_t i = 0; i < ledger->batch.entry_count; i++)
		if (ledger->batch.entries[i].account == account)
			sum += ledger->batch.entries[i].amount_minor;
	return sum;
}

static int64_t open_of(const struct books *books, const char *key)
{
	return ((struct open_item *)key_map_find(&books->items.by_number, key)->value)->open_minor;
}

struct row {
	const char *sentence;
	const char *paid_text, *paid_id, *paid_mandate;
	const char *text, *end_to_end_id, *mandate, *reason;
	int64_t minor;
	bool reversal, found;
};

static const struct row RETURNS[] = {
	{ "by the invoice's number in the text", "INV-2026-000012", NULL, NULL, "RETOURE INV-2026-000012", NULL, NULL,
	  "AM04", -20000, false, true },
	{ "by the invoice's number in the end-to-end id", "INV-2026-000012", NULL, NULL, "SDD return",
	  "INV-2026-000012", NULL, "MD06", -20000, false, true },
	{ "by the end-to-end id of the original", "INV-2026-000012", "E2E-1", NULL, "Widerspruch", "E2E-1", NULL,
	  "MS03", -20000, false, true },
	{ "by the mandate and the amount", "INV-2026-000012", NULL, "M-9", "return", NULL, "M-9", "AC04", -20000, false,
	  true },
	{ "flagged as a reversal, without a reason", "INV-2026-000012", NULL, NULL, "INV-2026-000012", NULL, NULL, NULL,
	  -20000, true, true },
	{ "another amount is another payment", "INV-2026-000012", NULL, NULL, "RETOURE INV-2026-000012", NULL, NULL,
	  "AM04", -19999, false, false },
	{ "without any reference nothing is reopened", "INV-2026-000012", NULL, NULL, "return", NULL, NULL, "AM04",
	  -20000, false, false },
	{ "a debit that only names the invoice is no return", "INV-2026-000012", NULL, NULL, "INV-2026-000012", NULL,
	  NULL, NULL, -20000, false, false },
};

static void a_return_reopens_what_its_original_paid(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(RETURNS); i++) {
		const struct row *row = &RETURNS[i];
		struct books books;
		struct payment paid = payment_of(20000, (const char *[]){ row->paid_text });
		struct payment back = payment_of(row->minor, (const char *[]){ row->text });

		SAY(row->sentence);
		books_open(&books);
		struct ledger ledger = ledger_of(&books);

		paid.end_to_end_id = row->paid_id;
		paid.mandate = row->paid_mandate;
		back.end_to_end_id = row->end_to_end_id;
		back.mandate = row->mandate;
		back.return_reason = row->reason;
		back.reversal = row->reversal;
		take(&books, &ledger, &paid);
		assert_int_equal(open_of(&books, "INV2026000012"), 0);
		struct decision decision = take(&books, &ledger, &back);

		assert_int_equal(decision.state, row->found ? PAYMENT_RETURN : PAYMENT_CLEARING);
		assert_int_equal(open_of(&books, "INV2026000012"), row->found ? 20000 : 0);
		assert_int_equal(balance(&ledger, ACCOUNT_RECEIVABLE), row->found ? 0 : -20000);
		assert_int_equal(balance(&ledger, ACCOUNT_BANK), 20000 + row->minor);
		books_close(&books);
	}
}

static void discount_and_rest_come_back_too(void **state)
{
	struct books books;
	struct payment paid = payment_of(30500, (const char *[]){ "INV-2026-000012 INV-2026-000011" });
	struct payment back = payment_of(-30500, (const char *[]){ "INV-2026-000011" });

	(void)state;
	books_open(&books);
	struct ledger ledger = ledger_of(&books);

	back.return_reason = "AC01";
	take(&books, &ledger, &paid);
	assert_int_equal(balance(&ledger, ACCOUNT_UNAPPLIED_CASH), -500);
	take(&books, &ledger, &back);
	assert_int_equal(balance(&ledger, ACCOUNT_UNAPPLIED_CASH), 0);
	assert_int_equal(balance(&ledger, ACCOUNT_BANK), 0);
	assert_int_equal(open_of(&books, "INV2026000011"), 10000);
	assert_int_equal(open_of(&books, "INV2026000012"), 20000);
	books_close(&books);
}

static void a_payment_is_returned_once(void **state)
{
	struct books books;
	const char *text = "INV-2026-000012";
	struct payment paid = payment_of(20000, &text), back = payment_of(-20000, &text),
		       again = payment_of(-20000, &text);

	(void)state;
	books_open(&books);
	struct ledger ledger = ledger_of(&books);

	back.return_reason = again.return_reason = "AM04";
	take(&books, &ledger, &paid);
	assert_int_equal(take(&books, &ledger, &back).state, PAYMENT_RETURN);
	assert_int_equal(take(&books, &ledger, &again).state, PAYMENT_CLEARING);
	books_close(&books);
}

static void a_reopened_invoice_can_be_paid_again(void **state)
{
	struct books books;
	const char *text = "INV-2026-000012";
	struct payment paid = payment_of(20000, &text), back = payment_of(-20000, &text),
		       again = payment_of(20000, &text);

	(void)state;
	books_open(&books);
	struct ledger ledger = ledger_of(&books);

	back.return_reason = "AM04";
	take(&books, &ledger, &paid);
	take(&books, &ledger, &back);
	assert_int_equal(take(&books, &ledger, &again).state, PAYMENT_ALLOCATED);
	assert_int_equal(balance(&ledger, ACCOUNT_RECEIVABLE), -20000);
	books_close(&books);
}

static void the_banks_code_alone_can_tell_a_return(void **state)
{
	static const struct {
		const char *sentence, *code;
		bool is_return;
	} rows[] = {
		{ "an unpaid direct debit", "PMNT/IDDT/UPDD", true },
		{ "a Core debit charged back by a German bank", "NRTI/109", true },
		{ "a B2B debit charged back", "NMSC/108", true },
		{ "a debit that somebody draws from us", "NDDT/105", false },
		{ "the same digits of another bank's list", "109", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct payment payment = payment_of(-20000, (const char *[]){ "INV-2026-000012" });

		SAY(rows[i].sentence);
		payment.transaction_code = rows[i].code;
		assert_int_equal(payment_is_return(&payment), rows[i].is_return);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_return_reopens_what_its_original_paid),
		cmocka_unit_test(discount_and_rest_come_back_too),
		cmocka_unit_test(a_payment_is_returned_once),
		cmocka_unit_test(the_banks_code_alone_can_tell_a_return),
		cmocka_unit_test(a_reopened_invoice_can_be_paid_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
