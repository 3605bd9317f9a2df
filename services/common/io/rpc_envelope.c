#include "common/io/rpc_envelope.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/rpc_wire.h"

/* Field numbers of bus.proto. */
enum { REQUEST_METHOD = 1, REQUEST_ID, REQUEST_DEADLINE, REQUEST_KEY, REQUEST_TRACE, REQUEST_USER };
enum { REPLY_ID = 1, REPLY_ERROR };
enum { ERROR_CODE = 1, ERROR_REASON, ERROR_MESSAGE, ERROR_FIELD };

static struct err header_malformed(void)
{
	return ERR(ERR_INVALID, "rpc.header", NULL, "the header is malformed or a text in it too long");
}

/* Where the header is, and what is behind it. */
static bool frame_split(zmq_msg_t *frame, struct wire_reader *header, struct rpc_body *body)
{
	const uint8_t *at = zmq_msg_data(frame), *end = at + zmq_msg_size(frame);
	struct wire_reader whole = { .at = at, .end = end };
	uint64_t length;

	if (!wire_take_varint(&whole, &length) || length > (uint64_t)(end - whole.at))
		return false;
	*header = (struct wire_reader){ .at = whole.at, .end = whole.at + length };
	*body = (struct rpc_body){ .bytes = header->end, .length = (size_t)(end - header->end) };
	return true;
}

/* Initialises the frame and gives the place of the header, whose size is known. */
static uint8_t *frame_begin(zmq_msg_t *frame, size_t header_length, size_t body_length)
{
	CHECK(zmq_msg_init_size(frame, wire_varint_size(header_length) + header_length + body_length) == 0);
	return wire_put_varint(zmq_msg_data(frame), header_length);
}

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

struct err rpc_request_decode(zmq_msg_t *frame, struct rpc_request_head *head, struct rpc_body *body)
{
	struct wire_reader reader;
	struct wire_field field;
	bool broken, good = true;

	head->id = 0;
	head->deadline_us = 0;
	head->method[0] = head->key[0] = head->trace[0] = head->user[0] = '\0';
	*body = (struct rpc_body){ 0 };
	if (!frame_split(frame, &reader, body))
		return header_malformed();
	while (wire_next(&reader, &field, &broken))
		good = request_field(head, &field) && good;
	return broken || !good ? header_malformed() : OK;
}

static size_t length_of(const char *text)
{
	return text ? strlen(text) : 0;
}

void rpc_request_encode(uint64_t id, int64_t deadline_us, const struct rpc_request_text *text, struct rpc_body body,
			zmq_msg_t *frame)
{
	size_t method = length_of(text->method), key = length_of(text->key);
	size_t trace = length_of(text->trace), user = length_of(text->user);
	size_t size = wire_bytes_size(REQUEST_METHOD, method) + wire_number_size(REQUEST_ID, id) +
		      wire_number_size(REQUEST_DEADLINE, (uint64_t)deadline_us) + wire_bytes_size(REQUEST_KEY, key) +
		      wire_bytes_size(REQUEST_TRACE, trace) + wire_bytes_size(REQUEST_USER, user);

	uint8_t *to = frame_begin(frame, size, body.length);

	to = wire_put_bytes(to, REQUEST_METHOD, text->method, method);
	to = wire_put_number(to, REQUEST_ID, id);
	to = wire_put_number(to, REQUEST_DEADLINE, (uint64_t)deadline_us);
	to = wire_put_bytes(to, REQUEST_KEY, text->key, key);
	to = wire_put_bytes(to, REQUEST_TRACE, text->trace, trace);
	to = wire_put_bytes(to, REQUEST_USER, text->user, user);
	if (body.length > 0)
		memcpy(to, body.bytes, body.length);
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

uint8_t *rpc_reply_begin(uint64_t id, size_t body_length, zmq_msg_t *frame)
{
	return wire_put_number(frame_begin(frame, wire_number_size(REPLY_ID, id), body_length), REPLY_ID, id);
}

void rpc_reply_refuse(uint64_t id, struct err answer, zmq_msg_t *frame)
{
	struct error_sizes error = error_measure(answer);
	size_t size = wire_number_size(REPLY_ID, id) + wire_bytes_size(REPLY_ERROR, error.whole);
	uint8_t *to = wire_put_number(frame_begin(frame, size, 0), REPLY_ID, id);
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

struct err rpc_reply_decode(zmq_msg_t *frame, struct arena *arena, uint64_t *id, struct err *answer,
			    struct rpc_body *body)
{
	struct err malformed = ERR(ERR_INTERNAL, "rpc.header", NULL, "a reply's header is malformed");
	struct wire_reader reader;
	struct err found = OK;
	struct rpc_body behind;
	struct wire_field field;
	uint64_t number = 0;
	bool broken, good = true;

	if (!frame_split(frame, &reader, &behind))
		return malformed;
	while (wire_next(&reader, &field, &broken)) {
		if (field.number == REPLY_ID && field.type == WIRE_VARINT)
			number = field.value;
		else if (field.number == REPLY_ERROR && field.type == WIRE_BYTES)
			good = error_decode(&field, arena, &found) && good;
	}
	if (broken || !good)
		return malformed;
	*id = number;
	*answer = found;
	*body = behind;
	return OK;
}
