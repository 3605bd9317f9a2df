/* Cash that goes back: how much, and which debit pays it out. */
#include "payments/domain/refund.h"
#include "common/base/text.h"
#include "unit/test.h"

#define PAYEE "FR7630006000011234567890189"
#define OTHER "NL91ABNA0417164300"

static const struct currency EURO = { "EUR" };

static struct refund refund_of(const char *number, int64_t amount, int64_t paid, const char *iban)
{
	return (struct refund){ .id = { { (uint8_t)number[strlen(number) - 1] } },
				.payment = { { 1 } },
				.number = number,
				.currency = EURO,
				.amount_minor = amount,
				.paid_minor = paid,
				.payee_iban = iban };
}

struct row {
	const char *sentence;
	int64_t minor;
	const char *text, *iban, *currency, *reason;
	const char *refund; /* which; NULL: none */
};

/* RFD-000001 5.00 to PAYEE, RFD-000002 7.00 of which 2.00 are paid to PAYEE, RFD-000003 5.00 to OTHER, RFD-000012 9.00
 * and RFD-000013 9.00 to one account. */
static const struct row ROWS[] = {
	{ "by its number in the text", -500, "Refund RFD-000003 of 2026", NULL, "EUR", NULL, "RFD-000003" },
	{ "by its number as banks mangle it", -500, "RFD 000003", NULL, "EUR", NULL, "RFD-000003" },
	{ "the number goes before the account", -500, "RFD-000003", PAYEE, "EUR", NULL, "RFD-000003" },
	{ "a part of it by its number", -300, "RFD-000002", NULL, "EUR", NULL, "RFD-000002" },
	{ "more than is owed is something else", -501, "RFD-000003", NULL, "EUR", NULL, NULL },
	{ "more than is left is something else", -501, "RFD-000002", NULL, "EUR", NULL, NULL },
	{ "a longer number is another one", -500, "RFD-0000031", NULL, "EUR", NULL, NULL },
	{ "by account and amount", -500, "Remboursement", OTHER, "EUR", NULL, "RFD-000003" },
	{ "two refunds of one account and amount are for a person", -900, "Remboursement", "DE02", "EUR", NULL, NULL },
	{ "account and what is left, of two refunds that fit", -500, "Remboursement", PAYEE, "EUR", NULL, NULL },
	{ "account and another amount are nothing", -499, "Remboursement", OTHER, "EUR", NULL, NULL },
	{ "an amount alone is nothing", -500, "Remboursement", NULL, "EUR", NULL, NULL },
	{ "another currency is nothing", -500, "RFD-000003", OTHER, "USD", NULL, NULL },
	{ "a return is no payout", -500, "RFD-000003", OTHER, "EUR", "AC04", NULL },
	{ "money that comes is no payout", 500, "RFD-000003", OTHER, "EUR", NULL, NULL },
};

static void which_debit_pays_which_refund(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS); i++) {
		const struct row *row = &ROWS[i];
		ARENA_SCOPE arena = arena_new(0);
		struct refund refunds[] = {
			refund_of("RFD-000001", 500, 0, PAYEE),  refund_of("RFD-000002", 700, 200, PAYEE),
			refund_of("RFD-000003", 500, 0, OTHER),  refund_of("RFD-000012", 900, 0, "DE02"),
			refund_of("RFD-000013", 900, 0, "DE02"),
		};
		struct payment debit = { .amount_minor = row->minor,
					 .payer_iban = row->iban,
					 .return_reason = row->reason };
		const char *evidence;

		SAY(row->sentence);
		assert_true(err_ok(currency_parse(row->currency, &debit.currency)));
		struct refund *found = refund_of_debit(arena, refunds, ROWS(refunds), &debit, row->text, &evidence);

		assert_true(text_equal(found ? found->number : NULL, row->refund));
	}
}

static void it_is_paid_in_parts_and_given_up(void **state)
{
	struct refund refund = refund_of("RFD-000001", 700, 0, PAYEE);
	int64_t left;

	(void)state;
	assert_true(err_ok(refund_pay(&refund, EURO, 200)));
	assert_int_equal(refund.state, REFUND_OWED);
	assert_string_equal(refund_pay(&refund, EURO, 501).reason, "refund.too_much");
	assert_string_equal(refund_pay(&refund, (struct currency){ "USD" }, 100).reason, "refund.currency");
	assert_true(err_ok(refund_cancel(&refund, &left)));
	assert_int_equal(left, 500);
	assert_int_equal(refund.state, REFUND_PAID);
	assert_int_equal(refund.amount_minor, 200);
	assert_string_equal(refund_cancel(&refund, &left).reason, "refund.not_owed");
	assert_string_equal(refund_pay(&refund, EURO, 1).reason, "refund.not_owed");

	struct refund untouched = refund_of("RFD-000002", 700, 0, PAYEE);

	assert_true(err_ok(refund_cancel(&untouched, &left)));
	assert_int_equal(left, 700);
	assert_int_equal(untouched.state, REFUND_CANCELLED);
}

static void no_more_goes_back_than_is_left(void **state)
{
	int64_t minor;

	(void)state;
	assert_true(err_ok(refund_amount(500, 0, &minor)));
	assert_int_equal(minor, 500);
	assert_true(err_ok(refund_amount(500, 499, &minor)));
	assert_int_equal(minor, 499);
	assert_string_equal(refund_amount(500, 501, &minor).reason, "cash.too_much");
	assert_string_equal(refund_amount(0, 0, &minor).reason, "payment.no_cash");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_debit_pays_which_refund),
		cmocka_unit_test(it_is_paid_in_parts_and_given_up),
		cmocka_unit_test(no_more_goes_back_than_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
