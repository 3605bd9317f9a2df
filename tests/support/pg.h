#ifndef SUPPORT_PG_H
#define SUPPORT_PG_H

#include "common/io/db.h"

/* A PostgreSQL of the test's own, on a Unix socket in a folder that is gone when the test is. fsync is off: the tests
 * kill processes, not machines. Every function ends the test where it cannot do its work. */

struct pg;

/* Starts it, with the migrations of $RELANCE_SOURCE/deploy/schema applied. */
struct pg *pg_start(void);

/* The same, still empty. */
struct pg *pg_start_empty(void);

void pg_stop(struct pg **pg);

/* Stops at once, as a crash does (all connections are lost), and recovers. */
void pg_crash_and_restart(struct pg *pg);
void pg_down(struct pg *pg);
void pg_up(struct pg *pg);

/* A conninfo for a role: "relance_payments", or "postgres", who may do all. Lives as long as `pg`. */
const char *pg_conninfo(struct pg *pg, const char *role);

/* A connection as that role. */
struct db *pg_connect(struct pg *pg, const char *role);

/* Runs SQL as postgres; pg_value gives the first cell ("" where there is none) until the next call. */
void pg_execute(struct pg *pg, const char *sql);
const char *pg_value(struct pg *pg, const char *sql);
long long pg_number(struct pg *pg, const char *sql);

#endif
