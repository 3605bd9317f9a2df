#ifndef GATEWAY_TRANSCODE_SCHEMA_H
#define GATEWAY_TRANSCODE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/err.h"

/* What messages, enums and rpcs there are, read from a FileDescriptorSet, so that a new rpc or field is known to the
 * gateway without a line of code. Everything lives in the arena given to schema_load and is never changed. */

#define SCHEMA_BYTES_MAX ((size_t)16 * 1024 * 1024)

/* The numbers are those of FieldDescriptorProto.Type. Groups do not exist in proto3. */
enum schema_kind {
	SCHEMA_DOUBLE = 1,
	SCHEMA_FLOAT = 2,
	SCHEMA_INT64 = 3,
	SCHEMA_UINT64 = 4,
	SCHEMA_INT32 = 5,
	SCHEMA_FIXED64 = 6,
	SCHEMA_FIXED32 = 7,
	SCHEMA_BOOL = 8,
	SCHEMA_STRING = 9,
	SCHEMA_MESSAGE = 11,
	SCHEMA_BYTES = 12,
	SCHEMA_UINT32 = 13,
	SCHEMA_ENUM = 14,
	SCHEMA_SFIXED32 = 15,
	SCHEMA_SFIXED64 = 16,
	SCHEMA_SINT32 = 17,
	SCHEMA_SINT64 = 18,
};

struct schema_field {
	const char *name;      /* "amount_minor" */
	const char *json_name; /* "amountMinor" */
	uint32_t number;
	enum schema_kind kind;
	bool repeated; /* also true of a map */
	bool map;      /* a repeated message of key 1 and value 2 */
	bool presence; /* an absent value differs from the default: optional, oneof member, message */
	int oneof;     /* index of the oneof of several members, or -1 */
	const struct schema_message *message;  /* SCHEMA_MESSAGE */
	const struct schema_enum *enumeration; /* SCHEMA_ENUM */
};

struct schema_message {
	const char *name; /* full: "relance.payments.v1.Entry" */
	struct schema_field *fields;
	size_t field_count; /* in the order of their numbers */
	size_t oneof_count;
};

struct schema_value {
	const char *name;
	int32_t number;
};

struct schema_enum {
	const char *name;
	struct schema_value *values;
	size_t value_count;
};

struct schema_method {
	const char *path;    /* "relance.invoicing.v1.InvoicingService/IssueInvoice" */
	const char *service; /* the service's short name, from the package: "invoicing" */
	const struct schema_message *input, *output;
	bool reads;     /* idempotency_level = NO_SIDE_EFFECTS */
	bool streaming; /* on either side; the gateway speaks unary only */
};

struct schema {
	struct schema_message *messages; /* these three in the order of their names */
	size_t message_count;
	struct schema_enum *enums;
	size_t enum_count;
	struct schema_method *methods;
	size_t method_count;
};

/* ERR_INVALID "schema.malformed", or "schema.unsupported" for groups and for google.protobuf's well-known types, whose
 * JSON differs from that of plain messages. */
MUST_USE struct err schema_load(struct arena *arena, const void *set, size_t length, const struct schema **schema);

/* NULL where there is none. */
const struct schema_method *schema_method_find(const struct schema *schema, const char *path);
const struct schema_message *schema_message_find(const struct schema *schema, const char *name);
const struct schema_field *schema_field_find(const struct schema_message *message, uint32_t number);
/* By either name. */
const struct schema_field *schema_field_named(const struct schema_message *message, const char *name);

#endif
