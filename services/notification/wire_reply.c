#include "notification/wire.h"
#include "notification/wire_parts.h"

/* Replies: the second part of wire.h. */

void wire_encode_run_planner(struct rpc_call *call, const struct plan_view *plan)
{
	Relance__Notification__V1__RunPlannerResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__run_planner_response__init(reply);
	reply->now = wire_instant(call->arena, plan->now);
	reply->cases_opened = plan->opened;
	reply->cases_closed = plan->closed;
	reply->reminders_planned = plan->planned;
	reply->reminders_queued = plan->queued;
	call->reply = &reply->base;
}

static Relance__Notification__V1__StateCount *state_count(struct arena *arena, int state, int64_t count)
{
	Relance__Notification__V1__StateCount *one = arena_alloc(arena, sizeof *one);

	relance__notification__v1__state_count__init(one);
	one->state = (Relance__Notification__V1__ReminderState)state;
	one->count = count;
	return one;
}

void wire_encode_queue_status(struct rpc_call *call, const struct queue_view *queue)
{
	struct arena *arena = call->arena;
	Relance__Notification__V1__QueueStatusResponse *reply = arena_alloc(arena, sizeof *reply);

	relance__notification__v1__queue_status_response__init(reply);
	reply->states = arena_array(arena, REMINDER_STATE_COUNT, sizeof *reply->states);
	for (int state = 1; state < REMINDER_STATE_COUNT; state++)
		reply->states[reply->n_states++] = state_count(arena, state, queue->states[state]);
	reply->pending_due = queue->pending_due;
	reply->now = wire_instant(arena, queue->now);
	reply->next_due_at = wire_instant(arena, queue->next_due_at);
	reply->redis_ok = queue->redis_ok;
	reply->open_tasks = queue->open_tasks;
	reply->open_cases = queue->open_cases;
	call->reply = &reply->base;
}

void wire_encode_retry(struct rpc_call *call, const struct reminder_view *reminder)
{
	Relance__Notification__V1__RetryReminderResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__retry_reminder_response__init(reply);
	reply->reminder = wire_reminder(call->arena, reminder);
	call->reply = &reply->base;
}

void wire_encode_list_reminders(struct rpc_call *call, const struct reminder_view *reminders, size_t count,
				const char *next_page_token)
{
	struct arena *arena = call->arena;
	Relance__Notification__V1__ListRemindersResponse *reply = arena_alloc(arena, sizeof *reply);

	relance__notification__v1__list_reminders_response__init(reply);
	reply->n_reminders = count;
	reply->reminders = arena_array(arena, count, sizeof *reply->reminders);
	for (size_t i = 0; i < count; i++)
		reply->reminders[i] = wire_reminder(arena, &reminders[i]);
	reply->next_page_token = wire_text(arena, next_page_token);
	call->reply = &reply->base;
}

static Relance__Notification__V1__PlannedReminder *planned_reminder(struct arena *arena,
								    const struct preview_view *view)
{
	Relance__Notification__V1__PlannedReminder *planned = arena_alloc(arena, sizeof *planned);

	relance__notification__v1__planned_reminder__init(planned);
	planned->on = wire_date(arena, view->on);
	planned->customer_number = wire_text(arena, view->customer_number);
	planned->customer_name = wire_text(arena, view->customer_name);
	planned->step = wire_text(arena, view->step);
	planned->channel = (Relance__Notification__V1__Channel)view->channel;
	planned->recipient = wire_text(arena, view->recipient);
	planned->currency = wire_text(arena, view->currency);
	planned->amount_minor = view->amount_minor;
	planned->n_invoice_numbers = view->invoice_count;
	planned->invoice_numbers = wire_texts(arena, view->invoices, view->invoice_count);
	planned->why = wire_text(arena, view->why);
	planned->scheduled = view->scheduled;
	planned->change = wire_text(arena, view->change);
	return planned;
}

void wire_encode_preview(struct rpc_call *call, struct date today, struct date since,
			 const struct preview_view *reminders, size_t count, const char *next_page_token)
{
	struct arena *arena = call->arena;
	Relance__Notification__V1__PreviewDunningResponse *reply = arena_alloc(arena, sizeof *reply);

	relance__notification__v1__preview_dunning_response__init(reply);
	reply->today = wire_date(arena, today);
	reply->since = wire_date(arena, since);
	reply->n_reminders = count;
	reply->reminders = arena_array(arena, count, sizeof *reply->reminders);
	for (size_t i = 0; i < count; i++)
		reply->reminders[i] = planned_reminder(arena, &reminders[i]);
	reply->next_page_token = wire_text(arena, next_page_token);
	call->reply = &reply->base;
}

void wire_encode_apply_policy(struct rpc_call *call, int version, const struct policy *policy)
{
	Relance__Notification__V1__ApplyPolicyResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__apply_policy_response__init(reply);
	reply->version = version;
	reply->name = wire_text(call->arena, policy->name);
	reply->steps = (int32_t)policy->step_count;
	reply->sending_days = arena_array(call->arena, 7, sizeof *reply->sending_days);
	for (unsigned day = 0; day < 7; day++) {
		if (policy->sending_days & (1U << day))
			reply->sending_days[reply->n_sending_days++] = wire_text(call->arena, policy_day_name(day));
	}
	call->reply = &reply->base;
}

void wire_encode_list_tasks(struct rpc_call *call, const struct task_view *tasks, size_t count,
			    const char *next_page_token)
{
	struct arena *arena = call->arena;
	Relance__Notification__V1__ListTasksResponse *reply = arena_alloc(arena, sizeof *reply);

	relance__notification__v1__list_tasks_response__init(reply);
	reply->n_tasks = count;
	reply->tasks = arena_array(arena, count, sizeof *reply->tasks);
	for (size_t i = 0; i < count; i++)
		reply->tasks[i] = wire_task(arena, &tasks[i]);
	reply->next_page_token = wire_text(arena, next_page_token);
	call->reply = &reply->base;
}

void wire_encode_complete_task(struct rpc_call *call, const struct task_view *task)
{
	Relance__Notification__V1__CompleteTaskResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__complete_task_response__init(reply);
	reply->task = wire_task(call->arena, task);
	call->reply = &reply->base;
}

void wire_encode_preview_template(struct rpc_call *call, const struct letter_text *text, enum language language,
				  const char *language_asked)
{
	Relance__Notification__V1__PreviewTemplateResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__preview_template_response__init(reply);
	reply->subject = wire_text(call->arena, text->subject);
	reply->text = wire_text(call->arena, text->text);
	reply->html = wire_text(call->arena, text->html);
	reply->language = wire_text(call->arena, language_code(language));
	reply->language_asked = wire_text(call->arena, language_asked);
	call->reply = &reply->base;
}

void wire_encode_verify(struct rpc_call *call, const struct check_view *checks, size_t count)
{
	struct arena *arena = call->arena;
	Relance__Notification__V1__VerifyResponse *reply = arena_alloc(arena, sizeof *reply);

	relance__notification__v1__verify_response__init(reply);
	reply->n_checks = count;
	reply->checks = arena_array(arena, count, sizeof *reply->checks);
	for (size_t i = 0; i < count; i++)
		reply->checks[i] = wire_check(arena, checks[i].name, checks[i].ok, checks[i].checked, checks[i].detail);
	call->reply = &reply->base;
}
