#include "payments/formats/pain002.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/xml_push.h"

#define FIELD_BYTES 512 /* what is kept of one text; codes and ids have at most 35 characters */

/* What is known of one level. */
struct level {
	char id[FIELD_BYTES], status[FIELD_BYTES], reason[FIELD_BYTES], text[FIELD_BYTES], mandate[FIELD_BYTES];
	bool told;
};

struct pain002 {
	struct status_sink sink;
	struct xml_push push;
	const char *names[PAIN002_DEPTH_MAX]; /* of the open elements; libxml2's dictionary owns them */
	int depth, level;                     /* level: -1 outside of all */
	char report_id[FIELD_BYTES];
	struct level levels[STATUS_LEVEL_COUNT];
	struct buf text;
	bool found;
};

/* ------------------------------------------------------------------ statuses */

static bool one_of(const char *status, const char *const *list, size_t count)
{
	for (size_t i = 0; status && i < count; i++)
		if (strcmp(status, list[i]) == 0)
			return true;
	return false;
}

bool status_rejects(const char *status)
{
	static const char *const CODES[] = { "RJCT", "CANC" };

	return one_of(status, CODES, sizeof CODES / sizeof CODES[0]);
}

bool status_accepts(const char *status)
{
	static const char *const CODES[] = { "ACCP", "ACTC", "ACSP", "ACSC", "ACCC", "ACWC", "ACWP", "ACFC" };

	return one_of(status, CODES, sizeof CODES / sizeof CODES[0]);
}

/* ------------------------------------------------------------------ the elements that we read */

/* An element that holds what is said of a level. */
static const struct {
	const char *name;
	enum status_level level;
} HOLDERS[] = {
	{ "OrgnlGrpInfAndSts", STATUS_FILE },
	{ "OrgnlPmtInfAndSts", STATUS_BATCH },
	{ "TxInfAndSts", STATUS_TRANSACTION },
};

/* A field by the names of its element and of the one around it. */
static const struct {
	const char *above, *name;
	size_t offset;
} FIELDS[] = {
	{ "OrgnlGrpInfAndSts", "OrgnlMsgId", offsetof(struct level, id) },
	{ "OrgnlGrpInfAndSts", "GrpSts", offsetof(struct level, status) },
	{ "OrgnlPmtInfAndSts", "OrgnlPmtInfId", offsetof(struct level, id) },
	{ "OrgnlPmtInfAndSts", "PmtInfSts", offsetof(struct level, status) },
	{ "TxInfAndSts", "OrgnlEndToEndId", offsetof(struct level, id) },
	{ "TxInfAndSts", "TxSts", offsetof(struct level, status) },
	{ "MndtRltdInf", "MndtId", offsetof(struct level, mandate) },
	{ "Rsn", "Cd", offsetof(struct level, reason) },
	{ "Rsn", "Prtry", offsetof(struct level, reason) },
	{ "StsRsn", "Cd", offsetof(struct level, reason) }, /* version 001.02 */
	{ "StsRsn", "Prtry", offsetof(struct level, reason) },
	{ "StsRsnInf", "AddtlInf", offsetof(struct level, text) },
};

static int holder_level(const char *name)
{
	for (size_t i = 0; i < sizeof HOLDERS / sizeof HOLDERS[0]; i++)
		if (strcmp(HOLDERS[i].name, name) == 0)
			return (int)HOLDERS[i].level;
	return -1;
}

static const char *or_null(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

/* A reason that stands only at the file or the group holds for what is below. */
static const char *inherited(const struct pain002 *reader, int level, size_t offset)
{
	for (; level >= 0; level--)
		if (((const char *)&reader->levels[level] + offset)[0] != '\0')
			return (const char *)&reader->levels[level] + offset;
	return NULL;
}

static void tell(struct pain002 *reader, enum status_level level)
{
	const struct level *at = &reader->levels[level];
	struct status_line line = {
		.level = level,
		.report_id = or_null(reader->report_id),
		.original_message_id = or_null(reader->levels[STATUS_FILE].id),
		.batch_id = level >= STATUS_BATCH ? or_null(reader->levels[STATUS_BATCH].id) : NULL,
		.end_to_end_id = level == STATUS_TRANSACTION ? or_null(at->id) : NULL,
		.mandate_id = or_null(at->mandate),
		.status = or_null(at->status),
		.reason = inherited(reader, (int)level, offsetof(struct level, reason)),
		.reason_text = inherited(reader, (int)level, offsetof(struct level, text)),
	};

	if (reader->levels[level].told)
		return;
	reader->levels[level].told = true;
	if (reader->sink.line)
		xml_push_fail(&reader->push, reader->sink.line(reader->sink.context, &line));
}

/* ------------------------------------------------------------------ what the XML parser calls */

static void element_open(void *context, const xmlChar *name, const xmlChar *uri, int attribute_count,
			 const xmlChar **attributes)
{
	struct pain002 *reader = context;
	int level = holder_level((const char *)name);

	(void)uri, (void)attribute_count, (void)attributes;
	if (reader->depth >= PAIN002_DEPTH_MAX) {
		xml_push_fail(&reader->push,
			      ERR(ERR_INVALID, "report.malformed", NULL, "the elements are nested too deep"));
		return;
	}
	reader->names[reader->depth++] = (const char *)name;
	reader->found = reader->found || strcmp((const char *)name, "CstmrPmtStsRpt") == 0 ||
			text_starts((const char *)name, "pain.002.");
	buf_clear(&reader->text);
	if (level < 0)
		return;
	/* What is said of a level is known once the next lower one begins. */
	if (level > 0 && reader->level == level - 1)
		tell(reader, (enum status_level)reader->level);
	for (int i = level; i < STATUS_LEVEL_COUNT; i++)
		memset(&reader->levels[i], 0, sizeof reader->levels[i]);
	reader->level = level;
}

static void field_take(struct pain002 *reader, const char *name)
{
	const char *above = reader->depth > 0 ? reader->names[reader->depth - 1] : "";
	const char *text = buf_text(&reader->text);
	char *to = NULL;

	if (strcmp(above, "GrpHdr") == 0 && strcmp(name, "MsgId") == 0)
		to = reader->report_id;
	for (size_t i = 0; reader->level >= 0 && !to && i < sizeof FIELDS / sizeof FIELDS[0]; i++)
		if (strcmp(FIELDS[i].name, name) == 0 && strcmp(FIELDS[i].above, above) == 0)
			to = (char *)&reader->levels[reader->level] + FIELDS[i].offset;
	if (!to || to[0] != '\0') /* the first of several counts */
		return;
	text += strspn(text, " \t\r\n");
	text_copy(to, FIELD_BYTES, text);
	for (size_t length = strlen(to); length > 0 && strchr(" \t\r\n", to[length - 1]); length--)
		to[length - 1] = '\0';
}

static void element_close(void *context, const xmlChar *name)
{
	struct pain002 *reader = context;
	int level = holder_level((const char *)name);

	if (reader->depth > 0)
		reader->depth--;
	xml_push_mend(&reader->push, &reader->text);
	if (reader->text.full)
		xml_push_fail(&reader->push,
			      ERR(ERR_INVALID, "report.too_large", NULL, "an element is larger than any bank's"));
	field_take(reader, (const char *)name);
	buf_clear(&reader->text);
	if (level < 0)
		return;
	tell(reader, (enum status_level)level);
	/* The file's own element ends before its groups begin: what it said stays known. */
	reader->level = level - 1;
}

static void text_add(void *context, const char *bytes, size_t length)
{
	struct pain002 *reader = context;

	buf_append(&reader->text, bytes, length);
}

/* ------------------------------------------------------------------ life */

struct pain002 *pain002_new(const struct status_sink *sink)
{
	static const struct xml_push_calls CALLS = { element_open, element_close, text_add };
	static const struct xml_push_reasons REASONS = { "report.malformed", "report.truncated", "report.document_type",
							 "report.malformed" };
	struct pain002 *reader = calloc(1, sizeof *reader);

	CHECK(reader != NULL);
	reader->sink = *sink;
	reader->level = -1;
	buf_init(&reader->text, PAIN002_TEXT_BYTES_MAX);
	xml_push_init(&reader->push, &CALLS, &REASONS, reader);
	return reader;
}

void pain002_destroy(struct pain002 **reader)
{
	struct pain002 *ended = *reader;

	if (!ended)
		return;
	xml_push_release(&ended->push);
	buf_release(&ended->text);
	free(ended);
	*reader = NULL;
}

#define HEAD_BYTES 4096 /* the message's name follows the declaration and the namespaces */

bool pain002_detect(const char *bytes, size_t length)
{
	char head[HEAD_BYTES + 1];
	size_t kept = 0;

	for (size_t i = 0; i < length && i < HEAD_BYTES; i++)
		if (bytes[i] != '\0') /* half of each letter in UTF-16 */
			head[kept++] = bytes[i];
	head[kept] = '\0';
	return strstr(head, "CstmrPmtStsRpt") || strstr(head, "xsd:pain.002.") || strstr(head, "<pain.002.");
}

struct err pain002_feed(struct pain002 *reader, const char *bytes, size_t length)
{
	return xml_push_feed(&reader->push, bytes, length);
}

struct err pain002_finish(struct pain002 *reader)
{
	TRY(xml_push_finish(&reader->push));
	if (!reader->found)
		return ERR(ERR_INVALID, "report.none", NULL, "the file holds no payment status report (pain.002)");
	return OK;
}
