/* The encodings of bank files: whatever the bytes, what comes out is UTF-8, the same whole or in pieces, and no longer
 * than promised. The first byte says which encoding. */
#include <stdint.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/codepage.h"

static const char *const NAMES[] = { "utf-16", "latin-1", "cp1252", "cp1250", "cp850", "cp852" };

static void decode(enum codepage codepage, const char *bytes, size_t length, size_t piece, struct buf *out)
{
	struct decoder decoder = decoder_make(codepage);

	buf_init(out, length * 3 + 1);
	for (size_t at = 0; at < length; at += piece)
		decoder_feed(&decoder, bytes + at, length - at < piece ? length - at : piece, out);
	CHECK(!out->full);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	enum codepage codepage;
	BUF_SCOPE whole = { 0 };
	BUF_SCOPE pieces = { 0 };
	ARENA_SCOPE arena = arena_new(0);

	if (length < 2)
		return 0;
	const char *text = (const char *)bytes + 1;

	CHECK(codepage_find(NAMES[bytes[0] % (sizeof NAMES / sizeof NAMES[0])], &codepage));
	decode(codepage, text, length - 1, length, &whole);
	decode(codepage, text, length - 1, (size_t)bytes[length - 1] % 7 + 1, &pieces);
	CHECK(whole.length == pieces.length && memcmp(buf_text(&whole), buf_text(&pieces), whole.length) == 0);
	CHECK(text_utf8_valid(buf_text(&whole), whole.length));
	const char *guessed = text_to_utf8(arena, text, length - 1);

	CHECK(text_utf8_valid(guessed, strlen(guessed)));
	return 0;
}
