#include "feed/wire.h"

#include <stdlib.h>
#include <string.h>

#include "common/io/rpc_message.h"
#include "relance/feed/v1/feed.pb-c.h"

const ProtobufCServiceDescriptor *const FEED_SERVICE = &relance__feed__v1__feed_service__descriptor;

static struct err range_check(int64_t value, int64_t max, const char *field)
{
	if (value < 0 || value > max)
		return ERR(ERR_INVALID, "number.range", field, "the number is below zero or above its limit");
	return OK;
}

struct err wire_decode_list_events(const struct rpc_call *call, struct list_ask *ask)
{
	const Relance__Feed__V1__ListEventsRequest *request = (const void *)call->request;

	TRY(range_check(request->after, INT64_MAX, "after"));
	TRY(range_check(request->limit, LIST_LIMIT_MAX, "limit"));
	TRY(range_check(request->wait_ms, LIST_WAIT_MS_MAX, "wait_ms"));
	TRY(range_check((int64_t)request->n_types, LIST_TYPES_MAX, "types"));
	*ask = (struct list_ask){
		.after = request->after,
		.limit = request->limit ? request->limit : LIST_LIMIT_DEFAULT,
		.wait_ms = request->wait_ms,
		.filter = { .types = (const char *const *)request->types,
			    .type_count = request->n_types,
			    .creditor = request->creditor },
	};
	return OK;
}

/* "relance.invoice.issued.v1" -> 1 */
static int32_t schema_version(const char *type)
{
	const char *dot = strrchr(type, '.');

	return dot && dot[1] == 'v' ? (int32_t)strtol(dot + 2, NULL, 10) : 0;
}

static Relance__Feed__V1__Event *event_encode(struct arena *arena, const struct feed_event *from)
{
	Relance__Feed__V1__Event *event = arena_alloc(arena, sizeof *event);

	relance__feed__v1__event__init(event);
	event->sequence = from->sequence;
	event->id = wire_id(arena, from->id);
	event->creditor = wire_text(arena, from->creditor);
	event->type = wire_text(arena, from->type);
	event->subject = wire_text(arena, from->subject);
	event->time = wire_instant(arena, from->time);
	event->schema_version = schema_version(from->type);
	event->trace_parent = wire_text(arena, from->trace_parent);
	event->payload_type = wire_text(arena, from->payload_type);
	event->payload.data = (uint8_t *)arena_copy_n(arena, from->payload, from->payload_length);
	event->payload.len = from->payload_length;
	return event;
}

const void *wire_pack_event(struct arena *arena, const struct feed_event *event, size_t *length)
{
	const Relance__Feed__V1__Event *message = event_encode(arena, event);
	uint8_t *bytes = arena_alloc(arena, relance__feed__v1__event__get_packed_size(message));

	*length = relance__feed__v1__event__pack(message, bytes);
	return bytes;
}

void wire_encode_list_events(struct rpc_call *call, const struct event_page *page, int64_t newest, int64_t oldest)
{
	Relance__Feed__V1__ListEventsResponse *reply = arena_alloc(call->arena, sizeof *reply);
	size_t bytes = 0;

	relance__feed__v1__list_events_response__init(reply);
	reply->newest = newest;
	reply->oldest = oldest;
	reply->next_after = page->looked_at;
	reply->events = arena_array(call->arena, (size_t)page->count, sizeof *reply->events);
	for (int i = 0; i < page->count; i++) {
		reply->events[reply->n_events] = event_encode(call->arena, &page->events[i]);
		bytes += relance__feed__v1__event__get_packed_size(reply->events[reply->n_events++]);
		if (bytes > LIST_REPLY_BYTES && i + 1 < page->count) {
			reply->next_after = page->events[i].sequence;
			break;
		}
	}
	call->reply = &reply->base;
}

void wire_encode_get_position(struct rpc_call *call, const struct position *position, int64_t kept_days,
			      const struct reader_position *readers, size_t reader_count)
{
	Relance__Feed__V1__GetPositionResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__feed__v1__get_position_response__init(reply);
	reply->newest = position->newest;
	reply->waiting = position->waiting;
	reply->lag_ms = position->lag_us / 1000;
	reply->oldest = position->oldest;
	reply->kept_days = kept_days;
	reply->readers = arena_array(call->arena, reader_count, sizeof *reply->readers);
	for (size_t i = 0; i < reader_count; i++) {
		Relance__Feed__V1__Reader *reader = arena_alloc(call->arena, sizeof *reader);

		relance__feed__v1__reader__init(reader);
		reader->service = wire_text(call->arena, readers[i].service);
		reader->name = wire_text(call->arena, readers[i].name);
		reader->sequence = readers[i].sequence;
		reply->readers[reply->n_readers++] = reader;
	}
	call->reply = &reply->base;
}

void wire_encode_verify(struct rpc_call *call, const struct check_result *results, size_t count)
{
	Relance__Feed__V1__VerifyResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__feed__v1__verify_response__init(reply);
	reply->checks = arena_array(call->arena, count, sizeof *reply->checks);
	for (size_t i = 0; i < count; i++)
		reply->checks[reply->n_checks++] =
			wire_check(call->arena, results[i].name, results[i].ok, results[i].checked, results[i].detail);
	call->reply = &reply->base;
}
