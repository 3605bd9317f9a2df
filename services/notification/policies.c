#include "notification/policies.h"

#include <string.h>

#include "common/io/clock.h"
#include "notification/policy_file.h"

static struct err read(struct db_tx *tx, const struct notification *process, const struct policy_text *stored,
		       struct policy_version *policy)
{
	bool none = stored->version == 0;

	policy->text = none ? process->default_policy : stored->text;
	policy->applied_at = stored->applied_at;
	TRY(policy_file_read_as(tx->arena, none ? POLICY_EDITION : stored->edition, none ? "default.yaml" : "policy",
				policy->text, strlen(policy->text), &policy->policy));
	policy->policy.version = stored->version;
	policy->policy.calendar = process->calendar;
	return OK;
}

static bool for_everybody(const struct policy_version *policy)
{
	return policy_selector_criteria(&policy->policy.who) == 0;
}

/* Each name's newest, the newest first; of those for everybody, the first. *general is its place, or *count: the
 * default, which stands there. */
static struct err read_in_force(struct db_tx *tx, const struct notification *process, const char *creditor,
				struct policy_version **policies, size_t *count, size_t *general)
{
	const struct policy_text none = { .applied_at = INSTANT_NONE, .retired_at = INSTANT_NONE };
	struct policy_text *texts;

	TRY(policy_texts_in_force(tx, creditor, &texts, count));
	*policies = arena_array(tx->arena, *count + 1, sizeof **policies);
	*general = *count;
	for (size_t i = 0; i < *count; i++) {
		TRY(read(tx, process, &texts[i], &(*policies)[i]));
		if (*general == *count && for_everybody(&(*policies)[i]))
			*general = i;
	}
	return *general < *count ? OK : read(tx, process, &none, &(*policies)[*count]);
}

struct err policies_find(struct db_tx *tx, const struct notification *process, const char *creditor, int version,
			 struct policy_version *policy)
{
	struct policy_version *policies;
	struct policy_text stored;
	size_t count, general;

	if (version > 0) {
		TRY(policy_text_load(tx, creditor, version, &stored));
		return read(tx, process, &stored, policy);
	}
	TRY(read_in_force(tx, process, creditor, &policies, &count, &general));
	*policy = policies[general];
	return OK;
}

struct err policies_in_force(struct db_tx *tx, const struct notification *process, const char *creditor,
			     struct policy_set *set)
{
	struct policy_version *policies;
	size_t count, general;

	TRY(read_in_force(tx, process, creditor, &policies, &count, &general));
	*set = (struct policy_set){ &policies[general].policy, 1 };
	for (size_t i = 0; i < count; i++) {
		if (!for_everybody(&policies[i]))
			policy_set_put(tx->arena, set, &policies[i].policy, set);
	}
	return OK;
}

struct err policies_settle(struct db_tx *tx, const struct notification *process, const struct creditor *creditor,
			   struct policy_set *set)
{
	struct policy *general;

	TRY(policies_in_force(tx, process, creditor->letter.code, set));
	general = &set->items[set->count - 1];
	if (general->version > 0)
		return OK;
	TRY(policies_lock(tx, creditor->letter.code));
	return policy_save(tx, creditor, general, process->default_policy, POLICY_EDITION, &general->version);
}

struct err policies_check(struct db_tx *tx, const struct notification *process, const char *creditor,
			  const struct policy *policy, const char *file_name)
{
	const struct policy *other;
	struct policy_set set;
	struct err err;

	TRY(policies_in_force(tx, process, creditor, &set));
	other = policy_ambiguous(&set, policy);
	if (!other)
		return OK;
	err = err_format(
		tx->arena, ERR_INVALID, "policy.ambiguous", "",
		"a customer may fit this as well as policy %s (version %d, line %d), and neither names more: name "
		"another criterion in one of them",
		other->name, other->version, other->who.line);
	err.field = arena_format(tx->arena, "%s:%d", file_name, policy->who.line);
	return err;
}

struct err policies_apply(struct db_tx *tx, const struct notification *process, const struct creditor *creditor,
			  const struct policy *policy, const char *text, const char *file_name, int *version)
{
	TRY(policies_lock(tx, creditor->letter.code));
	TRY(policies_check(tx, process, creditor->letter.code, policy, file_name));
	return policy_save(tx, creditor, policy, text, POLICY_EDITION, version);
}

struct err policy_leaving(struct db_tx *tx, const struct creditor *creditor, const struct customer *customer,
			  const struct policy *policy, struct instant *due_at)
{
	struct date day;
	int minute;

	TRY(clock_local(tx, creditor->now, customer->timezone, &day, &minute));
	if (minute >= policy->sending_until_minute)
		day = date_add_days(day, 1);
	TRY(clock_instant(tx, day, policy->sending_minute, customer->timezone, due_at));
	if (due_at->us < creditor->now.us)
		*due_at = creditor->now;
	return OK;
}
