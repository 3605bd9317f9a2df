#include "notification/handlers.h"

#include <string.h>

#include "common/base/text.h"
#include "notification/planner.h"
#include "notification/policies.h"
#include "notification/policy_cache.h"
#include "notification/preview.h"
#include "notification/queue.h"
#include "notification/store_claim.h"
#include "notification/store_pause.h"
#include "notification/store_report.h"
#include "notification/templates.h"
#include "notification/wire.h"

#define PREVIEW_PAGE 500 /* reminders a reply; a position's are never parted */

/* ------------------------------------------------------------------ planner and queue */

struct err run_planner(struct rpc_call *call)
{
	struct planner_result result;
	struct ask ask;

	TRY(wire_decode_creditor(call, &ask));
	TRY(planner_run(call->db, call->arena, call->process, ask.creditor, &result));
	wire_encode_run_planner(
		call, &(struct plan_view){ result.now, result.opened, result.closed, result.planned, result.queued });
	return OK;
}

static bool redis_answers(const struct notification *process, struct arena *arena)
{
	struct cache *cache = NULL;
	bool complete;

	if (!err_ok(cache_open(process->redis, &cache)))
		return false;

	struct err err = queue_complete(cache, arena, &complete);

	cache_close(&cache);
	return err_ok(err);
}

struct err queue_status(struct rpc_call *call)
{
	struct creditor creditor;
	struct queue_view queue;
	struct ask ask;

	TRY(wire_decode_creditor(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(queue_counts(call->tx, &creditor, &queue));
	queue.redis_ok = redis_answers(call->process, call->arena);
	wire_encode_queue_status(call, &queue);
	return OK;
}

static struct err reminder_view_get(struct rpc_call *call, const struct creditor *creditor, struct id id,
				    struct reminder_view *view)
{
	struct list_ask ask = { .creditor = creditor->letter.code, .id = id, .limit = 1 };
	struct reminder_view *found;
	size_t count;

	TRY(reminders_list(call->tx, &ask, &found, &count));
	if (count == 0)
		return ERR(ERR_NOT_FOUND, "reminder.unknown", "id", "there is no such reminder");
	*view = found[0];
	return OK;
}

/* The planner's next sweep hands it to the workers. */
struct err retry_reminder(struct rpc_call *call)
{
	struct creditor creditor;
	struct reminder_view view;
	struct ask ask;

	TRY(wire_decode_retry(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(reminder_retry(call->tx, creditor.letter.code, ask.id));
	TRY(reminder_view_get(call, &creditor, ask.id, &view));
	wire_encode_retry(call, &view);
	return OK;
}

/* ------------------------------------------------------------------ reminders */

static const char *token_of(struct arena *arena, struct id last, size_t count, int page_size)
{
	char text[ID_TEXT_BYTES];

	return count == (size_t)page_size ? arena_copy(arena, id_format(last, text)) : "";
}

struct err list_reminders(struct rpc_call *call)
{
	struct creditor creditor;
	struct reminder_view *reminders;
	struct ask ask;
	size_t count;

	TRY(wire_decode_list_reminders(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(reminders_list(call->tx,
			   &(struct list_ask){ .creditor = creditor.letter.code,
					       .customer_number = ask.customer_number,
					       .state = ask.state,
					       .after = ask.page_token,
					       .limit = ask.page_size },
			   &reminders, &count));
	wire_encode_list_reminders(call, reminders, count,
				   token_of(call->arena, reminders[count ? count - 1 : 0].id, count, ask.page_size));
	return OK;
}

static const char *why_scheduled(struct arena *arena, const struct reminder_view *reminder)
{
	char on[DATE_TEXT_BYTES];

	if (!text_empty(reminder->reason))
		return reminder->reason;
	return arena_format(arena, "scheduled: %s falls on %s", reminder->step,
			    date_format(reminder->effective_on, on));
}

/* What is already on the schedule stands first. */
static struct err preview_scheduled(struct rpc_call *call, const struct creditor *creditor, const struct ask *ask,
				    struct preview *preview)
{
	struct list_ask list = { .creditor = creditor->letter.code,
				 .customer_number = ask->customer_number,
				 .state = REMINDER_SCHEDULED,
				 .limit = PAGE_SIZE_MAX };
	struct reminder_view *reminders;
	size_t count;

	TRY(reminders_list(call->tx, &list, &reminders, &count));
	for (size_t i = 0; i < count; i++) {
		struct preview_view *view = ARENA_PUSH(call->arena, preview->reminders, preview->count);
		const struct reminder_view *from = &reminders[i];

		*view = (struct preview_view){ .on = instant_utc_date(from->due_at),
					       .customer_number = from->customer_number,
					       .customer_name = from->customer_name,
					       .step = from->step,
					       .recipient = from->recipient,
					       .currency = from->currency,
					       .why = why_scheduled(call->arena, from),
					       .channel = from->channel,
					       .invoices = from->invoices,
					       .invoice_count = from->invoice_count,
					       .amount_minor = from->amount_minor,
					       .scheduled = true };
	}
	return OK;
}

static const char *target_token(struct arena *arena, const struct plan_target *target)
{
	char id[ID_TEXT_BYTES];

	return arena_format(arena, "%s/%s", id_format(target->customer, id), target->currency.code);
}

static bool wanted(const struct ask *ask, const struct customer *only, const struct plan_target *target)
{
	return text_empty(ask->customer_number) || id_equal(only->id, target->customer);
}

struct err preview_dunning(struct rpc_call *call)
{
	struct creditor creditor;
	struct customer only = { 0 };
	POLICY_CACHE_SCOPE kept = policy_cache_new();
	struct policy_set set;
	const struct preview_policies policies = { &set, kept, call->process };
	struct plan_targets targets;
	struct preview preview = { 0 };
	const char *next = "";
	struct ask ask;

	TRY(wire_decode_preview(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	if (!text_empty(ask.customer_number))
		TRY(customer_find(call->tx, creditor.letter.code, ask.customer_number, &only));
	TRY(policies_in_force(call->tx, call->process, creditor.letter.code, &set));
	TRY(targets_all(call->tx, &creditor, &targets));

	bool behind = !text_empty(ask.page_token); /* what the pages before have shown */

	if (!behind)
		TRY(preview_scheduled(call, &creditor, &ask, &preview));
	for (size_t i = 0; i < targets.count; i++) {
		const char *token = target_token(call->arena, &targets.items[i]);

		if (!behind && preview.count >= PREVIEW_PAGE)
			break;
		if (!behind && wanted(&ask, &only, &targets.items[i]))
			TRY(preview_position(call->tx, &creditor, &policies, &targets.items[i], ask.days, &preview));
		behind = behind && !text_equal(token, ask.page_token);
		next = i + 1 < targets.count ? token : "";
	}
	wire_encode_preview(call, creditor.today, preview.reminders, preview.count, next);
	return OK;
}

/* ------------------------------------------------------------------ templates */

/* Everything the customer owes in the first currency, as the step would put it today. */
static struct err preview_letter(struct rpc_call *call, const struct creditor *creditor,
				 const struct customer *customer, const struct policy_set *policies,
				 struct letter *letter)
{
	struct position_ask ask = { .creditor = creditor, .policies = policies, .customer = customer->id };
	struct position *position = arena_alloc(call->arena, sizeof *position);
	struct currency *currencies;
	size_t count;

	TRY(customer_currencies(call->tx, creditor->letter.code, customer->id, &currencies, &count));
	if (count == 0)
		return ERR(ERR_CONFLICT, "template.nothing_open", "customer_number", "the customer owes nothing");
	ask.currency = currencies[0];
	TRY(position_load(call->tx, &ask, position));

	size_t *items = arena_array(call->arena, position->count, sizeof *items);

	for (size_t i = 0; i < position->count; i++) {
		items[i] = i;
		letter->amount_minor += position->items[i].open_minor;
	}
	letter->position = position;
	letter->items = items;
	letter->item_count = position->count;
	return OK;
}

struct err preview_template(struct rpc_call *call)
{
	const struct notification *process = call->process;
	struct creditor creditor;
	struct customer customer;
	struct policy_set policies;
	struct letter_templates templates;
	struct letter_text text;
	struct ask ask;

	TRY(wire_decode_preview_template(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(customer_find(call->tx, creditor.letter.code, ask.customer_number, &customer));
	TRY(policies_in_force(call->tx, call->process, creditor.letter.code, &policies));

	struct letter letter = { .creditor = &creditor.letter, .customer = &customer.letter, .today = creditor.today };
	enum language language = language_find(text_empty(ask.language) ? customer.letter.language : ask.language);

	TRY(preview_letter(call, &creditor, &customer, &policies, &letter));
	letter.step = policy_planned_step(call->arena, letter.position->policy, ask.step, CHANNEL_MAIL);
	if (!letter.step || !letter.step->template)
		return ERR(ERR_NOT_FOUND, "policy.no_such_step", "step", "the policy has no such step that mails");
	TRY(templates_find(process->templates, call->arena, language, letter.step->template, &templates));
	TRY(letter_render(call->arena, &letter, language, &templates, &text));
	wire_encode_preview_template(call, &text);
	return OK;
}

/* ------------------------------------------------------------------ tasks, invariants */

struct err list_tasks(struct rpc_call *call)
{
	struct creditor creditor;
	struct task_view *tasks;
	struct ask ask;
	size_t count;

	TRY(wire_decode_list_tasks(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(tasks_list(call->tx,
		       &(struct list_ask){ .creditor = creditor.letter.code,
					   .after = ask.page_token,
					   .limit = ask.page_size,
					   .done_too = ask.flag },
		       &tasks, &count));
	wire_encode_list_tasks(call, tasks, count,
			       token_of(call->arena, tasks[count ? count - 1 : 0].id, count, ask.page_size));
	return OK;
}

struct err complete_task(struct rpc_call *call)
{
	struct creditor creditor;
	struct task_view *tasks;
	struct ask ask;
	size_t count;

	TRY(wire_decode_complete_task(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(task_complete(call->tx, &creditor, ask.id));
	TRY(pause_end(call->tx, &creditor, ask.id, "dealt_with")); /* of a message that came back */
	TRY(tasks_list(
		call->tx,
		&(struct list_ask){ .creditor = creditor.letter.code, .id = ask.id, .limit = 1, .done_too = true },
		&tasks, &count));
	TRY(customer_wake(call->tx, &creditor, tasks[0].customer_number));
	wire_encode_complete_task(call, &tasks[0]);
	return OK;
}

struct err verify(struct rpc_call *call)
{
	struct creditor creditor;
	struct check_view *checks;
	struct ask ask;
	size_t count;

	TRY(wire_decode_creditor(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(notification_checks(call->tx, &creditor, &checks, &count));
	wire_encode_verify(call, checks, count);
	return OK;
}
