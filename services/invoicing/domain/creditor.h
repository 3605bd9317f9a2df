#ifndef INVOICING_DOMAIN_CREDITOR_H
#define INVOICING_DOMAIN_CREDITOR_H

#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/base/money.h"

/* The legal entity that invoices, and how it numbers its documents. */

#define CREDITOR_CODE_MAX 16
#define PREFIX_BYTES_MAX 12
#define NUMBER_WIDTH_DEFAULT 6
#define NUMBER_WIDTH_MIN 3
#define NUMBER_WIDTH_MAX 12

struct creditor {
	const char *code, *name, *legal_name, *language, *country, *timezone;
	struct currency currency;
	const char *iban, *bic, *vat_id, *email, *phone;
	const char **address_lines;
	size_t address_line_count;
	const char *invoice_prefix, *credit_note_prefix;
	int number_width;
};

/* Fills what may be left out and checks the rest; currency and code must be there. ERR_INVALID with the field. */
MUST_USE struct err creditor_complete(struct arena *arena, struct creditor *creditor);

/* The zone that most of a country's firms live in; NULL where it is not listed. */
const char *country_timezone(const char *country);

/* "INV-2026-000017"; a counter that outgrows the width keeps all its digits. */
const char *document_number(struct arena *arena, const char *prefix, int year, int width, long long sequence);

#endif
