#include "common/io/rpc_method.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/log.h"

struct rpc_table {
	struct rpc_entry *entries;
	size_t count;
	struct rpc_entry unknown;
	struct rpc_entry **slots; /* open addressing, at most half full */
	size_t slot_count;        /* a power of two */
	struct rpc_table *next;
};

/* Every table that was made; made before any thread. */
static struct rpc_table *tables;

static void entry_measure(struct rpc_entry *entry)
{
	snprintf(entry->method_label, sizeof entry->method_label, "method=\"%s\"", entry->name);
	entry->duration = (struct histogram)HISTOGRAM_INIT(
		"relance_rpc_duration_seconds", "Time from a call's arrival to its answer.", entry->method_label);
	for (int code = 0; code < ERR_CODE_COUNT; code++) {
		snprintf(entry->code_labels[code], sizeof entry->code_labels[code], "%s,code=\"%s\"",
			 entry->method_label, err_code_name((enum err_code)code));
		entry->by_code[code] = (struct metric)METRIC_COUNTER_INIT(
			"relance_rpc_requests_total", "Calls answered, by method and code.", entry->code_labels[code]);
	}
}

static const ProtobufCMethodDescriptor *rpc_of(const struct rpc_method *method)
{
	return protobuf_c_service_descriptor_get_method_by_name(method->service, method->name);
}

static bool entry_fill(struct rpc_entry *entry, const struct rpc_method *method)
{
	const ProtobufCMethodDescriptor *rpc = rpc_of(method);

	if (!rpc) {
		log_error("a method has no rpc in its .proto", LOG_TEXT("service", method->service->name),
			  LOG_TEXT("method", method->name));
		return false;
	}
	int length = snprintf(entry->name, sizeof entry->name, "%s/%s", method->service->name, method->name);

	CHECK(length > 0 && (size_t)length < sizeof entry->name);
	entry->kind = method->kind;
	entry->handler = method->handler;
	entry->input = rpc->input;
	entry->output = rpc->output;
	entry_measure(entry);
	return true;
}

/* Every rpc of the method's service has exactly one entry. */
static bool service_whole(const struct rpc_method *methods, size_t count, const ProtobufCServiceDescriptor *service)
{
	bool whole = true;

	for (unsigned rpc = 0; rpc < service->n_methods; rpc++) {
		int found = 0;

		for (size_t i = 0; i < count; i++)
			found += methods[i].service == service &&
				 strcmp(methods[i].name, service->methods[rpc].name) == 0;
		if (found != 1)
			log_error(found ? "an rpc has several methods" : "an rpc has no method",
				  LOG_TEXT("service", service->name), LOG_TEXT("method", service->methods[rpc].name));
		whole = whole && found == 1;
	}
	return whole;
}

static bool services_whole(const struct rpc_method *methods, size_t count)
{
	bool whole = true;

	for (size_t i = 0; i < count; i++) {
		size_t first = 0;

		while (methods[first].service != methods[i].service)
			first++;
		if (first == i)
			whole = service_whole(methods, count, methods[i].service) && whole;
	}
	return whole;
}

static void slots_fill(struct rpc_table *table)
{
	table->slot_count = 4;
	while (table->slot_count < table->count * 2)
		table->slot_count *= 2;
	table->slots = calloc(table->slot_count, sizeof *table->slots);
	CHECK(table->slots != NULL);
	for (size_t i = 0; i < table->count; i++) {
		const char *name = table->entries[i].name;
		size_t slot = text_hash(name, strlen(name)) & (table->slot_count - 1);

		while (table->slots[slot])
			slot = (slot + 1) & (table->slot_count - 1);
		table->slots[slot] = &table->entries[i];
	}
}

struct err rpc_table_new(const struct rpc_method *methods, size_t count, struct rpc_table **table)
{
	struct rpc_table *made = calloc(1, sizeof *made);
	bool whole = true;

	CHECK(made != NULL);
	made->entries = calloc(count ? count : 1, sizeof *made->entries);
	CHECK(made->entries != NULL);
	made->count = count;
	for (size_t i = 0; i < count; i++)
		whole = entry_fill(&made->entries[i], &methods[i]) && whole;
	if (!services_whole(methods, count) || !whole) {
		free(made->entries);
		free(made);
		return ERR(ERR_INTERNAL, "rpc.table", NULL, "the methods do not fit the .proto services");
	}
	text_copy(made->unknown.name, sizeof made->unknown.name, "unknown");
	entry_measure(&made->unknown);
	slots_fill(made);
	made->next = tables;
	tables = made;
	*table = made;
	return OK;
}

struct rpc_entry *rpc_table_find(const struct rpc_table *table, const char *name)
{
	size_t slot = text_hash(name, strlen(name)) & (table->slot_count - 1);

	while (table->slots[slot] && strcmp(table->slots[slot]->name, name) != 0)
		slot = (slot + 1) & (table->slot_count - 1);
	return table->slots[slot];
}

struct rpc_entry *rpc_table_unknown(struct rpc_table *table)
{
	return &table->unknown;
}
