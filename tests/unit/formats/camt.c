#include "unit/test.h"

#include "unit/formats/collect.h"

/* ---- whole samples ---- */

static const char V08[] =
	"begin camt.053.001.08 FR7630006000011234567890189 EUR S-2026-02 #2 page 1 last 2026-02-01 2026-02-28"
	" opening OPBD 2026-02-01 100000\n"
	"entry 1 line 33 2026-02-03 2026-02-04 59430 EUR ref BANK-1 e2e E2E-1 mandate MANDATE-1 instr INSTR-1"
	" from Müller & Söhne AG/CH9300762011623852957/POFICHBEXXX for Müller Immobilien AG"
	" text 'Rechnung F-2026-0012 merci' of 2 rf RF18539007547034 code PMNT/RCDT/ESCT return - info VIREMENT SEPA "
	"RECU"
	" doc F-2026-0012 59430 charges 250 EUR instructed 56000 CHF\n"
	"entry 2 line 82 2026-02-10 2026-02-10 20000 EUR ref BANK-2 e2e - mandate - instr OURS-7 from -/-/- for -"
	" text '-' of 0 rf - code BATCH return - info -\n"
	"  detail 15000 EUR ref - e2e - mandate - instr - from One Ltd/-/- for - text '-' of 0 rf - code - return - "
	"info -\n"
	"  detail 5000 EUR ref - e2e E2E-3 mandate - instr - from Two Ltd/-/- for - text '-' of 0 rf - code - return -"
	" info -\n"
	"entry 0 line 107 pending 2026-02-27 - 7500 EUR ref - e2e - mandate - instr - from -/-/- for - text '-' of 0"
	" rf - code - return - info -\n"
	"entry 3 line 115 2026-02-20 2026-02-20 -12000 EUR ref - e2e E2E-DD-9 mandate MANDATE-9 instr -"
	" from Three SARL/FR1420041010050500013M02606/- for - text '-' of 0 rf - code PMNT/IDDT/UPDD return AM04 info "
	"-\n"
	"end opening OPBD 2026-02-01 100000 closing CLBD 2026-02-28 167430 count 3 in 79430 out 12000 balance ok\n";

static const char V02[] =
	"begin camt.053.001.02 0574908765 EUR OLD-1 #3 page 0 - - opening PRCD 2014-01-04 0\n"
	"entry 1 line 12 2014-01-05 2014-01-05 -550 EUR ref - e2e - mandate - instr -"
	" from Café Crème/NL46ABNA0499998748/ABNANL2A for - text '-' of 0 rf - code EI return - info COFFEE\n"
	"end opening PRCD 2014-01-04 0 closing CLBD 2014-01-05 -550 count 1 in 0 out 550 balance ok\n";

static void samples_are_read_whole_whatever_the_pieces(void **state)
{
	static const struct {
		const char *sentence, *file, *expected;
	} rows[] = {
		{ "version 08, a batch, a pending entry, a returned debit", "camt053_v08.xml", V08 },
		{ "version 02 with prefixes, in Latin-1", "camt053_v02.xml", V02 },
	};
	static const size_t PIECES[] = { 0, 1, 3, 64, 1000 };
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

/* ---- small statements made in the test ---- */

static char *document(struct arena *arena, const char *content)
{
	return arena_format(arena,
			    "<?xml version='1.0'?>\n"
			    "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'><BkToCstmrStmt>\n"
			    "<Stmt><Id>S</Id><Acct><Id><IBAN>OWN1</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
			    "%s\n</Stmt></BkToCstmrStmt></Document>\n",
			    content);
}

#define BAL(type, amount)                                                                                              \
	"<Bal><Tp><CdOrPrtry><Cd>" type "</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>" amount                                 \
	"</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-01-31</Dt></Dt></Bal>\n"
#define NTRY(amount, direction, more)                                                                                  \
	"<Ntry><Amt Ccy='EUR'>" amount "</Amt><CdtDbtInd>" direction "</CdtDbtInd>" more                               \
	"<Sts>BOOK</Sts><BookgDt><Dt>2026-01-31</Dt></BookgDt></Ntry>\n"
#define REVERSAL "<RvslInd>true</RvslInd>"

static void collect_content(struct collected *collected, const char *content)
{
	ARENA_SCOPE arena = arena_new(0);
	const char *text = document(arena, content);

	collect(collected, text, strlen(text), 0);
}

static const char *last_line(const char *text)
{
	const char *last = text;

	for (const char *at = text; *at; at++)
		if (*at == '\n' && at[1])
			last = at + 1;
	return last;
}

static void balances_are_chosen_by_type(void **state)
{
	static const struct {
		const char *sentence, *balances, *end;
	} rows[] = {
		{ "booked opening and closing", BAL("OPBD", "1") BAL("CLBD", "2"),
		  "opening OPBD 2026-01-31 100 closing CLBD 2026-01-31 200" },
		{ "the previous closing stands in for the opening", BAL("PRCD", "1") BAL("CLBD", "2"),
		  "opening PRCD 2026-01-31 100 closing CLBD 2026-01-31 200" },
		{ "available balances don't displace booked ones",
		  BAL("OPAV", "9") BAL("OPBD", "1") BAL("CLBD", "2") BAL("CLAV", "8"),
		  "opening OPBD 2026-01-31 100 closing CLBD 2026-01-31 200" },
		{ "available balances alone are shown, and prove nothing", BAL("OPAV", "1") BAL("CLAV", "1"),
		  "opening OPAV 2026-01-31 100 closing CLAV 2026-01-31 100 count 0 in 0 out 0 balance unknown" },
		{ "first page of several: the interim balance closes it", BAL("OPBD", "1") BAL("ITBD", "2"),
		  "opening OPBD 2026-01-31 100 closing ITBD 2026-01-31 200" },
		{ "last page of several: the interim balance opens it", BAL("ITBD", "1") BAL("CLBD", "2"),
		  "opening ITBD 2026-01-31 100 closing CLBD 2026-01-31 200" },
		{ "a page between: from interim to interim", BAL("ITBD", "1") BAL("ITBD", "2"),
		  "opening ITBD 2026-01-31 100 closing ITBD 2026-01-31 200" },
		{ "an intraday report has an interim balance only", BAL("ITBD", "2"),
		  "opening - closing ITBD 2026-01-31 200" },
		{ "none", "", "opening - closing - count 0 in 0 out 0 balance unknown" },
		{ "an opening that does not add up", BAL("OPBD", "1") BAL("CLBD", "2"),
		  "count 0 in 0 out 0 balance off" },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect_content(&collected, rows[i].balances);
		assert_true(err_ok(collected.err));
		assert_non_null(strstr(last_line(collected.text), rows[i].end));
	}
}

static void arithmetic_decides_what_a_reversal_flag_means(void **state)
{
	static const struct {
		const char *sentence, *content, *entries, *end;
	} rows[] = {
		{ "the direction is the booking's, as ISO says",
		  BAL("OPBD", "100") BAL("CLBD", "70") NTRY("30", "DBIT", REVERSAL), "2026-01-31 - -3000 EUR",
		  "balance ok\n" },
		{ "the direction is the original's", BAL("OPBD", "100") BAL("CLBD", "130") NTRY("30", "DBIT", REVERSAL),
		  "2026-01-31 - 3000 EUR", "count 1 in 3000 out 0 balance ok reversal.sign_flipped\n" },
		{ "neither adds up: as ISO says", BAL("OPBD", "100") BAL("CLBD", "111") NTRY("30", "DBIT", REVERSAL),
		  "2026-01-31 - -3000 EUR", "balance off\n" },
		{ "no balance, no doubt", NTRY("30", "DBIT", REVERSAL), "2026-01-31 - -3000 EUR", "balance unknown\n" },
		{ "entries without the flag keep their sign and their place",
		  BAL("OPBD", "100") BAL("CLBD", "135") NTRY("30", "DBIT", REVERSAL) NTRY("5", "CRDT", ""),
		  "2026-01-31 - 500 EUR", "count 2 in 3500 out 0 balance ok reversal.sign_flipped\n" },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect_content(&collected, rows[i].content);
		assert_true(err_ok(collected.err));
		assert_non_null(strstr(collected.text, rows[i].entries));
		assert_non_null(strstr(collected.text, rows[i].end));
	}
}

#define PARTY(side, name, iban)                                                                                        \
	"<" side "><Nm>" name "</Nm></" side "><" side "Acct><Id><IBAN>" iban "</IBAN></Id></" side "Acct>"
#define PARTIES(parties) "<NtryDtls><TxDtls><RltdPties>" parties "</RltdPties></TxDtls></NtryDtls>"

static void the_counterparty_is_the_other_side(void **state)
{
	static const struct {
		const char *sentence, *content, *from;
	} rows[] = {
		{ "money in comes from the debtor",
		  NTRY("1", "CRDT", PARTIES(PARTY("Dbtr", "A", "AA1") PARTY("Cdtr", "Us", "OWN1"))), "from A/AA1" },
		{ "money out goes to the creditor",
		  NTRY("1", "DBIT", PARTIES(PARTY("Dbtr", "Us", "OWN1") PARTY("Cdtr", "B", "BB1"))), "from B/BB1" },
		{ "a returned debit keeps its parties: the creditor is us",
		  NTRY("1", "DBIT", PARTIES(PARTY("Dbtr", "A", "AA1") PARTY("Cdtr", "Us", "OWN1"))), "from A/AA1" },
		{ "a returned transfer of ours comes back",
		  NTRY("1", "CRDT", PARTIES(PARTY("Dbtr", "Us", "OWN1") PARTY("Cdtr", "B", "BB1"))), "from B/BB1" },
		{ "only the far side is named", NTRY("1", "DBIT", PARTIES(PARTY("Dbtr", "A", "AA1"))), "from A/AA1" },
		{ "two strangers: the near side counts",
		  NTRY("1", "CRDT", PARTIES(PARTY("Dbtr", "A", "AA1") PARTY("Cdtr", "B", "BB1"))), "from A/AA1" },
		{ "from version 08 a party is one level deeper",
		  NTRY("1", "CRDT", PARTIES("<Dbtr><Pty><Nm>A</Nm></Pty></Dbtr>")), "from A/-" },
		{ "a bank may be the party",
		  NTRY("1", "CRDT", PARTIES("<Dbtr><Agt><FinInstnId><Nm>Bank</Nm></FinInstnId></Agt></Dbtr>")),
		  "from Bank/-" },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect_content(&collected, rows[i].content);
		assert_true(err_ok(collected.err));
		assert_non_null(strstr(collected.text, rows[i].from));
	}
}

static void bad_content_is_refused_with_line_and_reason(void **state)
{
	static const struct {
		const char *sentence, *content, *reason;
		int64_t line;
	} rows[] = {
		{ "two decimal points", "\n" NTRY("1..2", "CRDT", ""), "money.malformed", 5 },
		{ "more decimals than the currency", NTRY("1.005", "CRDT", ""), "money.fraction", 4 },
		{ "an amount beyond all banks", NTRY("99999999999.00", "CRDT", ""), "money.too_large", 4 },
		{ "an empty amount", NTRY("", "CRDT", ""), "statement.amount", 4 },
		{ "no amount", "<Ntry><CdtDbtInd>CRDT</CdtDbtInd></Ntry>", "statement.amount", 4 },
		{ "no direction", "<Ntry><Amt Ccy='EUR'>1</Amt></Ntry>", "statement.direction", 4 },
		{ "an unknown direction", NTRY("1", "UP", ""), "statement.direction", 4 },
		{ "a currency that is none", "<Ntry><Amt Ccy='EURO'>1</Amt></Ntry>", "statement.currency", 4 },
		{ "a day that is none", "<Ntry><BookgDt><Dt>2026-02-30</Dt></BookgDt></Ntry>", "date.malformed", 4 },
		{ "tags that cross", "\n\n<Ntry></Stmt>", "statement.malformed", 6 },
		{ "a NUL reference", "<Ntry>&#0;</Ntry>", "statement.malformed", 4 },
		{ "an entity of nobody's", "<Ntry>&bomb;</Ntry>", "statement.malformed", 4 },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect_content(&collected, rows[i].content);
		assert_int_equal(collected.err.code,
				 ERR_INVALID + (rows[i].reason[6] == 't' ? ERR_RANGE - ERR_INVALID : 0));
		assert_string_equal(collected.err.reason, rows[i].reason);
		assert_int_equal(collected.line, rows[i].line);
		assert_non_null(collected.err.field);
		assert_non_null(collected.err.message);
	}
}

static void bad_files_are_refused(void **state)
{
	static const struct {
		const char *sentence, *bytes, *reason;
	} rows[] = {
		{ "nothing", "", "statement.empty" },
		{ "text", "Hello, bank\n", "statement.unknown_format" },
		{ "an ELF program", "\177ELF\2\1\1", "statement.unknown_format" },
		{ "XML of something else", "<invoice><id>1</id></invoice>", "statement.none" },
		{ "a message without a statement", "<Document><BkToCstmrStmt><GrpHdr/></BkToCstmrStmt></Document>",
		  "statement.none" },
		{ "a document type, even a harmless one", "<!DOCTYPE Document [<!ENTITY a 'b'>]><Document/>",
		  "statement.document_type" },
		{ "cut before any statement", "<Document><BkToCstmrStmt><GrpHdr><MsgId>1", "statement.truncated" },
		{ "a tag that ends another, and then the end of the file",
		  "<Document><BkToCstmrStmt><Stmt><Id>1</I></Stmt>", "statement.malformed" },
		{ "a quotation mark that is missing",
		  "<Document><BkToCstmrStmt><Stmt><Ntry><Amt "
		  "Ccy='EUR>1</Amt></Ntry></Stmt></BkToCstmrStmt></Document>\n",
		  "statement.malformed" },
		{ "something after the end", "<Document><BkToCstmrStmt><Stmt/></BkToCstmrStmt></Document>x",
		  "statement.malformed" },
		{ "bytes that are not in the encoding it names",
		  "<?xml version='1.0' encoding='UTF-7'?><Document><BkToCstmrStmt><Stmt><Id>:00<</Id></Stmt>"
		  "</BkToCstmrStmt></Document>",
		  "statement.malformed" },
		{ "Latin-1 in CDATA, where libxml2 does not go on",
		  "<Document><BkToCstmrStmt><Stmt><Id><![CDATA[\xE9 ]]></Id></Stmt></BkToCstmrStmt></Document>",
		  "statement.malformed" },
		{ "overlong UTF-8", "<Document><Id>\xC0\xAF</Id></Document>", "statement.malformed" },
		{ "half of a surrogate pair", "<Document><Id>\xED\xA0\x80</Id></Document>", "statement.malformed" },
		{ "a character that XML forbids", "<Document><Id>\x01</Id></Document>", "statement.malformed" },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect(&collected, rows[i].bytes, strlen(rows[i].bytes), 0);
		assert_int_equal(collected.err.code, ERR_INVALID);
		assert_string_equal(collected.err.reason, rows[i].reason);
	}
}

/* A person may accept what is complete: so it is read, and marked. */
static void a_file_that_is_cut_off_gives_what_is_complete(void **state)
{
#define HEAD "<Document><BkToCstmrStmt>\n<Stmt><Id>S</Id><Acct><Id><IBAN>OWN1</IBAN></Id><Ccy>EUR</Ccy></Acct>\n"
	static const struct {
		const char *sentence, *bytes, *end;
		int64_t line;
	} rows[] = {
		{ "between tags", HEAD BAL("OPBD", "1") BAL("CLBD", "4") NTRY("1", "CRDT", ""),
		  "count 1 in 100 out 0 balance unknown cut\n", 5 },
		{ "inside the second entry", HEAD NTRY("1", "CRDT", "") "<Ntry><Amt Ccy='EUR'>2.00</Amt>\n",
		  "count 1 in 100 out 0 balance unknown cut\n", 4 },
		{ "inside an amount", HEAD NTRY("1", "CRDT", "") "<Ntry><Amt Ccy='EUR'>2.0",
		  "count 1 in 100 out 0 balance unknown cut\n", 4 },
		{ "inside a tag", HEAD "<Ntry", "count 0 in 0 out 0 balance unknown cut\n", 3 },
		{ "behind the first sign of a tag", HEAD "<", "count 0 in 0 out 0 balance unknown cut\n", 3 },
		{ "inside a comment with tags in it", HEAD "<!-- <Ntry> -", "balance unknown cut\n", 3 },
		{ "inside CDATA", HEAD "<Ntry><AddtlNtryInf><![CDATA[a > b", "balance unknown cut\n", 3 },
		{ "inside a letter", HEAD "<Ntry><AddtlNtryInf>M\xC3", "balance unknown cut\n", 3 },
		{ "in the header", "<Document><BkToCstmrStmt><Stmt><Id>S", "begin camt.053 - - - ", 1 },
		{ "behind the last statement",
		  HEAD BAL("OPBD", "1") NTRY("1", "CRDT", "") BAL("CLBD", "2") "</Stmt></BkToCstmrStmt></Docu",
		  "count 1 in 100 out 0 balance ok\n", 6 },
		{ "while a reversal waits for the closing balance to decide",
		  HEAD BAL("OPBD", "1") BAL("CLBD", "4") NTRY("1", "CRDT", REVERSAL),
		  "in 100 out 0 balance unknown cut reversal.undecided\n", 5 },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect(&collected, rows[i].bytes, strlen(rows[i].bytes), 0);
		assert_int_equal(collected.err.code, ERR_CONFLICT);
		assert_string_equal(collected.err.reason, "statement.cut");
		assert_int_equal(collected.line, rows[i].line);
		if (!strstr(collected.text, rows[i].end))
			fail_msg("%s", collected.text);
	}
#undef HEAD
}

static void the_three_messages_are_read_alike(void **state)
{
	static const struct {
		const char *sentence, *bytes, *begin;
	} rows[] = {
		{ "a statement without namespace",
		  "<Document><BkToCstmrStmt><Stmt><Id>1</Id></Stmt></BkToCstmrStmt></Document>",
		  "begin camt.053 - - 1 " },
		{ "a report",
		  "<Document "
		  "xmlns='urn:iso:std:iso:20022:tech:xsd:camt.052.001.06'><BkToCstmrAcctRpt><Rpt><Id>2</Id></Rpt></"
		  "BkToCstmrAcctRpt></Document>",
		  "begin camt.052.001.06 - - 2 " },
		{ "a notification",
		  "<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Id>3</Id></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>",
		  "begin camt.054 - - 3 " },
		{ "inside envelopes",
		  "<s:Envelope "
		  "xmlns:s='urn:s'><s:Body><AppHdr><Id>x</Id></AppHdr><Document><BkToCstmrStmt><Stmt><Id>4</Id></"
		  "Stmt></BkToCstmrStmt></Document></s:Body></s:Envelope>",
		  "begin camt.053 - - 4 " },
		{ "elements of the future are skipped with what is in them",
		  "<Document><BkToCstmrStmt><Stmt><New><Id>no</Id><Ntry/></New><Id>5</Id></Stmt></BkToCstmrStmt></"
		  "Document>",
		  "begin camt.053 - - 5 " },
	};
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		collect(&collected, rows[i].bytes, strlen(rows[i].bytes), 0);
		assert_true(err_ok(collected.err));
		assert_memory_equal(collected.text, rows[i].begin, strlen(rows[i].begin));
	}
}

/* What systems of banks put around a document that is otherwise in order. */
static void what_stands_around_a_document_does_no_harm(void **state)
{
#define DOCUMENT "<Document><BkToCstmrStmt><Stmt><Id>1</Id></Stmt></BkToCstmrStmt></Document>"
	static const struct {
		const char *sentence, *bytes;
		size_t length, statements;
		const char *reason;
	} rows[] = {
#define BYTES(text) text, sizeof(text) - 1
		{ "blanks before the XML declaration", BYTES("\r\n \t<?xml version='1.0'?>" DOCUMENT), 1, NULL },
		{ "a block of zero bytes behind it", BYTES(DOCUMENT "\n\0\0\0\0\0\0\0\0"), 1, NULL },
		{ "^Z, the end of a file under CP/M", BYTES(DOCUMENT "\x1A"), 1, NULL },
		{ "two bytes a character promised, one given",
		  BYTES("<?xml version='1.0' encoding='utf-16'?>" DOCUMENT), 1, NULL },
		{ "several files in one",
		  BYTES("<?xml version='1.0'?>" DOCUMENT "\n<?xml version='1.0'?>" DOCUMENT
			"<?xml version='1.0'?>" DOCUMENT),
		  3, NULL },
		{ "a declaration inside a document",
		  BYTES("<Document><BkToCstmrStmt><?xml version='1.0'?></BkToCstmrStmt></Document>"), 0,
		  "statement.malformed" },
		{ "words behind it", BYTES(DOCUMENT "\0 end"), 0, "statement.malformed" },
		{ "the second of two is cut off", BYTES(DOCUMENT "<?xml version='1.0'?><Document>"), 0,
		  "statement.cut" },
#undef BYTES
#undef DOCUMENT
	};
	static const size_t PIECES[] = { 0, 1, 3, 7 };
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t p = 0; p < ROWS(PIECES); p++) {
			size_t begins = 0;

			SAY(rows[i].sentence);
			collect(&collected, rows[i].bytes, rows[i].length, PIECES[p]);
			assert_int_equal(err_ok(collected.err), rows[i].reason == NULL);
			if (rows[i].reason)
				assert_string_equal(collected.err.reason, rows[i].reason);
			for (const char *at = collected.text; !rows[i].reason && (at = strstr(at, "begin ")); at++)
				begins++;
			assert_int_equal(begins, rows[i].statements);
		}
}

/* Some banks' customers type in Latin-1 what the bank passes on as UTF-8. */
static void what_is_no_utf8_is_read_as_latin1(void **state)
{
#define WITH(declaration, text)                                                                                        \
	declaration "<Document><BkToCstmrStmt><Stmt><Id>" text "</Id></Stmt></BkToCstmrStmt></Document>"
	static const char *const rows[] = {
		WITH("<?xml version='1.0' encoding='UTF-8'?>", "Caf\xE9 M\xFCller, \xC3\xA9t\xC3\xA9 \x80"),
		WITH("", "Caf\xE9 M\xFCller, \xC3\xA9t\xC3\xA9 \x80"),
	};
#undef WITH
	static const size_t PIECES[] = { 0, 1, 3, 7 };
	static struct collected collected;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t p = 0; p < ROWS(PIECES); p++) {
			collect(&collected, rows[i], strlen(rows[i]), PIECES[p]);
			assert_true(err_ok(collected.err));
			assert_non_null(strstr(collected.text, "Caf\u00e9 M\u00fcller, \u00e9t\u00e9 \u20ac"));
		}
}

static struct err refuse(void *context, const struct statement *statement)
{
	(void)context;
	(void)statement;
	return ERR(ERR_CONFLICT, "account.unknown", "account", "nobody owns it");
}

static void what_the_sink_answers_comes_out_unchanged(void **state)
{
	const struct statement_sink sink = { .begin = refuse };
	STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);
	const char *text = "<Document><BkToCstmrStmt><Stmt/></BkToCstmrStmt></Document>";

	(void)state;
	(void)(err_ok(statement_reader_feed(reader, text, strlen(text))));
	for (int i = 0; i < 2; i++) {
		struct err err = statement_reader_finish(reader);

		assert_int_equal(err.code, ERR_CONFLICT);
		assert_string_equal(err.reason, "account.unknown");
		assert_string_equal(err.field, "account");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_read_whole_whatever_the_pieces),
		cmocka_unit_test(balances_are_chosen_by_type),
		cmocka_unit_test(arithmetic_decides_what_a_reversal_flag_means),
		cmocka_unit_test(the_counterparty_is_the_other_side),
		cmocka_unit_test(bad_content_is_refused_with_line_and_reason),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(a_file_that_is_cut_off_gives_what_is_complete),
		cmocka_unit_test(the_three_messages_are_read_alike),
		cmocka_unit_test(what_stands_around_a_document_does_no_harm),
		cmocka_unit_test(what_is_no_utf8_is_read_as_latin1),
		cmocka_unit_test(what_the_sink_answers_comes_out_unchanged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
