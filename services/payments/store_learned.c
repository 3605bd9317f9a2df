#include "payments/store_learned.h"

#include "common/base/text.h"

static const struct db_stmt LEARN_ACCOUNT =
	DB_STMT("payments_learn_account",
		"INSERT INTO payments.payer_account (creditor, iban, customer, learned_from, learned_at, learned_by) "
		"SELECT $1, $2, $3, $4, $5, $6 "
		" WHERE NOT EXISTS (SELECT FROM invoicing.customer WHERE iban || ' ' || creditor = $2 || ' ' || $1) "
		"ON CONFLICT DO NOTHING");

static const struct db_stmt LEARN_NAME =
	DB_STMT("payments_learn_name",
		"INSERT INTO payments.payer_name (creditor, name_key, customer, learned_from, "
		"learned_at, learned_by, name) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING");

/* $2: the payment whose match is gone. What another decision teaches too is from now on learned from that one. */
#define UNLEARN(name_, table, key, payers_key)                                                                         \
	DB_STMT(name_, "WITH mine AS MATERIALIZED (SELECT m." key ", m.customer, "                                     \
		       "    (SELECT min(p.id::text)::uuid FROM ledger.open_item i JOIN payments.allocation a "         \
		       "         ON a.creditor = $1 AND a.item = i.id AND a.state = 'confirmed' AND a.payment <> $2 "  \
		       "       JOIN payments.payment p ON p.creditor = $1 AND p.id = a.payment AND " payers_key        \
		       " = m." key "      WHERE i.creditor = $1 AND i.customer = m.customer) AS other "                \
		       "    FROM " table " m WHERE m.creditor = $1 AND m.learned_from = $2), "                         \
		       "kept AS (UPDATE " table " t SET learned_from = mine.other FROM mine WHERE t.creditor = $1 "    \
		       "    AND t." key " = mine." key " AND t.customer = mine.customer AND mine.other IS NOT NULL) "  \
		       "DELETE FROM " table " t USING mine WHERE t.creditor = $1 AND t." key " = mine." key            \
		       "    AND t.customer = mine.customer AND mine.other IS NULL RETURNING t." key)

static const struct db_stmt UNLEARN_ACCOUNT =
	UNLEARN("payments_unlearn_account", "payments.payer_account", "iban", "p.payer_iban");
static const struct db_stmt UNLEARN_NAME =
	UNLEARN("payments_unlearn_name", "payments.payer_name", "name_key",
		"p.payer_iban IS NULL AND upper(regexp_replace(p.payer_name, '[^A-Za-z0-9]', '', 'g'))");

static const struct db_stmt FORGET = DB_STMT(
	"payments_learned_forget", "WITH a AS (DELETE FROM payments.payer_account WHERE creditor = $1 AND iban = $2 "
				   "             AND ($4::uuid IS NULL OR customer = $4) RETURNING 1), "
				   "n AS (DELETE FROM payments.payer_name WHERE creditor = $1 AND name_key = $3 "
				   "             AND ($4::uuid IS NULL OR customer = $4) RETURNING 1) "
				   "SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM n)");

static const struct db_stmt LIST = DB_STMT(
	"payments_learned_list",
	"SELECT l.name, l.value, c.id, c.number, c.name, l.learned_from, p.entry_ref, l.learned_at, l.learned_by FROM ("
	"  SELECT false AS name, iban AS value, customer, learned_from, learned_at, learned_by "
	"    FROM payments.payer_account WHERE creditor = $1 "
	"  UNION ALL SELECT true, name, customer, learned_from, learned_at, learned_by "
	"    FROM payments.payer_name WHERE creditor = $1) l "
	"  JOIN invoicing.customer c ON c.creditor = $1 AND c.id = l.customer "
	"  LEFT JOIN payments.payment p ON p.creditor = $1 AND p.id = l.learned_from "
	" WHERE $2::uuid IS NULL OR c.id = $2 ORDER BY c.number, l.name, l.value LIMIT $3");

struct err payer_learn(struct db_tx *tx, const struct desk *desk, const struct payment_row *payment, struct id customer)
{
	struct db_param creditor = db_text(desk->creditor), of = db_id(customer), from = db_id(payment->id),
			at = db_time(desk->now), by = db_text_or_empty(desk->who);

	if (!text_empty(payment->payer_iban))
		return db_exec(tx, &LEARN_ACCOUNT, DB_PARAMS(creditor, db_text(payment->payer_iban), of, from, at, by));
	const char *key = text_empty(payment->payer_name) ? "" : text_normalise(tx->arena, payment->payer_name);

	if (text_empty(key))
		return OK;
	return db_exec(tx, &LEARN_NAME,
		       DB_PARAMS(creditor, db_text(key), of, from, at, by, db_text(payment->payer_name)));
}

struct err payer_unlearn(struct db_tx *tx, const struct desk *desk, struct id payment, const char ***values,
			 size_t *count)
{
	const struct db_stmt *const both[] = { &UNLEARN_ACCOUNT, &UNLEARN_NAME };
	const char **gone = NULL;
	size_t number = 0;

	for (size_t i = 0; i < sizeof both / sizeof both[0]; i++) {
		DB_ROWS_SCOPE rows = { 0 };

		TRY(db_query(tx, both[i], DB_PARAMS(db_text(desk->creditor), db_id(payment)), &rows));
		for (int row = 0; row < rows.count; row++)
			*ARENA_PUSH(tx->arena, gone, number) = db_cell_copy(&rows, row, 0, tx->arena);
	}
	*values = gone;
	*count = number;
	return OK;
}

struct err learned_forget(struct db_tx *tx, const struct desk *desk, const char *value, struct id customer,
			  int64_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &FORGET,
		     DB_PARAMS(db_text(desk->creditor), db_text(value), db_text(text_normalise(tx->arena, value)),
			       db_id(customer)),
		     &rows));
	*count = db_cell_int(&rows, 0, 0);
	return OK;
}

struct err learned_list(struct db_tx *tx, const struct desk *desk, struct id customer, struct learned **list,
			size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &LIST, DB_PARAMS(db_text(desk->creditor), db_id(customer), db_int(LEARNED_MAX)), &rows));
	*list = arena_array(tx->arena, (size_t)rows.count, sizeof **list);
	*count = (size_t)rows.count;
	for (int i = 0; i < rows.count; i++)
		(*list)[i] = (struct learned){ .name = db_cell_bool(&rows, i, 0),
					       .value = db_cell_copy(&rows, i, 1, tx->arena),
					       .customer = db_cell_id(&rows, i, 2),
					       .customer_number = db_cell_copy(&rows, i, 3, tx->arena),
					       .customer_name = db_cell_copy(&rows, i, 4, tx->arena),
					       .source = db_cell_id(&rows, i, 5),
					       .source_ref = db_cell_copy(&rows, i, 6, tx->arena),
					       .learned_at = db_cell_time(&rows, i, 7),
					       .learned_by = db_cell_copy(&rows, i, 8, tx->arena) };
	return OK;
}
