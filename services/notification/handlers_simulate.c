#include <string.h>

#include "notification/handlers.h"
#include "notification/policies.h"
#include "notification/policy_file.h"
#include "notification/simulate.h"
#include "notification/wire.h"

struct err simulate_dunning(struct rpc_call *call)
{
	const struct notification *process = call->process;
	struct creditor creditor;
	struct policy_version in_force;
	struct policy proposed;
	struct simulation simulation;
	struct ask ask;

	TRY(wire_decode_simulate(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(policies_find(call->tx, process, creditor.letter.code, 0, &in_force));
	TRY(policy_file_read(call->arena, ask.file_name, ask.text, strlen(ask.text), &proposed));
	proposed.calendar = process->calendar;
	TRY(simulate(call->tx, &creditor, &proposed, &in_force.policy, ask.days, &simulation));
	wire_encode_simulate(call, &simulation, in_force.version);
	return OK;
}
