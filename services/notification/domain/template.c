#include "notification/domain/template.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

/* ------------------------------------------------------------------ data */

enum kind { KIND_TEXT, KIND_FLAG, KIND_OBJECT, KIND_LIST };

struct field {
	const char *name;
	struct template_value *value;
};

struct template_value {
	struct arena *arena;
	enum kind kind;
	const char *text;
	bool flag;
	struct field *fields; /* of an object */
	size_t field_count;
	struct template_value **items; /* of a list */
	size_t item_count;
};

static struct template_value *value_new(struct arena *arena, enum kind kind)
{
	struct template_value *value = arena_alloc(arena, sizeof *value);

	value->arena = arena;
	value->kind = kind;
	return value;
}

static struct template_value *put(struct template_value *object, const char *name, enum kind kind)
{
	CHECK(object->kind == KIND_OBJECT);
	struct field *field = ARENA_PUSH(object->arena, object->fields, object->field_count);

	field->name = name;
	field->value = value_new(object->arena, kind);
	return field->value;
}

struct template_value *template_object(struct arena *arena)
{
	return value_new(arena, KIND_OBJECT);
}

void template_put_text(struct template_value *object, const char *name, const char *text)
{
	put(object, name, KIND_TEXT)->text = text ? text : "";
}

void template_put_flag(struct template_value *object, const char *name, bool flag)
{
	put(object, name, KIND_FLAG)->flag = flag;
}

struct template_value *template_put_object(struct template_value *object, const char *name)
{
	return put(object, name, KIND_OBJECT);
}

void template_extend(struct template_value *object, const struct template_value *from)
{
	for (size_t i = 0; i < from->field_count; i++)
		*ARENA_PUSH(object->arena, object->fields, object->field_count) = from->fields[i];
}

struct template_value *template_put_list(struct template_value *object, const char *name)
{
	return put(object, name, KIND_LIST);
}

struct template_value *template_list_append(struct template_value *list)
{
	CHECK(list->kind == KIND_LIST);
	struct template_value **item = ARENA_PUSH(list->arena, list->items, list->item_count);

	*item = value_new(list->arena, KIND_OBJECT);
	return *item;
}

static const struct template_value *member(const struct template_value *object, const char *name, size_t length)
{
	if (object->kind != KIND_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->field_count; i++) {
		if (strlen(object->fields[i].name) == length && memcmp(object->fields[i].name, name, length) == 0)
			return object->fields[i].value;
	}
	return NULL;
}

static bool shown(const struct template_value *value)
{
	switch (value->kind) {
	case KIND_TEXT:
		return value->text[0] != '\0';
	case KIND_FLAG:
		return value->flag;
	case KIND_LIST:
		return value->item_count > 0;
	case KIND_OBJECT:
		return true;
	}
	return false;
}

/* ------------------------------------------------------------------ tags */

enum tag_kind { TAG_TEXT, TAG_RAW, TAG_SECTION, TAG_INVERTED, TAG_END, TAG_COMMENT };

struct tag {
	enum tag_kind kind;
	const char *name; /* not terminated */
	size_t name_length;
	const char *start, *end; /* the tag with its braces; for one that stands alone, with its line */
};

struct renderer {
	struct arena *arena;
	const struct template_source *source;
	const struct template_value *scope[TEMPLATE_DEPTH_MAX + 1]; /* outermost first */
	int depth;
	bool check; /* every section once, shown or not */
	struct buf *out;
};

static struct err fail(const struct renderer *renderer, const char *at, const char *reason, const char *message)
{
	int line = 1;

	for (const char *p = renderer->source->text; p < at; p++)
		line += *p == '\n';
	return ERR(ERR_INVALID, reason, arena_format(renderer->arena, "%s:%d", renderer->source->name, line), message);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Sections and comments alone on their line leave no empty line behind (Mustache: "standalone"). */
static void widen_if_alone(const struct renderer *renderer, struct tag *tag)
{
	const char *start = tag->start, *end = tag->end;

	while (start > renderer->source->text && blank(start[-1]))
		start--;
	while (blank(*end))
		end++;
	if ((start == renderer->source->text || start[-1] == '\n') && (*end == '\n' || *end == '\0')) {
		tag->start = start;
		tag->end = *end == '\n' ? end + 1 : end;
	}
}

static enum tag_kind kind_of(char mark)
{
	switch (mark) {
	case '#':
		return TAG_SECTION;
	case '^':
		return TAG_INVERTED;
	case '/':
		return TAG_END;
	case '!':
		return TAG_COMMENT;
	case '{':
	case '&':
		return TAG_RAW;
	default:
		return TAG_TEXT;
	}
}

static bool name_valid(const struct tag *tag)
{
	for (size_t i = 0; i < tag->name_length; i++) {
		char c = tag->name[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		      c == '.'))
			return false;
	}
	return tag->name_length > 0 && tag->name_length <= TEMPLATE_NAME_BYTES_MAX;
}

/* Reads the tag whose braces open at `at`. */
static struct err read_tag(const struct renderer *renderer, const char *at, struct tag *tag)
{
	const char *body = at + 2;
	bool triple = *body == '{';
	const char *close = strstr(body, triple ? "}}}" : "}}");

	if (!close)
		return fail(renderer, at, "template.syntax", "a tag is not closed");
	*tag = (struct tag){ .kind = kind_of(*body), .start = at, .end = close + (triple ? 3 : 2) };
	body += tag->kind != TAG_TEXT;
	while (body < close && (blank(*body) || *body == '\n'))
		body++;
	while (close > body && (blank(close[-1]) || close[-1] == '\n'))
		close--;
	tag->name = body;
	tag->name_length = (size_t)(close - body);
	if (tag->kind != TAG_COMMENT && !name_valid(tag))
		return fail(renderer, at, "template.syntax", "a name has letters, digits, '_' and '.' only");
	if (tag->kind != TAG_TEXT && tag->kind != TAG_RAW)
		widen_if_alone(renderer, tag);
	return OK;
}

/* ------------------------------------------------------------------ rendering */

/* A dotted name: its first part is looked up from the innermost object outwards, the others in what was found. NULL
 * where the data do not have it. */
static const struct template_value *look_up(const struct renderer *renderer, const struct tag *tag)
{
	const char *part = tag->name, *end = tag->name + tag->name_length;
	const struct template_value *found = NULL;

	for (bool first = true; part < end; first = false) {
		const char *dot = memchr(part, '.', (size_t)(end - part));
		size_t length = (size_t)((dot ? dot : end) - part);

		if (first) {
			for (int i = renderer->depth; i >= 0 && !found; i--)
				found = member(renderer->scope[i], part, length);
		} else {
			found = member(found, part, length);
		}
		if (!found)
			return NULL;
		part += length + 1;
	}
	return found;
}

static struct err missing(const struct renderer *renderer, const struct tag *tag)
{
	return fail(renderer, tag->start, "template.missing_name",
		    arena_format(renderer->arena, "there is no '%.*s' in the data", (int)tag->name_length, tag->name));
}

static void append_html(struct buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			buf_append_text(out, "&amp;");
			break;
		case '<':
			buf_append_text(out, "&lt;");
			break;
		case '>':
			buf_append_text(out, "&gt;");
			break;
		case '"':
			buf_append_text(out, "&quot;");
			break;
		case '\'':
			buf_append_text(out, "&#39;");
			break;
		default:
			buf_append_char(out, *text);
		}
	}
}

static struct err render_variable(struct renderer *renderer, const struct tag *tag)
{
	const struct template_value *value = look_up(renderer, tag);

	if (!value)
		return missing(renderer, tag);
	if (value->kind != KIND_TEXT)
		return fail(renderer, tag->start, "template.syntax", "only a text can be shown; use a section");
	if (tag->kind == TAG_RAW || renderer->source->escape == TEMPLATE_PLAIN)
		buf_append_text(renderer->out, value->text);
	else
		append_html(renderer->out, value->text);
	return OK;
}

static struct err render_until(struct renderer *renderer, const char *at, const struct tag *open, bool show,
			       const char **rest);

/* The body of a section, as often as its value asks for; where it is hidden, once in silence to find its end. */
static struct err render_section(struct renderer *renderer, const struct tag *open, const char **rest)
{
	const struct template_value *value = look_up(renderer, open);

	if (renderer->depth == TEMPLATE_DEPTH_MAX)
		return fail(renderer, open->start, "template.too_deep", "too many sections within sections");
	if (!value)
		return missing(renderer, open);

	bool show = renderer->check || (open->kind == TAG_INVERTED ? !shown(value) : shown(value));
	bool inside = show && open->kind == TAG_SECTION && shown(value);
	size_t times = inside && value->kind == KIND_LIST && !renderer->check ? value->item_count : 1;

	renderer->depth++;
	for (size_t i = 0; i < times; i++) {
		const struct template_value *inner = renderer->scope[renderer->depth - 1];

		if (inside && value->kind == KIND_LIST)
			inner = value->items[i];
		else if (inside && value->kind == KIND_OBJECT)
			inner = value;
		renderer->scope[renderer->depth] = inner;
		TRY(render_until(renderer, open->end, open, show, rest));
		if (renderer->out->full)
			break;
	}
	renderer->depth--;
	return OK;
}

/* In a section that is hidden, names need not exist, but sections must be closed. */
static struct err render_tag(struct renderer *renderer, const struct tag *tag, bool show, const char **rest)
{
	*rest = tag->end;
	switch (tag->kind) {
	case TAG_TEXT:
	case TAG_RAW:
		return show ? render_variable(renderer, tag) : OK;
	case TAG_SECTION:
	case TAG_INVERTED:
		if (show)
			return render_section(renderer, tag, rest);
		if (renderer->depth == TEMPLATE_DEPTH_MAX)
			return fail(renderer, tag->start, "template.too_deep", "too many sections within sections");
		renderer->depth++;
		renderer->scope[renderer->depth] = renderer->scope[renderer->depth - 1];
		TRY(render_until(renderer, tag->end, tag, false, rest));
		renderer->depth--;
		return OK;
	case TAG_COMMENT:
	case TAG_END:
		return OK;
	}
	return OK;
}

/* Renders from `at` to the end tag of `open`, or to the end of the text where `open` is NULL. */
static struct err render_until(struct renderer *renderer, const char *at, const struct tag *open, bool show,
			       const char **rest)
{
	for (;;) {
		const char *brace = strstr(at, "{{");
		struct tag tag = { .start = brace };

		if (!brace) {
			if (open)
				return fail(renderer, open->start, "template.syntax", "a section is not closed");
			buf_append_text(renderer->out, at);
			return OK;
		}
		TRY(read_tag(renderer, brace, &tag));
		if (show && tag.start > at)
			buf_append(renderer->out, at, (size_t)(tag.start - at));
		if (tag.kind == TAG_END) {
			if (!open || open->name_length != tag.name_length ||
			    memcmp(open->name, tag.name, tag.name_length) != 0)
				return fail(renderer, tag.start, "template.syntax", "a section ends that was not open");
			*rest = tag.end;
			return OK;
		}
		TRY(render_tag(renderer, &tag, show, &at));
	}
}

static struct err render_all(struct arena *arena, const struct template_source *source,
			     const struct template_value *data, bool check, struct buf *out)
{
	struct renderer renderer = { .arena = arena, .source = source, .scope = { data }, .check = check, .out = out };
	const char *rest;

	if (strlen(source->text) > TEMPLATE_SOURCE_BYTES_MAX)
		return ERR(ERR_INVALID, "template.too_large", source->name, "the template is larger than 64 KiB");
	TRY(render_until(&renderer, source->text, NULL, true, &rest));
	if (out->full)
		return ERR(ERR_INVALID, "template.too_large", source->name, "the message is too large");
	return OK;
}

struct err template_render(struct arena *arena, const struct template_source *source, const struct template_value *data,
			   struct buf *out)
{
	return render_all(arena, source, data, false, out);
}

struct err template_check(struct arena *arena, const struct template_source *source, const struct template_value *data)
{
	BUF_SCOPE out = { 0 };

	buf_init(&out, TEMPLATE_OUTPUT_BYTES_MAX);
	return render_all(arena, source, data, true, &out);
}
