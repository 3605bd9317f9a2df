#include "common/io/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"

#define STRING_OF_(x) #x
#define STRING_OF(x) STRING_OF_(x)
#define LOCK_KEY "7309940171" /* "relance" on a telephone, and two digits; services' leader keys are small */
#define UP_MARK "-- migrate:up"
#define DOWN_MARK "\n-- migrate:down"

struct migration {
	const char *file, *version;
	const char *text; /* the whole file */
	const char *up;   /* within `text`, the line after the mark */
	char *up_sql;
};

struct run {
	PGconn *connection;
	struct arena *arena;
	const char *folder;
};

static void run_close(struct run *run)
{
	PQfinish(run->connection);
}

static void result_release(PGresult **result)
{
	PQclear(*result);
}

#define RESULT_SCOPE __attribute__((cleanup(result_release))) PGresult *

static struct err run_error(const struct run *run, const char *what)
{
	bool lost = PQstatus(run->connection) != CONNECTION_OK;

	return err_format(run->arena, lost ? ERR_UNAVAILABLE : ERR_INTERNAL, lost ? "db.unavailable" : "db.failed",
			  NULL, "%s: %s", what, PQerrorMessage(run->connection));
}

static struct err run_sql(const struct run *run, const char *sql)
{
	RESULT_SCOPE result = PQexec(run->connection, sql);
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ? OK : run_error(run, "migrate");
}

static struct err run_query(const struct run *run, const char *sql, int count, const char *const *values,
			    PGresult **rows)
{
	*rows = PQexecParams(run->connection, sql, count, NULL, values, NULL, NULL, 0);
	return PQresultStatus(*rows) == PGRES_TUPLES_OK ? OK : run_error(run, "migrate");
}

/* ------------------------------------------------------------------ the files */

static int is_migration(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && text_ends(entry->d_name, ".sql");
}

static struct err file_read(const struct run *run, const char *name, const char **text)
{
	const char *path = arena_format(run->arena, "%s/%s", run->folder, name);
	FILE *file = fopen(path, "re");
	struct stat status;

	if (!file)
		return err_format(run->arena, ERR_NOT_FOUND, "migrate.folder", path, "%s: %s", path, strerror(errno));
	size_t size = fstat(fileno(file), &status) == 0 ? (size_t)status.st_size : SIZE_MAX;
	bool whole = false;

	if (size <= MIGRATE_FILE_BYTES_MAX) {
		char *bytes = arena_alloc(run->arena, size + 1);

		whole = fread(bytes, 1, size, file) == size;
		*text = bytes;
	}
	fclose(file);
	if (!whole)
		return err_format(run->arena, ERR_INVALID, "migrate.format", path, "%s cannot be read, or is too large",
				  path);
	return OK;
}

static struct err migration_read(const struct run *run, const char *name, struct migration *migration)
{
	TRY(file_read(run, name, &migration->text));
	const char *mark = strstr(migration->text, UP_MARK);
	const char *line = mark ? strchr(mark, '\n') : NULL;

	if (!line || line != mark + strlen(UP_MARK))
		return err_format(run->arena, ERR_INVALID, "migrate.format", name,
				  "%s has no line \"%s\" without options", name, UP_MARK);
	const char *down = strstr(line, DOWN_MARK);

	migration->file = arena_copy(run->arena, name);
	migration->version = arena_copy_n(run->arena, name, strspn(name, "0123456789"));
	migration->up = line + 1;
	migration->up_sql =
		down ? arena_copy_n(run->arena, line + 1, (size_t)(down - line)) : arena_copy(run->arena, line + 1);
	return OK;
}

/* ------------------------------------------------------------------ one file */

/* The file's line at which the server's position (in characters, from 1) lies. */
static int line_of(const struct migration *migration, const char *position)
{
	int line = 1;
	const char *at = migration->text;

	for (; at < migration->up; at++)
		line += *at == '\n';
	for (long characters = position ? strtol(position, NULL, 10) : 1; *at && characters > 1; at++) {
		line += *at == '\n';
		characters -= (at[1] & 0xC0) != 0x80; /* the next byte starts a character */
	}
	return line;
}

static struct err apply_error(const struct run *run, const struct migration *migration, const PGresult *result)
{
	const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (PQstatus(run->connection) != CONNECTION_OK)
		return run_error(run, migration->file);
	const char *place = arena_format(run->arena, "%s:%d", migration->file, line_of(migration, position));

	return err_format(run->arena, ERR_CONFLICT, "migrate.failed", place, "%s: %s", place,
			  primary ? primary : PQresultErrorMessage(result));
}

static struct err migration_note(const struct run *run, const struct migration *migration)
{
	const char *values[] = { migration->version, migration->file, migration->text };
	RESULT_SCOPE rows = NULL;

	return run_query(run,
			 "WITH version AS (INSERT INTO public.schema_migrations (version) VALUES ($1) "
			 "ON CONFLICT DO NOTHING), "
			 "checked AS (INSERT INTO public.relance_migration (version, file, sha256) "
			 "VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex')) RETURNING 1) "
			 "SELECT * FROM checked",
			 3, values, &rows);
}

static struct err migration_apply(const struct run *run, const struct migration *migration)
{
	TRY(run_sql(run, "BEGIN; SET LOCAL lock_timeout = " STRING_OF(MIGRATE_LOCK_TIMEOUT_MS)));
	RESULT_SCOPE result = PQexec(run->connection, migration->up_sql);
	ExecStatusType status = PQresultStatus(result);
	struct err err = OK;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		err = apply_error(run, migration, result);
	if (err_ok(err))
		err = migration_note(run, migration);
	if (err_ok(err))
		return run_sql(run, "COMMIT");
	struct err undone = run_sql(run, "ROLLBACK");

	(void)undone; /* the first error is the one to tell */
	return err;
}

/* Applied before? `*present`; ERR_CONFLICT where what was applied is not this file. */
static struct err migration_compare(const struct run *run, const struct migration *migration, bool *present)
{
	const char *values[] = { migration->version, migration->text };
	RESULT_SCOPE rows = NULL;

	TRY(run_query(run,
		      "SELECT r.sha256 IS NULL, r.sha256 = encode(sha256(convert_to($2, 'UTF8')), 'hex') "
		      "FROM public.schema_migrations s LEFT JOIN public.relance_migration r USING (version) "
		      "WHERE s.version = $1",
		      2, values, &rows));
	*present = PQntuples(rows) > 0;
	if (!*present)
		return OK;
	if (*PQgetvalue(rows, 0, 0) == 't') /* dbmate applied it: trust it, and watch it from now on */
		return migration_note(run, migration);
	if (*PQgetvalue(rows, 0, 1) == 't')
		return OK;
	return err_format(run->arena, ERR_CONFLICT, "migrate.changed", migration->file,
			  "%s has changed since it was applied; write a new file instead", migration->file);
}

static struct err migration_bring(const struct run *run, const char *name, enum migrate_state *state)
{
	struct migration migration;
	bool present;

	TRY(migration_read(run, name, &migration));
	TRY(migration_compare(run, &migration, &present));
	if (!present)
		TRY(migration_apply(run, &migration));
	*state = present ? MIGRATE_PRESENT : MIGRATE_APPLIED;
	return OK;
}

/* ------------------------------------------------------------------ the run */

static struct err run_prepare(const struct run *run)
{
	if (PQstatus(run->connection) != CONNECTION_OK)
		return run_error(run, "migrate");
	TRY(run_sql(run, "SET client_min_messages = warning; SET client_encoding = UTF8"));
	TRY(run_sql(run, "SELECT pg_advisory_lock(" LOCK_KEY ")"));
	return run_sql(run, "CREATE TABLE IF NOT EXISTS public.schema_migrations (version varchar(128) PRIMARY KEY); "
			    "CREATE TABLE IF NOT EXISTS public.relance_migration (version varchar(128) PRIMARY KEY, "
			    "file text NOT NULL, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
}

struct err migrate_run(const char *conninfo, const char *folder, struct arena *arena, migrate_report report,
		       void *context)
{
	__attribute__((cleanup(run_close))) struct run run = { .connection = PQconnectdb(conninfo),
							       .arena = arena,
							       .folder = folder };
	struct dirent **entries = NULL;

	TRY(run_prepare(&run));
	int count = scandir(folder, &entries, is_migration, alphasort);
	struct err err = OK;

	if (count < 0)
		return err_format(arena, ERR_NOT_FOUND, "migrate.folder", folder, "%s: %s", folder, strerror(errno));
	for (int i = 0; i < count; i++) {
		enum migrate_state state;

		if (err_ok(err))
			err = migration_bring(&run, entries[i]->d_name, &state);
		if (err_ok(err) && report)
			report(context, arena_copy(arena, entries[i]->d_name), state);
		free(entries[i]);
	}
	free(entries);
	return err;
}
