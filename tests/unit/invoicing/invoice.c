/* Invoices: totals with one rounding a line and a rate, what may be done in which state, and what is booked. */
#include "invoicing/domain/invoice.h"
#include "unit/invoicing/near.h"

struct line {
	const char *quantity, *price, *vat;
};

static const struct {
	const char *sentence;
	struct line lines[3];
	int64_t net, vat, gross;
	const char *reason; /* NULL: taken */
} TOTALS[] = {
	{ "a line is rounded once", { { "3", "33.335", "20" } }, 10001, 2000, 12001, NULL },
	{ "VAT is reckoned on the sum of a rate, not by line",
	  { { "1", "0.33", "20" }, { "1", "0.33", "20" }, { "1", "0.33", "20" } },
	  99,
	  20,
	  119,
	  NULL },
	{ "each rate by itself",
	  { { "1", "100", "20" }, { "1", "100", "5.5" }, { "1", "100", "0" } },
	  30000,
	  2550,
	  32550,
	  NULL },
	{ "a rebate is a negative quantity", { { "1", "100", "20" }, { "-1", "10", "20" } }, 9000, 1800, 10800, NULL },
	{ "millionths count", { { "1000000", "0.000123", "0" } }, 12300, 0, 12300, NULL },
	{ "the largest product does not overflow", { { "10000000", "100000000", "0" } }, 0, 0, 0, "invoice.amount" },
	{ "nothing to pay is no invoice", { { "1", "10", "20" }, { "-1", "10", "20" } }, 0, 0, 0, "invoice.amount" },
	{ "no quantity", { { "0", "10", "20" } }, 0, 0, 0, "invoice.quantity" },
	{ "a negative price", { { "1", "-10", "20" } }, 0, 0, 0, "invoice.price" },
	{ "VAT of more than all", { { "1", "10", "100.5" } }, 0, 0, 0, "invoice.vat_rate" },
	{ "no lines", { { NULL, NULL, NULL } }, 0, 0, 0, "invoice.lines" },
};

static void test_total(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(TOTALS); i++) {
		struct invoice_line lines[3];
		struct invoice invoice = { .currency = EURO, .lines = lines };

		SAY(TOTALS[i].sentence);
		for (size_t l = 0; l < 3 && TOTALS[i].lines[l].quantity; l++)
			lines[invoice.line_count++] = (struct invoice_line){
				.description = "thing",
				.quantity = rate(TOTALS[i].lines[l].quantity),
				.unit_price = rate(TOTALS[i].lines[l].price),
				.vat_rate = rate(TOTALS[i].lines[l].vat),
			};
		if (TOTALS[i].reason) {
			assert_refused(invoice_total(&invoice), ERR_INVALID, TOTALS[i].reason);
			continue;
		}
		assert_done(invoice_total(&invoice));
		assert_int_equal(invoice.net_minor, TOTALS[i].net);
		assert_int_equal(invoice.vat_minor, TOTALS[i].vat);
		assert_int_equal(invoice.gross_minor, TOTALS[i].gross);
	}
}

static const struct {
	const char *sentence;
	enum invoice_state from;
	enum invoice_act act;
	enum invoice_state to;
	const char *reason; /* NULL: allowed */
} MOVES[] = {
	{ "an open invoice can be cancelled", INVOICE_OPEN, INVOICE_CANCEL, INVOICE_CANCELLED, NULL },
	{ "a paid one too", INVOICE_SETTLED, INVOICE_CANCEL, INVOICE_CANCELLED, NULL },
	{ "a cancelled one not again", INVOICE_CANCELLED, INVOICE_CANCEL, 0, "invoice.already_cancelled" },
	{ "an open one can be disputed", INVOICE_OPEN, INVOICE_DISPUTE, INVOICE_OPEN, NULL },
	{ "a paid one not", INVOICE_SETTLED, INVOICE_DISPUTE, 0, "invoice.already_paid" },
	{ "but a dispute can end when it is paid", INVOICE_SETTLED, INVOICE_UNDISPUTE, INVOICE_SETTLED, NULL },
	{ "a cancelled one cannot be disputed", INVOICE_CANCELLED, INVOICE_DISPUTE, 0, "invoice.already_cancelled" },
};

static void test_moves(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(MOVES); i++) {
		enum invoice_state to;

		SAY(MOVES[i].sentence);
		if (MOVES[i].reason) {
			assert_refused(invoice_move(MOVES[i].from, MOVES[i].act, &to), ERR_CONFLICT, MOVES[i].reason);
			continue;
		}
		assert_done(invoice_move(MOVES[i].from, MOVES[i].act, &to));
		assert_int_equal(to, MOVES[i].to);
	}
}

static const struct {
	const char *sentence;
	int64_t open, discount, released;
	const char *reason;
} CANCELS[] = {
	{ "nothing paid: all of it was open", 12000, 0, 0, NULL },
	{ "paid in part: the part becomes the customer's cash", 5000, 0, 7000, NULL },
	{ "paid in full", 0, 0, 12000, NULL },
	{ "paid with discount: only the cash comes back", 0, 240, 11760, NULL },
	{ "more taken off than asked for", 12000, 1, 0, "invoice.over_credited" },
};

static void test_cancel(void **state)
{
	(void)state;
	const struct invoice invoice = { .id = { { 1 } },
					 .customer = { { 2 } },
					 .posting = { { 3 } },
					 .currency = EURO,
					 .net_minor = 10000,
					 .vat_minor = 2000,
					 .gross_minor = 12000 };

	for (size_t i = 0; i < ROWS(CANCELS); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct posting_batch batch = posting_batch_make(arena);
		struct relief relief = { ACCOUNT_DISCOUNT, CANCELS[i].discount };
		struct credit_note note = { .issued_on = day("2026-02-01") };
		struct err err = invoice_cancel(&batch, &invoice, CANCELS[i].open, &relief, 1, &note);

		SAY(CANCELS[i].sentence);
		if (CANCELS[i].reason) {
			assert_refused(err, ERR_CONFLICT, CANCELS[i].reason);
			continue;
		}
		assert_done(err);
		assert_done(posting_check(&batch));
		assert_int_equal(note.released_minor, CANCELS[i].released);
	}
}

static void test_posting_balances(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	struct posting_batch batch = posting_batch_make(arena);
	struct invoice invoice = {
		.id = { { 1 } }, .currency = EURO, .net_minor = 10000, .vat_minor = 0, .gross_minor = 10000
	};

	invoice_post(&batch, &invoice);
	assert_done(posting_check(&batch));
	assert_int_equal(batch.entry_count, 2); /* no VAT, no entry */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_total),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_posting_balances),
	};
	return cmocka_run_group_tests_name("invoicing/invoice", tests, NULL, NULL);
}
