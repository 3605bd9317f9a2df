#ifndef FORMATS_PAIN002_H
#define FORMATS_PAIN002_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* Reads a customer payment status report (ISO 20022 pain.002, versions 001.02 to 001.14, and national ones with the
 * same elements), fed in pieces of any size. A report speaks of the whole file, of one of its groups, or of one
 * transaction; each is one line to the sink, in the report's order. Memory stays flat.
 *
 * Texts are UTF-8 and live until the callback returns; what the report doesn't say is NULL.
 * Limits: PAIN002_TEXT_BYTES_MAX of one element. Document type declarations are refused. */

#define PAIN002_TEXT_BYTES_MAX ((size_t)4096)
#define PAIN002_DEPTH_MAX 64 /* elements inside each other; the deepest path of the schema is 16 */

enum status_level { STATUS_FILE, STATUS_BATCH, STATUS_TRANSACTION, STATUS_LEVEL_COUNT };

struct status_line {
	enum status_level level;
	const char *report_id;           /* MsgId of the report */
	const char *original_message_id; /* MsgId of our file */
	const char *batch_id;            /* PmtInfId, of STATUS_BATCH and below */
	const char *end_to_end_id;       /* of STATUS_TRANSACTION */
	const char *mandate_id;
	const char *status;      /* "RJCT", "ACSP", "PART"; NULL: this level has none of its own */
	const char *reason;      /* "AM04": the first code of this level, else that of the level above */
	const char *reason_text; /* the bank's words */
};

struct status_sink {
	struct err (*line)(void *context, const struct status_line *line);
	void *context;
};

struct pain002;

struct pain002 *pain002_new(const struct status_sink *sink); /* the sink is copied */
void pain002_destroy(struct pain002 **reader);

static inline void pain002_cleanup(struct pain002 **reader)
{
	pain002_destroy(reader);
}

#define PAIN002_SCOPE __attribute__((cleanup(pain002_cleanup))) struct pain002 *

/* By content: whether these first bytes of a file are of a status report, in whatever encoding. */
bool pain002_detect(const char *bytes, size_t length);

/* Errors: ERR_INVALID "report.malformed", "report.truncated", "report.too_large", "report.document_type", and at the
 * end "report.none" (no status report in the file); the message lives as long as the reader. Errors of the sink come
 * out unchanged. */
MUST_USE struct err pain002_feed(struct pain002 *reader, const char *bytes, size_t length);
MUST_USE struct err pain002_finish(struct pain002 *reader);

/* True for a status that means: this will not be collected. */
bool status_rejects(const char *status);
/* True for one that means: checked, or done. */
bool status_accepts(const char *status);

#endif
