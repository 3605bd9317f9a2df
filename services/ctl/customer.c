/* relancectl customer: who owes, and the position. */
#include "common/base/text.h"
#include "ctl/invoicing.h"

static int cmd_customer_show(struct ctl *ctl, int argc, char **argv);
static int cmd_customer_list(struct ctl *ctl, int argc, char **argv);

const struct ctl_command CUSTOMER_COMMANDS[] = {
	{ "customer", "show", "NUMBER", "a customer with contacts, terms and position", cmd_customer_show },
	{ "customer", "list", "", "all customers", cmd_customer_list },
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
	static const char *const COLUMNS[] = { "number",   "name",    "language", "country",
					       "timezone", "segment", "email",    "sales_email" };
	struct table *table = table_new(ctl->arena);

	for (size_t i = 0; i < sizeof COLUMNS / sizeof COLUMNS[0]; i++)
		table_column(table, COLUMNS[i], TABLE_TEXT);
	return table;
}

static void customer_row(struct table *table, const PB(Customer) * customer)
{
	const char *const cells[] = { customer->number,        customer->name,       customer->language,
				      customer->country,       customer->timezone,   SEGMENTS[customer->segment],
				      billing_email(customer), customer->sales_email };

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

static int customer_json(struct ctl *ctl, const PB(GetCustomerResponse) * reply)
{
	const PB(Customer) *customer = reply->customer;

	return ctl_json(ctl,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:o, s:o, s:o}",
				  "id", customer->id, "number", customer->number, "name", customer->name, "language",
				  customer->language, "country", customer->country, "timezone", customer->timezone,
				  "segment", SEGMENTS[customer->segment], "sales_email", or_null(customer->sales_email),
				  "vat_id", or_null(customer->vat_id), "iban", or_null(customer->iban), "phone",
				  or_null(customer->phone), "address_lines",
				  lines_json(customer->address_lines, customer->n_address_lines), "contacts",
				  contacts_json(customer), "terms", terms_json(reply->terms), "position",
				  position_json(reply)));
}

static int customer_tell(struct ctl *ctl, const PB(GetCustomerResponse) * reply)
{
	const PB(PaymentTerms) *terms = reply->terms;
	struct table *head = customer_table(ctl), *position = aging_table(ctl, false);
	const char *eom = terms->end_of_month ? " days and end of month" : " days net";

	table_as_record(head);
	customer_row(head, reply->customer);
	int exit = ctl_table(ctl, head);

	if (exit != CTL_DONE || ctl->format != TABLE_FORMAT_PEOPLE)
		return exit;
	for (size_t i = 0; i < reply->customer->n_contacts; i++)
		ctl_note(ctl, "contact: %s %s <%s> (%s)", ROLES[reply->customer->contacts[i]->role],
			 reply->customer->contacts[i]->name, reply->customer->contacts[i]->email,
			 reply->customer->contacts[i]->language);
	ctl_note(ctl, "terms: %d%s; discount %s %% within %d days; late interest %s %s %%, compensation %lld",
		 terms->days, eom, terms->discount_percent, terms->discount_days, INTEREST[terms->interest_rule],
		 terms->interest_rate, (long long)terms->compensation_minor);
	for (size_t i = 0; i < reply->n_position; i++)
		aging_table_row(position, reply->position[i], false);
	return ctl_table(ctl, position);
}

static int cmd_customer_show(struct ctl *ctl, int argc, char **argv)
{
	PB(GetCustomerRequest) request;
	PB(GetCustomerResponse) * reply;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	PB_INIT(get_customer_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.number = argv[0];
	if (err_ok(err))
		err = CALL(ctl, "GetCustomer", get_customer, &request, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	return ctl->format == TABLE_FORMAT_JSON ? customer_json(ctl, reply) : customer_tell(ctl, reply);
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
