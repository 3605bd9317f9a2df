#include "store/payments/desk.h"

#include "common/io/random.h"
#include "payments/debit.h"

/* Direct debits on a real database: ordered once, settled by what the bank says in our words, and acted on when they
 * come back. Invoices 1, 3, 5 … are K1's, 2, 4, 6 … K2's, 100.00 each, due on 4 February 2026. */

static struct date day(int month, int day_of_month)
{
	struct date date;

	assert_done(date_make(2026, month, day_of_month, &date));
	return date;
}

/* Mandates M1 (K1, Core) and M2 (K2, B2B) for the invoices 1 to 4; the others name none that is there. */
static int setup(void **state)
{
	pg_execute(here.pg,
		   "TRUNCATE payments.collection, payments.collection_run, payments.mandate, payments.debit_profile");
	desk_reset(state);
	pg_execute(here.pg,
		   "INSERT INTO payments.debit_profile (creditor, scheme_id) VALUES ('MAIN', 'DE98ZZZ09999999999'); "
		   "INSERT INTO payments.mandate (creditor, id, reference, customer, customer_number, scheme, one_off, "
		   "  debtor_name, iban, signed_on, state) "
		   "SELECT 'MAIN', ('01970000-0000-7000-8000-20000000000' || n)::uuid, 'M' || n, "
		   "  ('01970000-0000-7000-8000-00000000000' || n)::uuid, 'K' || n, CASE n WHEN 1 THEN 'core' ELSE "
		   "'b2b' END, "
		   "  false, 'Debtor ' || n, 'DE89370400440532013000', '2025-06-01', 'active' FROM generate_series(1, "
		   "2) n; "
		   "UPDATE ledger.open_item SET mandate = CASE WHEN number <= 'INV-2026-000004' "
		   "  THEN 'M' || substr(customer_number, 2) ELSE 'ELSEWHERE' END");
	return 0;
}

static struct desk desk_on(struct db_tx *tx, struct date today)
{
	struct desk desk;

	assert_done(desk_open(tx, "", &desk));
	desk.now = (struct instant){ instant_from_date(today).us + 8 * 3600 * US_PER_SECOND };
	return desk;
}

static size_t order(struct date today, struct date on, struct debit_order *made)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct desk desk = desk_on(&tx, today);

	assert_done(debit_order(&tx, &desk, on, NULL, made));
	assert_done(db_commit(&tx));
	return made->plan.count;
}

static const char *states(void)
{
	return arena_copy(here.arena,
			  pg_value(here.pg, "SELECT string_agg(format('%s %s%s', right(invoice_number, 1), state, "
					    "coalesce(' ' || action, '')), ', ' ORDER BY invoice_number, attempt) "
					    "FROM payments.collection"));
}

static const char *mandate_state(const char *reference)
{
	return arena_copy(here.arena,
			  pg_value(here.pg, arena_format(here.arena,
							 "SELECT format('%%s %%s', state, collections) FROM "
							 "payments.mandate WHERE reference = '%s'",
							 reference)));
}

static void import(const char *name, int64_t opening, const struct line *lines, size_t count)
{
	struct import_result result;

	assert_done(take(name, statement_text(name, opening, lines, count, 0), &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
	assert_books_hold();
}

static void what_is_due_is_ordered_once(void **state)
{
	struct debit_order made, again;

	(void)state;
	assert_int_equal(order(day(2, 3), day(2, 5), &made), 4);
	assert_string_equal(states(), "1 ordered, 2 ordered, 3 ordered, 4 ordered");
	assert_int_equal(made.run.amount_minor, 40000);
	assert_true(strstr(made.run.content, "<SeqTp>FRST</SeqTp>") && strstr(made.run.content, "<SeqTp>RCUR</SeqTp>"));
	assert_int_equal(made.plan.skipped_count, 96);
	assert_string_equal(made.plan.skipped[0].why.reason, "mandate.unknown");
	assert_int_equal(order(day(2, 3), day(2, 5), &again), 0);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.collection_run"), 1);
}

static void the_database_refuses_a_second_live_collection(void **state)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct debit_order made;

	(void)state;
	order(day(2, 3), day(2, 5), &made);
	struct desk desk = desk_on(&tx, day(2, 3));

	made.run.id = id_fresh();
	made.run.message_id = "DD-AGAIN";
	made.collections[0].id = id_fresh();
	made.collections[0].end_to_end_id = "AGAIN";
	struct err err = run_insert(&tx, &desk, &made.run, made.collections, 1);

	if (err_ok(err))
		err = db_flush(&tx);
	assert_refused(err, ERR_EXISTS, "db.exists");
	assert_string_equal(err.field, "collection_live");
}

static void money_settles_by_the_end_to_end_id_alone(void **state)
{
	struct debit_order made;

	(void)state;
	order(day(2, 3), day(2, 5), &made);
	const struct line lines[] = { { "B1", 5, 10000, "SEPA LASTSCHRIFT", made.collections[0].end_to_end_id, NULL } };

	import("S1", 0, lines, 1);
	assert_int_equal(open_of(1), 0);
	assert_string_equal(states(), "1 settled, 2 ordered, 3 ordered, 4 ordered");
	assert_string_equal(pg_value(here.pg, "SELECT to_char(reversible_until, 'YYYY-MM-DD') FROM payments.collection "
					      "WHERE state = 'settled'"),
			    "2026-04-02");
}

static void a_return_with_the_banks_charge_reopens_the_debt_alone(void **state)
{
	struct debit_order made;

	(void)state;
	order(day(2, 3), day(2, 5), &made);
	const char *id = made.collections[0].end_to_end_id;
	const struct line in[] = { { "B1", 5, 10000, "DD", id, NULL } };
	const struct line back[] = { { "B2", 9, -10250, "RETOURE", id, "MD06" } };

	import("S1", 0, in, 1);
	import("S2", 10000, back, 1);
	assert_int_equal(open_of(1), 10000);
	assert_string_equal(states(), "1 returned block, 2 ordered, 3 ordered, 4 ordered");
	assert_string_equal(mandate_state("M1"), "blocked 2");
	assert_int_equal(
		pg_number(here.pg, "SELECT sum(amount_minor) FROM ledger.entry WHERE account = 'bank_charges'"), 250);
	assert_int_equal(
		pg_number(here.pg, "SELECT bank_charge_minor FROM payments.collection WHERE state = 'returned'"), 250);
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.debit.returned.v1'"), 1);
}

/* The reason stands in ?34: 902, the account is closed. */
static void a_return_in_mt940_acts_as_one_in_camt(void **state)
{
	struct debit_order made;
	struct import_result result;

	(void)state;
	order(day(2, 3), day(2, 5), &made);
	const char *id = made.collections[0].end_to_end_id;
	const struct line in[] = { { "B1", 5, 10000, "DD", id, NULL } };

	import("S1", 0, in, 1);
	const char *back = arena_format(here.arena,
					":20:S2\n:25:" ACCOUNT "\n:60F:C260205EUR100,\n"
					":61:2602090209D102,50NRTINONREF//B2\n:86:109?00RUECKLASTSCHRIFT?20EREF+%s"
					"?34902\n:62F:D260209EUR2,50\n-\n",
					id);

	assert_done(take("S2", back, &result));
	assert_int_equal(open_of(1), 10000);
	assert_string_equal(states(), "1 returned block, 2 ordered, 3 ordered, 4 ordered");
	assert_string_equal(mandate_state("M1"), "blocked 2");
	assert_string_equal(pg_value(here.pg, "SELECT reason || ' ' || bank_charge_minor FROM payments.collection "
					      "WHERE state = 'returned'"),
			    "AC04 250");
}

/* ------------------------------------------------------------------ status reports */

static struct err report(const char *text, struct report_result *result)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct desk desk = desk_on(&tx, day(2, 4));
	struct id file = id_fresh();
	int64_t stored;

	TRY(file_part_save(&tx, &desk, file, 0, &(struct part_bytes){ text, strlen(text), 0 }, &stored));
	TRY(debit_report_import(&tx, &desk, file, stored, NULL, result));
	return db_commit(&tx);
}

static const char *report_text(const char *message_id, const char *group_status, const char *lines)
{
	return arena_format(
		here.arena,
		"<Document><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>%s"
		"</OrgnlMsgId>%s</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>%s</OrgnlPmtInfAndSts></CstmrPmtStsRpt>"
		"</Document>",
		message_id, group_status, lines);
}

static void a_rejected_file_rejects_all_and_frees_the_first_sequence(void **state)
{
	struct debit_order made, again;
	struct report_result result;

	(void)state;
	order(day(2, 3), day(2, 5), &made);
	assert_done(report(report_text(made.run.message_id,
				       "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>TM01</Cd></Rsn></StsRsnInf>", ""),
			   &result));
	assert_int_equal(result.count, 4);
	assert_string_equal(states(), "1 rejected retry, 2 rejected retry, 3 rejected retry, 4 rejected retry");
	assert_string_equal(mandate_state("M1"), "active 0");
	assert_int_equal(open_of(1), 10000);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.payment"), 0);
	assert_int_equal(order(day(2, 9), day(2, 10), &again), 4);
	assert_string_equal(again.collections[0].sequence_type, "FRST");
}

static void a_report_on_money_that_came_waits_for_the_statement(void **state)
{
	struct debit_order made;
	struct report_result result;

	(void)state;
	order(day(2, 3), day(2, 5), &made);
	const char *id = made.collections[0].end_to_end_id;
	const struct line in[] = { { "B1", 5, 10000, "DD", id, NULL } };

	import("S1", 0, in, 1);
	assert_done(
		report(report_text(made.run.message_id, "",
				   arena_format(here.arena,
						"<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
						"</TxInfAndSts>",
						id)),
		       &result));
	assert_int_equal(result.unchanged, 1);
	assert_int_equal(open_of(1), 0);
	assert_string_equal(states(), "1 settled, 2 ordered, 3 ordered, 4 ordered");
}

static void a_rejection_that_the_statement_repeats_is_told_once(void **state)
{
	struct debit_order made;
	struct report_result result;

	(void)state;
	order(day(2, 3), day(2, 5), &made);
	const char *id = made.collections[0].end_to_end_id;
	const struct line gross[] = { { "B1", 5, 10000, "DD", id, NULL }, { "B2", 5, -10000, "RETOURE", id, "AC04" } };

	assert_done(
		report(report_text(made.run.message_id, "",
				   arena_format(here.arena,
						"<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>RJCT</TxSts>"
						"<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts>",
						id)),
		       &result));
	import("S1", 0, gross, 2);
	assert_int_equal(open_of(1), 10000);
	assert_string_equal(states(), "1 returned block, 2 ordered, 3 ordered, 4 ordered");
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.debit.returned.v1'"), 1);
}

static void a_mandate_unused_for_36_months_lapses(void **state)
{
	struct debit_order made;

	(void)state;
	pg_execute(here.pg, "UPDATE payments.mandate SET signed_on = '2023-02-04' WHERE reference = 'M1'");
	assert_int_equal(order(day(2, 3), day(2, 5), &made), 2);
	assert_string_equal(mandate_state("M1"), "lapsed 0");
	assert_string_equal(made.plan.skipped[0].why.reason, "mandate.lapsed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_due_is_ordered_once, setup),
		cmocka_unit_test_setup(the_database_refuses_a_second_live_collection, setup),
		cmocka_unit_test_setup(money_settles_by_the_end_to_end_id_alone, setup),
		cmocka_unit_test_setup(a_return_with_the_banks_charge_reopens_the_debt_alone, setup),
		cmocka_unit_test_setup(a_return_in_mt940_acts_as_one_in_camt, setup),
		cmocka_unit_test_setup(a_rejected_file_rejects_all_and_frees_the_first_sequence, setup),
		cmocka_unit_test_setup(a_report_on_money_that_came_waits_for_the_statement, setup),
		cmocka_unit_test_setup(a_rejection_that_the_statement_repeats_is_told_once, setup),
		cmocka_unit_test_setup(a_mandate_unused_for_36_months_lapses, setup),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
