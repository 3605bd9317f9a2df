/* Connect's rules for what stands in the head of a request, and its errors. */
#include "../test.h"

#include "common/base/arena.h"
#include "common/base/text.h"
#include "gateway/connect.h"
#include "gateway/transcode/protoset.h"
#include "gateway/transcode/transcode.h"

static const struct {
	const char *url, *path;
} PATHS[] = {
	{ "/a.v1.S/M", "a.v1.S/M" },
	{ "/x/y/a.v1.S/M", "a.v1.S/M" },
	{ "/a.v1.S/M/", "M/" },
	{ "/M", NULL },
	{ "/", NULL },
	{ "", NULL },
	{ "//M", NULL },
	{ "/a//", NULL },
	{ "a.v1.S/M", NULL },
};

static void the_path_is_the_last_two_parts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(PATHS); i++) {
		const char *path = connect_path(PATHS[i].url);

		SAY(PATHS[i].url);
		if (PATHS[i].path)
			assert_string_equal(path, PATHS[i].path);
		else
			assert_null(path);
	}
}

static const struct {
	const char *header;
	bool known;
	enum connect_codec codec;
} TYPES[] = {
	{ "application/json", true, CONNECT_JSON },
	{ "Application/JSON;charset=UTF-8", true, CONNECT_JSON },
	{ "application/proto", true, CONNECT_PROTO },
	{ "application/protobuf", false, CONNECT_PROTO },
	{ "application/connect+json", false, CONNECT_JSON },
	{ "", false, CONNECT_JSON },
	{ NULL, false, CONNECT_JSON },
};

static void content_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(TYPES); i++) {
		enum connect_codec codec = TYPES[i].codec;

		assert_int_equal(connect_content_type(TYPES[i].header, &codec), TYPES[i].known);
		assert_int_equal(codec, TYPES[i].codec);
	}
}

static const struct {
	const char *header;
	int64_t ms; /* -1: refused */
} TIMEOUTS[] = {
	{ NULL, 0 },  { "1", 1 }, { "9999999999", 5000 }, { "5001", 5000 }, { "0", -1 },   { "00000000000", -1 },
	{ "-1", -1 }, { "", -1 }, { "1s", -1 },           { " 1", -1 },     { "1.5", -1 },
};

static void timeouts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(TIMEOUTS); i++) {
		int64_t ms = -1;
		struct err err = connect_timeout(TIMEOUTS[i].header, 5000, &ms);

		SAY(TIMEOUTS[i].header ? TIMEOUTS[i].header : "(none)");
		assert_int_equal(err_ok(err) ? ms : -1, TIMEOUTS[i].ms);
	}
}

static const struct {
	const char *sentence, *header;
	bool valid;
} TRACES[] = {
	{ "as the standard writes it", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true },
	{ "absent", NULL, false },
	{ "another version", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false },
	{ "a trace id of zeros", "00-00000000000000000000000000000000-b7ad6b7169203331-01", false },
	{ "a parent id of zeros", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", false },
	{ "capitals", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", false },
	{ "too short", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0", false },
	{ "no separator", "00-0af7651916cd43dd8448eb211c80319c0b7ad6b7169203331-01", false },
	{ "flags that are no hex", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g", false },
};

static void trace_parents(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(TRACES); i++) {
		SAY(TRACES[i].sentence);
		assert_int_equal(connect_trace_parent_valid(TRACES[i].header), TRACES[i].valid);
	}
}

static void idempotency_keys_carry_the_user(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	const char *key = "untouched";

	assert_true(err_ok(connect_idempotency_key(arena, "k1", "erp", 16, &key)));
	assert_string_equal(key, "erp:k1");
	assert_true(err_ok(connect_idempotency_key(arena, "123456789012", "erp", 16, &key)));
	assert_false(err_ok(connect_idempotency_key(arena, "1234567890123", "erp", 16, &key)));
	assert_string_equal(key, "erp:123456789012");
	assert_false(err_ok(connect_idempotency_key(arena, "", "erp", 16, &key)));
	assert_false(err_ok(connect_idempotency_key(arena, "a\x7f", "erp", 16, &key)));
	assert_true(err_ok(connect_idempotency_key(arena, NULL, "erp", 16, &key)));
	assert_null(key);
}

static void an_error_is_json_with_its_detail(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	const struct schema *schema;
	BUF_SCOPE json;
	const struct err err = ERR(ERR_NOT_FOUND, "invoice.missing", "number", "no \"INV-1\"");

	buf_init(&json, 4096);
	assert_true(err_ok(protoset_load(arena, &schema)));
	connect_error_json(arena, schema, err, &json);
	/* The value by protoc --encode=relance.bus.v1.Error, without its padding. */
	assert_string_equal(
		buf_text(&json),
		"{\"code\":\"not_found\",\"message\":\"no \\\"INV-1\\\"\",\"details\":[{\"type\":"
		"\"relance.bus.v1.Error\",\"value\":\"CAUSD2ludm9pY2UubWlzc2luZxoKbm8gIklOVi0xIiIGbnVtYmVy\","
		"\"debug\":{\"code\":5,\"reason\":\"invoice.missing\",\"message\":\"no \\\"INV-1\\\"\","
		"\"field\":\"number\"}}]}");
	buf_clear(&json);
	connect_error_json(arena, schema, ERR(ERR_INTERNAL, NULL, NULL, NULL), &json);
	assert_string_equal(buf_text(&json), "{\"code\":\"internal\",\"message\":\"internal\"}");
}

static void every_code_has_its_status(void **state)
{
	(void)state;
	static const unsigned STATUS[] = { 200, 499, 500, 400, 504, 404, 409, 403, 429,
					   400, 409, 400, 501, 500, 503, 500, 401 };

	assert_int_equal(ROWS(STATUS), ERR_CODE_COUNT);
	for (int code = 0; code < ERR_CODE_COUNT; code++)
		assert_int_equal(connect_http_status((enum err_code)code), STATUS[code]);
}

/* What the gateway can never serve is found here, not in production: a type it does not translate refuses the set. */
static void the_contracts_of_the_build_are_served(void **state)
{
	(void)state;
	ARENA_SCOPE arena = arena_new(0);
	const struct schema *schema;

	assert_true(err_ok(protoset_load(arena, &schema)));
	assert_true(schema->method_count > 0);
	for (size_t i = 0; i < schema->method_count; i++) {
		const struct schema_method *method = &schema->methods[i];
		BUF_SCOPE wire, json;

		buf_init(&wire, 64);
		buf_init(&json, 64);
		SAY(method->path);
		assert_false(method->streaming);
		assert_true(text_starts(method->path, arena_format(arena, "relance.%s.v1.", method->service)));
		assert_true(err_ok(transcode_to_wire(arena, method->input, "{}", 2, &wire)));
		assert_true(err_ok(transcode_to_json(arena, method->output, NULL, 0, &json)));
		assert_string_equal(buf_text(&json), "{}");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_path_is_the_last_two_parts),
		cmocka_unit_test(content_types),
		cmocka_unit_test(timeouts),
		cmocka_unit_test(trace_parents),
		cmocka_unit_test(idempotency_keys_carry_the_user),
		cmocka_unit_test(an_error_is_json_with_its_detail),
		cmocka_unit_test(every_code_has_its_status),
		cmocka_unit_test(the_contracts_of_the_build_are_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
