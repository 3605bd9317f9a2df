#ifndef NOTIFICATION_HANDLERS_H
#define NOTIFICATION_HANDLERS_H

#include "common/io/rpc.h"

struct err run_planner(struct rpc_call *call);
struct err queue_status(struct rpc_call *call);
struct err retry_reminder(struct rpc_call *call);
struct err list_reminders(struct rpc_call *call);
struct err preview_dunning(struct rpc_call *call);
struct err simulate_dunning(struct rpc_call *call);
struct err apply_policy(struct rpc_call *call);
struct err get_policy(struct rpc_call *call);
struct err list_policies(struct rpc_call *call);
struct err retire_policy(struct rpc_call *call);
struct err list_tasks(struct rpc_call *call);
struct err complete_task(struct rpc_call *call);
struct err preview_template(struct rpc_call *call);
struct err make_agreement(struct rpc_call *call);
struct err accept_agreement(struct rpc_call *call);
struct err cancel_agreement(struct rpc_call *call);
struct err list_agreements(struct rpc_call *call);
struct err hold_dunning(struct rpc_call *call);
struct err release_dunning(struct rpc_call *call);
struct err receive_inbound(struct rpc_call *call);
struct err list_pauses(struct rpc_call *call);
struct err record_delivery(struct rpc_call *call);
struct err get_dunning_file(struct rpc_call *call);
struct err get_reminder_copy(struct rpc_call *call);
struct err verify(struct rpc_call *call);

#endif
