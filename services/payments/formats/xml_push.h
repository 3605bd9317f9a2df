#ifndef FORMATS_XML_PUSH_H
#define FORMATS_XML_PUSH_H

#include <libxml/parser.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* libxml2's SAX2 push parser as all our XML readers use it.
 *
 * Refused: a document type declaration (ISO 20022 has none, and entities are how XML is made to explode). Nothing is
 * fetched from anywhere. Read nevertheless, because banks' systems write it: blanks before the XML declaration, zero
 * bytes and ^Z behind the document, "utf-16" declared in a text of one byte a character, prefixes without namespace,
 * and several documents one behind the other. */

#define XML_PUSH_MESSAGE_BYTES 256
#define XML_PUSH_MARK_BYTES 5 /* "<?xml" */

/* What the reader is told; names are interned in the parser's dictionary as long as it lives, attributes are libxml2's,
 * five pointers each. */
struct xml_push_calls {
	void (*open)(void *context, const xmlChar *name, const xmlChar *uri, int attribute_count,
		     const xmlChar **attributes);
	void (*close)(void *context, const xmlChar *name);
	void (*text)(void *context, const char *bytes, size_t length);
};

/* How the reader's own errors are named. */
struct xml_push_reasons {
	const char *malformed, *truncated, *document_type, *encoding;
};

struct xml_push {
	const struct xml_push_calls *calls;
	const struct xml_push_reasons *reasons;
	void *context;
	xmlParserCtxtPtr xml;
	int depth;        /* open elements */
	bool begun;       /* the first bytes of the document were parsed */
	bool over;        /* its root element has ended */
	bool mislabelled; /* declared UTF-8, and is not all of it */
	bool rest_is_nil; /* what follows the document says nothing */
	bool finishing;
	char held[XML_PUSH_MARK_BYTES]; /* the last bytes: perhaps the beginning of another document */
	size_t held_count;
	int64_t lines_before; /* of earlier documents of the file */
	struct err failed;
	int64_t failed_line;
	char message[XML_PUSH_MESSAGE_BYTES];
};

/* `calls` and `reasons` outlive it; it must not be moved. */
void xml_push_init(struct xml_push *push, const struct xml_push_calls *calls, const struct xml_push_reasons *reasons,
		   void *context);
void xml_push_release(struct xml_push *push);

/* Errors: the first of xml_push_fail, and ERR_INVALID with one of the `reasons`; the message lives as long as `push`
 * does. */
MUST_USE struct err xml_push_feed(struct xml_push *push, const char *bytes, size_t length);
MUST_USE struct err xml_push_finish(struct xml_push *push);

/* From inside a call, the whole text of an element: what is no UTF-8 in a document that declares it is read as
 * Windows-1252. */
void xml_push_mend(const struct xml_push *push, struct buf *text);

/* From inside a call: stops the parser, unless `err` is none. The first one counts. */
void xml_push_fail(struct xml_push *push, struct err err);

/* In the file, from 1: where the first error was, else where the parser is. */
int64_t xml_push_line(const struct xml_push *push);

#endif
