#include "feed/store.h"

#define LAG_US_MAX (30 * US_PER_SECOND) /* the relay usually takes 20 ms; beyond this it is not running */

#define STRING_OF_(x) #x
#define STRING_OF(x) STRING_OF_(x)
#define AT_ONCE STRING_OF(EVENTS_NUMBER_MAX)
#define NEWEST "coalesce((SELECT sequence FROM feed.event ORDER BY sequence DESC LIMIT 1), 0)"
#define PURGED "(SELECT sequence FROM feed.purged)"

/* By the key, not by a scan: the table's pages are full of rows that have just been taken out. */
static const struct db_stmt GLANCE =
	DB_STMT("feed_glance",
		"SELECT " NEWEST ", (o.recorded_at IS NOT NULL)::int, "
		"coalesce(extract(epoch FROM clock_timestamp() - o.recorded_at) * 1000000, 0)::bigint, " PURGED " + 1 "
		"FROM (VALUES (1)) AS one LEFT JOIN "
		"(SELECT recorded_at FROM feed.outbox ORDER BY position LIMIT 1) AS o ON true");

static const struct db_stmt POSITION = DB_STMT(
	"feed_position",
	"SELECT " NEWEST ", coalesce(sum(event_count), 0), "
	"coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)) * 1000000, 0)::bigint, " PURGED " + 1 "
	"FROM feed.outbox");

/* The planner sees an outbox that is empty one moment and a million rows the next: it is told the way, by the key, and
 * not to compile what is run once. */
static const struct db_stmt BY_KEY =
	DB_STMT("feed_by_key",
		"SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), "
		"       set_config('jit', 'off', true)");

/* Rows of EVENTS_NUMBER_MAX events, and the rest of the last one's. What this statement sees is committed; what it does
 * not see yet gets a later number. */
/* clang-format off */
static const struct db_stmt NUMBER = DB_STMT(
	"feed_number",
	"WITH page AS (SELECT position, sum(event_count) OVER (ORDER BY position) - event_count AS before "
	"  FROM (SELECT position, event_count FROM feed.outbox ORDER BY position LIMIT " AT_ONCE ") f), "
	"taken AS (DELETE FROM feed.outbox "
	"  WHERE position <= (SELECT max(position) FROM page WHERE before < " AT_ONCE ") RETURNING position, events), "
	"numbered AS (INSERT INTO feed.event "
	"  (sequence, id, creditor, type, subject, at, payload_type, payload, trace_parent) "
	"  SELECT " NEWEST " + row_number() OVER (ORDER BY t.position, e.place), e.id, e.creditor, e.type, e.subject, "
	"         e.at, e.payload_type, e.payload, e.trace_parent "
	"    FROM taken t CROSS JOIN LATERAL unnest(t.events) WITH ORDINALITY "
	"         AS e (id, creditor, type, subject, at, payload_type, payload, trace_parent, place) RETURNING *) "
	"SELECT " FEED_EVENT_COLUMNS " FROM numbered ORDER BY sequence");
/* clang-format on */

static const struct db_stmt LIST = DB_STMT(
	"feed_list", "SELECT " FEED_EVENT_COLUMNS " FROM feed.event WHERE sequence > $1 AND sequence <= $2 "
		     "AND (cardinality($3::text[]) = 0 OR type = ANY ($3)) AND $4 IN ('', creditor) ORDER BY sequence");

static const struct db_stmt READERS =
	DB_STMT("feed_readers", "SELECT service, name, sequence FROM feed.reader ORDER BY service, name");

static const struct db_stmt CHECK_NUMBERS =
	DB_STMT("feed_check_numbers",
		"SELECT count(e.sequence), count(e.sequence) = coalesce(max(e.sequence), p.sequence) - p.sequence "
		"AND coalesce(min(e.sequence), p.sequence + 1) = p.sequence + 1, "
		"format('%s events, the newest is number %s, %s were taken out', count(e.sequence), "
		"coalesce(max(e.sequence), 0), "
		"p.sequence) FROM feed.purged p LEFT JOIN feed.event e ON true GROUP BY p.sequence");

static const struct db_stmt PURGE = DB_STMT("feed_purge", "SELECT feed.purge($1, $2)");

static const struct db_stmt CHECK_READERS = DB_STMT(
	"feed_check_readers", "SELECT count(*), count(*) FILTER (WHERE sequence > " NEWEST ") = 0, "
			      "coalesce(string_agg(format('%s stands at %s', name, sequence), ', ' ORDER BY name), "
			      "'nobody has read yet') FROM feed.reader");

static struct err position_query(struct db_tx *tx, const struct db_stmt *stmt, struct position *position)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, stmt, DB_NO_PARAMS, &rows));
	*position = (struct position){ .newest = db_cell_int(&rows, 0, 0),
				       .waiting = db_cell_int(&rows, 0, 1),
				       .lag_us = db_cell_int(&rows, 0, 2),
				       .oldest = db_cell_int(&rows, 0, 3) };
	return OK;
}

struct err position_glance(struct db_tx *tx, struct position *position)
{
	return position_query(tx, &GLANCE, position);
}

struct err position_load(struct db_tx *tx, struct position *position)
{
	return position_query(tx, &POSITION, position);
}

static struct event_page page_decode(const struct db_rows *rows, int64_t looked_at, struct arena *arena)
{
	struct event_page page = { .events = arena_array(arena, (size_t)rows->count, sizeof *page.events),
				   .count = rows->count,
				   .looked_at = looked_at };

	for (int row = 0; row < rows->count; row++)
		page.events[row] = feed_event_decode(rows, row, arena);
	return page;
}

struct err events_number(struct db_tx *tx, struct db_rows *rows, struct event_page *page)
{
	TRY(db_exec(tx, &BY_KEY, DB_NO_PARAMS));
	TRY(db_query(tx, &NUMBER, DB_NO_PARAMS, rows));
	*page = page_decode(rows, rows->count > 0 ? db_cell_int(rows, rows->count - 1, 0) : 0, tx->arena);
	return OK;
}

struct err events_list(struct db_tx *tx, int64_t after, int limit, const struct event_filter *filter,
		       struct db_rows *rows, struct event_page *page)
{
	struct position position;

	TRY(position_glance(tx, &position));
	/* Numbers have no gaps, so the window is known before anything is read. */
	int64_t until = position.newest - after > limit ? after + limit : position.newest;

	TRY(db_query(tx, &LIST,
		     DB_PARAMS(db_int(after), db_int(until),
			       db_text_array(tx->arena, filter->types, filter->type_count),
			       db_text_or_empty(filter->creditor)),
		     rows));
	*page = page_decode(rows, until > after ? until : after, tx->arena);
	return OK;
}

struct err events_purge(struct db_tx *tx, int64_t days, int64_t limit, int64_t *gone)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PURGE, DB_PARAMS(db_int(days), db_int(limit)), &rows));
	*gone = db_cell_int(&rows, 0, 0);
	return OK;
}

struct err readers_list(struct db_tx *tx, struct db_rows *rows, struct reader_position **readers, size_t *count)
{
	TRY(db_query(tx, &READERS, DB_NO_PARAMS, rows));
	*readers = arena_array(tx->arena, (size_t)rows->count, sizeof **readers);
	*count = (size_t)rows->count;
	for (int row = 0; row < rows->count; row++)
		(*readers)[row] = (struct reader_position){ .service = db_cell_text(rows, row, 0),
							    .name = db_cell_text(rows, row, 1),
							    .sequence = db_cell_int(rows, row, 2) };
	return OK;
}

static struct err check_run(struct db_tx *tx, const struct db_stmt *stmt, const char *name, struct check_result *result)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, stmt, DB_NO_PARAMS, &rows));
	*result = (struct check_result){ .name = name,
					 .checked = db_cell_int(&rows, 0, 0),
					 .ok = db_cell_bool(&rows, 0, 1),
					 .detail = db_cell_copy(&rows, 0, 2, tx->arena) };
	return OK;
}

struct err log_verify(struct db_tx *tx, struct check_result results[FEED_CHECKS])
{
	struct position position;

	TRY(check_run(tx, &CHECK_NUMBERS, "feed.numbers_gap_free", &results[0]));
	TRY(check_run(tx, &CHECK_READERS, "feed.readers_within_log", &results[1]));
	TRY(position_load(tx, &position));
	results[2] = (struct check_result){
		.name = "feed.outbox_drained",
		.ok = position.lag_us <= LAG_US_MAX,
		.checked = position.waiting,
		.detail = arena_format(tx->arena, "the oldest event without a number waits since %lld ms",
				       (long long)(position.lag_us / 1000)),
	};
	return OK;
}
