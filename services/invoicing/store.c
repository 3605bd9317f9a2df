#include "invoicing/store.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/books.h"
#include "common/io/clock.h"
#include "invoicing/store_cell.h"

#define CREDITOR_COLUMNS                                                                                               \
	"code, name, legal_name, language, country, timezone, currency, iban, bic, vat_id, email, phone, "             \
	"address_lines, invoice_prefix, credit_note_prefix, number_width"

#define CREDITOR_SELECT "SELECT " CREDITOR_COLUMNS ", " LINES("address_lines") " FROM invoicing.creditor "

static const struct db_stmt CREDITOR_GET = DB_STMT("creditor_get", CREDITOR_SELECT "WHERE code = $1");
static const struct db_stmt CREDITORS_LIST = DB_STMT("creditors_list", CREDITOR_SELECT "ORDER BY code");

static const struct db_stmt CREDITOR_INSERT =
	DB_STMT("creditor_insert", "INSERT INTO invoicing.creditor (" CREDITOR_COLUMNS ") VALUES ($1, $2, $3, $4, $5, "
				   "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)");

static const struct db_stmt CREDITOR_UPDATE = DB_STMT(
	"creditor_update",
	"UPDATE invoicing.creditor SET (" CREDITOR_COLUMNS ") = ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
	"$13, $14, $15, $16) WHERE code = $1 AND (" CREDITOR_COLUMNS ") IS DISTINCT FROM ($1, $2, $3, $4, $5, $6, $7, "
	"$8, $9, $10, $11, $12, $13::text[], $14, $15, $16::smallint) RETURNING code");

#define CUSTOMER_COLUMNS                                                                                               \
	"c.id, c.number, c.name, c.language, c.country, c.timezone, c.segment, c.sales_email, c.vat_id, c.iban, "      \
	"c.phone, c.segment_code, " LINES("c.address_lines")

static const struct db_stmt CUSTOMER_FIND =
	DB_STMT("customer_find",
		"SELECT " CUSTOMER_COLUMNS " FROM invoicing.customer c WHERE c.creditor = $1 AND c.number = $2");

static const struct db_stmt CUSTOMERS_PAGE =
	DB_STMT("customers_page", "SELECT " CUSTOMER_COLUMNS " FROM invoicing.customer c "
				  "WHERE c.creditor = $1 AND c.number > $2 ORDER BY c.number LIMIT $3");

static const struct db_stmt CONTACTS_OF =
	DB_STMT("contacts_of", "SELECT w.n - 1, t.role, t.name, t.email, t.phone, t.language "
			       "FROM unnest($2::uuid[]) WITH ORDINALITY AS w (customer, n) "
			       "JOIN invoicing.contact t ON t.creditor = $1 AND t.customer = w.customer "
			       "ORDER BY w.n, t.position");

static const struct db_stmt CUSTOMER_SAVE = DB_STMT(
	"customer_save",
	"INSERT INTO invoicing.customer AS c (creditor, id, number, name, language, country, timezone, segment, "
	"sales_email, vat_id, iban, phone, address_lines, segment_code) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
	"$10, "
	"$11, $12, $13, $14) "
	"ON CONFLICT (creditor, number) DO UPDATE SET name = excluded.name, language = excluded.language, "
	"country = excluded.country, timezone = excluded.timezone, segment = excluded.segment, "
	"sales_email = excluded.sales_email, vat_id = excluded.vat_id, iban = excluded.iban, phone = excluded.phone, "
	"address_lines = excluded.address_lines, segment_code = excluded.segment_code "
	"WHERE (c.name, c.language, c.country, c.timezone, c.segment, c.sales_email, c.vat_id, c.iban, c.phone, "
	"c.address_lines, c.segment_code) IS DISTINCT FROM (excluded.name, excluded.language, excluded.country, "
	"excluded.timezone, "
	"excluded.segment, excluded.sales_email, excluded.vat_id, excluded.iban, excluded.phone, "
	"excluded.address_lines, excluded.segment_code) RETURNING 1");

/* Contacts as they are, in one value to compare with. */
static const struct db_stmt CONTACTS_SAME = DB_STMT(
	"contacts_same",
	"SELECT coalesce((SELECT jsonb_agg(jsonb_build_array(role, name, email, phone, language) ORDER BY position) "
	"FROM invoicing.contact WHERE creditor = $1 AND customer = $2), '[]') = "
	"coalesce((SELECT jsonb_agg(jsonb_build_array(t.role, t.name, t.email, t.phone, t.language) ORDER BY t.n) "
	"FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) "
	"WITH ORDINALITY AS t (role, name, email, phone, language, n)), '[]')");

static const struct db_stmt CONTACTS_DELETE =
	DB_STMT("contacts_delete", "DELETE FROM invoicing.contact WHERE creditor = $1 AND customer = $2");

static const struct db_stmt CONTACTS_INSERT =
	DB_STMT("contacts_insert",
		"INSERT INTO invoicing.contact (creditor, customer, position, role, name, email, phone, language) "
		"SELECT $1, $2, t.n, t.role, t.name, t.email, t.phone, t.language "
		"FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) "
		"WITH ORDINALITY AS t (role, name, email, phone, language, n)");

static const struct db_stmt TERMS_FIND =
	DB_STMT("terms_find",
		"SELECT days, end_of_month, discount_percent, discount_days, interest_rule, interest_rate, "
		"compensation_minor FROM invoicing.payment_terms "
		"WHERE creditor = $1 AND (customer = $2 OR customer IS NULL) ORDER BY customer NULLS LAST LIMIT 1");

static const struct db_stmt TERMS_SAVE = DB_STMT(
	"terms_save",
	"INSERT INTO invoicing.payment_terms (creditor, customer, days, end_of_month, discount_percent, discount_days, "
	"interest_rule, interest_rate, compensation_minor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
	"ON CONFLICT (creditor, customer) DO UPDATE SET days = excluded.days, end_of_month = excluded.end_of_month, "
	"discount_percent = excluded.discount_percent, discount_days = excluded.discount_days, "
	"interest_rule = excluded.interest_rule, interest_rate = excluded.interest_rate, "
	"compensation_minor = excluded.compensation_minor");

/* ------------------------------------------------------------------ creditors */

static struct creditor creditor_read(const struct db_rows *rows, int row, struct arena *arena)
{
	struct creditor creditor = {
		.code = db_cell_copy(rows, row, 0, arena),
		.name = db_cell_copy(rows, row, 1, arena),
		.legal_name = db_cell_copy(rows, row, 2, arena),
		.language = db_cell_copy(rows, row, 3, arena),
		.country = db_cell_copy(rows, row, 4, arena),
		.timezone = db_cell_copy(rows, row, 5, arena),
		.currency = cell_currency(rows, row, 6),
		.iban = db_cell_copy(rows, row, 7, arena),
		.bic = db_cell_copy(rows, row, 8, arena),
		.vat_id = db_cell_copy(rows, row, 9, arena),
		.email = db_cell_copy(rows, row, 10, arena),
		.phone = db_cell_copy(rows, row, 11, arena),
		.invoice_prefix = db_cell_copy(rows, row, 13, arena),
		.credit_note_prefix = db_cell_copy(rows, row, 14, arena),
		.number_width = (int)db_cell_int(rows, row, 15),
	};

	creditor.address_lines = cell_lines(rows, row, 16, arena, &creditor.address_line_count);
	return creditor;
}

struct err creditors_list(struct db_tx *tx, struct creditor **creditors, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct creditor *found = NULL;
	size_t number = 0;

	TRY(db_query(tx, &CREDITORS_LIST, DB_NO_PARAMS, &rows));
	for (int row = 0; row < rows.count; row++)
		*ARENA_PUSH(tx->arena, found, number) = creditor_read(&rows, row, tx->arena);
	*creditors = found;
	*count = number;
	return OK;
}

struct err desk_open(struct db_tx *tx, const char *asked, struct desk *desk)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct books books;

	TRY(books_open(tx, asked, &books));
	TRY(db_query(tx, &CREDITOR_GET, DB_PARAMS(db_text(books.creditor)), &rows));
	*desk = (struct desk){
		.creditor = creditor_read(&rows, 0, tx->arena),
		.now = books.now,
		.today = books.today,
		.minute = books.minute,
	};
	return OK;
}

struct err timezone_check(struct db_tx *tx, const char *timezone)
{
	struct date date;
	int minute;
	struct err err = clock_local(tx, clock_system(), timezone, &date, &minute);

	if (err.code == ERR_INVALID)
		err.field = "timezone";
	return err;
}

#define CREDITOR_PARAMS(arena, c)                                                                                      \
	DB_PARAMS(db_text((c)->code), db_text((c)->name), db_text((c)->legal_name), db_text((c)->language),            \
		  db_text((c)->country), db_text((c)->timezone), db_text((c)->currency.code), db_text((c)->iban),      \
		  db_text((c)->bic), db_text((c)->vat_id), db_text((c)->email), db_text((c)->phone),                   \
		  db_text_array((arena), (c)->address_lines, (c)->address_line_count), db_text((c)->invoice_prefix),   \
		  db_text((c)->credit_note_prefix), db_int((c)->number_width))

struct err creditor_insert(struct db_tx *tx, const struct creditor *c)
{
	TRY(timezone_check(tx, c->timezone));
	struct err err = db_exec(tx, &CREDITOR_INSERT, CREDITOR_PARAMS(tx->arena, c));

	if (err_ok(err))
		err = db_flush(tx);
	if (err.code == ERR_EXISTS)
		return err_format(tx->arena, ERR_EXISTS, "creditor.exists", "code", "there is a creditor '%s' already",
				  c->code);
	return err;
}

struct err creditor_update(struct db_tx *tx, const struct creditor *c, bool *changed)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(timezone_check(tx, c->timezone));
	TRY(db_query(tx, &CREDITOR_UPDATE, CREDITOR_PARAMS(tx->arena, c), &rows));
	*changed = rows.count > 0;
	return OK;
}

/* ------------------------------------------------------------------ customers */

static struct customer customer_read(const struct db_rows *rows, int row, struct arena *arena)
{
	struct customer customer = {
		.id = db_cell_id(rows, row, 0),
		.number = db_cell_copy(rows, row, 1, arena),
		.name = db_cell_copy(rows, row, 2, arena),
		.language = db_cell_copy(rows, row, 3, arena),
		.country = db_cell_copy(rows, row, 4, arena),
		.timezone = db_cell_copy(rows, row, 5, arena),
		.segment = segment_of(db_cell_text(rows, row, 6)),
		.sales_email = db_cell_copy(rows, row, 7, arena),
		.vat_id = db_cell_copy(rows, row, 8, arena),
		.iban = db_cell_copy(rows, row, 9, arena),
		.phone = db_cell_copy(rows, row, 10, arena),
		.segment_code = db_cell_copy(rows, row, 11, arena),
	};

	customer.address_lines = cell_lines(rows, row, 12, arena, &customer.address_line_count);
	return customer;
}

static struct err contacts_read(struct db_tx *tx, const struct desk *desk, struct customer *customers, size_t count)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct id *ids = arena_array(tx->arena, count, sizeof *ids);

	for (size_t i = 0; i < count; i++)
		ids[i] = customers[i].id;
	TRY(db_query(tx, &CONTACTS_OF, DB_PARAMS(db_text(desk->creditor.code), db_id_array(tx->arena, ids, count)),
		     &rows));
	for (int row = 0; row < rows.count; row++) {
		struct customer *customer = &customers[db_cell_int(&rows, row, 0)];

		*ARENA_PUSH(tx->arena, customer->contacts, customer->contact_count) = (struct contact){
			.role = contact_role_of(db_cell_text(&rows, row, 1)),
			.name = db_cell_copy(&rows, row, 2, tx->arena),
			.email = db_cell_copy(&rows, row, 3, tx->arena),
			.phone = db_cell_copy(&rows, row, 4, tx->arena),
			.language = db_cell_copy(&rows, row, 5, tx->arena),
		};
	}
	return OK;
}

static struct err customers_read(struct db_tx *tx, const struct desk *desk, const struct db_rows *rows,
				 struct customer **customers, size_t *count)
{
	struct customer *found = NULL;
	size_t number = 0;

	for (int row = 0; row < rows->count; row++)
		*ARENA_PUSH(tx->arena, found, number) = customer_read(rows, row, tx->arena);
	if (number > 0)
		TRY(contacts_read(tx, desk, found, number));
	*customers = found;
	*count = number;
	return OK;
}

struct err customer_find(struct db_tx *tx, const struct desk *desk, const char *number, bool *found,
			 struct customer *customer)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct customer *customers;
	size_t count;

	TRY(db_query(tx, &CUSTOMER_FIND, DB_PARAMS(db_text(desk->creditor.code), db_text_or_empty(number)), &rows));
	TRY(customers_read(tx, desk, &rows, &customers, &count));
	if (count > 0)
		*customer = customers[0];
	*found = count > 0;
	return OK;
}

struct err customer_get(struct db_tx *tx, const struct desk *desk, const char *number, struct customer *customer)
{
	bool found;

	TRY(customer_find(tx, desk, number, &found, customer));
	if (!found)
		return err_format(tx->arena, ERR_NOT_FOUND, "customer.unknown", "customer_number",
				  "there is no customer '%s'", number);
	return OK;
}

struct err customers_page(struct db_tx *tx, const struct desk *desk, const char *after, int limit,
			  struct customer **customers, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &CUSTOMERS_PAGE,
		     DB_PARAMS(db_text(desk->creditor.code), db_text_or_empty(after), db_int(limit)), &rows));
	return customers_read(tx, desk, &rows, customers, count);
}

/* The contacts as the columns of unnest. */
struct contact_columns {
	const char *texts[5][CONTACTS_MAX];
	size_t count;
};

static void contact_columns(const struct customer *customer, struct contact_columns *columns)
{
	columns->count = customer->contact_count;
	for (size_t i = 0; i < customer->contact_count; i++) {
		const struct contact *contact = &customer->contacts[i];

		columns->texts[0][i] = contact_role_name(contact->role);
		columns->texts[1][i] = text_empty(contact->name) ? NULL : contact->name;
		columns->texts[2][i] = text_empty(contact->email) ? NULL : contact->email;
		columns->texts[3][i] = text_empty(contact->phone) ? NULL : contact->phone;
		columns->texts[4][i] = contact->language;
	}
}

#define CONTACT_PARAMS(tx, desk, customer, columns)                                                                    \
	DB_PARAMS(db_text((desk)->creditor.code), db_id((customer)->id),                                               \
		  db_text_array((tx)->arena, (columns).texts[0], (columns).count),                                     \
		  db_text_array((tx)->arena, (columns).texts[1], (columns).count),                                     \
		  db_text_array((tx)->arena, (columns).texts[2], (columns).count),                                     \
		  db_text_array((tx)->arena, (columns).texts[3], (columns).count),                                     \
		  db_text_array((tx)->arena, (columns).texts[4], (columns).count))

static struct err contacts_save(struct db_tx *tx, const struct desk *desk, const struct customer *customer, bool *same)
{
	DB_ROWS_SCOPE rows = { 0 };
	struct contact_columns columns;

	contact_columns(customer, &columns);
	TRY(db_query(tx, &CONTACTS_SAME, CONTACT_PARAMS(tx, desk, customer, columns), &rows));
	*same = db_cell_bool(&rows, 0, 0);
	if (*same)
		return OK;
	TRY(db_exec(tx, &CONTACTS_DELETE, DB_PARAMS(db_text(desk->creditor.code), db_id(customer->id))));
	return db_exec(tx, &CONTACTS_INSERT, CONTACT_PARAMS(tx, desk, customer, columns));
}

struct err customer_save(struct db_tx *tx, const struct desk *desk, const struct customer *c, bool *changed)
{
	DB_ROWS_SCOPE rows = { 0 };
	bool same;

	TRY(db_query(tx, &CUSTOMER_SAVE,
		     DB_PARAMS(db_text(desk->creditor.code), db_id(c->id), db_text(c->number), db_text(c->name),
			       db_text(c->language), db_text(c->country), db_text(c->timezone),
			       db_text(segment_name(c->segment)), db_text(c->sales_email), db_text(c->vat_id),
			       db_text(c->iban), db_text(c->phone),
			       db_text_array(tx->arena, c->address_lines, c->address_line_count),
			       db_text(c->segment_code)),
		     &rows));
	TRY(contacts_save(tx, desk, c, &same));
	*changed = rows.count > 0 || !same;
	return OK;
}

/* ------------------------------------------------------------------ terms */

struct err terms_get(struct db_tx *tx, const struct desk *desk, struct id customer, struct payment_terms *terms)
{
	static const struct currency EURO = { "EUR" };
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &TERMS_FIND, DB_PARAMS(db_text(desk->creditor.code), db_id(customer)), &rows));
	if (rows.count == 0) {
		*terms = payment_terms_default(desk->creditor.country, currency_equal(desk->creditor.currency, EURO));
		return OK;
	}
	*terms = (struct payment_terms){
		.days = (int)db_cell_int(&rows, 0, 0),
		.end_of_month = end_of_month_of(db_cell_text(&rows, 0, 1)),
		.discount_percent = cell_decimal(&rows, 0, 2),
		.discount_days = (int)db_cell_int(&rows, 0, 3),
		.late = { .rule = interest_rule_of(db_cell_text(&rows, 0, 4)),
			  .rate = cell_decimal(&rows, 0, 5),
			  .compensation_minor = db_cell_int(&rows, 0, 6) },
	};
	return OK;
}

struct err terms_save(struct db_tx *tx, const struct desk *desk, struct id customer, const struct payment_terms *terms)
{
	return db_exec(tx, &TERMS_SAVE,
		       DB_PARAMS(db_text(desk->creditor.code), db_id(customer), db_int(terms->days),
				 db_text(end_of_month_name(terms->end_of_month)),
				 param_decimal(tx->arena, terms->discount_percent), db_int(terms->discount_days),
				 db_text(interest_rule_name(terms->late.rule)),
				 param_decimal(tx->arena, terms->late.rate), db_int(terms->late.compensation_minor)));
}
