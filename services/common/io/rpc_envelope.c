#include "common/io/rpc_envelope.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/rpc_wire.h"

/* Field numbers of bus.proto. */
enum { REQUEST_METHOD = 1, REQUEST_ID, REQUEST_DEADLINE, REQUEST_KEY, REQUEST_TRACE, REQUEST_USER };
enum { REPLY_ID = 1, REPLY_ERROR };
enum { ERROR_CODE = 1, ERROR_REASON, ERROR_MESSAGE, ERROR_FIELD };

static bool text_take(const struct wire_field *field, char *to, size_t size)
{
	if (field->type != WIRE_BYTES || field->length >= size || memchr(field->bytes, 0, field->length) ||
	    !text_utf8_valid((const char *)field->bytes, field->length))
		return false;
	memcpy(to, field->bytes, field->length);
	to[field->length] = '\0';
	return true;
}

static bool request_field(struct rpc_request_head *head, const struct wire_field *field)
{
	switch (field->number) {
	case REQUEST_METHOD:
		return text_take(field, head->method, sizeof head->method);
	case REQUEST_ID:
		head->id = field->value;
		return field->type == WIRE_VARINT;
	case REQUEST_DEADLINE:
		head->deadline_us = (int64_t)field->value;
		return field->type == WIRE_VARINT;
	case REQUEST_KEY:
		return text_take(field, head->key, sizeof head->key);
	case REQUEST_TRACE:
		return text_take(field, head->trace, sizeof head->trace);
	case REQUEST_USER:
		return text_take(field, head->user, sizeof head->user);
	default:
		return true; /* of a later version */
	}
}

struct err rpc_request_head_decode(const void *bytes, size_t length, struct rpc_request_head *head)
{
	struct wire_reader reader = { .at = bytes, .end = (const uint8_t *)bytes + length };
	struct wire_field field;
	bool broken, good = true;

	head->id = 0;
	head->deadline_us = 0;
	head->method[0] = head->key[0] = head->trace[0] = head->user[0] = '\0';
	while (wire_next(&reader, &field, &broken))
		good = request_field(head, &field) && good;
	if (broken || !good)
		return ERR(ERR_INVALID, "rpc.header", NULL,
			   "the request's header is malformed or a text in it too long");
	return OK;
}

static size_t length_of(const char *text)
{
	return text ? strlen(text) : 0;
}

void rpc_request_head_encode(uint64_t id, int64_t deadline_us, const struct rpc_request_text *text, zmq_msg_t *frame)
{
	size_t method = length_of(text->method), key = length_of(text->key);
	size_t trace = length_of(text->trace), user = length_of(text->user);
	size_t size = wire_bytes_size(REQUEST_METHOD, method) + wire_number_size(REQUEST_ID, id) +
		      wire_number_size(REQUEST_DEADLINE, (uint64_t)deadline_us) + wire_bytes_size(REQUEST_KEY, key) +
		      wire_bytes_size(REQUEST_TRACE, trace) + wire_bytes_size(REQUEST_USER, user);

	CHECK(zmq_msg_init_size(frame, size) == 0);
	uint8_t *to = zmq_msg_data(frame);

	to = wire_put_bytes(to, REQUEST_METHOD, text->method, method);
	to = wire_put_number(to, REQUEST_ID, id);
	to = wire_put_number(to, REQUEST_DEADLINE, (uint64_t)deadline_us);
	to = wire_put_bytes(to, REQUEST_KEY, text->key, key);
	to = wire_put_bytes(to, REQUEST_TRACE, text->trace, trace);
	wire_put_bytes(to, REQUEST_USER, text->user, user);
}

/* ------------------------------------------------------------------ replies */

struct error_sizes {
	size_t reason, message, field, whole;
};

static size_t message_length(const char *message)
{
	size_t length = length_of(message);

	if (length <= RPC_MESSAGE_BYTES_MAX)
		return length;
	length = RPC_MESSAGE_BYTES_MAX;
	while (length > 0 && ((unsigned char)message[length] & 0xC0) == 0x80)
		length--;
	return length;
}

static struct error_sizes error_measure(struct err err)
{
	struct error_sizes sizes = { .reason = length_of(err.reason),
				     .message = message_length(err.message),
				     .field = message_length(err.field) };

	sizes.whole = wire_number_size(ERROR_CODE, err.code) + wire_bytes_size(ERROR_REASON, sizes.reason) +
		      wire_bytes_size(ERROR_MESSAGE, sizes.message) + wire_bytes_size(ERROR_FIELD, sizes.field);
	return sizes;
}

void rpc_reply_head_encode(uint64_t id, struct err answer, zmq_msg_t *frame)
{
	struct error_sizes error = { 0 };

	if (!err_ok(answer))
		error = error_measure(answer);
	CHECK(zmq_msg_init_size(frame, wire_number_size(REPLY_ID, id) + wire_bytes_size(REPLY_ERROR, error.whole)) ==
	      0);
	uint8_t *to = wire_put_number(zmq_msg_data(frame), REPLY_ID, id);

	if (err_ok(answer))
		return;
	to = wire_put_varint(to, REPLY_ERROR << 3 | WIRE_BYTES);
	to = wire_put_varint(to, error.whole);
	to = wire_put_number(to, ERROR_CODE, answer.code);
	to = wire_put_bytes(to, ERROR_REASON, answer.reason, error.reason);
	to = wire_put_bytes(to, ERROR_MESSAGE, answer.message, error.message);
	wire_put_bytes(to, ERROR_FIELD, answer.field, error.field);
}

static const char *text_copy_of(struct arena *arena, const struct wire_field *field)
{
	return text_to_utf8(arena, (const char *)field->bytes, field->length);
}

static bool error_decode(const struct wire_field *whole, struct arena *arena, struct err *answer)
{
	struct wire_reader reader = { .at = whole->bytes, .end = whole->bytes + whole->length };
	struct err err = ERR(ERR_UNKNOWN, "", NULL, "");
	struct wire_field field;
	bool broken;

	while (wire_next(&reader, &field, &broken)) {
		if (field.number == ERROR_CODE && field.type == WIRE_VARINT)
			err.code = field.value > 0 && field.value < ERR_CODE_COUNT ? (enum err_code)field.value
										   : ERR_UNKNOWN;
		else if (field.number == ERROR_REASON && field.type == WIRE_BYTES)
			err.reason = text_copy_of(arena, &field);
		else if (field.number == ERROR_MESSAGE && field.type == WIRE_BYTES)
			err.message = text_copy_of(arena, &field);
		else if (field.number == ERROR_FIELD && field.type == WIRE_BYTES)
			err.field = text_copy_of(arena, &field);
	}
	*answer = err;
	return !broken;
}

struct err rpc_reply_head_decode(const void *bytes, size_t length, struct arena *arena, uint64_t *id,
				 struct err *answer)
{
	struct wire_reader reader = { .at = bytes, .end = (const uint8_t *)bytes + length };
	struct err found = OK;
	struct wire_field field;
	uint64_t number = 0;
	bool broken, good = true;

	while (wire_next(&reader, &field, &broken)) {
		if (field.number == REPLY_ID && field.type == WIRE_VARINT)
			number = field.value;
		else if (field.number == REPLY_ERROR && field.type == WIRE_BYTES)
			good = error_decode(&field, arena, &found) && good;
	}
	if (broken || !good)
		return ERR(ERR_INTERNAL, "rpc.header", NULL, "a reply's header is malformed");
	*id = number;
	*answer = found;
	return OK;
}
