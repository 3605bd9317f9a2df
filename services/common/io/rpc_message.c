#include "common/io/rpc_message.h"

void *wire_new(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);

	protobuf_c_message_init(type, message);
	return message;
}

char *wire_text(struct arena *arena, const char *text)
{
	return arena_copy(arena, text ? text : "");
}

char **wire_texts(struct arena *arena, const char *const *texts, size_t count)
{
	char **copies = arena_array(arena, count, sizeof *copies);

	for (size_t i = 0; i < count; i++)
		copies[i] = wire_text(arena, texts[i]);
	return copies;
}

char *wire_date(struct arena *arena, struct date date)
{
	char text[DATE_TEXT_BYTES];

	return arena_copy(arena, date_format(date, text));
}

char *wire_instant(struct arena *arena, struct instant instant)
{
	char text[INSTANT_TEXT_BYTES];

	return arena_copy(arena, instant_known(instant) ? instant_format(instant, text) : "");
}

char *wire_id(struct arena *arena, struct id id)
{
	char text[ID_TEXT_BYTES];

	return arena_copy(arena, id_zero(id) ? "" : id_format(id, text));
}

char *wire_currency(struct arena *arena, struct currency currency)
{
	return arena_copy(arena, currency.code);
}

char *wire_decimal(struct arena *arena, struct decimal decimal)
{
	char text[DECIMAL_TEXT_BYTES];

	return arena_copy(arena, decimal_format(decimal, text));
}

Relance__Common__V1__Money *wire_money(struct arena *arena, int64_t minor, struct currency currency)
{
	Relance__Common__V1__Money *money = wire_new(arena, &relance__common__v1__money__descriptor);

	money->minor = minor;
	money->currency = wire_currency(arena, currency);
	return money;
}

Relance__Common__V1__Check *wire_check(struct arena *arena, const char *name, bool ok, int64_t checked,
				       const char *detail)
{
	Relance__Common__V1__Check *check = wire_new(arena, &relance__common__v1__check__descriptor);

	check->name = wire_text(arena, name);
	check->ok = ok;
	check->checked = checked;
	check->detail = wire_text(arena, detail);
	return check;
}

struct payload wire_packed(struct arena *arena, const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t *bytes = arena_alloc(arena, length);

	protobuf_c_message_pack(message, bytes);
	return (struct payload){ .bytes = bytes, .length = length, .type = message->descriptor->name };
}
