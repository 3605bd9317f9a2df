#include "unit/test.h"

#include "unit/formats/collect.h"

static const char GERMAN[] =
	"begin MT940 50880050/0194774600888 EUR STARTUMS #4 page 2 - - opening 60F 2026-02-01 100000\n"
	"entry 1 line 5 2026-02-03 2026-02-03 59430 EUR ref BANK-1 e2e E2E-1 mandate MANDATE-1 instr -"
	" from Müller und Söhne Aktiengesellschaft/CH9300762011623852957/POFICHBEXXX for -"
	" text 'Rechnung F-2026-0012 und F-2026-0013' of 1 rf - code NTRF/166 return - info GUTSCHRIFT\n"
	"entry 2 line 10 2025-12-31 2026-01-01 -2050 EUR ref - e2e - mandate - instr - from -/-/- for -"
	" text 'ABRECHNUNG 30.01.2026 KONTO' of 2 rf - code N024/805 return - info ENTGELTABSCHLUSS\n"
	"entry 3 line 12 reversal 2026-03-01 2026-02-28 -7380 EUR ref - e2e - mandate - instr - from -/-/- for -"
	" text 'Freier Text der Bank - der weitergeht' of 3 rf - code NRTI return - info -\n"
	"end opening 60F 2026-02-01 100000 closing 62F 2026-02-28 150000 count 3 in 59430 out 9430 balance ok\n";

static const char DUTCH[] =
	"begin MT942 NL77INGB0574908765 EUR P140220000000001 #1 page 0 - - opening -\n"
	"entry 1 line 7 2026-02-20 2026-02-20 156 EUR ref 00000000001005 e2e EV12341REP1231456T1234 mandate - instr -"
	" from ING BANK NV/NL32INGB0000012345/INGBNL2A for - text 'EV10001REP1000000T1000' of 1 rf - code NTRF return -"
	" info /TRCD/00100/\n"
	"entry 2 line 11 2026-02-20 2026-02-20 -1275 EUR ref 00000000001010 e2e - mandate MND-120123 instr -"
	" from J.Janssen/NL32INGB0000012345/- for - text '-' of 0 rf 9001123412341234 code NRTI return MS03 info -\n"
	"end opening - closing - count 2 in 156 out 1275 balance unknown\n";

static void samples_are_read_whole_whatever_the_pieces(void **state)
{
	static const struct {
		const char *sentence, *file, *expected;
	} rows[] = {
		{ "a German bank's statement: structure, year's turn, February 30, a dash in a text",
		  "mt940_german.sta", GERMAN },
		{ "a Dutch bank's interim report in SWIFT's blocks, CR LF", "mt942_dutch.sta", DUTCH },
	};
	static const size_t PIECES[] = { 0, 1, 3, 64 };
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t p = 0; p < ROWS(PIECES); p++) {
			size_t length;
			const char *bytes = sample(arena, rows[i].file, &length);

			SAY(rows[i].sentence);
			collect(&collected, bytes, length, PIECES[p]);
			assert_true(err_ok(collected.err));
			assert_string_equal(collected.text, rows[i].expected);
		}
}

static void messages_are_found_in_all_their_wrappings(void **state)
{
	static const struct {
		const char *sentence, *bytes, *end;
	} rows[] = {
		{ "lines that end in CR", ":20:A\r:60F:C260101EUR1,\r:61:2601010101C2,NMSC\r:62F:C260101EUR3,\r-",
		  "opening 60F 2026-01-01 100 closing 62F 2026-01-01 300 count 1 in 200 out 0 balance ok\n" },
		{ "lines that end in @@", "@@:20:A@@:60F:C260101EUR1,@@:61:2601010101D1,NMSC@@:62F:C260101EUR0,@@-",
		  "count 1 in 0 out 100 balance ok\n" },
		{ "messages of other types are passed over, whatever they say",
		  "{1:F01A}{2:O9100934081223B}{4:\n:20:X\n:25:1\n:32A:260101EUR5,\n-}{5:{MAC:0}}{1:F01A}{2:I940B}{4:\n:"
		  "20:"
		  "A\n:60F:C260101EUR1,\n:62F:C260101EUR1,\n-}\n{1:F01A}{2:O1030934081223B}{4:\n:20:Y\n:86:z\n-}\n",
		  "begin MT940 - EUR A #-1 page 0 - - opening 60F 2026-01-01 100\n"
		  "end opening 60F 2026-01-01 100 closing 62F 2026-01-01 100 count 0 in 0 out 0 balance ok\n" },
		{ "a byte order mark and another system's lines first",
		  "\xEF\xBB\xBF"
		  "0000 01INGBNL2AXXXX00001\n940 00\n:20:A\n:60F:C260101EUR1,\n:62F:C260101EUR1,\n-XXX\n",
		  "balance ok\n" },
		{ "a point for the comma, zeros in front", ":20:A\n:60F:D260101USD000001.50\n:62F:C260101USD0.00\n",
		  "opening 60F 2026-01-01 -150 closing 62F 2026-01-01 0 count 0 in 0 out 0 balance off\n" },
		{ "yen have no decimals", ":20:A\n:60F:C260101JPY100,\n:62F:C260101JPY100,\n",
		  "closing 62F 2026-01-01 100 " },
		{ "intermediate balances of a page", ":20:A\n:60M:C260101EUR1,\n:62M:C260101EUR1,\n", "opening 60M " },
		{ "a letter of the currency behind the mark",
		  ":20:A\n:60F:C260101EUR1,\n:61:2601010101CR2,NMSC\n:62F:C260101EUR3,\n",
		  "in 200 out 0 balance ok\n" },
		{ "a debit taken back is money in",
		  ":20:A\n:60F:C260101EUR1,\n:61:2601010101RD2,NMSC\n:62F:C260101EUR3,\n",
		  "in 200 out 0 balance ok\n" },
		{ "what is only expected is not counted", ":20:A\n:34F:EUR0,\n:61:2601010101EC2,NMSC\n",
		  "count 0 in 0 out 0 " },
		{ "a line broken where the bank pleased",
		  ":20:A\n:60F:C260101EUR1,\n:61:2601010101CR\n2,00N062NONREF\n:\n:62F:C260101EUR3,\n",
		  "in 200 out 0 balance ok\n" },
		{ "no closing balance", ":20:A\n:60F:C260101EUR1,\n:61:2601010101C2,NMSC\n:86:x\n-",
		  "closing - count 1 in 200 out 0 balance unknown cut\n" },
		{ "balances that contradict each other's currency while a reversal is held back",
		  ":20:A\n:60F:C260101EUR1,\n:62F:C260101EUR3,\n:61:2601010101RD2,NMSC\n:62F:C260101EUX3,\n:61:"
		  "2601010101C5,NMSC\n",
		  "count 2 in 700 out 0 balance unknown\n" },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect(&collected, rows[i].bytes, strlen(rows[i].bytes), 0);
		assert_true(err_ok(collected.err));
		assert_non_null(strstr(collected.text, rows[i].end));
	}
}

/* The numbers are those of the DFUe agreement's annex 3; the words, those of cooperative banks. */
static void returns_carry_the_reason_that_camt_gives(void **state)
{
	static const struct {
		const char *sentence, *field_86, *seen;
	} rows[] = {
		{ "the account is closed", "109?00RUECKLASTSCHRIFT?20EREF+E-1?21MREF+M-1?32X?34902",
		  "e2e E-1 mandate M-1 instr - from X/-/- for - text '-' of 0 rf - code NRTI/109 return AC04 " },
		{ "no cover, B2B", "108?20EREF+E-1?34906", " return AM04 " },
		{ "other reasons: the bank does not say", "109?20EREF+E-1?34914", " return MS03 " },
		{ "the debtor objects", "109?20EREF+E-1?34912", " return MD06 " },
		{ "a transfer of ours that came back", "159?00RETOURE?20EREF+E-1?34903", " return AC06 " },
		{ "the bank's words say more than its number",
		  "109?20EREF+E-1?22SVWZ+Retoure SEPA Lastschri?23ft vom 29.05.2019, Rueckgab?24egrund: MS02 x?34914",
		  " return MS02 " },
		{ "words that are no code", "109?20SVWZ+Rueckgabegrund: Konto zu?34902", " return AC04 " },
		{ "a number that is not known, for a person", "109?20EREF+E-1?34916", " return 916 " },
		{ "no reason", "109?20EREF+E-1", "code NRTI/109 return - " },
		{ "the sequence of a debit is no reason", "105?20EREF+E-1?34991", " return - " },
		{ "a number of another business", "177?20EREF+E-1?34902", " return - " },
	};
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *bytes = arena_format(arena,
						 ":20:A\n:60F:C260101EUR9,\n:61:2601010101D9,NRTINONREF\n"
						 ":86:%s\n:62F:C260101EUR0,\n-",
						 rows[i].field_86);

		SAY(rows[i].sentence);
		collect(&collected, bytes, strlen(bytes), 0);
		assert_true(err_ok(collected.err));
		if (!strstr(collected.text, rows[i].seen))
			fail_msg("%s", collected.text);
	}
}

static void sepa_words_are_found_inside_a_line(void **state)
{
	static const struct {
		const char *sentence, *field_86, *seen;
	} rows[] = {
		{ "one behind the other, without regard to the lines (Commerzbank)",
		  "109?20EREF+A1.200080779.400143254?21.4961336 KREF+SEPA-DA202006?2201221740-P1 MREF+2?230852HW"
		  "2723821 CRED+DE41EON0?240000129793 OAMT+11,85 SVWZ+?25SONSTIGE GRUENDE",
		  "e2e A1.200080779.400143254.4961336 mandate 20852HW2723821 instr SEPA-DA20200601221740-P1 from -/-/- "
		  "for - text 'SONSTIGE GRUENDE'" },
		{ "but not in what the payer wrote", "166?20EREF+E-1?21SVWZ+Rechnung 12 EREF+E-2 IBAN+DE1",
		  "e2e E-1 mandate - instr - from -/-/- for - text 'Rechnung 12 EREF+E-2 IBAN+DE1'" },
		{ "nor in a text without words", "166?20Rechnung 12 EREF+E-2", "e2e - mandate - instr - " },
	};
	ARENA_SCOPE arena = arena_new(0);
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *bytes = arena_format(arena,
						 ":20:A\n:60F:C260101EUR9,\n:61:2601010101D9, NRTIKREF+//B-1\n"
						 ":86:%s\n:62F:C260101EUR0,\n-",
						 rows[i].field_86);

		SAY(rows[i].sentence);
		collect(&collected, bytes, strlen(bytes), 0);
		assert_true(err_ok(collected.err));
		if (!strstr(collected.text, rows[i].seen) || !strstr(collected.text, "code NRTI/"))
			fail_msg("%s", collected.text);
	}
}

static void bad_fields_are_refused_with_line_and_reason(void **state)
{
	static const struct {
		const char *sentence, *bytes, *reason;
		int64_t line;
	} rows[] = {
		{ "a balance without mark", ":20:A\n:60F:260101EUR1,\n", "statement.balance", 2 },
		{ "a day that is none", ":20:A\n:60F:C261301EUR1,\n", "statement.date", 2 },
		{ "a line that is too short", ":20:A\n:60F:C260101EUR1,\n:61:26010101\n", "statement.malformed", 3 },
		{ "an amount that is none", ":20:A\n:60F:C260101EUR1,\n\n:61:260101CX,NMSC\n:86:a\n", "money.malformed",
		  4 },
		{ "marks that part no thousands", ":20:A\n:60F:C260101EUR1.23,45\n", "money.malformed", 2 },
		{ "more decimals than the currency", ":20:A\n:60F:C260101EUR1,234\n", "money.fraction", 2 },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect(&collected, rows[i].bytes, strlen(rows[i].bytes), 0);
		assert_int_equal(collected.err.code, ERR_INVALID);
		assert_string_equal(collected.err.reason, rows[i].reason);
		assert_int_equal(collected.line, rows[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_read_whole_whatever_the_pieces),
		cmocka_unit_test(messages_are_found_in_all_their_wrappings),
		cmocka_unit_test(returns_carry_the_reason_that_camt_gives),
		cmocka_unit_test(sepa_words_are_found_inside_a_line),
		cmocka_unit_test(bad_fields_are_refused_with_line_and_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
