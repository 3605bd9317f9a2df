#include "notification/store.h"

#include <string.h>

#include "common/base/text.h"
#include "common/io/clock.h"
#include "notification/store_report.h"

static const struct db_stmt CREDITOR_CODES =
	DB_STMT("notification_creditor_codes", "SELECT code FROM invoicing.creditor ORDER BY code");

static const struct db_stmt CREDITOR_FIND =
	DB_STMT("notification_creditor_find",
		"SELECT code, name, legal_name, language, country, timezone, iban, bic, vat_id, email, phone, "
		"       array_to_string(address_lines, E'\\n') "
		"  FROM invoicing.creditor WHERE $1 IN ('', code) ORDER BY code LIMIT 2");

#define CUSTOMER_COLUMNS                                                                                               \
	"SELECT c.id, c.number, c.name, coalesce(k.language, c.language), k.name, c.segment = 'consumer', "            \
	"c.timezone, "                                                                                                 \
	"       k.email, coalesce(k.phone, c.phone), c.sales_email "                                                   \
	"  FROM invoicing.customer c LEFT JOIN LATERAL (SELECT * FROM invoicing.contact k "                            \
	"       WHERE k.creditor = c.creditor AND k.customer = c.id AND k.email IS NOT NULL "                          \
	"       ORDER BY k.role <> 'billing', k.position LIMIT 1) k ON true WHERE c.creditor = $1 "

static const struct db_stmt CUSTOMER_GET = DB_STMT("notification_customer_get", CUSTOMER_COLUMNS "AND c.id = $2");
static const struct db_stmt CUSTOMER_FIND = DB_STMT("notification_customer_find", CUSTOMER_COLUMNS "AND c.number = $2");

static const struct db_stmt CURRENCIES = DB_STMT(
	"notification_customer_currencies", "SELECT DISTINCT currency FROM ledger.open_item WHERE creditor = $1 "
					    "AND customer = $2 AND open_minor > 0 AND NOT cancelled ORDER BY currency");

/* $4 the case, $5 the reminder in question. */
static const struct db_stmt POSITION = DB_STMT(
	"notification_position",
	"SELECT i.id, i.number, i.creditor_ref, i.order_reference, i.issued_on, i.due_on, i.amount_minor, "
	"i.open_minor, "
	"       i.disputed, "
	"       EXISTS (SELECT FROM notification.reminder_item n JOIN notification.reminder r "
	"                 ON r.creditor = n.creditor AND r.id = n.reminder "
	"                WHERE n.creditor = i.creditor AND n.item = i.id AND r.dunning_case = $4 "
	"                  AND r.id IS DISTINCT FROM $5 AND r.state <> 'cancelled'), "
	"       EXISTS (SELECT FROM notification.reminder_item n "
	"                WHERE n.creditor = i.creditor AND n.reminder = $5 AND n.item = i.id), "
	"       (SELECT string_agg(n.note, E'\\n') FROM notification.reminder_item n "
	"         WHERE n.creditor = i.creditor AND n.item = i.id), "
	"       coalesce(v.interest_rule, t.interest_rule, d.interest_rule), "
	"       (coalesce(v.interest_rate, t.interest_rate, d.interest_rate) * 1000000)::bigint, "
	"       coalesce(v.compensation_minor, t.compensation_minor, d.compensation_minor), "
	"       coalesce((SELECT -sum(b.amount_minor) FROM ledger.balance b WHERE b.creditor = $1 "
	"                    AND b.account = 'unapplied_cash' AND b.subject = $2 AND b.currency = $3), 0)::bigint "
	"  FROM ledger.open_item i "
	"  LEFT JOIN invoicing.invoice v ON v.creditor = i.creditor AND v.id = i.id "
	"  LEFT JOIN invoicing.payment_terms t ON t.creditor = i.creditor AND t.customer = i.customer "
	"  LEFT JOIN invoicing.payment_terms d ON d.creditor = i.creditor AND d.customer IS NULL "
	" WHERE i.creditor = $1 AND i.customer = $2 AND i.currency = $3 AND i.open_minor > 0 AND NOT i.cancelled "
	" ORDER BY i.due_on, i.number");

static const struct db_stmt FEED_ON =
	DB_STMT("notification_feed_on",
		"SELECT max(greatest(closing_on, last_booked_on)) FROM payments.statement WHERE creditor = $1");

static const struct db_stmt POLICY_NEWEST = DB_STMT(
	"notification_policy_newest", "SELECT version, body, applied_at FROM notification.policy "
				      "WHERE creditor = $1 AND $2 IN (0, version) ORDER BY version DESC LIMIT 1");

static const struct db_stmt POLICY_SAVE =
	DB_STMT("notification_policy_save",
		"WITH newest AS (SELECT version, body FROM notification.policy WHERE creditor = $1 ORDER BY version "
		"DESC LIMIT 1), "
		"added AS (INSERT INTO notification.policy (creditor, version, name, body, applied_at) "
		"  SELECT $1, coalesce((SELECT version FROM newest), 0) + 1, $2, $3, $4 "
		"   WHERE $3 IS DISTINCT FROM (SELECT body FROM newest) RETURNING version) "
		"SELECT version FROM added UNION ALL SELECT version FROM newest WHERE NOT EXISTS (SELECT FROM added)");

/* ------------------------------------------------------------------ creditors */

static struct letter_creditor read_creditor(const struct db_rows *rows, struct arena *arena)
{
	struct letter_creditor creditor = {
		.code = db_cell_copy(rows, 0, 0, arena),
		.name = db_cell_copy(rows, 0, 1, arena),
		.legal_name = db_cell_copy(rows, 0, 2, arena),
		.language = db_cell_copy(rows, 0, 3, arena),
		.country = db_cell_copy(rows, 0, 4, arena),
		.iban = db_cell_copy(rows, 0, 6, arena),
		.bic = db_cell_copy(rows, 0, 7, arena),
		.vat_id = db_cell_copy(rows, 0, 8, arena),
		.email = db_cell_copy(rows, 0, 9, arena),
		.phone = db_cell_copy(rows, 0, 10, arena),
	};

	lines_split(arena, db_cell_text(rows, 0, 11), &creditor.address, &creditor.address_count);
	return creditor;
}

struct err creditor_find(struct db_tx *tx, const char *code, struct creditor *creditor)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct creditor found;
	int minute;

	TRY(db_query(tx, &CREDITOR_FIND, DB_PARAMS(db_text_or_empty(code)), &rows));
	if (rows.count == 0)
		return ERR(ERR_NOT_FOUND, "creditor.unknown", "creditor", "there is no such creditor");
	if (rows.count > 1)
		return err_format(tx->arena, ERR_INVALID, "creditor.ambiguous", "creditor",
				  "there are several creditors, %s and %s among them: name one",
				  db_cell_text(&rows, 0, 0), db_cell_text(&rows, 1, 0));
	found.letter = read_creditor(&rows, tx->arena);
	found.timezone = db_cell_copy(&rows, 0, 5, tx->arena);
	TRY(clock_now(tx, found.letter.code, &found.now));
	TRY(clock_local(tx, found.now, found.timezone, &found.today, &minute));
	*creditor = found;
	return OK;
}

struct err creditors_list(struct db_tx *tx, const char ***codes, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CREDITOR_CODES, DB_NO_PARAMS, &rows));
	*codes = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **codes);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		(*codes)[row] = db_cell_copy(&rows, row, 0, tx->arena);
	return OK;
}

/* ------------------------------------------------------------------ customers */

static struct err read_customer(struct db_tx *tx, const struct db_stmt *stmt, const char *creditor,
				struct db_param which, struct customer *customer)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct arena *arena = tx->arena;

	TRY(db_query(tx, stmt, DB_PARAMS(db_text(creditor), which), &rows));
	if (rows.count == 0)
		return ERR(ERR_NOT_FOUND, "customer.unknown", "customer_number", "there is no such customer");
	*customer = (struct customer){
		.id = db_cell_id(&rows, 0, 0),
		.letter = { .number = db_cell_copy(&rows, 0, 1, arena),
			    .name = db_cell_copy(&rows, 0, 2, arena),
			    .language = db_cell_copy(&rows, 0, 3, arena),
			    .contact = db_cell_copy(&rows, 0, 4, arena),
			    .consumer = db_cell_bool(&rows, 0, 5) },
		.timezone = db_cell_copy(&rows, 0, 6, arena),
		.email = db_cell_copy(&rows, 0, 7, arena),
		.phone = db_cell_copy(&rows, 0, 8, arena),
		.sales_email = db_cell_copy(&rows, 0, 9, arena),
	};
	return OK;
}

struct err customer_get(struct db_tx *tx, const char *creditor, struct id id, struct customer *customer)
{
	return read_customer(tx, &CUSTOMER_GET, creditor, db_id(id), customer);
}

struct err customer_find(struct db_tx *tx, const char *creditor, const char *number, struct customer *customer)
{
	return read_customer(tx, &CUSTOMER_FIND, creditor, db_text(number), customer);
}

struct err customer_currencies(struct db_tx *tx, const char *creditor, struct id customer, struct currency **currencies,
			       size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CURRENCIES, DB_PARAMS(db_text(creditor), db_id(customer)), &rows));
	*currencies = arena_array(tx->arena, (size_t)rows.count + 1, sizeof **currencies);
	*count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++)
		text_copy((*currencies)[row].code, sizeof(*currencies)[row].code, db_cell_text(&rows, row, 0));
	return OK;
}

/* ------------------------------------------------------------------ positions */

static struct late_terms read_terms(const struct db_rows *rows, int row, const struct creditor *creditor)
{
	const char *rule = db_cell_text(rows, row, 12);

	if (!rule) /* imported, under no terms that we know */
		return late_terms_statutory(creditor->letter.country);
	return (struct late_terms){
		.rule = text_equal(rule, "statutory") ? INTEREST_STATUTORY
			: text_equal(rule, "fixed")   ? INTEREST_FIXED
						      : INTEREST_NONE,
		.rate = { db_cell_int(rows, row, 13) },
		.compensation_minor = db_cell_int(rows, row, 14),
	};
}

static uint32_t read_notes(const struct policy *policy, const char *names)
{
	uint32_t notes = 0;

	while (!text_empty(names)) {
		size_t length = strcspn(names, "\n");

		for (size_t i = 0; i < policy->step_count; i++) {
			const char *name = policy->steps[i].name;

			if (strlen(name) == length && memcmp(name, names, length) == 0)
				notes |= UINT32_C(1) << i;
		}
		names += length + (names[length] == '\n');
	}
	return notes;
}

static void read_item(const struct db_rows *rows, int row, const struct position_ask *ask, struct arena *arena,
		      struct position_item *item)
{
	*item = (struct position_item){
		.id = db_cell_id(rows, row, 0),
		.number = db_cell_copy(rows, row, 1, arena),
		.creditor_ref = db_cell_copy(rows, row, 2, arena),
		.order_reference = db_cell_copy(rows, row, 3, arena),
		.issued_on = db_cell_date(rows, row, 4),
		.due_on = db_cell_date(rows, row, 5),
		.amount_minor = db_cell_int(rows, row, 6),
		.open_minor = db_cell_int(rows, row, 7),
		.disputed = db_cell_bool(rows, row, 8),
		.dunned = db_cell_bool(rows, row, 9),
		.listed = db_cell_bool(rows, row, 10),
		.notes = read_notes(ask->policy, db_cell_text(rows, row, 11)),
		.terms = read_terms(rows, row, ask->creditor),
	};
}

struct err position_load(struct db_tx *tx, const struct position_ask *ask, struct position *position)
{
	const char *creditor = ask->creditor->letter.code;
	struct position loaded = { .currency = ask->currency };
	DB_ROWS_SCOPE rows = { 0 };
	DB_ROWS_SCOPE feed = { 0 };

	TRY(db_query(tx, &POSITION,
		     DB_PARAMS(db_text(creditor), db_id(ask->customer), db_text(ask->currency.code),
			       db_id(ask->dunning_case), db_id(ask->reminder)),
		     &rows));
	TRY(db_query(tx, &FEED_ON, DB_PARAMS(db_text(creditor)), &feed));
	loaded.feed_on = db_cell_date(&feed, 0, 0);
	loaded.items = arena_array(tx->arena, (size_t)rows.count + 1, sizeof *loaded.items);
	loaded.count = (size_t)rows.count;
	for (int row = 0; row < rows.count; row++) {
		read_item(&rows, row, ask, tx->arena, &loaded.items[row]);
		loaded.unapplied_minor = db_cell_int(&rows, row, 15);
	}
	*position = loaded;
	return OK;
}

/* ------------------------------------------------------------------ policies */

struct err policy_text_load(struct db_tx *tx, const char *creditor, int version, struct policy_text *policy)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &POLICY_NEWEST, DB_PARAMS(db_text(creditor), db_int(version)), &rows));
	if (rows.count == 0 && version != 0)
		return ERR(ERR_NOT_FOUND, "policy.unknown_version", "version", "the creditor has no such version");
	*policy = (struct policy_text){ .applied_at = INSTANT_NONE };
	if (rows.count == 0)
		return OK;
	policy->version = (int)db_cell_int(&rows, 0, 0);
	policy->text = db_cell_copy(&rows, 0, 1, tx->arena);
	policy->applied_at = db_cell_time(&rows, 0, 2);
	return OK;
}

struct err policy_save(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy, const char *text,
		       int *version)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(
		tx, &POLICY_SAVE,
		DB_PARAMS(db_text(creditor->letter.code), db_text(policy->name), db_text(text), db_time(creditor->now)),
		&rows));
	*version = (int)db_cell_int(&rows, 0, 0);
	return OK;
}
