#ifndef NOTIFICATION_SPOOL_H
#define NOTIFICATION_SPOOL_H

#include "common/base/id.h"
#include "common/document/sheet.h"

/* Letters for a print provider: a folder with one PDF a letter and manifest.jsonl, one JSON object a line:
 *
 *     {"file", "sha256", "pages", "address": [lines], "country", "registered", "reference", "colour", "duplex"}
 *
 * A file has the name of its reminder, so that a repeat never adds a letter; one that is listed is never written again.
 * A PDF is whole from the moment it has its name; its line follows it. Several processes may write at a time:
 * manifest.lock is held meanwhile (flock), also to be held by whoever collects the letters and empties the manifest. */

#define SPOOL_MANIFEST "manifest.jsonl"
#define SPOOL_LOCK "manifest.lock"
#define SPOOL_MANIFEST_BYTES_MAX ((size_t)64 * 1024 * 1024) /* of letters not collected: 150,000 */

struct spool_letter {
	const char *creditor;
	struct id reminder;
	const char *const *address;
	size_t address_count;
	const char *country, *reference; /* reference: the customer's number, which the provider's invoice quotes */
	bool registered;
	int pages;
	struct sheet_bytes pdf;
};

/* "CREDITOR-REMINDER.pdf" */
const char *spool_file(struct arena *arena, const char *creditor, struct id reminder);

/* ERR_UNAVAILABLE "letters.unwritable" with the path in `field`, ERR_EXHAUSTED "letters.spool_full". */
MUST_USE struct err spool_put(struct arena *arena, const char *folder, const struct spool_letter *letter);

#endif
