/* The status report reader: never crashes, never keeps more than its limits, and says the same of a file whether it comes
 * whole or in pieces. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "payments/formats/pain002.h"

struct heard {
	uint64_t lines, hash;
};

static struct err hear(void *context, const struct status_line *line)
{
	struct heard *heard = context;
	const char *const texts[] = {
		line->original_message_id, line->batch_id, line->end_to_end_id, line->status, line->reason,
		line->reason_text
	};

	heard->lines++;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (const char *at = texts[i]; at && *at; at++)
			heard->hash = (heard->hash ^ (unsigned char)*at) * 0x100000001b3;
	return OK;
}

static bool read_all(const uint8_t *bytes, size_t length, size_t piece, struct heard *heard)
{
	const struct status_sink sink = { .line = hear, .context = heard };
	PAIN002_SCOPE reader = pain002_new(&sink);
	struct err err = OK;

	for (size_t at = 0; err_ok(err) && at < length; at += piece)
		err = pain002_feed(reader, (const char *)bytes + at, length - at < piece ? length - at : piece);
	if (err_ok(err))
		err = pain002_finish(reader);
	return err_ok(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct heard whole = { 0 }, pieces = { 0 };
	bool good = read_all(bytes, length, length ? length : 1, &whole);

	if (read_all(bytes, length, 7, &pieces) && good && (whole.lines != pieces.lines || whole.hash != pieces.hash))
		abort();
	return 0;
}
