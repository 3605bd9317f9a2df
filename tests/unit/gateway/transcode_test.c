/* The transcoder, in both directions, on a message with every kind of field. */
#include "../test.h"

#include "common/base/arena.h"
#include "gateway/transcode/base64.h"
#include "gateway/transcode/transcode.h"
#include "gateway/transcode/wire.h"

#define SET_BYTES_MAX 65536
#define WIRE_BYTES_LIMIT 4096

static struct arena *arena;
static const struct schema *schema;

static int load_sample(void **state)
{
	(void)state;
	char bytes[SET_BYTES_MAX];
	FILE *file = fopen(SAMPLE_PROTOSET, "rb");

	if (!file)
		return -1;
	size_t length = fread(bytes, 1, sizeof bytes, file);

	fclose(file);
	arena = arena_new(0);
	return err_ok(schema_load(arena, bytes, length, &schema)) ? 0 : -1;
}

static int release_sample(void **state)
{
	(void)state;
	arena_destroy(&arena);
	return 0;
}

static const struct schema_message *type_of(const char *name)
{
	const struct schema_message *type =
		schema_message_find(schema, arena_format(arena, "relance.sample.v1.%s", name));

	assert_non_null(type);
	return type;
}

static struct err to_wire(const char *type, const char *json, struct buf *wire)
{
	return transcode_to_wire(arena, type_of(type), json, strlen(json), wire);
}

static size_t unhex(const char *hex, uint8_t *to)
{
	size_t length = strlen(hex) / 2;

	for (size_t i = 0; i < length; i++) {
		unsigned byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		to[i] = (uint8_t)byte;
	}
	return length;
}

/* ------------------------------------------------------------------ JSON -> wire -> JSON */

static const struct {
	const char *sentence, *json, *back; /* back NULL: the same */
} ROUND_TRIPS[] = {
	{ "no bytes are the empty message", "", "{}" },
	{ "blanks are the empty message", " \n", "{}" },
	{ "an empty object", "{}", NULL },
	{ "64-bit integers are texts beyond 2^53", "{\"i64\":\"9007199254740993\",\"u64\":\"18446744073709551615\"}",
	  NULL },
	{ "64-bit integers may come as numbers", "{\"i64\":-5,\"s64\":-6,\"sf64\":7}",
	  "{\"i64\":\"-5\",\"s64\":\"-6\",\"sf64\":\"7\"}" },
	{ "the least of all integers",
	  "{\"i32\":-2147483648,\"i64\":\"-9223372036854775808\",\"s32\":-2147483648,\"s64\":\"-9223372036854775808\","
	  "\"sf32\":-2147483648,\"sf64\":\"-9223372036854775808\"}",
	  NULL },
	{ "the greatest of all integers",
	  "{\"i32\":2147483647,\"i64\":\"9223372036854775807\",\"u32\":4294967295,\"s32\":2147483647,"
	  "\"s64\":\"9223372036854775807\",\"f32\":4294967295,\"f64\":\"18446744073709551615\","
	  "\"sf32\":2147483647,\"sf64\":\"9223372036854775807\"}",
	  NULL },
	{ "32-bit integers may come as texts, and as whole reals", "{\"i32\":\"12\",\"u32\":1e3}",
	  "{\"i32\":12,\"u32\":1000}" },
	{ "the names of the .proto are read too", "{\"by_text\":{\"a\":1},\"maybe_text\":\"x\"}",
	  "{\"byText\":{\"a\":\"1\"},\"maybeText\":\"x\"}" },
	{ "values at their default are left out",
	  "{\"i32\":0,\"text\":\"\",\"flag\":false,\"colour\":\"COLOUR_UNSPECIFIED\"}", "{}" },
	{ "optional keeps 0 and the empty text", "{\"maybe\":0,\"maybeText\":\"\"}", NULL },
	{ "a oneof keeps a default", "{\"middle\":0}", NULL },
	{ "null is absent, in a oneof too", "{\"i32\":null,\"left\":null,\"middle\":3,\"inner\":null}",
	  "{\"middle\":3}" },
	{ "an empty message is there", "{\"inner\":{}}", NULL },
	{ "enums by name", "{\"colour\":\"COLOUR_BLUE\"}", NULL },
	{ "enums by number", "{\"colour\":1,\"colours\":[0,-2,77]}",
	  "{\"colour\":\"COLOUR_RED\",\"colours\":[\"COLOUR_UNSPECIFIED\",\"COLOUR_BLUE\",77]}" },
	{ "texts with everything that needs an escape",
	  "{\"text\":\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001 \\u00e9 \\ud83d\\ude00\"}",
	  "{\"text\":\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001 \xc3\xa9 \xf0\x9f\x98\x80\"}" },
	{ "bytes of each length", "{\"raw\":\"AQ==\"}", NULL },
	{ "bytes without padding, in the URL alphabet", "{\"raw\":\"-_8\"}", "{\"raw\":\"+/8=\"}" },
	{ "reals", "{\"real\":0.1,\"single\":0.1}", NULL },
	{ "a real with 17 digits", "{\"real\":0.30000000000000004}", NULL },
	{ "reals that JSON lacks", "{\"real\":\"NaN\",\"single\":\"-Infinity\"}", NULL },
	{ "reals as texts", "{\"real\":\"1.5e2\"}", "{\"real\":150}" },
	{ "packed and loose lists", "{\"numbers\":[1,0,-1],\"loose\":[3,0]}", NULL },
	{ "lists of texts and messages",
	  "{\"texts\":[\"\",\"b\"],\"inners\":[{},{\"name\":\"x\",\"amountMinor\":\"5\"}]}", NULL },
	{ "an empty list is absent", "{\"texts\":[],\"byText\":{}}", "{}" },
	{ "maps with each kind of key",
	  "{\"byText\":{\"\":\"0\",\"k\":\"2\"},\"byNumber\":{\"-3\":{\"name\":\"n\"}},\"byFlag\":{\"true\":\"COLOUR_"
	  "RED\"}}",
	  NULL },
};

static void json_makes_the_round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROUND_TRIPS); i++) {
		BUF_SCOPE wire, json;
		const char *wanted = ROUND_TRIPS[i].back ? ROUND_TRIPS[i].back : ROUND_TRIPS[i].json;

		SAY(ROUND_TRIPS[i].sentence);
		buf_init(&wire, WIRE_BYTES_LIMIT);
		buf_init(&json, TRANSCODE_JSON_BYTES_MAX);
		struct err err = to_wire("Everything", ROUND_TRIPS[i].json, &wire);

		assert_string_equal(err_ok(err) ? "" : err.message, "");
		assert_int_equal(transcode_to_json(arena, type_of("Everything"), wire.data, wire.length, &json).code,
				 ERR_OK);
		assert_string_equal(buf_text(&json), wanted);
	}
}

/* ------------------------------------------------------------------ JSON that is refused */

static const struct {
	const char *sentence, *json, *reason, *field;
} REFUSED[] = {
	{ "no JSON", "{", "json.malformed", "line 1, column 1" },
	{ "the line of the mistake is named", "{\n\"i32\": x}", "json.malformed", "line 2, column 8" },
	{ "something behind the object", "{} {}", "json.malformed", "line 1, column 4" },
	{ "text that is not UTF-8", "{\"text\":\"\xff\"}", "json.malformed", "line 1, column 9" },
	{ "U+0000", "{\"text\":\"\\u0000\"}", "json.malformed", "line 1, column 16" },
	{ "half a surrogate pair", "{\"text\":\"\\ud83d\"}", "json.malformed", "line 1, column 16" },
	{ "a list in place of the message", "[1]", "json.type", "" },
	{ "an unknown field", "{\"inners\":[{},{\"nme\":1}]}", "json.unknown_field", "inners[1].nme" },
	{ "a name twice", "{\"i32\":1,\"i32\":2}", "json.duplicate", "line 1, column 14" },
	{ "a field under both names", "{\"byText\":{},\"by_text\":{}}", "json.duplicate", "by_text" },
	{ "two members of a oneof", "{\"left\":\"a\",\"middle\":1}", "json.oneof", "middle" },
	{ "a text for a message", "{\"inner\":\"x\"}", "json.type", "inner" },
	{ "a number for a text", "{\"text\":5}", "json.type", "text" },
	{ "a text for a bool", "{\"flag\":\"true\"}", "json.type", "flag" },
	{ "an object for a list", "{\"numbers\":{}}", "json.type", "numbers" },
	{ "null in a list", "{\"numbers\":[1,null]}", "json.type", "numbers[1]" },
	{ "a list for a map", "{\"byText\":[]}", "json.type", "byText" },
	{ "an amount that is no number", "{\"inners\":[{\"amountMinor\":\"12,50\"}]}", "json.type",
	  "inners[0].amountMinor" },
	{ "an integer with blanks", "{\"i64\":\" 1\"}", "json.type", "i64" },
	{ "a fraction for an integer", "{\"i32\":1.5}", "json.range", "i32" },
	{ "one more than an int32", "{\"i32\":2147483648}", "json.range", "i32" },
	{ "one less than an int32", "{\"s32\":\"-2147483649\"}", "json.range", "s32" },
	{ "a negative number without sign", "{\"u64\":\"-1\"}", "json.range", "u64" },
	{ "one more than an int64", "{\"i64\":\"9223372036854775808\"}", "json.range", "i64" },
	{ "more than 64 bits", "{\"u64\":\"18446744073709551616\"}", "json.type", "u64" },
	{ "a real that no float holds", "{\"single\":1e300}", "json.range", "single" },
	{ "a hexadecimal real", "{\"real\":\"0x10\"}", "json.type", "real" },
	{ "an unknown enum name", "{\"colours\":[\"COLOUR_RED\",\"GREEN\"]}", "json.enum", "colours[1]" },
	{ "a bool for an enum", "{\"colour\":true}", "json.type", "colour" },
	{ "no base64", "{\"raw\":\"a*\"}", "json.base64", "raw" },
	{ "base64 of a length that is none", "{\"raw\":\"AAAAA\"}", "json.base64", "raw" },
	{ "a map key that is no number", "{\"byNumber\":{\"x\":{}}}", "json.type", "byNumber.x" },
	{ "a map key out of range", "{\"byNumber\":{\"2147483648\":{}}}", "json.range", "byNumber.2147483648" },
	{ "a mistake in a map's value", "{\"byNumber\":{\"7\":{\"x\":1}}}", "json.unknown_field", "byNumber.7.x" },
};

static void bad_json_is_refused_with_its_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(REFUSED); i++) {
		BUF_SCOPE wire;

		SAY(REFUSED[i].sentence);
		buf_init(&wire, WIRE_BYTES_LIMIT);
		struct err err = to_wire("Everything", REFUSED[i].json, &wire);

		assert_int_equal(err.code, ERR_INVALID);
		assert_string_equal(err.reason, REFUSED[i].reason);
		assert_string_equal(err.field, REFUSED[i].field);
	}
}

/* ------------------------------------------------------------------ wire -> JSON */

static const struct {
	const char *sentence, *hex, *json; /* json NULL: refused with `reason` */
	const char *reason;
} WIRES[] = {
	{ "fields in any order come out in order", "20051801", "{\"i32\":1,\"i64\":\"5\"}", NULL },
	{ "of a singular field the last counts", "18011802", "{\"i32\":2}", NULL },
	{ "singular messages are merged",
	  "8a01030a0161"
	  "8a01021005",
	  "{\"inner\":{\"name\":\"a\",\"amountMinor\":\"5\"}}", NULL },
	{ "a packed field in two parts",
	  "9201020102"
	  "92010103",
	  "{\"numbers\":[1,2,3]}", NULL },
	{ "a packed field without elements is absent", "920100", "{}", NULL },
	{ "a packed field sent loose", "900101900102", "{\"numbers\":[1,2]}", NULL },
	{ "a loose field sent packed", "f201020304", "{\"loose\":[3,4]}", NULL },
	{ "of a oneof the member sent last counts",
	  "e00105"
	  "d2010161",
	  "{\"left\":\"a\"}", NULL },
	{ "and the other way round",
	  "d2010161"
	  "e00105",
	  "{\"middle\":5}", NULL },
	{ "a map entry without key and value", "aa0100", "{\"byText\":{\"\":\"0\"}}", NULL },
	{ "a map entry without a message value", "b201020803", "{\"byNumber\":{\"3\":{}}}", NULL },
	{ "an unknown field is passed over", "f83f051801", "{\"i32\":1}", NULL },
	{ "a negative int32 takes ten bytes", "18ffffffffffffffffff01", "{\"i32\":-1}", NULL },
	{ "an unknown enum value is a number", "800163", "{\"colour\":99}", NULL },
	{ "cut off in a tag", "80", NULL, "wire.malformed" },
	{ "cut off in a text", "720561", NULL, "wire.malformed" },
	{ "cut off in a fixed64", "510000", NULL, "wire.malformed" },
	{ "field number 0", "0001", NULL, "wire.malformed" },
	{ "a group", "1b1c", NULL, "wire.malformed" },
	{ "a varint of more than 64 bits", "18ffffffffffffffffff02", NULL, "wire.malformed" },
	{ "a length beyond all", "72ffffffffffffffffff01", NULL, "wire.malformed" },
	{ "a text where a number is wanted", "1a0161", NULL, "wire.malformed" },
	{ "a number where a text is wanted", "7001", NULL, "wire.malformed" },
	{ "a packed field cut off", "92010180", NULL, "wire.malformed" },
	{ "text that is not UTF-8", "7202c328", NULL, "wire.utf8" },
	{ "text that is not UTF-8 as a map key", "aa01030a01ff", NULL, "wire.utf8" },
	{ "a map entry of another type",
	  "aa010210"
	  "01"
	  "ff",
	  NULL, "wire.malformed" },
};

static void wire_becomes_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(WIRES); i++) {
		BUF_SCOPE json;
		uint8_t wire[64];
		size_t length = unhex(WIRES[i].hex, wire);

		SAY(WIRES[i].sentence);
		buf_init(&json, TRANSCODE_JSON_BYTES_MAX);
		struct err err = transcode_to_json(arena, type_of("Everything"), wire, length, &json);

		if (WIRES[i].json) {
			assert_string_equal(err_ok(err) ? "" : err.reason, "");
			assert_string_equal(buf_text(&json), WIRES[i].json);
		} else {
			assert_string_equal(err_ok(err) ? "" : err.reason, WIRES[i].reason);
		}
	}
}

/* ------------------------------------------------------------------ limits */

/* Depth 0 is the message itself. */
static void deep_json(struct buf *to, int depth)
{
	for (int i = 0; i < depth; i++)
		buf_append_text(to, "{\"deeper\":");
	buf_append_text(to, "{}");
	for (int i = 0; i < depth; i++)
		buf_append_text(to, "}");
}

static void depth_is_limited_both_ways(void **state)
{
	(void)state;
	BUF_SCOPE json, wire, back;

	buf_init(&json, WIRE_BYTES_LIMIT);
	buf_init(&wire, WIRE_BYTES_LIMIT);
	buf_init(&back, WIRE_BYTES_LIMIT);
	deep_json(&json, TRANSCODE_DEPTH_MAX);
	assert_int_equal(to_wire("Deep", buf_text(&json), &wire).code, ERR_OK);
	assert_int_equal(transcode_to_json(arena, type_of("Deep"), wire.data, wire.length, &back).code, ERR_OK);
	assert_string_equal(buf_text(&back), buf_text(&json));

	wire_prefix_length(&wire, 0);
	buf_clear(&back);
	wire_append_tag(&back, 1, WIRE_BYTES);
	buf_append(&back, wire.data, wire.length);
	buf_clear(&wire);
	buf_append(&wire, back.data, back.length);
	buf_clear(&back);
	struct err err = transcode_to_json(arena, type_of("Deep"), wire.data, wire.length, &back);

	assert_string_equal(err.reason, "wire.depth");
	buf_clear(&json);
	buf_clear(&wire);
	deep_json(&json, TRANSCODE_DEPTH_MAX + 1);
	assert_string_equal(to_wire("Deep", buf_text(&json), &wire).reason, "json.depth");
	buf_clear(&json);
	deep_json(&json, 300);
	assert_string_equal(to_wire("Deep", buf_text(&json), &wire).reason, "json.depth");
}

static void sizes_are_limited(void **state)
{
	(void)state;
	BUF_SCOPE many, wire, json;

	buf_init(&many, 4 * TRANSCODE_FIELDS_MAX);
	buf_init(&wire, WIRE_BYTES_LIMIT);
	buf_init(&json, WIRE_BYTES_LIMIT);
	for (int i = 0; i <= TRANSCODE_FIELDS_MAX; i++)
		buf_append_text(&many, i == 0 ? "{\"numbers\":[1" : ",1");
	buf_append_text(&many, "]}");
	struct err err = to_wire("Everything", buf_text(&many), &wire);

	assert_string_equal(err.reason, "json.fields");
	buf_clear(&many);
	for (int i = 0; i <= TRANSCODE_FIELDS_MAX; i++)
		buf_append(&many, "\x18\x01", 2);
	err = transcode_to_json(arena, type_of("Everything"), many.data, many.length, &json);
	assert_string_equal(err.reason, "wire.fields");

	const char *long_text = arena_format(arena, "{\"text\":\"%0*d\"}", WIRE_BYTES_LIMIT, 0);

	buf_clear(&wire);
	assert_string_equal(to_wire("Everything", long_text, &wire).reason, "wire.too_large");
	buf_clear(&json);
	buf_clear(&many);
	wire_append_tag(&many, 14, WIRE_BYTES);
	size_t start = many.length;

	for (int i = 0; i < WIRE_BYTES_LIMIT / 4; i++)
		buf_append_char(&many, '\x01'); /* six bytes as JSON: \u0001 */
	wire_prefix_length(&many, start);
	err = transcode_to_json(arena, type_of("Everything"), many.data, many.length, &json);
	assert_string_equal(err.reason, "json.too_large");
}

/* ------------------------------------------------------------------ the schema */

static void rpcs_are_known(void **state)
{
	(void)state;
	const struct schema_method *read = schema_method_find(schema, "relance.sample.v1.SampleService/Read");
	const struct schema_method *write = schema_method_find(schema, "relance.sample.v1.SampleService/Write");
	const struct schema_method *watch = schema_method_find(schema, "relance.sample.v1.SampleService/Watch");

	assert_true(read && write && watch);
	assert_true(read->reads && !write->reads);
	assert_true(watch->streaming && !write->streaming);
	assert_string_equal(read->service, "sample");
	assert_string_equal(read->output->name, "relance.sample.v1.Everything");
	assert_null(schema_method_find(schema, "relance.sample.v1.SampleService/read"));
	assert_null(schema_method_find(schema, ""));
}

static void bytes_that_are_no_schema_are_refused(void **state)
{
	(void)state;
	const struct schema *none;

	assert_string_equal(schema_load(arena, "\xff\xff", 2, &none).reason, "schema.malformed");
}

/* ------------------------------------------------------------------ base64 (RFC 4648, section 10) */

static void base64_is_that_of_the_rfc(void **state)
{
	(void)state;
	static const char *const ROWS_[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	for (size_t i = 0; i < ROWS(ROWS_); i++) {
		BUF_SCOPE text, back;

		buf_init(&text, 64);
		buf_init(&back, 64);
		base64_append(&text, ROWS_[i][0], strlen(ROWS_[i][0]), true);
		assert_string_equal(buf_text(&text), ROWS_[i][1]);
		assert_true(base64_decode(&back, buf_text(&text), text.length));
		assert_string_equal(buf_text(&back), ROWS_[i][0]);
		buf_clear(&text);
		base64_append(&text, ROWS_[i][0], strlen(ROWS_[i][0]), false);
		assert_null(strchr(buf_text(&text), '='));
	}
	BUF_SCOPE none;

	buf_init(&none, 64);
	assert_false(base64_decode(&none, "Zg=", 3));
	assert_false(base64_decode(&none, "Z", 1));
	assert_false(base64_decode(&none, "====", 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_makes_the_round_trip),
		cmocka_unit_test(bad_json_is_refused_with_its_path),
		cmocka_unit_test(wire_becomes_json),
		cmocka_unit_test(depth_is_limited_both_ways),
		cmocka_unit_test(sizes_are_limited),
		cmocka_unit_test(rpcs_are_known),
		cmocka_unit_test(bytes_that_are_no_schema_are_refused),
		cmocka_unit_test(base64_is_that_of_the_rfc),
	};

	return cmocka_run_group_tests(tests, load_sample, release_sample);
}
