#ifndef IO_MIGRATE_H
#define IO_MIGRATE_H

#include "common/base/arena.h"
#include "common/base/err.h"

/* Brings a database to the newest schema: numbered SQL files in dbmate's format (`-- migrate:up`, `-- migrate:down`),
 * applied in the order of their numbers, each in a transaction of its own, under an advisory lock so that
 * any number of runners may start at once. Versions lie in public.schema_migrations as dbmate keeps them; beside
 * them public.relance_migration keeps each file's SHA-256, and a file that changed after it was applied is refused.
 *
 * A statement that waits longer than MIGRATE_LOCK_TIMEOUT_MS for a table's lock is given up, rather than
 * let everybody queue behind it. dbmate's `transaction:false` is not supported.
 *
 * Errors: ERR_UNAVAILABLE "db.unavailable"; ERR_NOT_FOUND "migrate.folder"; ERR_INVALID "migrate.format";
 * ERR_CONFLICT "migrate.changed"; ERR_CONFLICT "migrate.failed" with "file:line" in `field`, in which case that
 * file has done nothing and those before it stay. */

#define MIGRATE_LOCK_TIMEOUT_MS 10000
#define MIGRATE_FILE_BYTES_MAX ((size_t)4 * 1024 * 1024)

enum migrate_state { MIGRATE_PRESENT, MIGRATE_APPLIED };

typedef void (*migrate_report)(void *context, const char *file, enum migrate_state state);

/* `report` (may be NULL) hears of each file when it is done. */
MUST_USE struct err migrate_run(const char *conninfo, const char *folder, struct arena *arena, migrate_report report,
				void *context);

#endif
