#include "common/io/feed.h"

#include <string.h>

#include "common/base/check.h"
#include "common/io/log.h"
#include "common/io/metrics.h"

#define RACE_TRIES 5
#define SUBSCRIPTIONS_MAX 64 /* of one reader; a service has some ten */

static struct metric handled_total =
	METRIC_COUNTER_INIT("relance_feed_events_handled_total", "Events of the feed that found a handler", NULL);
static struct metric reader_stuck = METRIC_GAUGE_INIT(
	"relance_feed_reader_stuck", "Number of the event at which the reader stands still, 0 where it moves", NULL);

static const struct db_stmt CURSOR_MAKE =
	DB_STMT("feed_cursor_make", "INSERT INTO feed_cursor (reader, sequence) VALUES ($1, 0) ON CONFLICT DO NOTHING");

/* Cursor and events in one statement. No rows where another copy of the service holds the cursor. An event
 * that nobody subscribed to comes without its payload. */
static const struct db_stmt EVENTS_READ =
	DB_STMT("feed_events_read",
		"WITH here AS MATERIALIZED (SELECT sequence FROM feed_cursor WHERE reader = $1 FOR UPDATE SKIP LOCKED) "
		"SELECT e.sequence, e.id, e.creditor, e.type, e.subject, e.at, e.payload_type, e.trace_parent, "
		"CASE WHEN e.type = ANY ($3::text[]) THEN e.payload END "
		"FROM here CROSS JOIN LATERAL (SELECT * FROM feed.event n WHERE n.sequence > here.sequence "
		"ORDER BY n.sequence LIMIT $2) AS e ORDER BY e.sequence");

static const struct db_stmt CURSOR_MOVE =
	DB_STMT("feed_cursor_move", "UPDATE feed_cursor SET sequence = $2 WHERE reader = $1");

/* One transaction's worth of reading. */
struct part {
	const struct feed_reader *reader;
	void *process;
	int limit;
	int64_t at; /* the event in hand, for the log */
	int passed;
};

static feed_handler handler_find(const struct feed_reader *reader, const char *type)
{
	for (size_t i = 0; i < reader->count; i++)
		if (strcmp(reader->subscriptions[i].type, type) == 0)
			return reader->subscriptions[i].handler;
	return NULL;
}

static struct db_param subscribed_types(const struct feed_reader *reader, struct arena *arena)
{
	const char *types[SUBSCRIPTIONS_MAX];

	CHECK(reader->count <= SUBSCRIPTIONS_MAX);
	for (size_t i = 0; i < reader->count; i++)
		types[i] = reader->subscriptions[i].type;
	return db_text_array(arena, types, reader->count);
}

struct feed_event feed_event_decode(const struct db_rows *rows, int row, struct arena *arena)
{
	struct feed_event event = {
		.sequence = db_cell_int(rows, row, 0),
		.id = db_cell_id(rows, row, 1),
		.creditor = db_cell_text(rows, row, 2),
		.type = db_cell_text(rows, row, 3),
		.subject = db_cell_text(rows, row, 4),
		.time = db_cell_time(rows, row, 5),
		.payload_type = db_cell_text(rows, row, 6),
		.trace_parent = db_cell_text(rows, row, 7),
	};

	event.payload = db_cell_bytes(rows, row, 8, arena, &event.payload_length);
	return event;
}

static struct err event_handle(struct part *part, struct db_tx *tx, const struct db_rows *rows, int row)
{
	feed_handler handler = handler_find(part->reader, db_cell_text(rows, row, 3));

	part->at = db_cell_int(rows, row, 0);
	if (!handler)
		return OK;
	struct feed_event event = feed_event_decode(rows, row, tx->arena);
	struct feed_context context = { .arena = tx->arena, .tx = tx, .process = part->process };

	metric_add(&handled_total, 1);
	log_trace(event.trace_parent);
	struct err err = handler(&context, &event);

	log_trace(NULL);
	return err;
}

static struct err part_read(struct part *part, struct db *db, struct arena *arena)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
	DB_ROWS_SCOPE rows = { 0 };
	struct db_param name = db_text(part->reader->name);

	TRY(db_exec(&tx, &CURSOR_MAKE, &name, 1));
	TRY(db_query(&tx, &EVENTS_READ, DB_PARAMS(name, db_int(part->limit), subscribed_types(part->reader, arena)),
		     &rows));
	for (int row = 0; row < rows.count; row++)
		TRY(event_handle(part, &tx, &rows, row));
	if (rows.count > 0)
		TRY(db_exec(&tx, &CURSOR_MOVE, DB_PARAMS(name, db_int(part->at))));
	TRY(db_commit(&tx));
	part->passed = rows.count;
	return OK;
}

/* Races are run again. The error's texts are literals, as its arena ends here; what they were is logged. */
static struct err part_run(struct part *part, struct db *db)
{
	ARENA_SCOPE arena = arena_new(0);
	struct err err = part_read(part, db, arena);

	for (int tries = 1; err.code == ERR_ABORTED && tries < RACE_TRIES; tries++)
		err = part_read(part, db, arena);
	if (err_ok(err))
		return OK;
	if (err.code == ERR_UNAVAILABLE)
		return ERR(ERR_UNAVAILABLE, "db.unavailable", NULL, "the database is away");
	log_error("event not handled", LOG_TEXT("reader", part->reader->name), LOG_INT("sequence", part->at),
		  LOG_INT("alone", part->limit == 1), LOG_ERR(err));
	return ERR(err.code, "feed.stuck", NULL, "an event of the feed cannot be handled");
}

/* One event a transaction, up to the one that fails: those before it go through. */
static struct err read_singly(struct part *part, struct db *db, int *handled)
{
	struct err err;
	int passed = 0;

	part->limit = 1;
	do {
		part->passed = 0;
		err = part_run(part, db);
		passed += part->passed;
	} while (part->passed > 0 && passed < FEED_BATCH_MAX);
	metric_set(&reader_stuck, err_ok(err) ? 0 : part->at);
	if (!err_ok(err) && passed == 0)
		return err;
	*handled = passed;
	return OK;
}

struct err feed_read_once(struct db *db, const struct feed_reader *reader, void *process, int *handled)
{
	struct part part = { .reader = reader, .process = process, .limit = FEED_BATCH_MAX };
	struct err err = part_run(&part, db);

	if (err.code == ERR_UNAVAILABLE)
		return err;
	if (!err_ok(err))
		return read_singly(&part, db, handled);
	metric_set(&reader_stuck, 0);
	*handled = part.passed;
	return OK;
}
