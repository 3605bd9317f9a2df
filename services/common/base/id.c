#include "common/base/id.h"

#include <string.h>

#include "common/base/text.h"

struct id id_make(struct instant now, const uint8_t random[static 10])
{
	struct id id;
	uint64_t ms = (uint64_t)(now.us / 1000);

	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
	memcpy(id.bytes + 6, random, 10);
	id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0F));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3F));
	return id;
}

struct id id_derive(struct id namespace_id, const char *name)
{
	struct id id;
	size_t length = strlen(name);
	uint64_t low = text_hash(namespace_id.bytes, sizeof namespace_id.bytes);

	/* Two FNV passes over namespace and name, from different starts, give 122 bits that spread well
	 * enough for ids that the database still checks to be unique. */
	for (int half = 0; half < 2; half++) {
		uint64_t hash = low ^ (half ? UINT64_C(0x9E3779B97F4A7C15) : 0);

		for (size_t i = 0; i < length; i++)
			hash = (hash ^ (uint8_t)name[i]) * UINT64_C(1099511628211);
		hash ^= hash >> 32;
		hash *= UINT64_C(0xD6E8FEB86659FD93);
		hash ^= hash >> 32;
		for (int i = 0; i < 8; i++)
			id.bytes[half * 8 + i] = (uint8_t)(hash >> (8 * i));
	}
	id.bytes[6] = (uint8_t)(0x80 | (id.bytes[6] & 0x0F));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3F));
	return id;
}

bool id_equal(struct id a, struct id b)
{
	return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

bool id_zero(struct id id)
{
	return id_equal(id, (struct id){ { 0 } });
}

unsigned long long id_hash(struct id id)
{
	return text_hash_quick(id.bytes, sizeof id.bytes);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct err id_parse(const char *text, struct id *id)
{
	struct err malformed = ERR(ERR_INVALID, "id.malformed", NULL, "an id is a UUID of 36 characters");
	struct id parsed;
	const char *at = text;

	if (strlen(text) != ID_TEXT_BYTES - 1)
		return malformed;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (*at++ != '-')
				return malformed;
		int high = hex(at[0]), low = hex(at[1]);

		if (high < 0 || low < 0)
			return malformed;
		parsed.bytes[i] = (uint8_t)(high << 4 | low);
		at += 2;
	}
	*id = parsed;
	return OK;
}

const char *id_format(struct id id, char text[static ID_TEXT_BYTES])
{
	static const char DIGITS[] = "0123456789abcdef";
	char *to = text;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = DIGITS[id.bytes[i] >> 4];
		*to++ = DIGITS[id.bytes[i] & 15];
	}
	*to = '\0';
	return text;
}
