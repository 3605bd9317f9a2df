#ifndef NOTIFICATION_STORE_REPORT_H
#define NOTIFICATION_STORE_REPORT_H

#include "notification/domain/told.h"
#include "notification/store.h"

/* Lists, counts and invariants. */

struct list_ask {
	const char *creditor;
	const char *customer_number; /* "": all */
	enum reminder_state state;   /* REMINDER_NONE: all */
	struct id id;                /* zero: all */
	const char *after;           /* id of the last line before; "": from the start */
	int limit;
	bool done_too; /* tasks */
	bool by_risk;  /* tasks: what may be lost comes first; `after` is "" then */
};

/* By due time. ERR_INVALID "page.token". */
MUST_USE struct err reminders_list(struct db_tx *tx, const struct list_ask *ask, struct reminder_view **reminders,
				   size_t *count);

/* All but redis_ok. */
MUST_USE struct err queue_counts(struct db_tx *tx, const struct creditor *creditor, struct queue_view *queue);

MUST_USE struct err notification_checks(struct db_tx *tx, const struct creditor *creditor, struct check_view **checks,
					size_t *count);

/* A page token as a parameter; NULL where there is none. ERR_INVALID "page.token". */
MUST_USE struct err list_after(const char *after, struct db_param *param);

/* Texts that a statement joined by line breaks. */
void lines_split(struct arena *arena, const char *text, const char ***lines, size_t *count);

#endif
