#include "feed/relay.h"

#include "common/io/clock.h"
#include "common/io/metrics.h"
#include "feed/store.h"

static struct metric position_gauge =
	METRIC_GAUGE_INIT("relance_feed_position", "Number of the newest event of the log", NULL);
static struct metric lag_gauge = METRIC_GAUGE_INIT("relance_outbox_lag_seconds",
						   "How long the oldest event without a number has been waiting", NULL);
static struct metric leader_gauge =
	METRIC_GAUGE_INIT("relance_feed_leader", "1 in the copy of the process that numbers events", NULL);

static struct err glance(struct db *db, struct arena *arena, struct position *position)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_READ);

	TRY(position_glance(&tx, position));
	TRY(db_commit(&tx));
	metric_set(&position_gauge, position->newest);
	metric_set(&lag_gauge, position->lag_us / US_PER_SECOND);
	return OK;
}

/* Published after the commit and never before: what was seen must have happened. */
static struct err number_and_publish(struct relay *relay, struct db *db, int64_t *newest, int64_t *again_ms)
{
	DB_TX_SCOPE tx = db_begin(db, relay->arena, DB_WRITE);
	DB_ROWS_SCOPE rows = { 0 };
	struct event_page page;

	TRY(events_number(&tx, &rows, &page));
	TRY(db_commit(&tx));
	for (int i = 0; i < page.count; i++)
		publisher_event(&relay->publisher, relay->arena, &page.events[i]);
	if (page.count > 0)
		*newest = page.looked_at;
	metric_set(&position_gauge, *newest);
	*again_ms = page.count < EVENTS_NUMBER_MAX ? RELAY_BUSY_MS : 0;
	return OK;
}

static void heartbeat(struct relay *relay, int64_t newest)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - relay->heartbeat_us < RELAY_HEARTBEAT_MS * INT64_C(1000))
		return;
	relay->heartbeat_us = now_us;
	publisher_heartbeat(&relay->publisher, newest);
}

static struct err lead(struct relay *relay, struct db *db, int64_t *again_ms)
{
	struct position position;

	arena_reset(relay->arena);
	*again_ms = RELAY_IDLE_MS;
	TRY(publisher_open(&relay->publisher));
	TRY(glance(db, relay->arena, &position));
	if (position.waiting)
		TRY(number_and_publish(relay, db, &position.newest, again_ms));
	heartbeat(relay, position.newest);
	return OK;
}

struct err relay_run(struct service_context *context, int64_t *again_ms)
{
	struct relay *relay = context->process;
	bool leader = false;
	struct err err = db_leader(context->db, RELAY_LEADER_KEY, &leader);

	*again_ms = RELAY_STANDBY_MS;
	if (err_ok(err) && leader)
		err = lead(relay, context->db, again_ms);
	if (!err_ok(err) || !leader)
		publisher_close(&relay->publisher);
	metric_set(&leader_gauge, err_ok(err) && leader);
	return err;
}
