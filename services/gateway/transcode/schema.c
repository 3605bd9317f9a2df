#include "gateway/transcode/schema.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "google/protobuf/descriptor.pb-c.h"

#define NESTING_MAX 16
#define GROUP_KIND 10

/* The descriptor's own words, short. */
typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__FieldDescriptorProto field_proto;
typedef Google__Protobuf__EnumDescriptorProto enum_proto;
typedef Google__Protobuf__ServiceDescriptorProto service_proto;
typedef Google__Protobuf__MethodDescriptorProto method_proto;

struct loader {
	struct arena *arena;
	struct schema *schema;
	const message_proto **protos; /* the source of each message, in the same order, before sorting */
	size_t proto_count;
};

static const char *full_name(struct arena *arena, const char *scope, const char *name)
{
	return scope[0] ? arena_format(arena, "%s.%s", scope, name) : arena_copy(arena, name);
}

/* ------------------------------------------------------------------ first pass: names */

static struct err enum_add(struct loader *loader, const char *scope, const enum_proto *proto)
{
	struct schema *schema = loader->schema;

	if (!proto->name || proto->n_value == 0)
		return ERR(ERR_INVALID, "schema.malformed", NULL, "an enum has no name or no values");
	struct schema_enum *to = ARENA_PUSH(loader->arena, schema->enums, schema->enum_count);

	to->name = full_name(loader->arena, scope, proto->name);
	to->value_count = proto->n_value;
	to->values = arena_array(loader->arena, proto->n_value, sizeof *to->values);
	for (size_t i = 0; i < proto->n_value; i++) {
		if (!proto->value[i]->name)
			return ERR(ERR_INVALID, "schema.malformed", to->name, "an enum value has no name");
		to->values[i] = (struct schema_value){ .name = arena_copy(loader->arena, proto->value[i]->name),
						       .number = proto->value[i]->number };
	}
	return OK;
}

static struct err message_add(struct loader *loader, const char *scope, const message_proto *proto, int depth)
{
	struct schema *schema = loader->schema;

	if (!proto->name || depth > NESTING_MAX)
		return ERR(ERR_INVALID, "schema.malformed", NULL, "a message has no name or is nested too deep");
	struct schema_message *to = ARENA_PUSH(loader->arena, schema->messages, schema->message_count);
	const char *name = full_name(loader->arena, scope, proto->name);

	to->name = name;
	*ARENA_PUSH(loader->arena, loader->protos, loader->proto_count) = proto;
	for (size_t i = 0; i < proto->n_enum_type; i++)
		TRY(enum_add(loader, name, proto->enum_type[i]));
	for (size_t i = 0; i < proto->n_nested_type; i++)
		TRY(message_add(loader, name, proto->nested_type[i], depth + 1));
	return OK;
}

static struct err file_add(struct loader *loader, const file_proto *file)
{
	const char *package = file->package ? file->package : "";

	for (size_t i = 0; i < file->n_enum_type; i++)
		TRY(enum_add(loader, package, file->enum_type[i]));
	for (size_t i = 0; i < file->n_message_type; i++)
		TRY(message_add(loader, package, file->message_type[i], 0));
	return OK;
}

/* ------------------------------------------------------------------ order and search; `name` comes first in each */

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const void *name_find(const void *items, size_t count, size_t bytes_each, const char *name)
{
	return count > 0 ? bsearch(&name, items, count, bytes_each, name_compare) : NULL;
}

static void names_sort(void *items, size_t count, size_t bytes_each)
{
	if (count > 0)
		qsort(items, count, bytes_each, name_compare);
}

const struct schema_method *schema_method_find(const struct schema *schema, const char *path)
{
	return name_find(schema->methods, schema->method_count, sizeof *schema->methods, path);
}

const struct schema_message *schema_message_find(const struct schema *schema, const char *name)
{
	return name_find(schema->messages, schema->message_count, sizeof *schema->messages, name);
}

static const struct schema_enum *enum_find(const struct schema *schema, const char *name)
{
	return name_find(schema->enums, schema->enum_count, sizeof *schema->enums, name);
}

static int number_compare(const void *a, const void *b)
{
	uint32_t x = ((const struct schema_field *)a)->number, y = ((const struct schema_field *)b)->number;

	return (x > y) - (x < y);
}

const struct schema_field *schema_field_find(const struct schema_message *message, uint32_t number)
{
	const struct schema_field key = { .number = number };

	return message->field_count > 0
		       ? bsearch(&key, message->fields, message->field_count, sizeof key, number_compare)
		       : NULL;
}

const struct schema_field *schema_field_named(const struct schema_message *message, const char *name)
{
	for (size_t i = 0; i < message->field_count; i++)
		if (strcmp(message->fields[i].json_name, name) == 0 || strcmp(message->fields[i].name, name) == 0)
			return &message->fields[i];
	return NULL;
}

/* ------------------------------------------------------------------ second pass: fields */

static struct err unsupported(struct loader *loader, const char *message, const field_proto *field)
{
	return err_format(loader->arena, ERR_INVALID, "schema.unsupported", message,
			  "field %s has a type that the gateway does not translate", field->name);
}

/* The type's name in a descriptor set is absolute: ".relance.common.v1.Money". */
static struct err type_resolve(struct loader *loader, const char *message, const field_proto *from,
			       struct schema_field *to)
{
	if (to->kind != SCHEMA_MESSAGE && to->kind != SCHEMA_ENUM)
		return OK;
	if (!from->type_name || from->type_name[0] != '.')
		return ERR(ERR_INVALID, "schema.malformed", message, "a field's type has no name");
	if (text_starts(from->type_name, ".google.protobuf."))
		return unsupported(loader, message, from);
	if (to->kind == SCHEMA_MESSAGE)
		to->message = schema_message_find(loader->schema, from->type_name + 1);
	else
		to->enumeration = enum_find(loader->schema, from->type_name + 1);
	return to->message || to->enumeration
		       ? OK
		       : ERR(ERR_INVALID, "schema.malformed", message, "a field's type is missing");
}

static struct err field_load(struct loader *loader, const char *message, const message_proto *owner,
			     const field_proto *from, struct schema_field *to)
{
	if (!from->name || !from->json_name || from->number <= 0 || !from->has_type)
		return ERR(ERR_INVALID, "schema.malformed", message, "a field has no name, number or type");
	if ((int)from->type == GROUP_KIND || (int)from->type < SCHEMA_DOUBLE || (int)from->type > SCHEMA_SINT64)
		return unsupported(loader, message, from);
	bool synthetic = from->has_proto3_optional && from->proto3_optional;
	bool in_oneof = from->has_oneof_index && !synthetic;

	if (in_oneof && (from->oneof_index < 0 || (size_t)from->oneof_index >= owner->n_oneof_decl))
		return ERR(ERR_INVALID, "schema.malformed", message, "a field's oneof is missing");
	*to = (struct schema_field){
		.name = arena_copy(loader->arena, from->name),
		.json_name = arena_copy(loader->arena, from->json_name),
		.number = (uint32_t)from->number,
		.kind = (enum schema_kind)from->type,
		.repeated = from->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED,
		.oneof = in_oneof ? from->oneof_index : -1,
	};
	to->presence = !to->repeated && (synthetic || in_oneof || to->kind == SCHEMA_MESSAGE);
	return type_resolve(loader, message, from, to);
}

static struct err message_load(struct loader *loader, const message_proto *from, struct schema_message *to)
{
	to->field_count = from->n_field;
	to->oneof_count = from->n_oneof_decl;
	to->fields = arena_array(loader->arena, from->n_field, sizeof *to->fields);
	for (size_t i = 0; i < from->n_field; i++)
		TRY(field_load(loader, to->name, from, from->field[i], &to->fields[i]));
	if (from->n_field > 0)
		qsort(to->fields, to->field_count, sizeof *to->fields, number_compare);
	return OK;
}

static bool is_map_entry(const message_proto *proto)
{
	return proto->options && proto->options->has_map_entry && proto->options->map_entry;
}

/* A map is a repeated message whose type is marked as its entry, with a key 1 and a value 2. */
static struct err maps_mark(struct schema *schema, const struct schema_message *entry)
{
	if (entry->field_count != 2 || entry->fields[0].number != 1 || entry->fields[1].number != 2)
		return ERR(ERR_INVALID, "schema.malformed", entry->name, "a map entry has no key and value");
	for (size_t i = 0; i < schema->message_count; i++)
		for (size_t k = 0; k < schema->messages[i].field_count; k++)
			if (schema->messages[i].fields[k].message == entry)
				schema->messages[i].fields[k].map = true;
	return OK;
}

static struct err messages_load(struct loader *loader)
{
	struct schema *schema = loader->schema;
	struct schema_message *unsorted = arena_array(loader->arena, schema->message_count, sizeof *unsorted);

	if (!loader->protos)
		return OK;
	CHECK(loader->proto_count == schema->message_count);
	memcpy(unsorted, schema->messages, schema->message_count * sizeof *unsorted);
	names_sort(schema->messages, schema->message_count, sizeof *schema->messages);
	for (size_t i = 0; i < schema->message_count; i++)
		TRY(message_load(loader, loader->protos[i],
				 (struct schema_message *)schema_message_find(schema, unsorted[i].name)));
	for (size_t i = 0; i < schema->message_count; i++)
		if (is_map_entry(loader->protos[i]))
			TRY(maps_mark(schema, schema_message_find(schema, unsorted[i].name)));
	return OK;
}

/* ------------------------------------------------------------------ third pass: rpcs */

/* "relance.invoicing.v1" -> "invoicing"; the package itself where it has another shape. */
static const char *service_short_name(struct arena *arena, const char *package)
{
	const char *first = strchr(package, '.');
	const char *second = first ? strchr(first + 1, '.') : NULL;

	return second ? arena_copy_n(arena, first + 1, (size_t)(second - first - 1)) : arena_copy(arena, package);
}

static const struct schema_message *type_find(const struct schema *schema, const char *type_name)
{
	return type_name && type_name[0] == '.' ? schema_message_find(schema, type_name + 1) : NULL;
}

static struct err method_add(struct loader *loader, const char *package, const service_proto *service,
			     const method_proto *from)
{
	struct schema *schema = loader->schema;
	const struct schema_message *input = type_find(schema, from->input_type);
	const struct schema_message *output = type_find(schema, from->output_type);

	if (!service->name || !from->name || !input || !output)
		return ERR(ERR_INVALID, "schema.malformed", from->name, "an rpc lacks a name or a type");
	struct schema_method *to = ARENA_PUSH(loader->arena, schema->methods, schema->method_count);

	*to = (struct schema_method){
		.path = arena_format(loader->arena, "%s/%s", full_name(loader->arena, package, service->name),
				     from->name),
		.service = service_short_name(loader->arena, package),
		.input = input,
		.output = output,
		.reads = from->options && from->options->has_idempotency_level &&
			 from->options->idempotency_level ==
				 GOOGLE__PROTOBUF__METHOD_OPTIONS__IDEMPOTENCY_LEVEL__NO_SIDE_EFFECTS,
		.streaming = from->client_streaming || from->server_streaming,
	};
	return OK;
}

static struct err methods_add(struct loader *loader, const file_proto *file)
{
	for (size_t i = 0; i < file->n_service; i++)
		for (size_t k = 0; k < file->service[i]->n_method; k++)
			TRY(method_add(loader, file->package ? file->package : "", file->service[i],
				       file->service[i]->method[k]));
	return OK;
}

static bool is_google(const file_proto *file)
{
	return file->package && strcmp(file->package, "google.protobuf") == 0;
}

static struct err set_load(struct loader *loader, const Google__Protobuf__FileDescriptorSet *set)
{
	struct schema *schema = loader->schema;

	for (size_t i = 0; i < set->n_file; i++)
		if (!is_google(set->file[i]))
			TRY(file_add(loader, set->file[i]));
	names_sort(schema->enums, schema->enum_count, sizeof *schema->enums);
	TRY(messages_load(loader));
	for (size_t i = 0; i < set->n_file; i++)
		if (!is_google(set->file[i]))
			TRY(methods_add(loader, set->file[i]));
	names_sort(schema->methods, schema->method_count, sizeof *schema->methods);
	return OK;
}

struct err schema_load(struct arena *arena, const void *bytes, size_t length, const struct schema **schema)
{
	struct loader loader = { .arena = arena, .schema = arena_alloc(arena, sizeof *loader.schema) };
	Google__Protobuf__FileDescriptorSet *set =
		length <= SCHEMA_BYTES_MAX ? google__protobuf__file_descriptor_set__unpack(NULL, length, bytes) : NULL;

	if (!set)
		return ERR(ERR_INVALID, "schema.malformed", NULL, "these bytes are no FileDescriptorSet");
	struct err err = set_load(&loader, set);

	google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
	if (err_ok(err))
		*schema = loader.schema;
	return err;
}
