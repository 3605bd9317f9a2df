/* relancectl customer: who owes, and the position. */
#include "common/base/money.h"
#include "common/base/text.h"
#include "ctl/invoicing.h"

static int cmd_customer_show(struct ctl *ctl, int argc, char **argv);
static int cmd_customer_list(struct ctl *ctl, int argc, char **argv);
static int cmd_customer_set(struct ctl *ctl, int argc, char **argv);

const struct ctl_command CUSTOMER_COMMANDS[] = {
	{ "customer", "show", "NUMBER", "a customer with contacts, terms and position", cmd_customer_show },
	{ "customer", "list", "", "all customers", cmd_customer_list },
	{ "customer", "set",
	  "NUMBER [--name NAME] [--segment CODE] [--kind business|consumer|public] [--language fr] [--country FR] "
	  "[--timezone ZONE] [--email ADDRESS] [--sales-email ADDRESS] [--vat-id ID] [--iban IBAN] [--phone N] "
	  "[--address \"LINE; LINE\"]",
	  "changes what is given, and empties what is given as \"\"", cmd_customer_set },
	{ 0 },
};

static const char *const SEGMENTS[] = { "", "business", "consumer", "public" };
static const char *const ROLES[] = { "", "billing", "escalation", "legal" };
static const char *const END_OF_MONTH[] = { "none", "after_days", "before_days" };
static const char *const INTEREST[] = { "", "none", "statutory", "fixed" };

/* The main billing address: the first of that role. */
static const char *billing_email(const PB(Customer) * customer)
{
	for (size_t i = 0; i < customer->n_contacts; i++)
		if (customer->contacts[i]->role == RELANCE__INVOICING__V1__CONTACT_ROLE__CONTACT_ROLE_BILLING)
			return customer->contacts[i]->email;
	return NULL;
}

static struct table *customer_table(struct ctl *ctl)
{
	static const char *const COLUMNS[] = { "number",  "name",         "language", "country",    "timezone",
					       "segment", "segment_code", "email",    "sales_email" };
	struct table *table = table_new(ctl->arena);

	for (size_t i = 0; i < sizeof COLUMNS / sizeof COLUMNS[0]; i++)
		table_column(table, COLUMNS[i], TABLE_TEXT);
	return table;
}

static void customer_row(struct table *table, const PB(Customer) * customer)
{
	const char *const cells[] = { customer->number,       customer->name,          customer->language,
				      customer->country,      customer->timezone,      SEGMENTS[customer->segment],
				      customer->segment_code, billing_email(customer), customer->sales_email };

	table_row(table);
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		table_cell_text(table, or_null(cells[i]));
}

/* ------------------------------------------------------------------ show */

static json_t *contacts_json(const PB(Customer) * customer)
{
	json_t *contacts = json_array();

	for (size_t i = 0; i < customer->n_contacts; i++) {
		const PB(Contact) *contact = customer->contacts[i];

		json_array_append_new(contacts,
				      json_pack("{s:s, s:s?, s:s?, s:s?, s:s}", "role", ROLES[contact->role], "name",
						or_null(contact->name), "email", or_null(contact->email), "phone",
						or_null(contact->phone), "language", contact->language));
	}
	return contacts;
}

static json_t *terms_json(const PB(PaymentTerms) * terms)
{
	return json_pack("{s:i, s:s, s:s, s:i, s:s, s:s, s:I}", "days", terms->days, "end_of_month",
			 END_OF_MONTH[terms->end_of_month], "discount_percent", terms->discount_percent,
			 "discount_days", terms->discount_days, "interest_rule", INTEREST[terms->interest_rule],
			 "interest_rate", terms->interest_rate, "compensation_minor",
			 (json_int_t)terms->compensation_minor);
}

static json_t *position_json(const PB(GetCustomerResponse) * reply)
{
	json_t *position = json_array();

	for (size_t i = 0; i < reply->n_position; i++) {
		const PB(AgingRow) *row = reply->position[i];

		json_array_append_new(
			position,
			json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "currency", row->currency,
				  "not_due_minor", (json_int_t)row->not_due_minor, "days_1_30_minor",
				  (json_int_t)row->days_1_30_minor, "days_31_60_minor",
				  (json_int_t)row->days_31_60_minor, "days_61_90_minor",
				  (json_int_t)row->days_61_90_minor, "over_90_minor", (json_int_t)row->over_90_minor,
				  "outstanding_minor", (json_int_t)row->outstanding_minor, "unapplied_minor",
				  (json_int_t)row->unapplied_minor, "invoice_count", (json_int_t)row->invoice_count));
	}
	return position;
}

static json_t *lines_json(char *const *lines, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, json_string(lines[i]));
	return array;
}

static json_t *open_json(const PB(ListInvoicesResponse) * open)
{
	json_t *array = json_array();

	for (size_t i = 0; i < open->n_invoices; i++) {
		const PB(Invoice) *invoice = open->invoices[i];

		json_array_append_new(array, json_pack("{s:s, s:s, s:s, s:I, s:s?, s:s?}", "number", invoice->number,
						       "currency", invoice->currency, "due_on", invoice->due_on,
						       "open_minor", (json_int_t)invoice->open_minor, "creditor_ref",
						       or_null(invoice->creditor_ref), "payment_link",
						       or_null(invoice->payment_link)));
	}
	return array;
}

/* The customer's open invoices, the first of them: how each is to be paid. */
static struct err open_list(struct ctl *ctl, char *number, PB(ListInvoicesResponse) * *open)
{
	PB(ListInvoicesRequest) request;

	PB_INIT(list_invoices_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.customer_number = number;
	request.state = RELANCE__INVOICING__V1__INVOICE_STATE__INVOICE_STATE_OPEN;
	request.page_size = PAGE_ROWS;
	return CALL(ctl, "ListInvoices", list_invoices, &request, open);
}

static int open_tell(struct ctl *ctl, const PB(ListInvoicesResponse) * open)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "number", TABLE_TEXT);
	table_column(table, "due_on", TABLE_DATE);
	table_column(table, "open_minor", TABLE_MONEY);
	table_column(table, "creditor_ref", TABLE_TEXT);
	table_column(table, "payment_link", TABLE_TEXT);
	for (size_t i = 0; i < open->n_invoices; i++) {
		table_row(table);
		table_cell_text(table, open->invoices[i]->number);
		table_cell_text(table, open->invoices[i]->due_on);
		table_cell_money(table, open->invoices[i]->open_minor, open->invoices[i]->currency);
		table_cell_text(table, or_null(open->invoices[i]->creditor_ref));
		table_cell_text(table, or_null(open->invoices[i]->payment_link));
	}
	return ctl_table(ctl, table);
}

static int customer_json(struct ctl *ctl, const PB(GetCustomerResponse) * reply, const PB(ListInvoicesResponse) * open)
{
	const PB(Customer) *customer = reply->customer;

	return ctl_json(
		ctl,
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:o, s:o}",
			  "id", customer->id, "number", customer->number, "name", customer->name, "language",
			  customer->language, "country", customer->country, "timezone", customer->timezone, "segment",
			  SEGMENTS[customer->segment], "segment_code", or_null(customer->segment_code), "sales_email",
			  or_null(customer->sales_email), "vat_id", or_null(customer->vat_id), "iban",
			  or_null(customer->iban), "phone", or_null(customer->phone), "address_lines",
			  lines_json(customer->address_lines, customer->n_address_lines), "contacts",
			  contacts_json(customer), "terms", terms_json(reply->terms), "position", position_json(reply),
			  "open_invoices", open_json(open)));
}

static void contact_tell(struct ctl *ctl, const PB(Contact) * contact)
{
	ctl_note(ctl, "contact: %s%s%s <%s> (%s)", ROLES[contact->role], text_empty(contact->name) ? "" : " ",
		 contact->name, contact->email, contact->language);
}

static int customer_tell(struct ctl *ctl, const PB(GetCustomerResponse) * reply, const PB(ListInvoicesResponse) * open)
{
	const PB(PaymentTerms) *terms = reply->terms;
	struct table *head = customer_table(ctl), *position = aging_table(ctl, false);
	const char *eom = terms->end_of_month ? " days and end of month" : " days net";
	char compensation[MONEY_TEXT_BYTES];

	table_as_record(head);
	customer_row(head, reply->customer);
	int exit = ctl_table(ctl, head);

	if (exit != CTL_DONE || ctl->format != TABLE_FORMAT_PEOPLE)
		return exit;
	for (size_t i = 0; i < reply->customer->n_contacts; i++)
		contact_tell(ctl, reply->customer->contacts[i]);
	money_format(terms->compensation_minor, (struct currency){ "EUR" }, compensation);
	ctl_note(ctl, "terms: %d%s; discount %s %% within %d days; late interest %s %s %%, compensation %s EUR",
		 terms->days, eom, terms->discount_percent, terms->discount_days, INTEREST[terms->interest_rule],
		 terms->interest_rate, compensation);
	for (size_t i = 0; i < reply->n_position; i++)
		aging_table_row(position, reply->position[i], false);
	exit = ctl_table(ctl, position);
	return exit == CTL_DONE && open->n_invoices > 0 ? open_tell(ctl, open) : exit;
}

static int cmd_customer_show(struct ctl *ctl, int argc, char **argv)
{
	PB(GetCustomerRequest) request;
	PB(GetCustomerResponse) * reply;
	PB(ListInvoicesResponse) * open;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	PB_INIT(get_customer_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.number = argv[0];
	if (err_ok(err))
		err = CALL(ctl, "GetCustomer", get_customer, &request, &reply);
	if (err_ok(err))
		err = open_list(ctl, argv[0], &open);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	return ctl->format == TABLE_FORMAT_JSON ? customer_json(ctl, reply, open) : customer_tell(ctl, reply, open);
}

/* ------------------------------------------------------------------ list */

static int cmd_customer_list(struct ctl *ctl, int argc, char **argv)
{
	PB(ListCustomersRequest) request;
	PB(ListCustomersResponse) * reply;
	struct table *table = customer_table(ctl);
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	PB_INIT(list_customers_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.page_size = PAGE_ROWS;
	while (err_ok(err)) {
		err = CALL(ctl, "ListCustomers", list_customers, &request, &reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_customers; i++)
			customer_row(table, reply->customers[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ set */

static struct err kind_read(struct ctl *ctl, const char *kind, PB(Segment) * segment)
{
	for (size_t i = 1; i < sizeof SEGMENTS / sizeof SEGMENTS[0]; i++)
		if (text_equal(SEGMENTS[i], kind)) {
			*segment = (PB(Segment))i;
			return OK;
		}
	return ctl_usage(ctl, "--kind is business, consumer or public, and not '%s'", kind);
}

/* The address becomes the main billing contact's. */
static void email_set(struct ctl *ctl, PB(Customer) * customer, char *email)
{
	PB(Contact) *contact = arena_alloc(ctl->arena, sizeof *contact);

	for (size_t i = 0; i < customer->n_contacts; i++)
		if (customer->contacts[i]->role == RELANCE__INVOICING__V1__CONTACT_ROLE__CONTACT_ROLE_BILLING) {
			customer->contacts[i]->email = email;
			return;
		}
	PB_INIT(contact)(contact);
	contact->role = RELANCE__INVOICING__V1__CONTACT_ROLE__CONTACT_ROLE_BILLING;
	contact->email = email;
	*ARENA_PUSH(ctl->arena, customer->contacts, customer->n_contacts) = contact;
}

/* What the command line gives; the pointers are NULL, and the texts those of init, where it does not. */
struct customer_change {
	PB(Customer) texts;
	const char *kind, *email, *address;
};

static struct err change_read(struct ctl *ctl, int *argc, char **argv, struct customer_change *change)
{
	PB(Customer) *texts = &change->texts;
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--name", (const char **)&texts->name),
		CTL_OPTION_TEXT("--segment", (const char **)&texts->segment_code),
		CTL_OPTION_TEXT("--kind", &change->kind),
		CTL_OPTION_TEXT("--language", (const char **)&texts->language),
		CTL_OPTION_TEXT("--country", (const char **)&texts->country),
		CTL_OPTION_TEXT("--timezone", (const char **)&texts->timezone),
		CTL_OPTION_TEXT("--email", &change->email),
		CTL_OPTION_TEXT("--sales-email", (const char **)&texts->sales_email),
		CTL_OPTION_TEXT("--vat-id", (const char **)&texts->vat_id),
		CTL_OPTION_TEXT("--iban", (const char **)&texts->iban),
		CTL_OPTION_TEXT("--phone", (const char **)&texts->phone),
		CTL_OPTION_TEXT("--address", &change->address),
	};

	return ctl_options(ctl, options, sizeof options / sizeof options[0], argc, argv, 1, 1);
}

static struct err change_apply(struct ctl *ctl, const struct customer_change *change, PB(Customer) * customer)
{
	if (change->texts.country != protobuf_c_empty_string)
		customer->timezone = (char *)protobuf_c_empty_string; /* the new country's, unless it is given too */
	texts_overlay(&customer->base, &change->texts.base);
	if (change->kind)
		TRY(kind_read(ctl, change->kind, &customer->segment));
	if (change->email)
		email_set(ctl, customer, arena_copy(ctl->arena, change->email));
	if (change->address)
		customer->address_lines = address_lines(ctl, change->address, &customer->n_address_lines);
	return OK;
}

static struct err customer_change(struct ctl *ctl, char *number, const struct customer_change *change,
				  PB(UpsertCustomerResponse) * *reply)
{
	PB(GetCustomerRequest) get;
	PB(GetCustomerResponse) * known;
	PB(UpsertCustomerRequest) request;

	PB_INIT(get_customer_request)(&get);
	get.creditor = (char *)ctl->creditor;
	get.number = number;
	TRY(CALL(ctl, "GetCustomer", get_customer, &get, &known));
	TRY(change_apply(ctl, change, known->customer));
	PB_INIT(upsert_customer_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.customer = known->customer;
	return CALL(ctl, "UpsertCustomer", upsert_customer, &request, reply);
}

static int cmd_customer_set(struct ctl *ctl, int argc, char **argv)
{
	struct customer_change change = { 0 };
	PB(UpsertCustomerResponse) * reply;
	struct table *table = customer_table(ctl);

	PB_INIT(customer)(&change.texts);
	struct err err = change_read(ctl, &argc, argv, &change);

	if (err_ok(err))
		err = customer_change(ctl, argv[0], &change, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	table_as_record(table);
	customer_row(table, reply->customer);
	return ctl_table(ctl, table);
}
