/* clear_optional IN OUT: copies a FileDescriptorSet without its proto3_optional marks, which protoc-c 1.4
 * refuses (protobuf-c issues 476 and 783). The synthetic one-member oneof of each such field stays, so that presence
 * is kept as `_field_case` and the wire format is the same. */
#include <stdio.h>
#include <stdlib.h>

#include "google/protobuf/descriptor.pb-c.h"

#define SET_BYTES_MAX (16U << 20)

static void clear_message(Google__Protobuf__DescriptorProto *message)
{
	for (size_t i = 0; i < message->n_field; i++)
		message->field[i]->has_proto3_optional = 0;
	for (size_t i = 0; i < message->n_nested_type; i++)
		clear_message(message->nested_type[i]);
}

static int fail(const char *what, const char *name)
{
	fprintf(stderr, "clear_optional: %s: %s\n", name, what);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return fail("two file names are needed: IN OUT", "usage");
	FILE *in = fopen(argv[1], "rb");

	if (!in)
		return fail("cannot be read", argv[1]);
	uint8_t *bytes = malloc(SET_BYTES_MAX);
	size_t length = bytes ? fread(bytes, 1, SET_BYTES_MAX, in) : 0;

	fclose(in);
	Google__Protobuf__FileDescriptorSet *set = google__protobuf__file_descriptor_set__unpack(NULL, length, bytes);

	free(bytes);
	if (!set)
		return fail("is no FileDescriptorSet", argv[1]);
	for (size_t i = 0; i < set->n_file; i++)
		for (size_t k = 0; k < set->file[i]->n_message_type; k++)
			clear_message(set->file[i]->message_type[k]);
	size_t packed = google__protobuf__file_descriptor_set__get_packed_size(set);
	uint8_t *out = malloc(packed);

	if (!out)
		return fail("out of memory", argv[2]);
	google__protobuf__file_descriptor_set__pack(set, out);
	google__protobuf__file_descriptor_set__free_unpacked(set, NULL);
	FILE *to = fopen(argv[2], "wb");
	int ok = to && fwrite(out, 1, packed, to) == packed;

	ok = to && fclose(to) == 0 && ok;
	free(out);
	return ok ? 0 : fail("cannot be written", argv[2]);
}
