/* The credit service on a real database: what it reads of the ledger, when it records a score, how holds come and
 * go, and that its role may do what it needs and no more. */
#include "common/io/clock.h"
#include "credit/handlers.h"
#include "credit/rescore.h"
#include "relance/credit/v1/credit.pb-c.h"
#include "relance/notification/v1/notification.pb-c.h"
#include "relance/payments/v1/cash.pb-c.h"
#include "relance/payments/v1/payments.pb-c.h"
#include "support/outcome.h"
#include "support/pg.h"
#include "unit/test.h"

#define ALPHA "01970000-0000-7000-8000-00000000000a"
#define BETA "01970000-0000-7000-8000-00000000000b"

static struct {
	struct pg *pg;
	struct db *db; /* as relance_credit */
	struct arena *arena;
} here;

/* MAIN on a test clock of 2026-06-30; customer A with twelve prompt invoices and one that is 45 days overdue, B without
 * history. */
static const char BOOKS[] =
	"SET client_min_messages = warning; TRUNCATE credit.score, credit.score_change, credit.hold, "
	"credit.credit_limit, credit.portfolio, feed.outbox, "
	"  ledger.test_clock, ledger.open_item, ledger.balance, invoicing.creditor CASCADE;"
	"INSERT INTO invoicing.creditor (code, name, legal_name, language, country, timezone, currency) "
	"VALUES ('MAIN', 'Main', 'Main SA', 'fr', 'FR', 'Europe/Paris', 'EUR');"
	"INSERT INTO invoicing.customer (creditor, id, number, name, language, country, timezone) VALUES "
	"('MAIN', '" ALPHA "', 'A', 'Alpha', 'fr', 'FR', 'Europe/Paris'), "
	"('MAIN', '" BETA "', 'B', 'Beta', 'fr', 'FR', 'Europe/Paris');"
	"INSERT INTO ledger.test_clock VALUES ('MAIN', '2026-06-30 10:00:00+00');"
	"INSERT INTO ledger.open_item (creditor, id, number, number_key, customer, customer_number, currency, "
	"issued_on, due_on, "
	"  amount_minor, open_minor, settled_on) "
	"SELECT 'MAIN', gen_random_uuid(), 'P' || n, 'P' || n, '" ALPHA "', 'A', 'EUR', date '2026-01-01' + n, "
	"  date '2026-05-01' + n, 10000, 0, date '2026-05-01' + n FROM generate_series(1, 12) n;"
	"INSERT INTO ledger.open_item (creditor, id, number, number_key, customer, customer_number, currency, "
	"issued_on, due_on, "
	"  amount_minor, open_minor) VALUES "
	"('MAIN', gen_random_uuid(), 'OVER', 'OVER', '" ALPHA
	"', 'A', 'EUR', '2026-04-16', '2026-05-16', 10000, 6000);";

static int books_open(void **state)
{
	(void)state;
	pg_execute(here.pg, BOOKS);
	arena_reset(here.arena);
	return 0;
}

static int start(void **state)
{
	(void)state;
	here.pg = pg_start();
	here.db = pg_connect(here.pg, "relance_credit");
	here.arena = arena_new(0);
	clock_use_test(true);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	db_close(&here.db);
	arena_destroy(&here.arena);
	pg_stop(&here.pg);
	return 0;
}

/* ------------------------------------------------------------------ calls */

static struct err run(rpc_handler handler, enum db_mode mode, const ProtobufCMessage *request, ProtobufCMessage **reply)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, mode);
	struct rpc_call call = {
		.arena = here.arena, .tx = &tx, .request = request, .principal = { .peer = "relancectl", .user = "" }
	};

	TRY(handler(&call));
	TRY(db_commit(&tx));
	*reply = call.reply;
	return OK;
}

static Relance__Credit__V1__Score *score_of(const char *number)
{
	Relance__Credit__V1__GetScoreRequest request = RELANCE__CREDIT__V1__GET_SCORE_REQUEST__INIT;
	Relance__Credit__V1__GetScoreResponse *reply;

	request.customer_number = arena_copy(here.arena, number);
	assert_done(run(get_score, DB_READ, &request.base, (ProtobufCMessage **)&reply));
	return reply->score;
}

static Relance__Credit__V1__CheckOrderResponse *order_of(const char *number, int64_t minor)
{
	Relance__Credit__V1__CheckOrderRequest request = RELANCE__CREDIT__V1__CHECK_ORDER_REQUEST__INIT;
	Relance__Common__V1__Money amount = RELANCE__COMMON__V1__MONEY__INIT;
	Relance__Credit__V1__CheckOrderResponse *reply;

	amount.minor = minor;
	amount.currency = arena_copy(here.arena, "EUR");
	request.amount = &amount;
	request.customer_number = arena_copy(here.arena, number);
	assert_done(run(check_order, DB_READ, &request.base, (ProtobufCMessage **)&reply));
	return reply;
}

static struct err hold_ask(const char *number, const char *reason, const char *until)
{
	Relance__Credit__V1__PlaceHoldRequest request = RELANCE__CREDIT__V1__PLACE_HOLD_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.customer_number = arena_copy(here.arena, number);
	request.reason = arena_copy(here.arena, reason);
	request.expires_on = arena_copy(here.arena, until);
	return run(place_hold, DB_WRITE, &request.base, &reply);
}

static struct err release_ask(const char *number)
{
	Relance__Credit__V1__ReleaseHoldRequest request = RELANCE__CREDIT__V1__RELEASE_HOLD_REQUEST__INIT;
	ProtobufCMessage *reply;

	request.customer_number = arena_copy(here.arena, number);
	return run(release_hold, DB_WRITE, &request.base, &reply);
}

/* Hands an event to the service's reader, as the feed does. */
static void event_read(const char *type, const ProtobufCMessage *payload)
{
	size_t length = protobuf_c_message_get_packed_size(payload);
	uint8_t *bytes = arena_alloc(here.arena, length + 1);
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct feed_context context = { .arena = here.arena, .tx = &tx };
	const struct feed_event event = { .creditor = "MAIN",
					  .type = type,
					  .payload_type = payload->descriptor->name,
					  .payload = bytes,
					  .payload_length = length };
	bool handled = false;

	protobuf_c_message_pack(payload, bytes);
	for (size_t i = 0; i < CREDIT_READER.count; i++) {
		if (strcmp(CREDIT_READER.subscriptions[i].type, type) != 0)
			continue;
		assert_done(CREDIT_READER.subscriptions[i].handler(&context, &event));
		handled = true;
	}
	assert_true(handled);
	assert_done(db_commit(&tx));
}

static void hold_requested(const char *customer)
{
	Relance__Notification__V1__HoldRequested payload = RELANCE__NOTIFICATION__V1__HOLD_REQUESTED__INIT;

	payload.customer_id = arena_copy(here.arena, customer);
	event_read("relance.dunning.hold_requested.v1", &payload.base);
}

static void payment_allocated(const char *customer)
{
	Relance__Payments__V1__PaymentAllocated payload = RELANCE__PAYMENTS__V1__PAYMENT_ALLOCATED__INIT;

	payload.customer_id = arena_copy(here.arena, customer);
	event_read("relance.payment.allocated.v1", &payload.base);
}

static void round_run(void)
{
	atomic_bool stopping = false;
	struct service_context context = { .db = here.db, .stopping = &stopping };
	int64_t again_ms;

	assert_done(rescore_round(&context, &again_ms));
}

static long long events(const char *type)
{
	char sql[200];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM feed.unnumbered WHERE type = '%s'", type);
	return pg_number(here.pg, sql);
}

#define PAY_ALL "UPDATE ledger.open_item SET open_minor = 0, settled_on = '2026-06-30' WHERE open_minor > 0"
#define UNPAY_ALL "UPDATE ledger.open_item SET open_minor = 6000, settled_on = NULL WHERE number = 'OVER'"

/* ------------------------------------------------------------------ tests */

static void scores_come_from_the_ledger(void **state)
{
	(void)state;
	SAY("what is still open of the overdue invoice counts, as late as it is today");
	const Relance__Credit__V1__Score *score = score_of("A");
	assert_int_equal(score->invoices_known, 13);
	assert_int_equal(score->oldest_overdue_days, 45);
	assert_int_equal(score->overdue[0]->minor, 6000);
	assert_string_equal(score->reasons[0]->text, "1 invoice 45 days overdue now");
	assert_string_equal(score->scored_on, "2026-06-30");

	SAY("a customer without history gets the creditor's average");
	score = score_of("B");
	assert_int_equal(score->invoices_known, 0);
	assert_int_equal(score->score, score->portfolio_score);
	assert_string_equal(score->reasons[0]->code, "score.no_history");

	SAY("disputed and cancelled invoices tell nothing");
	pg_execute(here.pg, "UPDATE ledger.open_item SET disputed = true WHERE number = 'OVER'");
	assert_int_equal(score_of("A")->oldest_overdue_days, 0);
}

static void unknown_names_are_refused(void **state)
{
	Relance__Credit__V1__GetScoreRequest request = RELANCE__CREDIT__V1__GET_SCORE_REQUEST__INIT;
	ProtobufCMessage *reply;
	(void)state;

	SAY("a customer that is not there");
	request.customer_number = arena_copy(here.arena, "NOBODY");
	assert_refused(run(get_score, DB_READ, &request.base, &reply), ERR_NOT_FOUND, "customer.unknown");
	SAY("a creditor that is not there");
	request.creditor = arena_copy(here.arena, "OTHER");
	assert_refused(run(get_score, DB_READ, &request.base, &reply), ERR_NOT_FOUND, "creditor.unknown");
	SAY("no creditor where there are two");
	pg_execute(here.pg,
		   "INSERT INTO invoicing.creditor (code, name, legal_name, language, country, timezone, currency) "
		   "VALUES ('SECOND', 'S', 'S', 'fr', 'FR', 'Europe/Paris', 'EUR')");
	request.creditor = arena_copy(here.arena, "");
	assert_refused(run(get_score, DB_READ, &request.base, &reply), ERR_INVALID, "creditor.ambiguous");
}

static void orders_look_at_limit_and_exposure(void **state)
{
	Relance__Credit__V1__SetLimitRequest request = RELANCE__CREDIT__V1__SET_LIMIT_REQUEST__INIT;
	Relance__Common__V1__Money limit = RELANCE__COMMON__V1__MONEY__INIT;
	Relance__Credit__V1__SetLimitResponse *reply;
	(void)state;

	SAY("an invoice 45 days overdue: prepayment");
	assert_int_equal(order_of("A", 1000)->verdict,
			 RELANCE__CREDIT__V1__ORDER_VERDICT__ORDER_VERDICT_PREPAYMENT_ONLY);
	SAY("once it is paid, yes: no limit is set");
	pg_execute(here.pg, PAY_ALL);
	assert_int_equal(order_of("A", 1000)->verdict, RELANCE__CREDIT__V1__ORDER_VERDICT__ORDER_VERDICT_YES);

	SAY("a limit is set, and the one before is told");
	limit.minor = 10000;
	limit.currency = arena_copy(here.arena, "EUR");
	request.customer_number = arena_copy(here.arena, "A");
	request.limit = &limit;
	assert_done(run(set_limit, DB_WRITE, &request.base, (ProtobufCMessage **)&reply));
	assert_int_equal(reply->_previous_minor_case, 0);
	limit.minor = 5000;
	assert_done(run(set_limit, DB_WRITE, &request.base, (ProtobufCMessage **)&reply));
	assert_int_equal(reply->previous_minor, 10000);

	SAY("a fifth over the limit is a deposit of a fifth; money on account makes room");
	const Relance__Credit__V1__CheckOrderResponse *order = order_of("A", 6250);
	assert_int_equal(order->verdict, RELANCE__CREDIT__V1__ORDER_VERDICT__ORDER_VERDICT_YES_WITH_DEPOSIT);
	assert_int_equal(order->deposit_percent, 20);
	assert_int_equal(order->deposit->minor, 1250);
	pg_execute(here.pg, "INSERT INTO ledger.balance VALUES ('MAIN', 'unapplied_cash', '" ALPHA "', 'EUR', -1250)");
	order = order_of("A", 6250);
	assert_int_equal(order->verdict, RELANCE__CREDIT__V1__ORDER_VERDICT__ORDER_VERDICT_YES);
	assert_int_equal(order->exposure->minor, -1250);
}

static void people_hold_and_release(void **state)
{
	(void)state;
	SAY("a hold needs a reason, and a last day that has not passed");
	assert_refused(hold_ask("B", "", ""), ERR_INVALID, "hold.reason_missing");
	assert_refused(hold_ask("B", "guarantee", "2026-06-29"), ERR_INVALID, "hold.expired");
	assert_refused(release_ask("B"), ERR_CONFLICT, "hold.none");

	SAY("it decides orders, and is told once by an event");
	assert_done(hold_ask("B", "waiting for the guarantee", "2026-07-10"));
	const Relance__Credit__V1__CheckOrderResponse *order = order_of("B", 1000);
	assert_int_equal(order->verdict, RELANCE__CREDIT__V1__ORDER_VERDICT__ORDER_VERDICT_HOLD);
	assert_string_equal(order->reasons[0]->text, "on hold since 2026-06-30: waiting for the guarantee");
	assert_true(score_of("B")->on_hold);
	assert_int_equal(events("relance.credit.held.v1"), 1);

	SAY("a second one is the same hold with a new reason");
	assert_done(hold_ask("B", "waiting for the insurer", ""));
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM credit.hold"), 1);

	SAY("released, it stays on record");
	assert_done(release_ask("B"));
	assert_false(score_of("B")->on_hold);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM credit.hold WHERE released_by = 'relancectl'"), 1);
	assert_int_equal(events("relance.credit.released.v1"), 1);
}

static void dunning_holds_until_nothing_is_overdue(void **state)
{
	(void)state;
	SAY("a request for a hold places one, and a repeat changes nothing");
	hold_requested(ALPHA);
	hold_requested(ALPHA);
	assert_int_equal(events("relance.credit.held.v1"), 1);
	assert_string_equal(pg_value(here.pg, "SELECT reason FROM credit.hold"), "1 invoice 45 days overdue now");

	SAY("a payment that leaves something overdue leaves the hold");
	payment_allocated(ALPHA);
	assert_true(score_of("A")->on_hold);

	SAY("the payment that clears it ends the hold");
	pg_execute(here.pg, PAY_ALL);
	payment_allocated(ALPHA);
	assert_false(score_of("A")->on_hold);
	assert_string_equal(pg_value(here.pg, "SELECT release_reason FROM credit.hold"), "nothing is overdue any more");
	assert_int_equal(events("relance.credit.released.v1"), 1);

	SAY("a request that comes after the money holds nobody");
	hold_requested(ALPHA);
	assert_false(score_of("A")->on_hold);
}

static void payment_undone(const char *customer)
{
	Relance__Payments__V1__PaymentUndone payload = RELANCE__PAYMENTS__V1__PAYMENT_UNDONE__INIT;

	payload.customer_id = arena_copy(here.arena, customer);
	event_read("relance.payment.undone.v1", &payload.base);
}

static void a_payment_taken_back_puts_the_hold_back(void **state)
{
	const char *const reason = "SELECT string_agg(reason, '; ') FROM credit.hold WHERE released_at IS NULL";

	(void)state;
	hold_requested(ALPHA);
	int before = score_of("A")->score;

	pg_execute(here.pg, PAY_ALL);
	payment_allocated(ALPHA);
	assert_false(score_of("A")->on_hold);
	assert_true(score_of("A")->score != before);

	SAY("nothing is owed: nobody is held");
	payment_undone(ALPHA);
	assert_false(score_of("A")->on_hold);

	SAY("what is overdue now was due when the hold ended");
	pg_execute(here.pg, UNPAY_ALL);
	payment_undone(ALPHA);
	assert_true(score_of("A")->on_hold);
	assert_int_equal(score_of("A")->score, before);
	assert_string_equal(pg_value(here.pg, reason), "1 invoice 45 days overdue now");
	assert_int_equal(events("relance.credit.held.v1"), 2);

	SAY("the same again changes nothing");
	payment_undone(ALPHA);
	assert_int_equal(events("relance.credit.held.v1"), 2);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM credit.hold"), 2);

	SAY("a hold that a person lifted stays lifted");
	assert_done(release_ask("A"));
	payment_undone(ALPHA);
	assert_false(score_of("A")->on_hold);
}

static void changes_are_recorded_once(void **state)
{
	(void)state;
	pg_execute(here.pg,
		   "UPDATE ledger.open_item SET amount_minor = 60000, open_minor = 60000 WHERE number = 'OVER'");
	SAY("the first score of a customer with history is recorded and told");
	payment_allocated(ALPHA);
	payment_allocated(ALPHA);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM credit.score_change"), 1);
	assert_int_equal(events("relance.credit.scored.v1"), 1);

	SAY("a customer without history is no news");
	payment_allocated(BETA);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM credit.score"), 1);

	SAY("when the overdue invoice gets older, the daily round records a worse score");
	round_run();
	pg_execute(here.pg, "UPDATE ledger.test_clock SET at = '2026-09-30 10:00:00+00'");
	round_run();
	round_run();
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM credit.score_change"), 2);
	assert_string_equal(pg_value(here.pg, "SELECT to_char(scored_on, 'YYYY-MM-DD') FROM credit.score"),
			    "2026-09-30");

	SAY("and ends holds whose last day has passed");
	pg_execute(here.pg, "UPDATE ledger.test_clock SET at = '2026-10-01 10:00:00+00'");
	assert_done(hold_ask("B", "holidays", "2026-10-02"));
	pg_execute(here.pg, "UPDATE ledger.test_clock SET at = '2026-10-03 10:00:00+00'");
	assert_false(score_of("B")->on_hold);
	round_run();
	assert_string_equal(pg_value(here.pg, "SELECT release_reason FROM credit.hold"), "its last day has passed");
}

static void imports_ask_for_a_round(void **state)
{
	Relance__Payments__V1__PaymentAllocated any = RELANCE__PAYMENTS__V1__PAYMENT_ALLOCATED__INIT;
	(void)state;

	round_run();
	SAY("a new day's round is done once");
	assert_int_equal(
		pg_number(here.pg, "SELECT done - wanted FROM credit.portfolio WHERE scored_on = '2026-06-30'"), 0);
	SAY("an import asks for another, which sees what was imported");
	pg_execute(here.pg, PAY_ALL "; DELETE FROM credit.score");
	event_read("relance.openitems.imported.v1", &any.base);
	assert_int_equal(pg_number(here.pg, "SELECT wanted - done FROM credit.portfolio"), 1);
	round_run();
	assert_int_equal(pg_number(here.pg, "SELECT wanted - done FROM credit.portfolio"), 0);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM credit.score"), 1);
}

static void invariants_are_proved(void **state)
{
	Relance__Credit__V1__VerifyRequest request = RELANCE__CREDIT__V1__VERIFY_REQUEST__INIT;
	Relance__Credit__V1__VerifyResponse *reply;
	(void)state;

	payment_allocated(ALPHA);
	SAY("all hold");
	assert_done(run(verify, DB_READ, &request.base, (ProtobufCMessage **)&reply));
	for (size_t i = 0; i < reply->n_checks; i++)
		assert_true(reply->checks[i]->ok);
	SAY("a score that was changed behind the service's back is found");
	pg_execute(here.pg, "UPDATE credit.score SET score = 1");
	assert_done(run(verify, DB_READ, &request.base, (ProtobufCMessage **)&reply));
	assert_false(reply->checks[0]->ok);
	assert_false(reply->checks[1]->ok);
}

static void lists_come_in_pages(void **state)
{
	Relance__Credit__V1__ListScoresRequest request = RELANCE__CREDIT__V1__LIST_SCORES_REQUEST__INIT;
	Relance__Credit__V1__ListScoresResponse *reply;
	(void)state;

	request.page_size = 1;
	SAY("A, then B, then nothing");
	assert_done(run(list_scores, DB_READ, &request.base, (ProtobufCMessage **)&reply));
	assert_string_equal(reply->scores[0]->customer_number, "A");
	request.page_token = reply->next_page_token;
	assert_done(run(list_scores, DB_READ, &request.base, (ProtobufCMessage **)&reply));
	assert_string_equal(reply->scores[0]->customer_number, "B");
	request.page_token = reply->next_page_token;
	assert_done(run(list_scores, DB_READ, &request.base, (ProtobufCMessage **)&reply));
	assert_int_equal(reply->n_scores, 0);
	assert_string_equal(reply->next_page_token, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(scores_come_from_the_ledger, books_open),
		cmocka_unit_test_setup(unknown_names_are_refused, books_open),
		cmocka_unit_test_setup(orders_look_at_limit_and_exposure, books_open),
		cmocka_unit_test_setup(people_hold_and_release, books_open),
		cmocka_unit_test_setup(dunning_holds_until_nothing_is_overdue, books_open),
		cmocka_unit_test_setup(a_payment_taken_back_puts_the_hold_back, books_open),
		cmocka_unit_test_setup(changes_are_recorded_once, books_open),
		cmocka_unit_test_setup(imports_ask_for_a_round, books_open),
		cmocka_unit_test_setup(invariants_are_proved, books_open),
		cmocka_unit_test_setup(lists_come_in_pages, books_open),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
