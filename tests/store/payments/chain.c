/* How statements follow each other, and what other messages of the bank add to them: notices, interim reports, files
 * that were cut off. */
#include "common/base/buf.h"
#include "common/base/text.h"
#include "desk.h"

#define STATEMENT "camt.053", "BkToCstmrStmt", "Stmt"
#define REPORT "camt.052", "BkToCstmrAcctRpt", "Rpt"
#define NOTICE "camt.054", "BkToCstmrDbtCdtNtfctn", "Ntfctn"

static struct arena *texts; /* of the test: here.arena is emptied by desk_reset */

static void put_balance(struct buf *to, const char *kind, int minor, int day)
{
	buf_append_format(to,
			  "<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>%d.%02d</Amt>"
			  "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-%02d</Dt></Dt></Bal>",
			  kind, minor / 100, minor % 100, day);
}

/* One entry of that day; `status` "BOOK" or "PDNG", `inside` goes into it. */
static const char *entry_text(const char *ref, int minor, int day, const char *status, const char *inside)
{
	const char *named = text_empty(ref) ? "" : arena_format(texts, "<AcctSvcrRef>%s</AcctSvcrRef>", ref);

	return arena_format(texts,
			    "<Ntry><Amt Ccy='EUR'>%d.%02d</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>%s</Cd></Sts>"
			    "<BookgDt><Dt>2026-02-%02d</Dt></BookgDt>%s%s</Ntry>",
			    minor / 100, minor % 100, status, day, named, inside);
}

static const char *paid(int invoice, int minor)
{
	return arena_format(texts,
			    "<TxDtls><Amt Ccy='EUR'>%d.%02d</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
			    "<RmtInf><Ustrd>INV-2026-%06d</Ustrd></RmtInf></TxDtls>",
			    minor / 100, minor % 100, invoice);
}

struct message {
	int number, opening, closing, day; /* closing 0: no balances; number 0: none */
	const char *entries;
};

static const char *message_text(const char *version, const char *root, const char *holder, struct message message)
{
	BUF_SCOPE text;

	buf_init(&text, (size_t)1024 * 1024);
	buf_append_format(&text,
			  "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:%s.001.08'><%s><%s><Id>%s-%d</Id>"
			  "<ElctrncSeqNb>%d</ElctrncSeqNb><Acct><Id><IBAN>" ACCOUNT "</IBAN></Id><Ccy>EUR</Ccy></Acct>",
			  version, root, holder, version, message.number, message.number);
	if (message.closing > 0) {
		put_balance(&text, "OPBD", message.opening, message.day);
		put_balance(&text, "CLBD", message.closing, message.day);
	}
	buf_append_format(&text, "%s</%s></%s></Document>", message.entries, holder, root);
	return arena_copy(texts, buf_text(&text));
}

static struct import_result taken(const char *name, const char *text)
{
	struct import_result result;

	assert_done(take(name, text, &result));
	return result;
}

/* A statement that brings 1.00 a number, without anything left out: number 3 opens with 3.00. */
static struct statement_record statement_of(int number, int off)
{
	const struct message message = { number, number * 100 + off, number * 100 + 100 + off, number,
					 entry_text(arena_format(texts, "R%d", number), 100, number, "BOOK", "") };
	struct import_result result =
		taken(arena_format(texts, "%d-%d.xml", number, off), message_text(STATEMENT, message));

	assert_int_equal(result.statement_count, 1);
	return result.statements[0];
}

static const char *chains(void)
{
	return pg_value(here.pg,
			"SELECT string_agg(concat_ws(' ', s.sequence, l.chain, nullif(l.missing, 0), "
			"CASE WHEN l.out_of_order THEN 'late' END), ', ' ORDER BY s.closing_on, s.sequence, s.id) "
			"FROM payments.statement s, payments.statement_link(s.creditor, s.id) l");
}

static void statements_follow_each_other(void **state)
{
	static const struct {
		const char *sentence;
		struct {
			int number, off;
		} taken[4];
		const char *chains;
	} rows[] = {
		{ "in order", { { 1, 0 }, { 2, 0 }, { 3, 0 } }, "1 first, 2 continues, 3 continues" },
		{ "one is missing", { { 1, 0 }, { 3, 0 } }, "1 first, 3 gap 1" },
		{ "it comes later: the gap is closed",
		  { { 1, 0 }, { 3, 0 }, { 2, 0 } },
		  "1 first, 2 continues, 3 continues late" },
		{ "three are missing, though the balances meet", { { 1, 0 }, { 5, -300 } }, "1 first, 5 gap 3" },
		{ "the number follows, the balance does not", { { 1, 0 }, { 2, 50 } }, "1 first, 2 broken" },
		{ "the same once more in another file",
		  { { 1, 0 }, { 2, 0 }, { 2, 100 } },
		  "1 first, 2 continues, 2 continues" },
		{ "one brought what another had", { { 1, 0 }, { 2, 0 }, { 2, 7 } }, "1 first, 2 continues, 2 overlap" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		desk_reset(state);
		for (size_t k = 0; k < ROWS(rows[i].taken) && rows[i].taken[k].number > 0; k++)
			statement_of(rows[i].taken[k].number, rows[i].taken[k].off);
		assert_string_equal(chains(), rows[i].chains);
		assert_books_hold();
	}
}

static void the_import_says_what_is_missing(void **state)
{
	(void)state;
	assert_string_equal(statement_of(1, 0).chain, "first");
	struct statement_record third = statement_of(3, 0);

	assert_string_equal(third.chain, "gap");
	assert_int_equal(third.missing, 1);
	assert_int_equal(third.difference_minor, 100);
	assert_string_equal(statement_of(2, 0).chain, "continues");
}

/* ------------------------------------------------------------------ what comes again in the statement */

static void nothing_is_booked_twice(void **state)
{
	const char *booked =
		entry_text("R1", 10000, 2, "BOOK", arena_format(texts, "<NtryDtls>%s</NtryDtls>", paid(1, 10000)));
	const char *bare = entry_text("", 10000, 2, "BOOK", "");
	const char *pending = entry_text("R1", 10000, 2, "PDNG", "");
	const char *interim =
		":20:A\n:25:" ACCOUNT "\n:34F:EUR0,\n:61:2602020202C100,NTRF//R1\n:86:INV-2026-000001\n-\n";
	const struct {
		const char *sentence, *early;
		int64_t open_before; /* of the invoice, once the early message was taken */
	} rows[] = {
		{ "announced only", message_text(REPORT, (struct message){ .entries = pending }), 10000 },
		{ "the running day, booked", message_text(REPORT, (struct message){ .entries = booked }), 0 },
		{ "a notice of it", message_text(NOTICE, (struct message){ .entries = booked }), 0 },
		{ "a notice that nobody will recognise", message_text(NOTICE, (struct message){ .entries = bare }),
		  10000 },
		{ "an interim report of SWIFT's", interim, 10000 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		desk_reset(state);
		assert_int_equal(taken("early", rows[i].early).statements[0].announced, rows[i].open_before > 0);
		assert_int_equal(open_of(1), rows[i].open_before);
		taken("statement", message_text(STATEMENT, (struct message){ 1, 100, 10100, 2, booked }));
		assert_int_equal(open_of(1), 0);
		assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.payment"), 1);
		assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.statement WHERE chain = 'first'"),
				 1);
		assert_books_hold();
	}
}

/* ------------------------------------------------------------------ a batch, and its transactions elsewhere */

static const char *batch_sum(void)
{
	return message_text(STATEMENT, (struct message){ 1, 100, 20100, 2, entry_text("B1", 20000, 2, "BOOK", "") });
}

static const char *batch_parts(void)
{
	const char *parts = arena_format(texts, "<NtryDtls>%s%s</NtryDtls>", paid(1, 10000), paid(2, 10000));

	return message_text(NOTICE, (struct message){ .entries = entry_text("B1", 20000, 2, "BOOK", parts) });
}

static void a_notice_fills_the_batch_of_a_statement(void **state)
{
	static const struct {
		const char *sentence;
		bool parts_first;
	} rows[] = { { "the statement's sum, then its transactions", false }, { "the other way round", true } };

	for (size_t i = 0; i < ROWS(rows); i++) {
		SAY(rows[i].sentence);
		desk_reset(state);
		taken("one", rows[i].parts_first ? batch_parts() : batch_sum());
		if (!rows[i].parts_first)
			assert_int_equal(open_of(1) + open_of(2), 20000);
		taken("two", rows[i].parts_first ? batch_sum() : batch_parts());
		assert_int_equal(open_of(1) + open_of(2), 0);
		assert_int_equal(pg_number(here.pg, "SELECT sum(amount_minor) FROM payments.payment"), 20000);
		assert_int_equal(
			pg_number(here.pg, "SELECT sum(amount_minor) FROM ledger.entry WHERE account = 'bank'"), 20000);
		assert_books_hold();
		taken("again", arena_format(texts, "%s<!-- again -->", batch_parts()));
		assert_int_equal(pg_number(here.pg, "SELECT sum(amount_minor) FROM payments.payment"), 20000);
		assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.allocation"), 2);
	}
}

static void a_sum_that_was_used_stays(void **state)
{
	static const char PROPOSED[] = "UPDATE payments.payment SET rest_minor = rest_minor - 1";

	(void)state;
	taken("sum", batch_sum());
	pg_execute(here.pg, PROPOSED); /* as if a cent of it were on an invoice */
	taken("parts", batch_parts());
	assert_int_equal(open_of(1) + open_of(2), 20000);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.payment"), 1);
}

static void a_file_that_was_cut_is_held(void **state)
{
	static const char CUT[] =
		":20:A\n:25:" ACCOUNT "\n:28C:1\n:60F:C260201EUR0,\n:61:2602020202C100,NTRF//R1\n:86:INV-2026-000001\n";
	struct import_result result = taken("cut.sta", CUT), accepted;

	(void)state;
	assert_int_equal(result.file.state, FILE_HELD);
	assert_string_equal(result.file.reason, "statement.cut");
	assert_int_equal(open_of(1), 10000);
	assert_done(import_accept(here.db, here.arena,
				  &(struct import_request){ .creditor = "", .file = result.file.id }, "it is all there",
				  "a person", &accepted));
	assert_int_equal(accepted.file.state, FILE_IMPORTED);
	assert_int_equal(open_of(1), 0);
	assert_books_hold();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(statements_follow_each_other, desk_reset),
		cmocka_unit_test_setup(the_import_says_what_is_missing, desk_reset),
		cmocka_unit_test_setup(nothing_is_booked_twice, desk_reset),
		cmocka_unit_test_setup(a_notice_fills_the_batch_of_a_statement, desk_reset),
		cmocka_unit_test_setup(a_sum_that_was_used_stays, desk_reset),
		cmocka_unit_test_setup(a_file_that_was_cut_is_held, desk_reset),
	};

	texts = arena_new(0);
	int failed = cmocka_run_group_tests(tests, desk_start, desk_stop);

	arena_destroy(&texts);
	return failed;
}
