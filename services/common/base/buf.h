#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/* A growing byte buffer that is born with its limit. Once an append would pass the limit, the buffer is
 * `full`: that append and all later ones are dropped, and the writer asks once at the end. The content is
 * always followed by a zero byte that is not counted. */

struct buf {
	char *data;
	size_t length, capacity, limit;
	bool full;
};

void buf_init(struct buf *buf, size_t limit_bytes);
void buf_release(struct buf *buf);
void buf_clear(struct buf *buf);

void buf_append(struct buf *buf, const void *bytes, size_t length);
void buf_append_text(struct buf *buf, const char *text);
void buf_append_char(struct buf *buf, char byte);
void buf_append_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The content as a C string; "" while empty. Valid until the next append. */
const char *buf_text(const struct buf *buf);

#define BUF_SCOPE __attribute__((cleanup(buf_release))) struct buf

#endif
