#ifndef INVOICING_DOMAIN_CUSTOMER_H
#define INVOICING_DOMAIN_CUSTOMER_H

#include <stddef.h>

#include "common/base/err.h"
#include "common/base/id.h"
#include "invoicing/domain/creditor.h"

/* Who owes: a customer and the people to write to. */

#define CONTACTS_MAX 20

enum segment { SEGMENT_BUSINESS, SEGMENT_CONSUMER, SEGMENT_PUBLIC, SEGMENT_COUNT };
enum contact_role { CONTACT_BILLING, CONTACT_ESCALATION, CONTACT_LEGAL, CONTACT_ROLE_COUNT };

const char *segment_name(enum segment segment); /* "business" */
enum segment segment_of(const char *name);      /* of a name that segment_name gave */
const char *contact_role_name(enum contact_role role);
enum contact_role contact_role_of(const char *name);

struct contact {
	enum contact_role role;
	const char *name, *email, *phone, *language;
};

struct customer {
	struct id id;
	const char *number, *name, *language, *country, *timezone;
	enum segment segment;
	const char *segment_code; /* the creditor's own: "key-account"; empty: none */
	const char *sales_email, *vat_id, *iban, *phone;
	const char **address_lines;
	size_t address_line_count;
	struct contact *contacts;
	size_t contact_count;
};

/* Fills what may be left out from the creditor and checks the rest. ERR_INVALID with the field. */
MUST_USE struct err customer_complete(struct arena *arena, const struct creditor *creditor, struct customer *customer);

#endif
