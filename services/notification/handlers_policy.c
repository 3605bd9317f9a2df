#include <string.h>

#include "common/base/text.h"
#include "notification/handlers.h"
#include "notification/policies.h"
#include "notification/policy_file.h"
#include "notification/store_plan.h"
#include "notification/templates.h"
#include "notification/wire.h"

/* A policy whose templates are missing would fail when it is too late. */
static struct err check_templates(struct rpc_call *call, const struct policy *policy)
{
	const struct notification *process = call->process;
	struct letter_templates found;

	for (size_t i = 0; i < policy->step_count; i++) {
		if (policy->steps[i].template)
			TRY(templates_find(process->templates, call->arena, LANGUAGE_EN, policy->steps[i].template,
					   &found));
	}
	return OK;
}

/* What nobody sends any more is taken back. */
static struct err release_cases(struct rpc_call *call, const struct creditor *creditor)
{
	struct policy_set set;

	TRY(policies_in_force(call->tx, call->process, creditor->letter.code, &set));
	TRY(cases_release_policy(call->tx, creditor));
	return reminders_withdraw(call->tx, creditor, &set);
}

struct err apply_policy(struct rpc_call *call)
{
	struct creditor creditor;
	struct policy policy;
	struct ask ask;
	int version = 0;

	TRY(wire_decode_apply_policy(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(policy_file_read(call->arena, ask.file_name, ask.text, strlen(ask.text), &policy));
	TRY(check_templates(call, &policy));
	if (ask.flag) {
		TRY(policies_check(call->tx, call->process, creditor.letter.code, &policy, ask.file_name));
	} else {
		TRY(policies_apply(call->tx, call->process, &creditor, &policy, ask.text, ask.file_name, &version));
		if (ask.open_cases)
			TRY(release_cases(call, &creditor));
	}
	wire_encode_apply_policy(call, version, &policy);
	return OK;
}

static struct err version_of(struct rpc_call *call, const struct creditor *creditor, const char *name, int *version)
{
	struct policy_text *texts;
	size_t count;

	TRY(policy_texts_in_force(call->tx, creditor->letter.code, &texts, &count));
	for (size_t i = 0; i < count; i++) {
		if (!text_equal(texts[i].name, name))
			continue;
		*version = texts[i].version;
		return OK;
	}
	return ERR(ERR_NOT_FOUND, "policy.unknown", "name", "no policy of that name is in force");
}

struct err get_policy(struct rpc_call *call)
{
	struct creditor creditor;
	struct policy_version policy;
	struct ask ask;

	TRY(wire_decode_get_policy(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	if (ask.version == 0 && !text_empty(ask.name))
		TRY(version_of(call, &creditor, ask.name, &ask.version));
	TRY(policies_find(call->tx, call->process, creditor.letter.code, ask.version, &policy));
	wire_encode_get_policy(call, &policy.policy, policy.text, policy.applied_at);
	return OK;
}

static const char *add_words(struct arena *arena, const char *text, const char *name, const struct policy_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		text = i > 0 ? arena_format(arena, "%s, %s", text, words->words[i])
			     : arena_format(arena, "%s%s%s: %s", text, *text ? "; " : "", name, words->words[i]);
	return text;
}

static const char *who_in_words(struct arena *arena, const struct policy_selector *who)
{
	const char *text = add_words(arena, "", "segments", &who->segments);

	text = add_words(arena, text, "risk_classes", &who->risk_classes);
	text = add_words(arena, text, "languages", &who->languages);
	text = add_words(arena, text, "countries", &who->countries);
	return add_words(arena, text, "currencies", &who->currencies);
}

static bool in_force(const struct policy_set *set, int version)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->items[i].version == version)
			return true;
	}
	return false;
}

struct err list_policies(struct rpc_call *call)
{
	struct creditor creditor;
	struct policy_set set;
	struct policy_text *texts;
	struct policy_view *views;
	struct ask ask;
	size_t count;

	TRY(wire_decode_creditor(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(policies_in_force(call->tx, call->process, creditor.letter.code, &set));
	TRY(policy_texts_list(call->tx, creditor.letter.code, &texts, &count));
	views = arena_array(call->arena, count + 1, sizeof *views);
	for (size_t i = 0; i < count; i++) {
		struct policy policy;

		TRY(policy_file_read(call->arena, texts[i].name, texts[i].text, strlen(texts[i].text), &policy));
		views[i] = (struct policy_view){ .version = texts[i].version,
						 .name = texts[i].name,
						 .in_force = in_force(&set, texts[i].version),
						 .who = who_in_words(call->arena, &policy.who),
						 .steps = policy.step_count,
						 .applied_at = texts[i].applied_at,
						 .retired_at = texts[i].retired_at,
						 .open_cases = texts[i].open_cases };
	}
	wire_encode_list_policies(call, views, count);
	return OK;
}

struct err retire_policy(struct rpc_call *call)
{
	struct creditor creditor;
	struct policy_set set;
	struct ask ask;

	TRY(wire_decode_retire_policy(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(policies_lock(call->tx, creditor.letter.code));
	TRY(policies_in_force(call->tx, call->process, creditor.letter.code, &set));
	if (text_equal(set.items[set.count - 1].name, ask.name))
		return ERR(ERR_CONFLICT, "policy.for_everybody", "name",
			   "the policy for everybody is replaced by another, not retired");
	TRY(policy_retire(call->tx, &creditor, ask.name));
	wire_encode_retire_policy(call);
	return OK;
}
