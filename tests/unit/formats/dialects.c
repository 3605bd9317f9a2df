/* What single banks write within a format that others share. Each row is the smallest file that shows it. */
#include "unit/test.h"

#include "unit/formats/collect.h"

struct dialect {
	const char *sentence, *bytes, *found; /* what the collected text holds */
};

static void check_dialects(const struct dialect *rows, size_t count)
{
	static const size_t PIECES[] = { 0, 1 };
	static struct collected collected;

	for (size_t i = 0; i < count; i++)
		for (size_t p = 0; p < ROWS(PIECES); p++) {
			SAY(rows[i].sentence);
			collect(&collected, rows[i].bytes, strlen(rows[i].bytes), PIECES[p]);
			assert_true(err_ok(collected.err));
			if (!strstr(collected.text, rows[i].found))
				fail_msg("'%s' is not in:\n%s", rows[i].found, collected.text);
		}
}

#define MT940_OF(lines) ":20:A\n:25:12\n:60F:C260101EUR1,\n" lines ":62F:C260101EUR1,\n-\n"
#define ENTRY "\n:61:2601010101C2,NMSC//B\n"

static void mt940(void **state)
{
	static const struct dialect rows[] = {
		{ "the first field on the line of SWIFT's headers", "{1:F01X}{2:I940Y}{4::20:A\n:60F:C260101EUR1,\n-}",
		  "begin MT940 - EUR A " },
		{ "no entry date, a funds code, a comma without decimals", MT940_OF(":61:260103DR25,NMSCNONREF\n"),
		  "line 4 - 2026-01-03 -2500 EUR " },
		{ "thousands in groups",
		  ":20:A\n:60F:C260101EUR1.234.567,00\n:61:2601010101C1.000,00NMSC\n:62F:C260101EUR1,235,567.00\n",
		  "opening 60F 2026-01-01 123456700 closing 62F 2026-01-01 123556700 count 1 in 100000 out 0 balance "
		  "ok" },
		{ "an opening balance of no day", ":20:A\n:60F:C000000EUR0,\n:62F:C260101EUR0,\n",
		  "opening 60F - 0 closing 62F 2026-01-01 0 " },
		{ "blanks around the mark", MT940_OF(":61:2601030104 C 3,00NTRFX\n"), "2026-01-04 2026-01-03 300 EUR" },
		{ "a slash before the account",
		  ":20:A\n:25:/PL61109010140000071219812874\n:60F:C260101PLN1,\n:62F:C260101PLN1,\n",
		  "begin MT940 PL61109010140000071219812874 PLN" },
		{ "an IBAN in groups", ":20:A\n:25:NL92 KNAB 0123 4567 89\n:60F:C260101EUR1,\n:62F:C260101EUR1,\n",
		  "begin MT940 NL92KNAB0123456789 EUR" },
		{ "an IBAN behind its bank, a currency behind it",
		  ":20:A\n:25:COBADEFFXXX/DE89370400440532013000 EUR\n:60F:C260101EUR1,\n:62F:C260101EUR1,\n",
		  "begin MT940 DE89370400440532013000 EUR" },
		{ "a currency behind a slash",
		  ":20:A\n:25:UBRTHUHB/1234567002/HUF\n:60F:C260101HUF1,\n:62F:C260101HUF1,\n",
		  "begin MT940 UBRTHUHB/1234567002 HUF" },
		{ "the bank's reference on the second line",
		  MT940_OF(":61:2601010101C2,NTRFCUSTOMER1\n//BANK9\n:86:x\n"),
		  "EUR ref BANK9 e2e - mandate - instr - from -/-/- for - text 'x' of 1 rf - code NTRF return - info "
		  "-" },
		{ "a number with its bank's name",
		  ":20:A\n:25:TRIODOSBANK/0390123456\n:60F:C260101EUR1,\n:62F:C260101EUR1,\n",
		  "begin MT940 TRIODOSBANK/0390123456 EUR" },
		{ "the owner's name in fields of another name",
		  ":20:A\n:NS:22FIRMA\n:60F:C260101PLN1,\n:62F:C260101PLN1,\n", "begin MT940 - PLN A" },
		{ "Poland: ~ for ?, the IBAN in 38",
		  MT940_OF(ENTRY ":86:020~00VE~20Faktura 1~3010901014~310000071219812874~32JAN~33KOWALSKI~38PL611\n"),
		  "from JAN KOWALSKI/PL611/10901014 for - text 'Faktura 1' of 1" },
		{ "a structure without a code", MT940_OF(ENTRY ":86:?00GUTSCHRIFT?20HALLO?32MAX\n"),
		  "from MAX/-/- for - text 'HALLO' of 1" },
		{ "a question mark is no structure", MT940_OF(ENTRY ":86:?HALLO\n"), "text '?HALLO' of 1" },
		{ "a name that fills its field goes on without a blank",
		  MT940_OF(ENTRY ":86:166?20X?32Gesellschaft f\xC3\xBCr Technikber?33atung\n"),
		  "from Gesellschaft f\xC3\xBCr Technikberatung/" },
		{ "ABN AMRO: labels in columns",
		  MT940_OF(ENTRY ":86:SEPA OVERBOEKING                 IBAN: NL85FRBK0123456789\n"
				 "        BIC: ABNANL2A                    NAAM: J JANSEN\n"
				 "                KENMERK: E2E-7\n"),
		  "e2e E2E-7 mandate - instr - from J JANSEN/NL85FRBK0123456789/ABNANL2A " },
		{ "Knab: account and name", MT940_OF(ENTRY ":86:Factuur 12\nREK: NL52RABO0326203011/NAAM: SOME NAME\n"),
		  "from SOME NAME/NL52RABO0326203011/- " },
		{ "a code ends where its word does", MT940_OF(ENTRY ":86:REK: NL52RABO0326203011 factuur 12\n"),
		  "from -/NL52RABO0326203011/- " },
		{ "Rabobank: the account in the second line, the rest in codes",
		  MT940_OF(":61:2601010101C2,N541EREF\nNL96RBOS0523149468\n:86:/EREF/E1/ORDP//NAME/P. "
			   "Post/REMI/Factuur 3\n"),
		  "e2e E1 mandate - instr - from P. Post/NL96RBOS0523149468/- for - text 'Factuur 3'" },
		{ "no closing balance: the file may have been cut", ":20:A\n:60F:C260101EUR1,\n" ENTRY,
		  "balance unknown cut" },
		{ "an interim report never has one", ":20:A\n:34F:EUR0,\n" ENTRY, "balance unknown\n" },
		{ "the last page of two", ":20:A\n:28C:5/2\n:60M:C260101EUR1,\n:62F:C260101EUR1,\n", "A #5 page 2 " },
	};

	(void)state;
	check_dialects(rows, ROWS(rows));
}

#define BAI2_OF(lines) "01,B,C,260102,1200,1,,,2/\n02,C,B,1,260101,,EUR,2/\n" lines "49,0,3/\n98,0,1,5/\n99,0,1,7/\n"

static void bai2(void **state)
{
	static const struct dialect rows[] = {
		{ "a byte order mark", "\xEF\xBB\xBF" BAI2_OF("03,9,,010,100,,,015,100,,/\n"), "balance ok" },
		{ "funds over days, in a record that goes on",
		  BAI2_OF("03,9,,010,100,,/\n88,015,250,,S,1,2,3/"
			  "\n16,301,100,D,2,0,60,1,40,B,C,T\n16,195,50,S,1,2,3,B,C,T/\n"),
		  "in 150 out 0 balance ok" },
		{ "a slash inside a text", BAI2_OF("03,9,,/\n16,195,1,Z,B,C,PAID A/B TWICE/\n"),
		  "text 'PAID A/B TWICE' " },
		{ "words about the account are no entry", BAI2_OF("03,9,,/\n16,890,,,,,NEW BRANCH/\n"),
		  "count 0 in 0 " },
		{ "the bank's own codes", BAI2_OF("03,9,,/\n16,921,5,Z,,,/\n16,961,7,Z,,,/\n"), "in 5 out 7 " },
		{ "an account without its end", "01,A/\n02,A/\n03,9,,010,1,,/\n99,0,1,4/\n", "balance unknown cut" },
	};

	(void)state;
	check_dialects(rows, ROWS(rows));
}

static void cfonb(void **state)
{
#define RECORD(code, sign)                                                                                             \
	code "30003    00100EUR2 0000123456705010126  010126VIR                                       " sign "\n"
	static const struct dialect rows[] = {
		{ "braces that became letters in a French system",
		  RECORD("01", "0000000010000\xE9") RECORD("04", "0000000000500\xC3\xA8")
			  RECORD("07", "0000000009500\xE9"),
		  "in 0 out 5000 balance ok" },
		{ "no new balance: the file may have been cut",
		  RECORD("01", "0000000010000{") RECORD("04", "0000000000500{"), "balance unknown cut" },
	};

	(void)state;
	check_dialects(rows, ROWS(rows));
}

static void ofx(void **state)
{
#define OFX_OF(entry) "<OFX><STMTRS><CURDEF>EUR<BANKTRANLIST><STMTTRN>" entry "</STMTTRN></BANKTRANLIST></STMTRS></OFX>"
	static const struct dialect rows[] = {
		{ "thousands in groups", OFX_OF("<TRNAMT>+1.234,56"), " 123456 EUR" },
		{ "thousands with a blank", OFX_OF("<TRNAMT>-1 000.00"), " -100000 EUR" },
		{ "a code page by number",
		  "OFXHEADER:100\nCHARSET:852\n\n" OFX_OF("<TRNAMT>1<NAME>\x9D\xA2"
							  "d\xAB"),
		  "from \xC5\x81\xC3\xB3"
		  "d\xC5\xBA/" },
		{ "UTF-8 in spite of the number", "OFXHEADER:100\nCHARSET:850\n\n" OFX_OF("<TRNAMT>1<NAME>\xC3\xA9"),
		  "from \xC3\xA9/" },
	};

	(void)state;
	check_dialects(rows, ROWS(rows));
}

static void what_is_no_statement_is_called_by_its_name(void **state)
{
	static const struct {
		const char *sentence, *bytes, *word;
	} rows[] = {
		{ "an archive", "PK\x03\x04...", "ZIP" },
		{ "something compressed", "\x1F\x8B...", "gzip" },
		{ "an archive of another kind", "7z\xBC\xAF\x27\x1C...", "7z" },
		{ "something encrypted", "-----BEGIN PGP MESSAGE-----\n", "PGP" },
		{ "what comes where a download has failed", "\r\n<!doctype html><html><body>Log in</body></html>",
		  "web page" },
		{ "a document for people", "%PDF-1.7\n", "PDF" },
		{ "operations of CFONB 240",
		  "3100000120181220E    300661077100020030401                                   300661077100020030401  "
		  "    "
		  "                                                                            \n",
		  "CFONB 240" },
		{ "anything else", "hello", "no bank statement" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct statement_sink sink = { .context = NULL };
		STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);

		SAY(rows[i].sentence);
		assert_true(err_ok(statement_reader_feed(reader, rows[i].bytes, strlen(rows[i].bytes))));
		struct err err = statement_reader_finish(reader);

		assert_string_equal(err.reason, "statement.unknown_format");
		assert_non_null(strstr(err.message, rows[i].word));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mt940),
		cmocka_unit_test(bai2),
		cmocka_unit_test(cfonb),
		cmocka_unit_test(ofx),
		cmocka_unit_test(what_is_no_statement_is_called_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
