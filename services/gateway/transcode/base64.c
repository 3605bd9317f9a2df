#include "gateway/transcode/base64.h"

#include <stdint.h>
#include <string.h>

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_append(struct buf *to, const void *bytes, size_t length, bool padded)
{
	const uint8_t *at = bytes;

	for (; length >= 3; at += 3, length -= 3) {
		uint32_t word = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
		const char four[4] = { ALPHABET[word >> 18], ALPHABET[word >> 12 & 63], ALPHABET[word >> 6 & 63],
				       ALPHABET[word & 63] };

		buf_append(to, four, sizeof four);
	}
	if (length == 0)
		return;
	uint32_t word = (uint32_t)at[0] << 16 | (length == 2 ? (uint32_t)at[1] << 8 : 0);
	const char four[4] = { ALPHABET[word >> 18], ALPHABET[word >> 12 & 63],
			       length == 2 ? ALPHABET[word >> 6 & 63] : '=', '=' };

	buf_append(to, four, padded ? 4 : length + 1);
}

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

bool base64_decode(struct buf *to, const char *text, size_t length)
{
	uint32_t word = 0;
	size_t padding = 0;

	while (length > 0 && padding < 2 && text[length - 1] == '=') {
		length--;
		padding++;
	}
	if (length % 4 == 1 || (padding > 0 && (length + padding) % 4 != 0))
		return false;
	for (size_t i = 0; i < length; i++) {
		int value = digit(text[i]);

		if (value < 0)
			return false;
		word = word << 6 | (uint32_t)value;
		if (i % 4 != 0)
			buf_append_char(to, (char)(word >> (6 - 2 * (i % 4)) & 0xff));
	}
	return true;
}
