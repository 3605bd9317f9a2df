#ifndef NOTIFICATION_POLICY_H
#define NOTIFICATION_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/base/money.h"
#include "notification/domain/calendar.h"

/* A dunning policy: the steps in which a creditor reminds, and when it does not. Written as YAML (policy_file.h),
 * stored by version. Policies and their texts live in the arena they were read into. */

#define POLICY_STEPS_MAX 32        /* the default ladder has 9 */
#define POLICY_AMOUNTS_MAX 32      /* of one list: one a currency */
#define POLICY_OFFSET_DAYS_MAX 366 /* either side of the anchor */
#define POLICY_EVERY_DAY 0x7FU
#define POLICY_MONDAY_TO_FRIDAY 0x1FU
#define POLICY_NAME_BYTES_MAX 40 /* step and template names: letters, digits and _ */

enum policy_anchor {
	ANCHOR_ISSUED,    /* days after the invoice's date: a note on single invoices */
	ANCHOR_DELIVERED, /* days after its delivery, where that is known: a note too */
	ANCHOR_DUE,       /* days after the due date; below zero: before it. policy_file turns "previous" into it: the
			   * ladder keeps the distance between two steps from the day on which the first really left */
	ANCHOR_PAID,      /* after a payment: in no policy's list, see policy_told_step */
};

/* The numbers are those of the contract. */
enum policy_channel {
	CHANNEL_NONE = 0,
	CHANNEL_MAIL = 1,
	CHANNEL_TASK = 2,
	CHANNEL_INTERNAL_MAIL = 3,
	CHANNEL_HOLD = 4,
	CHANNEL_FILE = 5,
	CHANNEL_LETTER = 6,
	CHANNEL_SMS = 7,
	CHANNEL_COUNT
};

#define POLICY_THANKS_LEAST 3          /* fewer invoices show no habit */
#define POLICY_CONDITION_VALUES_MAX 16 /* of one list */

/* Words that a customer's value must be one of; none: any. */
struct policy_words {
	const char **words;
	size_t count;
};

/* Amounts by currency; one that is not listed has none. */
struct policy_amounts {
	struct policy_amount {
		struct currency currency;
		int64_t minor;
	} * items;
	size_t count;
};

/* Whom something is for. */
struct policy_selector {
	struct policy_words risk_classes, segments, languages, currencies, countries;
	int line; /* where the file names it; 0: nowhere, it is for everybody */
};

/* A step whose conditions do not hold for a customer is passed over; the ladder goes on with the next. */
struct policy_conditions {
	struct policy_selector who;
	struct policy_amounts minimums; /* of what is asked for */
	bool contact_exists;            /* else a step that mails falls back on a letter, or becomes a task */
	bool delivery_proof; /* the step waits until each invoice's delivery is proved: somebody has a task */
};

struct policy_step {
	const char *name;     /* "first_notice"; unique in its policy */
	const char *template; /* folder member of deploy/templates/<language>; where policy_step_words */
	enum policy_anchor anchor;
	int offset_days; /* after the anchor; negative is before it */
	enum policy_channel channel;
	bool business; /* offset_days counts Monday to Friday without the holidays of the debtor's country */
	bool propose_plan, offer_mediation, thanks; /* what the template may say, and what follows */
	bool cash_only; /* the credit service is asked to deliver against cash only until all is paid */
	bool court;     /* the file is for a court, not for an agency */
	struct policy_conditions conditions;
	struct policy_amounts fees; /* charged with the step, as a document of its own; never to consumers */
	bool charges;               /* states late interest and fixed compensation */
	bool letter;                /* a registered letter: the step's own, or one beside its mail */
	bool statement;             /* a statement of account goes with a mail whose invoices have no documents here */
	int line;                   /* where the file names it */
};

struct policy {
	const char *name;
	int version;                /* of the creditor's; 0: not stored */
	struct policy_selector who; /* of several that fit a customer, the one that names more criteria */
	int sending_minute;         /* of the local day from which reminders leave: 540 is 09:00 */
	int sending_until_minute;   /* a step caught up later than this waits for the next day */
	unsigned sending_days;      /* bit 0 Monday … bit 6 Sunday */
	int bank_feed_max_age_days; /* a ladder step waits while the newest statement is older; 0: never waits */
	int note_grace_days;        /* a note on single invoices missed by more days is not sent any more */
	int contacts_per_week;      /* over all channels and invoices of a customer; 0: no cap. Never two on one day */
	int thanks_after;   /* so many invoices on end that were paid on time, a customer is thanked; 0: never */
	bool skip_holidays; /* nothing leaves on a holiday of the debtor's country */
	int post_days; /* that a letter takes: notes wait for the invoice, and leave sooner; 0: no note goes by post */
	int promise_grace_days; /* after a promised date, before the promise counts as broken */
	struct policy_amounts minimums;
	bool letter_without_mail; /* a customer without a mail address gets letters, where there is a postal address */
	const struct policy_step *steps; /* notes first, then the ladder, in the order of their offsets */
	size_t step_count;
	const struct calendar *calendar; /* NULL: no holidays are known */
};

/* The policies that a creditor has in force. */
struct policy_set {
	struct policy *items; /* those that name more criteria first; the last is for everybody */
	size_t count;
};

struct position;

/* The policy for the debtor of this position: of those that fit, the one that names the most criteria. */
const struct policy *policy_choose(const struct policy_set *set, const struct position *position);

/* One of the set that could not be told from `policy` for some customer: another name, as many criteria, and no
 * criterion that parts them. NULL: none. */
const struct policy *policy_ambiguous(const struct policy_set *set, const struct policy *policy);

/* The set as it will be with `policy` in place of the one of its name, or of the one for everybody. */
void policy_set_put(struct arena *arena, const struct policy_set *set, const struct policy *policy,
		    struct policy_set *made);

/* True where the step's conditions hold for a debtor of this position who is asked for `amount_minor`. */
bool policy_step_applies(const struct policy_step *step, const struct position *position, int64_t amount_minor);

/* True where `who` names nothing that the debtor of this position is not. */
bool policy_selector_fits(const struct policy_selector *who, const struct position *position);

/* How many criteria it names. */
int policy_selector_criteria(const struct policy_selector *who);

/* True where a debtor may exist whom both fit. */
bool policy_selectors_overlap(const struct policy_selector *a, const struct policy_selector *b);

/* How the step reaches this debtor: by its channel, or by letter where no mail can. */
enum policy_channel policy_step_channel(const struct policy *policy, const struct policy_step *step,
					const struct position *position);

/* The step `name` as it was planned, by `channel`; NULL where the policy has none. "correction", "part_correction" and
 * "thanks" tell a customer about what has been paid: they belong to every policy and to no ladder. */
bool policy_tells(const char *step); /* one of those */
const struct policy_step *policy_planned_step(struct arena *arena, const struct policy *policy, const char *name,
					      enum policy_channel channel);

/* The day on which a step falls that is anchored on `base`. */
struct date policy_step_day(const struct policy *policy, const struct policy_step *step, const char *country,
			    struct date base);

/* The same of a note to the debtor of this position. Who has no mail address got the invoice by post: a check of its
 * receipt waits for the post; a note that goes by letter leaves so much earlier. */
struct date policy_note_day(const struct policy *policy, const struct policy_step *step,
			    const struct position *position, struct date base);

/* The days by which the post moves it: 0 for who has a mail address. */
int policy_note_post_days(const struct policy *policy, const struct policy_step *step, const struct position *position);

/* The step's offset in calendar days, for what compares steps. */
int policy_step_calendar_days(const struct policy_step *step);

/* A step before or without lateness informs about single invoices and belongs to no ladder. */
static inline bool policy_step_is_note(const struct policy_step *step)
{
	return step->anchor == ANCHOR_ISSUED || step->anchor == ANCHOR_DELIVERED || step->offset_days < 0;
}

static inline bool policy_step_tells(const struct policy_step *step)
{
	return step->anchor == ANCHOR_PAID;
}

/* True where the step says something that a template words, to somebody whose address is known. */
static inline bool policy_step_words(const struct policy_step *step)
{
	return step->channel == CHANNEL_MAIL || step->channel == CHANNEL_INTERNAL_MAIL ||
	       step->channel == CHANNEL_LETTER || step->channel == CHANNEL_SMS;
}

/* True where the step reaches the debtor; the others tell our own people or services. */
static inline bool policy_step_contacts(const struct policy_step *step)
{
	return step->channel == CHANNEL_MAIL || step->channel == CHANNEL_TASK || step->channel == CHANNEL_LETTER ||
	       step->channel == CHANNEL_SMS;
}

/* 0 where none is named for the currency. */
int64_t policy_amount_minor(const struct policy_amounts *amounts, struct currency currency);

/* The fee that the step charges a debtor of this position; 0: none. */
int64_t policy_step_fee_minor(const struct policy_step *step, const struct position *position);

/* NULL where there is none. */
const struct policy_step *policy_step_find(const struct policy *policy, const char *name);

/* What no single value shows: unique names, order of the ladder, no two contacts on one offset. The step at fault is
 * *at. ERR_INVALID "policy.…". */
MUST_USE struct err policy_check(const struct policy *policy, const struct policy_step **at);

/* "monday" for 0 … "sunday" for 6. */
const char *policy_day_name(unsigned day);

/* "mail" …; CHANNEL_NONE where there is no such channel. */
const char *policy_channel_name(enum policy_channel channel);
enum policy_channel policy_channel_find(const char *name);

#endif
