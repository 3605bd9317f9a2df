#include "notification/store_case.h"

#include <stdio.h>

#include "common/base/check.h"

static const struct db_stmt CUSTOMERS_LOCK = DB_STMT(
	"notification_customers_lock", "SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || c.id, 1936)) "
				       "  FROM (SELECT DISTINCT id FROM unnest($2::uuid[]) AS a (id) ORDER BY id) c");

#define CASES                                                                                                          \
	"SELECT a.n, c.id, c.last_step, c.last_offset_days, c.last_on, c.voided, coalesce(c.policy_version, 0) "       \
	"  FROM unnest($2::uuid[], $3::bpchar[]) WITH ORDINALITY AS a (customer, currency, n) "                        \
	"  JOIN notification.dunning_case c ON c.creditor = $1 AND c.customer = a.customer "                           \
	"   AND c.currency = a.currency AND c.closed_at IS NULL "

static const struct db_stmt CASES_FIND = DB_STMT("notification_cases_find", CASES "ORDER BY c.id FOR UPDATE OF c");
static const struct db_stmt CASES_LOOK = DB_STMT("notification_cases_look", CASES);

/* OFFSET 0: by the case, not backwards through the creditor's whole schedule. */
static const struct db_stmt CASES_LAST_STATE = DB_STMT(
	"notification_cases_last_state",
	"SELECT a.n, r.state FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS a (id, step, n) "
	"  CROSS JOIN LATERAL (SELECT state FROM (SELECT r.* FROM notification.reminder r WHERE r.creditor = $1 "
	"     AND r.dunning_case = a.id AND r.step = a.step AND r.voided_at IS NULL OFFSET 0) r "
	"     ORDER BY due_at DESC, id LIMIT 1) r");

static const struct db_stmt CASES_OPEN =
	DB_STMT("notification_cases_open",
		"INSERT INTO notification.dunning_case (creditor, id, customer, customer_number, currency, opened_at) "
		"SELECT $1, c.id, c.customer, c.number, c.currency, $2 "
		"  FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[]) AS c (id, customer, number, currency)");

static const struct db_stmt CASES_CLOSE =
	DB_STMT("notification_cases_close",
		"UPDATE notification.dunning_case c SET closed_at = $2, close_reason = e.reason, next_on = NULL "
		"  FROM unnest($3::uuid[], $4::text[]) AS e (id, reason) "
		" WHERE c.creditor = $1 AND c.id = e.id AND c.closed_at IS NULL");

static const struct db_stmt CASES_MOVE = DB_STMT(
	"notification_cases_move",
	"UPDATE notification.dunning_case c SET last_step = m.step, last_offset_days = m.days, "
	"       last_on = m.last_on, anchor_due_on = m.anchor, next_on = m.next_on, "
	"       policy_version = nullif(m.version, 0) "
	"  FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::date[], $6::date[], $7::date[], $8::bigint[]) "
	"       AS m (id, step, days, last_on, anchor, next_on, version) WHERE c.creditor = $1 AND c.id = m.id");

/* ------------------------------------------------------------------ looks */

struct id case_scope(const struct case_row *row)
{
	char round[32];

	if (row->voided == 0)
		return row->id;
	snprintf(round, sizeof round, "voided %d", row->voided);
	return id_derive(row->id, round);
}

struct err customers_lock(struct db_tx *tx, const char *creditor, const struct plan_target *targets, size_t count)
{
	struct id *ids = arena_array(tx->arena, count, sizeof *ids);

	for (size_t i = 0; i < count; i++)
		ids[i] = targets[i].customer;
	return db_exec(tx, &CUSTOMERS_LOCK, DB_PARAMS(db_text(creditor), db_id_array(tx->arena, ids, count)));
}

/* The last rungs' states are read after the cases are locked: an outcome that is being recorded is then either seen, or
 * wakes the case again after us. */
static struct err read_states(struct db_tx *tx, const char *creditor, struct case_row *rows, size_t count)
{
	struct arena *arena = tx->arena;
	struct id *ids = arena_array(arena, count, sizeof *ids);
	const char **steps = arena_array(arena, count, sizeof *steps);
	struct case_row **climbed = arena_array(arena, count, sizeof(struct case_row *));
	size_t asked = 0;
	DB_ROWS_SCOPE found = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (!rows[i].state.last_step)
			continue;
		ids[asked] = rows[i].id;
		steps[asked] = rows[i].state.last_step;
		climbed[asked++] = &rows[i];
	}
	if (asked == 0)
		return OK;
	TRY(db_query(tx, &CASES_LAST_STATE,
		     DB_PARAMS(db_text(creditor), db_id_array(arena, ids, asked), db_text_array(arena, steps, asked)),
		     &found));
	CHECK((size_t)found.count == asked); /* each written in the same transaction as its case's last step */
	for (int row = 0; row < found.count; row++)
		climbed[db_cell_int(&found, row, 0) - 1]->state.last_state =
			reminder_state_find(db_cell_text(&found, row, 1));
	return OK;
}

static struct err read_cases(struct db_tx *tx, const struct db_stmt *stmt, const char *creditor,
			     const struct plan_target *targets, size_t count, struct case_row *rows)
{
	struct arena *arena = tx->arena;
	struct id *customers = arena_array(arena, count, sizeof *customers);
	const char **currencies = arena_array(arena, count, sizeof *currencies);
	DB_ROWS_SCOPE found = { 0 };

	for (size_t i = 0; i < count; i++) {
		customers[i] = targets[i].customer;
		currencies[i] = targets[i].currency.code;
		rows[i] = (struct case_row){ 0 };
	}
	TRY(db_query(tx, stmt,
		     DB_PARAMS(db_text(creditor), db_id_array(arena, customers, count),
			       db_text_array(arena, currencies, count)),
		     &found));
	for (int row = 0; row < found.count; row++)
		rows[db_cell_int(&found, row, 0) - 1] =
			(struct case_row){ .id = db_cell_id(&found, row, 1),
					   .state = { .open = true,
						      .last_step = db_cell_copy(&found, row, 2, arena),
						      .last_offset_days = (int)db_cell_int(&found, row, 3),
						      .last_on = db_cell_date(&found, row, 4) },
					   .voided = (int)db_cell_int(&found, row, 5),
					   .policy_version = (int)db_cell_int(&found, row, 6) };
	return read_states(tx, creditor, rows, count);
}

struct err cases_find(struct db_tx *tx, const char *creditor, const struct plan_target *targets, size_t count,
		      struct case_row *rows)
{
	return read_cases(tx, &CASES_FIND, creditor, targets, count, rows);
}

struct err cases_look(struct db_tx *tx, const char *creditor, const struct plan_target *targets, size_t count,
		      struct case_row *rows)
{
	return read_cases(tx, &CASES_LOOK, creditor, targets, count, rows);
}

/* ------------------------------------------------------------------ changes */

static struct db_param ids_of(struct arena *arena, const struct case_change *changes, size_t count)
{
	struct id *ids = arena_array(arena, count, sizeof *ids);

	for (size_t i = 0; i < count; i++)
		ids[i] = changes[i].id;
	return db_id_array(arena, ids, count);
}

struct err cases_open(struct db_tx *tx, const struct creditor *creditor, const struct case_change *changes,
		      size_t count)
{
	struct arena *arena = tx->arena;
	struct id *customers = arena_array(arena, count + 1, sizeof *customers);
	const char **numbers = arena_array(arena, count + 1, sizeof *numbers);
	const char **currencies = arena_array(arena, count + 1, sizeof *currencies);

	if (count == 0)
		return OK;
	for (size_t i = 0; i < count; i++) {
		customers[i] = changes[i].customer->id;
		numbers[i] = changes[i].customer->letter.number;
		currencies[i] = changes[i].currency.code;
	}
	return db_exec(tx, &CASES_OPEN,
		       DB_PARAMS(db_text(creditor->letter.code), db_time(creditor->now), ids_of(arena, changes, count),
				 db_id_array(arena, customers, count), db_text_array(arena, numbers, count),
				 db_text_array(arena, currencies, count)));
}

struct err cases_close(struct db_tx *tx, const struct creditor *creditor, const struct case_change *changes,
		       size_t count)
{
	const char **reasons = arena_array(tx->arena, count + 1, sizeof *reasons);

	if (count == 0)
		return OK;
	for (size_t i = 0; i < count; i++)
		reasons[i] = changes[i].reason;
	return db_exec(tx, &CASES_CLOSE,
		       DB_PARAMS(db_text(creditor->letter.code), db_time(creditor->now),
				 ids_of(tx->arena, changes, count), db_text_array(tx->arena, reasons, count)));
}

struct err cases_move(struct db_tx *tx, const struct creditor *creditor, const struct case_change *changes,
		      size_t count)
{
	struct arena *arena = tx->arena;
	const char **steps = arena_array(arena, count + 1, sizeof *steps);
	int64_t *days = arena_array(arena, count + 1, sizeof *days);
	struct date *last = arena_array(arena, count + 1, sizeof *last);
	struct date *anchors = arena_array(arena, count + 1, sizeof *anchors);
	struct date *next = arena_array(arena, count + 1, sizeof *next);
	int64_t *versions = arena_array(arena, count + 1, sizeof *versions);

	if (count == 0)
		return OK;
	for (size_t i = 0; i < count; i++) {
		const struct dunning_case *state = &changes[i].state;

		steps[i] = state->last_step;
		days[i] = state->last_offset_days;
		last[i] = state->last_step ? state->last_on : DATE_NONE;
		anchors[i] = changes[i].anchor_due_on;
		next[i] = changes[i].next_on;
		versions[i] = changes[i].policy_version;
	}
	return db_exec(tx, &CASES_MOVE,
		       DB_PARAMS(db_text(creditor->letter.code), ids_of(arena, changes, count),
				 db_text_array(arena, steps, count), db_int_array(arena, days, count),
				 db_date_array(arena, last, count), db_date_array(arena, anchors, count),
				 db_date_array(arena, next, count), db_int_array(arena, versions, count)));
}
