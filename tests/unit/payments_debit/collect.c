#include "unit/test.h"

#include "payments/domain/collect.h"

static struct date on(const char *text)
{
	struct date date;

	assert_true(err_ok(date_parse(text, &date)));
	return date;
}

static void dates(void **state)
{
	static const struct {
		const char *sentence, *asked;
		int lead_days;
		const char *becomes; /* NULL: refused */
	} DATES[] = {
		{ "a TARGET day far enough ahead stays", "2026-02-05", 1, "2026-02-05" },
		{ "today is too soon: the next TARGET day", "2026-02-03", 1, "2026-02-04" },
		{ "a bank that asks for five days gets them", "2026-02-04", 5, "2026-02-10" },
		{ "a Saturday moves on to Monday", "2026-02-07", 1, "2026-02-09" },
		{ "the past is as soon as may be", "2026-01-01", 1, "2026-02-04" },
		{ "14 days ahead", "2026-02-17", 1, "2026-02-17" },
		{ "15 days ahead is refused", "2026-02-18", 1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(DATES); i++) {
		struct date date = DATE_NONE;
		struct err err = collect_date(on(DATES[i].asked), on("2026-02-03"), DATES[i].lead_days, &date);

		SAY(DATES[i].sentence);
		assert_int_equal(err_ok(err), DATES[i].becomes != NULL);
		assert_int_equal(date.days, DATES[i].becomes ? on(DATES[i].becomes).days : DATE_NONE.days);
	}
}

static void verdicts(void **state)
{
	static const struct {
		const char *sentence;
		bool no_mandate, disputed;
		const char *currency, *issued;
		int attempts;
		enum collection_state last;
		const char *retry_on, *reason;
	} CASES[] = {
		{ "due, announced, never collected", false, false, "EUR", "2026-01-01", 0, 0, NULL, NULL },
		{ "its mandate is not there", true, false, "EUR", "2026-01-01", 0, 0, NULL, "mandate.unknown" },
		{ "disputed", false, true, "EUR", "2026-01-01", 0, 0, NULL, "item.disputed" },
		{ "in another currency", false, false, "USD", "2026-01-01", 0, 0, NULL, "item.currency" },
		{ "announced 14 days before", false, false, "EUR", "2026-01-22", 0, 0, NULL, NULL },
		{ "announced 13 days before", false, false, "EUR", "2026-01-23", 0, 0, NULL, "item.notice" },
		{ "on its way", false, false, "EUR", "2026-01-01", 1, COLLECTION_ORDERED, NULL,
		  "item.being_collected" },
		{ "accepted by the bank", false, false, "EUR", "2026-01-01", 1, COLLECTION_ACCEPTED, NULL,
		  "item.being_collected" },
		{ "a rest after a collection that settled", false, false, "EUR", "2026-01-01", 1, COLLECTION_SETTLED,
		  NULL, NULL },
		{ "came back, and is left to people", false, false, "EUR", "2026-01-01", 1, COLLECTION_RETURNED, NULL,
		  "item.came_back" },
		{ "came back, its day has come", false, false, "EUR", "2026-01-01", 1, COLLECTION_RETURNED,
		  "2026-02-05", NULL },
		{ "came back, its day is tomorrow", false, false, "EUR", "2026-01-01", 1, COLLECTION_REJECTED,
		  "2026-02-06", "item.retry_later" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(CASES); i++) {
		struct mandate mandate = { .signed_on = on("2025-06-01"), .last_collected_on = DATE_NONE };
		struct due_item item = { .issued_on = on(CASES[i].issued),
					 .open_minor = 100,
					 .disputed = CASES[i].disputed,
					 .mandate = CASES[i].no_mandate ? NULL : &mandate,
					 .attempts = CASES[i].attempts,
					 .last_state = CASES[i].last,
					 .retry_on = CASES[i].retry_on ? on(CASES[i].retry_on) : DATE_NONE };

		strcpy(item.currency.code, CASES[i].currency);
		struct err err = collect_judge(&item, on("2026-02-05"), 14);

		SAY(CASES[i].sentence);
		if (CASES[i].reason)
			assert_string_equal(err.reason, CASES[i].reason);
		else
			assert_true(err_ok(err));
	}
}

static void one_mandate_of_several_items(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct mandate mandate = { .signed_on = on("2025-06-01"), .last_collected_on = DATE_NONE };
	struct mandate once = { .signed_on = on("2025-06-01"), .last_collected_on = DATE_NONE, .one_off = true };
	struct due_item items[4];
	struct collect_plan plan;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		items[i] = (struct due_item){ .currency = { "EUR" },
					      .open_minor = 100,
					      .issued_on = on("2026-01-01"),
					      .mandate = i < 2 ? &mandate : &once,
					      .retry_on = DATE_NONE };
	collect_plan_make(arena, items, 4, on("2026-02-05"), 14, &plan);
	assert_int_equal(plan.count, 3);
	assert_string_equal(plan.collections[0].sequence_type, "FRST");
	assert_string_equal(plan.collections[1].sequence_type, "RCUR");
	assert_string_equal(plan.collections[2].sequence_type, "OOFF");
	assert_string_equal(plan.skipped[0].why.reason, "mandate.used");
}

static void end_to_end_ids(void **state)
{
	struct id a = { { [15] = 1 } }, b = { { [15] = 2 } };
	char one[END_TO_END_BYTES], two[END_TO_END_BYTES];

	(void)state;
	end_to_end_make("INV-2026-000013", a, one);
	end_to_end_make("INV-2026-000013", b, two);
	assert_string_not_equal(one, two);
	assert_true(strncmp(one, "INV-2026-000013-", 16) == 0);
	SAY("slashes, accents and length are the banks'");
	end_to_end_make("//F\xc3\xa9\xc2\xb0 12/2026 a very long number that no bank takes", a, one);
	assert_true(strlen(one) <= 35 && sepa_text_valid(one, 35));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(one_mandate_of_several_items),
		cmocka_unit_test(end_to_end_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
