/* Bytes of unknown origin before anybody unpacks them, and the bus envelope against the generated code. */
#include "unit/test.h"

#include <stdlib.h>

#include "common/io/rpc_envelope.h"
#include "relance/bus/v1/bus.pb-c.h"
#include "support/echo/echo.h"

static void the_check_refuses_what_unpack_would_take(void **state)
{
	static const struct {
		const char *sentence;
		const ProtobufCMessageDescriptor *type;
		const char *bytes;
		size_t length;
		bool good;
	} TABLE[] = {
		{ "nothing is a message", &relance__test__v1__echo_request__descriptor, "", 0, true },
		{ "a text", &relance__test__v1__echo_request__descriptor, "\x22\x02\xc3\xa9", 4, true },
		{ "half a character", &relance__test__v1__echo_request__descriptor, "\x22\x01\xc3", 3, false },
		{ "a zero byte in a text", &relance__test__v1__echo_request__descriptor, "\x22\x01\x00", 3, false },
		{ "any bytes in bytes", &relance__test__v1__echo_request__descriptor, "\x0a\x02\xff\x00", 4, true },
		{ "a length beyond the end", &relance__test__v1__echo_request__descriptor, "\x0a\x03\xff", 3, false },
		{ "a number that never ends", &relance__test__v1__echo_request__descriptor,
		  "\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, false },
		{ "a number without its tag", &relance__test__v1__echo_request__descriptor, "\x80", 1, false },
		{ "field zero", &relance__test__v1__echo_request__descriptor, "\x00\x01", 2, false },
		{ "a group", &relance__test__v1__echo_request__descriptor, "\x0b\x0c", 2, false },
		{ "an unknown field", &relance__test__v1__echo_request__descriptor, "\xf2\x7f\x02\xff\xff", 5, true },
		{ "a text inside a message", &relance__bus__v1__reply_header__descriptor, "\x12\x03\x12\x01x", 5,
		  true },
		{ "half a character inside a message", &relance__bus__v1__reply_header__descriptor,
		  "\x12\x03\x12\x01\xe9", 5, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(TABLE); i++) {
		SAY(TABLE[i].sentence);
		struct err err = rpc_wire_check(TABLE[i].type, TABLE[i].bytes, TABLE[i].length);

		assert_int_equal(err.code, TABLE[i].good ? ERR_OK : ERR_INVALID);
	}
}

static void the_number_of_fields_is_bounded(void **state)
{
	size_t length = 2 * ((size_t)RPC_FIELDS_MAX + 1);
	uint8_t *bytes = malloc(length);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < length; i += 2)
		memcpy(bytes + i, "\x10\x01", 2);
	assert_int_equal(rpc_wire_check(&relance__test__v1__echo_request__descriptor, bytes, length).code, ERR_INVALID);
	assert_int_equal(rpc_wire_check(&relance__test__v1__echo_request__descriptor, bytes, length - 2).code, ERR_OK);
	free(bytes);
}

/* A descriptor that contains itself, as none of ours does. */
static void the_depth_is_bounded(void **state)
{
	enum { LEVELS = RPC_DEPTH_MAX + 4 };
	ProtobufCMessageDescriptor nested = relance__bus__v1__reply_header__descriptor;
	ProtobufCFieldDescriptor fields[2];
	uint8_t bytes[2 * LEVELS];

	(void)state;
	memcpy(fields, nested.fields, sizeof fields);
	fields[1].descriptor = &nested;
	nested.fields = fields;
	for (int i = 0; i < LEVELS; i++) {
		bytes[2 * i] = 0x12;
		bytes[2 * i + 1] = (uint8_t)(2 * (LEVELS - 1 - i));
	}
	assert_int_equal(rpc_wire_check(&nested, bytes, sizeof bytes).code, ERR_INVALID);
	size_t from = sizeof bytes - 2 * (size_t)(RPC_DEPTH_MAX - 1);

	assert_int_equal(rpc_wire_check(&nested, bytes + from, sizeof bytes - from).code, ERR_OK);
}

/* ------------------------------------------------------------------ the envelope */

/* Headers here are shorter than 128 bytes, so that their length takes one. */
static const uint8_t *header_of(zmq_msg_t *frame, size_t *length)
{
	const uint8_t *bytes = zmq_msg_data(frame);

	*length = bytes[0];
	assert_true(*length < 128 && *length < zmq_msg_size(frame));
	return bytes + 1;
}

static void a_request_is_what_the_proto_says(void **state)
{
	const struct rpc_request_text text = { .method = "a.B/C", .key = "key", .trace = "00-trace", .user = "erp" };
	const struct rpc_body sent = { .bytes = (const uint8_t *)"body", .length = 4 };
	struct rpc_request_head head;
	struct rpc_body body;
	uint8_t packed[256];
	zmq_msg_t frame;
	size_t length;

	(void)state;
	rpc_request_encode(UINT64_C(1) << 63, -1, &text, sent, &frame);
	const uint8_t *bytes = header_of(&frame, &length);
	Relance__Bus__V1__RequestHeader *header = relance__bus__v1__request_header__unpack(NULL, length, bytes);

	assert_non_null(header);
	assert_string_equal(header->method, "a.B/C");
	assert_int_equal(header->id, UINT64_C(1) << 63);
	assert_int_equal(header->deadline_us, -1);
	assert_string_equal(header->idempotency_key, "key");
	assert_string_equal(header->trace_parent, "00-trace");
	assert_string_equal(header->user, "erp");
	assert_int_equal(relance__bus__v1__request_header__pack(header, packed), length);
	assert_memory_equal(packed, bytes, length);
	assert_true(err_ok(rpc_request_decode(&frame, &head, &body)));
	assert_string_equal(head.method, "a.B/C");
	assert_int_equal(head.id, UINT64_C(1) << 63);
	assert_int_equal(head.deadline_us, -1);
	assert_string_equal(head.key, "key");
	assert_string_equal(head.trace, "00-trace");
	assert_string_equal(head.user, "erp");
	assert_int_equal(body.length, 4);
	assert_memory_equal(body.bytes, "body", 4);
	relance__bus__v1__request_header__free_unpacked(header, NULL);
	zmq_msg_close(&frame);
}

static void a_refusal_is_what_the_proto_says(void **state)
{
	const struct err said = ERR(ERR_CONFLICT, "invoice.already_paid", "number", "It is paid.");
	struct arena *arena = arena_new(0);
	struct rpc_body body;
	struct err heard;
	zmq_msg_t frame;
	size_t length;
	uint64_t id;

	(void)state;
	rpc_reply_refuse(77, said, &frame);
	const uint8_t *bytes = header_of(&frame, &length);
	Relance__Bus__V1__ReplyHeader *header = relance__bus__v1__reply_header__unpack(NULL, length, bytes);

	assert_non_null(header);
	assert_int_equal(header->id, 77);
	assert_int_equal(header->error->code, ERR_CONFLICT);
	assert_string_equal(header->error->reason, said.reason);
	assert_string_equal(header->error->field, said.field);
	assert_string_equal(header->error->message, said.message);
	assert_true(err_ok(rpc_reply_decode(&frame, arena, &id, &heard, &body)));
	assert_int_equal(id, 77);
	assert_int_equal(heard.code, ERR_CONFLICT);
	assert_string_equal(heard.reason, said.reason);
	assert_int_equal(body.length, 0);
	relance__bus__v1__reply_header__free_unpacked(header, NULL);
	zmq_msg_close(&frame);
	arena_destroy(&arena);
}

static void an_answer_carries_its_body(void **state)
{
	struct arena *arena = arena_new(0);
	struct rpc_body body;
	struct err heard;
	zmq_msg_t frame;
	uint64_t id;

	(void)state;
	memcpy(rpc_reply_begin(78, 4, &frame), "body", 4);
	assert_true(err_ok(rpc_reply_decode(&frame, arena, &id, &heard, &body)));
	assert_int_equal(id, 78);
	assert_int_equal(heard.code, ERR_OK);
	assert_int_equal(body.length, 4);
	assert_memory_equal(body.bytes, "body", 4);
	zmq_msg_close(&frame);
	arena_destroy(&arena);
}

static void a_header_has_its_limits(void **state)
{
	char key[RPC_KEY_BYTES_MAX + 2];
	const struct rpc_request_text text = { .method = "a.B/C", .key = key };
	struct rpc_request_head head;
	struct rpc_body body;
	zmq_msg_t frame;

	(void)state;
	memset(key, 'k', sizeof key - 1);
	key[sizeof key - 1] = '\0';
	rpc_request_encode(5, 0, &text, (struct rpc_body){ 0 }, &frame);
	assert_string_equal(rpc_request_decode(&frame, &head, &body).reason, "rpc.header");
	assert_int_equal(head.id, 5); /* so that the refusal finds its call */
	zmq_msg_close(&frame);
	key[RPC_KEY_BYTES_MAX] = '\0';
	rpc_request_encode(5, 0, &text, (struct rpc_body){ 0 }, &frame);
	assert_true(err_ok(rpc_request_decode(&frame, &head, &body)));
	zmq_msg_close(&frame);
}

static void what_is_no_header_is_refused(void **state)
{
	static const struct {
		const char *sentence, *bytes;
		size_t length;
	} TABLE[] = {
		{ "nothing at all", "", 0 },
		{ "a header longer than the frame", "\x05\x0a\x01x", 4 },
		{ "a length without an end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 11 },
		{ "a header that ends in the middle of a field", "\x02\x0a\x05xxxxx", 8 },
		{ "a method that is no UTF-8", "\x03\x0a\x01\xff", 4 },
	};
	struct rpc_request_head head;
	struct rpc_body body;
	zmq_msg_t frame;

	(void)state;
	for (size_t i = 0; i < ROWS(TABLE); i++) {
		SAY(TABLE[i].sentence);
		zmq_msg_init_size(&frame, TABLE[i].length);
		memcpy(zmq_msg_data(&frame), TABLE[i].bytes, TABLE[i].length);
		assert_string_equal(rpc_request_decode(&frame, &head, &body).reason, "rpc.header");
		zmq_msg_close(&frame);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_check_refuses_what_unpack_would_take),
		cmocka_unit_test(the_number_of_fields_is_bounded),
		cmocka_unit_test(the_depth_is_bounded),
		cmocka_unit_test(a_request_is_what_the_proto_says),
		cmocka_unit_test(a_refusal_is_what_the_proto_says),
		cmocka_unit_test(an_answer_carries_its_body),
		cmocka_unit_test(a_header_has_its_limits),
		cmocka_unit_test(what_is_no_header_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
