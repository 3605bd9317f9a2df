#ifndef IO_RPC_METHOD_H
#define IO_RPC_METHOD_H

#include "common/io/metrics.h"
#include "common/io/rpc.h"
#include "common/io/rpc_envelope.h"

/* The methods of a process by their full names, with what the .proto says of them and what is counted of them. */

struct rpc_entry {
	char name[RPC_METHOD_BYTES]; /* "relance.invoicing.v1.InvoicingService/IssueInvoice" */
	enum rpc_kind kind;
	rpc_handler handler;
	const ProtobufCMessageDescriptor *input, *output;
	char method_label[RPC_METHOD_BYTES + 16];
	char code_labels[ERR_CODE_COUNT][RPC_METHOD_BYTES + 48];
	struct metric by_code[ERR_CODE_COUNT];
	struct histogram duration;
};

struct rpc_table;

/* Every rpc of every .proto service named in `methods` must have one entry, and every entry its rpc: else ERR_INTERNAL
 * "rpc.table", with each mistake in the log. The table is never freed: its metrics are read until the process ends. */
MUST_USE struct err rpc_table_new(const struct rpc_method *methods, size_t count, struct rpc_table **table);

/* NULL where there is none. */
struct rpc_entry *rpc_table_find(const struct rpc_table *table, const char *name);

/* What calls of unknown methods are counted under. */
struct rpc_entry *rpc_table_unknown(struct rpc_table *table);

#endif
