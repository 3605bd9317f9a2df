/* CSV profiles: what their YAML may say, which of those that come along reads which bank's file, and what it reads. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "payments/formats/statement.h"
#include "payments/profile_file.h"
#include "unit/test.h"

#define SEEN_BYTES_MAX 4096

static void append_balance(struct buf *seen, const struct statement_balance *balance)
{
	if (balance->known)
		buf_append_format(seen, " %" PRId64, balance->amount_minor);
	else
		buf_append_text(seen, " -");
}

static struct err on_entry(void *context, const struct statement *statement, const struct statement_entry *entry)
{
	char day[DATE_TEXT_BYTES];

	(void)statement;
	buf_append_format(context, "%s%s %" PRId64 " %s '%s'; ", entry->status == ENTRY_BOOKED ? "" : "pending ",
			  date_format(entry->booking_date, day), entry->amount_minor,
			  entry->info.counterparty.name ? entry->info.counterparty.name : "-",
			  entry->info.remittance ? entry->info.remittance : "");
	return OK;
}

static struct err on_end(void *context, const struct statement *statement)
{
	static const char *const BALANCE[] = { "unknown", "ok", "off" };

	buf_append_format(context, "%s %s %s", statement->version, statement->account ? statement->account : "-",
			  currency_known(statement->currency) ? statement->currency.code : "-");
	append_balance(context, &statement->opening);
	append_balance(context, &statement->closing);
	buf_append_format(context, " %s%s\n", BALANCE[statement->balance], statement->cut ? " cut" : "");
	return OK;
}

/* What was read, or the reason why not with its line. */
static const char *seen_of(struct arena *arena, const struct csv_profiles *profiles, const char *bytes, size_t length,
			   size_t piece)
{
	BUF_SCOPE seen;
	const struct statement_sink sink = { .entry = on_entry, .end = on_end, .context = &seen };
	STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);
	struct err err = OK;

	buf_init(&seen, SEEN_BYTES_MAX);
	statement_reader_profiles(reader, profiles);
	for (size_t at = 0; at < length && err_ok(err); at += piece)
		err = statement_reader_feed(reader, bytes + at, length - at < piece ? length - at : piece);
	if (err_ok(err))
		err = statement_reader_finish(reader);
	return err_ok(err) ? arena_copy(arena, buf_text(&seen)) : arena_format(arena, "%s, %s", err.reason, err.field);
}

static struct csv_profiles shipped(struct arena *arena)
{
	struct csv_profiles profiles = { .list = NULL };
	struct err err = profile_folder_load(arena, arena_format(arena, "%s/deploy/profiles", getenv("RELANCE_SOURCE")),
					     &profiles);

	if (!err_ok(err))
		fail_msg("%s: %s", err.field, err.message);
	return profiles;
}

static void each_bank_is_known_by_its_columns(void **state)
{
	static const struct {
		const char *sentence, *bytes, *seen;
	} rows[] = {
		{ "Af and Bij are the signs",
		  "\"Datum\",\"Naam / Omschrijving\",\"Rekening\",\"Tegenrekening\",\"Code\",\"Af Bij\",\"Bedrag "
		  "(EUR)\","
		  "\"MutatieSoort\",\"Mededelingen\"\n"
		  "\"20200213\",\"Bakker\",\"NL99INGB9999999999\",\"\",\"DV\",\"Af\",\"1.001,25\",\"Diversen\",\"F-"
		  "12\"\n",
		  "2020-02-13 -100125 Bakker 'F-12'; csv ing-nl NL99INGB9999999999 EUR - - unknown\n" },
		{ "the same bank with semicolons",
		  "Datum;Naam / Omschrijving;Rekening;Tegenrekening;Code;Af Bij;Bedrag "
		  "(EUR);MutatieSoort;Mededelingen\r\n"
		  "20200213;Bakker;NL99INGB9999999999;;DV;Bij;1,25;Diversen;F-12\r\n",
		  "2020-02-13 125 Bakker 'F-12'; csv ing-nl NL99INGB9999999999 EUR - - unknown\n" },
		{ "Soll and Haben are columns, in Windows-1252",
		  "IBAN;Text;Valutadatum;W\xE4hrung;Soll;Haben\nAT48;M\xFCller;01.12.2019;EUR;100,01;0,00\n",
		  "2019-12-01 -10001 - 'Müller'; csv ing-at AT48 EUR - - unknown\n" },
		{ "rows above the table, the newest entry first",
		  "Umsatzanzeige;x\n\nIBAN;DE11 0000\n\nBuchung;Valuta;Auftraggeber/Empf\xE4nger;Buchungstext;"
		  "Verwendungszweck;Saldo;W\xE4hrung;Betrag;W\xE4hrung\n"
		  "03.04.2019;03.04.2019;B;Lastschrift;zwei;126,08;EUR;-71,00;EUR\n"
		  "02.04.2019;03.04.2019;A;Lastschrift;eins;197,08;EUR;-70,00;EUR\n",
		  "2019-04-03 -7100 B 'zwei'; 2019-04-02 -7000 A 'eins'; csv ing-de DE110000 EUR 26708 12608 ok\n" },
		{ "balances that do not lead from one to the other",
		  "TransactionDate,Description,Value,AccountBalance,AccountName\n"
		  "20190602,x,1.00,11.00,A\n20190601,y,2.00,9.00,A\n",
		  "2019-06-02 100 - 'x'; 2019-06-01 200 - 'y'; csv marcus-uk A GBP 700 1100 off\n" },
		{ "a statement for each account",
		  "TransactionDate,Description,Value,AccountBalance,AccountName\n"
		  "20190602,x,1.00,11.00,A\n20190601,y,2.00,2.00,B\n",
		  "2019-06-02 100 - 'x'; csv marcus-uk A GBP 1000 1100 ok\n"
		  "2019-06-01 200 - 'y'; csv marcus-uk B GBP 0 200 ok\n" },
		{ "balances below the table, a field of three lines",
		  "Konto:;1008\nBuchungstag;Valuta;Auftraggeber/Zahlungsempfänger;Empfänger/"
		  "Zahlungspflichtiger;Konto-Nr.;"
		  "IBAN;BLZ;BIC;Vorgang/Verwendungszweck;Kundenreferenz;Währung;Umsatz; \n"
		  "03.04.2019;04.04.2019;M;V;1;;7;;\"eins\nzwei\n\"\"drei\"\"\";;EUR;12;S\n"
		  "28.03.2019;;;;;;;;;Anfangssaldo;EUR;22,00;H\n04.04.2019;;;;;;;;;Endsaldo;EUR;10,00;H\n",
		  "2019-04-03 -1200 V 'eins\nzwei\n\"drei\"'; csv volksbank-de 1008 EUR 2200 1000 ok\n" },
		{ "no header, the balance before the entry",
		  "17-06-2022,NL00,NL99,X,,,,EUR,130.44,EUR,-30.44,17-06-2022,17-06-2022,2754,NGM,51,,text,26\n",
		  "2022-06-17 -3044 X 'text'; csv asn-nl NL00 EUR 13044 10000 ok\n" },
		{ "a fee is taken off, a reverted row is no booking",
		  "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
		  "TOPUP,Current,2021-09-05 1:2:3,2021-09-05 1:2:3,a,10,1,EUR,COMPLETED,9\n"
		  "TOPUP,Current,2021-09-05 1:2:3,2021-09-06 1:2:3,b,50,0,EUR,REVERTED,\n",
		  "2021-09-05 900 - 'a'; pending 2021-09-06 5000 - 'b'; csv revolut Current EUR 0 900 ok\n" },
		{ "of no particular bank, in French", "Date;Libellé;Montant;Devise\n2026-04-02;Loyer;-1.234,56;EUR\n",
		  "2026-04-02 -123456 - 'Loyer'; csv any-bank - EUR - - unknown\n" },
		{ "a header and nothing below it", "Date,Label,Currency,Amount,Partner Name,Bank Account\n",
		  "csv sheet - - - - unknown\n" },
		{ "columns of something else", "Name,Length,Category\nAvatar,3h,scifi\n", "csv.no_profile, line 1" },
		{ "day and month that no profile orders", "Date,Description,Amount\n10/02/2018,x,5.00\n",
		  "statement.date, line 2" },
		{ "an amount in no order",
		  "Date,Description,Amount,Currency\n2026-04-02,a,1.00,EUR\n2026-04-03,b,12..34,EUR\n",
		  "statement.amount, line 3" },
		{ "an amount to be read in two ways", "Date,Description,Amount\n2026-04-02,a,1.234\n",
		  "statement.amount, line 2" },
		{ "a separator not in quotes", "Date,Description,Amount\n2026-04-02,a,b,1.00\n",
		  "statement.malformed, line 2" },
		{ "a row that is cut off", "Date,Description,Amount\n2026-04-02,a,1.00\n2026-04-03,b",
		  "statement.cut, line 3" },
		{ "a quote that is never closed", "Date,Description,Amount\n2026-04-02,\"a,1.00\n",
		  "statement.truncated, line 2" },
	};
	static const size_t PIECES[] = { 100000, 1, 7 };
	ARENA_SCOPE arena = arena_new(0);
	struct csv_profiles profiles = shipped(arena);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		for (size_t k = 0; k < ROWS(PIECES); k++)
			assert_string_equal(seen_of(arena, &profiles, rows[i].bytes, strlen(rows[i].bytes), PIECES[k]),
					    rows[i].seen);
	}
}

static void text_is_read_in_its_encoding(void **state)
{
	static const struct {
		const char *sentence, *bytes;
		size_t length;
		const char *encoding, *seen;
	} rows[] = {
		{ "cp850", "Datum,Name,Betrag\n2026-01-02,M\x81ller \x9C,1\n", 0, "cp850", "Müller £" },
		{ "cp852", "Datum,Name,Betrag\n2026-01-02,\x9F\xA0s,1\n", 0, "cp852", "čás" },
		{ "cp1250", "Datum,Name,Betrag\n2026-01-02,\xE8\xE1s,1\n", 0, "cp1250", "čás" },
		{ "UTF-8, whatever the profile says", "Datum,Name,Betrag\n2026-01-02,Müller,1\n", 0, "cp850",
		  "Müller" },
		{ "UTF-8 with its mark",
		  "\xEF\xBB\xBF"
		  "Datum,Name,Betrag\n2026-01-02,Müller,1\n",
		  0, "cp1252", "Müller" },
		{ "CR alone ends a line", "Datum,Name,Betrag\r2026-01-02,Müller,1\r", 0, "utf-8", "Müller" },
		{ "UTF-16, little end first",
		  "\xFF\xFE"
		  "D\0a\0t\0u\0m\0,\0N\0a\0m\0e\0,\0B\0e\0t\0r\0a\0g\0\n\0"
		  "2\0"
		  "0\0"
		  "2\0"
		  "6\0-\0"
		  "0\0"
		  "1\0-\0"
		  "0\0"
		  "2\0,\0\xFC\0\xAC\x20,\0"
		  "1\0\n\0",
		  70, "utf-16", "ü€" },
	};
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct csv_profile profile;
		const char *yaml = arena_format(
			arena, "encoding: %s\ncolumns: {date: Datum, amount: Betrag, counterparty: Name}\n",
			rows[i].encoding);
		size_t length = rows[i].length ? rows[i].length : strlen(rows[i].bytes);

		SAY(rows[i].sentence);
		assert_true(err_ok(profile_file_read(arena, "p.yaml", yaml, strlen(yaml), &profile)));
		const struct csv_profiles profiles = { .list = &profile, .count = 1 };

		assert_string_equal(seen_of(arena, &profiles, rows[i].bytes, length, 3),
				    arena_format(arena, "2026-01-02 100 %s ''; csv p - - - - unknown\n", rows[i].seen));
	}
}

static void what_a_profile_gets_wrong_is_told_with_its_line(void **state)
{
	static const struct {
		const char *sentence, *yaml, *reason, *field;
	} rows[] = {
		{ "nothing", "", "profile.empty", "p.yaml:1" },
		{ "no YAML", "a: [\n", "profile.yaml", "p.yaml:2" },
		{ "an unknown key", "about: x\ncolour: red\n", "profile.unknown_key", "p.yaml:2" },
		{ "an unknown role", "columns:\n  date: D\n  colour: C\n", "profile.unknown_key", "p.yaml:3" },
		{ "no date", "columns:\n  amount: A\n", "profile.incomplete", "p.yaml:1" },
		{ "no amount", "columns:\n  date: D\n", "profile.incomplete", "p.yaml:1" },
		{ "marks without their words", "sign: marks\ncolumns: {date: D, amount: A, mark: M}\n",
		  "profile.incomplete", "p.yaml:1" },
		{ "one column of two", "sign: columns\ncolumns: {date: D, debit: A}\n", "profile.incomplete",
		  "p.yaml:1" },
		{ "an encoding that is none", "encoding: ebcdic\n", "profile.encoding", "p.yaml:1" },
		{ "a date order that is none", "\ndates: ydm\n", "profile.word", "p.yaml:2" },
		{ "a separator that is none", "separator: x\n", "profile.separator", "p.yaml:1" },
		{ "a column twice", "columns: {date: D, amount: A}\noptional:\n  date: E\n", "profile.key_twice",
		  "p.yaml:3" },
		{ "a currency that is none", "currency: EURO\n", "profile.currency", "p.yaml:1" },
	};
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct csv_profile profile;

		SAY(rows[i].sentence);
		struct err err = profile_file_read(arena, "p.yaml", rows[i].yaml, strlen(rows[i].yaml), &profile);

		assert_string_equal(err.reason, rows[i].reason);
		assert_string_equal(err.field, rows[i].field);
		assert_non_null(err.message);
	}
}

static void a_profile_is_taken_by_name(void **state)
{
	static const char FILE_BYTES[] =
		"Date,Label,Currency,Amount,Partner Name,Bank Account\n12/15/2018,x,USD,33.50,J,1\n";
	static const struct {
		const char *name, *seen;
	} rows[] = {
		{ "sheet", "2018-12-15 3350 J 'x'; csv sheet - USD - - unknown\n" },
		{ "sheet-card", "2018-12-15 -3350 J 'x'; csv sheet-card - USD - - unknown\n" },
		{ "ing-nl", "csv.missing_column, line 1" },
		{ "nobody", "csv.unknown_profile, line 1" },
	};
	ARENA_SCOPE arena = arena_new(0);
	struct csv_profiles profiles = shipped(arena);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].name);
		profiles.only = rows[i].name;
		assert_string_equal(seen_of(arena, &profiles, FILE_BYTES, strlen(FILE_BYTES), 10), rows[i].seen);
	}
}

static void two_profiles_that_fit_alike_are_told(void **state)
{
	static const char YAML[] = "columns: {date: D, amount: A}\n", BYTES[] = "D,A\n2026-01-02,1\n";
	ARENA_SCOPE arena = arena_new(0);
	struct csv_profile both[2];
	const struct csv_profiles profiles = { .list = both, .count = 2 };

	(void)state;
	assert_true(err_ok(profile_file_read(arena, "one.yaml", YAML, strlen(YAML), &both[0])));
	assert_true(err_ok(profile_file_read(arena, "two.yaml", YAML, strlen(YAML), &both[1])));
	assert_string_equal(seen_of(arena, &profiles, BYTES, strlen(BYTES), 100), "csv.ambiguous_profile, line 1");
}

static void qif_says_its_dates_by_the_file(void **state)
{
	static const struct {
		const char *sentence, *bytes, *seen;
	} rows[] = {
		{ "a second number beyond 12 is a day",
		  "!Type:Bank\nD8/12/13\nT-1,000.00\nPDelta\n^\nD8/15/13\nT75.46\n^\n",
		  "2013-08-12 -100000 Delta ''; 2013-08-15 7546 - ''; QIF - - - - unknown\n" },
		{ "a first number beyond 12 is a day", "!Type:Bank\nD3/4'13\nT1.000,00\n^\nD15/4'13\nT2\nMx\n^\n",
		  "2013-04-03 100000 - ''; 2013-04-15 200 - 'x'; QIF - - - - unknown\n" },
		{ "both are a contradiction", "!Type:Bank\nD13/4/13\nT1\n^\nD4/13/13\nT1\n^\n",
		  "statement.date, line 5" },
		{ "an account by name", "!Account\nNGiro\n^\n!Type:Bank\nD2013-04-05\nT1\n^\n",
		  "2013-04-05 100 - ''; QIF Giro - - - unknown\n" },
		{ "an entry without end", "!Type:Bank\nD1/2/13\nT1\n^\nD1/3/13\nT2\n",
		  "2013-01-02 100 - ''; QIF - - - - unknown cut\n" },
		{ "an entry without amount", "!Type:Bank\nD1/2/13\n^\n", "statement.malformed, line 3" },
	};
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		assert_string_equal(seen_of(arena, NULL, rows[i].bytes, strlen(rows[i].bytes), 5), rows[i].seen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bank_is_known_by_its_columns),
		cmocka_unit_test(text_is_read_in_its_encoding),
		cmocka_unit_test(what_a_profile_gets_wrong_is_told_with_its_line),
		cmocka_unit_test(a_profile_is_taken_by_name),
		cmocka_unit_test(two_profiles_that_fit_alike_are_told),
		cmocka_unit_test(qif_says_its_dates_by_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
