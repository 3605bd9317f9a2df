#include "notification/store_debit_task.h"

static const struct db_stmt ADD = DB_STMT(
	"notification_debit_task_add",
	"INSERT INTO notification.task (creditor, id, kind, customer, customer_number, currency, amount_minor, note, "
	"made_at, invoice_number) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING 1");

struct err debit_task_add(struct db_tx *tx, const struct creditor *creditor, const struct task_view *task,
			  struct id customer, bool *added)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &ADD,
		     DB_PARAMS(db_text(creditor->letter.code), db_id(task->id), db_text(task->kind), db_id(customer),
			       db_text(task->customer_number), db_text(task->currency), db_int(task->amount_minor),
			       db_text(task->note), db_time(task->made_at), db_text(task->invoices[0])),
		     &rows));
	*added = rows.count > 0;
	return OK;
}
