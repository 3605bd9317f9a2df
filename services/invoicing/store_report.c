#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "invoicing/store.h"
#include "invoicing/store_cell.h"

/* What was open on a day: today's balances, or, for a day before the clock's, what was booked up to it. The bucket
 * is width_bucket's over the domain's bounds. $2 the day, $3 the bounds, $4 whether the day is past. */
#define OPEN_ON                                                                                                        \
	"SELECT i.customer, i.currency, width_bucket($2 - i.due_on, $3::int[]) AS bucket, i.open_minor "               \
	"FROM ledger.open_item i WHERE i.creditor = $1 AND i.open_minor > 0 AND NOT $4::boolean "                      \
	"UNION ALL SELECT i.customer, i.currency, width_bucket($2 - i.due_on, $3::int[]), "                            \
	"sum(e.amount_minor)::bigint "                                                                                 \
	"FROM ledger.open_item i JOIN ledger.entry e ON e.creditor = i.creditor AND e.subject = i.id "                 \
	"AND e.account = 'receivable' JOIN ledger.posting p ON p.creditor = e.creditor AND p.id = e.posting "          \
	"WHERE i.creditor = $1 AND $4 AND p.booked_on <= $2 GROUP BY i.id, i.customer, i.currency, i.due_on "          \
	"HAVING sum(e.amount_minor) <> 0"

/* Unapplied cash counts in no bucket: it gets bucket -1. */
#define UNAPPLIED_ON                                                                                                   \
	"SELECT b.subject AS customer, b.currency, -1 AS bucket, -b.amount_minor AS minor FROM ledger.balance b "      \
	"WHERE b.creditor = $1 AND b.account = 'unapplied_cash' AND b.amount_minor <> 0 AND NOT $4 "                   \
	"UNION ALL SELECT e.subject, e.currency, -1, -sum(e.amount_minor)::bigint FROM ledger.entry e "                \
	"JOIN ledger.posting p ON p.creditor = e.creditor AND p.id = e.posting WHERE e.creditor = $1 "                 \
	"AND e.account = 'unapplied_cash' AND $4 AND p.booked_on <= $2 GROUP BY e.subject, e.currency "                \
	"HAVING sum(e.amount_minor) <> 0"

/* What is in dispute today stands in its bucket, and is told apart as bucket -2. */
#define DISPUTED_ON                                                                                                    \
	"SELECT i.customer, i.currency, -2 AS bucket, CASE WHEN i.disputed THEN i.open_minor "                         \
	"ELSE least(i.disputed_minor, i.open_minor) END AS minor FROM ledger.open_item i WHERE i.creditor = $1 "       \
	"AND i.open_minor > 0 AND (i.disputed OR i.disputed_minor > 0) AND NOT $4"

static const struct db_stmt AGING_TOTALS =
	DB_STMT("aging_totals",
		"SELECT NULL, NULL, a.currency, a.bucket, sum(a.open_minor)::bigint, count(*) "
		"FROM (" OPEN_ON " UNION ALL " UNAPPLIED_ON " UNION ALL " DISPUTED_ON ") a "
		"WHERE $5 = '' OR a.customer = (SELECT id FROM invoicing.customer WHERE creditor = $1 AND number = $5) "
		"GROUP BY a.currency, a.bucket ORDER BY a.currency, a.bucket");

static const struct db_stmt AGING_BY_CUSTOMER = DB_STMT(
	"aging_by_customer",
	"WITH a AS (" OPEN_ON " UNION ALL " UNAPPLIED_ON " UNION ALL " DISPUTED_ON
	"), page AS (SELECT c.id, c.number, c.name "
	"FROM invoicing.customer c WHERE c.creditor = $1 AND c.number > $5 AND c.id IN (SELECT customer FROM a) "
	"ORDER BY c.number LIMIT $6) SELECT page.number, page.name, a.currency, a.bucket, sum(a.open_minor)::bigint, "
	"count(*) FROM page JOIN a ON a.customer = page.id GROUP BY page.number, page.name, a.currency, a.bucket "
	"ORDER BY page.number, a.currency, a.bucket");

/* An item's own terms; those of its customer, or the creditor's, where it was taken over; null where nobody set any. */
static const struct db_stmt LATE_FIND =
	DB_STMT("late_find",
		"SELECT i.id, i.customer, i.number, i.customer_number, i.currency, i.due_on, i.open_minor, "
		"coalesce(v.interest_rule, t.interest_rule), coalesce(v.interest_rate, t.interest_rate), "
		"coalesce(v.compensation_minor, t.compensation_minor), c.segment = 'consumer' "
		"FROM ledger.open_item i JOIN invoicing.customer c ON c.creditor = i.creditor AND c.id = i.customer "
		"LEFT JOIN invoicing.invoice v ON v.creditor = i.creditor AND v.id = i.id "
		"LEFT JOIN LATERAL (SELECT * FROM invoicing.payment_terms t WHERE t.creditor = i.creditor "
		"AND (t.customer = i.customer OR t.customer IS NULL) ORDER BY t.customer NULLS LAST LIMIT 1) t ON true "
		"WHERE i.creditor = $1 AND i.open_minor > 0 AND i.due_on < $2 AND i.kind = 'invoice' "
		"AND (($3 <> '' AND c.number = $3) OR i.number = ANY ($4::text[])) ORDER BY i.due_on, i.number");

static const struct db_stmt LEDGER_CHECK =
	DB_STMT("books_ledger_check", "SELECT name, ok, checked, detail FROM ledger.check_books($1)");

/* The two sides of the ageing: what the items say is open, and what the receivables' entries say. */
static const struct db_stmt OUTSTANDING =
	DB_STMT("books_outstanding", "SELECT e.currency, sum(e.amount_minor)::bigint FROM ledger.entry e "
				     "WHERE e.creditor = $1 AND e.account = 'receivable' GROUP BY e.currency "
				     "HAVING sum(e.amount_minor) <> 0 ORDER BY e.currency");

static const struct db_stmt GAPLESS = DB_STMT(
	"books_gapless",
	"WITH given AS (SELECT 'invoice' AS series, year, sequence FROM invoicing.invoice WHERE creditor = $1 UNION "
	"ALL "
	"SELECT 'credit_note', year, sequence FROM invoicing.credit_note WHERE creditor = $1), sums AS (SELECT "
	"n.series, "
	"n.year, n.first, n.last, count(g.sequence) AS found, min(g.sequence) AS least, max(g.sequence) AS most "
	"FROM invoicing.number_counter n LEFT JOIN given g ON g.series = n.series AND g.year = n.year "
	"WHERE n.creditor = $1 GROUP BY n.series, n.year, n.first, n.last), wrong AS (SELECT * FROM sums WHERE "
	"(found, least, most) IS DISTINCT FROM (last - first + 1, first, last)) SELECT NOT EXISTS (SELECT FROM wrong), "
	"(SELECT count(*) FROM given), (SELECT format('%s %s: %s numbers from %s to %s, the counter gave %s to %s', "
	"series, "
	"year, found, least, most, first, last) FROM wrong ORDER BY series, year LIMIT 1)");

static const struct db_stmt INVOICES_MATCH = DB_STMT(
	"books_invoices_match",
	"WITH wrong AS (SELECT v.number FROM invoicing.invoice v LEFT JOIN ledger.open_item i "
	"ON i.creditor = v.creditor AND i.id = v.id LEFT JOIN invoicing.credit_note n ON n.creditor = v.creditor "
	"AND n.invoice = v.id WHERE v.creditor = $1 AND (i.id IS NULL OR i.amount_minor <> v.gross_minor "
	"OR i.cancelled <> (n.id IS NOT NULL) OR (i.cancelled AND i.open_minor <> 0))) "
	"SELECT NOT EXISTS (SELECT FROM wrong), (SELECT count(*) FROM invoicing.invoice WHERE creditor = $1), "
	"(SELECT format('%s does not agree with its open item', number) FROM wrong ORDER BY number LIMIT 1)");

static const struct db_stmt CLOCK_IS_TEST =
	DB_STMT("clock_is_test", "SELECT 1 FROM ledger.test_clock WHERE creditor = $1");

static const struct db_stmt CLOCK_SET = DB_STMT("clock_set", "SELECT ledger.set_clock($1, $2)");

/* ------------------------------------------------------------------ ageing */

static bool same_row(const struct aging_row *row, const char *customer_number, struct currency currency)
{
	return text_equal(row->customer_number, customer_number) && currency_equal(row->currency, currency);
}

/* Cells of one customer and currency stand together. */
static void aging_read(const struct db_rows *rows, struct arena *arena, struct aging_row **to, size_t *to_count)
{
	struct aging_row *found = NULL;
	size_t count = 0;

	for (int row = 0; row < rows->count; row++) {
		const char *number = db_cell_text(rows, row, 0);
		struct currency currency = cell_currency(rows, row, 2);
		int64_t bucket = db_cell_int(rows, row, 3), minor = db_cell_int(rows, row, 4);

		if (count == 0 || !same_row(&found[count - 1], number, currency))
			*ARENA_PUSH(arena, found, count) = (struct aging_row){
				.customer_number = db_cell_copy(rows, row, 0, arena),
				.customer_name = db_cell_copy(rows, row, 1, arena),
				.currency = currency,
			};
		if (bucket == -2)
			found[count - 1].disputed_minor += minor;
		else if (bucket < 0)
			found[count - 1].unapplied_minor += minor;
		else
			aging_add(&found[count - 1], (enum aging_bucket)bucket, minor, db_cell_int(rows, row, 5));
	}
	*to = found;
	*to_count = count;
}

static struct db_param aging_bounds(struct arena *arena)
{
	return db_int_array(arena, AGING_FROM_DAYS, AGING_BUCKETS - 1);
}

static struct db_param is_past(const struct desk *desk, struct date on)
{
	return db_bool(date_compare(on, desk->today) < 0);
}

struct err aging_totals(struct db_tx *tx, const struct desk *desk, const struct aging_filter *filter,
			struct aging_row **rows, size_t *count)
{
	DB_ROWS_SCOPE cells = { 0 };

	TRY(db_query(tx, &AGING_TOTALS,
		     DB_PARAMS(db_text(desk->creditor.code), db_date(filter->on), aging_bounds(tx->arena),
			       is_past(desk, filter->on), db_text_or_empty(filter->customer_number)),
		     &cells));
	aging_read(&cells, tx->arena, rows, count);
	return OK;
}

struct err aging_by_customer(struct db_tx *tx, const struct desk *desk, const struct aging_filter *filter,
			     struct aging_row **rows, size_t *count)
{
	DB_ROWS_SCOPE cells = { 0 };

	TRY(db_query(tx, &AGING_BY_CUSTOMER,
		     DB_PARAMS(db_text(desk->creditor.code), db_date(filter->on), aging_bounds(tx->arena),
			       is_past(desk, filter->on), db_text_or_empty(filter->after), db_int(filter->limit)),
		     &cells));
	aging_read(&cells, tx->arena, rows, count);
	return OK;
}

/* ------------------------------------------------------------------ late charges */

static struct late_receivable late_read(const struct db_rows *rows, int row, const struct desk *desk,
					struct arena *arena)
{
	static const struct currency EURO = { "EUR" };
	struct late_receivable late = {
		.head = { .id = db_cell_id(rows, row, 0),
			  .customer = db_cell_id(rows, row, 1),
			  .number = db_cell_copy(rows, row, 2, arena),
			  .customer_number = db_cell_copy(rows, row, 3, arena),
			  .currency = cell_currency(rows, row, 4),
			  .due_on = db_cell_date(rows, row, 5),
			  .open_minor = db_cell_int(rows, row, 6) },
	};

	if (db_cell_null(rows, row, 7)) {
		bool euro = currency_equal(late.head.currency, EURO);

		late.terms = payment_terms_default(desk->creditor.country, euro).late;
	} else {
		late.terms.rule = interest_rule_of(db_cell_text(rows, row, 7));
		late.terms.rate = cell_decimal(rows, row, 8);
		late.terms.compensation_minor = db_cell_int(rows, row, 9);
	}
	late.terms = late_terms_for(late.terms, db_cell_bool(rows, row, 10));
	return late;
}

struct err late_receivables(struct db_tx *tx, const struct desk *desk, const char *customer_number,
			    const char *const *numbers, size_t number_count, struct date on,
			    struct late_receivable **late, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct late_receivable *found = NULL;
	size_t number = 0;

	TRY(db_query(tx, &LATE_FIND,
		     DB_PARAMS(db_text(desk->creditor.code), db_date(on), db_text_or_empty(customer_number),
			       db_text_array(tx->arena, numbers, number_count)),
		     &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, found, number) = late_read(&rows, row, desk, tx->arena);
	*late = found;
	*count = number;
	return OK;
}

/* ------------------------------------------------------------------ the books */

static struct err check_read(struct db_tx *tx, const struct db_stmt *stmt, const char *name, const struct desk *desk,
			     struct book_check **checks, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	int shift = name ? 0 : 1; /* the ledger's own checks bring their names */

	TRY(db_query(tx, stmt, DB_PARAMS(db_text(desk->creditor.code)), &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, *checks, *count) = (struct book_check){
			.name = name ? name : db_cell_copy(&rows, row, 0, tx->arena),
			.ok = db_cell_bool(&rows, row, shift),
			.checked = db_cell_int(&rows, row, shift + 1),
			.detail = db_cell_copy(&rows, row, shift + 2, tx->arena),
		};
	return OK;
}

/* The ageing's rows against the ledger's sums, currency by currency, both in order. */
static struct err aging_check(struct db_tx *tx, const struct desk *desk, struct book_check *check)
{
	DB_ROWS_SCOPE sums = { 0 };
	struct aging_filter filter = { .on = desk->today };
	struct aging_row *rows;
	size_t count;
	int at = 0;

	*check = (struct book_check){ .name = "invoicing.aging_is_outstanding", .ok = true };
	TRY(aging_totals(tx, desk, &filter, &rows, &count));
	TRY(db_query(tx, &OUTSTANDING, DB_PARAMS(db_text(desk->creditor.code)), &sums));
	for (size_t i = 0; i < count; i++) {
		if (rows[i].outstanding_minor == 0)
			continue; /* unapplied cash only */
		bool there = at < sums.count && currency_equal(cell_currency(&sums, at, 0), rows[i].currency);
		int64_t ledger = there ? db_cell_int(&sums, at++, 1) : 0;

		check->checked += rows[i].invoice_count;
		check->ok = check->ok && aging_adds_up(&rows[i]) && ledger == rows[i].outstanding_minor;
		if (!check->ok && !check->detail)
			check->detail =
				arena_format(tx->arena, "%s: buckets say %lld, the ledger %lld", rows[i].currency.code,
					     (long long)rows[i].outstanding_minor, (long long)ledger);
	}
	check->ok = check->ok && at == sums.count;
	return OK;
}

struct err books_check(struct db_tx *tx, const struct desk *desk, struct book_check **checks, size_t *count)
{
	struct book_check *found = NULL, aging;
	size_t number = 0;

	TRY(check_read(tx, &LEDGER_CHECK, NULL, desk, &found, &number));
	TRY(aging_check(tx, desk, &aging));
	*ARENA_PUSH(tx->arena, found, number) = aging;
	TRY(check_read(tx, &GAPLESS, "invoicing.numbers_gapless", desk, &found, &number));
	TRY(check_read(tx, &INVOICES_MATCH, "invoicing.invoices_match_items", desk, &found, &number));
	*checks = found;
	*count = number;
	return OK;
}

/* ------------------------------------------------------------------ the clock */

struct err clock_is_test(struct db_tx *tx, const struct desk *desk, bool *test)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CLOCK_IS_TEST, DB_PARAMS(db_text(desk->creditor.code)), &rows));
	*test = rows.count > 0;
	return OK;
}

struct err clock_save(struct db_tx *tx, const struct desk *desk, struct instant at)
{
	return db_exec(tx, &CLOCK_SET, DB_PARAMS(db_text(desk->creditor.code), db_time(at)));
}
