#include "payments/formats/lines.h"

#include <ctype.h>
#include <string.h>

#include "payments/formats/codepage.h"

#define RECORD_CODE_BYTES 2

void lines_init(struct lines *lines, struct err (*take)(void *context, const char *text, size_t length), void *context)
{
	*lines = (struct lines){ .take = take, .context = context, .number = 1 };
	buf_init(&lines->line, LINE_BYTES_MAX);
}

void lines_release(struct lines *lines)
{
	buf_release(&lines->line);
}

static struct err line_end(struct lines *lines)
{
	const char *text = buf_text(&lines->line);
	size_t length = lines->line.length;

	if (lines->line.full)
		return ERR(ERR_INVALID, "statement.line_too_long", NULL, "a line is longer than any bank's");
	if (memchr(text, '\0', length))
		return ERR(ERR_INVALID, "statement.malformed", NULL, "a line holds a NUL byte");
	TRY(lines->take(lines->context, text, length));
	buf_clear(&lines->line);
	lines->number++;
	return OK;
}

/* The first record shows whether lines end: behind it comes the next one's code. A line with letters of several bytes
 * is longer than its record too, but ends. */
static struct err record_cut(struct lines *lines)
{
	const char *behind = lines->line.data + lines->record_bytes;
	size_t extra = lines->line.length - lines->record_bytes;
	char rest[RECORD_CODE_BYTES];

	if (lines->number == 1 && extra == RECORD_CODE_BYTES && isdigit((unsigned char)behind[0]) &&
	    isdigit((unsigned char)behind[1]))
		lines->endless = true;
	if (!lines->endless)
		return OK;
	memcpy(rest, behind, extra);
	lines->line.length = lines->record_bytes;
	lines->line.data[lines->record_bytes] = '\0';
	TRY(line_end(lines));
	buf_append(&lines->line, rest, extra);
	return OK;
}

static bool ends_in_at_signs(const struct lines *lines)
{
	size_t length = lines->line.length;

	return lines->at_signs && length >= 2 && memcmp(lines->line.data + length - 2, "@@", 2) == 0;
}

static struct err byte_take(struct lines *lines, char byte)
{
	bool after_carriage = lines->carriage;

	lines->carriage = byte == '\r';
	if (byte == '\n' && after_carriage)
		return OK;
	if (byte == '\n' || byte == '\r')
		return line_end(lines);
	buf_append_char(&lines->line, byte);
	if (lines->record_bytes > 0 && !lines->line.full && lines->line.length >= lines->record_bytes)
		TRY(record_cut(lines));
	if (byte == '@' && ends_in_at_signs(lines)) {
		lines->line.length -= 2;
		lines->line.data[lines->line.length] = '\0';
		return line_end(lines);
	}
	return OK;
}

struct err lines_feed(struct lines *lines, const char *bytes, size_t length)
{
	size_t mark = lines->begun ? 0 : utf8_mark_length(bytes, length);

	lines->begun = true;
	for (size_t i = mark; i < length; i++)
		TRY(byte_take(lines, bytes[i]));
	if (lines->line.full)
		return line_end(lines);
	return OK;
}

struct err lines_finish(struct lines *lines)
{
	lines->unended = lines->line.length > 0;
	return lines->unended ? line_end(lines) : OK;
}
