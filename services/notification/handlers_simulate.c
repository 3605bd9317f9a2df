#include <string.h>

#include "notification/handlers.h"
#include "notification/policies.h"
#include "notification/policy_file.h"
#include "notification/simulate.h"
#include "notification/wire.h"

/* The policy takes the place that `policy apply --open-cases` would give it. */
struct err simulate_dunning(struct rpc_call *call)
{
	const struct notification *process = call->process;
	POLICY_CACHE_SCOPE kept = policy_cache_new();
	struct creditor creditor;
	struct policy_set proposed, in_force;
	struct policy policy;
	struct simulation simulation;
	struct ask ask;

	TRY(wire_decode_simulate(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(policies_in_force(call->tx, process, creditor.letter.code, &in_force));
	TRY(policy_file_read(call->arena, ask.file_name, ask.text, strlen(ask.text), &policy));
	TRY(policies_check(call->tx, process, creditor.letter.code, &policy, ask.file_name));
	policy.calendar = process->calendar;
	policy_set_put(call->arena, &in_force, &policy, &proposed);
	TRY(simulate(call->tx, &creditor, &(struct preview_policies){ &proposed, NULL, process },
		     &(struct preview_policies){ &in_force, kept, process }, ask.days, &simulation));
	wire_encode_simulate(call, &simulation, in_force.items[in_force.count - 1].version);
	return OK;
}
