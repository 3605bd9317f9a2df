#ifndef PAYMENTS_REMITTANCE_H
#define PAYMENTS_REMITTANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "payments/domain/payment.h"

/* What a payer may have meant: the candidate references of a payment. Whether one of them is a number of ours, the
 * books decide; what is none there is nothing.
 *
 * A text is cut into runs of letters and runs of digits, and every window of neighbouring runs, written together in
 * upper case, is a candidate: so `inv 2025/000013`, `INV-2025-000013` and `...INV-2025-0000` + `13 THANK YOU` (cut by
 * the bank at 35 characters) all give INV2025000013, whatever the creditor's numbers look like. An RF reference is
 * recognised by its check digits. A chain of short digit runs behind a longer one (`INV-2025-000013/16/52`) gives
 * abbreviated candidates, whose end replaces the end of the full number.
 *
 * A bank that cuts pieces at 35 or 140 characters leaves open whether a word ends there: such a text has two readings.
 *
 * Limits: the first RUNS_MAX runs of a text count; a number has at most NUMBER_RUNS_MAX runs, NUMBER_BYTES_MAX letters
 * and digits, and NUMBER_DIGITS_MIN digits.
 * Source: ISO 11649:2009 (creditor reference); EPC 2009 (140 characters of unstructured remittance). */

#define RUNS_MAX 512
#define NUMBER_RUNS_MAX 8
#define NUMBER_BYTES_MAX 35
#define NUMBER_BYTES_MIN 4
#define NUMBER_DIGITS_MIN 3
#define ABBREVIATIONS_MAX 60 /* behind one number: 140 characters hold no more */

enum reference_source {
	SOURCE_STRUCTURED, /* the creditor reference field */
	SOURCE_DOCUMENT,   /* a document named in structured remittance */
	SOURCE_RF_TEXT,    /* an RF reference in free text */
	SOURCE_END_TO_END,
	SOURCE_TEXT,
	SOURCE_ABBREVIATED
};

struct reference {
	enum reference_source source;
	const char *key;         /* letters and digits, upper case */
	unsigned long long hash; /* of the key (text_hash_quick) */
	int from, to;            /* the runs that it covers, `to` not included */
	/* SOURCE_ABBREVIATED: the full number it hangs on, its place behind that, and the digits as written. */
	const char *base, *end;
	int place;
	const char *padded;        /* the end filled up with zeros instead; NULL where that is the same */
	bool no_item, no_customer; /* known not to be a key of any: whoever looks one up may leave it out */
	bool whole;                /* as long as what it replaces: a date behind the number looks the same */
};

struct reading {
	struct reference *references;
	size_t count;
	bool cut; /* the text fills its last piece: more may have followed */
};

struct remittance {
	struct reading readings[2]; /* the likelier one first */
	int reading_count;
};

void remittance_read(struct arena *arena, const struct payment *payment, struct remittance *remittance);

/* Every key that a remittance may need to look up, appended to an arena array; duplicates are left in. */
void remittance_keys(struct arena *arena, const struct remittance *remittance, const char ***keys, size_t *count);

#endif
