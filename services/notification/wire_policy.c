#include "notification/wire_parts.h"

/* GetPolicy, ListPolicies and RetirePolicy: a part of wire.h. */

#define PB(name) Relance__Notification__V1__##name

void wire_encode_get_policy(struct rpc_call *call, const struct policy *policy, const char *text,
			    struct instant applied_at)
{
	PB(GetPolicyResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__get_policy_response__init(reply);
	reply->version = policy->version;
	reply->name = wire_text(call->arena, policy->name);
	reply->text = wire_text(call->arena, text);
	reply->applied_at = wire_instant(call->arena, applied_at);
	call->reply = &reply->base;
}

static PB(Policy) * policy_encode(struct arena *arena, const struct policy_view *from)
{
	PB(Policy) *policy = arena_alloc(arena, sizeof *policy);

	relance__notification__v1__policy__init(policy);
	policy->version = from->version;
	policy->name = wire_text(arena, from->name);
	policy->in_force = from->in_force;
	policy->applies_to = wire_text(arena, from->who);
	policy->steps = (int32_t)from->steps;
	policy->applied_at = wire_instant(arena, from->applied_at);
	policy->retired_at = wire_instant(arena, from->retired_at);
	policy->open_cases = from->open_cases;
	return policy;
}

void wire_encode_list_policies(struct rpc_call *call, const struct policy_view *policies, size_t count)
{
	PB(ListPoliciesResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__list_policies_response__init(reply);
	reply->policies = arena_array(call->arena, count, sizeof *reply->policies);
	for (size_t i = 0; i < count; i++)
		reply->policies[reply->n_policies++] = policy_encode(call->arena, &policies[i]);
	call->reply = &reply->base;
}

void wire_encode_retire_policy(struct rpc_call *call)
{
	PB(RetirePolicyResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__retire_policy_response__init(reply);
	call->reply = &reply->base;
}
