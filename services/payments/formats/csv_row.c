#include "payments/formats/csv_row.h"

#include <string.h>

#include "payments/formats/codepage.h"

void csv_splitter_init(struct csv_splitter *splitter, char separator,
		       struct err (*take)(void *context, struct csv_row *row), void *context)
{
	*splitter = (struct csv_splitter){ .take = take, .context = context, .separator = separator, .line = 1 };
	buf_init(&splitter->row.text, CSV_ROW_BYTES_MAX);
}

void csv_splitter_release(struct csv_splitter *splitter)
{
	buf_release(&splitter->row.text);
}

static void cell_begin(struct csv_splitter *splitter)
{
	struct csv_row *row = &splitter->row;

	if (row->count < CSV_CELLS_MAX)
		row->starts[row->count] = row->text.length;
	row->count++;
	splitter->blank = true;
	splitter->quoted = splitter->quote = false;
}

static void row_begin(struct csv_splitter *splitter)
{
	if (splitter->begun)
		return;
	splitter->begun = true;
	splitter->row.count = 0;
	splitter->row.line = splitter->line;
	buf_clear(&splitter->row.text);
	cell_begin(splitter);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Blanks at the cell's end go with the zero that ends it. */
static void cell_end(struct csv_splitter *splitter)
{
	struct csv_row *row = &splitter->row;

	if (row->text.full || row->count > CSV_CELLS_MAX)
		return;
	while (row->text.length > row->starts[row->count - 1] && is_blank(row->text.data[row->text.length - 1]))
		row->text.length--;
	buf_append_char(&row->text, '\0');
}

static struct err row_end(struct csv_splitter *splitter)
{
	struct csv_row *row = &splitter->row;

	if (!splitter->begun)
		return OK;
	cell_end(splitter);
	splitter->begun = false;
	if (row->text.full)
		return ERR(ERR_INVALID, "statement.line_too_long", NULL,
			   "a row is longer than any bank's: is a quote left open?");
	if (row->count > CSV_CELLS_MAX)
		return ERR(ERR_INVALID, "statement.malformed", NULL, "a row has more than 256 columns");
	return splitter->take(splitter->context, row);
}

static void character_take(struct csv_splitter *splitter, char byte)
{
	row_begin(splitter);
	if (splitter->blank && is_blank(byte) && !splitter->quoted)
		return;
	if (byte == '"' && splitter->blank && !splitter->quoted) {
		splitter->quoted = true;
		splitter->blank = false;
		return;
	}
	splitter->blank = false;
	splitter->quote = false;
	buf_append_char(&splitter->row.text, byte);
}

/* Between quotes; false where the byte stands behind the closing one. */
static bool quoted_take(struct csv_splitter *splitter, char byte)
{
	if (!splitter->quoted)
		return false;
	if (splitter->quote && byte != '"') {
		splitter->quoted = splitter->quote = false;
		return false;
	}
	if (byte == '"' && !splitter->quote) {
		splitter->quote = true;
		return true;
	}
	splitter->quote = false;
	buf_append_char(&splitter->row.text, byte);
	return true;
}

static struct err byte_take(struct csv_splitter *splitter, char byte)
{
	bool after_carriage = splitter->carriage, ends = byte == '\n' || byte == '\r';

	splitter->carriage = byte == '\r';
	if (byte == '\0')
		return ERR(ERR_INVALID, "statement.malformed", NULL, "the file holds a NUL byte");
	if (ends && !(byte == '\n' && after_carriage))
		splitter->line++;
	if (quoted_take(splitter, byte))
		return OK;
	if (ends)
		return row_end(splitter);
	if (byte != splitter->separator) {
		character_take(splitter, byte);
		return OK;
	}
	row_begin(splitter);
	cell_end(splitter);
	cell_begin(splitter);
	return OK;
}

struct err csv_splitter_feed(struct csv_splitter *splitter, const char *bytes, size_t length)
{
	size_t at = splitter->row.line == 0 ? utf8_mark_length(bytes, length) : 0;

	for (; at < length && !splitter->row.text.full; at++)
		TRY(byte_take(splitter, bytes[at]));
	return splitter->row.text.full ? row_end(splitter) : OK;
}

struct err csv_splitter_finish(struct csv_splitter *splitter)
{
	if (splitter->begun && splitter->quoted && !splitter->quote)
		return ERR(ERR_INVALID, "statement.truncated", NULL, "a quotation mark is never closed");
	return row_end(splitter);
}

const char *csv_cell(const struct csv_row *row, size_t at)
{
	return at < row->count ? row->text.data + row->starts[at] : "";
}
