/* Bank files on a real database: once is once, all or nothing, whatever comes in between. */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "desk.h"
#include "payments/views.h"

#define COUNT(lines) (sizeof(lines) / sizeof((lines)[0]))

static const struct line FEBRUARY[] = {
	{ "B1", 2, 10000, "INV-2026-000001", NULL, NULL },
	{ "B2", 2, 20000, "INV-2026-000002 INV-2026-000003", NULL, NULL },
	{ "B3", 3, 4000, "acompte INV-2026-000004", NULL, NULL },
	{ "B4", 4, 10500, "INV-2026-000005", NULL, NULL },
	{ "B5", 5, 7777, "Zahlung", NULL, NULL },
	{ "B6", 6, -1500, "Miete", NULL, NULL },
	{ NULL, 7, 10000, "INV-2026-000006", NULL, NULL },
};

static struct import_result imported(const char *name, const char *text)
{
	struct import_result result;

	assert_done(take(name, text, &result));
	return result;
}

static void a_statement_is_booked_whole(void **state)
{
	struct import_result result = imported("feb.xml", statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 0));

	(void)state;
	assert_int_equal(result.file.state, FILE_IMPORTED);
	assert_int_equal(result.file.entries, 7);
	assert_int_equal(open_of(1), 0);
	assert_int_equal(open_of(2) + open_of(3), 0);
	assert_int_equal(open_of(4), 6000);
	assert_int_equal(open_of(5), 0);
	assert_int_equal(open_of(6), 0);
	assert_int_equal(open_of(7), 10000);
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.payment.allocated.v1'"),
		6); /* B2 pays two customers */
	assert_int_equal(pg_number(here.pg, "SELECT -sum(amount_minor) FROM ledger.balance"), 7777 + 500);
	assert_string_equal(pg_value(here.pg, "SELECT entry_ref FROM payments.payment ORDER BY id DESC LIMIT 1"), "#7");
	assert_string_equal(pg_value(here.pg, "SELECT to_char(settled_on, 'YYYY-MM-DD') FROM ledger.open_item WHERE "
					      "number = 'INV-2026-000001'"),
			    "2026-02-02");
	assert_books_hold();
}

static void the_same_file_again_books_nothing(void **state)
{
	const char *text = statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 0);
	struct import_result first = imported("feb.xml", text);
	const char *books = books_text();
	struct import_result second = imported("other-name.xml", text);

	(void)state;
	assert_true(second.already_imported);
	assert_true(id_equal(second.file.id, first.file.id));
	assert_string_equal(books_text(), books);
}

static void a_request_whose_answer_was_lost_is_answered_again(void **state)
{
	struct import_request request;
	struct import_result first, second;

	(void)state;
	assert_done(upload("feb.xml", statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 0), &request));
	assert_done(import_file(here.db, here.arena, &request, &first));
	const char *books = books_text();

	assert_done(import_file(here.db, here.arena, &request, &second));
	assert_false(second.already_imported);
	assert_int_equal(second.tally_count, first.tally_count);
	assert_int_equal(second.file.entries, first.file.entries);
	assert_string_equal(books_text(), books);
}

static void overlapping_statements_book_each_entry_once(void **state)
{
	const char *first = statement_text("S1", 5000, FEBRUARY, 5, 0);
	const char *second = statement_text("S2", 5000, FEBRUARY, COUNT(FEBRUARY), 0);
	struct import_result result;

	(void)state;
	imported("first.xml", first);
	result = imported("second.xml", second);
	assert_int_equal(result.file.entries, 7);
	assert_int_equal(result.file.duplicates, 5);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.entry"), 7);
	assert_int_equal(open_of(4), 6000);
	assert_books_hold();
}

static void equal_entries_of_one_day_are_two_payments(void **state)
{
	const struct line lines[] = {
		{ "SAME", 2, 4000, "INV-2026-000008", NULL, NULL }, { "SAME", 2, 4000, "INV-2026-000008", NULL, NULL },
		{ NULL, 2, 1000, "INV-2026-000009", NULL, NULL },   { NULL, 2, 1000, "INV-2026-000009", NULL, NULL },
		{ NULL, 2, 1000, "INV-2026-000010", NULL, NULL },
	};

	(void)state;
	imported("one.xml", statement_text("S1", 0, lines, COUNT(lines), 0));
	imported("again.xml", statement_text("S1-corrected", 0, lines, COUNT(lines), 0));
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.entry"), 5);
	assert_int_equal(open_of(8), 2000);
	assert_int_equal(open_of(9), 8000);
	assert_int_equal(open_of(10), 9000);
	assert_books_hold();
}

static void the_chain_of_statements_is_followed(void **state)
{
	const struct line one = { "C1", 2, 10000, "INV-2026-000001", NULL, NULL };
	const struct line two = { "C2", 3, 10000, "INV-2026-000002", NULL, NULL };

	(void)state;
	imported("1.xml", statement_text("S1", 0, &one, 1, 0));
	pg_execute(here.pg, "UPDATE payments.statement SET closing_on = '2026-01-31'");
	imported("2.xml", statement_text("S2", 10000, &two, 1, 0));
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(chain, ' ' ORDER BY id) FROM payments.statement"),
			    "first continues");
	pg_execute(here.pg, "UPDATE payments.statement SET closing_on = '2026-01-31'");
	imported("3.xml", statement_text("S3", 77700, &one, 1, 0));
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(chain, ' ' ORDER BY id) FROM payments.statement"),
			    "first continues overlap");
}

/* ------------------------------------------------------------------ files that cannot be booked */

static void refused(const char *text, enum file_state wanted, const char *reason)
{
	const char *books = books_text();
	struct import_result result = imported("bad.xml", text);

	assert_int_equal(result.file.state, wanted);
	assert_string_equal(result.file.reason, reason);
	assert_true(result.file.line > 0);
	assert_false(text_empty(result.file.message));
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file_part"), 1);
	pg_execute(here.pg, "DELETE FROM payments.file");
	assert_string_equal(books_text(), books);
}

static void what_cannot_be_booked_is_kept_with_the_reason(void **state)
{
	const char *good = statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 0);
	char *cut = arena_copy(here.arena, good);

	(void)state;
	SAY("a balance that does not add up");
	refused(statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 1), FILE_HELD, "statement.balance");
	SAY("a file that ends in the middle");
	cut[strlen(cut) * 2 / 3] = '\0';
	refused(cut, FILE_HELD, "statement.cut");
	SAY("a file that ends before its first statement");
	refused("<Document><BkToCstmrStmt><GrpHdr>\n", FILE_REJECTED, "statement.truncated");
	SAY("a table that is no statement");
	refused("customer_number,amount\nK1,100\n", FILE_REJECTED, "csv.no_profile");
	SAY("an account that nobody owns");
	pg_execute(here.pg, "UPDATE invoicing.creditor SET iban = NULL");
	refused(good, FILE_HELD, "account.unknown");
}

static void a_report_on_direct_debits_waits_until_they_are_set_up(void **state)
{
	struct import_result result = imported(
		"report.xml",
		"<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.03\">"
		"<CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M1</OrgnlMsgId>"
		"<GrpSts>RJCT</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>");

	(void)state;
	assert_int_equal(result.file.state, FILE_HELD);
	assert_string_equal(result.file.reason, "debit.no_profile");
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file WHERE state = 'held'"), 1);
}

static struct err accepted(const struct import_result *refused, struct import_result *result)
{
	const struct import_request request = { .creditor = "MAIN", .file = refused->file.id, .trace_parent = "" };

	return import_accept(here.db, here.arena, &request, "the bank confirmed it by phone", "clerk", result);
}

static void a_held_file_is_booked_when_a_person_accepts_it(void **state)
{
	struct import_result held = imported("off.xml", statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 1)),
			     booked;

	(void)state;
	assert_int_equal(held.file.state, FILE_HELD);
	assert_done(accepted(&held, &booked));
	assert_int_equal(booked.file.state, FILE_IMPORTED);
	assert_int_equal(booked.file.entries, 7);
	assert_int_equal(open_of(1), 0);
	assert_string_equal(pg_value(here.pg,
				     "SELECT concat_ws('|', f.state, a.accepted_by, a.reason, a.held_for) FROM "
				     "payments.file_acceptance a JOIN payments.file f ON f.id = a.file"),
			    "imported|clerk|the bank confirmed it by phone|statement.balance");
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.statement.accepted.v1'"),
		1);
	SAY("a second time there is nothing to accept");
	assert_string_equal(accepted(&held, &booked).reason, "file.not_held");
	assert_books_hold();
}

static void a_file_of_an_account_that_nobody_owned_is_accepted_with_it(void **state)
{
	struct import_result held, booked;

	(void)state;
	pg_execute(here.pg, "UPDATE invoicing.creditor SET iban = NULL");
	held = imported("feb.xml", statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 0));
	assert_string_equal(held.file.reason, "account.unknown");
	assert_done(accepted(&held, &booked));
	assert_int_equal(booked.file.state, FILE_IMPORTED);
	assert_books_hold();
}

/* The text, cut off behind the first `keep`. */
static const char *cut_behind(const char *text, const char *keep)
{
	const char *end = strstr(text, keep);

	assert_non_null(end);
	return arena_copy_n(here.arena, text, (size_t)(end - text) + strlen(keep));
}

static void a_file_that_was_cut_off_is_accepted_with_what_is_complete(void **state)
{
	const char *whole = statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 0);
	struct import_result held, booked, again;

	(void)state;
	held = imported("cut.xml", cut_behind(whole, "<AcctSvcrRef>B3"));
	assert_string_equal(held.file.reason, "statement.cut");
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.entry"), 0);
	assert_done(accepted(&held, &booked));
	assert_int_equal(booked.file.entries, 2);
	assert_int_equal(open_of(1) + open_of(2) + open_of(3), 0);
	assert_int_equal(open_of(4), 10000);
	SAY("the whole file brings the rest");
	again = imported("whole.xml", whole);
	assert_int_equal(again.file.state, FILE_IMPORTED);
	assert_int_equal(again.file.duplicates, 2);
	assert_int_equal(open_of(4), 6000);
	assert_books_hold();
}

/* "INV-2026-00001" is the invoice's number as far as it goes, and another's. */
static void the_last_entry_of_a_text_that_was_cut_off_is_not_booked(void **state)
{
	struct import_result held, booked;

	(void)state;
	held = imported("cut.sta", ":20:S1\n:25:" ACCOUNT "\n:60F:C260201EUR50,00\n"
				   ":61:2602020202C100,00NTRFNONREF//B1\n:86:INV-2026-000001\n"
				   ":61:2602020202C100,00NTRFNONREF//B2\n:86:INV-2026-00002");
	assert_string_equal(held.file.reason, "statement.cut");
	assert_done(accepted(&held, &booked));
	assert_int_equal(booked.file.entries, 1);
	assert_int_equal(open_of(1), 0);
	assert_books_hold();
}

static void a_file_cut_off_behind_its_statement_is_held_too(void **state)
{
	const char *whole = statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 0);
	struct import_result held, booked;

	(void)state;
	held = imported("cut.xml", cut_behind(whole, "</Stmt></BkTo"));
	assert_int_equal(held.file.state, FILE_HELD);
	assert_string_equal(held.file.reason, "statement.cut");
	assert_true(held.file.line > 1);
	assert_done(accepted(&held, &booked));
	assert_int_equal(booked.file.entries, 7);
	assert_books_hold();
}

/* German banks name the account by bank code and number in MT940, by IBAN in camt. */
static void an_account_by_its_german_number_is_the_one_of_its_iban(void **state)
{
	const struct line line = { "B1", 2, 10000, "INV-2026-000001", NULL, NULL };
	struct import_result again;

	(void)state;
	imported("one.xml", statement_text("S1", 0, &line, 1, 0));
	again = imported("one.sta",
			 ":20:S1\n:25:37040044/532013000EUR\n:60F:C260201EUR0,\n"
			 ":61:2602020202C100,00NTRFNONREF//B1\n:86:INV-2026-000001\n:62F:C260202EUR100,\n-\n");
	assert_int_equal(again.file.state, FILE_IMPORTED);
	assert_int_equal(again.file.duplicates, 1);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.bank_account"), 1);
	SAY("also where it comes first");
	assert_int_equal(desk_reset(NULL), 0);
	imported("one.sta", ":20:S1\n:25:37040044/0532013000EUR\n:60F:C260201EUR0,\n:62F:C260202EUR0,\n-\n");
	assert_string_equal(pg_value(here.pg, "SELECT account || ' ' || origin FROM payments.bank_account"),
			    ACCOUNT " creditor");
}

static void what_cannot_be_read_is_not_accepted(void **state)
{
	struct import_result rejected, booked;

	(void)state;
	rejected = imported("bad.xml", "<Document><BkToCstmrStmt><Stmt></Document>");
	assert_string_equal(accepted(&rejected, &booked).reason, "file.not_held");
	rejected.file.id.bytes[15] ^= 1;
	assert_string_equal(accepted(&rejected, &booked).reason, "file.unknown");
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.entry"), 0);
}

static void uploaded_minutes_ago(int64_t minutes)
{
	pg_execute(here.pg, arena_format(here.arena,
					 "UPDATE payments.file SET received_at = received_at - interval '%lld minutes' "
					 "WHERE state = 'received'",
					 (long long)minutes));
}

/* A client that dies between its last part and the import leaves them. */
static void what_a_client_left_behind_goes_with_the_next_import_of_it(void **state)
{
	const char *text = statement_text("S1", 5000, FEBRUARY, COUNT(FEBRUARY), 0);
	const char *other = statement_text("S2", 5000, FEBRUARY, 1, 0);
	struct import_request left, begun, unlike, waiting;
	struct import_result result;

	(void)state;
	assert_done(upload("feb.xml", text, &left));
	assert_done(upload("feb.xml", cut_behind(text, "</GrpHdr>"), &begun));
	assert_done(upload("other.xml", other, &unlike));
	uploaded_minutes_ago(11);
	assert_done(upload("feb.xml", text, &waiting));
	imported("feb.xml", text);
	SAY("whole or in part; not another file, nor one that somebody may be about to import");
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file WHERE state = 'received'"), 2);
	assert_refused(import_file(here.db, here.arena, &left, &result), ERR_NOT_FOUND, "file.unknown");
	assert_done(import_file(here.db, here.arena, &unlike, &result));
	assert_done(import_file(here.db, here.arena, &waiting, &result));
	assert_true(result.already_imported);
}

static void what_a_client_left_behind_is_dropped_a_day_later(void **state)
{
	struct import_request left;
	struct file_record *files;
	struct desk desk;
	size_t count;

	(void)state;
	assert_done(upload("feb.xml", statement_text("S1", 5000, FEBRUARY, 1, 0), &left));
	SAY("until then it is listed");
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);

	assert_done(desk_open(&tx, "", &desk));
	assert_done(files_page(&tx, &desk, &(struct page){ .size = 10 }, &files, &count));
	assert_int_equal(count, 1);
	assert_string_equal(file_view_of(here.arena, &desk, &files[0]).reason, "file.not_imported");
	assert_done(db_commit(&tx));
	uploaded_minutes_ago(24 * 60 - 1);
	assert_done(upload("one.xml", "x", &left));
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file"), 2);
	uploaded_minutes_ago(2);
	assert_done(upload("two.xml", "x", &left));
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file"), 2);
}

static void a_file_with_a_part_missing_is_not_read(void **state)
{
	struct import_result result;
	const char *text = statement_text("S1", 0, FEBRUARY, 1, 0);
	struct import_request request = { .creditor = "", .name = "x", .size_bytes = (int64_t)strlen(text) };

	(void)state;
	request.file.bytes[0] = 7;
	assert_refused(import_file(here.db, here.arena, &request, &result), ERR_NOT_FOUND, "file.unknown");
}

/* ------------------------------------------------------------------ returns */

static void a_return_in_a_later_statement_reopens(void **state)
{
	const struct line paid = { "P1", 2, 20000, "INV-2026-000001 INV-2026-000002", "E2E-77", NULL };
	const struct line back = { "R1", 9, -20000, "SDD return", "E2E-77", "MS03" };

	(void)state;
	imported("paid.xml", statement_text("S1", 0, &paid, 1, 0));
	assert_int_equal(open_of(1) + open_of(2), 0);
	imported("back.xml", statement_text("S2", 20000, &back, 1, 0));
	assert_int_equal(open_of(1) + open_of(2), 20000);
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(state, ' ' ORDER BY id) FROM payments.payment"),
			    "returned return");
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(DISTINCT state, ' ') FROM payments.allocation"),
			    "returned");
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.payment.returned.v1'"),
		2);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM ledger.posting WHERE kind = 'return'"), 1);
	assert_books_hold();
}

static void paid_returned_and_paid_again_in_one_statement(void **state)
{
	const struct line lines[] = {
		{ "P1", 2, 10000, "INV-2026-000001", NULL, NULL },
		{ "R1", 5, -10000, "RETOURE INV-2026-000001", NULL, "AM04" },
		{ "P2", 9, 10000, "INV-2026-000001", NULL, NULL },
	};

	(void)state;
	imported("feb.xml", statement_text("S1", 0, lines, COUNT(lines), 0));
	assert_int_equal(open_of(1), 0);
	assert_string_equal(pg_value(here.pg, "SELECT string_agg(state, ' ' ORDER BY id) FROM payments.payment"),
			    "returned return allocated");
	assert_books_hold();
}

/* ------------------------------------------------------------------ in the middle of it */

/* More than one batch: the first BATCH_ENTRIES_MAX entries are sent before the last ones are read. */
static const char *long_statement(void)
{
	size_t count = BATCH_ENTRIES_MAX + 500;
	struct line *lines = arena_array(here.arena, count, sizeof *lines);

	for (size_t i = 0; i < count; i++)
		lines[i] = (struct line){ .ref = arena_format(here.arena, "L%zu", i),
					  .day = 1 + (int)(i % 28),
					  .minor = 100,
					  .text = arena_format(here.arena, "INV-2026-%06zu", 1 + i % INVOICES) };
	return statement_text("LONG", 0, lines, count, 0);
}

static const struct db_stmt HOLD_FILE = DB_STMT("test_hold_file", "SELECT id FROM payments.file FOR UPDATE");

/* Imports in a child that is killed after its last batch, as it waits for the row that says so. */
static void import_and_die(const struct import_request *request)
{
	struct db *holder = pg_connect(here.pg, "postgres");
	pid_t child = fork();

	if (child == 0) {
		struct import_result result;

		here.db = pg_connect(here.pg, "relance_payments");
		usleep(200000); /* the row is held by now */
		_exit(err_ok(import_file(here.db, here.arena, request, &result)) ? 0 : 1);
	}
	DB_TX_SCOPE tx = db_begin(holder, here.arena, DB_WRITE);
	DB_ROWS_SCOPE rows = { 0 };
	int status = 0;

	assert_done(db_query(&tx, &HOLD_FILE, DB_NO_PARAMS, &rows));
	while (pg_number(here.pg, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'relance_payments' "
				  "AND wait_event_type = 'Lock'") == 0)
		usleep(5000);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	db_rollback(&tx);
	db_close(&holder);
}

static void killed_in_the_middle_nothing_is_half_done(void **state)
{
	struct import_request request;
	struct import_result result;

	(void)state;
	assert_done(upload("long.xml", long_statement(), &request));
	const char *books = books_text();

	import_and_die(&request);
	assert_string_equal(books_text(), books);
	assert_done(import_file(here.db, here.arena, &request, &result));
	assert_int_equal(result.file.entries, BATCH_ENTRIES_MAX + 500);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.entry"), BATCH_ENTRIES_MAX + 500);
	assert_int_equal(open_of(1), 10000 - (BATCH_ENTRIES_MAX + 500) / INVOICES * 100);
	assert_books_hold();
}

/* One worker of a service: a connection and an arena of its own. */
struct worker {
	pthread_t thread;
	struct db *db;
	struct arena *arena;
	struct import_request request;
	struct import_result result;
	struct err err;
};

static void *worker_run(void *argument)
{
	struct worker *worker = argument;

	worker->err = import_file(worker->db, worker->arena, &worker->request, &worker->result);
	return NULL;
}

static void book_at_once(void)
{
	const char *first = statement_text("S1", 5000, FEBRUARY, 5, 0);
	const char *second = statement_text("S2", 5000, FEBRUARY, COUNT(FEBRUARY), 0);
	const char *texts[] = { first, second, first, second };
	struct worker workers[COUNT(texts)];

	for (size_t i = 0; i < COUNT(texts); i++) {
		workers[i].db = pg_connect(here.pg, "relance_payments");
		workers[i].arena = arena_new(0);
		assert_done(upload("x.xml", texts[i], &workers[i].request));
	}
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(pthread_create(&workers[i].thread, NULL, worker_run, &workers[i]), 0);
	for (size_t i = 0; i < COUNT(texts); i++) {
		pthread_join(workers[i].thread, NULL);
		assert_done(workers[i].err);
		assert_int_equal(workers[i].result.file.state, FILE_IMPORTED);
		db_close(&workers[i].db);
		arena_destroy(&workers[i].arena);
	}
	assert_int_equal(open_of(4), 6000);
	assert_books_hold();
}

static void importers_at_once_book_each_entry_once(void **state)
{
	const struct line line = { "B0", 1, 10000, "INV-2026-000009", NULL, NULL };

	(void)state;
	SAY("one of them makes the account");
	book_at_once();
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.entry"), 7);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file"), 2);

	SAY("the account is there, and none of them expects the other's entries");
	desk_reset(state);
	imported("before.xml", statement_text("S0", -10000, &line, 1, 0));
	book_at_once();
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.entry"), 8);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file"), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_statement_is_booked_whole, desk_reset),
		cmocka_unit_test_setup(the_same_file_again_books_nothing, desk_reset),
		cmocka_unit_test_setup(a_request_whose_answer_was_lost_is_answered_again, desk_reset),
		cmocka_unit_test_setup(overlapping_statements_book_each_entry_once, desk_reset),
		cmocka_unit_test_setup(equal_entries_of_one_day_are_two_payments, desk_reset),
		cmocka_unit_test_setup(the_chain_of_statements_is_followed, desk_reset),
		cmocka_unit_test_setup(what_cannot_be_booked_is_kept_with_the_reason, desk_reset),
		cmocka_unit_test_setup(a_report_on_direct_debits_waits_until_they_are_set_up, desk_reset),
		cmocka_unit_test_setup(a_held_file_is_booked_when_a_person_accepts_it, desk_reset),
		cmocka_unit_test_setup(a_file_of_an_account_that_nobody_owned_is_accepted_with_it, desk_reset),
		cmocka_unit_test_setup(a_file_that_was_cut_off_is_accepted_with_what_is_complete, desk_reset),
		cmocka_unit_test_setup(the_last_entry_of_a_text_that_was_cut_off_is_not_booked, desk_reset),
		cmocka_unit_test_setup(a_file_cut_off_behind_its_statement_is_held_too, desk_reset),
		cmocka_unit_test_setup(an_account_by_its_german_number_is_the_one_of_its_iban, desk_reset),
		cmocka_unit_test_setup(what_cannot_be_read_is_not_accepted, desk_reset),
		cmocka_unit_test_setup(what_a_client_left_behind_goes_with_the_next_import_of_it, desk_reset),
		cmocka_unit_test_setup(what_a_client_left_behind_is_dropped_a_day_later, desk_reset),
		cmocka_unit_test_setup(a_file_with_a_part_missing_is_not_read, desk_reset),
		cmocka_unit_test_setup(a_return_in_a_later_statement_reopens, desk_reset),
		cmocka_unit_test_setup(paid_returned_and_paid_again_in_one_statement, desk_reset),
		cmocka_unit_test_setup(importers_at_once_book_each_entry_once, desk_reset),
		cmocka_unit_test_setup(killed_in_the_middle_nothing_is_half_done, desk_reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
