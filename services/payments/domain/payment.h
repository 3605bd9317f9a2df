#ifndef PAYMENTS_PAYMENT_H
#define PAYMENTS_PAYMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/id.h"
#include "common/base/money.h"

/* One transaction on the bank account: a statement entry, or one of the transactions of a batch booking. This is what
 * is matched, booked and returned.
 *
 * Texts are UTF-8; one that the bank doesn't give is NULL. */

struct remitted_document {
	const char *number;
	int64_t amount_minor; /* what the payer says to pay on it; 0 where not said */
};

struct payment {
	struct id id;
	int64_t amount_minor; /* credit to the account positive, debit negative */
	struct currency currency;
	struct date booked_on, value_on;
	const char *const *pieces; /* unstructured remittance, as the bank cut it */
	size_t piece_count;
	const char *creditor_ref; /* structured reference */
	const struct remitted_document *documents;
	size_t document_count;
	const char *end_to_end_id, *mandate;
	const char *instruction; /* our own id of the order, or of the batch that it belongs to */
	const char *payer_name, *payer_iban;
	const char *ultimate_name;    /* for whom the payer says to pay */
	const char *transaction_code; /* "PMNT/RCDT/ESCT" */
	const char *return_reason;    /* "AC04"; NULL where nothing is returned */
	int64_t instructed_minor;     /* what the payer ordered, where the bank says it; else 0 */
	struct currency instructed_currency;
	int64_t charges_minor; /* what banks took of it on the way, where they say so; else 0 */
	struct currency charges_currency;
	bool reversal; /* the bank takes back an earlier booking */
};

/* A debit that takes an earlier credit back: the bank gives a reason, flags a reversal, or says so in its code. */
bool payment_is_return(const struct payment *payment);

/* What became of a payment. Moves: payment_may_become. */
enum payment_state {
	PAYMENT_ALLOCATED,    /* on invoices; a rest, if any, is the customer's unapplied cash */
	PAYMENT_SUGGESTED,    /* a proposal waits for a person; until then the cash is unapplied or unidentified */
	PAYMENT_UNAPPLIED,    /* the customer is known, an invoice is not */
	PAYMENT_UNIDENTIFIED, /* nobody knows whose money it is */
	PAYMENT_CLEARING,     /* no customer's business: fees, interest, wages, suppliers */
	PAYMENT_RETURN,       /* a debit that took an earlier payment back */
	PAYMENT_RETURNED,     /* such an earlier payment */
	PAYMENT_REFUND,       /* a debit that paid a refund out */
	PAYMENT_STATE_COUNT
};

/* "allocated" */
const char *payment_state_name(enum payment_state state);
MUST_USE struct err payment_state_find(const char *name, enum payment_state *state); /* ERR_INVALID "payment.state" */

/* The one table of moves after the first decision. */
bool payment_may_become(enum payment_state from, enum payment_state to);

#endif
