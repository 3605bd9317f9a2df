#ifndef IO_LOG_H
#define IO_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

/* One JSON object a line on stderr: time, level, service, msg, then the fields. Never bank data, addresses of
 * people, message bodies or secrets.
 *     log_info("statement imported", LOG_TEXT("file", name), LOG_INT("entries", n)); */

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
	const char *key;
	enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_BOOL } kind;
	const char *text;
	int64_t number;
};

#define LOG_TEXT(k, v) ((struct log_field){ .key = (k), .kind = LOG_FIELD_TEXT, .text = (v) })
#define LOG_INT(k, v) ((struct log_field){ .key = (k), .kind = LOG_FIELD_INT, .number = (v) })
#define LOG_BOOL(k, v) ((struct log_field){ .key = (k), .kind = LOG_FIELD_BOOL, .number = (v) })
/* code, reason and message of an error, as three fields; expands to a list. */
#define LOG_ERR(e)                                                                                                     \
	LOG_TEXT("code", err_code_name((e).code)), LOG_TEXT("reason", (e).reason), LOG_TEXT("error", (e).message)

void log_init(const char *service, enum log_level least);
/* The trace id that this thread's lines carry; NULL for none. Not copied. */
void log_trace(const char *trace_parent);
bool log_enabled(enum log_level level);
void log_write(enum log_level level, const char *msg, const struct log_field *fields, int count);

#define LOG_FIELDS_(...)                                                                                               \
	((const struct log_field[]){ __VA_ARGS__ }),                                                                   \
		(int)(sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))
#define log_debug(msg, ...) log_write(LOG_DEBUG, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_info(msg, ...) log_write(LOG_INFO, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_warn(msg, ...) log_write(LOG_WARN, msg, LOG_FIELDS_(__VA_ARGS__))
#define log_error(msg, ...) log_write(LOG_ERROR, msg, LOG_FIELDS_(__VA_ARGS__))

#endif
