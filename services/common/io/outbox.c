#include "common/io/outbox.h"

#include "common/io/db_records.h"
#include "common/io/random.h"

#define APPEND_MAX 1000 /* events a statement: some 500 KB of parameters */

static const struct db_stmt APPEND =
	DB_STMT("outbox_append",
		"INSERT INTO feed.outbox (id, creditor, type, subject, at, payload_type, payload, trace_parent) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");

static const struct db_stmt APPEND_ALL =
	DB_STMT("outbox_append_all",
		"INSERT INTO feed.outbox (id, creditor, type, subject, at, payload_type, payload, trace_parent) "
		"SELECT e.id, e.creditor, e.type, e.subject, e.at, e.payload_type, e.payload, e.trace_parent "
		"FROM unnest($1::feed.new_event[]) AS e");

#define EVENT_COLUMNS 8

struct err outbox_append(struct db_tx *tx, const struct event *event)
{
	return db_exec(tx, &APPEND,
		       DB_PARAMS(db_id(id_fresh()), db_text(event->creditor), db_text(event->type),
				 db_text_or_empty(event->subject), db_time(event->time), db_text(event->payload_type),
				 db_bytes(tx->arena, event->payload, event->payload_length),
				 db_text(event->trace_parent)));
}

void outbox_add(struct db_records *to, const struct event *event)
{
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

struct err outbox_append_all(struct db_tx *tx, const struct event *events, size_t count)
{
	for (size_t at = 0; at < count; at += APPEND_MAX) {
		size_t part = count - at < APPEND_MAX ? count - at : APPEND_MAX;
		DB_RECORDS_SCOPE records = { 0 };

		TRY(outbox_begin(tx, &records));
		for (size_t i = 0; i < part; i++)
			outbox_add(&records, &events[at + i]);
		TRY(outbox_end(tx, &records));
	}
	return OK;
}
