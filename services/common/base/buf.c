#include "common/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

void buf_init(struct buf *buf, size_t limit_bytes)
{
	*buf = (struct buf){ .limit = limit_bytes };
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ .limit = buf->limit };
}

void buf_clear(struct buf *buf)
{
	buf->length = 0;
	buf->full = false;
	if (buf->data)
		buf->data[0] = '\0';
}

static bool reserve(struct buf *buf, size_t more)
{
	if (buf->full || more > buf->limit - buf->length) {
		buf->full = true;
		return false;
	}
	size_t need = buf->length + more + 1;

	if (need > buf->capacity) {
		size_t capacity = buf->capacity ? buf->capacity : 256;

		while (capacity < need)
			capacity *= 2;
		buf->data = realloc(buf->data, capacity);
		CHECK(buf->data != NULL);
		buf->capacity = capacity;
	}
	return true;
}

void buf_append(struct buf *buf, const void *bytes, size_t length)
{
	if (!reserve(buf, length))
		return;
	if (length > 0)
		memcpy(buf->data + buf->length, bytes, length);
	buf->length += length;
	buf->data[buf->length] = '\0';
}

void buf_append_text(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void buf_append_char(struct buf *buf, char byte)
{
	buf_append(buf, &byte, 1);
}

void buf_append_format(struct buf *buf, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);

	va_end(args);
	CHECK(length >= 0);
	if (reserve(buf, (size_t)length)) {
		vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
		buf->length += (size_t)length;
	}
	va_end(again);
}

const char *buf_text(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}
