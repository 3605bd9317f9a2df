#ifndef NOTIFICATION_TOLD_H
#define NOTIFICATION_TOLD_H

#include "common/base/id.h"
#include "notification/domain/policy.h"
#include "notification/domain/reminder.h"

/* What this service tells others: the shapes in which reminders, cases and tasks leave it, by rpc and by event. */

struct case_event {
	struct id id, customer;
	const char *customer_number, *currency, *reason;
	int64_t amount_minor;
};

struct hold_event {
	struct id dunning_case, reminder, customer;
	const char *customer_number, *currency;
	int64_t amount_minor;
	int days_past_due;
};

struct reminder_view {
	struct id id, dunning_case, customer;
	const char *customer_number, *customer_name, *currency, *step, *reason, *recipient, *message_id;
	enum policy_channel channel;
	enum reminder_state state;
	struct date effective_on;
	struct instant due_at, done_at;
	const char **invoices;
	size_t invoice_count;
	int64_t amount_minor;
	int attempt, policy_version;
};

struct task_view {
	struct id id;
	const char *kind, *customer_number, *customer_name, *currency, *note, *phone;
	const char **invoices;
	size_t invoice_count;
	int64_t amount_minor;
	struct instant made_at, done_at;
};

/* A reminder that would be sent. */
struct preview_view {
	struct date on;
	const char *customer_number, *customer_name, *step, *recipient, *currency, *why;
	enum policy_channel channel;
	const char **invoices;
	size_t invoice_count;
	int64_t amount_minor;
	bool scheduled;
};

struct queue_view {
	int64_t states[REMINDER_STATE_COUNT];
	int64_t pending_due, open_tasks, open_cases;
	struct instant now, next_due_at;
	bool redis_ok;
};

struct check_view {
	const char *name, *detail;
	bool ok;
	int64_t checked;
};

#endif
