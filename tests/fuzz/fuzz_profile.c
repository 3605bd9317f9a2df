/* CSV profiles: a file is refused with place and sentence, or gives a profile by which any CSV can be read or refused. */
#include <stdint.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/check.h"
#include "payments/formats/statement.h"
#include "payments/profile_file.h"

static const char SAMPLE[] = "Konto;1\nDate;Amount;Balance;Label;Mark\n01.02.2026;-1.234,50;10,00;a \"b\" c;S\n";

static void read_sample(const struct csv_profile *profile)
{
	const struct csv_profiles profiles = { .list = profile, .count = 1, .only = profile->name };
	const struct statement_sink sink = { .context = NULL };
	STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);

	statement_reader_profiles(reader, &profiles);
	struct err err = statement_reader_feed(reader, SAMPLE, strlen(SAMPLE));

	if (err_ok(err))
		err = statement_reader_finish(reader);
	CHECK(err_ok(err) || (err.reason && err.message));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	ARENA_SCOPE arena = arena_new(0);
	struct csv_profile profile;
	struct err err = profile_file_read(arena, "any.yaml", (const char *)bytes, length, &profile);

	if (err_ok(err))
		read_sample(&profile);
	else
		CHECK(err.reason && err.field && err.message);
	return 0;
}
