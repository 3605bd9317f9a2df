#include "payments/store_debit.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/domain/key_map.h"
#include "payments/store_rows.h"

static const struct db_stmt PROFILE_SET = DB_STMT(
	"payments_debit_profile_set",
	"INSERT INTO payments.debit_profile (creditor, scheme_id, account, bic, lead_days, notice_days, retry_days) "
	"VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (creditor) DO UPDATE SET scheme_id = excluded.scheme_id, "
	"account = excluded.account, bic = excluded.bic, lead_days = excluded.lead_days, "
	"notice_days = excluded.notice_days, retry_days = excluded.retry_days");

static const struct db_stmt PROFILE_GET = DB_STMT(
	"payments_debit_profile_get",
	"SELECT p.scheme_id, coalesce(p.account, c.iban), coalesce(p.bic, CASE WHEN p.account IS NULL THEN c.bic END), "
	"       p.lead_days, p.notice_days, p.retry_days, c.legal_name, c.timezone "
	"  FROM payments.debit_profile p JOIN invoicing.creditor c ON c.code = p.creditor WHERE p.creditor = $1");

static const struct db_stmt DEBTOR =
	DB_STMT("payments_debtor", "SELECT id, name, iban FROM invoicing.customer WHERE creditor = $1 AND number = $2");

#define MANDATE_COLUMNS                                                                                                \
	"m.id, m.customer, m.reference, m.customer_number, m.debtor_name, m.iban, m.bic, m.scheme, m.one_off, "        \
	"m.final, m.signed_on, m.last_collected_on, m.state, m.reason, m.collections"
#define MANDATE_COLUMN_COUNT 15

static const struct db_stmt MANDATE_INSERT = DB_STMT(
	"payments_mandate_insert", "INSERT INTO payments.mandate (creditor, id, customer, reference, customer_number, "
				   "debtor_name, iban, bic, scheme, "
				   "one_off, final, signed_on, last_collected_on, state, reason, collections) "
				   "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");

static const struct db_stmt MANDATE_UPDATE = DB_STMT(
	"payments_mandate_update",
	"UPDATE payments.mandate SET final = $3, last_collected_on = $4, state = $5, reason = $6, collections = $7 "
	"WHERE creditor = $1 AND id = $2");

static const struct db_stmt MANDATE_GET =
	DB_STMT("payments_mandate_get",
		"SELECT " MANDATE_COLUMNS " FROM payments.mandate m WHERE m.creditor = $1 AND m.reference = $2");

static const struct db_stmt MANDATE_GET_BY_ID =
	DB_STMT("payments_mandate_get_by_id",
		"SELECT " MANDATE_COLUMNS " FROM payments.mandate m WHERE m.creditor = $1 AND m.id = $2");

static const struct db_stmt MANDATES_PAGE =
	DB_STMT("payments_mandates_page",
		"SELECT " MANDATE_COLUMNS " FROM payments.mandate m WHERE m.creditor = $1 "
		"   AND ($2::text IS NULL OR m.customer_number = $2) AND ($3::uuid IS NULL OR m.id > $3) "
		" ORDER BY m.id LIMIT $4");

/* The mandate that an item names; else its customer's, an active one before others, the newest before older ones.
 * One-off mandates are used only by name. */
static const struct db_stmt DUE_ITEMS =
	DB_STMT("payments_due_items",
		"SELECT " MANDATE_COLUMNS
		", i.id, i.customer, i.number, i.customer_number, i.creditor_ref, i.currency, i.open_minor, "
		"       i.issued_on, i.disputed, coalesce(c.attempt, 0), c.state, c.retry_on "
		"  FROM ledger.open_item i "
		"  LEFT JOIN LATERAL (SELECT * FROM payments.mandate m WHERE m.creditor = $1 "
		"        AND CASE WHEN i.mandate IS NOT NULL THEN m.reference = i.mandate "
		"                 ELSE m.customer = i.customer AND NOT m.one_off END "
		"        ORDER BY m.state = 'active' DESC, m.id DESC LIMIT 1) m ON true "
		"  LEFT JOIN LATERAL (SELECT attempt, state, retry_on FROM payments.collection c "
		"        WHERE c.creditor = $1 AND c.item = i.id ORDER BY c.attempt DESC LIMIT 1) c ON true "
		" WHERE i.creditor = $1 AND i.open_minor > 0 AND NOT i.cancelled AND i.due_on <= $2 "
		"   AND (m.id IS NOT NULL OR i.mandate IS NOT NULL) ORDER BY i.due_on, i.number");

struct err debit_profile_set(struct db_tx *tx, const struct desk *desk, const struct debit_profile *profile)
{
	return db_exec(tx, &PROFILE_SET,
		       DB_PARAMS(db_text(desk->creditor), db_text(profile->scheme_id), db_text(profile->account),
				 db_text(profile->bic), db_int(profile->lead_days), db_int(profile->notice_days),
				 db_int(profile->retry_days)));
}

struct err debit_profile_get(struct db_tx *tx, const struct desk *desk, struct debit_profile *profile)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &PROFILE_GET, DB_PARAMS(db_text(desk->creditor)), &rows));
	if (rows.count == 0)
		return ERR(ERR_CONFLICT, "debit.no_profile", NULL,
			   "the creditor's SEPA identifier is not set: relancectl debit setup");
	if (db_cell_null(&rows, 0, 1))
		return ERR(ERR_CONFLICT, "debit.no_account", NULL,
			   "the creditor has no IBAN on which money could come in");
	*profile = (struct debit_profile){ .scheme_id = db_cell_copy(&rows, 0, 0, tx->arena),
					   .account = db_cell_copy(&rows, 0, 1, tx->arena),
					   .bic = db_cell_copy(&rows, 0, 2, tx->arena),
					   .lead_days = (int)db_cell_int(&rows, 0, 3),
					   .notice_days = (int)db_cell_int(&rows, 0, 4),
					   .retry_days = (int)db_cell_int(&rows, 0, 5),
					   .creditor_name = db_cell_copy(&rows, 0, 6, tx->arena),
					   .timezone = db_cell_copy(&rows, 0, 7, tx->arena) };
	return OK;
}

/* ------------------------------------------------------------------ mandates */

struct err debtor_find(struct db_tx *tx, const struct desk *desk, const char *customer_number, struct id *id,
		       const char **name, const char **iban)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &DEBTOR, DB_PARAMS(db_text(desk->creditor), db_text(customer_number)), &rows));
	if (rows.count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "customer.unknown", "customer_number",
				  "there is no customer '%s'", customer_number);
	*id = db_cell_id(&rows, 0, 0);
	*name = db_cell_copy(&rows, 0, 1, tx->arena);
	*iban = db_cell_copy(&rows, 0, 2, tx->arena);
	return OK;
}

struct err mandate_insert(struct db_tx *tx, const struct desk *desk, const struct mandate *mandate)
{
	return db_exec(tx, &MANDATE_INSERT,
		       DB_PARAMS(db_text(desk->creditor), db_id(mandate->id), db_id(mandate->customer),
				 db_text(mandate->reference), db_text(mandate->customer_number),
				 db_text(mandate->debtor_name), db_text(mandate->iban), db_text(mandate->bic),
				 db_text(debit_scheme_name(mandate->scheme)), db_bool(mandate->one_off),
				 db_bool(mandate->final), db_date(mandate->signed_on),
				 db_date(mandate->last_collected_on), db_text(mandate_state_name(mandate->state)),
				 db_text(mandate->reason), db_int(mandate->collections)));
}

struct err mandate_update(struct db_tx *tx, const struct desk *desk, const struct mandate *mandate)
{
	return db_exec(tx, &MANDATE_UPDATE,
		       DB_PARAMS(db_text(desk->creditor), db_id(mandate->id), db_bool(mandate->final),
				 db_date(mandate->last_collected_on), db_text(mandate_state_name(mandate->state)),
				 db_text(mandate->reason), db_int(mandate->collections)));
}

static struct mandate mandate_read(const struct db_rows *rows, int row, struct arena *arena)
{
	struct mandate mandate = {
		.id = db_cell_id(rows, row, 0),
		.customer = db_cell_id(rows, row, 1),
		.reference = db_cell_copy(rows, row, 2, arena),
		.customer_number = db_cell_copy(rows, row, 3, arena),
		.debtor_name = db_cell_copy(rows, row, 4, arena),
		.iban = db_cell_copy(rows, row, 5, arena),
		.bic = db_cell_copy(rows, row, 6, arena),
		.one_off = db_cell_bool(rows, row, 8),
		.final = db_cell_bool(rows, row, 9),
		.signed_on = db_cell_date(rows, row, 10),
		.last_collected_on = db_cell_date(rows, row, 11),
		.reason = db_cell_copy(rows, row, 13, arena),
		.collections = (int)db_cell_int(rows, row, 14),
	};
	struct err scheme = debit_scheme_find(db_cell_text(rows, row, 7), &mandate.scheme);
	struct err state = mandate_state_find(db_cell_text(rows, row, 12), &mandate.state);

	CHECK(err_ok(scheme) && err_ok(state));
	return mandate;
}

static struct err mandate_only(struct db_tx *tx, const struct db_rows *rows, const char *asked, struct mandate *mandate)
{
	if (rows->count == 0)
		return err_format(tx->arena, ERR_NOT_FOUND, "mandate.unknown", "reference", "there is no mandate '%s'",
				  asked);
	*mandate = mandate_read(rows, 0, tx->arena);
	return OK;
}

struct err mandate_get(struct db_tx *tx, const struct desk *desk, const char *reference, struct mandate *mandate)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &MANDATE_GET, DB_PARAMS(db_text(desk->creditor), db_text(reference)), &rows));
	return mandate_only(tx, &rows, reference, mandate);
}

struct err mandate_get_by_id(struct db_tx *tx, const struct desk *desk, struct id id, struct mandate *mandate)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &MANDATE_GET_BY_ID, DB_PARAMS(db_text(desk->creditor), db_id(id)), &rows));
	return mandate_only(tx, &rows, "of this id", mandate);
}

struct err mandates_page(struct db_tx *tx, const struct desk *desk, const char *customer_number,
			 const struct page *page, struct mandate **list, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(
		tx, &MANDATES_PAGE,
		DB_PARAMS(db_text(desk->creditor), db_text(customer_number), db_text(page->after), db_int(page->size)),
		&rows));
	*count = (size_t)rows.count;
	*list = arena_array(tx->arena, *count, sizeof **list);
	for (int i = 0; i < rows.count; i++)
		(*list)[i] = mandate_read(&rows, i, tx->arena);
	return OK;
}

/* ------------------------------------------------------------------ what is due */

static struct mandate *mandate_shared(struct db_tx *tx, struct key_map *known, const struct db_rows *rows, int row)
{
	if (db_cell_null(rows, row, 0))
		return NULL;
	const struct key_node *node = key_map_find(known, db_cell_text(rows, row, 2));

	if (node)
		return node->value;
	struct mandate *mandate = arena_alloc(tx->arena, sizeof *mandate);

	*mandate = mandate_read(rows, row, tx->arena);
	key_map_add(known, mandate->reference, mandate);
	return mandate;
}

static enum collection_state state_read(const struct db_rows *rows, int row, int column)
{
	enum collection_state state = COLLECTION_ORDERED;

	if (!db_cell_null(rows, row, column))
		CHECK(err_ok(collection_state_find(db_cell_text(rows, row, column), &state)));
	return state;
}

struct err due_items_load(struct db_tx *tx, const struct desk *desk, struct date collect_on, struct due_item **items,
			  size_t *count)
{
	const int at = MANDATE_COLUMN_COUNT;
	struct key_map known = key_map_make(tx->arena);
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &DUE_ITEMS, DB_PARAMS(db_text(desk->creditor), db_date(collect_on)), &rows));
	struct due_item *list = arena_array(tx->arena, (size_t)rows.count, sizeof *list);

	for (int i = 0; i < rows.count; i++)
		list[i] = (struct due_item){
			.id = db_cell_id(&rows, i, at),
			.customer = db_cell_id(&rows, i, at + 1),
			.number = db_cell_copy(&rows, i, at + 2, tx->arena),
			.customer_number = db_cell_copy(&rows, i, at + 3, tx->arena),
			.creditor_ref = db_cell_copy(&rows, i, at + 4, tx->arena),
			.currency = cell_currency(&rows, i, at + 5),
			.open_minor = db_cell_int(&rows, i, at + 6),
			.issued_on = db_cell_date(&rows, i, at + 7),
			.disputed = db_cell_bool(&rows, i, at + 8),
			.mandate = mandate_shared(tx, &known, &rows, i),
			.attempts = (int)db_cell_int(&rows, i, at + 9),
			.last_state = state_read(&rows, i, at + 10),
			.retry_on = db_cell_date(&rows, i, at + 11),
		};
	*items = list;
	*count = (size_t)rows.count;
	return OK;
}
