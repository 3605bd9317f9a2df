#include "notification/store_correction.h"

#include "common/base/text.h"
#include "notification/domain/reminder.h"

/* $2 the customer's number, $3 its time zone. An invoice was paid before the reminder left where what was booked after
 * the claim, with value dates before that day, is all that the reminder asked for. */
static const struct db_stmt WRONG_FIND = DB_STMT(
	"notification_wrong_find",
	"WITH hit AS (SELECT r.id, n.item, max(p.booked_on) AS paid_on "
	"  FROM notification.reminder r "
	"  JOIN notification.reminder_item n ON n.creditor = r.creditor AND n.reminder = r.id AND n.paid_on IS NULL "
	"  JOIN ledger.open_item i ON i.creditor = n.creditor AND i.id = n.item AND i.open_minor = 0 AND NOT "
	"i.cancelled "
	"   AND i.settled_on < (r.done_at AT TIME ZONE $3)::date "
	"  JOIN ledger.entry e ON e.creditor = n.creditor AND e.subject = n.item AND e.account = 'receivable' "
	"   AND e.amount_minor < 0 "
	"  JOIN ledger.posting p ON p.creditor = e.creditor AND p.id = e.posting AND p.recorded_at > r.claimed_at "
	"   AND p.booked_on < (r.done_at AT TIME ZONE $3)::date "
	" WHERE r.creditor = $1 AND r.customer_number = $2 AND r.state = 'sent' AND r.dunning_case IS NOT NULL "
	"   AND r.voided_at IS NULL "
	" GROUP BY r.id, n.item, n.open_minor HAVING -sum(e.amount_minor) >= n.open_minor) "
	"SELECT r.id, r.dunning_case, r.step, r.channel, r.currency, r.policy_version, "
	"       (r.done_at AT TIME ZONE $3)::date, n.item, n.number, n.open_minor, greatest(i.due_on, i.issued_on), "
	"       coalesce(n.paid_on, h.paid_on), h.item IS NOT NULL "
	"  FROM notification.reminder r "
	"  JOIN notification.reminder_item n ON n.creditor = r.creditor AND n.reminder = r.id "
	"  LEFT JOIN ledger.open_item i ON i.creditor = n.creditor AND i.id = n.item "
	"  LEFT JOIN hit h ON h.id = r.id AND h.item = n.item "
	" WHERE r.creditor = $1 AND r.id IN (SELECT id FROM hit) ORDER BY r.done_at, r.id, n.due_on, n.number");

/* $2 the customer's number, $3 its time zone. Only where the whole was asked for: what unapplied cash or a dispute had
 * taken off, it took off; and what has been paid since leaves at least the part less. */
static const struct db_stmt PARTS_FIND = DB_STMT(
	"notification_parts_find",
	"SELECT r.id, r.channel, r.currency, r.policy_version, n.item, n.number, n.due_on, h.minor, "
	"       h.minor - n.paid_before_minor, h.paid_on "
	"  FROM notification.reminder r "
	"  JOIN notification.reminder_item n ON n.creditor = r.creditor AND n.reminder = r.id AND n.paid_on IS NULL "
	"  JOIN ledger.open_item i ON i.creditor = n.creditor AND i.id = n.item AND i.open_minor > 0 AND NOT "
	"i.cancelled "
	"  JOIN LATERAL (SELECT -sum(e.amount_minor) AS minor, max(p.booked_on) AS paid_on FROM ledger.entry e "
	"     JOIN ledger.posting p ON p.creditor = e.creditor AND p.id = e.posting AND p.recorded_at > r.claimed_at "
	"      AND p.booked_on < (r.done_at AT TIME ZONE $3)::date "
	"    WHERE e.creditor = n.creditor AND e.subject = n.item AND e.account = 'receivable' "
	"      AND e.amount_minor < 0) h ON h.minor > n.paid_before_minor AND h.minor <= n.open_minor - i.open_minor "
	" WHERE r.creditor = $1 AND r.customer_number = $2 AND r.state = 'sent' AND r.dunning_case IS NOT NULL "
	"   AND r.voided_at IS NULL AND r.channel IN ('mail', 'letter', 'sms') "
	"   AND r.amount_minor = (SELECT sum(a.open_minor) FROM notification.reminder_item a "
	"                          WHERE a.creditor = r.creditor AND a.reminder = r.id) "
	" ORDER BY r.done_at DESC, r.id, n.due_on, n.number");

static const struct db_stmt PARTS_MARK = DB_STMT(
	"notification_parts_mark", "UPDATE notification.reminder_item n SET paid_before_minor = p.minor "
				   "  FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS p (reminder, item, minor) "
				   " WHERE n.creditor = $1 AND n.reminder = p.reminder AND n.item = p.item");

static const struct db_stmt MARK_PAID =
	DB_STMT("notification_mark_paid",
		"UPDATE notification.reminder_item n SET paid_on = p.paid_on FROM unnest($3::uuid[], $4::date[]) "
		"AS p (item, paid_on) WHERE n.creditor = $1 AND n.reminder = $2 AND n.item = p.item");

static const struct db_stmt VOID_ONE =
	DB_STMT("notification_void", "UPDATE notification.reminder SET voided_at = $3, reason = 'paid_before' "
				     "WHERE creditor = $1 AND id = $2 AND state = 'sent' AND voided_at IS NULL");

static const struct db_stmt RUNGS =
	DB_STMT("notification_rungs",
		"SELECT step, (coalesce(done_at, due_at) AT TIME ZONE $3)::date FROM notification.reminder "
		"WHERE creditor = $1 AND dunning_case = $2 AND voided_at IS NULL AND state <> 'cancelled'");

static const struct db_stmt GO_BACK =
	DB_STMT("notification_go_back",
		"UPDATE notification.dunning_case SET voided = voided + 1, last_step = $3, last_offset_days = $4, "
		"last_on = $5, next_on = $6 WHERE creditor = $1 AND id = $2 AND closed_at IS NULL");

static const struct db_stmt TELL = DB_STMT(
	"notification_tell",
	"WITH new AS (INSERT INTO notification.reminder (creditor, id, scope, step, customer, customer_number, "
	"currency, "
	"  channel, policy_version, effective_on, due_at, amount_minor) "
	"  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING id) "
	"INSERT INTO notification.reminder_item (creditor, reminder, item, number, open_minor, due_on, paid_on) "
	"SELECT $1, new.id, i.item, i.number, i.open_minor, i.due_on, i.paid_on "
	"  FROM new, unnest($13::uuid[], $14::text[], $15::bigint[], $16::date[], $17::date[]) "
	"       AS i (item, number, open_minor, due_on, paid_on)");

static const struct db_stmt TOLD = DB_STMT(
	"notification_told", "SELECT n.item, n.number, n.open_minor, n.due_on, i.issued_on, n.paid_on, i.open_minor "
			     "  FROM notification.reminder r "
			     "  JOIN notification.reminder_item n ON n.creditor = r.creditor AND n.reminder = r.id "
			     "  JOIN ledger.open_item i ON i.creditor = n.creditor AND i.id = n.item AND NOT "
			     "i.cancelled AND CASE r.step WHEN 'part_correction' "
			     "THEN i.open_minor BETWEEN 1 AND i.amount_minor - n.open_minor ELSE i.open_minor = 0 END "
			     " WHERE r.creditor = $1 AND r.id = $2 ORDER BY n.due_on, n.number");

/* ------------------------------------------------------------------ what was wrong */

static struct wrong_reminder *wrong_at(struct arena *arena, const struct db_rows *rows, int row,
				       struct wrong_reminder **list, size_t *count)
{
	struct id id = db_cell_id(rows, row, 0);
	struct wrong_reminder *wrong;

	if (*count > 0 && id_equal((*list)[*count - 1].id, id))
		return &(*list)[*count - 1];
	wrong = ARENA_PUSH(arena, *list, *count);
	*wrong = (struct wrong_reminder){
		.id = id,
		.dunning_case = db_cell_id(rows, row, 1),
		.step = db_cell_copy(rows, row, 2, arena),
		.channel = policy_channel_find(db_cell_text(rows, row, 3)),
		.policy_version = (int)db_cell_int(rows, row, 5),
		.sent_on = db_cell_date(rows, row, 6),
		.items = arena_array(arena, (size_t)rows->count, sizeof *wrong->items),
		.news = arena_array(arena, (size_t)rows->count, sizeof *wrong->news),
	};
	text_copy(wrong->currency.code, sizeof wrong->currency.code, db_cell_text(rows, row, 4));
	return wrong;
}

struct err wrong_reminders_find(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
				struct wrong_reminder **wrong, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	*wrong = NULL;
	*count = 0;
	TRY(db_query(tx, &WRONG_FIND,
		     DB_PARAMS(db_text(creditor->letter.code), db_text(customer->letter.number),
			       db_text(customer->timezone)),
		     &rows));
	for (int row = 0; row < rows.count; row++) {
		struct wrong_reminder *one = wrong_at(tx->arena, &rows, row, wrong, count);

		one->news[one->count] = db_cell_bool(&rows, row, 12);
		one->items[one->count++] = (struct corrected_item){ .item = db_cell_id(&rows, row, 7),
								    .number = db_cell_copy(&rows, row, 8, tx->arena),
								    .open_minor = db_cell_int(&rows, row, 9),
								    .base = db_cell_date(&rows, row, 10),
								    .paid_on = db_cell_date(&rows, row, 11) };
	}
	return OK;
}

/* ------------------------------------------------------------------ parts */

struct err parts_paid_find(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
			   struct part_paid **parts, size_t *count)
{
	struct arena *arena = tx->arena;
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PARTS_FIND,
		     DB_PARAMS(db_text(creditor->letter.code), db_text(customer->letter.number),
			       db_text(customer->timezone)),
		     &rows));
	*count = (size_t)rows.count;
	*parts = arena_array(arena, *count + 1, sizeof **parts);
	for (int row = 0; row < rows.count; row++) {
		struct part_paid *part = &(*parts)[row];

		*part = (struct part_paid){ .reminder = db_cell_id(&rows, row, 0),
					    .channel = policy_channel_find(db_cell_text(&rows, row, 1)),
					    .policy_version = (int)db_cell_int(&rows, row, 3),
					    .before_minor = db_cell_int(&rows, row, 7),
					    .item = { .item = db_cell_id(&rows, row, 4),
						      .number = db_cell_copy(&rows, row, 5, arena),
						      .base = db_cell_date(&rows, row, 6),
						      .open_minor = db_cell_int(&rows, row, 8),
						      .paid_on = db_cell_date(&rows, row, 9) } };
		text_copy(part->currency.code, sizeof part->currency.code, db_cell_text(&rows, row, 2));
	}
	return OK;
}

struct err parts_mark_told(struct db_tx *tx, const struct creditor *creditor, const struct part_paid *parts,
			   size_t count)
{
	struct arena *arena = tx->arena;
	struct id *reminders = arena_array(arena, count, sizeof *reminders);
	struct id *items = arena_array(arena, count, sizeof *items);
	int64_t *minor = arena_array(arena, count, sizeof *minor);

	for (size_t i = 0; i < count; i++) {
		reminders[i] = parts[i].reminder;
		items[i] = parts[i].item.item;
		minor[i] = parts[i].before_minor;
	}
	return db_exec(tx, &PARTS_MARK,
		       DB_PARAMS(db_text(creditor->letter.code), db_id_array(arena, reminders, count),
				 db_id_array(arena, items, count), db_int_array(arena, minor, count)));
}

/* ------------------------------------------------------------------ what is taken back */

struct err items_mark_paid(struct db_tx *tx, const struct creditor *creditor, const struct wrong_reminder *wrong)
{
	struct id *items = arena_array(tx->arena, wrong->count, sizeof *items);
	struct date *days = arena_array(tx->arena, wrong->count, sizeof *days);
	size_t count = 0;

	for (size_t i = 0; i < wrong->count; i++) {
		if (!wrong->news[i])
			continue;
		items[count] = wrong->items[i].item;
		days[count++] = wrong->items[i].paid_on;
	}
	return db_exec(tx, &MARK_PAID,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(wrong->id), db_id_array(tx->arena, items, count),
				 db_date_array(tx->arena, days, count)));
}

struct err reminder_void(struct db_tx *tx, const struct creditor *creditor, struct id id)
{
	return db_exec(tx, &VOID_ONE, DB_PARAMS(db_text(creditor->letter.code), db_id(id), db_time(creditor->now)));
}

struct err rungs_counted(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
			 struct id dunning_case, struct counted_rungs *rungs)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &RUNGS,
		     DB_PARAMS(db_text(creditor->letter.code), db_id(dunning_case), db_text(customer->timezone)),
		     &rows));
	rungs->count = (size_t)rows.count;
	rungs->names = arena_array(tx->arena, rungs->count + 1, sizeof *rungs->names);
	rungs->days = arena_array(tx->arena, rungs->count + 1, sizeof *rungs->days);
	for (int row = 0; row < rows.count; row++) {
		rungs->names[row] = db_cell_copy(&rows, row, 0, tx->arena);
		rungs->days[row] = db_cell_date(&rows, row, 1);
	}
	return OK;
}

struct err case_go_back(struct db_tx *tx, const struct creditor *creditor, struct id dunning_case,
			const struct policy_step *rung, struct date left_on)
{
	return db_exec(tx, &GO_BACK,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(dunning_case), db_text(rung ? rung->name : NULL),
				 db_int(rung ? policy_step_calendar_days(rung) : 0),
				 db_date(rung ? left_on : DATE_NONE), db_date(creditor->today)));
}

/* ------------------------------------------------------------------ what is told */

struct err told_schedule(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
			 const struct told_new *told)
{
	struct arena *arena = tx->arena;
	struct id *items = arena_array(arena, told->count, sizeof *items);
	const char **numbers = arena_array(arena, told->count, sizeof *numbers);
	int64_t *open = arena_array(arena, told->count, sizeof *open), amount_minor = 0;
	struct date *due = arena_array(arena, told->count, sizeof *due),
		    *paid = arena_array(arena, told->count, sizeof *paid);

	for (size_t i = 0; i < told->count; i++) {
		items[i] = told->items[i].item;
		numbers[i] = told->items[i].number;
		open[i] = told->items[i].open_minor;
		due[i] = told->items[i].base;
		paid[i] = told->items[i].paid_on;
		amount_minor += open[i];
	}
	return db_exec(tx, &TELL,
		       DB_PARAMS(db_text(creditor->letter.code), db_id(id_derive(told->scope, told->step)),
				 db_id(told->scope), db_text(told->step), db_id(customer->id),
				 db_text(customer->letter.number), db_text(told->currency.code),
				 db_text(policy_channel_name(told->channel)), db_int(told->policy_version),
				 db_date(creditor->today), db_time(told->due_at), db_int(amount_minor),
				 db_id_array(arena, items, told->count), db_text_array(arena, numbers, told->count),
				 db_int_array(arena, open, told->count), db_date_array(arena, due, told->count),
				 db_date_array(arena, paid, told->count)));
}

struct err told_position(struct db_tx *tx, const struct creditor *creditor, struct id reminder,
			 struct position *position)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &TOLD, DB_PARAMS(db_text(creditor->letter.code), db_id(reminder)), &rows));
	position->count = (size_t)rows.count;
	position->items = arena_array(tx->arena, position->count + 1, sizeof *position->items);
	for (int row = 0; row < rows.count; row++)
		position->items[row] = (struct position_item){ .id = db_cell_id(&rows, row, 0),
							       .number = db_cell_copy(&rows, row, 1, tx->arena),
							       .amount_minor = db_cell_int(&rows, row, 2),
							       .open_minor = db_cell_int(&rows, row, 2),
							       .due_on = db_cell_date(&rows, row, 3),
							       .issued_on = db_cell_date(&rows, row, 4),
							       .paid_on = db_cell_date(&rows, row, 5),
							       .rest_minor = db_cell_int(&rows, row, 6),
							       .delivered_on = DATE_NONE,
							       .paused_until = DATE_NONE,
							       .listed = true,
							       .listed_minor = db_cell_int(&rows, row, 2) };
	return OK;
}
