#include "invoicing/domain/customer.h"

#include "common/base/check.h"
#include "common/base/text.h"
#include "invoicing/domain/fields.h"

static const char *const SEGMENTS[SEGMENT_COUNT] = { "business", "consumer", "public" };
static const char *const ROLES[CONTACT_ROLE_COUNT] = { "billing", "escalation", "legal" };

const char *segment_name(enum segment segment)
{
	CHECK(segment < SEGMENT_COUNT);
	return SEGMENTS[segment];
}

enum segment segment_of(const char *name)
{
	return (enum segment)text_place(SEGMENTS, SEGMENT_COUNT, name);
}

const char *contact_role_name(enum contact_role role)
{
	CHECK(role < CONTACT_ROLE_COUNT);
	return ROLES[role];
}

enum contact_role contact_role_of(const char *name)
{
	return (enum contact_role)text_place(ROLES, CONTACT_ROLE_COUNT, name);
}

static struct err contact_complete(const struct customer *customer, struct contact *contact)
{
	if (text_empty(contact->language))
		contact->language = customer->language;
	TRY(field_language("contacts.language", contact->language));
	TRY(field_text("contacts.name", contact->name, NAME_BYTES_MAX));
	TRY(field_email("contacts.email", contact->email));
	TRY(field_text("contacts.phone", contact->phone, NUMBER_BYTES_MAX));
	if (text_empty(contact->email) && text_empty(contact->phone) && text_empty(contact->name))
		return ERR(ERR_INVALID, "field.missing", "contacts", "a contact has a name, a mail address or a phone");
	return OK;
}

static struct err details_check(const struct customer *customer)
{
	TRY(field_segment("segment_code", customer->segment_code));
	TRY(field_email("sales_email", customer->sales_email));
	TRY(field_text("vat_id", customer->vat_id, NUMBER_BYTES_MAX));
	TRY(field_iban("iban", customer->iban));
	TRY(field_text("phone", customer->phone, NUMBER_BYTES_MAX));
	if (customer->address_line_count > ADDRESS_LINES_MAX)
		return ERR(ERR_INVALID, "field.too_long", "address_lines", "an address has at most 8 lines");
	for (size_t i = 0; i < customer->address_line_count; i++)
		TRY(field_text("address_lines", customer->address_lines[i], NAME_BYTES_MAX));
	if (customer->contact_count > CONTACTS_MAX)
		return ERR(ERR_INVALID, "field.too_long", "contacts", "a customer has at most 20 contacts");
	return OK;
}

struct err customer_complete(struct arena *arena, const struct creditor *creditor, struct customer *customer)
{
	struct customer full = *customer;

	TRY(field_required("number", full.number, NUMBER_BYTES_MAX));
	TRY(field_required("name", full.name, NAME_BYTES_MAX));
	if (text_empty(full.language))
		full.language = creditor->language;
	TRY(field_language("language", full.language));
	if (text_empty(full.country))
		full.country = creditor->country;
	TRY(field_country("country", full.country));
	if (text_empty(full.timezone))
		full.timezone = country_timezone(full.country);
	if (text_empty(full.timezone))
		full.timezone = creditor->timezone;
	TRY(field_text("timezone", full.timezone, NUMBER_BYTES_MAX));
	full.iban = field_compact(arena, full.iban);
	TRY(details_check(&full));
	for (size_t i = 0; i < full.contact_count; i++)
		TRY(contact_complete(&full, &full.contacts[i]));
	*customer = full;
	return OK;
}
