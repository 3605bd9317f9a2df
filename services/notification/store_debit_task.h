#ifndef NOTIFICATION_STORE_DEBIT_TASK_H
#define NOTIFICATION_STORE_DEBIT_TASK_H

#include "notification/store_report.h"

/* A task about one invoice, without a reminder. A repeat changes nothing: *added is then false. */
MUST_USE struct err debit_task_add(struct db_tx *tx, const struct creditor *creditor, const struct task_view *task,
				   struct id customer, bool *added);

#endif
