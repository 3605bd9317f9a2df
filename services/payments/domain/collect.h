#ifndef PAYMENTS_COLLECT_H
#define PAYMENTS_COLLECT_H

#include "common/base/arena.h"
#include "common/base/money.h"
#include "payments/domain/debit_return.h"
#include "payments/domain/mandate.h"

/* Which open items are collected, and as what. Pure: the items come in, a plan goes out. */

#define RUN_COLLECTIONS_MAX 20000              /* a file of some 20 MB */
#define COLLECT_AHEAD_DAYS_MAX 14              /* EPC016-06, 4.3.1: a bank takes no collection earlier */
#define COLLECT_MINOR_MAX INT64_C(99999999999) /* 999,999,999.99: the schemes' largest amount */
#define END_TO_END_BYTES (MANDATE_REFERENCE_BYTES_MAX + 1)

struct due_item {
	struct id id, customer;
	const char *number, *customer_number, *creditor_ref; /* creditor_ref may be NULL */
	struct currency currency;
	int64_t open_minor;
	struct date issued_on;
	bool disputed;
	struct mandate *mandate; /* NULL: the item names one that is not there */
	int attempts;            /* collections so far, the newest of them in last_state */
	enum collection_state last_state;
	struct date retry_on; /* of that one; DATE_NONE: not by itself */
};

/* One collection to be. */
struct planned {
	const struct due_item *item;
	const char *sequence_type;
	char end_to_end_id[END_TO_END_BYTES];
	int attempt;
};

struct collect_plan {
	struct date collect_on;
	struct planned *collections;
	size_t count;
	struct skipped {
		const struct due_item *item;
		struct err why;
	} * skipped;
	size_t skipped_count;
};

/* The day that stands in the file: the one asked for, moved on to a TARGET day that lies `lead_days` TARGET days ahead
 * of today. ERR_INVALID "debit.too_early" for a day more than 14 days ahead. */
MUST_USE struct err collect_date(struct date asked, struct date today, int lead_days, struct date *collect_on);

/* May this item be collected on that day? ERR_CONFLICT "item.disputed", "item.currency", "item.amount",
 * "item.being_collected", "item.came_back", "item.retry_later", "item.notice", "mandate.unknown", and those of
 * mandate_collectable. */
MUST_USE struct err collect_judge(const struct due_item *item, struct date collect_on, int notice_days);

/* Judges each item in turn and moves its mandate on, so that of several items of one mandate only the first is FRST. At
 * most RUN_COLLECTIONS_MAX are planned; the others wait for the next run. */
void collect_plan_make(struct arena *arena, const struct due_item *items, size_t count, struct date collect_on,
		       int notice_days, struct collect_plan *plan);

/* The invoice's number in SEPA's characters, and letters drawn from `id`, so that it never repeats, and reads as that
 * number on the debtor's statement. */
const char *end_to_end_make(const char *number, struct id id, char text[static END_TO_END_BYTES]);

#endif
