#ifndef PAYMENTS_MANDATE_H
#define PAYMENTS_MANDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/id.h"

/* A debtor's permission to be debited. Sources: EPC016-06 (SDD Core rulebook) and EPC222-07 (SDD B2B rulebook), chapter
 * 4: one reference a mandate, sequence types FRST, RCUR, FNAL and OOFF, cancelled after 36 months without a
 * collection. */

#define MANDATE_UNUSED_MONTHS_MAX 36
#define MANDATE_REFERENCE_BYTES_MAX 35
#define CORE_REFUND_DAYS 56 /* 8 weeks after the debit, without a reason */
#define B2B_RETURN_TARGET_DAYS 3

enum debit_scheme { SCHEME_CORE, SCHEME_B2B, SCHEME_COUNT };
enum mandate_state { MANDATE_ACTIVE, MANDATE_BLOCKED, MANDATE_CANCELLED, MANDATE_LAPSED, MANDATE_USED, MANDATE_COUNT };

/* What happens to a mandate. */
enum mandate_event {
	MANDATE_CANCEL,   /* the debtor revoked it */
	MANDATE_RELEASE,  /* a person says that the reason for the block is gone */
	MANDATE_FINISH,   /* a person says that its next collection is the last */
	MANDATE_BLOCK,    /* the bank gave a reason that the next collection would run into */
	MANDATE_LAPSE,    /* 36 months without a collection */
	MANDATE_USE_UP,   /* its one or last collection was ordered */
	MANDATE_GIVE_BACK /* that collection was rejected before any money came */
};

struct mandate {
	struct id id, customer;
	const char *reference, *customer_number, *debtor_name, *iban, *bic; /* bic may be NULL */
	enum debit_scheme scheme;
	bool one_off, final;
	struct date signed_on, last_collected_on; /* DATE_NONE: never */
	enum mandate_state state;
	const char *reason; /* why blocked, or NULL */
	int collections;    /* ordered, and not rejected before money came */
};

const char *debit_scheme_name(enum debit_scheme scheme); /* "core", "b2b" */
MUST_USE struct err debit_scheme_find(const char *name, enum debit_scheme *scheme);
const char *mandate_state_name(enum mandate_state state); /* "active" */
MUST_USE struct err mandate_state_find(const char *name, enum mandate_state *state);

/* Fields that a mandate must have to be sent: reference and name in SEPA's characters, IBAN with right check digits,
 * a signature that lies not in the future. ERR_INVALID "mandate.reference", "mandate.iban", "mandate.debtor_name",
 * "mandate.signed_on". */
MUST_USE struct err mandate_check(const struct mandate *mandate, struct date today);

/* The one way in which a mandate changes its state: `reason` is kept while it is blocked. ERR_CONFLICT "mandate.state"
 * where there is no such move; a move that changes nothing (blocked again) is none. */
MUST_USE struct err mandate_move(struct mandate *mandate, enum mandate_event event, const char *reason);

/* "FRST", "RCUR", "FNAL" or "OOFF" of the next collection. */
const char *mandate_sequence_type(const struct mandate *mandate);

/* The last day on which it may be collected from. */
struct date mandate_valid_until(const struct mandate *mandate);

/* May a collection be made on that day? ERR_CONFLICT "mandate.blocked", "mandate.cancelled", "mandate.lapsed",
 * "mandate.used", "mandate.not_signed_yet". */
MUST_USE struct err mandate_collectable(const struct mandate *mandate, struct date collect_on);

/* A collection was ordered: counts it, and uses the mandate up where it was the only or last one. */
MUST_USE struct err mandate_collected(struct mandate *mandate, struct date collect_on);

/* That collection was rejected before any money came: it doesn't count, so that the next is a first one again. */
void mandate_uncollected(struct mandate *mandate);

/* Until when the debtor (Core: 8 weeks) or the debtor's bank (B2B: 3 TARGET days) takes money back without our
 * consent. An unauthorised Core collection can be taken back for 13 months. */
struct date debit_reversible_until(enum debit_scheme scheme, struct date settled_on);

/* A SEPA creditor identifier: country, two check digits (ISO 7064 mod 97-10 over the rest, without the three characters
 * of the business code), business code, national part. Source: EPC262-08. */
bool creditor_identifier_valid(const char *text);

/* Only characters that every bank in SEPA takes (EPC217-08), no slash at an end, none doubled, 1 to `most` bytes. */
bool sepa_text_valid(const char *text, size_t most);

#endif
