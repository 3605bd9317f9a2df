/* What follows from each family of reason codes. Source: EPC173-14, guidance on reason codes for SDD R-transactions, and
 * ISO 20022's ExternalReturnReason1Code; the rulebooks' sections are of SDD Core (EPC016-06). */
#include "unit/test.h"

#include "payments/domain/debit_return.h"

static struct date on(const char *text)
{
	struct date date;

	assert_true(err_ok(date_parse(text, &date)));
	return date;
}

static void each_family_has_its_consequence(void **state)
{
	static const struct {
		const char *sentence; /* with the place that says so */
		const char *codes;    /* separated by blanks */
		int attempt;
		enum return_action action;
	} rows[] = {
		{ "no cover: may be presented again (EPC173-14, AM04)", "AM04", 1, RETURN_RETRY },
		{ "no cover twice: the debtor has to be asked", "AM04", 2, RETURN_PERSON },
		{ "a machine or a cut-off, not the debtor (ISO 20022: ED05, TECH, TM01)", "ED05 TECH TM01", 1,
		  RETURN_RETRY },
		{ "the account does not exist, is closed or blocked: new details are needed (AC01, AC04, AC06)",
		  "AC01 AC04 AC06 RC01", 1, RETURN_BLOCK },
		{ "debits forbidden on this account, for regulatory reasons (AG01), by the debtor (SL01), under B2B "
		  "(AC13)",
		  "AG01 SL01 AC13", 1, RETURN_BLOCK },
		{ "no valid mandate, within 13 months (4.3.4: unauthorised transactions)", "MD01", 1, RETURN_BLOCK },
		{ "a refund within eight weeks, no question asked (4.3.4: authorised transactions)", "MD06", 1,
		  RETURN_BLOCK },
		{ "refused by the debtor before or after settlement (MS02)", "MS02", 1, RETURN_BLOCK },
		{ "the debtor has died (MD07)", "MD07", 1, RETURN_BLOCK },
		{ "our own data are wrong: they are corrected, the mandate is good", "AG02 BE05 FF01 FF05 MD02 AC03", 1,
		  RETURN_PERSON },
		{ "collected twice by us", "AM05 DUPL", 1, RETURN_PERSON },
		{ "rules on money of other countries: name and address", "RR01 RR02 RR03 RR04", 1, RETURN_PERSON },
		{ "the bank keeps the reason to itself, for the law forbids it to tell (MS03)", "MS03 NARR", 1,
		  RETURN_PERSON },
		{ "a code that no list has", "XX99", 1, RETURN_PERSON },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char codes[64], *rest = strcpy(codes, rows[i].codes);

		for (const char *code; (code = strsep(&rest, " "));) {
			struct debit_verdict verdict =
				debit_judge(return_reason_find(code), rows[i].attempt, on("2026-02-05"), 5);

			SAY(rows[i].sentence);
			SAY(code);
			assert_int_equal(verdict.action, rows[i].action);
			assert_int_equal(date_known(verdict.retry_on), rows[i].action == RETURN_RETRY);
		}
	}
}

static void a_reason_is_said_in_words(void **state)
{
	(void)state;
	assert_string_equal(return_reason_find("AC04")->meaning, "the account is closed");
	assert_string_equal(return_reason_find(NULL)->meaning, "the bank gives no reason");
	assert_string_equal(return_reason_find("XX99")->meaning, "a reason that is not in the code list");
	assert_int_equal(debit_judge(return_reason_find("AM04"), 1, on("2026-02-05"), 5).retry_on.days,
			 on("2026-02-10").days);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_family_has_its_consequence),
		cmocka_unit_test(a_reason_is_said_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
