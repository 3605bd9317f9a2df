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

/* Oldest first, or by what may be lost. */
MUST_USE struct err tasks_list(struct db_tx *tx, const struct list_ask *ask, struct task_view **tasks, size_t *count);

/* ERR_NOT_FOUND "task.unknown"; a task that is done stays as it was. */
MUST_USE struct err task_complete(struct db_tx *tx, const struct creditor *creditor, struct id id);

/* All but redis_ok. */
MUST_USE struct err queue_counts(struct db_tx *tx, const struct creditor *creditor, struct queue_view *queue);

MUST_USE struct err notification_checks(struct db_tx *tx, const struct creditor *creditor, struct check_view **checks,
					size_t *count);

/* Texts that a statement joined by line breaks. */
void lines_split(struct arena *arena, const char *text, const char ***lines, size_t *count);

#endif
