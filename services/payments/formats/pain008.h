#ifndef FORMATS_PAIN008_H
#define FORMATS_PAIN008_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/date.h"
#include "common/base/money.h"

/* Writes a customer direct debit initiation, pain.008.001.08, as the SEPA schemes use it: one group for each scheme,
 * sequence type and date, in euro, charges shared (SLEV). Texts of people are written in the characters that every bank
 * takes: "Société Müller & Fils" becomes "Societe Muller + Fils".
 *
 * Sources: ISO 20022 pain.008.001.08; EPC130-08 (Core) and EPC131-08 (B2B) customer-to-bank guidelines; EPC217-08
 * (characters). Limits of the guidelines: ids 35, names 70, remittance 140 characters. */

#define PAIN008_NAME_MAX 70
#define PAIN008_TEXT_MAX 140

struct pain008_collection {
	const char *end_to_end_id;
	int64_t amount_minor; /* euro cents */
	const char *mandate_reference;
	struct date signed_on;
	const char *debtor_name, *iban, *bic; /* bic may be NULL */
	const char *creditor_ref;             /* ISO 11649, or NULL: then `text` is sent */
	const char *text;
};

/* Collections of one scheme, sequence type and date. */
struct pain008_batch {
	const char *id;            /* PmtInfId */
	const char *instrument;    /* "CORE", "B2B" */
	const char *sequence_type; /* "FRST", "RCUR", "FNAL", "OOFF" */
	struct date collect_on;
	const struct pain008_collection *collections;
	size_t count;
};

struct pain008_file {
	const char *message_id;
	struct instant made_at;
	const char *creditor_name, *scheme_id, *iban, *bic; /* bic may be NULL */
	const struct pain008_batch *batches;
	size_t count;
};

/* Appends the file. Ask `to->full` afterwards. */
void pain008_write(const struct pain008_file *file, struct buf *to);

/* Appends `text` in SEPA's characters, at most `most` of them: letters lose their accents, other signs become '.'; no
 * slash at an end, none doubled; never nothing. */
void sepa_text_append(struct buf *to, const char *text, size_t most);

#endif
