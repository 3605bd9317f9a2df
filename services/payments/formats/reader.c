/* The reader: finds the format by the first bytes and passes the rest on. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/codepage.h"
#include "payments/formats/csv_profile.h"
#include "payments/formats/detect.h"

#define MESSAGE_BYTES 2048 /* where no CSV profile fits, the columns and all profiles are named */

struct statement_reader {
	struct emitter emitter;
	const struct format *format; /* NULL while the first bytes are collected */
	void *parser;
	struct buf first;
	struct decoder decoder; /* of text in UTF-16; libxml2 reads XML of any encoding itself */
	bool decoded;
	char last;                                         /* byte of text that the format was given */
	enum { NO_FILL, FILL_SUBSTITUTE, FILL_ZERO } fill; /* stands behind it, and was not given */
	struct err failed;
	char field[32], message[MESSAGE_BYTES];
};

static struct err unknown_format(void)
{
	return ERR(ERR_INVALID, "statement.unknown_format", NULL,
		   "the file is no bank statement of a known format (camt.052, .053, .054, MT940, MT942, CFONB 120, "
		   "BAI2, OFX, CODA, N43, QIF, or CSV of a known profile)");
}

struct err format_detect(const char *bytes, size_t length, const char **name)
{
	const struct format *format = detect_format(bytes, length, NULL);

	if (!format)
		return unknown_format();
	*name = format->name;
	return OK;
}

struct statement_reader *statement_reader_new(const struct statement_sink *sink)
{
	struct statement_reader *reader = calloc(1, sizeof *reader);

	CHECK(reader != NULL);
	emitter_init(&reader->emitter, sink);
	buf_init(&reader->first, FORMAT_DETECT_BYTES);
	return reader;
}

void statement_reader_profiles(struct statement_reader *reader, const struct csv_profiles *profiles)
{
	reader->emitter.profiles = profiles;
}

void statement_reader_destroy(struct statement_reader **reader)
{
	if (!*reader)
		return;
	if ((*reader)->parser)
		(*reader)->format->close((*reader)->parser);
	buf_release(&(*reader)->first);
	emitter_release(&(*reader)->emitter);
	free(*reader);
	*reader = NULL;
}

int64_t statement_reader_line(const struct statement_reader *reader)
{
	return reader->parser ? reader->format->line(reader->parser) : 1;
}

/* Remembers the error with its line; what the sink answered goes out as it is. */
static struct err fail(struct statement_reader *reader, struct err err)
{
	if (err.code == ERR_OK)
		return err;
	if (reader->emitter.sink_error.code == ERR_OK) {
		snprintf(reader->field, sizeof reader->field, "line %" PRId64, statement_reader_line(reader));
		text_copy(reader->message, sizeof reader->message, err.message ? err.message : err.reason);
		err.field = reader->field;
		err.message = reader->message;
	}
	reader->failed = err;
	return err;
}

/* What may be fill waits until text follows. */
static struct err text_feed(struct statement_reader *reader, const char *bytes, size_t length)
{
	size_t fill = fill_length(bytes, length);

	if (fill < length) {
		if (reader->fill != NO_FILL)
			TRY(reader->format->feed(reader->parser, reader->fill == FILL_ZERO ? "\0" : "\x1A", 1));
		reader->fill = NO_FILL;
		reader->last = bytes[length - fill - 1];
		TRY(reader->format->feed(reader->parser, bytes, length - fill));
	}
	if (fill > 0 && reader->fill != FILL_ZERO)
		reader->fill = memchr(bytes + length - fill, '\0', fill) ? FILL_ZERO : FILL_SUBSTITUTE;
	return OK;
}

/* In UTF-8 where the file is text in UTF-16. */
static struct err pass_on(struct statement_reader *reader, const char *bytes, size_t length)
{
	BUF_SCOPE text = { 0 };

	if (reader->decoded) {
		buf_init(&text, length * 3 + 1);
		decoder_feed(&reader->decoder, bytes, length, &text);
		bytes = buf_text(&text);
		length = text.length;
	}
	return reader->format->xml ? reader->format->feed(reader->parser, bytes, length)
				   : text_feed(reader, bytes, length);
}

/* Text in UTF-16 is shown to the formats in UTF-8; XML is XML in any encoding. */
static const struct format *first_choose(struct statement_reader *reader)
{
	struct decoder decoder = decoder_make(CODEPAGE_UTF16);
	BUF_SCOPE text = { 0 };

	if (!decoder_is_utf16(reader->first.data, reader->first.length))
		return detect_format(reader->first.data, reader->first.length, reader->emitter.profiles);
	buf_init(&text, reader->first.length * 3 + 1);
	decoder_feed(&decoder, reader->first.data, reader->first.length, &text);
	const struct format *format = detect_format(buf_text(&text), text.length, reader->emitter.profiles);

	reader->decoded = !format || !format->xml;
	reader->decoder = decoder_make(CODEPAGE_UTF16);
	return format;
}

static struct err start(struct statement_reader *reader)
{
	reader->format = first_choose(reader);
	const char *other = detect_other(reader->first.data, reader->first.length);
	bool claimed = reader->format && reader->format != &FORMAT_CSV && reader->format != &FORMAT_CAMT;

	if (other && !claimed)
		return ERR(ERR_INVALID, "statement.unknown_format", NULL, other);
	if (!reader->format)
		return unknown_format();
	reader->parser = reader->format->open(&reader->emitter);
	return pass_on(reader, reader->first.data, reader->first.length);
}

struct err statement_reader_feed(struct statement_reader *reader, const char *bytes, size_t length)
{
	TRY(reader->failed);
	if (!reader->parser) {
		size_t room = FORMAT_DETECT_BYTES - reader->first.length, taken = length < room ? length : room;

		buf_append(&reader->first, bytes, taken);
		if (reader->first.length < FORMAT_DETECT_BYTES)
			return OK;
		TRY(fail(reader, start(reader)));
		bytes += taken;
		length -= taken;
	}
	return length == 0 ? OK : fail(reader, pass_on(reader, bytes, length));
}

/* What the format finds only at the end of the file: that it ends too early, or in a line that is none. */
static bool cut_off(const struct statement_reader *reader, struct err err)
{
	if (err.code != ERR_INVALID || !err_ok(reader->emitter.sink_error) || reader->emitter.statement_count == 0)
		return false;
	return text_equal(err.reason, "statement.truncated") || (!reader->format->xml && !strchr("\r\n", reader->last));
}

static struct err file_end(struct statement_reader *reader)
{
	struct err err = reader->format->finish(reader->parser);

	if (!cut_off(reader, err))
		return err;
	TRY(emit_cut(&reader->emitter));
	return ERR(ERR_CONFLICT, "statement.cut", NULL, "the file ends too early");
}

struct err statement_reader_finish(struct statement_reader *reader)
{
	TRY(reader->failed);
	if (reader->first.length == 0)
		return fail(reader, ERR(ERR_INVALID, "statement.empty", NULL, "the file is empty"));
	if (!reader->parser)
		TRY(fail(reader, start(reader)));
	TRY(fail(reader, file_end(reader)));
	if (reader->emitter.statement_count == 0)
		return fail(reader, ERR(ERR_INVALID, "statement.none", NULL, "the file has no statement"));
	return OK;
}
