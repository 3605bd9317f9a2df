#ifndef INVOICING_DOMAIN_FIELDS_H
#define INVOICING_DOMAIN_FIELDS_H

#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/err.h"

/* Checks of single fields that creditors, customers and open items share. An empty text passes: whether a field must be
 * given is the record's own rule. All errors are ERR_INVALID with the field's name. */

#define NAME_BYTES_MAX 200
#define NUMBER_BYTES_MAX 64 /* a customer's or an invoice's number; EN 16931 knows no limit, ERPs stay under 40 */
#define NOTE_BYTES_MAX 1000 /* a reason, a description */
#define SEGMENT_BYTES_MAX 32
#define EMAIL_BYTES_MAX 254 /* RFC 5321, 4.5.3.1.3 */
#define ADDRESS_LINES_MAX 8

/* At most `limit` bytes without control characters: "field.too_long", "field.control_character". */
MUST_USE struct err field_text(const char *field, const char *text, size_t limit);

/* The same, and not empty: "field.missing". */
MUST_USE struct err field_required(const char *field, const char *text, size_t limit);

/* The creditor's own code of a segment; not a word of enum segment, which a reader would take for it:
 * "field.segment". */
MUST_USE struct err field_segment(const char *field, const char *text);

/* A language of ISO 639-1: "field.language". */
MUST_USE struct err field_language(const char *field, const char *text);

/* A country of ISO 3166: "field.country". */
MUST_USE struct err field_country(const char *field, const char *text);

/* One address that a mail can be sent to; no display name, no list: "field.email". */
MUST_USE struct err field_email(const char *field, const char *text);

/* Check digits right: "field.iban". */
MUST_USE struct err field_iban(const char *field, const char *text);

/* Without blanks, upper case: how IBANs and creditor references are kept. NULL stays NULL. */
char *field_compact(struct arena *arena, const char *text);

#endif
