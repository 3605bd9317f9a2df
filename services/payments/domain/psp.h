#ifndef PAYMENTS_PSP_H
#define PAYMENTS_PSP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/money.h"

/* A payment at a payment service provider, put together from events that come in any order and more than once. What
 * counts is the sum of what is known, never which event came last. */

enum psp_provider { PSP_STRIPE, PSP_GOCARDLESS, PSP_PROVIDER_COUNT };

/* In the order in which they win where two events bear the same time. */
enum psp_standing {
	PSP_ANNOUNCED,    /* known, and nothing has come of it */
	PSP_FAILED,       /* no money, or not after all */
	PSP_PAID,         /* the provider has the money */
	PSP_PAID_OUT,     /* and has paid it out to the bank account */
	PSP_CHARGED_BACK, /* the payer's bank took it back */
	PSP_REINSTATED,   /* a chargeback won or withdrawn */
	PSP_STANDING_COUNT
};

/* One refund or dispute of a payment, of which there may be several. */
enum psp_part_kind { PSP_NO_PART, PSP_REFUND, PSP_DISPUTE };

struct psp_part {
	enum psp_part_kind kind;
	const char *id;
	int64_t amount_minor;
	bool holds; /* the money is away: the refund did not fail, the dispute was not won */
};

/* What an event says of a mandate, if it is about one. */
enum psp_mandate { PSP_NO_MANDATE, PSP_MANDATE_ENDS, PSP_MANDATE_HOLDS };

/* What an event says of money that the provider sends to the bank account, if it is about that. */
enum psp_payout_state { PSP_NO_PAYOUT, PSP_PAYOUT_ANNOUNCED, PSP_PAYOUT_PAID, PSP_PAYOUT_FAILED, PSP_PAYOUT_STATES };

struct psp_payout {
	enum psp_provider provider;
	const char *id;
	int64_t amount_minor; /* what arrives */
	int64_t fee_minor;    /* what the provider kept; 0: not told */
	struct currency currency;
};

/* Does the statement's entry of that amount say that it is this payout: by its id, or by the provider's name? */
bool psp_payout_named(const struct psp_payout *payout, const char *words);

struct psp_event {
	const char *id, *type; /* "evt_1…", "payment_intent.succeeded" */
	struct instant at;     /* by the provider */
	const char *object_id; /* the provider's payment or mandate; NULL: concerns none, is only kept */
	enum psp_mandate mandate;
	bool tells_standing;
	enum psp_standing standing;
	int64_t amount_minor;   /* 0: not told */
	int64_t refunded_minor; /* in all so far; 0: not told */
	struct currency currency;
	const char *reference, *payer_name; /* what names the invoice; NULL: not told */
	struct psp_part part;
	enum psp_payout_state payout; /* object_id is the payout's then */
	int64_t fee_minor;            /* of a payout; 0: not told */
};

struct psp_payment {
	enum psp_provider provider;
	const char *object_id;
	enum psp_standing standing;
	struct instant standing_at;
	int64_t amount_minor;                                        /* 0: not known yet */
	int64_t refunded_minor;                                      /* as the payment itself tells, in all */
	int64_t refunds_minor, failed_refunds_minor, disputed_minor; /* sums of its parts */
	struct currency currency;
	const char *reference, *payer_name; /* may be NULL */
	struct date paid_on;                /* DATE_NONE: never */
	int64_t booked_minor;               /* what of it stands in the books */
	int bookings;                       /* how often it was booked, for references that never repeat */
};

const char *psp_provider_name(enum psp_provider provider); /* "stripe" */
MUST_USE struct err psp_provider_find(const char *name, enum psp_provider *provider);
const char *psp_standing_name(enum psp_standing standing); /* "paid" */
MUST_USE struct err psp_standing_find(const char *name, enum psp_standing *standing);

/* A payment of which nothing is known. */
struct psp_payment psp_payment_make(enum psp_provider provider, const char *object_id);

/* Adds what an event tells. Order and repetition don't matter. */
void psp_payment_learn(struct psp_payment *payment, const struct psp_event *event);

/* What should stand in the books: the amount less what was refunded and what is disputed, while the money counts as
 * paid; else 0. A dispute that tells no amount is about all of it. */
int64_t psp_payment_due_minor(const struct psp_payment *payment);

#endif
