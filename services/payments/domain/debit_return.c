#include "payments/domain/debit_return.h"

#include "common/base/check.h"
#include "common/base/text.h"

static const struct return_reason REASONS[] = {
	{ "AC01", "the account number is wrong", RETURN_BLOCK },
	{ "AC02", "the debtor's account number is wrong", RETURN_BLOCK },
	{ "AC03", "the creditor's account number is wrong", RETURN_PERSON },
	{ "AC04", "the account is closed", RETURN_BLOCK },
	{ "AC06", "the account is blocked", RETURN_BLOCK },
	{ "AC13", "a consumer's account, which cannot be debited under B2B", RETURN_BLOCK },
	{ "AG01", "this account may not be debited", RETURN_BLOCK },
	{ "AG02", "the operation code or sequence type is wrong", RETURN_PERSON },
	{ "AM02", "the amount is larger than allowed", RETURN_PERSON },
	{ "AM04", "not enough money on the account", RETURN_RETRY },
	{ "AM05", "a duplicate", RETURN_PERSON },
	{ "AM09", "another amount than agreed", RETURN_PERSON },
	{ "ARDT", "already returned", RETURN_PERSON },
	{ "BE01", "the account is not the debtor's", RETURN_BLOCK },
	{ "BE04", "the creditor's address is missing", RETURN_PERSON },
	{ "BE05", "the creditor or its identifier is not known", RETURN_PERSON },
	{ "BE06", "the debtor is not known", RETURN_BLOCK },
	{ "CNOR", "the creditor's bank is not registered for this scheme", RETURN_PERSON },
	{ "CUST", "asked for by the customer", RETURN_PERSON },
	{ "DNOR", "the debtor's bank is not registered for this scheme", RETURN_BLOCK },
	{ "DS02", "not authorised by the right person", RETURN_BLOCK },
	{ "DT01", "the date is wrong", RETURN_PERSON },
	{ "DUPL", "a duplicate", RETURN_PERSON },
	{ "ED01", "the correspondent bank cannot do it", RETURN_PERSON },
	{ "ED05", "settlement failed", RETURN_RETRY },
	{ "FF01", "the file's format is wrong", RETURN_PERSON },
	{ "FF05", "the type of direct debit is wrong", RETURN_PERSON },
	{ "FOCR", "returned after our own request to cancel", RETURN_PERSON },
	{ "FRAD", "fraud is suspected", RETURN_BLOCK },
	{ "LEGL", "a decision of the law", RETURN_BLOCK },
	{ "MD01", "no valid mandate: unauthorised", RETURN_BLOCK },
	{ "MD02", "data of the mandate are missing or wrong", RETURN_PERSON },
	{ "MD05", "collected though nothing was due", RETURN_PERSON },
	{ "MD06", "the debtor asks for a refund", RETURN_BLOCK },
	{ "MD07", "the debtor has died", RETURN_BLOCK },
	{ "MD16", "the mandate is cancelled", RETURN_BLOCK },
	{ "MD17", "the mandate was amended; the new data are missing", RETURN_PERSON },
	{ "MS02", "refused by the debtor", RETURN_BLOCK },
	{ "MS03", "the bank does not say why", RETURN_PERSON },
	{ "NARR", "see the bank's words", RETURN_PERSON },
	{ "RC01", "the bank's identification is wrong", RETURN_BLOCK },
	{ "RF01", "the reference is not unique", RETURN_PERSON },
	{ "RR01", "account or identification missing for the regulator", RETURN_PERSON },
	{ "RR02", "the debtor's name or address is missing for the regulator", RETURN_PERSON },
	{ "RR03", "the creditor's name or address is missing for the regulator", RETURN_PERSON },
	{ "RR04", "a regulatory reason", RETURN_PERSON },
	{ "SL01", "the debtor's bank has locked the account for this creditor", RETURN_BLOCK },
	{ "SVNR", "the service was not rendered", RETURN_PERSON },
	{ "TECH", "a technical fault", RETURN_RETRY },
	{ "TM01", "it came after the bank's cut-off", RETURN_RETRY },
};

static const struct return_reason UNKNOWN = { "", "a reason that is not in the code list", RETURN_PERSON };
static const struct return_reason NOT_GIVEN = { "", "the bank gives no reason", RETURN_PERSON };

static const char *const ACTIONS[RETURN_ACTION_COUNT] = { "retry", "person", "block" };
static const char *const STATES[COLLECTION_STATE_COUNT] = { "ordered", "accepted", "settled", "rejected", "returned" };

static const struct {
	enum collection_state from, to;
	const char *sentence;
} MOVES[] = {
	{ COLLECTION_ORDERED, COLLECTION_ACCEPTED, "the bank has checked it" },
	{ COLLECTION_ORDERED, COLLECTION_SETTLED, "the money came" },
	{ COLLECTION_ORDERED, COLLECTION_REJECTED, "refused before any money came" },
	{ COLLECTION_ORDERED, COLLECTION_RETURNED, "taken back in the statement that would have brought it" },
	{ COLLECTION_ACCEPTED, COLLECTION_SETTLED, "the money came" },
	{ COLLECTION_ACCEPTED, COLLECTION_REJECTED, "refused after all, before any money came" },
	{ COLLECTION_ACCEPTED, COLLECTION_RETURNED, "taken back in the statement that would have brought it" },
	{ COLLECTION_REJECTED, COLLECTION_SETTLED,
	  "the bank books the whole file first, and takes back what it rejected" },
	{ COLLECTION_REJECTED, COLLECTION_RETURNED, "reported, then taken back on the statement" },
	{ COLLECTION_SETTLED, COLLECTION_RETURNED, "the bank took it back" },
};

const struct return_reason *return_reason_find(const char *code)
{
	for (size_t i = 0; i < sizeof REASONS / sizeof REASONS[0]; i++)
		if (text_equal(REASONS[i].code, code))
			return &REASONS[i];
	return text_empty(code) ? &NOT_GIVEN : &UNKNOWN;
}

const char *return_action_name(enum return_action action)
{
	CHECK(action < RETURN_ACTION_COUNT);
	return ACTIONS[action];
}

struct debit_verdict debit_judge(const struct return_reason *reason, int attempt, struct date came_back_on,
				 int retry_days)
{
	struct debit_verdict verdict = { .action = reason->action, .retry_on = DATE_NONE };

	if (reason->action != RETURN_RETRY)
		return verdict;
	if (attempt >= DEBIT_ATTEMPTS_MAX)
		verdict.action = RETURN_PERSON;
	else
		verdict.retry_on = date_add_days(came_back_on, retry_days);
	return verdict;
}

const char *collection_state_name(enum collection_state state)
{
	CHECK(state < COLLECTION_STATE_COUNT);
	return STATES[state];
}

struct err collection_state_find(const char *name, enum collection_state *state)
{
	for (int i = 0; i < COLLECTION_STATE_COUNT; i++)
		if (text_equal(STATES[i], name)) {
			*state = (enum collection_state)i;
			return OK;
		}
	return ERR(ERR_INVALID, "collection.state_name", "state", "there is no such state of collections");
}

struct err collection_move(enum collection_state *state, enum collection_state to)
{
	for (size_t i = 0; i < sizeof MOVES / sizeof MOVES[0]; i++)
		if (MOVES[i].from == *state && MOVES[i].to == to) {
			*state = to;
			return OK;
		}
	return ERR(ERR_CONFLICT, "collection.state", NULL, "the collection's state does not allow this");
}
