#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store_rows.h"

static const struct db_stmt PAYMENTS_PAGE =
	DB_STMT("payments_payments_page", "SELECT " PAYMENT_COLUMNS " FROM payments.payment p "
					  "WHERE p.creditor = $1 AND ($2::text IS NULL OR p.state = $2) "
					  "AND ($3::uuid IS NULL OR p.id > $3) ORDER BY p.id LIMIT $4");

static const struct db_stmt ALLOCATIONS_PAGE =
	DB_STMT("payments_allocations_page", "SELECT " ALLOCATION_COLUMNS ALLOCATION_FROM
					     " WHERE a.creditor = $1 AND (a.state = $2 OR $2::text IS NULL AND "
					     "a.state <> 'withdrawn') "
					     "AND ($3::text IS NULL OR a.invoice_number = $3) AND ($4::text IS NULL OR "
					     "(p.id >= split_part($4, '/', 1)::uuid "
					     "  AND (p.id, a.id) > (split_part($4, '/', 1)::uuid, split_part($4, '/', "
					     "2)::uuid))) ORDER BY p.id, a.id LIMIT $5");

static const struct db_stmt TALLIES =
	DB_STMT("payments_tallies",
		"SELECT p.state, p.currency, count(*), sum(p.amount_minor)::bigint, "
		"       sum((SELECT coalesce(sum(coalesce(a.cash_minor, a.amount_minor)), 0) FROM payments.allocation "
		"a WHERE a.creditor = p.creditor "
		"             AND a.payment = p.id AND a.state IN ('auto', 'confirmed')))::bigint "
		"  FROM payments.statement s JOIN payments.entry e ON e.creditor = s.creditor AND e.statement = s.id "
		"  JOIN payments.payment p ON p.creditor = e.creditor AND p.entry = e.id "
		" WHERE s.creditor = $1 AND s.file = $2 GROUP BY p.state, p.currency ORDER BY p.state, p.currency");

/* By id, which is the order of import; the chain of an account is in the dates. */
static const struct db_stmt STATEMENTS_PAGE = DB_STMT(
	"payments_statements_page",
	"SELECT s.id, s.file, s.bank_account, b.account, s.statement_id, s.currency, coalesce(s.sequence, -1), "
	"       s.opening_on, s.closing_on, s.opening_minor, s.closing_minor, s.entries, s.entries_minor, "
	"s.duplicates, "
	"       s.duplicates_minor, s.last_booked_on, l.chain, f.name, l.missing, l.difference_minor, l.out_of_order "
	"  FROM payments.statement s JOIN payments.bank_account b ON b.creditor = s.creditor AND b.id = s.bank_account "
	"  JOIN payments.file f ON f.creditor = s.creditor AND f.id = s.file "
	" CROSS JOIN LATERAL payments.statement_link(s.creditor, s.id) l "
	" WHERE s.creditor = $1 AND ($2::uuid IS NULL OR s.id > $2) ORDER BY s.id LIMIT $3");

/* One row a check: name, how many were looked at, the first violation or null. */
static const struct db_stmt CHECKS = DB_STMT(
	"payments_checks",
	"SELECT 'payments.statements_add_up', count(*), "
	"       min(format('statement %s of %s: opening + entries is not closing', s.statement_id, s.closing_on)) "
	"         FILTER (WHERE s.opening_minor + s.entries_minor IS DISTINCT FROM s.closing_minor) "
	"  FROM payments.statement s WHERE s.creditor = $1 AND s.balance = 'ok' "
	"UNION ALL "
	"SELECT 'payments.statements_have_their_entries', count(*), "
	"       min(format('statement %s: its new entries sum to %s, not %s', c.statement_id, c.booked, c.wanted)) "
	"         FILTER (WHERE c.booked <> c.wanted) "
	"  FROM (SELECT s.statement_id, s.entries_minor - s.duplicates_minor AS wanted, "
	"               coalesce(sum(e.amount_minor), 0)::bigint AS booked FROM payments.statement s "
	"          LEFT JOIN payments.entry e ON e.creditor = s.creditor AND e.statement = s.id "
	"         WHERE s.creditor = $1 GROUP BY s.creditor, s.id) c "
	"UNION ALL "
	"SELECT 'payments.entries_have_their_payments', count(*), "
	"       min(format('entry %s is %s, its payments sum to %s', c.id, c.amount_minor, c.paid)) "
	"         FILTER (WHERE c.paid <> c.amount_minor) "
	"  FROM (SELECT e.id, e.amount_minor, coalesce(sum(p.amount_minor), 0)::bigint AS paid FROM payments.entry e "
	"          LEFT JOIN payments.payment p ON p.creditor = e.creditor AND p.entry = e.id "
	"         WHERE e.creditor = $1 GROUP BY e.id, e.amount_minor) c "
	"UNION ALL "
	"SELECT 'payments.bank_is_the_statements', count(*), "
	"       min(format('account %s: entries sum to %s, the ledger has %s', c.account, c.booked, c.posted)) "
	"         FILTER (WHERE c.booked <> c.posted) "
	"  FROM (SELECT b.account, (SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM payments.entry e "
	"                            WHERE e.creditor = $1 AND e.bank_account = b.id) AS booked, "
	"               coalesce(l.posted, 0) AS posted "
	"          FROM payments.bank_account b "
	"          LEFT JOIN (SELECT e.subject, sum(e.amount_minor)::bigint AS posted FROM ledger.entry e "
	"                      WHERE e.creditor = $1 AND e.account = 'bank' GROUP BY e.subject) l ON l.subject = b.id "
	"         WHERE b.creditor = $1) c "
	"UNION ALL "
	"SELECT 'payments.allocations_have_their_postings', count(*), "
	"       min(format('allocation %s on %s has no posting of its amount', a.id, a.invoice_number)) "
	"         FILTER (WHERE NOT EXISTS (SELECT FROM ledger.entry l WHERE l.creditor = $1 AND l.posting = a.posting "
	"           AND l.account = 'receivable' AND l.subject = a.item "
	"           AND l.amount_minor = -(a.amount_minor + a.discount_minor))) "
	"  FROM payments.allocation a WHERE a.creditor = $1 AND a.posting IS NOT NULL");

/* What payments posts of cash; what credit notes and void fees leave on a customer's account is no payment's. */
#define CASH_POSTINGS "'payment', 'allocation', 'return', 'undo', 'refund_due', 'refund_cancelled'"

/* Where the money is. */
static const struct db_stmt CASH_CHECKS = DB_STMT(
	"payments_cash_checks",
	"SELECT 'payments.cash_is_in_the_ledger', count(*), "
	"       min(format('%s of %s: payments have %s %s left, the ledger %s', c.account, c.subject, c.rest, "
	"c.currency, c.posted)) "
	"         FILTER (WHERE c.rest <> c.posted) "
	"  FROM (SELECT account, subject, currency, coalesce(r.rest, 0) AS rest, coalesce(l.posted, 0) AS posted "
	"          FROM (SELECT CASE WHEN p.customer IS NULL THEN 'unidentified_cash' ELSE 'unapplied_cash' END AS "
	"account, "
	"                       coalesce(p.customer, p.id) AS subject, p.currency, sum(p.rest_minor)::bigint AS rest "
	"                  FROM payments.payment p WHERE p.creditor = $1 AND p.rest_minor > 0 GROUP BY 1, 2, 3) r "
	"          FULL JOIN (SELECT e.account::text AS account, e.subject, e.currency, "
	"                            -sum(e.amount_minor)::bigint AS posted "
	"                       FROM ledger.entry e JOIN ledger.posting q ON q.creditor = $1 AND q.id = e.posting "
	"                      WHERE e.creditor = $1 AND e.account IN ('unapplied_cash', 'unidentified_cash') "
	"                        AND q.kind IN (" CASH_POSTINGS ") "
	"                      GROUP BY 1, 2, 3) l USING (account, subject, currency)) c "
	"UNION ALL "
	"SELECT 'payments.money_is_somewhere', count(*), "
	"       min(format('payment %s of %s: %s on invoices, %s refunded and %s left', c.entry_ref, c.amount_minor, "
	"c.placed, c.refunded, c.rest_minor)) "
	"         FILTER (WHERE c.placed + c.refunded + c.rest_minor + c.rounding_minor <> c.amount_minor) "
	"  FROM (SELECT p.entry_ref, p.amount_minor, p.rest_minor, p.rounding_minor, "
	"               coalesce(sum(coalesce(a.cash_minor, a.amount_minor)), 0)::bigint AS placed, "
	"               (SELECT coalesce(sum(r.amount_minor), 0)::bigint FROM payments.refund r WHERE r.creditor = $1 "
	"                   AND r.payment = p.id AND r.state IN ('owed', 'paid')) AS refunded "
	"          FROM payments.payment p LEFT JOIN payments.allocation a ON a.creditor = p.creditor "
	"               AND a.payment = p.id AND a.state IN ('auto', 'confirmed') "
	"         WHERE p.creditor = $1 AND p.state IN ('allocated', 'suggested', 'unapplied', 'unidentified') "
	"         GROUP BY p.id, p.entry_ref, p.amount_minor, p.rest_minor, p.rounding_minor) c "
	"UNION ALL "
	"SELECT 'payments.refunds_are_the_ledgers', count(*), "
	"       min(format('refund %s: the ledger owes %s, not %s', c.number, c.posted, c.owed)) "
	"         FILTER (WHERE c.posted <> c.owed) "
	"  FROM (SELECT r.number, CASE r.state WHEN 'owed' THEN r.amount_minor - r.paid_minor "
	"                                      WHEN 'recover' THEN -r.paid_minor ELSE 0 END AS owed, "
	"               (SELECT coalesce(-sum(e.amount_minor), 0)::bigint FROM ledger.entry e WHERE e.creditor = $1 "
	"                   AND e.subject = r.id AND e.account = 'refund') AS posted "
	"          FROM payments.refund r WHERE r.creditor = $1) c");

struct currency cell_currency(const struct db_rows *rows, int row, int column)
{
	struct currency currency = { 0 };

	CHECK(err_ok(currency_parse(db_cell_text(rows, row, column), &currency)));
	return currency;
}

struct payment_row payment_read(const struct db_rows *rows, int row, struct arena *arena)
{
	struct payment_row payment = {
		.id = db_cell_id(rows, row, 0),
		.entry_ref = db_cell_copy(rows, row, 1, arena),
		.booked_on = db_cell_date(rows, row, 2),
		.value_on = db_cell_date(rows, row, 3),
		.currency = cell_currency(rows, row, 4),
		.amount_minor = db_cell_int(rows, row, 5),
		.rest_minor = db_cell_int(rows, row, 6),
		.rule = db_cell_copy(rows, row, 8, arena),
		.evidence = db_cell_copy(rows, row, 9, arena),
		.payer_name = db_cell_copy(rows, row, 10, arena),
		.payer_iban = db_cell_copy(rows, row, 11, arena),
		.remittance = db_cell_copy(rows, row, 12, arena),
		.end_to_end_id = db_cell_copy(rows, row, 13, arena),
		.customer = db_cell_id(rows, row, 14),
		.customer_number = db_cell_copy(rows, row, 15, arena),
		.rounding_minor = db_cell_int(rows, row, 16),
	};

	CHECK(err_ok(payment_state_find(db_cell_text(rows, row, 7), &payment.state)));
	return payment;
}

static struct allocation_record allocation_read(const struct db_rows *rows, int row, struct arena *arena)
{
	return (struct allocation_record){
		.id = db_cell_id(rows, row, 0),
		.payment = db_cell_id(rows, row, 1),
		.item = db_cell_id(rows, row, 2),
		.posting = db_cell_id(rows, row, 3),
		.entry_ref = db_cell_copy(rows, row, 4, arena),
		.invoice_number = db_cell_copy(rows, row, 5, arena),
		.customer_number = db_cell_copy(rows, row, 6, arena),
		.currency = cell_currency(rows, row, 7),
		.amount_minor = db_cell_int(rows, row, 8),
		.discount_minor = db_cell_int(rows, row, 9),
		.state = db_cell_copy(rows, row, 10, arena),
		.rule = db_cell_copy(rows, row, 11, arena),
		.evidence = db_cell_copy(rows, row, 12, arena),
		.confidence = (int32_t)db_cell_int(rows, row, 13),
		.value_on = db_cell_date(rows, row, 14),
		.customer = db_cell_id(rows, row, 15),
		.cash_minor = db_cell_int(rows, row, 16),
		.relief = db_cell_copy(rows, row, 17, arena),
		.alternative = (int32_t)db_cell_int(rows, row, 18),
	};
}

struct allocation_record *allocations_read(const struct db_rows *rows, struct arena *arena)
{
	struct allocation_record *list = arena_array(arena, (size_t)rows->count, sizeof *list);

	for (int i = 0; i < rows->count; i++)
		list[i] = allocation_read(rows, i, arena);
	return list;
}

struct err payments_page(struct db_tx *tx, const struct desk *desk, const char *state, const struct page *page,
			 struct payment_row **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PAYMENTS_PAGE,
		     DB_PARAMS(db_text(desk->creditor), db_text(state), db_text(page->after), db_int(page->size)),
		     &rows));
	*list = arena_array(tx->arena, (size_t)rows.count, sizeof **list);
	*count = (size_t)rows.count;
	for (int i = 0; i < rows.count; i++)
		(*list)[i] = payment_read(&rows, i, tx->arena);
	return OK;
}

struct err allocations_page(struct db_tx *tx, const struct desk *desk, const char *state, const char *invoice_number,
			    const struct page *page, struct allocation_record **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ALLOCATIONS_PAGE,
		     DB_PARAMS(db_text(desk->creditor), db_text(state), db_text(invoice_number), db_text(page->after),
			       db_int(page->size)),
		     &rows));
	*list = allocations_read(&rows, tx->arena);
	*count = (size_t)rows.count;
	return OK;
}

struct err file_tallies(struct db_tx *tx, const struct desk *desk, struct id file, struct tally **tallies,
			size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &TALLIES, DB_PARAMS(db_text(desk->creditor), db_id(file)), &rows));
	*tallies = arena_array(tx->arena, (size_t)rows.count, sizeof **tallies);
	*count = (size_t)rows.count;
	for (int i = 0; i < rows.count; i++) {
		struct tally *tally = &(*tallies)[i];

		CHECK(err_ok(payment_state_find(db_cell_text(&rows, i, 0), &tally->state)));
		tally->currency = cell_currency(&rows, i, 1);
		tally->count = db_cell_int(&rows, i, 2);
		tally->amount_minor = db_cell_int(&rows, i, 3);
		tally->allocated_minor = db_cell_int(&rows, i, 4);
	}
	return OK;
}

static struct statement_record statement_read(const struct db_rows *rows, int row, struct arena *arena)
{
	return (struct statement_record){
		.id = db_cell_id(rows, row, 0),
		.file = db_cell_id(rows, row, 1),
		.bank_account = db_cell_id(rows, row, 2),
		.account = db_cell_copy(rows, row, 3, arena),
		.statement_id = db_cell_copy(rows, row, 4, arena),
		.currency = cell_currency(rows, row, 5),
		.sequence = db_cell_int(rows, row, 6),
		.opening_on = db_cell_date(rows, row, 7),
		.closing_on = db_cell_date(rows, row, 8),
		.opening_minor = db_cell_int(rows, row, 9),
		.closing_minor = db_cell_int(rows, row, 10),
		.entries = db_cell_int(rows, row, 11),
		.entries_minor = db_cell_int(rows, row, 12),
		.duplicates = db_cell_int(rows, row, 13),
		.duplicates_minor = db_cell_int(rows, row, 14),
		.last_booked_on = db_cell_date(rows, row, 15),
		.chain = db_cell_copy(rows, row, 16, arena),
		.file_name = db_cell_copy(rows, row, 17, arena),
		.missing = db_cell_int(rows, row, 18),
		.difference_minor = db_cell_int(rows, row, 19),
		.out_of_order = db_cell_bool(rows, row, 20),
	};
}

struct err statements_page(struct db_tx *tx, const struct desk *desk, const struct page *page,
			   struct statement_record **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &STATEMENTS_PAGE, DB_PARAMS(db_text(desk->creditor), db_text(page->after), db_int(page->size)),
		     &rows));
	*list = arena_array(tx->arena, (size_t)rows.count, sizeof **list);
	*count = (size_t)rows.count;
	for (int i = 0; i < rows.count; i++)
		(*list)[i] = statement_read(&rows, i, tx->arena);
	return OK;
}

struct err checks_run(struct db_tx *tx, const struct desk *desk, struct check_row checks[static CHECKS_MAX],
		      size_t *count)
{
	const struct db_stmt *const each[] = { &CHECKS, &CASH_CHECKS };
	size_t found = 0;

	for (size_t k = 0; k < sizeof each / sizeof each[0]; k++) {
		DB_ROWS_SCOPE rows = { 0 };

		TRY(db_query(tx, each[k], DB_PARAMS(db_text(desk->creditor)), &rows));
		CHECK(found + (size_t)rows.count <= CHECKS_MAX);
		for (int i = 0; i < rows.count; i++)
			checks[found++] = (struct check_row){ .name = db_cell_copy(&rows, i, 0, tx->arena),
							      .checked = db_cell_int(&rows, i, 1),
							      .ok = db_cell_null(&rows, i, 2),
							      .detail = db_cell_copy(&rows, i, 2, tx->arena) };
	}
	*count = found;
	return OK;
}
