#include "common/base/text.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

bool text_empty(const char *text)
{
	return !text || !*text;
}

bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool text_equal_nocase(const char *a, const char *b)
{
	for (; *a && upper(*a) == upper(*b); a++, b++)
		;
	return *a == *b;
}

int text_place(const char *const *names, int count, const char *name)
{
	int place = 0;

	while (place < count && !text_equal(names[place], name))
		place++;
	CHECK(place < count);
	return place;
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
	size_t length = strlen(text), tail = strlen(suffix);

	return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

/* Length of the valid character at `s`, or 0. */
static size_t utf8_step(const unsigned char *s, size_t left)
{
	if (s[0] < 0x80)
		return 1;
	size_t need = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;

	if (s[0] < 0xC2 || s[0] > 0xF4 || left < need)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
	bool outside = (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F);

	return overlong || outside ? 0 : need;
}

bool text_utf8_valid(const char *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t step = utf8_step((const unsigned char *)bytes + at, length - at);

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

/* Windows-1252, 0x80…0x9F; 0 where the code is unassigned. */
static const uint16_t CP1252[32] = {
	0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
	0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static size_t utf8_encode(unsigned code, char *to)
{
	if (code < 0x800) {
		to[0] = (char)(0xC0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3F));
		return 2;
	}
	to[0] = (char)(0xE0 | code >> 12);
	to[1] = (char)(0x80 | (code >> 6 & 0x3F));
	to[2] = (char)(0x80 | (code & 0x3F));
	return 3;
}

char *text_to_utf8(struct arena *arena, const char *bytes, size_t length)
{
	if (text_utf8_valid(bytes, length))
		return arena_copy_n(arena, bytes, length);
	const unsigned char *s = (const unsigned char *)bytes;
	char *text = arena_alloc(arena, length * 3 + 1);
	size_t out = 0;

	for (size_t at = 0; at < length;) {
		size_t step = utf8_step(s + at, length - at);

		if (step > 0) {
			memcpy(text + out, bytes + at, step);
			out += step;
			at += step;
			continue;
		}
		unsigned code = s[at] >= 0xA0 ? s[at] : CP1252[s[at] - 0x80];

		out += utf8_encode(code ? code : 0xFFFD, text + out);
		at++;
	}
	return text;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

char *text_trim(struct arena *arena, const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && blank(text[length - 1]))
		length--;
	for (; length > 0 && blank(*text); length--)
		text++;
	return arena_copy_n(arena, text, length);
}

char *text_normalise(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, strlen(text) + 1), *to = out;

	for (; *text; text++) {
		char c = upper(*text);

		if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			*to++ = c;
	}
	return out;
}

bool text_copy(char *to, size_t size, const char *from)
{
	size_t length = strlen(from);

	if (length < size) {
		memcpy(to, from, length + 1);
		return true;
	}
	length = size - 1;
	while (length > 0 && ((unsigned char)from[length] & 0xC0) == 0x80)
		length--;
	memcpy(to, from, length);
	to[length] = '\0';
	return false;
}

struct err text_to_int64(const char *text, long long min, long long max, long long *value)
{
	char *end;

	errno = 0;
	long long number = strtoll(text, &end, 10);

	if (end == text || *end || blank(*text) || *text == '+')
		return ERR(ERR_INVALID, "number.malformed", NULL, "a whole number is expected");
	if (errno == ERANGE || number < min || number > max)
		return ERR(ERR_RANGE, "number.range", NULL, "the number is out of range");
	*value = number;
	return OK;
}

/* The odd constants and the last steps are MurmurHash3's (public domain), which spreads every bit over all. */
#define QUICK_FIRST UINT64_C(0xFF51AFD7ED558CCD)
#define QUICK_SECOND UINT64_C(0xC4CEB9FE1A85EC53)

/* Up to eight bytes, the first one lowest. */
static uint64_t word_of(const unsigned char *at, size_t length)
{
	uint64_t word = 0;

	for (size_t i = 0; i < length; i++)
		word |= (uint64_t)at[i] << 8 * i;
	return word;
}

unsigned long long text_hash_quick(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t hash = length * QUICK_SECOND;

	for (; length >= sizeof hash; at += sizeof hash, length -= sizeof hash) {
		hash = (hash ^ word_of(at, sizeof hash)) * QUICK_FIRST;
		hash ^= hash >> 32;
	}
	hash = (hash ^ word_of(at, length)) * QUICK_FIRST;
	hash = (hash ^ hash >> 33) * QUICK_SECOND;
	return hash ^ hash >> 33;
}

unsigned long long text_hash(const void *bytes, size_t length)
{
	const unsigned char *s = bytes;
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ s[i]) * UINT64_C(1099511628211);
	return hash;
}
