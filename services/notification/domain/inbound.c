#include "notification/domain/inbound.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

/* Where the value of a header field begins in the lines up to `end`; NULL: it is not there. */
static const char *field(const char *text, const char *end, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line && line < end; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncasecmp(line, name, length) == 0 && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, " \t\r\n");
	}
	return NULL;
}

static bool has(const char *value, const char *end, const char *word)
{
	size_t length = strlen(word);

	for (const char *c = value; c && c + length <= end; c++) {
		if (strncasecmp(c, word, length) == 0)
			return true;
		if (*c == '\n' && c[1] != ' ' && c[1] != '\t')
			return false;
	}
	return false;
}

static const char *header_end(const char *message)
{
	const char *lf = strstr(message, "\n\n"), *crlf = strstr(message, "\n\r\n");

	if (lf && crlf)
		return lf < crlf ? lf : crlf;
	return lf ? lf : crlf ? crlf : message + strlen(message);
}

static enum inbound_kind report_kind(const char *body)
{
	const char *action = field(body, body + strlen(body), "Action");

	return !action || strncasecmp(action, "failed", 6) == 0 ? INBOUND_BOUNCE : INBOUND_AUTOMATIC;
}

enum inbound_kind inbound_kind_of(const char *message)
{
	const char *end = header_end(message);
	const char *automatic = field(message, end, "Auto-Submitted");

	if (has(field(message, end, "Content-Type"), end, "multipart/report"))
		return report_kind(end);
	if (has(field(message, end, "From"), end, "mailer-daemon@") ||
	    has(field(message, end, "Return-Path"), end, "<>"))
		return report_kind(end);
	return automatic && strncasecmp(automatic, "no", 2) != 0 ? INBOUND_AUTOMATIC : INBOUND_REPLY;
}

void inbound_failure(const char *message, char reason[static INBOUND_REASON_BYTES])
{
	const char *body = header_end(message), *status = field(body, body + strlen(body), "Status");
	size_t length = status ? strspn(status, "0123456789.") : 0;

	reason[0] = '\0';
	if (length >= 5 && length < INBOUND_REASON_BYTES - 5 && (status[0] == '4' || status[0] == '5'))
		snprintf(reason, INBOUND_REASON_BYTES, "smtp.%.*s", (int)length, status);
}

static bool known(const struct id *ids, size_t count, struct id id)
{
	for (size_t i = 0; i < count; i++) {
		if (id_equal(ids[i], id))
			return true;
	}
	return false;
}

size_t inbound_ids(const char *message, struct id ids[static INBOUND_IDS_MAX])
{
	size_t count = 0, length = strlen(message);

	for (size_t i = 0; i + ID_TEXT_BYTES <= length + 1 && count < INBOUND_IDS_MAX; i++) {
		char text[ID_TEXT_BYTES] = { 0 };
		struct id id;

		if (message[i + 8] != '-' || message[i + 13] != '-')
			continue;
		memcpy(text, message + i, ID_TEXT_BYTES - 1);
		if (err_ok(id_parse(text, &id)) && !known(ids, count, id))
			ids[count++] = id;
	}
	return count;
}

enum position_pause inbound_pause(enum inbound_kind kind)
{
	return kind == INBOUND_REPLY ? PAUSE_REPLIED : kind == INBOUND_BOUNCE ? PAUSE_BOUNCED : PAUSE_NONE;
}
