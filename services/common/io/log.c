#include "common/io/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/date.h"
#include "common/base/text.h"
#include "common/io/clock.h"

#define LINE_BYTES ((size_t)8 * 1024)
#define TEXT_BYTES_MAX ((size_t)1024) /* of one value; the rest is cut off */
#define SERVICE_BYTES 32
#define TRACE_ID_AT 3 /* in "00-<32 hex digits>-…" */
#define TRACE_ID_BYTES 32

static struct {
	char service[SERVICE_BYTES];
	enum log_level least;
} log_state = { .service = "relance", .least = LOG_INFO };

static _Thread_local const char *thread_trace;

static const char *const LEVELS[] = { "debug", "info", "warn", "error" };

/* One line under way. What does not fit is left out; `}\n` always does. */
struct line {
	char bytes[LINE_BYTES];
	size_t length;
};

#define LINE_TAIL ((size_t)2)

static void put(struct line *line, const char *bytes, size_t length)
{
	if (length > LINE_BYTES - LINE_TAIL - line->length)
		return;
	memcpy(line->bytes + line->length, bytes, length);
	line->length += length;
}

static void put_escaped(struct line *line, unsigned char c)
{
	char escape[8];

	switch (c) {
	case '"':
	case '\\':
		escape[0] = '\\';
		escape[1] = (char)c;
		put(line, escape, 2);
		return;
	case '\n':
		put(line, "\\n", 2);
		return;
	case '\t':
		put(line, "\\t", 2);
		return;
	default:
		snprintf(escape, sizeof escape, "\\u%04x", c);
		put(line, escape, 6);
	}
}

static size_t length_within(const char *text)
{
	size_t length = strnlen(text, TEXT_BYTES_MAX + 1);

	if (length <= TEXT_BYTES_MAX)
		return length;
	length = TEXT_BYTES_MAX;
	while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
		length--; /* not half a character */
	return length;
}

/* Bytes that are no UTF-8 would make the whole line unreadable: they become '?'. */
static void put_text(struct line *line, const char *text)
{
	size_t length = length_within(text);
	bool valid = text_utf8_valid(text, length);
	size_t start = 0;

	put(line, "\"", 1);
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F && (valid || c < 0x80))
			continue;
		put(line, text + start, i - start);
		start = i + 1;
		if (c >= 0x80)
			put(line, "?", 1);
		else
			put_escaped(line, c);
	}
	put(line, text + start, length - start);
	put(line, "\"", 1);
}

static void put_key(struct line *line, const char *key)
{
	put(line, ",\"", 2);
	put(line, key, strlen(key));
	put(line, "\":", 2);
}

static void put_int(struct line *line, int64_t number)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%lld", (long long)number);

	put(line, digits, (size_t)length);
}

static void put_field(struct line *line, const struct log_field *field)
{
	size_t before = line->length;

	if (field->kind == LOG_FIELD_TEXT && !field->text)
		return;
	put_key(line, field->key);
	switch (field->kind) {
	case LOG_FIELD_TEXT:
		put_text(line, field->text);
		break;
	case LOG_FIELD_INT:
		put_int(line, field->number);
		break;
	case LOG_FIELD_BOOL:
		put(line, field->number ? "true" : "false", field->number ? 4 : 5);
		break;
	}
	if (line->length > LINE_BYTES - LINE_TAIL - TEXT_BYTES_MAX)
		line->length = before; /* no room for a whole value: the line stays valid JSON */
}

static void put_head(struct line *line, enum log_level level, const char *msg)
{
	char time[INSTANT_TEXT_BYTES];

	put(line, "{\"time\":\"", 9);
	instant_format(clock_system(), time);
	put(line, time, strlen(time));
	put(line, "\"", 1);
	put_key(line, "level");
	put_text(line, LEVELS[level]);
	put_key(line, "service");
	put_text(line, log_state.service);
	put_key(line, "msg");
	put_text(line, msg);
	if (thread_trace && strlen(thread_trace) >= TRACE_ID_AT + TRACE_ID_BYTES) {
		put(line, ",\"trace_id\":\"", 13);
		put(line, thread_trace + TRACE_ID_AT, TRACE_ID_BYTES);
		put(line, "\"", 1);
	}
}

void log_init(const char *service, enum log_level least)
{
	text_copy(log_state.service, sizeof log_state.service, service);
	log_state.least = least;
}

void log_trace(const char *trace_parent)
{
	thread_trace = trace_parent;
}

bool log_enabled(enum log_level level)
{
	return level >= log_state.least;
}

void log_write(enum log_level level, const char *msg, const struct log_field *fields, int count)
{
	struct line line;

	if (!log_enabled(level))
		return;
	line.length = 0;
	put_head(&line, level, msg);
	for (int i = 0; i < count; i++)
		put_field(&line, &fields[i]);
	memcpy(line.bytes + line.length, "}\n", LINE_TAIL);
	line.length += LINE_TAIL;

	/* One write a line, so that lines of several threads never mix. A log that cannot be written is given up:
	 * there is nowhere to say so. */
	int kept = errno;
	ssize_t written = write(STDERR_FILENO, line.bytes, line.length);

	(void)written;
	errno = kept;
}
