#include "credit/rescore.h"

#include "common/base/check.h"
#include "common/io/outbox.h"
#include "credit/wire.h"

#define SERVICE_NAME "credit"

/* ------------------------------------------------------------------ events */

static struct event event_of(const struct desk *desk, const char *type, const char *subject, struct payload payload)
{
	return (struct event){ .creditor = desk->creditor,
			       .type = type,
			       .subject = subject,
			       .time = desk->now,
			       .payload = payload.bytes,
			       .payload_length = payload.length,
			       .payload_type = payload.type };
}

struct err hold_placed_append(struct db_tx *tx, const struct desk *desk, const struct hold *hold)
{
	struct event event =
		event_of(desk, "relance.credit.held.v1", hold->customer_number, wire_event_held(tx->arena, hold));

	return outbox_append(tx, &event);
}

struct err holds_ended_append(struct db_tx *tx, const struct desk *desk, const struct hold_list *ended)
{
	struct event *events = arena_array(tx->arena, ended->count, sizeof *events);

	if (ended->count == 0)
		return OK;
	for (size_t i = 0; i < ended->count; i++)
		events[i] = event_of(desk, "relance.credit.released.v1", ended->items[i].customer_number,
				     wire_event_released(tx->arena, &ended->items[i]));
	return outbox_append_all(tx, events, ended->count);
}

static struct err changes_append(struct db_tx *tx, const struct desk *desk, const struct score_change *changes,
				 size_t count)
{
	struct event *events = arena_array(tx->arena, count, sizeof *events);

	for (size_t i = 0; i < count; i++) {
		const struct score_change *change = &changes[i];
		int before = change->before.known ? change->before.score : -1;
		events[i] = event_of(
			desk, "relance.credit.scored.v1", change->customer.number,
			wire_event_scored(tx->arena, change->customer.number, &change->score, before, desk->today));
	}
	return outbox_append_all(tx, events, count);
}

/* ------------------------------------------------------------------ scoring */

static struct err scores_of(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
			    struct score *scores)
{
	struct portfolio portfolio;
	struct history *histories = arena_array(tx->arena, customers->count, sizeof *histories);

	TRY(portfolio_load(tx, desk, &portfolio));
	TRY(histories_load(tx, desk, customers, histories));
	for (size_t i = 0; i < customers->count; i++)
		score_compute(tx->arena, histories[i].items, histories[i].count, portfolio, desk->today, &scores[i]);
	return OK;
}

/* A customer of whom nothing is known and nothing was recorded is no news. */
static bool worth_recording(const struct score *score, const struct recorded *before)
{
	if (!before->known)
		return score->invoices_known > 0;
	return score_changed(before->score, score->points);
}

static struct err changes_save(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
			       const struct score *scores)
{
	struct recorded *before = arena_array(tx->arena, customers->count, sizeof *before);
	struct score_change *changes = arena_array(tx->arena, customers->count, sizeof *changes);
	size_t count = 0;

	TRY(recorded_load(tx, desk, customers, before));
	for (size_t i = 0; i < customers->count; i++) {
		if (worth_recording(&scores[i], &before[i]))
			changes[count++] = (struct score_change){ customers->items[i], scores[i], before[i] };
	}
	if (count == 0)
		return OK;
	TRY(scores_record(tx, desk, changes, count));
	return changes_append(tx, desk, changes, count);
}

static bool anything_overdue(const struct customer_list *customers, const struct score *scores, struct id customer)
{
	for (size_t i = 0; i < customers->count; i++) {
		if (id_equal(customers->items[i].id, customer))
			return scores[i].overdue_count > 0;
	}
	return true;
}

static struct err holds_review(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
			       const struct score *scores)
{
	struct hold_list active, ended;

	TRY(holds_active(tx, desk, customers, &active));
	struct hold *over = arena_array(tx->arena, active.count, sizeof *over);
	size_t count = 0;
	for (size_t i = 0; i < active.count; i++) {
		struct hold *hold = &active.items[i];
		hold->release_reason =
			hold_over(hold, desk->today, anything_overdue(customers, scores, hold->customer));
		if (hold->release_reason != NULL)
			over[count++] = *hold;
	}
	if (count == 0)
		return OK;
	TRY(holds_end(tx, desk, over, count, SERVICE_NAME, &ended));
	return holds_ended_append(tx, desk, &ended);
}

struct err rescore_customers(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers)
{
	struct score *scores = arena_array(tx->arena, customers->count, sizeof *scores);

	if (customers->count == 0)
		return OK;
	TRY(scores_of(tx, desk, customers, scores));
	TRY(changes_save(tx, desk, customers, scores));
	return holds_review(tx, desk, customers, scores);
}

struct err rescore_and_hold(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers)
{
	struct score score;
	struct hold_list active;

	TRY(rescore_customers(tx, desk, customers));
	if (customers->count == 0)
		return OK;
	CHECK(customers->count == 1);
	TRY(scores_of(tx, desk, customers, &score));
	TRY(holds_active(tx, desk, customers, &active));
	for (size_t i = 0; i < active.count; i++) {
		if (active.items[i].origin == HOLD_BY_DUNNING)
			return OK;
	}
	if (score.overdue_count == 0)
		return OK;
	struct hold hold = { .customer = customers->items[0].id,
			     .customer_number = customers->items[0].number,
			     .origin = HOLD_BY_DUNNING,
			     .reason = score_overdue_text(tx->arena, &score),
			     .placed_by = "dunning",
			     .expires_on = DATE_NONE };
	TRY(hold_place(tx, desk, &hold));
	return hold_placed_append(tx, desk, &hold);
}

struct err rescore_and_put_back(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers)
{
	struct hold hold;
	bool found;

	TRY(rescore_customers(tx, desk, customers));
	for (size_t i = 0; i < customers->count; i++) {
		TRY(hold_wrongly_ended(tx, desk, customers->items[i].id, &found, &hold));
		if (!found)
			continue;
		TRY(hold_place(tx, desk, &hold));
		TRY(hold_placed_append(tx, desk, &hold));
	}
	return OK;
}

/* ------------------------------------------------------------------ the feed */

static struct err event_open(struct feed_context *context, const struct feed_event *event, struct desk *desk,
			     struct customer_list *customers)
{
	struct id customer;

	TRY(wire_event_customer(context->arena, event->payload_type, event->payload, event->payload_length, &customer));
	TRY(desk_open(context->tx, event->creditor, desk));
	return customer_by_id(context->tx, desk, customer, customers);
}

static struct err on_customer_event(struct feed_context *context, const struct feed_event *event)
{
	struct desk desk;
	struct customer_list customers;

	TRY(event_open(context, event, &desk, &customers));
	return rescore_customers(context->tx, &desk, &customers);
}

static struct err on_payment_taken_back(struct feed_context *context, const struct feed_event *event)
{
	struct desk desk;
	struct customer_list customers;

	TRY(event_open(context, event, &desk, &customers));
	return rescore_and_put_back(context->tx, &desk, &customers);
}

static struct err on_hold_requested(struct feed_context *context, const struct feed_event *event)
{
	struct desk desk;
	struct customer_list customers;

	TRY(event_open(context, event, &desk, &customers));
	return rescore_and_hold(context->tx, &desk, &customers);
}

/* A file may concern every customer: the round below does them in pages, beside the feed. */
static struct err on_import(struct feed_context *context, const struct feed_event *event)
{
	return rescoring_ask(context->tx, event->creditor);
}

static const struct feed_subscription SUBSCRIPTIONS[] = {
	{ "relance.invoice.issued.v1", on_customer_event },
	{ "relance.invoice.cancelled.v1", on_customer_event },
	{ "relance.invoice.disputed.v1", on_customer_event },
	{ "relance.payment.allocated.v1", on_customer_event },
	{ "relance.payment.returned.v1", on_payment_taken_back },
	{ "relance.payment.undone.v1", on_payment_taken_back },
	{ "relance.openitems.imported.v1", on_import },
	{ "relance.dunning.hold_requested.v1", on_hold_requested },
};

const struct feed_reader CREDIT_READER = { .name = SERVICE_NAME,
					   .subscriptions = SUBSCRIPTIONS,
					   .count = sizeof SUBSCRIPTIONS / sizeof SUBSCRIPTIONS[0] };

/* ------------------------------------------------------------------ the daily round */

/* One page in one transaction; *last is the number of its last customer, in `arena`, or "" after the last page. */
static struct err page_rescore(struct db *db, struct arena *arena, const char *creditor, const char **last)
{
	ARENA_SCOPE scratch = arena_new(0);
	DB_TX_SCOPE tx = db_begin(db, scratch, DB_WRITE);
	struct desk desk;
	struct customer_list customers;

	TRY(desk_open(&tx, creditor, &desk));
	TRY(customers_after(&tx, &desk, *last, CUSTOMERS_PAGE_MAX, &customers));
	TRY(rescore_customers(&tx, &desk, &customers));
	TRY(db_commit(&tx));
	*last = customers.count == CUSTOMERS_PAGE_MAX ? arena_copy(arena, customers.items[customers.count - 1].number)
						      : "";
	return OK;
}

/* The portfolio first, as the scores lean on it. */
static struct err round_begin(struct db *db, struct arena *arena, const char *creditor, struct rescoring *rescoring,
			      struct portfolio *portfolio)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_READ);
	struct desk desk;

	TRY(desk_open(&tx, creditor, &desk));
	TRY(rescoring_find(&tx, &desk, rescoring));
	if (rescoring->due)
		TRY(portfolio_compute(&tx, &desk, portfolio));
	return db_commit(&tx);
}

static struct err round_end(struct db *db, struct arena *arena, const char *creditor, const struct rescoring *rescoring,
			    struct portfolio portfolio)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
	struct desk desk;

	TRY(desk_open(&tx, creditor, &desk));
	TRY(rescoring_done(&tx, &desk, rescoring, portfolio));
	return db_commit(&tx);
}

/* Stopped or killed in the middle, the round begins again: what was scored already is no change then. */
static struct err creditor_rescore(struct service_context *context, struct arena *arena, const char *creditor)
{
	struct rescoring rescoring;
	struct portfolio portfolio;
	const char *last = "";

	TRY(round_begin(context->db, arena, creditor, &rescoring, &portfolio));
	if (!rescoring.due)
		return OK;
	do {
		TRY(page_rescore(context->db, arena, creditor, &last));
	} while (last[0] != '\0' && !atomic_load(context->stopping));
	return last[0] != '\0' ? OK : round_end(context->db, arena, creditor, &rescoring, portfolio);
}

struct err rescore_round(struct service_context *context, int64_t *again_ms)
{
	ARENA_SCOPE arena = arena_new(0);
	struct creditor_list creditors;
	{
		DB_TX_SCOPE tx = db_begin(context->db, arena, DB_READ);
		TRY(creditors_list(&tx, &creditors));
		TRY(db_commit(&tx));
	}
	for (size_t i = 0; i < creditors.count; i++)
		TRY(creditor_rescore(context, arena, creditors.codes[i]));
	*again_ms = RESCORE_POLL_MS;
	return OK;
}
