#include "notification/policies.h"

#include <string.h>

#include "notification/policy_file.h"

struct err policies_find(struct db_tx *tx, const struct notification *process, const char *creditor, int version,
			 struct policy_version *policy)
{
	struct policy_text stored;

	TRY(policy_text_load(tx, creditor, version, &stored));
	policy->version = stored.version;
	policy->text = stored.version > 0 ? stored.text : process->default_policy;
	policy->applied_at = stored.applied_at;
	TRY(policy_file_read(tx->arena, stored.version > 0 ? "policy" : "default.yaml", policy->text,
			     strlen(policy->text), &policy->policy));
	policy->policy.calendar = process->calendar;
	return OK;
}

struct err policies_settle(struct db_tx *tx, const struct notification *process, const struct creditor *creditor,
			   struct policy_version *policy)
{
	TRY(policies_find(tx, process, creditor->letter.code, 0, policy));
	if (policy->version > 0)
		return OK;
	return policy_save(tx, creditor, &policy->policy, policy->text, &policy->version);
}
