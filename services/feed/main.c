/*
 * relance-feed(8)
 *
 * NAME
 *	relance-feed - numbers the events of all services, publishes them, replays them
 *
 * SYNOPSIS
 *	relance-feed [--help]
 *
 * DESCRIPTION
 *	Owns the schema `feed`. A service appends its events to feed.outbox in the transaction that changes the record.
 *	One copy of this process, the leader, moves committed events into feed.event under the next number:
 *	gap-free, in commit order, never changed. It publishes them on RELANCE_PUBLISH, with a heartbeat each
 *	second that tells the newest number. The other copies stand by, and answer rpcs all the same.
 *
 *	Answers the rpcs of relance.feed.v1.FeedService: events behind a number (waiting for the next one if asked to),
 *	the position of the log and of its readers, the log's invariants.
 *
 *	Events older than RELANCE_FEED_DAYS are taken out of the log, once all services have handled them. Whoever asks
 *	for events behind one that is gone is refused with "feed.purged", and has to start anew.
 *
 *	The frames on the wire, and what a subscriber has to do, are told in proto/relance/feed/v1/feed.proto.
 *
 * SETTINGS
 *	RELANCE_PUBLISH, RELANCE_FEED_DAYS, and those that all processes share: see --help.
 *
 * SOURCE
 *	relay.c numbers and publishes; publisher.c the socket; purge.c takes old events out; store.c the SQL;
 *	handlers.c and wire.c the rpcs.
 */
#include <stdlib.h>

#include "common/base/check.h"
#include "common/io/service.h"
#include "feed/handlers.h"
#include "feed/purge.h"
#include "feed/relay.h"
#include "feed/wire.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *publish;
static long long kept_days;

static const struct setting SETTINGS[] = {
	{ .name = "RELANCE_PUBLISH",
	  .kind = SETTING_ENDPOINTS,
	  .help = "Where events are published: tcp://*:5561 or ipc:///path.",
	  .to.text = &publish },
	{ .name = "RELANCE_FEED_DAYS",
	  .kind = SETTING_INT,
	  .fallback = FEED_DAYS_DEFAULT,
	  .min = 1,
	  .max = FEED_DAYS_MAX,
	  .help = "How many days the log of events is kept; longer where a service has not read so far.",
	  .to.number = &kept_days },
};

static struct err start(void **process)
{
	struct relay *relay = calloc(1, sizeof *relay);

	CHECK(relay != NULL);
	relay->publisher = (struct publisher){ .endpoint = publish, .keys = service_settings.keys };
	relay->arena = arena_new(0);
	relay->kept_days = kept_days;
	*process = relay;
	return OK;
}

static void stop(void **process)
{
	struct relay *relay = *process;

	publisher_close(&relay->publisher);
	arena_destroy(&relay->arena);
	free(relay);
	*process = NULL;
}

int main(int argc, char **argv)
{
	const struct rpc_method methods[] = {
		{ FEED_SERVICE, "ListEvents", RPC_OWN, list_events },
		{ FEED_SERVICE, "GetPosition", RPC_READ, get_position },
		{ FEED_SERVICE, "Verify", RPC_READ, verify },
	};
	static const struct service_job jobs[] = {
		{ .name = "relay", .run = relay_run }, /* asks for its leadership itself: the socket hangs on it */
		{ .name = "purge", .run = purge_run, .leader_key = PURGE_LEADER_KEY },
	};
	const struct service service = {
		.name = "feed",
		.summary = "numbers the events of all services, publishes them, replays them",
		.settings = SETTINGS,
		.setting_count = COUNT(SETTINGS),
		.methods = methods,
		.method_count = COUNT(methods),
		.jobs = jobs,
		.job_count = COUNT(jobs),
		.start = start,
		.stop = stop,
	};
	return service_run(&service, argc, argv);
}
