#include "credit/store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/books.h"
#include "common/io/random.h"

#define MILLIONTHS 1e6
#define REASONS_BYTES_MAX ((size_t)16 * 1024)

static const struct db_stmt CREDITORS =
	DB_STMT("credit_creditors", "SELECT code FROM invoicing.creditor ORDER BY code");

static const struct db_stmt CUSTOMER_FIND = DB_STMT(
	"credit_customer_find", "SELECT id, number, name FROM invoicing.customer WHERE creditor = $1 AND number = $2");

static const struct db_stmt CUSTOMER_BY_ID = DB_STMT(
	"credit_customer_by_id", "SELECT id, number, name FROM invoicing.customer WHERE creditor = $1 AND id = $2");

static const struct db_stmt CUSTOMERS_AFTER =
	DB_STMT("credit_customers_after", "SELECT id, number, name FROM invoicing.customer "
					  "WHERE creditor = $1 AND number > $2 ORDER BY number LIMIT $3");

/* Fees and interest are our own doing, disputed items the creditor's: neither tells how a customer pays. */
static const struct db_stmt HISTORIES = DB_STMT(
	"credit_histories",
	"SELECT w.n, CASE WHEN i.open_minor > 0 THEN i.open_minor ELSE i.amount_minor END, i.currency, i.due_on, "
	"       i.settled_on, coalesce(i.discount_minor > 0 AND i.settled_on <= i.discount_until, false) "
	"  FROM unnest($2::uuid[]) WITH ORDINALITY AS w (customer, n) "
	"  JOIN ledger.open_item i ON i.creditor = $1 AND i.customer = w.customer "
	" WHERE i.kind = 'invoice' AND NOT i.disputed AND NOT i.cancelled "
	"   AND (i.open_minor > 0 AND i.due_on < $3 OR i.settled_on >= $4) ORDER BY w.n");

static const struct db_stmt PORTFOLIO_FIND =
	DB_STMT("credit_portfolio_find", "SELECT score_millionths, late_millionths FROM credit.portfolio "
					 "WHERE creditor = $1 AND scored_on = $2");

static const struct db_stmt PORTFOLIO_COMPUTE =
	DB_STMT("credit_portfolio_compute",
		"SELECT least(greatest(coalesce(settled_on, $2) - due_on, -30), 180) AS days_late, count(*) "
		"  FROM ledger.open_item "
		" WHERE creditor = $1 AND kind = 'invoice' AND NOT disputed AND NOT cancelled "
		"   AND (open_minor > 0 AND due_on < $2 OR settled_on >= $3) GROUP BY days_late");

static const struct db_stmt RESCORING_FIND =
	DB_STMT("credit_rescoring_find", "SELECT wanted, wanted > done OR scored_on IS DISTINCT FROM $2 "
					 "FROM credit.portfolio WHERE creditor = $1");

static const struct db_stmt RESCORING_ASK =
	DB_STMT("credit_rescoring_ask", "INSERT INTO credit.portfolio AS p (creditor, wanted) VALUES ($1, 1) "
					"ON CONFLICT (creditor) DO UPDATE SET wanted = p.wanted + 1");

static const struct db_stmt RESCORING_DONE =
	DB_STMT("credit_rescoring_done",
		"INSERT INTO credit.portfolio (creditor, scored_on, wanted, done, score_millionths, late_millionths) "
		"VALUES ($1, $2, $3, $3, $4, $5) ON CONFLICT (creditor) DO UPDATE SET scored_on = excluded.scored_on, "
		"done = excluded.done, score_millionths = excluded.score_millionths, late_millionths = "
		"excluded.late_millionths");

/* In order of key, so that two replicas that score the same customers wait for each other. */
static const struct db_stmt RECORDED =
	DB_STMT("credit_recorded", "SELECT customer, score FROM credit.score "
				   "WHERE creditor = $1 AND customer = ANY ($2::uuid[]) ORDER BY customer FOR UPDATE");

static const struct db_stmt SCORES_RECORD = DB_STMT(
	"credit_scores_record",
	"WITH changes AS ("
	"  SELECT * FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::text[], $8::text[]) "
	"         AS c (change, customer, customer_number, score, risk_class, reasons)"
	"), history AS ("
	"  INSERT INTO credit.score_change (creditor, id, customer, score, risk_class, reasons, scored_on) "
	"  SELECT $1, change, customer, score, risk_class, reasons::jsonb, $2 FROM changes) "
	"INSERT INTO credit.score (creditor, customer, customer_number, score, risk_class, reasons, scored_on, change) "
	"SELECT $1, customer, customer_number, score, risk_class, reasons::jsonb, $2, change FROM changes "
	" ORDER BY customer "
	"ON CONFLICT (creditor, customer) DO UPDATE SET score = excluded.score, risk_class = excluded.risk_class, "
	"  reasons = excluded.reasons, scored_on = excluded.scored_on, change = excluded.change, "
	"  customer_number = excluded.customer_number");

static const struct db_stmt PAST_SCORES = DB_STMT(
	"credit_past_scores", "SELECT scored_on, score, risk_class, reasons->0->>'text' FROM credit.score_change "
			      "WHERE creditor = $1 AND customer = $2 ORDER BY id DESC LIMIT $3");

static const struct db_stmt EXPOSURE = DB_STMT(
	"credit_exposure",
	"SELECT coalesce((SELECT sum(i.open_minor) FROM ledger.open_item i WHERE i.creditor = $1 AND i.customer = $2 "
	"                    AND i.currency = $3 AND i.open_minor > 0), 0)::bigint "
	"     + coalesce((SELECT sum(b.amount_minor) FROM ledger.balance b WHERE b.creditor = $1 "
	"                    AND b.account = 'unapplied_cash' AND b.subject = $2 AND b.currency = $3), 0)::bigint, "
	"       (SELECT l.limit_minor FROM credit.credit_limit l "
	"         WHERE l.creditor = $1 AND l.customer = $2 AND l.currency = $3)");

static const struct db_stmt LIMIT_LOCK =
	DB_STMT("credit_limit_lock", "SELECT limit_minor FROM credit.credit_limit "
				     "WHERE creditor = $1 AND customer = $2 AND currency = $3 FOR UPDATE");

static const struct db_stmt LIMIT_REMOVE =
	DB_STMT("credit_limit_remove",
		"DELETE FROM credit.credit_limit WHERE creditor = $1 AND customer = $2 AND currency = $3");

static const struct db_stmt LIMIT_SAVE =
	DB_STMT("credit_limit_save",
		"INSERT INTO credit.credit_limit (creditor, customer, customer_number, currency, limit_minor, reason, "
		"set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (creditor, customer, currency) "
		"DO UPDATE SET limit_minor = excluded.limit_minor, reason = excluded.reason, set_by = excluded.set_by, "
		"set_at = excluded.set_at");

static const struct db_stmt SCORES_CONSISTENT = DB_STMT(
	"credit_scores_consistent",
	"SELECT count(*), count(*) FILTER (WHERE h.id IS NULL OR h.score <> s.score), "
	"       count(*) FILTER (WHERE s.risk_class <> CASE WHEN s.score >= $2 THEN 'low' WHEN s.score >= $3 THEN "
	"'medium' "
	"                              WHEN s.score >= $4 THEN 'high' ELSE 'severe' END) "
	"  FROM credit.score s LEFT JOIN credit.score_change h "
	"       ON h.creditor = s.creditor AND h.customer = s.customer AND h.id = s.change WHERE s.creditor = $1");

static const struct db_stmt HOLDERS_KNOWN = DB_STMT(
	"credit_holders_known", "SELECT count(*), count(*) FILTER (WHERE c.id IS NULL) "
				"  FROM (SELECT customer FROM credit.hold WHERE creditor = $1 "
				"         UNION ALL SELECT customer FROM credit.credit_limit WHERE creditor = $1) k "
				"  LEFT JOIN invoicing.customer c ON c.creditor = $1 AND c.id = k.customer");

/* ------------------------------------------------------------------ creditor and customers */

struct err desk_open(struct db_tx *tx, const char *asked, struct desk *desk)
{
	struct books books;

	TRY(books_open(tx, asked, &books));
	*desk = (struct desk){ .creditor = books.creditor, .now = books.now, .today = books.today };
	return OK;
}

struct err creditors_list(struct db_tx *tx, struct creditor_list *list)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CREDITORS, DB_NO_PARAMS, &rows));
	list->codes = arena_array(tx->arena, (size_t)rows.count, sizeof *list->codes);
	list->count = (size_t)rows.count;
	for (int i = 0; i < rows.count; i++)
		list->codes[i] = db_cell_copy(&rows, i, 0, tx->arena);
	return OK;
}

static struct customer customer_row(struct arena *arena, const struct db_rows *rows, int row)
{
	return (struct customer){ .id = db_cell_id(rows, row, 0),
				  .number = db_cell_copy(rows, row, 1, arena),
				  .name = db_cell_copy(rows, row, 2, arena) };
}

static void customer_rows(struct arena *arena, const struct db_rows *rows, struct customer_list *list)
{
	list->items = arena_array(arena, (size_t)rows->count, sizeof *list->items);
	list->count = (size_t)rows->count;
	for (int i = 0; i < rows->count; i++)
		list->items[i] = customer_row(arena, rows, i);
}

struct err customer_find(struct db_tx *tx, const struct desk *desk, const char *number, struct customer *customer)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CUSTOMER_FIND, DB_PARAMS(db_text(desk->creditor), db_text_or_empty(number)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "customer.unknown", "customer_number",
				  "creditor %s has no customer %s", desk->creditor, number);
	*customer = customer_row(tx->arena, &rows, 0);
	return OK;
}

struct err customer_by_id(struct db_tx *tx, const struct desk *desk, struct id id, struct customer_list *list)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CUSTOMER_BY_ID, DB_PARAMS(db_text(desk->creditor), db_id(id)), &rows));
	customer_rows(tx->arena, &rows, list);
	return OK;
}

struct err customers_after(struct db_tx *tx, const struct desk *desk, const char *number, int limit,
			   struct customer_list *list)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CUSTOMERS_AFTER, DB_PARAMS(db_text(desk->creditor), db_text_or_empty(number), db_int(limit)),
		     &rows));
	customer_rows(tx->arena, &rows, list);
	return OK;
}

static struct id *customer_ids(struct arena *arena, const struct customer_list *customers)
{
	struct id *ids = arena_array(arena, customers->count, sizeof *ids);

	for (size_t i = 0; i < customers->count; i++)
		ids[i] = customers->items[i].id;
	return ids;
}

static struct currency currency_cell(const struct db_rows *rows, int row, int column)
{
	struct currency currency;
	struct err err = currency_parse(db_cell_text(rows, row, column), &currency);

	CHECK(err_ok(err));
	return currency;
}

struct err histories_load(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
			  struct history *histories)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct db_param ids = db_id_array(tx->arena, customer_ids(tx->arena, customers), customers->count);

	TRY(db_query(tx, &HISTORIES,
		     DB_PARAMS(db_text(desk->creditor), ids, db_date(desk->today),
			       db_date(date_add_months(desk->today, -SCORE_WINDOW_MONTHS))),
		     &rows));
	struct history_item *items = arena_array(tx->arena, (size_t)rows.count, sizeof *items);
	memset(histories, 0, customers->count * sizeof *histories);
	for (int i = 0; i < rows.count; i++) {
		struct history *history = &histories[db_cell_int(&rows, i, 0) - 1];
		items[i] = (struct history_item){ .amount_minor = db_cell_int(&rows, i, 1),
						  .currency = currency_cell(&rows, i, 2),
						  .due_on = db_cell_date(&rows, i, 3),
						  .settled_on = db_cell_date(&rows, i, 4),
						  .discount_taken = db_cell_bool(&rows, i, 5) };
		if (history->count++ == 0)
			history->items = &items[i];
	}
	return OK;
}

/* ------------------------------------------------------------------ the portfolio */

struct err portfolio_compute(struct db_tx *tx, const struct desk *desk, struct portfolio *portfolio)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PORTFOLIO_COMPUTE,
		     DB_PARAMS(db_text(desk->creditor), db_date(desk->today),
			       db_date(date_add_months(desk->today, -SCORE_WINDOW_MONTHS))),
		     &rows));
	struct portfolio_bucket *buckets = arena_array(tx->arena, (size_t)rows.count, sizeof *buckets);
	for (int i = 0; i < rows.count; i++) {
		buckets[i].days_late = (int)db_cell_int(&rows, i, 0);
		buckets[i].invoices = db_cell_int(&rows, i, 1);
	}
	*portfolio = portfolio_of(buckets, (size_t)rows.count);
	return OK;
}

struct err portfolio_load(struct db_tx *tx, const struct desk *desk, struct portfolio *portfolio)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PORTFOLIO_FIND, DB_PARAMS(db_text(desk->creditor), db_date(desk->today)), &rows));
	if (rows.count == 0)
		return portfolio_compute(tx, desk, portfolio);
	portfolio->score = (double)db_cell_int(&rows, 0, 0) / MILLIONTHS;
	portfolio->late_rate = (double)db_cell_int(&rows, 0, 1) / MILLIONTHS;
	return OK;
}

struct err rescoring_find(struct db_tx *tx, const struct desk *desk, struct rescoring *rescoring)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &RESCORING_FIND, DB_PARAMS(db_text(desk->creditor), db_date(desk->today)), &rows));
	*rescoring = (struct rescoring){ .due = true };
	if (rows.count > 0)
		*rescoring = (struct rescoring){ .mark = db_cell_int(&rows, 0, 0), .due = db_cell_bool(&rows, 0, 1) };
	return OK;
}

struct err rescoring_ask(struct db_tx *tx, const char *creditor)
{
	return db_exec(tx, &RESCORING_ASK, DB_PARAMS(db_text(creditor)));
}

struct err rescoring_done(struct db_tx *tx, const struct desk *desk, const struct rescoring *rescoring,
			  struct portfolio portfolio)
{
	return db_exec(tx, &RESCORING_DONE,
		       DB_PARAMS(db_text(desk->creditor), db_date(desk->today), db_int(rescoring->mark),
				 db_int(llround(portfolio.score * MILLIONTHS)),
				 db_int(llround(portfolio.late_rate * MILLIONTHS))));
}

/* ------------------------------------------------------------------ scores as recorded */

struct err recorded_load(struct db_tx *tx, const struct desk *desk, const struct customer_list *customers,
			 struct recorded *recorded)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct id *ids = customer_ids(tx->arena, customers);

	TRY(db_query(tx, &RECORDED, DB_PARAMS(db_text(desk->creditor), db_id_array(tx->arena, ids, customers->count)),
		     &rows));
	memset(recorded, 0, customers->count * sizeof *recorded);
	for (size_t i = 0; i < customers->count; i++) {
		for (int row = 0; row < rows.count && !recorded[i].known; row++) {
			if (id_equal(db_cell_id(&rows, row, 0), ids[i]))
				recorded[i] = (struct recorded){ true, (int)db_cell_int(&rows, row, 1) };
		}
	}
	return OK;
}

/* Our own sentences: plain ASCII without quotes, which the CHECK keeps so. */
static const char *reasons_json(struct arena *arena, const struct score *score)
{
	BUF_SCOPE json;
	buf_init(&json, REASONS_BYTES_MAX);
	buf_append_char(&json, '[');
	for (int i = 0; i < score->reason_count; i++) {
		const struct reason *reason = &score->reasons[i];
		CHECK(strpbrk(reason->text, "\"\\\n") == NULL);
		buf_append_format(&json, "%s{\"code\":\"%s\",\"text\":\"%s\",\"points_lost\":%.2f}", i > 0 ? "," : "",
				  reason->code, reason->text, reason->points_lost);
	}
	buf_append_char(&json, ']');
	CHECK(!json.full);
	return arena_copy(arena, buf_text(&json));
}

struct err scores_record(struct db_tx *tx, const struct desk *desk, const struct score_change *changes, size_t count)
{
	struct id *ids = arena_array(tx->arena, count, sizeof *ids);
	struct id *customers = arena_array(tx->arena, count, sizeof *customers);
	const char **numbers = arena_array(tx->arena, count, sizeof *numbers);
	int64_t *scores = arena_array(tx->arena, count, sizeof *scores);
	const char **classes = arena_array(tx->arena, count, sizeof *classes);
	const char **reasons = arena_array(tx->arena, count, sizeof *reasons);

	for (size_t i = 0; i < count; i++) {
		ids[i] = id_fresh();
		customers[i] = changes[i].customer.id;
		numbers[i] = changes[i].customer.number;
		scores[i] = changes[i].score.points;
		classes[i] = risk_name(changes[i].score.risk);
		reasons[i] = reasons_json(tx->arena, &changes[i].score);
	}
	return db_exec(tx, &SCORES_RECORD,
		       DB_PARAMS(db_text(desk->creditor), db_date(desk->today), db_id_array(tx->arena, ids, count),
				 db_id_array(tx->arena, customers, count), db_text_array(tx->arena, numbers, count),
				 db_int_array(tx->arena, scores, count), db_text_array(tx->arena, classes, count),
				 db_text_array(tx->arena, reasons, count)));
}

struct err past_scores(struct db_tx *tx, const struct desk *desk, struct id customer,
		       struct past_score past[static PAST_SCORES_MAX], size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAST_SCORES, DB_PARAMS(db_text(desk->creditor), db_id(customer), db_int(PAST_SCORES_MAX)),
		     &rows));
	for (int i = 0; i < rows.count; i++)
		past[i] = (struct past_score){ .scored_on = db_cell_date(&rows, i, 0),
					       .score = (int)db_cell_int(&rows, i, 1),
					       .risk = risk_find(db_cell_text(&rows, i, 2)),
					       .reason = db_cell_copy(&rows, i, 3, tx->arena) };
	*count = (size_t)rows.count;
	return OK;
}

/* ------------------------------------------------------------------ limits and exposure */

struct err exposure_load(struct db_tx *tx, const struct desk *desk, struct id customer, struct currency currency,
			 struct exposure *exposure)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &EXPOSURE, DB_PARAMS(db_text(desk->creditor), db_id(customer), db_text(currency.code)),
		     &rows));
	exposure->open_minor = db_cell_int(&rows, 0, 0);
	exposure->limit_set = !db_cell_null(&rows, 0, 1);
	exposure->limit_minor = db_cell_int(&rows, 0, 1);
	return OK;
}

struct err limit_save(struct db_tx *tx, const struct desk *desk, const struct customer *customer,
		      struct limit_change *change)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct db_param creditor = db_text(desk->creditor), id = db_id(customer->id);
	struct db_param currency = db_text(change->currency.code);

	TRY(db_query(tx, &LIMIT_LOCK, DB_PARAMS(creditor, id, currency), &rows));
	change->had = rows.count > 0;
	change->previous_minor = rows.count > 0 ? db_cell_int(&rows, 0, 0) : 0;
	if (change->remove)
		return db_exec(tx, &LIMIT_REMOVE, DB_PARAMS(creditor, id, currency));
	return db_exec(tx, &LIMIT_SAVE,
		       DB_PARAMS(creditor, id, db_text(customer->number), currency, db_int(change->limit_minor),
				 db_text_or_empty(change->reason), db_text(change->set_by), db_time(desk->now)));
}

/* ------------------------------------------------------------------ invariants */

struct err invariants_check(struct db_tx *tx, const struct desk *desk,
			    struct invariant invariants[static INVARIANTS_MAX], size_t *count)
{
	DB_ROWS_SCOPE scores = { 0 };
	DB_ROWS_SCOPE holders = { 0 };

	TRY(db_query(tx, &SCORES_CONSISTENT,
		     DB_PARAMS(db_text(desk->creditor), db_int(RISK_LOW_MIN), db_int(RISK_MEDIUM_MIN),
			       db_int(RISK_HIGH_MIN)),
		     &scores));
	TRY(db_query(tx, &HOLDERS_KNOWN, DB_PARAMS(db_text(desk->creditor)), &holders));
	int64_t stray = db_cell_int(&scores, 0, 1), misclassed = db_cell_int(&scores, 0, 2);
	int64_t unknown = db_cell_int(&holders, 0, 1);
	invariants[0] =
		(struct invariant){ "credit.scores_have_history", stray == 0, db_cell_int(&scores, 0, 0),
				    arena_format(tx->arena, "%lld scores differ from their last recorded change",
						 (long long)stray) };
	invariants[1] = (struct invariant){ "credit.classes_follow_scores", misclassed == 0, db_cell_int(&scores, 0, 0),
					    arena_format(tx->arena, "%lld scores are in the wrong class",
							 (long long)misclassed) };
	invariants[2] = (struct invariant){ "credit.holders_are_customers", unknown == 0, db_cell_int(&holders, 0, 0),
					    arena_format(tx->arena, "%lld holds or limits are of unknown customers",
							 (long long)unknown) };
	*count = 3;
	return OK;
}
