/* camt.052, .053 and .054 by libxml2's SAX2 push parser.
 *
 * The paths of camt_fields.c are made into a tree of element names once a file; names are interned in the parser's own
 * dictionary, so that following the tree compares pointers. An element that is not in the tree is skipped with all
 * below it, except outside the message: there any envelope is let through (SOAP, business application header,
 * Document).
 *
 * Refused: a document type declaration (ISO 20022 has none, and entities are how XML is made to explode), text longer
 * than CAMT_TEXT_BYTES_MAX, elements deeper than CAMT_DEPTH_MAX. Nothing is fetched from anywhere. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/camt.h"
#include "payments/formats/format.h"

#define CAMT_NODES_MAX 256
#define CAMT_FIRST_BYTES 4
#define CAMT_HEADER_BYTES_MAX ((size_t)16 * 1024 * 1024) /* a statement has a page of them */
#define CAMT_PIECE_BYTES ((size_t)64 * 1024)             /* one xmlParseChunk, whose length is an int */
#define ROOT 0

struct camt_node {
	const xmlChar *name;
	const struct camt_field *field;
	size_t offset; /* of the member, in its target */
	enum camt_target target;
	uint16_t first_child, next; /* 0: none */
};

/* The three messages have the same content under other names. */
static const struct {
	const char *parent, *name, *as;
	const char *version; /* where the namespace doesn't tell */
} ALIASES[] = {
	{ "", "BkToCstmrStmt", "BkToCstmrStmt", "camt.053" },
	{ "", "BkToCstmrAcctRpt", "BkToCstmrStmt", "camt.052" },
	{ "", "BkToCstmrDbtCdtNtfctn", "BkToCstmrStmt", "camt.054" },
	{ "BkToCstmrStmt", "Rpt", "Stmt", NULL },
	{ "BkToCstmrStmt", "Ntfctn", "Stmt", NULL },
};

/* ---- the tree of element names ---- */

static uint16_t child_find(const struct camt *camt, uint16_t parent, const xmlChar *name)
{
	uint16_t node = camt->nodes[parent].first_child;

	while (node && camt->nodes[node].name != name)
		node = camt->nodes[node].next;
	return node;
}

static uint16_t child_add(struct camt *camt, uint16_t parent, const xmlChar *name)
{
	CHECK(camt->node_count < CAMT_NODES_MAX);
	uint16_t node = (uint16_t)camt->node_count++, *link = &camt->nodes[parent].first_child;

	while (*link)
		link = &camt->nodes[*link].next;
	*link = node;
	camt->nodes[node] = (struct camt_node){ .name = name };
	return node;
}

static uint16_t path_find_or_add(struct camt *camt, uint16_t node, const char *path)
{
	while (*path) {
		size_t length = strcspn(path, "/");
		const xmlChar *name = xmlDictLookup(camt->xml->dict, (const xmlChar *)path, (int)length);
		uint16_t child = child_find(camt, node, name);

		node = child ? child : child_add(camt, node, name);
		path += length + (path[length] == '/');
	}
	return node;
}

static void group_add(struct camt *camt, const struct camt_group *group)
{
	uint16_t top = path_find_or_add(camt, ROOT, group->path);

	for (const struct camt_field *field = group->fields; field->path; field++) {
		struct camt_node *node = &camt->nodes[path_find_or_add(camt, top, field->path)];

		CHECK(!node->field);
		node->field = field;
		node->target = group->target;
		node->offset = group->offset + field->offset;
	}
}

static void alias_add(struct camt *camt, const char *parent, const char *name, const char *as)
{
	uint16_t above = path_find_or_add(camt, ROOT, parent);
	const struct camt_node original = camt->nodes[path_find_or_add(camt, above, as)];
	uint16_t node = path_find_or_add(camt, above, name), next = camt->nodes[node].next;

	camt->nodes[node].field = original.field;
	camt->nodes[node].target = original.target;
	camt->nodes[node].offset = original.offset;
	camt->nodes[node].first_child = original.first_child;
	camt->nodes[node].next = next;
}

static void tree_build(struct camt *camt)
{
	camt->nodes = calloc(CAMT_NODES_MAX, sizeof *camt->nodes);
	CHECK(camt->nodes != NULL);
	camt->node_count = 1;
	for (const struct camt_group *group = CAMT_GROUPS; group->path; group++)
		group_add(camt, group);
	/* Deeper ones first: an alias shares the children that its original has by then. */
	for (size_t i = sizeof ALIASES / sizeof ALIASES[0]; i-- > 0;)
		alias_add(camt, ALIASES[i].parent, ALIASES[i].name, ALIASES[i].as);
}

/* ---- what libxml2 calls ---- */

static void fail(struct camt *camt, struct err err)
{
	if (err_ok(err) || !err_ok(camt->failed))
		return;
	camt->failed = err;
	camt->failed_line = camt->xml->input ? camt->xml->input->line : 1;
	xmlStopParser(camt->xml);
}

/* "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08" -> "camt.053.001.08" */
static void message_version(struct camt *camt, const xmlChar *name, const xmlChar *uri)
{
	const char *found = uri ? strstr((const char *)uri, "camt.05") : NULL;

	for (size_t i = 0; !found && i < sizeof ALIASES / sizeof ALIASES[0]; i++)
		if (strcmp((const char *)name, ALIASES[i].name) == 0)
			found = ALIASES[i].version;
	text_copy(camt->version, sizeof camt->version, found ? found : "");
	camt->message = (struct camt_message){ .page = 0 };
}

static void element_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
			  int namespace_count, const xmlChar **namespaces, int attribute_count, int defaulted,
			  const xmlChar **attributes)
{
	struct camt *camt = context;
	uint16_t above = camt->states[camt->depth], node;

	(void)prefix;
	(void)namespace_count;
	(void)namespaces;
	(void)defaulted;
	if (camt->ignored > 0) {
		camt->ignored++;
		return;
	}
	node = child_find(camt, above, name);
	if (!node && above != ROOT) {
		camt->ignored = 1;
		return;
	}
	if (camt->depth + 1 >= CAMT_DEPTH_MAX) {
		fail(camt, ERR(ERR_INVALID, "statement.too_deep", NULL, "the elements are nested too deep"));
		return;
	}
	camt->states[++camt->depth] = node;
	if (!node)
		return;
	if (above == ROOT)
		message_version(camt, name, uri);
	const struct camt_field *field = camt->nodes[node].field;

	buf_clear(&camt->text);
	if (field && field->open)
		field->open(camt, attribute_count, attributes);
}

static struct err text_take(struct camt *camt, const struct camt_node *node)
{
	const char *text = buf_text(&camt->text);
	size_t length = camt->text.length;

	if (camt->text.full || arena_used(camt->emitter->entries) > ENTRY_BYTES_MAX ||
	    arena_used(camt->emitter->header) > CAMT_HEADER_BYTES_MAX)
		return ERR(ERR_INVALID, "statement.too_large", NULL, "an element or entry is larger than any bank's");
	while (length > 0 && strchr(" \t\r\n", text[length - 1]))
		length--;
	if (length < camt->text.length)
		camt->text.data[length] = '\0';
	while (length > 0 && strchr(" \t\r\n", *text)) {
		text++;
		length--;
	}
	return node->field->take(camt, (char *)camt_base(camt, node->target) + node->offset, text, length);
}

static void element_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct camt *camt = context;

	(void)name;
	(void)prefix;
	(void)uri;
	if (camt->ignored > 0) {
		camt->ignored--;
		return;
	}
	const struct camt_node *node = &camt->nodes[camt->states[camt->depth]];

	if (camt->depth > 0)
		camt->depth--;
	if (node->field)
		fail(camt, text_take(camt, node));
	buf_clear(&camt->text);
}

static void characters(void *context, const xmlChar *bytes, int length)
{
	struct camt *camt = context;

	if (camt->ignored == 0 && camt->nodes[camt->states[camt->depth]].field)
		buf_append(&camt->text, bytes, (size_t)length);
}

static void document_type(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	fail(context, ERR(ERR_INVALID, "statement.document_type", NULL,
			  "the file has a document type declaration, which ISO 20022 forbids"));
}

/* The first error counts: what follows it is mostly its echo. */
static void xml_error(void *context, xmlErrorPtr error)
{
	struct camt *camt = context;

	if (error->level != XML_ERR_FATAL || !err_ok(camt->xml_error) || !err_ok(camt->failed))
		return;
	const xmlParserInput *input = camt->xml->input;
	bool at_end = camt->finishing && camt->depth + camt->ignored > 0 && (!input || input->cur >= input->end);

	text_copy(camt->xml_message, sizeof camt->xml_message, error->message ? error->message : "not well-formed XML");
	camt->xml_message[strcspn(camt->xml_message, "\r\n")] = '\0';
	camt->xml_error = at_end ? ERR(ERR_INVALID, "statement.truncated", NULL, "the file ends too early")
				 : ERR(ERR_INVALID, "statement.malformed", NULL, camt->xml_message);
	camt->failed_line = error->line > 0 ? error->line : 1;
}

/* ---- the format ---- */

static void *camt_open(struct emitter *emitter)
{
	static xmlSAXHandler handler = {
		.initialized = XML_SAX2_MAGIC,
		.startElementNs = element_start,
		.endElementNs = element_end,
		.characters = characters,
		.ignorableWhitespace = characters,
		.cdataBlock = characters,
		.internalSubset = document_type,
		.serror = xml_error,
	};
	struct camt *camt = calloc(1, sizeof *camt);

	CHECK(camt != NULL);
	camt->emitter = emitter;
	buf_init(&camt->text, CAMT_TEXT_BYTES_MAX);
	camt->xml = xmlCreatePushParserCtxt(&handler, camt, NULL, 0, NULL);
	CHECK(camt->xml != NULL);
	xmlCtxtUseOptions(camt->xml, XML_PARSE_NONET);
	tree_build(camt);
	return camt;
}

static void camt_close(void *parser)
{
	struct camt *camt = parser;

	xmlFreeParserCtxt(camt->xml);
	buf_release(&camt->text);
	free(camt->nodes);
	free(camt);
}

static void silence(void *context, const char *format, ...)
{
	(void)context;
	(void)format;
}

/* libxml2 has errors that reach no handler of ours but are printed: those of converting an encoding. */
static int chunk_parse(struct camt *camt, const char *bytes, size_t length, bool last)
{
	xmlGenericErrorFunc print = xmlGenericError;
	void *context = xmlGenericErrorContext;

	xmlSetGenericErrorFunc(NULL, silence);
	int code = xmlParseChunk(camt->xml, bytes, (int)length, last);

	xmlSetGenericErrorFunc(context, print);
	return code;
}

/* An undeclared prefix hurts nobody: names are compared without. */
static bool code_of_namespace(int code)
{
	return code >= XML_NS_ERR_XML_NAMESPACE && code <= XML_NS_ERR_COLON;
}

static struct err parse(struct camt *camt, const char *bytes, size_t length, bool last)
{
	int code = chunk_parse(camt, bytes, length, last);

	TRY(camt->failed);
	TRY(camt->xml_error);
	if (code != XML_ERR_OK && !code_of_namespace(code))
		return ERR(ERR_INVALID, "statement.encoding", NULL, "the bytes are not in the encoding the file names");
	return OK;
}

static struct err camt_feed(void *parser, const char *bytes, size_t length)
{
	struct camt *camt = parser;

	/* libxml2 looks at the first four bytes for the encoding before it takes more. */
	if (!camt->started && length > CAMT_FIRST_BYTES) {
		TRY(parse(camt, bytes, CAMT_FIRST_BYTES, false));
		bytes += CAMT_FIRST_BYTES;
		length -= CAMT_FIRST_BYTES;
	}
	camt->started = true;
	while (length > 0) {
		size_t taken = length < CAMT_PIECE_BYTES ? length : CAMT_PIECE_BYTES;

		TRY(parse(camt, bytes, taken, false));
		bytes += taken;
		length -= taken;
	}
	return OK;
}

static struct err camt_finish(void *parser)
{
	struct camt *camt = parser;

	camt->finishing = true;
	TRY(parse(camt, NULL, 0, true));
	if (camt->depth + camt->ignored > 0)
		return ERR(ERR_INVALID, "statement.truncated", NULL, "the file ends too early");
	return OK;
}

static int64_t camt_line(const void *parser)
{
	const struct camt *camt = parser;

	if (camt->failed_line > 0)
		return camt->failed_line;
	return camt->xml->input ? camt->xml->input->line : 1;
}

/* XML of any encoding: after a byte order mark and blanks comes '<', in one or two bytes. */
static bool camt_detect(const char *bytes, size_t length)
{
	size_t at = 0;

	while (at < length && (strchr("\xEF\xBB\xBF\xFE\xFF \t\r\n", bytes[at]) || bytes[at] == '\0'))
		at++;
	return at < length && bytes[at] == '<';
}

const struct format FORMAT_CAMT = {
	.name = "camt",
	.detect = camt_detect,
	.open = camt_open,
	.feed = camt_feed,
	.finish = camt_finish,
	.line = camt_line,
	.close = camt_close,
};
