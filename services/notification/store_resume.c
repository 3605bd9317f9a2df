#include "notification/store_resume.h"

#include "common/io/random.h"

/* clang-format off */
/* What had paid the item was taken back, and it is owed again. */
#define OWED_AGAIN(item_) \
	"EXISTS (SELECT FROM ledger.open_item i JOIN payments.allocation p ON p.creditor = $1 AND p.item = i.id " \
	"          AND p.state IN ('undone', 'returned') WHERE i.creditor = $1 AND i.id = " item_ \
	"          AND i.open_minor > 0 AND NOT i.cancelled)"

/* The same, by an undo that has not opened the subject again before. */
#define OWED_ANEW(item_, subject_) \
	"EXISTS (SELECT FROM ledger.open_item i JOIN payments.allocation p ON p.creditor = $1 AND p.item = i.id " \
	"          AND p.state IN ('undone', 'returned') WHERE i.creditor = $1 AND i.id = " item_ \
	"          AND i.open_minor > 0 AND NOT i.cancelled AND NOT EXISTS (SELECT FROM notification.reopening o " \
	"              WHERE o.creditor = $1 AND o.subject = " subject_ " AND o.undo = p.undo))"

/* Key by key (OFFSET 0), whatever the planner thinks of how many there are. */
static const struct db_stmt VOIDS = DB_STMT(
	"notification_voids_take_back",
	"WITH mine AS MATERIALIZED (SELECT r.id, c.id AS dunning_case, c.policy_version "
	"    FROM (SELECT DISTINCT k FROM unnest($2::uuid[]) k) a "
	"   CROSS JOIN LATERAL (SELECT c.* FROM notification.dunning_case c WHERE c.creditor = $1 "
	"         AND c.customer = a.k AND c.voided > 0 OFFSET 0) c "
	"   CROSS JOIN LATERAL (SELECT r.id FROM notification.reminder r WHERE r.creditor = $1 "
	"         AND r.dunning_case = c.id AND r.voided_at IS NOT NULL OFFSET 0) r "
	"   WHERE EXISTS (SELECT FROM notification.reminder_item n WHERE n.creditor = $1 AND n.reminder = r.id "
	"          AND n.paid_on IS NOT NULL AND " OWED_AGAIN("n.item") ")), "
	"again AS (UPDATE notification.reminder r SET voided_at = NULL, reason = NULL FROM mine "
	"    WHERE r.creditor = $1 AND r.id = mine.id), "
	"unpaid AS (UPDATE notification.reminder_item n SET paid_on = NULL FROM mine "
	"    WHERE n.creditor = $1 AND n.reminder = mine.id AND " OWED_AGAIN("n.item") ") "
	"SELECT DISTINCT mine.dunning_case, f.id, coalesce(mine.policy_version, 0) FROM mine "
	"  LEFT JOIN notification.fee f ON f.creditor = $1 AND f.reminder = mine.id AND f.voided_on IS NOT NULL");

/* $4 today. Only where the ladder has something to chase: what is covered by unapplied cash rests. */
static const struct db_stmt ENDED = DB_STMT(
	"notification_cases_wrongly_ended",
	"SELECT c.id, c.customer, o.id, c.customer_number, c.currency, d.due - coalesce(-b.amount_minor, 0), "
	"       coalesce(c.policy_version, 0) "
	"  FROM unnest($2::uuid[], $3::bpchar[]) AS a (customer, currency) "
	" CROSS JOIN LATERAL (SELECT c.* FROM notification.dunning_case c WHERE c.creditor = $1 "
	"      AND c.customer = a.customer AND c.currency = a.currency AND c.closed_at IS NOT NULL "
	"      AND c.close_reason IN ('paid', 'nothing_due', 'below_minimum', 'reminder_spared', "
	"                              'covered_by_unapplied_cash') "
	"      AND EXISTS (SELECT FROM notification.reminder r CROSS JOIN LATERAL (SELECT n.item "
	"             FROM notification.reminder_item n WHERE n.creditor = $1 AND n.reminder = r.id OFFSET 0) n "
	"            WHERE r.creditor = $1 AND r.dunning_case = c.id AND r.state = 'sent' AND r.voided_at IS NULL "
	"              AND " OWED_ANEW("n.item", "c.id") ") "
	"      ORDER BY c.closed_at DESC, c.id DESC LIMIT 1) c "
	" CROSS JOIN LATERAL (SELECT sum(greatest(i.open_minor - i.disputed_minor, 0))::bigint AS due "
	"      FROM ledger.open_item i WHERE i.creditor = $1 AND i.customer = c.customer AND i.currency = c.currency "
	"       AND i.open_minor > 0 AND NOT i.disputed AND NOT i.cancelled "
	"       AND greatest(i.due_on, i.issued_on) < $4) d "
	"  LEFT JOIN ledger.balance b ON b.creditor = $1 AND b.account = 'unapplied_cash' AND b.subject = c.customer "
	"       AND b.currency = c.currency "
	"  LEFT JOIN notification.dunning_case o ON o.creditor = $1 AND o.customer = c.customer "
	"       AND o.currency = c.currency AND o.closed_at IS NULL "
	" WHERE d.due > coalesce(-b.amount_minor, 0) AND (o.id IS NULL OR o.last_offset_days < c.last_offset_days)");

static const struct db_stmt AGREEMENTS = DB_STMT(
	"notification_agreements_take_back",
	"WITH again AS (UPDATE notification.agreement g SET state = 'stands', ended_at = NULL "
	"   WHERE g.creditor = $1 AND g.customer = ANY ($2::uuid[]) AND g.state = 'kept' "
	"     AND EXISTS (SELECT FROM notification.agreement_item n WHERE n.creditor = $1 AND n.agreement = g.id "
	"                    AND " OWED_ANEW("n.item", "g.id") ") RETURNING g.id), "
	"once AS (INSERT INTO notification.reopening (creditor, subject, undo) "
	"   SELECT DISTINCT $1, again.id, p.undo FROM again "
	"     JOIN notification.agreement_item n ON n.creditor = $1 AND n.agreement = again.id "
	"     JOIN payments.allocation p ON p.creditor = $1 AND p.item = n.item AND p.undo IS NOT NULL "
	"   ON CONFLICT DO NOTHING) "
	"UPDATE notification.pause p SET ended_at = NULL, end_reason = NULL FROM again "
	" WHERE p.creditor = $1 AND p.id = again.id");
/* clang-format on */

static const struct db_stmt ANY =
	DB_STMT("notification_undos_any", "SELECT EXISTS (SELECT FROM payments.undo WHERE creditor = $1)");

static const struct db_stmt FEE_AGAIN = DB_STMT(
	"notification_fee_again", "UPDATE notification.fee SET voided_on = NULL WHERE creditor = $1 AND id = $2");
static const struct db_stmt FEE_BOOK_AGAIN =
	DB_STMT("notification_fee_book_again", "SELECT ledger.restore_fee($1, $2, $3, $4)");

static const struct db_stmt MERGE =
	DB_STMT("notification_case_merge",
		"WITH ended AS (UPDATE notification.dunning_case SET closed_at = $3, close_reason = 'merged', "
		"        next_on = NULL WHERE creditor = $1 AND id = $2) "
		"UPDATE notification.reminder SET state = 'cancelled', reason = 'merged', done_at = $3 "
		" WHERE creditor = $1 AND dunning_case = $2 AND state IN ('scheduled', 'queued')");

/* A rung that was spared does not count any more: it is planned anew. */
static const struct db_stmt OPEN_AGAIN = DB_STMT(
	"notification_case_open_again",
	"WITH spared AS (UPDATE notification.reminder SET voided_at = $4 WHERE creditor = $1 AND dunning_case = $2 "
	"        AND state = 'spared' AND voided_at IS NULL), "
	"once AS (INSERT INTO notification.reopening (creditor, subject, undo) "
	"   SELECT DISTINCT $1, $2::uuid, p.undo FROM notification.reminder r "
	"     JOIN notification.reminder_item n ON n.creditor = $1 AND n.reminder = r.id "
	"     JOIN payments.allocation p ON p.creditor = $1 AND p.item = n.item AND p.undo IS NOT NULL "
	"    WHERE r.creditor = $1 AND r.dunning_case = $2 ON CONFLICT DO NOTHING) "
	"UPDATE notification.dunning_case SET closed_at = NULL, close_reason = NULL, next_on = $3 "
	" WHERE creditor = $1 AND id = $2");

static const struct db_stmt RUNGS =
	DB_STMT("notification_rungs_climbed",
		"SELECT r.step, (coalesce(r.done_at, r.due_at) AT TIME ZONE c.timezone)::date "
		"  FROM notification.reminder r JOIN invoicing.customer c ON c.creditor = $1 AND c.id = r.customer "
		" WHERE r.creditor = $1 AND r.dunning_case = $2 AND r.voided_at IS NULL "
		"   AND r.state NOT IN ('spared', 'cancelled')");

static struct db_param customers_of(struct arena *arena, const struct plan_target *targets, size_t count)
{
	struct id *ids = arena_array(arena, count, sizeof *ids);

	for (size_t i = 0; i < count; i++)
		ids[i] = targets[i].customer;
	return db_id_array(arena, ids, count);
}

struct err undos_any(struct db_tx *tx, const struct creditor *creditor, bool *any)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ANY, DB_PARAMS(db_text(creditor->letter.code)), &rows));
	*any = db_cell_bool(&rows, 0, 0);
	return OK;
}

static struct err fee_restore(struct db_tx *tx, const struct creditor *creditor, struct id fee)
{
	struct db_param code = db_text(creditor->letter.code);

	TRY(db_exec(tx, &FEE_AGAIN, DB_PARAMS(code, db_id(fee))));
	return db_exec(tx, &FEE_BOOK_AGAIN, DB_PARAMS(code, db_id(fee), db_id(id_fresh()), db_date(creditor->today)));
}

struct err voids_take_back(struct db_tx *tx, const struct creditor *creditor, const struct plan_target *targets,
			   size_t count, struct voided_case **cases, size_t *case_count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &VOIDS, DB_PARAMS(db_text(creditor->letter.code), customers_of(tx->arena, targets, count)),
		     &rows));
	*cases = arena_array(tx->arena, (size_t)rows.count, sizeof **cases);
	*case_count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++) {
		(*cases)[row] = (struct voided_case){ db_cell_id(&rows, row, 0), (int)db_cell_int(&rows, row, 2) };
		if (!db_cell_null(&rows, row, 1))
			TRY(fee_restore(tx, creditor, db_cell_id(&rows, row, 1)));
	}
	return OK;
}

struct err agreements_take_back(struct db_tx *tx, const struct creditor *creditor, const struct plan_target *targets,
				size_t count)
{
	return db_exec(tx, &AGREEMENTS,
		       DB_PARAMS(db_text(creditor->letter.code), customers_of(tx->arena, targets, count)));
}

struct err cases_wrongly_ended(struct db_tx *tx, const struct creditor *creditor, const struct plan_target *targets,
			       size_t count, struct ended_case **cases, size_t *case_count)
{
	const char **currencies = arena_array(tx->arena, count, sizeof *currencies);
	DB_ROWS_SCOPE rows = { 0 };

	for (size_t i = 0; i < count; i++)
		currencies[i] = targets[i].currency.code;
	TRY(db_query(tx, &ENDED,
		     DB_PARAMS(db_text(creditor->letter.code), customers_of(tx->arena, targets, count),
			       db_text_array(tx->arena, currencies, count), db_date(creditor->today)),
		     &rows));
	*cases = arena_array(tx->arena, (size_t)rows.count, sizeof **cases);
	*case_count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		(*cases)[row] = (struct ended_case){ .id = db_cell_id(&rows, row, 0),
						     .customer = db_cell_id(&rows, row, 1),
						     .newer = db_cell_id(&rows, row, 2),
						     .customer_number = db_cell_copy(&rows, row, 3, tx->arena),
						     .currency = db_cell_copy(&rows, row, 4, tx->arena),
						     .amount_minor = db_cell_int(&rows, row, 5),
						     .policy_version = (int)db_cell_int(&rows, row, 6) };
	return OK;
}

struct err case_open_again(struct db_tx *tx, const struct creditor *creditor, const struct ended_case *ended)
{
	struct db_param code = db_text(creditor->letter.code);

	if (!id_zero(ended->newer))
		TRY(db_exec(tx, &MERGE, DB_PARAMS(code, db_id(ended->newer), db_time(creditor->now))));
	return db_exec(tx, &OPEN_AGAIN,
		       DB_PARAMS(code, db_id(ended->id), db_date(creditor->today), db_time(creditor->now)));
}

struct err rungs_climbed(struct db_tx *tx, const struct creditor *creditor, struct id dunning_case,
			 struct counted_rungs *rungs)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &RUNGS, DB_PARAMS(db_text(creditor->letter.code), db_id(dunning_case)), &rows));
	*rungs = (struct counted_rungs){ .names = arena_array(tx->arena, (size_t)rows.count, sizeof *rungs->names),
					 .days = arena_array(tx->arena, (size_t)rows.count, sizeof *rungs->days),
					 .count = (size_t)rows.count };
	for (int row = 0; row < rows.count; row++) {
		rungs->names[row] = db_cell_copy(&rows, row, 0, tx->arena);
		rungs->days[row] = db_cell_date(&rows, row, 1);
	}
	return OK;
}
