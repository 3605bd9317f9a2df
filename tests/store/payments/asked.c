/* What a payment does not name by an invoice is looked up only when a decision asks for it, and of the amounts that are
 * owed only those that are known to be. */
#include <string.h>

#include "desk.h"

#define LARGE_BYTES ((size_t)1024 * 1024)
#define OTHER_ITEMS "15000" /* more keys than are read at a time, which come before the customers' */
#define FILLERS ((size_t)BATCH_ENTRIES_MAX + 100) /* of a file for which they are read */

#define WORDS "paid to somebody whom nobody knows, told at some length "
#define MANY_WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS WORDS

/* A second connection reads for the large one. */
enum file { SMALL, LARGE };

/* 60.00 is left open on the first, and so on. */
static const struct line PARTS[] = {
	{ "PART-1", 2, 4000, "INV-2026-000001", NULL, NULL }, { "PART-2", 2, 3500, "INV-2026-000002", NULL, NULL },
	{ "PART-3", 2, 2500, "INV-2026-000003", NULL, NULL }, { "PART-4", 2, 4000, "INV-2026-000004", NULL, NULL },
	{ "PART-8", 2, 2700, "INV-2026-000008", NULL, NULL },
};

static const char *state_of(const char *ref)
{
	return pg_value(here.pg, arena_format(here.arena,
					      "SELECT concat_ws(' ', p.state, p.rule, "
					      "  (SELECT string_agg(a.invoice_number, ',') FROM payments.allocation a "
					      "    WHERE a.payment = p.id)) "
					      "FROM payments.payment p WHERE p.entry_ref = '%s'",
					      ref));
}

static void parts_paid(void)
{
	struct import_result result;

	assert_done(take("parts.xml", statement_text("PARTS", 0, PARTS, sizeof PARTS / sizeof PARTS[0], 0), &result));
}

/* In a file that is worth to read all keys for; the last line is in its second batch. */
static void import(enum file file, const struct line *lines, size_t count)
{
	struct line *all = arena_array(here.arena, FILLERS + count, sizeof *all);
	struct import_result result;

	for (size_t i = 0; i + 1 < count; i++)
		all[i] = lines[i];
	for (size_t i = 0; i < FILLERS; i++)
		all[count - 1 + i] = (struct line){ arena_format(here.arena, "F%zu", i), 5,    -100,
						    file == LARGE ? MANY_WORDS : WORDS,  NULL, NULL };
	all[FILLERS + count - 1] = lines[count - 1];
	const char *text = statement_text("ASKED", 0, all, FILLERS + count, 0);

	assert_int_equal(strlen(text) >= LARGE_BYTES, file == LARGE);
	assert_done(take("asked.xml", text, &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
	assert_books_hold();
}

static void items_of_a_mandate_are_found_by_what_was_drawn(void **state)
{
	static const struct line DRAWN[] = {
		{ "DRAWN-11", 9, 1100, "direct debit", NULL, NULL },
		{ "DRAWN-60", 9, 6000, "direct debit", NULL, NULL },
		{ "DRAWN-75", 9, 7500, "direct debit", NULL, NULL },
	};

	(void)state;
	parts_paid();
	pg_execute(here.pg, "UPDATE ledger.open_item SET mandate = 'M-1' WHERE number ~ '00000[13]$'");
	mandate = "M-1";
	import(SMALL, DRAWN, sizeof DRAWN / sizeof DRAWN[0]);
	assert_string_equal(state_of("DRAWN-60"), "allocated mandate_exact INV-2026-000001");
	assert_string_equal(state_of("DRAWN-75"), "allocated mandate_exact INV-2026-000003");
	assert_string_equal(state_of("DRAWN-11"), "unapplied known_payer");
}

/* Who pays another's invoice by its exact amount may have meant the own one, a slip away, on which as much is left open:
 * not its amount. */
static void left_open(enum file file)
{
	static const struct line OTHERS = { "OTHERS", 9, 6000, "INV-2026-000004", NULL, NULL };

	parts_paid();
	payer.name = "Customer 1";
	import(file, &OTHERS, 1);
	assert_string_equal(state_of("OTHERS"), "suggested contradiction INV-2026-000004,INV-2026-000001");
}

static void what_is_left_open_is_known(void **state)
{
	(void)state;
	left_open(SMALL);
}

static void what_is_left_open_is_known_to_a_large_file(void **state)
{
	(void)state;
	left_open(LARGE);
}

/* The same where this import has left it open. */
static void left_open_by_a_batch(enum file file)
{
	static const struct line OTHERS[] = {
		{ "PART-7", 9, 2700, "INV-2026-000007", NULL, NULL },
		{ "OTHERS", 9, 7300, "INV-2026-000008", NULL, NULL },
	};

	parts_paid();
	payer.name = "Customer 1";
	import(file, OTHERS, sizeof OTHERS / sizeof OTHERS[0]);
	assert_string_equal(state_of("OTHERS"), "suggested contradiction INV-2026-000008,INV-2026-000007");
}

static void what_an_earlier_batch_has_left_open_is_known(void **state)
{
	(void)state;
	left_open_by_a_batch(SMALL);
}

static void what_an_earlier_batch_has_left_open_is_known_to_a_large_file(void **state)
{
	(void)state;
	left_open_by_a_batch(LARGE);
}

static void a_customer_number_in_the_text_is_found_among_many_keys(void **state)
{
	(void)state;
	parts_paid();
	pg_execute(here.pg,
		   "UPDATE invoicing.customer SET number = 'K20002' WHERE number = 'K2'; "
		   "INSERT INTO ledger.open_item (creditor, id, number, number_key, customer, customer_number, "
		   "  currency, issued_on, due_on, amount_minor, open_minor, settled_on) "
		   "SELECT o.creditor, gen_random_uuid(), 'OLD-' || g, 'OLD' || g, o.customer, o.customer_number, "
		   "  o.currency, o.issued_on, o.due_on, 100, 0, o.issued_on "
		   "  FROM ledger.open_item o, generate_series(1, " OTHER_ITEMS
		   ") g WHERE o.number = 'INV-2026-000001'");
	import(SMALL, &(struct line){ "NUMBER", 9, 6500, "customer K20002", NULL, NULL }, 1);
	assert_string_equal(state_of("NUMBER"), "suggested name_amount INV-2026-000002");
}

static void an_instalment_is_known_of_those_who_have_plans(void **state)
{
	static const struct line PAID[] = {
		{ "PLANNED", 9, 5000, "INV-2026-000001", NULL, NULL },
		{ "UNPLANNED", 9, 5000, "INV-2026-000002", NULL, NULL },
	};

	(void)state;
	parts_paid();
	pg_execute(
		here.pg,
		"WITH a AS (INSERT INTO notification.agreement (creditor, id, kind, state, customer, customer_number, "
		"    currency, amount_minor, cash_minor, grace_days, made_at, made_by) "
		"  SELECT creditor, gen_random_uuid(), 'plan', 'stands', customer, customer_number, currency, 10000, "
		"0, 3, "
		"    now(), 'Anne' FROM ledger.open_item WHERE number = 'INV-2026-000001' RETURNING *), "
		"i AS (INSERT INTO notification.instalment SELECT creditor, id, d, 5000 FROM a, "
		"  unnest(ARRAY[date '2026-02-09', date '2026-03-09']) d) "
		"INSERT INTO notification.agreement_item SELECT a.creditor, a.id, o.id, o.number, o.open_minor "
		"  FROM a JOIN ledger.open_item o ON o.creditor = a.creditor AND o.number ~ '00000[13]$'");
	import(SMALL, PAID, sizeof PAID / sizeof PAID[0]);
	pg_execute(here.pg, "TRUNCATE notification.agreement CASCADE");
	assert_string_equal(state_of("PLANNED"), "allocated plan_instalment INV-2026-000001");
	assert_string_equal(state_of("UNPLANNED"), "allocated part_payment INV-2026-000002");
}

#define TEST(f) cmocka_unit_test_setup(f, desk_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(items_of_a_mandate_are_found_by_what_was_drawn),
		TEST(what_is_left_open_is_known),
		TEST(what_is_left_open_is_known_to_a_large_file),
		TEST(what_an_earlier_batch_has_left_open_is_known),
		TEST(what_an_earlier_batch_has_left_open_is_known_to_a_large_file),
		TEST(an_instalment_is_known_of_those_who_have_plans),
		TEST(a_customer_number_in_the_text_is_found_among_many_keys),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
