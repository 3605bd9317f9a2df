#include "support/pg.h"

#include <glob.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/migrate.h"
#include "support/server.h"

#define BINARIES "/usr/lib/postgresql/*/bin/initdb"
#define OPTIONS                                                                                                        \
	"-k %s -c listen_addresses= -c fsync=off -c full_page_writes=off -c shared_buffers=32MB -c "                   \
	"max_connections=60 "                                                                                          \
	"-c log_min_messages=warning -c timezone=Europe/Paris -c datestyle=SQL,DMY"

struct pg {
	struct server server;
	struct arena *arena;
	const char *data, *options, *pg_ctl;
	const char *stop[8];
	PGconn *connection; /* of pg_execute */
	char *value;
};

/* The newest server that is installed. */
static void find_binaries(struct pg *pg, const char **initdb)
{
	glob_t found;

	if (glob(BINARIES, 0, NULL, &found) != 0) {
		fprintf(stderr, "no PostgreSQL server at " BINARIES "\n");
		exit(77);
	}
	const char *newest = found.gl_pathv[found.gl_pathc - 1];

	*initdb = arena_copy(pg->arena, newest);
	pg->pg_ctl = arena_format(pg->arena, "%.*spg_ctl", (int)(strlen(newest) - strlen("initdb")), newest);
	globfree(&found);
}

/* Settings that a careless deployment might have (time zone, date style) are set on purpose. */
void pg_up(struct pg *pg)
{
	const char *const start[] = { pg->pg_ctl,  "start",  "-w",
				      "-s",        "-t",     "60",
				      "-D",        pg->data, "-o",
				      pg->options, "-l",     arena_format(pg->arena, "%s/log", pg->server.folder),
				      NULL };

	if (server_command(&pg->server, start) != 0)
		server_fail(&pg->server, "PostgreSQL does not start");
}

void pg_down(struct pg *pg)
{
	PQfinish(pg->connection);
	pg->connection = NULL;
	if (server_command(&pg->server, pg->stop) != 0)
		server_fail(&pg->server, "PostgreSQL does not stop");
}

void pg_crash_and_restart(struct pg *pg)
{
	pg_down(pg);
	pg_up(pg);
}

struct pg *pg_start_empty(void)
{
	struct pg *pg = calloc(1, sizeof *pg);
	const char *initdb;

	if (!pg)
		abort();
	pg->arena = arena_new(0);
	find_binaries(pg, &initdb);
	server_prepare(&pg->server, "postgres");
	pg->data = arena_format(pg->arena, "%s/data", pg->server.folder);
	pg->options = arena_format(pg->arena, OPTIONS, pg->server.folder);
	const char *const init[] = { initdb, "--no-sync",        "-A", "trust",  "-U", "postgres", "-E",
				     "UTF8", "--locale=C.UTF-8", "-D", pg->data, NULL };

	if (server_command(&pg->server, init) != 0)
		server_fail(&pg->server, "initdb failed");
	const char *const stop[] = { pg->pg_ctl, "stop", "-s", "-m", "immediate", "-D", pg->data, NULL };

	memcpy(pg->stop, stop, sizeof stop);
	server_guard(&pg->server, pg->stop);
	pg_up(pg);
	return pg;
}

struct pg *pg_start(void)
{
	struct pg *pg = pg_start_empty();
	const char *source = getenv("RELANCE_SOURCE");
	const char *folder = arena_format(pg->arena, "%s/deploy/schema", source ? source : ".");
	struct err err = migrate_run(pg_conninfo(pg, "postgres"), folder, pg->arena, NULL, NULL);

	if (!err_ok(err))
		server_fail(&pg->server, err.message);
	return pg;
}

void pg_stop(struct pg **pg)
{
	if (!*pg)
		return;
	PQfinish((*pg)->connection);
	server_release(&(*pg)->server);
	arena_destroy(&(*pg)->arena);
	free((*pg)->value);
	free(*pg);
	*pg = NULL;
}

const char *pg_conninfo(struct pg *pg, const char *role)
{
	return arena_format(pg->arena, "host=%s dbname=postgres user=%s", pg->server.folder, role);
}

struct db *pg_connect(struct pg *pg, const char *role)
{
	struct db *db = NULL;
	struct err err = db_open(pg_conninfo(pg, role), &db);

	if (!err_ok(err))
		server_fail(&pg->server, err.message);
	return db;
}

const char *pg_value(struct pg *pg, const char *sql)
{
	if (!pg->connection)
		pg->connection = PQconnectdb(pg_conninfo(pg, "postgres"));
	PGresult *result = PQexec(pg->connection, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		server_fail(&pg->server, PQerrorMessage(pg->connection));
	free(pg->value);
	pg->value = strdup(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
	PQclear(result);
	return pg->value;
}

void pg_execute(struct pg *pg, const char *sql)
{
	(void)pg_value(pg, sql);
}

long long pg_number(struct pg *pg, const char *sql)
{
	return atoll(pg_value(pg, sql));
}
