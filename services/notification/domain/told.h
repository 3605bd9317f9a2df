#ifndef NOTIFICATION_TOLD_H
#define NOTIFICATION_TOLD_H

#include "common/base/id.h"
#include "notification/domain/agreement.h"
#include "notification/domain/claim_file.h"
#include "notification/domain/letter.h"
#include "notification/domain/policy.h"
#include "notification/domain/position.h"
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
	const char *reason; /* "promise_broken"; NULL: a step of the ladder */
};

struct terms_event {
	struct id customer;
	const char *customer_number, *currency;
	size_t on_time; /* invoices on end */
};

struct agreement_view {
	struct id id, customer;
	struct id reminder; /* that proposed it; zero: a person made it */
	enum agreement_kind kind;
	enum agreement_state state;
	const char *customer_number, *customer_name, *made_by;
	struct currency currency;
	struct agreement terms;
	int64_t paid_minor;
	const char **invoices;
	size_t invoice_count;
	struct instant made_at, ended_at;
};

struct pause_view {
	struct id id;
	enum position_pause kind;
	const char *customer_number, *customer_name, *reason, *made_by, *end_reason;
	const char **invoices; /* none: the whole customer */
	size_t invoice_count;
	struct date until;
	struct instant made_at, ended_at;
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
	const char *risk_class; /* tasks_list only, with the next: NULL where nobody has scored the customer */
	int64_t at_risk_minor;  /* what may be lost of the amount: for a ranking */
	const char *done_note;  /* tasks_list only: why it is over, where nobody marked it as done */
	const char **invoices;
	size_t invoice_count;
	int64_t amount_minor;
	struct instant made_at, done_at;
};

/* A version of a policy. */
struct policy_view {
	int version;
	const char *name, *who;
	bool in_force;
	size_t steps;
	struct instant applied_at, retired_at;
	int64_t open_cases;
};

/* A reminder that would be sent. */
struct preview_view {
	struct date on, effective_on; /* effective_on: of scheduled ones, the day that the policy asked for */
	const char *customer_number, *customer_name, *step, *recipient, *currency, *why;
	const char *change; /* since the outlook of a day before: "new", "moved from …"; "" where nothing has */
	struct id customer;
	enum policy_channel channel;
	const char **invoices;
	size_t invoice_count;
	int64_t amount_minor;
	bool scheduled;
	bool contacts; /* it reaches the debtor */
};

struct queue_view {
	int64_t states[REMINDER_STATE_COUNT];
	int64_t pending_due, open_tasks, open_cases;
	struct instant now, next_due_at;
	bool redis_ok;
};

/* Two policies side by side: what each would send. */
struct simulated_tally {
	int64_t reminders, customers, contacts;
};

struct simulated_step {
	const char *step;
	enum policy_channel channel;
	struct simulated_tally proposed, in_force;
};

struct simulated_day {
	struct date on;
	struct simulated_tally proposed, in_force;
};

struct simulation {
	struct simulated_step *steps;
	size_t step_count;
	struct simulated_day *days; /* 0 … days */
	size_t day_count;
	int64_t positions;
};

/* All that is claimed of a customer on a day (claim_file.h). */
struct claim_file {
	const struct letter_creditor *creditor;
	const struct letter_customer *customer;
	struct date on;
	struct claim_position *positions;
	size_t position_count;
	struct claim_invoice *invoices;
	size_t invoice_count;
	struct reminder_view *reminders;
	size_t reminder_count;
	struct agreement_view *agreements;
	size_t agreement_count;
};

struct check_view {
	const char *name, *detail;
	bool ok;
	int64_t checked;
};

#endif
