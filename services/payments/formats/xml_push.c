#include "payments/formats/xml_push.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define PIECE_BYTES ((size_t)64 * 1024) /* one xmlParseChunk, whose length is an int */
#define FIRST_BYTES ((size_t)4)         /* libxml2 looks at them for the encoding before it takes more */
#define BLANKS " \t\r\n"

static const char MARK[] = "<?xml";

static int64_t line_now(const struct xml_push *push)
{
	return push->lines_before + (push->xml->input ? push->xml->input->line : 1);
}

void xml_push_fail(struct xml_push *push, struct err err)
{
	if (err_ok(err) || !err_ok(push->failed))
		return;
	push->failed = err;
	push->failed_line = line_now(push);
	xmlStopParser(push->xml);
}

void xml_push_mend(const struct xml_push *push, struct buf *text)
{
	if (!push->mislabelled || text_utf8_valid(buf_text(text), text->length))
		return;
	ARENA_SCOPE arena = arena_new(0);
	const char *mended = text_to_utf8(arena, buf_text(text), text->length);

	buf_clear(text);
	buf_append_text(text, mended);
}

/* ---- what libxml2 calls ---- */

static void element_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
			  int namespace_count, const xmlChar **namespaces, int attribute_count, int defaulted,
			  const xmlChar **attributes)
{
	struct xml_push *push = context;

	(void)prefix, (void)namespace_count, (void)namespaces, (void)defaulted;
	push->depth++;
	push->calls->open(push->context, name, uri, attribute_count, attributes);
}

static void element_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_push *push = context;

	(void)prefix, (void)uri;
	push->over = --push->depth == 0;
	push->calls->close(push->context, name);
}

static void characters(void *context, const xmlChar *bytes, int length)
{
	struct xml_push *push = context;

	push->calls->text(push->context, (const char *)bytes, (size_t)length);
}

static void document_type(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	struct xml_push *push = context;

	(void)name, (void)external, (void)system;
	xml_push_fail(push, ERR(ERR_INVALID, push->reasons->document_type, NULL,
				"the file has a document type declaration, which ISO 20022 forbids"));
}

/* Zero bytes, ^Z and blanks, which old systems fill their blocks with. */
static bool nil(const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != '\0' && !strchr(BLANKS "\x1A", bytes[i]))
			return false;
	return true;
}

/* A lead byte with a continuation behind it, and yet no UTF-8: an overlong form, half of a surrogate pair. The parser's
 * input ends with a zero byte. */
static bool forged(const char *at)
{
	return (at[0] & 0xC0) == 0xC0 && (at[1] & 0xC0) == 0x80;
}

static bool forgiven(struct xml_push *push, const xmlError *error)
{
	const xmlParserInput *input = push->xml->input;

	if (error->code == XML_ERR_INVALID_ENCODING && text_starts(error->message, "Document labelled UTF-16"))
		return true;
	/* Some texts are in Latin-1 whatever the bank declares: their bytes come as they are. libxml2 stops at those in
	 * CDATA. */
	if (error->code == XML_ERR_INVALID_CHAR && text_starts(error->message, "Input is not proper UTF-8") &&
	    push->xml->instate != XML_PARSER_CDATA_SECTION && input && !forged((const char *)input->cur))
		return push->mislabelled = true;
	if (error->code != XML_ERR_DOCUMENT_END || !push->over || !input)
		return false;
	push->rest_is_nil = nil((const char *)input->cur, (size_t)(input->end - input->cur));
	return push->rest_is_nil;
}

/* At the end of the file the parser is left with what has no end: a tag without '>', a text, a comment. */
static bool cut_off(const struct xml_push *push, const xmlError *error)
{
	const xmlParserInput *input = push->xml->input;

	if (!push->finishing || push->depth == 0)
		return false;
	return !input || error->code == XML_ERR_DOCUMENT_END ||
	       !memchr(input->cur, '>', (size_t)(input->end - input->cur));
}

/* The first error counts: what follows it is mostly its echo. */
static void fatal(void *context, xmlErrorPtr error)
{
	struct xml_push *push = context;

	if (error->level != XML_ERR_FATAL || !err_ok(push->failed) || forgiven(push, error))
		return;
	text_copy(push->message, sizeof push->message, error->message ? error->message : "not well-formed XML");
	push->message[strcspn(push->message, "\r\n")] = '\0';
	push->failed = cut_off(push, error)
			       ? ERR(ERR_INVALID, push->reasons->truncated, NULL, "the file ends too early")
			       : ERR(ERR_INVALID, push->reasons->malformed, NULL, push->message);
	push->failed_line = push->lines_before + (error->line > 0 ? error->line : 1);
	xmlStopParser(push->xml);
}

/* ---- life ---- */

/* Before there are threads: several workers may be the first to read XML, and libxml2 does not guard its beginning. */
__attribute__((constructor)) static void library_begin(void)
{
	xmlInitParser();
}

void xml_push_init(struct xml_push *push, const struct xml_push_calls *calls, const struct xml_push_reasons *reasons,
		   void *context)
{
	static xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = element_start,
		.endElementNs = element_end,
		.characters = characters,
		.ignorableWhitespace = characters,
		.cdataBlock = characters,
		.internalSubset = document_type,
		.serror = fatal,
	};

	*push = (struct xml_push){ .calls = calls, .reasons = reasons, .context = context };
	push->xml = xmlCreatePushParserCtxt(&handler, push, NULL, 0, NULL);
	CHECK(push->xml != NULL);
	/* Without "recover" a wrong label stops libxml2 before we have a say; anything else, `fatal` stops. */
	xmlCtxtUseOptions(push->xml, XML_PARSE_NONET | XML_PARSE_RECOVER);
}

void xml_push_release(struct xml_push *push)
{
	xmlFreeParserCtxt(push->xml);
}

int64_t xml_push_line(const struct xml_push *push)
{
	return push->failed_line > 0 ? push->failed_line : line_now(push);
}

/* ---- bytes ---- */

static void silence(void *context, const char *format, ...)
{
	(void)context, (void)format;
}

/* libxml2 has errors that reach no handler of ours but are printed: those of converting an encoding. */
static int chunk_parse(struct xml_push *push, const char *bytes, size_t length, bool last)
{
	xmlGenericErrorFunc print = xmlGenericError;
	void *context = xmlGenericErrorContext;

	xmlSetGenericErrorFunc(NULL, silence);
	int code = xmlParseChunk(push->xml, bytes, (int)length, last);

	xmlSetGenericErrorFunc(context, print);
	return code;
}

/* An undeclared prefix hurts nobody: names are compared without. */
static bool harmless(const struct xml_push *push, int code)
{
	return code == XML_ERR_OK || code == XML_ERR_INVALID_ENCODING || push->rest_is_nil ||
	       (code == XML_ERR_INVALID_CHAR && push->mislabelled) ||
	       (code >= XML_NS_ERR_XML_NAMESPACE && code <= XML_NS_ERR_COLON);
}

static struct err parse(struct xml_push *push, const char *bytes, size_t length, bool last)
{
	int code = chunk_parse(push, bytes, length, last);

	TRY(push->failed);
	if (!harmless(push, code))
		return ERR(ERR_INVALID, push->reasons->encoding, NULL,
			   "the bytes are not in the encoding the file names");
	return OK;
}

static struct err nil_check(struct xml_push *push, const char *bytes, size_t length)
{
	if (!nil(bytes, length))
		xml_push_fail(push, ERR(ERR_INVALID, push->reasons->malformed, NULL,
					"something follows the end of the document"));
	return push->failed;
}

/* Bytes of one document. */
static struct err document_feed(struct xml_push *push, const char *bytes, size_t length)
{
	if (push->rest_is_nil)
		return nil_check(push, bytes, length);
	for (; !push->begun && length > 0 && strchr(BLANKS, *bytes) && *bytes; bytes++, length--)
		push->lines_before += *bytes == '\n';
	while (length > 0) {
		size_t most = push->begun ? PIECE_BYTES : FIRST_BYTES, taken = length < most ? length : most;

		push->begun = true;
		TRY(parse(push, bytes, taken, false));
		bytes += taken;
		length -= taken;
	}
	return OK;
}

static struct err document_end(struct xml_push *push)
{
	push->finishing = true;
	if (!push->rest_is_nil)
		TRY(parse(push, NULL, 0, true));
	if (push->depth > 0)
		return ERR(ERR_INVALID, push->reasons->truncated, NULL, "the file ends too early");
	return OK;
}

/* The parser keeps its dictionary, in which names are interned. */
static struct err document_next(struct xml_push *push)
{
	TRY(document_end(push));
	push->lines_before = line_now(push) - 1;
	push->begun = push->over = push->rest_is_nil = push->finishing = false;
	CHECK(xmlCtxtResetPush(push->xml, NULL, 0, NULL, NULL) == 0);
	return OK;
}

/* Where "<?xml" stands in the bytes, or what can be its beginning at their end: NULL for nowhere. */
static const char *mark_find(const char *bytes, size_t length)
{
	const char *end = bytes + length, *at = bytes;

	while (at < end && (at = memchr(at, '?', (size_t)(end - at)))) {
		size_t behind = (size_t)(end - at), known = behind < sizeof MARK - 2 ? behind : sizeof MARK - 2;

		if (at > bytes && at[-1] == '<' && memcmp(at, MARK + 1, known) == 0)
			return at - 1;
		at++;
	}
	return length > 0 && end[-1] == '<' ? end - 1 : NULL;
}

/* Cuts where another document begins. What may be the beginning of its mark waits for the next bytes. */
static struct err documents_feed(struct xml_push *push, const char *bytes, size_t length)
{
	const char *end = bytes + length, *mark;

	while ((mark = mark_find(bytes, (size_t)(end - bytes)))) {
		TRY(document_feed(push, bytes, (size_t)(mark - bytes)));
		bytes = mark;
		if ((size_t)(end - mark) < XML_PUSH_MARK_BYTES)
			break;
		if (push->over)
			TRY(document_next(push));
		TRY(document_feed(push, bytes, XML_PUSH_MARK_BYTES));
		bytes += XML_PUSH_MARK_BYTES;
	}
	if (!mark)
		return document_feed(push, bytes, (size_t)(end - bytes));
	push->held_count = (size_t)(end - bytes);
	memcpy(push->held, bytes, push->held_count);
	return OK;
}

struct err xml_push_feed(struct xml_push *push, const char *bytes, size_t length)
{
	TRY(push->failed);
	if (push->held_count == 0)
		return documents_feed(push, bytes, length);
	BUF_SCOPE joined;

	buf_init(&joined, XML_PUSH_MARK_BYTES + length);
	buf_append(&joined, push->held, push->held_count);
	buf_append(&joined, bytes, length);
	push->held_count = 0;
	return documents_feed(push, joined.data, joined.length);
}

struct err xml_push_finish(struct xml_push *push)
{
	TRY(push->failed);
	TRY(document_feed(push, push->held, push->held_count));
	return document_end(push);
}
