/* The transcoder: whatever it takes must come back the same. The first byte says which way: 'j' JSON, else wire bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "gateway/transcode/transcode.h"

#define SET_BYTES_MAX 65536
#define WIRE_BYTES_MAX 262144

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const struct schema_message *type_load(void)
{
	static struct arena *arena; /* lives as long as the process */
	static const struct schema *schema;
	static char bytes[SET_BYTES_MAX];

	if (!schema) {
		FILE *file = fopen(SAMPLE_PROTOSET, "rb");

		CHECK(file != NULL);
		size_t length = fread(bytes, 1, sizeof bytes, file);

		fclose(file);
		arena = arena_new(0);
		CHECK(err_ok(schema_load(arena, bytes, length, &schema)));
	}
	return schema_message_find(schema, "relance.sample.v1.Everything");
}

/* What JSON cannot say again: a map key sent twice, U+0000, more than the buffer. */
static bool excused(struct err err, const struct buf *json)
{
	return text_equal(err.reason, "json.duplicate") || text_equal(err.reason, "wire.too_large") ||
	       (text_equal(err.reason, "json.malformed") && strstr(buf_text(json), "\\u0000"));
}

/* JSON that we wrote must be read, and be written again to the letter. */
static void settle(struct arena *arena, const struct schema_message *type, const struct buf *json)
{
	BUF_SCOPE wire, again;

	buf_init(&wire, WIRE_BYTES_MAX);
	buf_init(&again, TRANSCODE_JSON_BYTES_MAX);
	struct err err = transcode_to_wire(arena, type, json->data, json->length, &wire);

	if (!err_ok(err)) {
		CHECK(excused(err, json));
		return;
	}
	CHECK(err_ok(transcode_to_json(arena, type, wire.data, wire.length, &again)));
	CHECK(again.length == json->length && memcmp(again.data, json->data, json->length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	ARENA_SCOPE arena = arena_new(0);
	BUF_SCOPE wire, json;
	const struct schema_message *type = type_load();

	buf_init(&wire, WIRE_BYTES_MAX);
	buf_init(&json, TRANSCODE_JSON_BYTES_MAX);
	if (length == 0)
		return 0;
	struct err err = OK;

	if (bytes[0] == 'j')
		err = transcode_to_wire(arena, type, (const char *)bytes + 1, length - 1, &wire);
	else
		buf_append(&wire, bytes + 1, length - 1);
	if (!err_ok(err))
		return 0;
	err = transcode_to_json(arena, type, wire.data, wire.length, &json);
	CHECK(bytes[0] != 'j' || err_ok(err));
	if (err_ok(err))
		settle(arena, type, &json);
	return 0;
}
