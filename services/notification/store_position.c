#include <string.h>

#include "common/base/text.h"
#include "notification/store.h"
#include "notification/store_report.h"

#define CUSTOMER_COLUMNS                                                                                               \
	"c.id, c.number, c.name, coalesce(k.language, c.language), k.name, c.segment = 'consumer', c.timezone, "       \
	"k.email, coalesce(k.phone, c.phone), c.sales_email, c.country, array_to_string(c.address_lines, E'\\n') "
#define CUSTOMER_CONTACT                                                                                               \
	"LEFT JOIN LATERAL (SELECT * FROM invoicing.contact k "                                                        \
	"  WHERE k.creditor = c.creditor AND k.customer = c.id AND k.email IS NOT NULL "                               \
	"  ORDER BY k.role <> 'billing', k.position LIMIT 1) k ON true "

static const struct db_stmt CUSTOMER_FIND = DB_STMT(
	"notification_customer_find", "SELECT 1, " CUSTOMER_COLUMNS "FROM invoicing.customer c " CUSTOMER_CONTACT
				      "WHERE c.creditor = $1 AND c.number = $2");

/* $2 the customers; a row carries the place of its customer there. */
static const struct db_stmt CUSTOMERS_GET =
	DB_STMT("notification_customers_get",
		"SELECT a.n, " CUSTOMER_COLUMNS "FROM unnest($2::uuid[]) WITH ORDINALITY AS a (id, n) "
		"CROSS JOIN LATERAL (SELECT * FROM invoicing.customer c WHERE c.creditor = $1 AND c.id = a.id "
		"                    OFFSET 0) c " CUSTOMER_CONTACT);

/* $2 customers, $3 currencies, $4 their cases, $5 the reminders in question; a row carries the place of its position
 * there. Of contacts that are queued, the one that was to leave first comes first, and of those of one day that in the
 * first currency: domain/outlook.c foretells it. Each position is looked up by itself (OFFSET 0): the planner, which
 * does not know how many invoices stand behind an array, would else read a creditor's whole books for one customer.
 * What concerns the customer is looked up before the invoices, and so once. */
static const struct db_stmt POSITIONS = DB_STMT(
	"notification_positions",
	"SELECT a.n, i.id, i.number, i.creditor_ref, i.order_reference, i.issued_on, i.due_on, i.amount_minor, "
	"       i.open_minor, i.disputed, coalesce(h.dunned, false), h.listed_minor, h.notes, "
	"       coalesce(v.interest_rule, t.interest_rule, d.interest_rule), "
	"       (coalesce(v.interest_rate, t.interest_rate, d.interest_rate) * 1000000)::bigint, "
	"       coalesce(v.compensation_minor, t.compensation_minor, d.compensation_minor), "
	"       coalesce(a.paid, 0)::bigint, i.disputed_minor, p.kind, p.until, "
	"       a.segment, a.language, a.country, a.risk_class, a.reachable, a.days, a.under_way, "
	"       i.kind = 'fee', y.delivered_on, a.segment_code, a.postal "
	"  FROM (SELECT a.*, b.paid, c.segment, c.language, c.country, s.risk_class, m.days, m.under_way, "
	"c.segment_code, "
	"        cardinality(c.address_lines) > 0 AS postal, EXISTS (SELECT FROM invoicing.contact k "
	"        WHERE k.creditor = $1 AND k.customer = a.customer AND k.email IS NOT NULL) AS reachable "
	"        FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[]) WITH ORDINALITY "
	"        AS a (customer, currency, dunning_case, reminder, n) "
	"  LEFT JOIN LATERAL (SELECT -sum(b.amount_minor) AS paid FROM ledger.balance b WHERE b.creditor = $1 "
	"        AND b.account = 'unapplied_cash' AND b.subject = a.customer "
	"        AND b.currency = a.currency) b ON true "
	"  LEFT JOIN invoicing.customer c ON c.creditor = $1 AND c.id = a.customer "
	"  LEFT JOIN credit.score s ON s.creditor = $1 AND s.customer = a.customer "
	"  LEFT JOIN LATERAL (SELECT e.effective_on FROM notification.reminder e WHERE e.creditor = $1 "
	"        AND e.id = a.reminder OFFSET 0) e ON true "
	"  LEFT JOIN LATERAL (SELECT string_agg(m.day::text, E'\\n') FILTER (WHERE m.day IS NOT NULL) AS days, "
	"        bool_or(m.day IS NULL) AS under_way FROM ("
	"       (SELECT (r.done_at AT TIME ZONE c.timezone)::date AS day FROM notification.reminder r "
	"        WHERE r.creditor = $1 AND r.customer = a.customer AND r.state = 'sent' "
	"        AND (a.dunning_case IS NULL OR r.dunning_case IS NOT NULL) AND r.channel IN ('mail', 'task', "
	"'letter', 'sms') ORDER BY r.done_at DESC LIMIT $6) "
	"       UNION ALL (SELECT NULL FROM notification.reminder r WHERE r.creditor = $1 AND r.customer = a.customer "
	"        AND r.channel IN ('mail', 'task', 'letter', 'sms') AND r.id <> a.reminder "
	"        AND (a.dunning_case IS NULL OR r.dunning_case IS NOT NULL) "
	"        AND (r.state = 'sending' OR (r.state = 'queued' AND ((r.effective_on, r.currency, r.id) < "
	"        (e.effective_on, a.currency, a.reminder) OR (a.dunning_case IS NULL "
	"        AND r.dunning_case IS NOT NULL)))) LIMIT 1)) m) m ON true OFFSET 0) a "
	" CROSS JOIN LATERAL (SELECT * FROM ledger.open_item i WHERE i.creditor = $1 AND i.customer = a.customer "
	"        AND i.currency = a.currency AND i.open_minor > 0 AND NOT i.cancelled OFFSET 0) i "
	"  LEFT JOIN LATERAL (SELECT bool_or(r.dunning_case = a.dunning_case AND r.id IS DISTINCT FROM a.reminder "
	"        AND r.state <> 'cancelled' AND r.voided_at IS NULL) AS dunned, "
	"        max(n.open_minor) FILTER (WHERE n.reminder = a.reminder) AS listed_minor, "
	"        string_agg(n.note, E'\\n') AS notes "
	"        FROM notification.reminder_item n JOIN notification.reminder r "
	"        ON r.creditor = n.creditor AND r.id = n.reminder "
	"        WHERE n.creditor = $1 AND n.item = i.id) h ON true "
	"  LEFT JOIN LATERAL (SELECT * FROM notification.item_delivery y WHERE y.creditor = $1 AND y.item = i.id "
	"        OFFSET 0) y ON true "
	"  LEFT JOIN LATERAL (SELECT p.kind, p.until FROM notification.pause p WHERE p.creditor = $1 "
	"        AND p.customer = a.customer AND p.ended_at IS NULL AND (p.whole OR EXISTS "
	"        (SELECT FROM notification.pause_item q WHERE q.creditor = $1 AND q.pause = p.id "
	"        AND q.item = i.id)) "
	"        ORDER BY p.until DESC NULLS FIRST, p.id LIMIT 1) p ON true "
	"  LEFT JOIN LATERAL (SELECT * FROM invoicing.invoice v WHERE v.creditor = $1 AND v.id = i.id OFFSET 0) v "
	"    ON true "
	"  LEFT JOIN invoicing.payment_terms t ON t.creditor = $1 AND t.customer = i.customer "
	"  LEFT JOIN invoicing.payment_terms d ON d.creditor = $1 AND d.customer IS NULL "
	" ORDER BY a.n, i.due_on, i.number");

static const struct db_stmt FEED_ON =
	DB_STMT("notification_feed_on",
		"SELECT max(greatest(closing_on, last_booked_on)) FROM payments.statement WHERE creditor = $1");

/* ------------------------------------------------------------------ customers */

static void read_customer(const struct db_rows *rows, int row, struct arena *arena, struct customer *customer)
{
	*customer = (struct customer){
		.id = db_cell_id(rows, row, 1),
		.letter = { .number = db_cell_copy(rows, row, 2, arena),
			    .name = db_cell_copy(rows, row, 3, arena),
			    .language = db_cell_copy(rows, row, 4, arena),
			    .contact = db_cell_copy(rows, row, 5, arena),
			    .consumer = db_cell_bool(rows, row, 6) },
		.timezone = db_cell_copy(rows, row, 7, arena),
		.email = db_cell_copy(rows, row, 8, arena),
		.phone = db_cell_copy(rows, row, 9, arena),
		.sales_email = db_cell_copy(rows, row, 10, arena),
	};
	customer->letter.country = db_cell_copy(rows, row, 11, arena);
	lines_split(arena, db_cell_text(rows, row, 12), &customer->letter.address, &customer->letter.address_count);
}

static struct err customer_unknown(void)
{
	return ERR(ERR_NOT_FOUND, "customer.unknown", "customer_number", "there is no such customer");
}

struct err customers_get(struct db_tx *tx, const char *creditor, const struct id *ids, size_t count,
			 struct customer *customers)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CUSTOMERS_GET, DB_PARAMS(db_text(creditor), db_id_array(tx->arena, ids, count)), &rows));
	if ((size_t)rows.count != count)
		return customer_unknown();
	for (int row = 0; row < rows.count; row++)
		read_customer(&rows, row, tx->arena, &customers[db_cell_int(&rows, row, 0) - 1]);
	return OK;
}

struct err customer_get(struct db_tx *tx, const char *creditor, struct id id, struct customer *customer)
{
	return customers_get(tx, creditor, &id, 1, customer);
}

struct err customer_find(struct db_tx *tx, const char *creditor, const char *number, struct customer *customer)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CUSTOMER_FIND, DB_PARAMS(db_text(creditor), db_text(number)), &rows));
	if (rows.count == 0)
		return customer_unknown();
	read_customer(&rows, 0, tx->arena, customer);
	return OK;
}

/* ------------------------------------------------------------------ positions */

static struct late_terms read_terms(const struct db_rows *rows, int row, const struct creditor *creditor)
{
	const char *rule = db_cell_text(rows, row, 13);

	if (db_cell_bool(rows, row, 27)) /* no interest on what is itself a charge */
		return (struct late_terms){ .rule = INTEREST_NONE };
	if (!rule) /* imported, under no terms that we know */
		return late_terms_statutory(creditor->letter.country);
	return (struct late_terms){
		.rule = text_equal(rule, "statutory") ? INTEREST_STATUTORY
			: text_equal(rule, "fixed")   ? INTEREST_FIXED
						      : INTEREST_NONE,
		.rate = { db_cell_int(rows, row, 14) },
		.compensation_minor = db_cell_int(rows, row, 15),
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

static void read_item(const struct db_rows *rows, int row, const struct position_ask *ask, const struct policy *policy,
		      struct arena *arena, struct position_item *item)
{
	*item = (struct position_item){
		.id = db_cell_id(rows, row, 1),
		.number = db_cell_copy(rows, row, 2, arena),
		.creditor_ref = db_cell_copy(rows, row, 3, arena),
		.order_reference = db_cell_copy(rows, row, 4, arena),
		.issued_on = db_cell_date(rows, row, 5),
		.due_on = db_cell_date(rows, row, 6),
		.amount_minor = db_cell_int(rows, row, 7),
		.open_minor = db_cell_int(rows, row, 8),
		.disputed = db_cell_bool(rows, row, 9),
		.disputed_minor = db_cell_int(rows, row, 17),
		.pause = position_pause_find(db_cell_text(rows, row, 18)),
		.paused_until = db_cell_date(rows, row, 19),
		.fee = db_cell_bool(rows, row, 27),
		.delivered_on = db_cell_date(rows, row, 28),
		.paid_on = DATE_NONE,
		.dunned = db_cell_bool(rows, row, 10),
		.listed = !db_cell_null(rows, row, 11),
		.listed_minor = db_cell_int(rows, row, 11),
		.notes = read_notes(policy, db_cell_text(rows, row, 12)),
		.terms = read_terms(rows, row, ask->creditor),
	};
}

static void read_contacts(const char *days, struct position *position)
{
	while (!text_empty(days) && position->contact_count < POSITION_CONTACTS_MAX) {
		char day[DATE_TEXT_BYTES];

		text_copy(day, sizeof day, days);
		if (err_ok(date_parse(day, &position->contacts[position->contact_count])))
			position->contact_count++;
		days += strcspn(days, "\n");
		days += *days == '\n';
	}
}

static void read_debtor(const struct db_rows *rows, int row, struct arena *arena, struct position *position)
{
	position->debtor = (struct position_debtor){
		.segment = db_cell_copy(rows, row, 20, arena),
		.segment_code = db_cell_copy(rows, row, 29, arena),
		.language = db_cell_copy(rows, row, 21, arena),
		.country = db_cell_copy(rows, row, 22, arena),
		.risk_class = db_cell_copy(rows, row, 23, arena),
		.reachable = db_cell_bool(rows, row, 24),
		.postal = db_cell_bool(rows, row, 30),
	};
	read_contacts(db_cell_text(rows, row, 25), position);
	position->contact_under_way = db_cell_bool(rows, row, 26);
}

/* The rows from `row` on that belong to the ask at `place`; gives the first that does not. */
static int read_position(const struct db_rows *rows, int row, size_t place, const struct position_ask *ask,
			 struct arena *arena, struct position *position)
{
	int end = row;

	while (end < rows->count && db_cell_int(rows, end, 0) == (int64_t)place + 1)
		end++;
	position->count = (size_t)(end - row);
	position->items = arena_array(arena, position->count + 1, sizeof *position->items);
	if (position->count > 0)
		read_debtor(rows, end - 1, arena, position);
	position->policy = ask->policy ? ask->policy : policy_choose(ask->policies, position);
	for (size_t i = 0; row < end; row++, i++) {
		read_item(rows, row, ask, position->policy, arena, &position->items[i]);
		position->unapplied_minor = db_cell_int(rows, row, 16);
	}
	return end;
}

static struct err positions_query(struct db_tx *tx, const struct position_ask *asks, size_t count, struct db_rows *rows)
{
	struct arena *arena = tx->arena;
	struct id *customers = arena_array(arena, count, sizeof *customers);
	struct id *cases = arena_array(arena, count, sizeof *cases);
	struct id *reminders = arena_array(arena, count, sizeof *reminders);
	const char **currencies = arena_array(arena, count, sizeof *currencies);

	for (size_t i = 0; i < count; i++) {
		customers[i] = asks[i].customer;
		cases[i] = asks[i].dunning_case;
		reminders[i] = asks[i].reminder;
		currencies[i] = asks[i].currency.code;
	}
	return db_query(tx, &POSITIONS,
			DB_PARAMS(db_text(asks[0].creditor->letter.code), db_id_array(arena, customers, count),
				  db_text_array(arena, currencies, count), db_id_array(arena, cases, count),
				  db_id_array(arena, reminders, count), db_int(POSITION_CONTACTS_MAX)),
			rows);
}

struct err positions_load(struct db_tx *tx, const struct position_ask *asks, size_t count, struct position *positions)
{
	DB_ROWS_SCOPE rows = { 0 };
	DB_ROWS_SCOPE feed = { 0 };
	int row = 0;

	if (count == 0)
		return OK;
	TRY(positions_query(tx, asks, count, &rows));
	TRY(db_query(tx, &FEED_ON, DB_PARAMS(db_text(asks[0].creditor->letter.code)), &feed));
	for (size_t i = 0; i < count; i++) {
		positions[i] = (struct position){ .currency = asks[i].currency, .feed_on = db_cell_date(&feed, 0, 0) };
		row = read_position(&rows, row, i, &asks[i], tx->arena, &positions[i]);
	}
	return OK;
}

struct err position_load(struct db_tx *tx, const struct position_ask *ask, struct position *position)
{
	return positions_load(tx, ask, 1, position);
}
