#ifndef NOTIFICATION_TEMPLATE_H
#define NOTIFICATION_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/buf.h"
#include "common/base/err.h"

/* A subset of Mustache (mustache.github.io/mustache.5.html): {{name}}, {{{name}}} unescaped, {{#section}},
 * {{^inverted}}, {{!comment}}; dotted names; tags of sections and comments that stand alone take their line with them.
 * Left out: partials, lambdas, other delimiters.
 *
 * Stricter than Mustache: a name that the data does not have is an error, never an empty place in a letter. An inner
 * object hides names of the outer ones. Data are texts that are already worded: amounts, dates and plurals are made
 * by wording.h. */

#define TEMPLATE_SOURCE_BYTES_MAX ((size_t)64 * 1024)
#define TEMPLATE_OUTPUT_BYTES_MAX ((size_t)1024 * 1024) /* a mail that lists MAIL_ITEMS_MAX invoices takes 100 KiB */
#define TEMPLATE_DEPTH_MAX 16                           /* sections within sections */
#define TEMPLATE_NAME_BYTES_MAX 64

struct template_value;

/* A node of the data; all nodes live in the arena. Texts are not copied. NULL texts are "". */
struct template_value *template_object(struct arena *arena);
void template_put_text(struct template_value *object, const char *name, const char *text);
void template_put_flag(struct template_value *object, const char *name, bool flag);
/* An object shown once as a section. */
struct template_value *template_put_object(struct template_value *object, const char *name);
/* Adds the members of `from` to `object`. */
void template_extend(struct template_value *object, const struct template_value *from);
/* A list, shown once an element, which are objects. */
struct template_value *template_put_list(struct template_value *object, const char *name);
struct template_value *template_list_append(struct template_value *list);

enum template_escape { TEMPLATE_PLAIN, TEMPLATE_HTML };

struct template_source {
	const char *name; /* named in errors */
	const char *text;
	enum template_escape escape;
};

/* Appends the rendered text to `out`, whose limit is the caller's. A section of a text is shown where the text is not
 * empty. Errors: ERR_INVALID "template.missing_name", "template.syntax", "template.too_deep", "template.too_large",
 * with `field` as "name:line". */
MUST_USE struct err template_render(struct arena *arena, const struct template_source *source,
				    const struct template_value *data, struct buf *out);

/* The same errors, wherever in the template they are: also in sections that these data would hide. The data have an
 * element in every list. */
MUST_USE struct err template_check(struct arena *arena, const struct template_source *source,
				   const struct template_value *data);

#endif
