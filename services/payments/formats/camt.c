/* camt.052, .053 and .054 by libxml2's SAX2 push parser.
 *
 * The paths of camt_fields.c are made into a tree of element names once a file; names are interned in the parser's own
 * dictionary, so that following the tree compares pointers. An element that is not in the tree is skipped with all
 * below it, except outside the message: there any envelope is let through (SOAP, business application header,
 * Document).
 *
 * Refused besides what xml_push.h says: text longer than CAMT_TEXT_BYTES_MAX, elements deeper than CAMT_DEPTH_MAX. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/camt.h"
#include "payments/formats/format.h"

#define CAMT_NODES_MAX 256
#define CAMT_HEADER_BYTES_MAX ((size_t)16 * 1024 * 1024) /* a statement has a page of them */
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
		const xmlChar *name = xmlDictLookup(camt->push.xml->dict, (const xmlChar *)path, (int)length);
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

/* ---- what the XML parser calls ---- */

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

static void element_open(void *context, const xmlChar *name, const xmlChar *uri, int attribute_count,
			 const xmlChar **attributes)
{
	struct camt *camt = context;
	uint16_t above = camt->states[camt->depth], node;

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
		xml_push_fail(&camt->push,
			      ERR(ERR_INVALID, "statement.too_deep", NULL, "the elements are nested too deep"));
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
	xml_push_mend(&camt->push, &camt->text);
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

static void element_close(void *context, const xmlChar *name)
{
	struct camt *camt = context;

	(void)name;
	if (camt->ignored > 0) {
		camt->ignored--;
		return;
	}
	const struct camt_node *node = &camt->nodes[camt->states[camt->depth]];

	if (camt->depth > 0)
		camt->depth--;
	if (node->field)
		xml_push_fail(&camt->push, text_take(camt, node));
	buf_clear(&camt->text);
}

static void text_add(void *context, const char *bytes, size_t length)
{
	struct camt *camt = context;

	if (camt->ignored == 0 && camt->nodes[camt->states[camt->depth]].field)
		buf_append(&camt->text, bytes, length);
}

/* ---- the format ---- */

static void *camt_open(struct emitter *emitter)
{
	static const struct xml_push_calls CALLS = { element_open, element_close, text_add };
	static const struct xml_push_reasons REASONS = { "statement.malformed", "statement.truncated",
							 "statement.document_type", "statement.encoding" };
	struct camt *camt = calloc(1, sizeof *camt);

	CHECK(camt != NULL);
	camt->emitter = emitter;
	buf_init(&camt->text, CAMT_TEXT_BYTES_MAX);
	xml_push_init(&camt->push, &CALLS, &REASONS, camt);
	tree_build(camt);
	return camt;
}

static void camt_close(void *parser)
{
	struct camt *camt = parser;

	xml_push_release(&camt->push);
	buf_release(&camt->text);
	free(camt->nodes);
	free(camt);
}

static struct err camt_feed(void *parser, const char *bytes, size_t length)
{
	return xml_push_feed(&((struct camt *)parser)->push, bytes, length);
}

static struct err camt_finish(void *parser)
{
	struct camt *camt = parser;
	struct err err = xml_push_finish(&camt->push);

	if (camt->emitter->open)
		camt_header_complete(camt);
	return err;
}

static int64_t camt_line(const void *parser)
{
	return xml_push_line(&((const struct camt *)parser)->push);
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
	.xml = true,
	.detect = camt_detect,
	.open = camt_open,
	.feed = camt_feed,
	.finish = camt_finish,
	.line = camt_line,
	.close = camt_close,
};
