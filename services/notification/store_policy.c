#include "notification/store_policy.h"

static const struct db_stmt POLICY_LOAD =
	DB_STMT("notification_policy_load",
		"SELECT version, name, body, applied_at, retired_at, edition FROM notification.policy "
		"WHERE creditor = $1 AND version = $2");

static const struct db_stmt POLICIES_IN_FORCE =
	DB_STMT("notification_policies_in_force",
		"SELECT version, name, body, applied_at, retired_at, edition FROM (SELECT DISTINCT ON (name) * FROM "
		"notification.policy "
		"  WHERE creditor = $1 AND retired_at IS NULL ORDER BY name, version DESC) p ORDER BY version DESC");

static const struct db_stmt POLICIES_LIST =
	DB_STMT("notification_policies_list",
		"SELECT p.version, p.name, p.body, p.applied_at, p.retired_at, p.edition, (SELECT count(*) FROM "
		"notification.dunning_case c "
		"  WHERE c.creditor = p.creditor AND c.policy_version = p.version AND c.closed_at IS NULL) "
		"  FROM notification.policy p WHERE p.creditor = $1 ORDER BY p.version DESC");

static const struct db_stmt POLICIES_LOCK =
	DB_STMT("notification_policies_lock", "SELECT pg_advisory_xact_lock(hashtextextended('policy ' || $1, 0))");

static const struct db_stmt POLICY_SAVE = DB_STMT(
	"notification_policy_save",
	"WITH newest AS (SELECT version, body, edition FROM notification.policy WHERE creditor = $1 AND name = $2 "
	"  AND retired_at IS NULL ORDER BY version DESC LIMIT 1), "
	"last AS (SELECT coalesce(max(version), 0) AS version FROM notification.policy WHERE creditor = $1), "
	"same AS (SELECT version FROM newest WHERE body = $3 AND edition = $6 AND ($5 OR version = (SELECT version "
	"FROM last))), "
	"added AS (INSERT INTO notification.policy (creditor, version, name, body, applied_at, edition) "
	"  SELECT $1, last.version + 1, $2, $3, $4, $6 FROM last WHERE NOT EXISTS (SELECT FROM same) RETURNING "
	"version) "
	"SELECT version FROM added UNION ALL SELECT version FROM same");

static const struct db_stmt POLICY_RETIRE =
	DB_STMT("notification_policy_retire", "UPDATE notification.policy SET retired_at = $3 WHERE creditor = $1 "
					      "AND name = $2 AND retired_at IS NULL RETURNING version");

static const struct db_stmt CASES_RELEASE =
	DB_STMT("notification_cases_release_policy",
		"UPDATE notification.dunning_case SET policy_version = NULL, next_on = $2 WHERE creditor = $1 "
		"AND closed_at IS NULL AND policy_version IS NOT NULL");

static void read_policy(const struct db_rows *rows, int row, struct arena *arena, struct policy_text *policy)
{
	*policy = (struct policy_text){ .version = (int)db_cell_int(rows, row, 0),
					.name = db_cell_copy(rows, row, 1, arena),
					.text = db_cell_copy(rows, row, 2, arena),
					.applied_at = db_cell_time(rows, row, 3),
					.retired_at = db_cell_time(rows, row, 4),
					.edition = (int)db_cell_int(rows, row, 5) };
}

struct err policy_text_load(struct db_tx *tx, const char *creditor, int version, struct policy_text *policy)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &POLICY_LOAD, DB_PARAMS(db_text(creditor), db_int(version)), &rows));
	if (rows.count == 0)
		return ERR(ERR_NOT_FOUND, "policy.unknown_version", "version", "the creditor has no such version");
	read_policy(&rows, 0, tx->arena, policy);
	return OK;
}

struct err policy_texts_in_force(struct db_tx *tx, const char *creditor, struct policy_text **policies, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &POLICIES_IN_FORCE, DB_PARAMS(db_text(creditor)), &rows));
	*count = (size_t)rows.count;
	*policies = arena_array(tx->arena, *count + 1, sizeof **policies);
	for (int row = 0; row < rows.count; row++)
		read_policy(&rows, row, tx->arena, &(*policies)[row]);
	return OK;
}

struct err policy_texts_list(struct db_tx *tx, const char *creditor, struct policy_text **policies, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &POLICIES_LIST, DB_PARAMS(db_text(creditor)), &rows));
	*count = (size_t)rows.count;
	*policies = arena_array(tx->arena, *count + 1, sizeof **policies);
	for (int row = 0; row < rows.count; row++) {
		read_policy(&rows, row, tx->arena, &(*policies)[row]);
		(*policies)[row].open_cases = db_cell_int(&rows, row, 6);
	}
	return OK;
}

struct err policies_lock(struct db_tx *tx, const char *creditor)
{
	return db_exec(tx, &POLICIES_LOCK, DB_PARAMS(db_text(creditor)));
}

struct err policy_save(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy, const char *text,
		       int edition, int *version)
{
	DB_ROWS_SCOPE rows = { 0 };
	bool apart = policy_selector_criteria(&policy->who) > 0; /* for everybody: the newest of all counts */

	TRY(db_query(tx, &POLICY_SAVE,
		     DB_PARAMS(db_text(creditor->letter.code), db_text(policy->name), db_text(text),
			       db_time(creditor->now), db_bool(apart), db_int(edition)),
		     &rows));
	*version = (int)db_cell_int(&rows, 0, 0);
	return OK;
}

struct err policy_retire(struct db_tx *tx, const struct creditor *creditor, const char *name)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &POLICY_RETIRE,
		     DB_PARAMS(db_text(creditor->letter.code), db_text(name), db_time(creditor->now)), &rows));
	return rows.count > 0 ? OK : ERR(ERR_NOT_FOUND, "policy.unknown", "name", "no policy of that name is in force");
}

struct err cases_release_policy(struct db_tx *tx, const struct creditor *creditor)
{
	return db_exec(tx, &CASES_RELEASE, DB_PARAMS(db_text(creditor->letter.code), db_date(creditor->today)));
}
