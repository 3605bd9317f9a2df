#include "unit/test.h"

#include "unit/formats/collect.h"

static const char SGML[] = "begin OFX 08004512783 EUR - #-1 page 0 2026-02-01 2026-02-28 opening -\n"
			   "entry 1 line 11 2026-02-03 2026-02-04 159430 EUR ref F-1 e2e - mandate - instr -"
			   " from Müller & Söhne/FR14/BNPAFRPP for - text 'Rechnung F-2026-0012 & mehr' of 1 rf - code "
			   "CREDIT return - info -\n"
			   "entry 2 line 14 2026-02-27 - -2050 EUR ref F-2 e2e - mandate - instr - from -/-/- for - "
			   "text '-' of 0 rf - code FEE"
			   " return - info -\n"
			   "entry 3 line 15 2026-02-28 - -700 USD ref F-3 e2e - mandate - instr - from -/-/- for - "
			   "text '-' of 0 rf - code POS"
			   " return - info -\n"
			   "end opening - closing LDGR 2026-02-28 157380 count 3 in 159430 out 2750 balance unknown\n";

static const char XML[] = "begin OFX 4111 CHF - #-1 page 0 - - opening -\n"
			  "entry 1 line 5 2026-01-05 - -2300 CHF ref 1 e2e - mandate - instr - from Café <Crème> & "
			  "Co/-/- for - text '-' of 0"
			  " rf - code DEBIT return - info -\n"
			  "end opening - closing - count 1 in 0 out 2300 balance unknown\n";

static void samples_are_read_whole_whatever_the_pieces(void **state)
{
	static const struct {
		const char *sentence, *file, *expected;
	} rows[] = {
		{ "version 1: no end tags, Windows-1252, a comma, a currency of its own", "ofx1.ofx", SGML },
		{ "version 2: XML with CDATA", "ofx2.ofx", XML },
	};
	static const size_t PIECES[] = { 0, 1, 7 };
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

#define FILE_OF(entry)                                                                                                 \
	"<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST><STMTTRN>" entry "</STMTTRN></BANKTRANLIST></STMTRS></OFX>"

static void bad_files_are_refused(void **state)
{
	static const struct {
		const char *sentence, *bytes, *reason;
	} rows[] = {
		{ "whole", FILE_OF("<TRNAMT>1"), NULL },
		{ "what is in a comment is not there", FILE_OF("<!-- <TRNAMT>2 -- > --><TRNAMT>1"), NULL },
		{ "no amount", FILE_OF("<!-- <TRNAMT>1 --><NAME>x"), "statement.amount" },
		{ "an amount that is none", FILE_OF("<TRNAMT> . "), "money.malformed" },
		{ "a date that is none", FILE_OF("<TRNAMT>1<DTPOSTED>20260230"), "date.malformed" },
		{ "a currency that is none", "<OFX><STMTRS><CURDEF>EURO</STMTRS></OFX>", "currency.malformed" },
		{ "cut", "<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST><STMTTRN><TRNAMT>1", "statement.cut" },
		{ "cut before any statement", "<OFX><SONRS>", "statement.truncated" },
		{ "a refusal of the bank's", "<OFX><SONRS><STATUS><CODE>2000</STATUS></SONRS></OFX>",
		  "statement.none" },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect(&collected, rows[i].bytes, strlen(rows[i].bytes), 0);
		assert_int_equal(err_ok(collected.err), rows[i].reason == NULL);
		if (rows[i].reason)
			assert_string_equal(collected.err.reason, rows[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_read_whole_whatever_the_pieces),
		cmocka_unit_test(bad_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
