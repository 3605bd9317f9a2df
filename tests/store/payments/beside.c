/* A large file's lookups go over a connection of their own, which sees nothing of what the import books: it must know
 * all the same what its earlier batches have settled, left open and reopened. */
#include <string.h>

#include "desk.h"

#define FILLERS ((size_t)BATCH_ENTRIES_MAX + 200) /* between two payments that shall not meet in a batch */
#define FILE_BYTES_LEAST ((size_t)1200 * 1000)    /* beyond what one connection reads */

#define WORDS "a purchase of somebody whom nobody knows, told at some length "

struct lines {
	struct line *list;
	size_t count;
};

static void add(struct lines *lines, struct line line)
{
	*ARENA_PUSH(here.arena, lines->list, lines->count) = line;
}

static void fill_with(struct lines *lines, int64_t minor)
{
	for (size_t i = 0; i < FILLERS; i++)
		add(lines, (struct line){ arena_format(here.arena, "F%zu", lines->count), 1 + (int)(i % 28), minor,
					  WORDS WORDS WORDS WORDS, NULL, NULL });
}

static void fill(struct lines *lines)
{
	fill_with(lines, 100);
}

static const char *state_of(const char *ref)
{
	return pg_value(here.pg,
			arena_format(here.arena,
				     "SELECT state || ' ' || rule FROM payments.payment WHERE entry_ref = '%s'", ref));
}

static void import(const struct lines *lines)
{
	const char *text = statement_text("LARGE", 0, lines->list, lines->count, 0);
	struct import_result result;

	assert_true(strlen(text) > FILE_BYTES_LEAST);
	assert_done(take("large.xml", text, &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
	assert_books_hold();
}

static void each_batch_knows_what_those_before_have_booked(void **state)
{
	struct lines lines = { 0 };

	(void)state;
	add(&lines, (struct line){ "WHOLE", 2, 10000, "INV-2026-000001", NULL, NULL });
	add(&lines, (struct line){ "PART", 2, 4000, "INV-2026-000002", NULL, NULL });
	add(&lines, (struct line){ "BACK-LATER", 2, 10000, "INV-2026-000003", NULL, NULL });
	fill(&lines);
	add(&lines, (struct line){ "TWICE", 9, 10000, "INV-2026-000001", NULL, NULL });
	add(&lines, (struct line){ "REST", 9, 6000, "INV-2026-000002", NULL, NULL });
	add(&lines, (struct line){ "BACK", 9, -10000, "RETOURE INV-2026-000003", NULL, "AM04" });
	fill(&lines);
	add(&lines, (struct line){ "AGAIN", 20, 10000, "INV-2026-000003", NULL, NULL });
	add(&lines, (struct line){ "MUCH", 20, 500, "INV-2026-000002", NULL, NULL });
	import(&lines);
	assert_string_equal(state_of("WHOLE"), "allocated number_exact");
	assert_string_equal(state_of("TWICE"), "unapplied already_settled");
	assert_string_equal(state_of("PART"), "allocated part_payment");
	assert_string_equal(state_of("REST"), "allocated number_exact");
	assert_string_equal(state_of("MUCH"), "unapplied already_settled");
	assert_string_equal(state_of("BACK-LATER"), "returned number_exact");
	assert_string_equal(state_of("BACK"), "return return");
	assert_string_equal(state_of("AGAIN"), "allocated number_exact");
	assert_int_equal(open_of(1) + open_of(2) + open_of(3), 0);
}

static void what_any_batch_before_has_booked_is_taken_back_once(void **state)
{
	struct lines lines = { 0 };

	(void)state;
	add(&lines, (struct line){ "FAR", 2, 10000, "INV-2026-000004", NULL, NULL });
	fill(&lines);
	fill(&lines);
	add(&lines, (struct line){ "BACK-FAR", 9, -10000, "RETOURE INV-2026-000004", NULL, "AM04" });
	fill(&lines);
	add(&lines, (struct line){ "BACK-AGAIN", 20, -10000, "RETOURE INV-2026-000004", NULL, "AM04" });
	import(&lines);
	assert_string_equal(state_of("FAR"), "returned number_exact");
	assert_string_equal(state_of("BACK-FAR"), "return return");
	assert_string_equal(state_of("BACK-AGAIN"), "clearing return_unknown");
	assert_int_equal(open_of(4), 10000);
}

/* The books have more open on it than the import has left: who pays another's invoice by its exact amount may have
 * meant this one. */
static void what_is_left_open_is_found_by_its_amount(void **state)
{
	struct lines lines = { 0 };
	struct import_result before;

	(void)state;
	payer.name = "Customer 2";
	assert_done(take(
		"before.xml",
		statement_text("BEFORE", 0, &(struct line){ "PART-6", 2, 4000, "INV-2026-000006", NULL, NULL }, 1, 0),
		&before));
	payer.name = "Customer 1";
	add(&lines, (struct line){ "PART-5", 2, 4000, "INV-2026-000005", NULL, NULL });
	fill_with(&lines, -100);
	add(&lines, (struct line){ "SLIP", 9, 6000, "INV-2026-000006", NULL, NULL });
	fill_with(&lines, -100);
	import(&lines);
	assert_string_equal(state_of("PART-5"), "allocated part_payment");
	assert_string_equal(state_of("SLIP"), "suggested contradiction");
	assert_int_equal(open_of(5), 6000);
	assert_int_equal(open_of(6), 6000);
}

/* 77.77 is left open on one invoice of K1's, and both the first batch and the last one have a payment that says no more
 * than who pays. */
static void the_same_payer_of_two_batches(const char *wanted)
{
	struct lines lines = { 0 };
	struct import_result before;
	struct payer paying = payer;

	payer = (struct payer){ NULL, NULL };
	assert_done(take(
		"before.xml",
		statement_text("BEFORE", 0, &(struct line){ "PART-1", 2, 2223, "INV-2026-000001", NULL, NULL }, 1, 0),
		&before));
	payer = paying;
	add(&lines, (struct line){ "EARLY", 2, 7778, "thank you", NULL, NULL });
	fill_with(&lines, -100);
	fill_with(&lines, -100);
	add(&lines, (struct line){ "LATE", 20, 7777, "thank you", NULL, NULL });
	import(&lines);
	assert_string_equal(state_of("LATE"), wanted);
	assert_string_not_equal(state_of("EARLY"), wanted);
	payer = (struct payer){ NULL, NULL };
}

static void a_payer_is_remembered_from_batch_to_batch(void **state)
{
	SAY("the customer's own account");
	payer = (struct payer){ NULL, "NL91ABNA0417164300" };
	pg_execute(here.pg, "UPDATE invoicing.customer SET iban = 'NL91ABNA0417164300' WHERE number = 'K1'");
	the_same_payer_of_two_batches("allocated account_exact");

	SAY("an account that was learned");
	desk_reset(state);
	payer = (struct payer){ NULL, "NL91ABNA0417164300" };
	pg_execute(
		here.pg,
		"INSERT INTO payments.payer_account (creditor, iban, customer, learned_from, learned_at, learned_by) "
		"SELECT creditor, 'NL91ABNA0417164300', id, gen_random_uuid(), now(), 'Anne' "
		"FROM invoicing.customer WHERE number = 'K1'");
	the_same_payer_of_two_batches("suggested payer_amount");

	SAY("the customer's name");
	desk_reset(state);
	payer = (struct payer){ "Customer 1", NULL };
	the_same_payer_of_two_batches("suggested name_amount");

	SAY("a name that was learned");
	desk_reset(state);
	payer = (struct payer){ "Somebody Else", NULL };
	pg_execute(here.pg, "INSERT INTO payments.payer_name (creditor, name_key, customer, learned_from, learned_at, "
			    "learned_by, name) SELECT creditor, 'SOMEBODYELSE', id, gen_random_uuid(), now(), 'Anne', "
			    "'Somebody Else' FROM invoicing.customer WHERE number = 'K1'");
	the_same_payer_of_two_batches("suggested name_amount");
}

/* A creditor of whom a bank's entries may tell more: what returns mean is then asked for again, or one batch is done with
 * before the next begins. The books come out the same. */
static void it_is_the_same_where_a_payout_is_expected(void **state)
{
	pg_execute(here.pg, "INSERT INTO payments.psp_payout (creditor, provider, payout_id, amount_minor, currency, "
			    "state, at) VALUES ('MAIN', 'stripe', 'po_1', 77, 'EUR', 'announced', now())");
	each_batch_knows_what_those_before_have_booked(state);
	desk_reset(state);
	what_any_batch_before_has_booked_is_taken_back_once(state);
	pg_execute(here.pg, "DELETE FROM payments.psp_payout");
}

static void it_is_the_same_where_debits_were_collected(void **state)
{
	pg_execute(
		here.pg,
		"SET session_replication_role = replica; INSERT INTO payments.collection (creditor, id, run, batch, "
		"end_to_end_id, mandate, item, invoice_number, customer, customer_number, sequence_type, attempt, "
		"currency, amount_minor, collect_on, state, reason) VALUES ('MAIN', gen_random_uuid(), "
		"gen_random_uuid(), 'B', 'E2E-OF-LONG-AGO', gen_random_uuid(), gen_random_uuid(), 'INV-OF-LONG-AGO', "
		"gen_random_uuid(), 'K9', 'OOFF', 1, 'EUR', 77, '2020-01-01', 'rejected', 'AC04'); "
		"SET session_replication_role = origin");
	each_batch_knows_what_those_before_have_booked(state);
	desk_reset(state);
	what_any_batch_before_has_booked_is_taken_back_once(state);
	pg_execute(here.pg, "DELETE FROM payments.collection");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_batch_knows_what_those_before_have_booked, desk_reset),
		cmocka_unit_test_setup(what_any_batch_before_has_booked_is_taken_back_once, desk_reset),
		cmocka_unit_test_setup(what_is_left_open_is_found_by_its_amount, desk_reset),
		cmocka_unit_test_setup(a_payer_is_remembered_from_batch_to_batch, desk_reset),
		cmocka_unit_test_setup(it_is_the_same_where_a_payout_is_expected, desk_reset),
		cmocka_unit_test_setup(it_is_the_same_where_debits_were_collected, desk_reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
