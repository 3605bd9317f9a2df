#include <string.h>

#include "common/io/db_link.h"

/* What an SQLSTATE means to a caller: the first row whose prefix fits. Codes: PostgreSQL, Appendix A. */
static const struct {
	const char *prefix;
	enum err_code code;
	const char *reason;
} STATES[] = {
	{ "08", ERR_UNAVAILABLE, "db.unavailable" },    /* connection exception */
	{ "53", ERR_UNAVAILABLE, "db.unavailable" },    /* too many connections, disk or memory full */
	{ "57P", ERR_UNAVAILABLE, "db.unavailable" },   /* the server is being stopped, or is not up yet */
	{ "25006", ERR_UNAVAILABLE, "db.unavailable" }, /* what was the primary is read-only now */
	{ "40001", ERR_ABORTED, "db.race" },
	{ "40P01", ERR_ABORTED, "db.race" },
	{ "57014", ERR_DEADLINE, "db.timeout" },  /* statement_timeout */
	{ "55P03", ERR_DEADLINE, "db.timeout" },  /* lock_timeout */
	{ "23505", ERR_EXISTS, "db.exists" },     /* unique key */
	{ "23503", ERR_CONFLICT, "db.refused" },  /* foreign key */
	{ "23514", ERR_CONFLICT, "db.refused" },  /* check */
	{ "22023", ERR_INVALID, "db.parameter" }, /* a function refused an argument: an unknown time zone */
	{ "", ERR_INTERNAL, "db.failed" },
};

static const char *result_field(const PGresult *result, int field)
{
	const char *text = PQresultErrorField(result, field);

	return text ? text : "";
}

struct err link_error(struct db *db, struct arena *arena, const char *statement, const PGresult *result)
{
	const char *state = result_field(result, PG_DIAG_SQLSTATE);
	const char *primary = result_field(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = result_field(result, PG_DIAG_MESSAGE_DETAIL);
	const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
	size_t row = 0;

	if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED)
		return err_format(arena, ERR_INTERNAL, "db.failed", NULL, "%s came after a statement that failed",
				  statement);
	if (!*state) /* libpq's own complaint: the connection broke under it */
		return link_lost(db);
	/* Raised by our own functions: the message is the reason, the detail is for people. */
	if (strncmp(state, "RL", 2) == 0)
		return err_format(arena, ERR_CONFLICT, arena_copy(arena, primary), NULL, "%s",
				  *detail ? detail : primary);
	while (strncmp(state, STATES[row].prefix, strlen(STATES[row].prefix)) != 0)
		row++;
	if (STATES[row].code == ERR_UNAVAILABLE)
		link_close(db);
	return err_format(arena, STATES[row].code, STATES[row].reason, constraint, "%s: %s (%s)", statement, primary,
			  state);
}
