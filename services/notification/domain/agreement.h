#ifndef NOTIFICATION_AGREEMENT_H
#define NOTIFICATION_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/money.h"

/* What a debtor has agreed to pay, and when: a promise is an agreement of one instalment, a plan one of several. While
 * it stands, the ladder leaves its invoices alone; nobody decides by hand whether it was kept.
 *
 * Source: the practice guides' "promise to pay", and lesson 6: a broken promise has a date, an amount and a
 * consequence, or it is worth nothing. */

#define AGREEMENT_INSTALMENTS_MAX 60
#define AGREEMENT_DAYS_MAX 1830 /* from today to the last instalment: five years */

enum agreement_kind { AGREEMENT_NONE, AGREEMENT_PROMISE, AGREEMENT_PLAN, AGREEMENT_KIND_COUNT };

/* The numbers are those of the contract. */
enum agreement_state {
	AGREEMENT_UNKNOWN,
	AGREEMENT_PROPOSED, /* a plan that the debtor has not accepted: suspends nothing */
	AGREEMENT_STANDS,
	AGREEMENT_KEPT,
	AGREEMENT_BROKEN,
	AGREEMENT_CANCELLED,
	AGREEMENT_STATE_COUNT
};

struct instalment {
	struct date due_on;
	int64_t amount_minor;
};

struct agreement {
	const struct instalment *instalments; /* by due date */
	size_t count;
	int grace_days; /* after a due date: money travels, statements come a day later */
};

/* One instalment at least, in the order of their dates, none due before `today`, each of some amount, together at most
 * `owed_minor`. ERR_INVALID or ERR_RANGE "agreement.…". */
MUST_USE struct err agreement_check(enum agreement_kind kind, const struct agreement *agreement, int64_t owed_minor,
				    struct date today);

int64_t agreement_total_minor(const struct agreement *agreement);

/* What must have come in by `today`, the grace days counted. */
int64_t agreement_expected_minor(const struct agreement *agreement, struct date today);

/* What a message proposes for a debt: equal instalments a month apart, the cents with the first. */
#define AGREEMENT_PROPOSED_INSTALMENTS 3
#define AGREEMENT_PROPOSED_FIRST_DAYS 8 /* from today */
#define AGREEMENT_PROPOSED_EVERY_DAYS 30
void agreement_propose(int64_t amount_minor, struct date today,
		       struct instalment instalments[static AGREEMENT_PROPOSED_INSTALMENTS]);

/* AGREEMENT_KEPT as soon as all of it came in, or nothing of what it covers is open any more; AGREEMENT_BROKEN on the
 * first day after the grace of an instalment that is not wholly there; AGREEMENT_STANDS otherwise. */
enum agreement_state agreement_judge(const struct agreement *agreement, int64_t paid_minor, int64_t still_open_minor,
				     struct date today);

/* The last day on which it may suspend the ladder. */
struct date agreement_last_day(const struct agreement *agreement);

/* "promise", "plan"; "proposed", "stands", "kept", "broken", "cancelled". */
const char *agreement_kind_name(enum agreement_kind kind);
enum agreement_kind agreement_kind_find(const char *name);
const char *agreement_state_name(enum agreement_state state);
enum agreement_state agreement_state_find(const char *name);

#endif
