#ifndef IO_RPC_EXECUTE_H
#define IO_RPC_EXECUTE_H

#include <zmq.h>

#include "common/io/curve.h"
#include "common/io/rpc_method.h"

/* One call from its decoded header to its encoded reply. */

struct rpc_job {
	struct rpc_job *next;
	struct rpc_request_head head;
	char peer[CURVE_NAME_BYTES]; /* certificate name; "local" on ipc:// and inproc:// */
	struct rpc_entry *entry;
	int64_t arrived_us;              /* monotonic */
	int64_t deadline_us;             /* system clock; never 0 */
	zmq_msg_t route, request, reply; /* the reply is made by rpc_execute and rpc_refuse */
	struct rpc_body body;            /* inside `request` */
};

/* What a thread brings to the calls it runs. */
struct rpc_lane {
	struct arena *arena;
	const char *pg; /* NULL: no database */
	struct db *db;  /* opened when first needed, again after a failure */
	void *process;
};

/* Runs the call, notes its outcome in the log and the metrics, and leaves the reply in the job. */
void rpc_execute(struct rpc_job *job, struct rpc_lane *lane);

/* The same for a call that is not run. */
void rpc_refuse(struct rpc_job *job, struct err err);

#endif
