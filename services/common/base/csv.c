#include "common/base/csv.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define BYTE_END (-1)

enum state {
	FIELD_BEGIN,
	FIELD_PLAIN,
	FIELD_QUOTED,
	FIELD_QUOTE, /* a quote inside quotes: the end, or the first of two */
	BROKEN,      /* not CSV: read on to the end of the line */
	RECORD_END
};

void csv_init(struct csv *csv, csv_source source, void *from)
{
	*csv = (struct csv){ .source = source, .from = from, .separator = ',', .next_line = 1 };
	csv->chunk = malloc(CSV_CHUNK_BYTES);
	CHECK(csv->chunk != NULL);
	buf_init(&csv->raw, CSV_RECORD_BYTES_MAX);
	buf_init(&csv->fields, CSV_RECORD_BYTES_MAX + CSV_FIELDS_MAX);
}

void csv_release(struct csv *csv)
{
	free(csv->chunk);
	csv->chunk = NULL;
	buf_release(&csv->raw);
	buf_release(&csv->fields);
}

/* The next byte without taking it. */
static int peek(struct csv *csv)
{
	if (csv->at == csv->end) {
		csv->at = 0;
		csv->end = csv->source(csv->from, csv->chunk, CSV_CHUNK_BYTES);
	}
	return csv->at < csv->end ? (unsigned char)csv->chunk[csv->at] : BYTE_END;
}

static void pass_byte_order_mark(struct csv *csv)
{
	if (csv->started)
		return;
	csv->started = true;
	if (peek(csv) != BYTE_END && csv->end >= 3 && memcmp(csv->chunk, "\xEF\xBB\xBF", 3) == 0)
		csv->at = 3;
}

static bool line_end(int byte)
{
	return byte == '\n' || byte == '\r';
}

/* Takes the line end that stands at the reader: LF, CRLF or CR. */
static void take_line_end(struct csv *csv)
{
	int first = peek(csv);

	if (!line_end(first))
		return;
	csv->at++;
	csv->next_line++;
	if (first == '\r' && peek(csv) == '\n')
		csv->at++;
}

static void field_open(struct csv *csv)
{
	if (csv->count < CSV_FIELDS_MAX)
		csv->starts[csv->count] = csv->fields.length;
	csv->count++;
}

static void field_close(struct csv *csv)
{
	buf_append_char(&csv->fields, '\0');
}

/* What a byte outside quotes does: ends the field, the record, or neither. */
static enum state plain_byte(struct csv *csv, int byte, enum state otherwise)
{
	if (byte == BYTE_END || line_end(byte)) {
		field_close(csv);
		return RECORD_END;
	}
	if (byte == csv->separator) {
		field_close(csv);
		field_open(csv);
		return FIELD_BEGIN;
	}
	if (otherwise == FIELD_PLAIN)
		buf_append_char(&csv->fields, (char)byte);
	return otherwise;
}

static enum state step(struct csv *csv, enum state state, int byte)
{
	switch (state) {
	case FIELD_BEGIN:
		return byte == '"' ? FIELD_QUOTED : plain_byte(csv, byte, FIELD_PLAIN);
	case FIELD_PLAIN:
		return byte == '"' ? BROKEN : plain_byte(csv, byte, FIELD_PLAIN);
	case FIELD_QUOTED:
		if (byte == '"')
			return FIELD_QUOTE;
		if (byte == BYTE_END)
			return BROKEN;
		buf_append_char(&csv->fields, (char)byte);
		return FIELD_QUOTED;
	case FIELD_QUOTE:
		if (byte != '"')
			return plain_byte(csv, byte, BROKEN);
		buf_append_char(&csv->fields, '"');
		return FIELD_QUOTED;
	default:
		return BROKEN;
	}
}

/* Takes a byte into the raw record; line ends inside quotes count as lines. */
static void take(struct csv *csv, int byte)
{
	buf_append_char(&csv->raw, (char)byte);
	csv->at++;
	if (byte == '\n' || (byte == '\r' && peek(csv) != '\n'))
		csv->next_line++;
}

static enum state read_record(struct csv *csv)
{
	enum state state = FIELD_BEGIN;

	field_open(csv);
	while (!csv->raw.full) {
		int byte = peek(csv);
		bool ends = byte == BYTE_END || (line_end(byte) && state != FIELD_QUOTED);

		state = step(csv, state, byte);
		if (ends)
			break;
		take(csv, byte);
	}
	return state;
}

static struct err judge(const struct csv *csv, enum state state)
{
	const char *raw = buf_text(&csv->raw);

	if (csv->raw.full)
		return ERR(ERR_EXHAUSTED, "csv.record_too_long", NULL,
			   "a row is longer than a megabyte: is a quote left open?");
	if (state == BROKEN)
		return ERR(ERR_INVALID, "csv.malformed", NULL, "a quotation mark is out of place or never closed");
	if (csv->count > CSV_FIELDS_MAX)
		return ERR(ERR_INVALID, "csv.too_many_columns", NULL, "the row has more than 1024 columns");
	if (!text_utf8_valid(raw, csv->raw.length) || memchr(raw, '\0', csv->raw.length))
		return ERR(ERR_INVALID, "csv.encoding", NULL, "the row is not text in UTF-8");
	return OK;
}

struct err csv_next(struct csv *csv, bool *more)
{
	pass_byte_order_mark(csv);
	while (line_end(peek(csv)))
		take_line_end(csv);
	buf_clear(&csv->raw);
	buf_clear(&csv->fields);
	csv->count = 0;
	csv->line = csv->next_line;
	if (peek(csv) == BYTE_END) {
		*more = false;
		return OK;
	}
	enum state state = read_record(csv);

	take_line_end(csv);
	TRY(judge(csv, state));
	*more = true;
	return OK;
}

int csv_line(const struct csv *csv)
{
	return csv->line;
}

int csv_count(const struct csv *csv)
{
	return csv->count < CSV_FIELDS_MAX ? csv->count : CSV_FIELDS_MAX;
}

const char *csv_field(const struct csv *csv, int index)
{
	return index >= 0 && index < csv_count(csv) ? buf_text(&csv->fields) + csv->starts[index] : "";
}

const char *csv_raw(const struct csv *csv)
{
	return buf_text(&csv->raw);
}

int csv_find(const struct csv *csv, const char *name)
{
	size_t length = strlen(name);

	for (int i = 0; i < csv_count(csv); i++) {
		const char *field = csv_field(csv, i);

		field += strspn(field, " \t");
		if (strncasecmp(field, name, length) == 0 && strspn(field + length, " \t") == strlen(field + length))
			return i;
	}
	return -1;
}

size_t csv_from_memory(void *memory, char *to, size_t size)
{
	struct csv_memory *from = memory;
	size_t length = from->length < size ? from->length : size;

	if (length > 0)
		memcpy(to, from->bytes, length);
	from->bytes += length;
	from->length -= length;
	return length;
}

void csv_append(struct buf *row, const char *text)
{
	if (!text[strcspn(text, "\",\r\n")]) {
		buf_append_text(row, text);
		return;
	}
	buf_append_char(row, '"');
	for (; *text; text++) {
		if (*text == '"')
			buf_append_char(row, '"');
		buf_append_char(row, *text);
	}
	buf_append_char(row, '"');
}
