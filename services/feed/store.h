#ifndef FEED_STORE_H
#define FEED_STORE_H

#include "common/io/db.h"
#include "common/io/feed.h"
#include "feed/domain/log.h"

/* The outbox, the log and the cursors in PostgreSQL. Texts of events and readers point into the rows. */

/* Where the log stands, in one look that is cheap enough for many a second (`waiting` is 1 for any number). */
MUST_USE struct err position_glance(struct db_tx *tx, struct position *position);
MUST_USE struct err position_load(struct db_tx *tx, struct position *position);

/* Moves EVENTS_NUMBER_MAX committed events from the outbox into the log, or all there are, and what else is in the last
 * one's row, numbered behind its end in the order in which they were written, and gives them as they are there now.
 * Only the leader may. */
#define EVENTS_NUMBER_MAX 1000
MUST_USE struct err events_number(struct db_tx *tx, struct db_rows *rows, struct event_page *page);

/* Looks at up to `limit` events behind `after` and gives those that pass the filter. */
MUST_USE struct err events_list(struct db_tx *tx, int64_t after, int limit, const struct event_filter *filter,
				struct db_rows *rows, struct event_page *page);

MUST_USE struct err readers_list(struct db_tx *tx, struct db_rows *rows, struct reader_position **readers,
				 size_t *count);

/* Takes out at most `limit` events older than so many days, but none that a reader has not handled, nor the newest. */
MUST_USE struct err events_purge(struct db_tx *tx, int64_t days, int64_t limit, int64_t *gone);

#define FEED_CHECKS 3
MUST_USE struct err log_verify(struct db_tx *tx, struct check_result results[FEED_CHECKS]);

#endif
