#include <string.h>

#include "common/base/iso.h"
#include "common/base/text.h"
#include "invoicing/wire_pb.h"

const ProtobufCServiceDescriptor *const INVOICING_SERVICE = &relance__invoicing__v1__invoicing_service__descriptor;

_Static_assert((int)RELANCE__INVOICING__V1__SEGMENT__SEGMENT_PUBLIC == (int)SEGMENT_PUBLIC + 1, "shifted by one");
_Static_assert((int)RELANCE__INVOICING__V1__CONTACT_ROLE__CONTACT_ROLE_LEGAL == (int)CONTACT_LEGAL + 1,
	       "shifted by one");
_Static_assert((int)RELANCE__INVOICING__V1__END_OF_MONTH__END_OF_MONTH_BEFORE_DAYS == (int)END_OF_MONTH_BEFORE_DAYS,
	       "one numbering");
_Static_assert((int)RELANCE__INVOICING__V1__INTEREST_RULE__INTEREST_RULE_FIXED == (int)INTEREST_FIXED + 1,
	       "shifted by one");

/* ------------------------------------------------------------------ values */

static struct err at_field(struct err err, const char *field)
{
	err.field = field;
	return err;
}

struct err wire_date_read(const char *text, const char *field, struct date *date)
{
	*date = DATE_NONE;
	return *text ? at_field(date_parse(text, date), field) : OK;
}

struct err wire_currency_read(const char *text, const char *field, struct currency *currency)
{
	*currency = (struct currency){ "" };
	if (!*text)
		return OK;
	TRY(at_field(currency_parse(text, currency), field));
	if (!iso_currency(currency->code))
		return ERR(ERR_INVALID, "currency.unknown", field, "ISO 4217 has no such currency");
	return OK;
}

struct err wire_decimal_read(const char *text, const char *field, const char *fallback, struct decimal *decimal)
{
	return at_field(decimal_parse(*text ? text : fallback, decimal), field);
}

struct err wire_page_read(int size, int *limit)
{
	if (size < 0 || size > PAGE_SIZE_MAX)
		return ERR(ERR_INVALID, "page.size", "page_size", "a page has 1 to 1,000 lines");
	*limit = size == 0 ? PAGE_SIZE_DEFAULT : size;
	return OK;
}

/* The arena's copy of a repeated string; the request outlives the call anyway. */
static const char **texts_read(char **texts)
{
	return (const char **)(void *)texts;
}

/* ------------------------------------------------------------------ creditors */

static struct err creditor_read(const PB(Creditor) * from, struct creditor *creditor)
{
	struct currency currency;

	if (!from)
		return ERR(ERR_INVALID, "field.missing", "creditor", "say which creditor");
	TRY(wire_currency_read(from->currency, "currency", &currency));
	*creditor = (struct creditor){
		.code = from->code,
		.name = from->name,
		.legal_name = from->legal_name,
		.language = from->language,
		.country = from->country,
		.timezone = from->timezone,
		.currency = currency,
		.iban = from->iban,
		.bic = from->bic,
		.vat_id = from->vat_id,
		.email = from->email,
		.phone = from->phone,
		.address_lines = texts_read(from->address_lines),
		.address_line_count = from->n_address_lines,
		.invoice_prefix = from->invoice_prefix,
		.credit_note_prefix = from->credit_note_prefix,
		.number_width = from->number_width,
	};
	return OK;
}

struct err wire_decode_create_creditor(const struct rpc_call *call, struct creditor *creditor)
{
	return creditor_read(((const PB(CreateCreditorRequest) *)(const void *)call->request)->creditor, creditor);
}

struct err wire_decode_change_creditor(const struct rpc_call *call, struct creditor *creditor)
{
	return creditor_read(((const PB(ChangeCreditorRequest) *)(const void *)call->request)->creditor, creditor);
}

PB(Creditor) * wire_creditor(struct arena *arena, const struct creditor *from)
{
	PB(Creditor) *to = PB_NEW(arena, creditor);

	to->code = wire_text(arena, from->code);
	to->name = wire_text(arena, from->name);
	to->legal_name = wire_text(arena, from->legal_name);
	to->language = wire_text(arena, from->language);
	to->country = wire_text(arena, from->country);
	to->timezone = wire_text(arena, from->timezone);
	to->currency = wire_currency(arena, from->currency);
	to->iban = wire_text(arena, from->iban);
	to->bic = wire_text(arena, from->bic);
	to->vat_id = wire_text(arena, from->vat_id);
	to->email = wire_text(arena, from->email);
	to->phone = wire_text(arena, from->phone);
	to->address_lines = (char **)(void *)from->address_lines;
	to->n_address_lines = from->address_line_count;
	to->invoice_prefix = wire_text(arena, from->invoice_prefix);
	to->credit_note_prefix = wire_text(arena, from->credit_note_prefix);
	to->number_width = from->number_width;
	return to;
}

void wire_encode_create_creditor(struct rpc_call *call, const struct creditor *creditor)
{
	PB(CreateCreditorResponse) *reply = PB_REPLY(call, create_creditor_response);

	reply->creditor = wire_creditor(call->arena, creditor);
}

void wire_encode_change_creditor(struct rpc_call *call, const struct creditor *creditor, bool changed)
{
	PB(ChangeCreditorResponse) *reply = PB_REPLY(call, change_creditor_response);

	reply->creditor = wire_creditor(call->arena, creditor);
	reply->changed = changed;
}

void wire_encode_list_creditors(struct rpc_call *call, const struct creditor *creditors, size_t count)
{
	PB(ListCreditorsResponse) *reply = PB_REPLY(call, list_creditors_response);

	reply->creditors = arena_array(call->arena, count, sizeof *reply->creditors);
	for (size_t i = 0; i < count; i++)
		reply->creditors[reply->n_creditors++] = wire_creditor(call->arena, &creditors[i]);
}

/* ------------------------------------------------------------------ customers */

static struct contact contact_read(const PB(Contact) * from)
{
	bool given = from->role > 0 && (int)from->role <= CONTACT_ROLE_COUNT;

	return (struct contact){
		.role = given ? (enum contact_role)(from->role - 1) : CONTACT_BILLING,
		.name = from->name,
		.email = from->email,
		.phone = from->phone,
		.language = from->language,
	};
}

struct err wire_decode_upsert_customer(const struct rpc_call *call, struct customer_ask *ask)
{
	const PB(UpsertCustomerRequest) *request = (const void *)call->request;
	const PB(Customer) *from = request->customer;

	if (!from)
		return ERR(ERR_INVALID, "field.missing", "customer", "say which customer to write");
	bool given = from->segment > 0 && (int)from->segment <= SEGMENT_COUNT;
	struct customer customer = {
		.number = from->number,
		.name = from->name,
		.language = from->language,
		.country = from->country,
		.timezone = from->timezone,
		.segment = given ? (enum segment)(from->segment - 1) : SEGMENT_BUSINESS,
		.segment_code = from->segment_code,
		.sales_email = from->sales_email,
		.vat_id = from->vat_id,
		.iban = from->iban,
		.phone = from->phone,
		.address_lines = texts_read(from->address_lines),
		.address_line_count = from->n_address_lines,
	};

	for (size_t i = 0; i < from->n_contacts; i++)
		*ARENA_PUSH(call->arena, customer.contacts, customer.contact_count) = contact_read(from->contacts[i]);
	*ask = (struct customer_ask){ request->creditor, customer };
	return OK;
}

static PB(Contact) * contact_encode(struct arena *arena, const struct contact *from)
{
	PB(Contact) *to = PB_NEW(arena, contact);

	to->role = (PB(ContactRole))(from->role + 1);
	to->name = wire_text(arena, from->name);
	to->email = wire_text(arena, from->email);
	to->phone = wire_text(arena, from->phone);
	to->language = wire_text(arena, from->language);
	return to;
}

static PB(Customer) * customer_encode(struct arena *arena, const struct customer *from)
{
	PB(Customer) *to = PB_NEW(arena, customer);

	to->id = wire_id(arena, from->id);
	to->number = wire_text(arena, from->number);
	to->name = wire_text(arena, from->name);
	to->language = wire_text(arena, from->language);
	to->country = wire_text(arena, from->country);
	to->timezone = wire_text(arena, from->timezone);
	to->segment = (PB(Segment))(from->segment + 1);
	to->segment_code = wire_text(arena, from->segment_code);
	to->sales_email = wire_text(arena, from->sales_email);
	to->vat_id = wire_text(arena, from->vat_id);
	to->iban = wire_text(arena, from->iban);
	to->phone = wire_text(arena, from->phone);
	to->address_lines = (char **)(void *)from->address_lines;
	to->n_address_lines = from->address_line_count;
	to->contacts = arena_array(arena, from->contact_count, sizeof *to->contacts);
	for (size_t i = 0; i < from->contact_count; i++)
		to->contacts[to->n_contacts++] = contact_encode(arena, &from->contacts[i]);
	return to;
}

void wire_encode_upsert_customer(struct rpc_call *call, const struct customer *customer, bool changed)
{
	PB(UpsertCustomerResponse) *reply = PB_REPLY(call, upsert_customer_response);

	reply->customer = customer_encode(call->arena, customer);
	reply->changed = changed;
}

void wire_decode_get_customer(const struct rpc_call *call, struct ask *ask)
{
	const PB(GetCustomerRequest) *request = (const void *)call->request;

	*ask = (struct ask){ request->creditor, request->number };
}

void wire_encode_get_customer(struct rpc_call *call, const struct customer *customer, const struct payment_terms *terms,
			      const struct aging_row *position, size_t count)
{
	PB(GetCustomerResponse) *reply = PB_REPLY(call, get_customer_response);

	reply->customer = customer_encode(call->arena, customer);
	reply->terms = wire_terms(call->arena, terms);
	reply->position = wire_aging_rows(call->arena, position, count);
	reply->n_position = count;
}

struct err wire_decode_list_customers(const struct rpc_call *call, struct page_ask *ask)
{
	const PB(ListCustomersRequest) *request = (const void *)call->request;
	int size;

	TRY(wire_page_read(request->page_size, &size));
	*ask = (struct page_ask){ request->creditor, request->page_token, size };
	return OK;
}

void wire_encode_list_customers(struct rpc_call *call, const struct customer *customers, size_t count, bool more)
{
	PB(ListCustomersResponse) *reply = PB_REPLY(call, list_customers_response);

	reply->customers = arena_array(call->arena, count, sizeof *reply->customers);
	for (size_t i = 0; i < count; i++)
		reply->customers[reply->n_customers++] = customer_encode(call->arena, &customers[i]);
	reply->next_page_token = wire_text(call->arena, more && count > 0 ? customers[count - 1].number : "");
}

/* ------------------------------------------------------------------ terms */

struct err wire_terms_read(const PB(PaymentTerms) * from, struct asked_terms *to)
{
	struct asked_terms asked = { .terms = { .days = from->days, .discount_days = from->discount_days } };

	if (from->end_of_month < 0 || (int)from->end_of_month >= END_OF_MONTH_COUNT)
		return ERR(ERR_INVALID, "terms.end_of_month", "end_of_month", "there is no such end-of-month rule");
	if (from->interest_rule < 0 || (int)from->interest_rule > (int)INTEREST_FIXED + 1)
		return ERR(ERR_INVALID, "terms.interest", "interest_rule", "there is no such interest rule");
	asked.terms.end_of_month = (enum end_of_month)from->end_of_month;
	TRY(wire_decimal_read(from->discount_percent, "discount_percent", "0", &asked.terms.discount_percent));
	asked.late_by_law = from->interest_rule == 0;
	if (!asked.late_by_law) {
		asked.terms.late.rule = (enum interest_rule)(from->interest_rule - 1);
		asked.terms.late.compensation_minor = from->compensation_minor;
		TRY(wire_decimal_read(from->interest_rate, "interest_rate", "0", &asked.terms.late.rate));
	}
	*to = asked;
	return OK;
}

PB(InterestRule) wire_interest_rule(enum interest_rule rule)
{
	return (PB(InterestRule))(rule + 1);
}

PB(PaymentTerms) * wire_terms(struct arena *arena, const struct payment_terms *terms)
{
	PB(PaymentTerms) *to = PB_NEW(arena, payment_terms);

	to->days = terms->days;
	to->end_of_month = (PB(EndOfMonth))terms->end_of_month;
	to->discount_percent = wire_decimal(arena, terms->discount_percent);
	to->discount_days = terms->discount_days;
	to->interest_rule = wire_interest_rule(terms->late.rule);
	to->interest_rate = wire_decimal(arena, terms->late.rate);
	to->compensation_minor = terms->late.compensation_minor;
	return to;
}

struct err wire_decode_set_terms(const struct rpc_call *call, struct terms_ask *ask)
{
	const PB(SetPaymentTermsRequest) *request = (const void *)call->request;
	struct terms_ask found = { .creditor = request->creditor, .customer_number = request->customer_number };

	if (!request->terms)
		return ERR(ERR_INVALID, "field.missing", "terms", "say which terms to set");
	TRY(wire_terms_read(request->terms, &found.asked));
	*ask = found;
	return OK;
}

void wire_encode_set_terms(struct rpc_call *call, const struct payment_terms *terms)
{
	PB(SetPaymentTermsResponse) *reply = PB_REPLY(call, set_payment_terms_response);

	reply->terms = wire_terms(call->arena, terms);
}

/* ------------------------------------------------------------------ clock, verify */

struct err wire_decode_get_clock(const struct rpc_call *call, const char **creditor, int *days_ahead)
{
	const PB(GetClockRequest) *request = (const void *)call->request;

	if (request->days_ahead < 0 || request->days_ahead > CLOCK_DAYS_AHEAD_MAX)
		return ERR(ERR_INVALID, "clock.days_ahead", "days_ahead", "that is too far ahead");
	*creditor = request->creditor;
	*days_ahead = request->days_ahead;
	return OK;
}

void wire_encode_get_clock(struct rpc_call *call, const struct clock_view *view)
{
	PB(GetClockResponse) *reply = PB_REPLY(call, get_clock_response);

	reply->now = wire_instant(call->arena, view->now);
	reply->ahead = wire_instant(call->arena, view->ahead);
	reply->today = wire_date(call->arena, view->today);
	reply->timezone = wire_text(call->arena, view->timezone);
	reply->test_clock = view->test;
}

/* Two digits, and what stands before them. */
static bool clock_part(struct arena *arena, const char *text, char before, long long most, long long *value)
{
	return text[0] == before && err_ok(text_to_int64(arena_copy_n(arena, text + 1, 2), 0, most, value));
}

/* "2026-01-31", "2026-01-31T08:00" or "2026-01-31T08:59:59". */
static struct err local_read(struct arena *arena, const char *text, struct clock_ask *ask)
{
	struct err malformed = ERR(ERR_INVALID, "clock.local", "local",
				   "a local time is a date, or a date and a time as in 2026-01-31T08:00");
	size_t length = strlen(text);
	long long hours = 0, minutes = 0, seconds = 0;

	if ((length != 10 && length != 16 && length != 19) ||
	    !err_ok(date_parse(arena_copy_n(arena, text, 10), &ask->date)))
		return malformed;
	if (length > 10 &&
	    (!clock_part(arena, text + 10, 'T', 23, &hours) || !clock_part(arena, text + 13, ':', 59, &minutes)))
		return malformed;
	if (length > 16 && !clock_part(arena, text + 16, ':', 59, &seconds))
		return malformed;
	ask->minute = (int)(hours * 60 + minutes);
	ask->second = (int)seconds;
	return OK;
}

struct err wire_decode_set_clock(const struct rpc_call *call, struct clock_ask *ask)
{
	const PB(SetClockRequest) *request = (const void *)call->request;
	struct clock_ask found = { .creditor = request->creditor, .at = INSTANT_NONE };

	if (text_empty(request->at) == text_empty(request->local))
		return ERR(ERR_INVALID, "clock.time", "at", "give either an instant or a local date and time");
	if (!text_empty(request->at))
		TRY(at_field(instant_parse(request->at, &found.at), "at"));
	else
		TRY(local_read(call->arena, request->local, &found));
	*ask = found;
	return OK;
}

void wire_encode_set_clock(struct rpc_call *call, struct instant now, struct date today, struct instant next_midnight)
{
	PB(SetClockResponse) *reply = PB_REPLY(call, set_clock_response);

	reply->now = wire_instant(call->arena, now);
	reply->today = wire_date(call->arena, today);
	reply->next_midnight = wire_instant(call->arena, next_midnight);
}

const char *wire_decode_verify(const struct rpc_call *call)
{
	return ((const PB(VerifyRequest) *)(const void *)call->request)->creditor;
}

void wire_encode_verify(struct rpc_call *call, const struct book_check *checks, size_t count)
{
	PB(VerifyResponse) *reply = PB_REPLY(call, verify_response);

	reply->checks = arena_array(call->arena, count, sizeof *reply->checks);
	for (size_t i = 0; i < count; i++)
		reply->checks[reply->n_checks++] =
			wire_check(call->arena, checks[i].name, checks[i].ok, checks[i].checked, checks[i].detail);
}
