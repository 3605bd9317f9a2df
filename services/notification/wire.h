#ifndef NOTIFICATION_WIRE_H
#define NOTIFICATION_WIRE_H

#include "common/base/feed_event.h"
#include "common/io/rpc.h"
#include "common/io/rpc_message.h"
#include "notification/domain/inbound.h"
#include "notification/domain/letter.h"
#include "notification/domain/told.h"

/* The only file that sees relance.notification.v1: requests become plain structs, results become replies and payloads.
 */

extern const ProtobufCServiceDescriptor *const NOTIFICATION_SERVICE;

#define PAGE_SIZE_DEFAULT 200
#define PAGE_SIZE_MAX 1000
#define PREVIEW_DAYS_MAX 366

/* Every request: fields that a request does not have are empty. */
struct ask {
	const char *creditor, *customer_number, *step, *language, *text, *file_name, *name;
	struct id id;
	enum reminder_state state; /* REMINDER_NONE: all */
	int page_size, days, version;
	const char *page_token;
	bool flag; /* ApplyPolicy: only check; ListTasks: also done; PreviewDunning: only changes */
	bool open_cases, by_risk;
};

MUST_USE struct err wire_decode_creditor(const struct rpc_call *call, struct ask *ask); /* with no other field */
MUST_USE struct err wire_decode_retry(const struct rpc_call *call, struct ask *ask);
MUST_USE struct err wire_decode_list_reminders(const struct rpc_call *call, struct ask *ask);
MUST_USE struct err wire_decode_preview(const struct rpc_call *call, struct ask *ask);
MUST_USE struct err wire_decode_apply_policy(const struct rpc_call *call, struct ask *ask);
MUST_USE struct err wire_decode_get_policy(const struct rpc_call *call, struct ask *ask);
MUST_USE struct err wire_decode_list_tasks(const struct rpc_call *call, struct ask *ask);
MUST_USE struct err wire_decode_complete_task(const struct rpc_call *call, struct ask *ask);
MUST_USE struct err wire_decode_preview_template(const struct rpc_call *call, struct ask *ask);

/* Promises, plans, holds. */
struct pause_ask {
	const char *creditor, *customer_number, *reason, *page_token;
	const char *const *numbers;
	size_t number_count;
	enum agreement_kind kind; /* AGREEMENT_NONE: any */
	struct currency currency; /* "" where not said */
	struct agreement terms;
	bool proposed, ended_too;
	struct id id;
	struct date until;
	int page_size;
};

MUST_USE struct err wire_decode_make_agreement(const struct rpc_call *call, struct pause_ask *ask);
MUST_USE struct err wire_decode_agreement_id(const struct rpc_call *call, struct pause_ask *ask); /* Accept-, Cancel- */
MUST_USE struct err wire_decode_list_agreements(const struct rpc_call *call, struct pause_ask *ask);
MUST_USE struct err wire_decode_hold_dunning(const struct rpc_call *call, struct pause_ask *ask);
MUST_USE struct err wire_decode_release_dunning(const struct rpc_call *call, struct pause_ask *ask);
/* A message that came back; `detect`: its kind is to be told by its header. */
struct inbound_ask {
	const char *creditor, *message;
	enum inbound_kind kind;
	bool detect;
};
MUST_USE struct err wire_decode_inbound(const struct rpc_call *call, struct inbound_ask *ask);
void wire_encode_inbound(struct rpc_call *call, enum inbound_kind kind, const struct task_view *task, const char *step);

/* `until` is the day of the charges; DATE_NONE: today. */
MUST_USE struct err wire_decode_file(const struct rpc_call *call, struct pause_ask *ask);
void wire_encode_file(struct rpc_call *call, const struct claim_file *file);
struct copy {
	const char *content_type, *bytes;
	size_t length;
};
MUST_USE struct err wire_decode_copy(const struct rpc_call *call, struct ask *ask);
void wire_encode_copy(struct rpc_call *call, const struct copy *copy);

/* That an invoice arrived. */
struct delivery_ask {
	const char *creditor, *invoice_number, *proof, *reference;
	struct date delivered_on;
};
MUST_USE struct err wire_decode_record_delivery(const struct rpc_call *call, struct delivery_ask *ask);
void wire_encode_record_delivery(struct rpc_call *call, const char *customer_number);
MUST_USE struct err wire_decode_list_pauses(const struct rpc_call *call, struct pause_ask *ask);

void wire_encode_make_agreement(struct rpc_call *call, const struct agreement_view *agreement);
void wire_encode_accept_agreement(struct rpc_call *call, const struct agreement_view *agreement);
void wire_encode_cancel_agreement(struct rpc_call *call, const struct agreement_view *agreement);
void wire_encode_list_agreements(struct rpc_call *call, const struct agreement_view *agreements, size_t count,
				 const char *next_page_token);
void wire_encode_hold_dunning(struct rpc_call *call, const struct pause_view *pause);
void wire_encode_release_dunning(struct rpc_call *call, size_t released);
void wire_encode_list_pauses(struct rpc_call *call, const struct pause_view *pauses, size_t count,
			     const char *next_page_token);

MUST_USE struct err wire_decode_simulate(const struct rpc_call *call, struct ask *ask);
void wire_encode_simulate(struct rpc_call *call, const struct simulation *simulation, int version);

struct plan_view {
	struct instant now;
	int64_t opened, closed, planned, queued;
};

void wire_encode_run_planner(struct rpc_call *call, const struct plan_view *plan);
void wire_encode_queue_status(struct rpc_call *call, const struct queue_view *queue);
void wire_encode_retry(struct rpc_call *call, const struct reminder_view *reminder);
void wire_encode_list_reminders(struct rpc_call *call, const struct reminder_view *reminders, size_t count,
				const char *next_page_token);
void wire_encode_preview(struct rpc_call *call, struct date today, struct date since,
			 const struct preview_view *reminders, size_t count, const char *next_page_token);
void wire_encode_apply_policy(struct rpc_call *call, int version, const struct policy *policy);
void wire_encode_get_policy(struct rpc_call *call, const struct policy *policy, const char *text,
			    struct instant applied_at);
MUST_USE struct err wire_decode_retire_policy(const struct rpc_call *call, struct ask *ask);
void wire_encode_list_policies(struct rpc_call *call, const struct policy_view *policies, size_t count);
void wire_encode_retire_policy(struct rpc_call *call);
void wire_encode_list_tasks(struct rpc_call *call, const struct task_view *tasks, size_t count,
			    const char *next_page_token);
void wire_encode_complete_task(struct rpc_call *call, const struct task_view *task);
void wire_encode_preview_template(struct rpc_call *call, const struct letter_text *text, enum language language,
				  const char *language_asked);
void wire_encode_verify(struct rpc_call *call, const struct check_view *checks, size_t count);

/* The customer that an event of payments is about. */
MUST_USE struct err wire_event_customer(struct arena *arena, const struct feed_event *event, struct id *customer);

struct payload wire_payload_case(struct arena *arena, const struct case_event *event);
struct payload wire_payload_reminder(struct arena *arena, const struct reminder_view *reminder);
struct payload wire_payload_task(struct arena *arena, const struct task_view *task);
struct payload wire_payload_hold(struct arena *arena, const struct hold_event *hold);
struct payload wire_payload_terms(struct arena *arena, const struct terms_event *terms);
struct payload wire_payload_agreement(struct arena *arena, const struct agreement_view *agreement);

#endif
