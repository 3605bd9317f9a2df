#include "feed/purge.h"

#include "common/io/log.h"
#include "common/io/metrics.h"
#include "feed/relay.h"
#include "feed/store.h"

static struct metric purged_total =
	METRIC_COUNTER_INIT("relance_feed_events_purged_total", "Events taken out of the log for their age", NULL);

static struct err batch_purge(struct db *db, int64_t days, int64_t *gone)
{
	ARENA_SCOPE arena = arena_new(0);
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);

	TRY(events_purge(&tx, days, PURGE_BATCH_MAX, gone));
	return db_commit(&tx);
}

struct err purge_run(struct service_context *context, int64_t *again_ms)
{
	const struct relay *relay = context->process;
	int64_t gone = 0;

	TRY(batch_purge(context->db, relay->kept_days, &gone));
	metric_add(&purged_total, gone);
	if (gone > 0)
		log_info("old events are taken out of the log", LOG_INT("events", gone),
			 LOG_INT("days", relay->kept_days));
	*again_ms = gone == PURGE_BATCH_MAX ? PURGE_PAUSE_MS : PURGE_EVERY_MS;
	return OK;
}
