#include "ctl/openitems_csv.h"

#include <strings.h>

#include "common/base/date.h"
#include "common/base/money.h"
#include "common/base/text.h"

static const struct {
	const char *name;
	bool required;
} COLUMNS[COLUMN_COUNT] = {
	[COLUMN_CUSTOMER_NUMBER] = { "customer_number", true },
	[COLUMN_CUSTOMER_NAME] = { "customer_name", true },
	[COLUMN_INVOICE_NUMBER] = { "invoice_number", true },
	[COLUMN_ISSUE_DATE] = { "issue_date", true },
	[COLUMN_DUE_DATE] = { "due_date", true },
	[COLUMN_AMOUNT] = { "amount", true },
	[COLUMN_CURRENCY] = { "currency", true },
	[COLUMN_EMAIL] = { "email", false },
	[COLUMN_LANGUAGE] = { "language", false },
	[COLUMN_COUNTRY] = { "country", false },
	[COLUMN_IBAN] = { "iban", false },
	[COLUMN_VAT_ID] = { "vat_id", false },
	[COLUMN_PHONE] = { "phone", false },
	[COLUMN_PAID_AMOUNT] = { "paid_amount", false },
	[COLUMN_SETTLED_DATE] = { "settled_date", false },
	[COLUMN_DISPUTED] = { "disputed", false },
	[COLUMN_ORDER_REFERENCE] = { "order_reference", false },
	[COLUMN_CREDITOR_REF] = { "creditor_ref", false },
	[COLUMN_MANDATE_ID] = { "mandate_id", false },
	[COLUMN_CREDITOR] = { "creditor", false },
	[COLUMN_SEGMENT] = { "segment", false },
};

/* A column given twice would leave open which of the two is meant. */
static bool given_twice(const struct csv *csv, int first)
{
	for (int i = first + 1; i < csv_count(csv); i++)
		if (strcasecmp(csv_field(csv, i), csv_field(csv, first)) == 0)
			return true;
	return false;
}

struct err openitems_header_read(struct arena *arena, const struct csv *csv, struct openitems_header *header)
{
	struct openitems_header found = { .width = csv_count(csv) };

	for (int column = 0; column < COLUMN_COUNT; column++) {
		found.at[column] = csv_find(csv, COLUMNS[column].name);
		if (found.at[column] < 0 && COLUMNS[column].required)
			return err_format(arena, ERR_INVALID, "openitems.column", COLUMNS[column].name,
					  "the header has no column '%s'", COLUMNS[column].name);
		if (found.at[column] >= 0 && given_twice(csv, found.at[column]))
			return err_format(arena, ERR_INVALID, "openitems.column", COLUMNS[column].name,
					  "the header has the column '%s' twice", COLUMNS[column].name);
	}
	*header = found;
	return OK;
}

/* One row on its way from texts to values. */
struct reading {
	struct arena *arena;
	const struct csv *csv;
	const struct openitems_header *header;
};

/* Without blanks at the ends; a line end inside, as in names taken from address blocks, is a blank. */
static char *value(const struct reading *reading, enum openitems_column column)
{
	char *text = text_trim(reading->arena, csv_field(reading->csv, reading->header->at[column]));

	for (char *at = text; *at; at++)
		if (*at == '\n' || *at == '\r' || *at == '\t')
			*at = ' ';
	return text;
}

static struct err at_column(struct err err, enum openitems_column column)
{
	err.field = COLUMNS[column].name;
	return err;
}

static struct err check_date(const char *text, enum openitems_column column)
{
	struct date date;

	return *text ? at_column(date_parse(text, &date), column) : OK;
}

static struct err read_amount(const char *text, struct currency currency, enum openitems_column column, int64_t *minor)
{
	return *text ? at_column(money_parse(text, currency, minor), column) : OK;
}

static struct err read_flag(const char *text, enum openitems_column column, protobuf_c_boolean *flag)
{
	static const char *const YES[] = { "1", "true", "yes", "y" };
	static const char *const NO[] = { "", "0", "false", "no", "n" };

	for (size_t i = 0; i < sizeof NO / sizeof NO[0]; i++)
		if (text_equal_nocase(text, NO[i])) {
			*flag = false;
			return OK;
		}
	for (size_t i = 0; i < sizeof YES / sizeof YES[0]; i++)
		if (text_equal_nocase(text, YES[i])) {
			*flag = true;
			return OK;
		}
	return at_column(ERR(ERR_INVALID, "openitems.flag", NULL, "yes or no is expected"), column);
}

static struct err required_check(const struct reading *reading)
{
	if (csv_count(reading->csv) != reading->header->width)
		return err_format(reading->arena, ERR_INVALID, "openitems.width", NULL,
				  "the row has %d columns, the header %d", csv_count(reading->csv),
				  reading->header->width);
	for (int column = 0; column < COLUMN_COUNT; column++)
		if (COLUMNS[column].required && !*value(reading, (enum openitems_column)column))
			return ERR(ERR_INVALID, "openitems.missing", COLUMNS[column].name, "a value is required");
	return OK;
}

static void texts_read(const struct reading *reading, Relance__Invoicing__V1__OpenItemRow *to)
{
	to->line = csv_line(reading->csv);
	to->creditor = value(reading, COLUMN_CREDITOR);
	to->customer_number = value(reading, COLUMN_CUSTOMER_NUMBER);
	to->customer_name = value(reading, COLUMN_CUSTOMER_NAME);
	to->invoice_number = value(reading, COLUMN_INVOICE_NUMBER);
	to->issue_date = value(reading, COLUMN_ISSUE_DATE);
	to->due_date = value(reading, COLUMN_DUE_DATE);
	to->currency = value(reading, COLUMN_CURRENCY);
	to->email = value(reading, COLUMN_EMAIL);
	to->language = value(reading, COLUMN_LANGUAGE);
	to->country = value(reading, COLUMN_COUNTRY);
	to->iban = value(reading, COLUMN_IBAN);
	to->vat_id = value(reading, COLUMN_VAT_ID);
	to->phone = value(reading, COLUMN_PHONE);
	to->settled_date = value(reading, COLUMN_SETTLED_DATE);
	to->order_reference = value(reading, COLUMN_ORDER_REFERENCE);
	to->creditor_ref = value(reading, COLUMN_CREDITOR_REF);
	to->mandate_id = value(reading, COLUMN_MANDATE_ID);
	to->segment_code = value(reading, COLUMN_SEGMENT);
}

static struct err values_read(const struct reading *reading, Relance__Invoicing__V1__OpenItemRow *to)
{
	struct currency currency;

	TRY(check_date(to->issue_date, COLUMN_ISSUE_DATE));
	TRY(check_date(to->due_date, COLUMN_DUE_DATE));
	TRY(check_date(to->settled_date, COLUMN_SETTLED_DATE));
	TRY(at_column(currency_parse(to->currency, &currency), COLUMN_CURRENCY));
	TRY(read_amount(value(reading, COLUMN_AMOUNT), currency, COLUMN_AMOUNT, &to->amount_minor));
	TRY(read_amount(value(reading, COLUMN_PAID_AMOUNT), currency, COLUMN_PAID_AMOUNT, &to->paid_minor));
	return read_flag(value(reading, COLUMN_DISPUTED), COLUMN_DISPUTED, &to->disputed);
}

struct err openitems_row_read(struct arena *arena, const struct csv *csv, const struct openitems_header *header,
			      Relance__Invoicing__V1__OpenItemRow **row)
{
	struct reading reading = { arena, csv, header };
	Relance__Invoicing__V1__OpenItemRow *read = arena_alloc(arena, sizeof *read);

	relance__invoicing__v1__open_item_row__init(read);
	TRY(required_check(&reading));
	texts_read(&reading, read);
	TRY(values_read(&reading, read));
	*row = read;
	return OK;
}
