#include "feed/handlers.h"

#include <stdatomic.h>
#include <time.h>

#include "common/io/clock.h"
#include "common/io/service.h"
#include "feed/relay.h"
#include "feed/store.h"
#include "feed/wire.h"

#define LIST_POLL_MS 25
#define LIST_LOOKS_MAX 100 /* of one call whose filter lets nothing pass; the caller goes on from next_after */

static void pause_ms(int ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000000L };

	nanosleep(&time, NULL);
}

/* A call that waits has a worker thread to itself. One worker is kept for calls that don't; with all others
 * taken, a call is answered at once. */
static atomic_int waiting;

static bool wait_enter(const struct list_ask *ask)
{
	if (ask->wait_ms == 0)
		return false;
	if (atomic_fetch_add(&waiting, 1) + 1 < service_settings.workers)
		return true;
	atomic_fetch_sub(&waiting, 1);
	return false;
}

/* 0 is the start of what there is; a number that is gone cannot be gone on from. */
static struct err start_find(struct arena *arena, const struct position *position, int64_t *after)
{
	if (*after > 0 && *after < position->oldest - 1)
		return err_format(arena, ERR_RANGE, "feed.purged", "after",
				  "events up to number %lld are no longer kept: start anew, with after = 0",
				  (long long)position->oldest - 1);
	if (*after == 0)
		*after = position->oldest - 1;
	return OK;
}

/* One look; goes on from where it ended where nothing passed the filter. */
static struct err page_load(struct rpc_call *call, struct list_ask *ask, struct db_rows *rows, struct event_page *page,
			    int64_t *newest, int64_t *oldest)
{
	DB_TX_SCOPE tx = db_begin(call->db, call->arena, DB_READ);
	struct position position;

	TRY(position_glance(&tx, &position));
	TRY(start_find(call->arena, &position, &ask->after));
	*newest = position.newest;
	*oldest = position.oldest;
	for (int looks = 0; looks < LIST_LOOKS_MAX; looks++) {
		TRY(events_list(&tx, ask->after, ask->limit, &ask->filter, rows, page));
		ask->after = page->looked_at;
		if (page->count > 0 || page->looked_at >= *newest)
			break;
	}
	return db_commit(&tx);
}

static struct err page_wait(struct rpc_call *call, struct list_ask *ask, struct db_rows *rows, struct event_page *page,
			    int64_t *newest, int64_t *oldest)
{
	int64_t until_us = clock_monotonic_us() + ask->wait_ms * INT64_C(1000);

	do {
		pause_ms(LIST_POLL_MS);
		TRY(page_load(call, ask, rows, page, newest, oldest));
	} while (page->count == 0 && clock_monotonic_us() < until_us);
	return OK;
}

struct err list_events(struct rpc_call *call)
{
	struct list_ask ask;
	DB_ROWS_SCOPE rows = { 0 };
	struct event_page page;
	int64_t newest, oldest;

	TRY(wire_decode_list_events(call, &ask));
	TRY(page_load(call, &ask, &rows, &page, &newest, &oldest));
	if (page.count == 0 && wait_enter(&ask)) {
		struct err err = page_wait(call, &ask, &rows, &page, &newest, &oldest);

		atomic_fetch_sub(&waiting, 1);
		TRY(err);
	}
	wire_encode_list_events(call, &page, newest, oldest);
	return OK;
}

struct err get_position(struct rpc_call *call)
{
	struct position position;
	struct reader_position *readers;
	size_t count;
	DB_ROWS_SCOPE rows = { 0 };

	TRY(position_load(call->tx, &position));
	TRY(readers_list(call->tx, &rows, &readers, &count));
	wire_encode_get_position(call, &position, ((const struct relay *)call->process)->kept_days, readers, count);
	return OK;
}

struct err verify(struct rpc_call *call)
{
	struct check_result results[FEED_CHECKS];

	TRY(log_verify(call->tx, results));
	wire_encode_verify(call, results, FEED_CHECKS);
	return OK;
}
