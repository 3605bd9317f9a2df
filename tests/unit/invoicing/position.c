/* Ageing buckets, open items taken over, creditors and customers. */
#include "invoicing/domain/aging.h"
#include "invoicing/domain/customer.h"
#include "invoicing/domain/open_item.h"
#include "unit/invoicing/near.h"

static const struct {
	const char *sentence;
	int days;
	enum aging_bucket bucket;
} BUCKETS[] = {
	{ "due in a year is not due", -365, AGING_NOT_DUE },
	{ "due today is not due", 0, AGING_NOT_DUE },
	{ "a day late", 1, AGING_1_30 },
	{ "thirty days", 30, AGING_1_30 },
	{ "thirty-one", 31, AGING_31_60 },
	{ "sixty", 60, AGING_31_60 },
	{ "sixty-one", 61, AGING_61_90 },
	{ "ninety", 90, AGING_61_90 },
	{ "ninety-one", 91, AGING_OVER_90 },
	{ "ten years", 3650, AGING_OVER_90 },
};

static void test_buckets(void **state)
{
	(void)state;
	struct aging_row row = { .currency = EURO };

	for (size_t i = 0; i < ROWS(BUCKETS); i++) {
		SAY(BUCKETS[i].sentence);
		assert_int_equal(aging_bucket_of(BUCKETS[i].days), BUCKETS[i].bucket);
		aging_add(&row, aging_bucket_of(BUCKETS[i].days), 100 + (int64_t)i, 1);
	}
	assert_true(aging_adds_up(&row));
	assert_int_equal(row.outstanding_minor, 1045);
	row.bucket_minor[AGING_1_30]++;
	assert_false(aging_adds_up(&row));
}

/* ------------------------------------------------------------------ open items */

static struct open_item item_of(int64_t amount, int64_t paid, const char *settled)
{
	return (struct open_item){
		.line = 2,
		.creditor = "MAIN",
		.customer_number = "C1",
		.customer_name = "Müller",
		.invoice_number = "A-1",
		.issued_on = day("2026-01-10"),
		.due_on = day("2026-02-09"),
		.amount_minor = amount,
		.currency = EURO,
		.paid_minor = paid,
		.settled_on = *settled ? day(settled) : DATE_NONE,
	};
}

static const struct {
	const char *sentence;
	int64_t amount, paid;
	const char *settled, *today;
	int64_t paid_before;
	const char *paid_on; /* NULL: not paid at all */
} TAKEN_OVER[] = {
	{ "open", 10000, 0, "", "2026-03-01", 0, NULL },
	{ "settled on a day", 10000, 0, "2026-02-20", "2026-03-01", 10000, "2026-02-20" },
	{ "settled, whatever was paid: the rest was a discount", 10000, 9800, "2026-02-20", "2026-03-01", 10000,
	  "2026-02-20" },
	{ "paid in full at an unknown date: on the due date", 10000, 10000, "", "2026-03-01", 10000, "2026-02-09" },
	{ "…but not in the future", 10000, 10000, "", "2026-01-20", 10000, "2026-01-20" },
	{ "paid in part at an unknown date: today", 10000, 4000, "", "2026-03-01", 4000, "2026-03-01" },
	{ "paid before it was issued: on the day of issue", 10000, 0, "2025-12-24", "2026-03-01", 10000, "2026-01-10" },
};

static void test_taken_over(void **state)
{
	(void)state;
	const struct open_item_ids ids = { .item = { { 1 } }, .opening = { { 2 } }, .settlement = { { 3 } } };

	for (size_t i = 0; i < ROWS(TAKEN_OVER); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct posting_batch batch = posting_batch_make(arena);
		struct open_item item = item_of(TAKEN_OVER[i].amount, TAKEN_OVER[i].paid, TAKEN_OVER[i].settled);

		SAY(TAKEN_OVER[i].sentence);
		assert_done(open_item_check(&item));
		assert_int_equal(open_item_paid(&item), TAKEN_OVER[i].paid_before);
		open_item_post(&batch, &item, &ids, day(TAKEN_OVER[i].today));
		assert_done(posting_check(&batch));
		assert_int_equal(batch.posting_count, TAKEN_OVER[i].paid_on ? 2 : 1);
		if (TAKEN_OVER[i].paid_on)
			assert_day(batch.postings[1].booked_on, TAKEN_OVER[i].paid_on);
	}
}

static void test_bad_rows(void **state)
{
	(void)state;
	struct open_item item = item_of(10000, 10001, "");

	assert_string_equal(open_item_check(&item).field, "paid_amount");
	item = item_of(-10000, 0, "");
	assert_string_equal(open_item_check(&item).field, "amount");
	item = item_of(10000, 0, "");
	item.due_on = day("2026-01-09");
	assert_string_equal(open_item_check(&item).field, "due_date");
	item = item_of(10000, 0, "");
	item.iban = "FR7630006000011234567890180";
	assert_string_equal(open_item_check(&item).field, "iban");
	item = item_of(10000, 0, "");
	item.creditor_ref = "RF00ABC";
	assert_string_equal(open_item_check(&item).field, "creditor_ref");
	item = item_of(10000, 0, "");
	item.email = "nobody";
	assert_string_equal(open_item_check(&item).field, "email");
	item = item_of(10000, 0, "");
	item.language = "FR";
	assert_string_equal(open_item_check(&item).field, "language");
}

static void test_fingerprint(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	struct open_item item = item_of(10000, 0, ""), same = item_of(10000, 0, ""), paid = item_of(10000, 1, "");

	same.line = 7;
	same.customer_name = "Mueller";
	assert_true(id_equal(open_item_fingerprint(arena, &item), open_item_fingerprint(arena, &same)));
	assert_false(id_equal(open_item_fingerprint(arena, &item), open_item_fingerprint(arena, &paid)));
}

/* ------------------------------------------------------------------ creditors and customers */

static void test_defaults(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	struct creditor creditor = { .code = "MAIN", .name = "Main", .country = "DE" };
	struct customer customer = { .number = "C1", .name = "Alpha", .country = "US" };

	assert_done(creditor_complete(arena, &creditor));
	assert_string_equal(creditor.timezone, "Europe/Berlin");
	assert_string_equal(creditor.language, "en");
	assert_string_equal(creditor.currency.code, "EUR");
	assert_string_equal(document_number(arena, creditor.invoice_prefix, 2026, creditor.number_width, 17),
			    "INV-2026-000017");
	assert_string_equal(document_number(arena, "F", 2026, 3, 12345), "F-2026-12345");
	assert_done(customer_complete(arena, &creditor, &customer));
	assert_string_equal(customer.language, "en");
	assert_string_equal(customer.timezone, "America/New_York");

	struct creditor bad = { .code = "no blanks", .name = "x" };

	assert_refused(creditor_complete(arena, &bad), ERR_INVALID, "creditor.code");
	bad = (struct creditor){ .code = "X", .name = "x", .invoice_prefix = "A", .credit_note_prefix = "A" };
	assert_refused(creditor_complete(arena, &bad), ERR_INVALID, "creditor.prefix");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buckets),     cmocka_unit_test(test_taken_over), cmocka_unit_test(test_bad_rows),
		cmocka_unit_test(test_fingerprint), cmocka_unit_test(test_defaults),
	};
	return cmocka_run_group_tests_name("invoicing/position", tests, NULL, NULL);
}
