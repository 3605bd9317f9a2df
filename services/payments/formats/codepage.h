#ifndef FORMATS_CODEPAGE_H
#define FORMATS_CODEPAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

/* The encodings of bank files, turned into UTF-8. Latin-1 is read as Windows-1252, which fills the places that Latin-1
 * leaves to control characters. UTF-8 passes through as it is: what is invalid there is left to text_to_utf8. */

enum codepage { CODEPAGE_UTF8, CODEPAGE_UTF16, CODEPAGE_CP1252, CODEPAGE_CP1250, CODEPAGE_CP850, CODEPAGE_CP852 };

/* "utf-8", "utf-16", "latin-1", "cp1252", "cp1250", "cp850", "cp852". */
bool codepage_find(const char *name, enum codepage *codepage);

/* Holds what pieces of any size leave of a character. UTF-16 is little endian unless its mark says otherwise. */
struct decoder {
	enum codepage codepage;
	bool odd, big, begun;
	unsigned first;
	uint32_t high; /* the first half of a surrogate pair; 0: none */
};

/* The bytes that UTF-8's byte order mark takes at the start of a file: 3 or none. */
size_t utf8_mark_length(const char *bytes, size_t length);

/* Whether the bytes begin with the mark of UTF-16 in either order, or without it as little endian text does. */
bool decoder_is_utf16(const char *bytes, size_t length);

struct decoder decoder_make(enum codepage codepage);

/* Appends what is complete to `out`: at most three bytes for each that comes in. */
void decoder_feed(struct decoder *decoder, const char *bytes, size_t length, struct buf *out);

#endif
