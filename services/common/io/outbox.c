#include "common/io/outbox.h"

#include "common/io/random.h"

#define APPEND_MAX 1000 /* events a statement: some 500 KB of parameters */

static const struct db_stmt APPEND =
	DB_STMT("outbox_append",
		"INSERT INTO feed.outbox (id, creditor, type, subject, at, payload_type, payload, trace_parent) "
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");

static const struct db_stmt APPEND_ALL = DB_STMT(
	"outbox_append_all",
	"INSERT INTO feed.outbox (id, creditor, type, subject, at, payload_type, payload, trace_parent) "
	"SELECT e.id, e.creditor, e.type, e.subject, e.at, e.payload_type, e.payload, e.trace_parent "
	"FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::bytea[], "
	"$8::text[]) "
	"WITH ORDINALITY AS e (id, creditor, type, subject, at, payload_type, payload, trace_parent, n) ORDER BY e.n");

struct err outbox_append(struct db_tx *tx, const struct event *event)
{
	return db_exec(tx, &APPEND,
		       DB_PARAMS(db_id(id_fresh()), db_text(event->creditor), db_text(event->type),
				 db_text_or_empty(event->subject), db_time(event->time), db_text(event->payload_type),
				 db_bytes(tx->arena, event->payload, event->payload_length),
				 db_text(event->trace_parent)));
}

static struct err append_part(struct db_tx *tx, const struct event *events, size_t count)
{
	enum { CREDITOR, TYPE, SUBJECT, PAYLOAD_TYPE, TRACE_PARENT, TEXTS };
	struct id ids[APPEND_MAX];
	struct instant times[APPEND_MAX];
	struct db_blob payloads[APPEND_MAX];
	const char *texts[TEXTS][APPEND_MAX];

	for (size_t i = 0; i < count; i++) {
		ids[i] = id_fresh();
		times[i] = events[i].time;
		payloads[i] = (struct db_blob){ events[i].payload ? events[i].payload : "", events[i].payload_length };
		texts[CREDITOR][i] = events[i].creditor;
		texts[TYPE][i] = events[i].type;
		texts[SUBJECT][i] = events[i].subject ? events[i].subject : "";
		texts[PAYLOAD_TYPE][i] = events[i].payload_type;
		texts[TRACE_PARENT][i] = events[i].trace_parent;
	}
	return db_exec(
		tx, &APPEND_ALL,
		DB_PARAMS(db_id_array(tx->arena, ids, count), db_text_array(tx->arena, texts[CREDITOR], count),
			  db_text_array(tx->arena, texts[TYPE], count), db_text_array(tx->arena, texts[SUBJECT], count),
			  db_time_array(tx->arena, times, count), db_text_array(tx->arena, texts[PAYLOAD_TYPE], count),
			  db_bytes_array(tx->arena, payloads, count),
			  db_text_array(tx->arena, texts[TRACE_PARENT], count)));
}

struct err outbox_append_all(struct db_tx *tx, const struct event *events, size_t count)
{
	for (size_t at = 0; at < count; at += APPEND_MAX) {
		size_t part = count - at < APPEND_MAX ? count - at : APPEND_MAX;

		TRY(append_part(tx, events + at, part));
	}
	return OK;
}
