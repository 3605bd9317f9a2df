/* Postings: what the builder refuses before the database has to. */
#include "ledger/posting.h"
#include "unit/invoicing/near.h"

#define NONE ((struct id){ 0 })
static const struct id INVOICE = { { 1 } };
static const struct currency DOLLAR = { "USD" };

struct line {
	enum account account;
	struct id subject;
	const struct currency *currency;
	int64_t minor; /* debit positive */
};

static const struct {
	const char *sentence;
	struct line lines[4];
	const char *reason; /* NULL: taken */
} POSTINGS[] = {
	{ "an invoice",
	  { { ACCOUNT_RECEIVABLE, { { 1 } }, &EURO, 12000 },
	    { ACCOUNT_REVENUE, { { 0 } }, &EURO, -10000 },
	    { ACCOUNT_VAT, { { 0 } }, &EURO, -2000 } },
	  NULL },
	{ "one cent off",
	  { { ACCOUNT_RECEIVABLE, { { 1 } }, &EURO, 12000 }, { ACCOUNT_REVENUE, { { 0 } }, &EURO, -11999 } },
	  "ledger.unbalanced" },
	{ "balanced over two currencies is not balanced",
	  { { ACCOUNT_RECEIVABLE, { { 1 } }, &EURO, 12000 }, { ACCOUNT_REVENUE, { { 0 } }, &DOLLAR, -12000 } },
	  "ledger.unbalanced" },
	{ "each currency by itself",
	  { { ACCOUNT_BANK, { { 0 } }, &EURO, 10 },
	    { ACCOUNT_CLEARING, { { 0 } }, &EURO, -10 },
	    { ACCOUNT_BANK, { { 0 } }, &DOLLAR, 7 },
	    { ACCOUNT_CLEARING, { { 0 } }, &DOLLAR, -7 } },
	  NULL },
	{ "nothing at all", { { ACCOUNT_BANK, { { 0 } }, &EURO, 0 } }, "ledger.empty" },
	{ "a receivable of nobody",
	  { { ACCOUNT_RECEIVABLE, { { 0 } }, &EURO, 12000 }, { ACCOUNT_REVENUE, { { 0 } }, &EURO, -12000 } },
	  "ledger.subject" },
	{ "too large an amount",
	  { { ACCOUNT_BANK, { { 0 } }, &EURO, MONEY_MINOR_MAX + 1 },
	    { ACCOUNT_CLEARING, { { 0 } }, &EURO, -MONEY_MINOR_MAX - 1 } },
	  "ledger.too_large" },
};

static void test_check(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(POSTINGS); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct posting_batch batch = posting_batch_make(arena);

		SAY(POSTINGS[i].sentence);
		posting_open(&batch, (struct posting){ .id = INVOICE, .kind = "test" });
		for (size_t l = 0; l < 4 && POSTINGS[i].lines[l].currency; l++)
			posting_debit(&batch, POSTINGS[i].lines[l].account, POSTINGS[i].lines[l].subject,
				      *POSTINGS[i].lines[l].currency, POSTINGS[i].lines[l].minor);
		if (POSTINGS[i].reason)
			assert_refused(posting_check(&batch), ERR_INTERNAL, POSTINGS[i].reason);
		else
			assert_done(posting_check(&batch));
	}
}

static void test_reversal_is_the_mirror(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	struct posting_batch batch = posting_batch_make(arena), back = posting_batch_make(arena);

	posting_open(&batch, (struct posting){ .id = INVOICE, .kind = "invoice" });
	posting_debit(&batch, ACCOUNT_RECEIVABLE, INVOICE, EURO, 12000);
	posting_credit(&batch, ACCOUNT_REVENUE, NONE, EURO, 12000);
	posting_open(&back, (struct posting){ .id = INVOICE, .kind = "reversal" });
	posting_reverse_entries(&back, &batch, 0);
	assert_done(posting_check(&back));
	assert_int_equal(back.entry_count, 2);
	assert_int_equal(back.entries[0].amount_minor, -12000);
	assert_int_equal(back.entries[1].amount_minor, 12000);
}

static void test_names_go_both_ways(void **state)
{
	(void)state;
	for (int account = 0; account < ACCOUNT_COUNT; account++)
		assert_int_equal(account_of(account_name((enum account)account)), account);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_reversal_is_the_mirror),
		cmocka_unit_test(test_names_go_both_ways),
	};
	return cmocka_run_group_tests_name("ledger/posting", tests, NULL, NULL);
}
