#ifndef NOTIFICATION_STORE_TASK_H
#define NOTIFICATION_STORE_TASK_H

#include "notification/store_report.h"

/* Work for people. Of the tasks that ask for the same of a customer (to call, then to hand the claim to an agency, then
 * to take it to court; to post a letter; to find an address) the newest stands, and closes the older ones. */

struct task_new {
	const struct reminder_view *reminder;
	struct task_view task;
	bool added;
};

/* Once a reminder and kind: a repeat changes nothing and tells nobody. */
MUST_USE struct err tasks_add(struct db_tx *tx, const struct creditor *creditor, struct task_new *tasks, size_t count);

/* What stood in the way of these reminders, which have left, is done with. */
MUST_USE struct err tasks_end_of(struct db_tx *tx, const struct creditor *creditor, const struct id *reminders,
				 size_t count);

/* Oldest first, or by what may be lost; open ones with what is owed today of their invoices. A task whose invoices are
 * all paid, covered or disputed is over, unless a message waits to be read; where the payment is taken back, it is
 * there again. ERR_INVALID "page.token". */
MUST_USE struct err tasks_list(struct db_tx *tx, const struct list_ask *ask, struct task_view **tasks, size_t *count);
MUST_USE struct err tasks_count_open(struct db_tx *tx, const struct creditor *creditor, int64_t *count);

/* ERR_NOT_FOUND "task.unknown"; a task that is done stays as it was. */
MUST_USE struct err task_complete(struct db_tx *tx, const struct creditor *creditor, struct id id);

#endif
