#ifndef PAYMENTS_NAMED_H
#define PAYMENTS_NAMED_H

#include "payments/domain/open_items.h"
#include "payments/domain/payment.h"
#include "payments/domain/remittance.h"

/* The items that one reading of a payment names, best source first. */

#define NAMED_MAX 200

struct named {
	struct open_item *items[NAMED_MAX];
	size_t count;
	bool structured;                          /* by a creditor reference or an RF reference */
	bool weak;                                /* by a number so short that it may be something else */
	bool doubtful;                            /* one number stands for several open items */
	struct open_item *abbreviated[NAMED_MAX]; /* named by the ends of their numbers only */
	size_t abbreviated_count;
	struct open_item *others[NAMED_MAX]; /* named by a lesser source, and not among `items` */
	size_t other_count;
};

void named_collect(struct arena *arena, const struct open_items *items, const struct payment *payment,
		   const struct reading *reading, struct named *named);

bool named_holds(const struct named *named, const struct open_item *item);

/* What is known of the payer: against, nothing, or for, the weakest first. */
enum witness {
	WITNESS_AGAINST, /* an account or the whole name of another customer, or a name with no likeness */
	WITNESS_SILENT,
	WITNESS_LIKE_NAME,
	WITNESS_NAME,   /* the whole name */
	WITNESS_NUMBER, /* the customer number in the text */
	WITNESS_MANDATE,
	WITNESS_ULTIMATE, /* the payer says that it is for that customer */
	WITNESS_ACCOUNT,
	WITNESS_COUNT
};

/* The payer says to pay for somebody else than this customer. */
bool pays_for_another(const struct open_items *items, const struct payment *payment, const struct customer *customer);

bool witness_for(enum witness witness);
const char *witness_words(enum witness witness); /* "the payer's account agrees"; "" for silent */

/* Does the payer speak for this customer's being the debtor? */
enum witness payer_witness(const struct open_items *items, const struct payment *payment, const struct reading *reading,
			   struct customer *customer);

/* Everybody who may be paying: by account, by a customer number in the text, by exactly that name. */
#define PAYERS_MAX 8

struct payers {
	struct customer *list[PAYERS_MAX];
	size_t count;
};

struct payers payers_collect(const struct open_items *items, const struct payment *payment,
			     const struct reading *reading);
void payers_add(struct payers *payers, struct customer *customer);

/* The one customer whose account pays, or NULL; *learned tells where that comes from. */
struct customer *payer_by_account(const struct open_items *items, const struct payment *payment, bool *learned);

#endif
