#include "common/io/outbox.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/db_records.h"
#include "common/io/random.h"

static const struct db_stmt APPEND = DB_STMT(
	"outbox_append", "INSERT INTO feed.outbox (events) VALUES (ARRAY[ROW($1::uuid, $2::text, $3::text, $4::text, "
			 "$5::timestamptz, $6::text, $7::bytea, $8::text)::feed.new_event])");

static const struct db_stmt APPEND_ALL =
	DB_STMT("outbox_append_all", "INSERT INTO feed.outbox (events) VALUES ($1::feed.new_event[])");

#define EVENT_COLUMNS 8

/* The server cannot tell what is missing within a row; the relay would find out, and could not go on. */
static void check_whole(const struct event *event)
{
	CHECK(!text_empty(event->creditor) && !text_empty(event->type) && !text_empty(event->payload_type) &&
	      instant_known(event->time));
}

struct err outbox_append(struct db_tx *tx, const struct event *event)
{
	check_whole(event);
	return db_exec(tx, &APPEND,
		       DB_PARAMS(db_id(id_fresh()), db_text(event->creditor), db_text(event->type),
				 db_text_or_empty(event->subject), db_time(event->time), db_text(event->payload_type),
				 db_bytes(tx->arena, event->payload, event->payload_length),
				 db_text(event->trace_parent)));
}

void outbox_add(struct db_records *to, const struct event *event)
{
	check_whole(event);
	db_record_begin(to);
	db_put_id(to, id_fresh());
	db_put_text(to, event->creditor);
	db_put_text(to, event->type);
	db_put_text_or_empty(to, event->subject);
	db_put_time(to, event->time);
	db_put_text(to, event->payload_type);
	db_put_bytes(to, event->payload ? event->payload : "", event->payload_length);
	db_put_text(to, event->trace_parent);
}

struct err outbox_begin(struct db_tx *tx, struct db_records *events)
{
	return db_records_begin(tx, events, "feed.new_event", EVENT_COLUMNS);
}

struct err outbox_end(struct db_tx *tx, struct db_records *events)
{
	return events->count == 0 ? OK : db_exec(tx, &APPEND_ALL, DB_PARAMS(db_records(events)));
}

struct err outbox_row(struct db_tx *tx, struct db_records *events)
{
	if (events->count < OUTBOX_ROW_EVENTS)
		return OK;
	TRY(outbox_end(tx, events));
	db_records_release(events);
	return outbox_begin(tx, events);
}

struct err outbox_append_all(struct db_tx *tx, const struct event *events, size_t count)
{
	DB_RECORDS_SCOPE records = { 0 };

	if (count == 0)
		return OK;
	TRY(outbox_begin(tx, &records));
	for (size_t i = 0; i < count; i++) {
		TRY(outbox_row(tx, &records));
		outbox_add(&records, &events[i]);
	}
	return outbox_end(tx, &records);
}
