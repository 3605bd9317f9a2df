#include "notification/handlers.h"

#include <string.h>

#include "common/base/text.h"
#include "notification/handlers_parts.h"
#include "notification/planner.h"
#include "notification/policies.h"
#include "notification/queue.h"
#include "notification/store_claim.h"
#include "notification/store_pause.h"
#include "notification/store_report.h"
#include "notification/store_task.h"
#include "notification/templates.h"
#include "notification/wire.h"

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
				   handler_token(call, reminders[count ? count - 1 : 0].id, count, ask.page_size));
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
		position->items[i].paid_on = creditor->today; /* as a correction would put it */
	}
	letter->position = position;
	letter->items = items;
	letter->item_count = position->count;
	return OK;
}

/* Who asks for a language is not shown another; a customer whose language has no messages gets English ones. */
static struct err check_language(struct rpc_call *call, const char *language)
{
	if (text_empty(language) || language_known(language))
		return OK;
	return err_format(call->arena, ERR_INVALID, "template.language", "language",
			  "there are no messages in %s: they are in %s", language, templates_languages(call->arena));
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
	TRY(check_language(call, ask.language));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(customer_find(call->tx, creditor.letter.code, ask.customer_number, &customer));
	TRY(policies_in_force(call->tx, call->process, creditor.letter.code, &policies));

	struct letter letter = { .creditor = &creditor.letter, .customer = &customer.letter, .today = creditor.today };
	const char *asked = text_empty(ask.language) ? customer.letter.language : ask.language;
	enum language language = language_find(asked);

	TRY(preview_letter(call, &creditor, &customer, &policies, &letter));
	letter.step = policy_planned_step(call->arena, letter.position->policy, ask.step, CHANNEL_MAIL);
	if (!letter.step || !letter.step->template)
		return ERR(ERR_NOT_FOUND, "policy.no_such_step", "step", "the policy has no such step that mails");
	TRY(templates_find(process->templates, call->arena, language, letter.step->template, &templates));
	TRY(letter_render(call->arena, &letter, language, &templates, &text));
	wire_encode_preview_template(call, &text, templates.language, asked);
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
					   .done_too = ask.flag,
					   .by_risk = ask.by_risk },
		       &tasks, &count));
	wire_encode_list_tasks(
		call, tasks, count,
		ask.by_risk ? "" : handler_token(call, tasks[count ? count - 1 : 0].id, count, ask.page_size));
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
