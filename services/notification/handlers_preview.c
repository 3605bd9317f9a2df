#include "common/base/text.h"
#include "notification/handlers.h"
#include "notification/policies.h"
#include "notification/preview_change.h"
#include "notification/wire.h"

#define CHANGES_MAX 2000 /* in the one reply */
#define PREVIEW_PAGE 500 /* reminders a reply, and a batch more */

/* What one reply shows. */
struct previewing {
	struct rpc_call *call;
	struct ask ask;
	struct creditor creditor;
	struct id only; /* zero: all customers */
	struct preview_policies policies;
	struct plan_targets targets;
	struct preview scheduled, preview;
	struct outlook_taken taken;
};

static const char *target_token(struct arena *arena, const struct plan_target *target)
{
	char id[ID_TEXT_BYTES];

	return arena_format(arena, "%s/%s", id_format(target->customer, id), target->currency.code);
}

/* Only one customer's positions, and only those behind the page token. */
static void cut(struct previewing *previewing)
{
	struct plan_targets *targets = &previewing->targets;
	bool behind = !text_empty(previewing->ask.page_token);
	size_t kept = 0;

	for (size_t i = 0; i < targets->count; i++) {
		const char *token = target_token(previewing->call->arena, &targets->items[i]);
		bool wanted = id_zero(previewing->only) || id_equal(previewing->only, targets->items[i].customer);

		if (wanted && !behind)
			targets->items[kept++] = targets->items[i];
		behind = behind && !text_equal(token, previewing->ask.page_token);
	}
	targets->count = kept;
}

static struct err begin(struct previewing *previewing, struct policy_set *set, struct policy_cache *kept)
{
	struct rpc_call *call = previewing->call;
	struct customer customer;
	const char *code;

	TRY(wire_decode_preview(call, &previewing->ask));
	TRY(creditor_find(call->tx, previewing->ask.creditor, &previewing->creditor));
	code = previewing->creditor.letter.code;
	if (!text_empty(previewing->ask.customer_number)) {
		TRY(customer_find(call->tx, code, previewing->ask.customer_number, &customer));
		previewing->only = customer.id;
	}
	TRY(policies_in_force(call->tx, call->process, code, set));
	previewing->policies = (struct preview_policies){ set, kept, call->process };
	TRY(preview_scheduled(call->tx, &previewing->creditor, previewing->ask.customer_number,
			      &previewing->scheduled));
	TRY(outlook_before(call->tx, &previewing->creditor, previewing->only, &previewing->taken));
	return targets_all(call->tx, &previewing->creditor, &previewing->targets);
}

/* Batches until the page is full; a reply of changes has one page. *next is the page after, "" behind the last. */
static struct err fill(struct previewing *previewing, const char **next)
{
	const struct plan_targets *targets = &previewing->targets;
	size_t done = 0;

	while (done < targets->count && (previewing->ask.flag || previewing->preview.count < PREVIEW_PAGE)) {
		size_t count = targets_whole(targets->items + done, targets->count - done, PREVIEW_BATCH);

		TRY(preview_positions(previewing->call->tx, &previewing->creditor, &previewing->policies,
				      &previewing->scheduled, targets->items + done, count, previewing->ask.days,
				      &previewing->preview));
		done += count;
	}
	*next = done < targets->count ? target_token(previewing->call->arena, &targets->items[done - 1]) : "";
	return OK;
}

static void keep_changes(struct preview *preview)
{
	size_t kept = 0;

	for (size_t i = 0; i < preview->count; i++) {
		if (!text_empty(preview->reminders[i].change))
			preview->reminders[kept++] = preview->reminders[i];
	}
	preview->count = kept;
}

static struct err compare(struct previewing *previewing)
{
	struct date last = date_add_days(previewing->creditor.today, previewing->ask.days);
	struct arena *arena = previewing->call->arena;

	preview_compare(arena, &previewing->preview, &previewing->taken);
	if (!previewing->ask.flag)
		return OK;
	keep_changes(&previewing->preview);
	TRY(outlook_fates(previewing->call->tx, &previewing->creditor, &previewing->taken));
	preview_add_gone(arena, &previewing->taken, last, &previewing->preview);
	return previewing->preview.count <= CHANGES_MAX
		       ? OK
		       : ERR(ERR_EXHAUSTED, "preview.too_many_changes", "customer_number",
			     "more than 2,000 reminders have changed: name a customer");
}

struct err preview_dunning(struct rpc_call *call)
{
	POLICY_CACHE_SCOPE kept = policy_cache_new();
	struct previewing previewing = { .call = call };
	struct policy_set set;
	const char *next;

	TRY(begin(&previewing, &set, kept));
	if (text_empty(previewing.ask.page_token))
		preview_apart(call->arena, &previewing.scheduled, &previewing.targets, &previewing.preview);
	cut(&previewing);
	TRY(fill(&previewing, &next));
	TRY(compare(&previewing));
	wire_encode_preview(call, previewing.creditor.today, previewing.taken.taken_on, previewing.preview.reminders,
			    previewing.preview.count, next);
	return OK;
}
