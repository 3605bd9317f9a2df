/* relancectl feed: the event log as JSON lines, and how far its readers have come. */
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "ctl/ctl.h"
#include "gateway/transcode/protoset.h"
#include "gateway/transcode/transcode.h"
#include "relance/feed/v1/feed.pb-c.h"

#define PAGE_EVENTS 500
#define FOLLOW_WAIT_MS 5000
#define TRACE_ID_AT 3 /* "00-<trace id>-<parent id>-<flags>" (W3C Trace Context) */
#define TRACE_ID_BYTES 32

static int cmd_feed_tail(struct ctl *ctl, int argc, char **argv);
static int cmd_feed_position(struct ctl *ctl, int argc, char **argv);
static int cmd_feed_status(struct ctl *ctl, int argc, char **argv);

const struct ctl_command FEED_COMMANDS[] = {
	{ "feed", "tail", "[--from N] [--follow] [--limit N] [--type TYPE]", "events as JSON lines", cmd_feed_tail },
	{ "feed", "status", "", "what is kept, how long, and who holds it up", cmd_feed_status },
	{ "feed", "position", "", "the newest event, and how far the readers have come", cmd_feed_position },
	{ 0 },
};

struct tail {
	long long from, limit; /* the first event to print, 0: the first there is; how many, 0 for all */
	const char *type;
	bool follow;
	const struct schema *schema;
};

/* ------------------------------------------------------------------ one event */

/* NULL where the contract of this program does not know the message. */
static json_t *payload_json(const struct tail *tail, struct arena *arena, const Relance__Feed__V1__Event *event)
{
	const struct schema_message *type = schema_message_find(tail->schema, event->payload_type);
	BUF_SCOPE json;

	buf_init(&json, TRANSCODE_JSON_BYTES_MAX);
	if (!type || !err_ok(transcode_to_json(arena, type, event->payload.data, event->payload.len, &json)))
		return json_null();
	json_t *payload = json_loadb(json.data, json.length, 0, NULL);

	return payload ? payload : json_null();
}

static json_t *trace_json(const char *trace_parent)
{
	if (strlen(trace_parent) < TRACE_ID_AT + TRACE_ID_BYTES)
		return json_null();
	return json_stringn(trace_parent + TRACE_ID_AT, TRACE_ID_BYTES);
}

static json_t *event_json(const struct tail *tail, struct arena *arena, const Relance__Feed__V1__Event *event)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "sequence", (json_int_t)event->sequence, "id",
			 event->id, "time", event->time, "type", event->type, "creditor", event->creditor, "subject",
			 event->subject, "payload_type", event->payload_type, "payload",
			 payload_json(tail, arena, event), "trace_id", trace_json(event->trace_parent));
}

/* ------------------------------------------------------------------ the log */

static struct err page_ask(struct ctl *ctl, const struct tail *tail, int64_t after, int64_t wanted, bool wait,
			   Relance__Feed__V1__ListEventsResponse **page)
{
	Relance__Feed__V1__ListEventsRequest request;
	char *types[] = { (char *)tail->type };

	relance__feed__v1__list_events_request__init(&request);
	request.after = after;
	request.limit = (int32_t)(wanted < PAGE_EVENTS ? wanted : PAGE_EVENTS);
	request.wait_ms = wait ? FOLLOW_WAIT_MS : 0;
	request.types = types;
	request.n_types = !text_empty(tail->type);
	request.creditor = (char *)ctl->creditor;
	return ctl_call(ctl, CTL_FEED, "ListEvents", &request.base,
			&relance__feed__v1__list_events_response__descriptor, (ProtobufCMessage **)page);
}

static int page_print(struct ctl *ctl, const struct tail *tail, const Relance__Feed__V1__ListEventsResponse *page)
{
	for (size_t i = 0; i < page->n_events; i++) {
		int exit = ctl_json_line(ctl, event_json(tail, ctl->arena, page->events[i]));

		if (exit != CTL_DONE)
			return exit;
	}
	return CTL_DONE;
}

/* Each page in an arena of its own: a follower runs for weeks. */
static int tail_page(struct ctl *ctl, const struct tail *tail, int64_t *after, int64_t *left, bool *end)
{
	ARENA_SCOPE arena = arena_new(0);
	struct arena *outer = ctl->arena;
	Relance__Feed__V1__ListEventsResponse *page;

	ctl->arena = arena;
	struct err err = page_ask(ctl, tail, *after, *left, tail->follow, &page);

	if (err_ok(err) && *after == 0 && tail->from > 0 && tail->from < page->oldest)
		err = err_format(ctl->arena, ERR_RANGE, "feed.purged", "--from",
				 "events up to number %lld are no longer kept", (long long)page->oldest - 1);
	int exit = err_ok(err) ? page_print(ctl, tail, page) : ctl_exit(ctl, err);

	if (err_ok(err)) {
		*after = page->next_after;
		*left -= (int64_t)page->n_events;
		*end = *left == 0 || (!tail->follow && page->next_after >= page->newest);
	}
	ctl->arena = outer;
	return exit;
}

static struct err tail_options(struct ctl *ctl, int argc, char **argv, struct tail *tail)
{
	const struct ctl_option options[] = {
		CTL_OPTION_INT("--from", &tail->from, 0, INT64_MAX),
		CTL_OPTION_INT("--limit", &tail->limit, 0, INT64_MAX),
		CTL_OPTION_TEXT("--type", &tail->type),
		CTL_OPTION_FLAG("--follow", &tail->follow),
	};

	TRY(ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0));
	return protoset_load(ctl->arena, &tail->schema);
}

static int cmd_feed_tail(struct ctl *ctl, int argc, char **argv)
{
	struct tail tail = { 0 };
	struct err err = tail_options(ctl, argc, argv, &tail);
	int64_t after = tail.from > 0 ? tail.from - 1 : 0, left = tail.limit > 0 ? tail.limit : INT64_MAX;
	bool end = false;
	int exit = ctl_exit(ctl, err);

	while (exit == CTL_DONE && !end)
		exit = tail_page(ctl, &tail, &after, &left, &end);
	return exit;
}

/* ------------------------------------------------------------------ the position */

static struct err position_ask(struct ctl *ctl, int argc, char **argv, Relance__Feed__V1__GetPositionResponse **reply)
{
	Relance__Feed__V1__GetPositionRequest request;

	TRY(ctl_options(ctl, NULL, 0, &argc, argv, 0, 0));
	relance__feed__v1__get_position_request__init(&request);
	return ctl_call(ctl, CTL_FEED, "GetPosition", &request.base,
			&relance__feed__v1__get_position_response__descriptor, (ProtobufCMessage **)reply);
}

static int cmd_feed_position(struct ctl *ctl, int argc, char **argv)
{
	Relance__Feed__V1__GetPositionResponse *reply = NULL;
	struct err err = position_ask(ctl, argc, argv, &reply);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = table_new(ctl->arena);

	table_column(table, "service", TABLE_TEXT);
	table_column(table, "reader", TABLE_TEXT);
	table_column(table, "sequence", TABLE_INT);
	table_column(table, "behind", TABLE_INT);
	for (size_t i = 0; i < reply->n_readers; i++) {
		table_row(table);
		table_cell_text(table, reply->readers[i]->service);
		table_cell_text(table, reply->readers[i]->name);
		table_cell_int(table, reply->readers[i]->sequence);
		table_cell_int(table, reply->newest - reply->readers[i]->sequence);
	}
	ctl_note(ctl, "newest event %lld, %lld waiting for a number (%lld ms)", (long long)reply->newest,
		 (long long)reply->waiting, (long long)reply->lag_ms);
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ the status */

/* The reader that is farthest behind: nothing that it has not handled is taken out. */
static const Relance__Feed__V1__Reader *slowest_of(const Relance__Feed__V1__GetPositionResponse *reply)
{
	const Relance__Feed__V1__Reader *slowest = NULL;

	for (size_t i = 0; i < reply->n_readers; i++)
		if (!slowest || reply->readers[i]->sequence < slowest->sequence)
			slowest = reply->readers[i];
	return slowest;
}

static int cmd_feed_status(struct ctl *ctl, int argc, char **argv)
{
	Relance__Feed__V1__GetPositionResponse *reply = NULL;
	struct err err = position_ask(ctl, argc, argv, &reply);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	const Relance__Feed__V1__Reader *slowest = slowest_of(reply);
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{ "oldest", reply->oldest },
		{ "newest", reply->newest },
		{ "events", reply->newest - reply->oldest + 1 },
		{ "kept_days", reply->kept_days },
		{ "waiting", reply->waiting },
		{ "lag_ms", reply->lag_ms },
		{ "slowest_behind", slowest ? reply->newest - slowest->sequence : 0 },
	};
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		table_column(table, numbers[i].name, TABLE_INT);
	table_column(table, "slowest_reader", TABLE_TEXT);
	table_row(table);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		table_cell_int(table, numbers[i].value);
	table_cell_text(table, slowest ? slowest->name : NULL);
	return ctl_table(ctl, table);
}
