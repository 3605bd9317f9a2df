#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "payments/formats/emit.h"
#include "payments/formats/statement.h"

/* What a file format gives to the reader. One `const struct format` a format, listed in reader.c. */

struct format {
	const char *name;
	bool xml; /* marks, encodings and what fills the last block are the format's own matter */
	/* Whether these first bytes of a file, behind its mark and blank lines, are of this format. */
	bool (*detect)(const char *bytes, size_t length);
	/* A parser that hands what it reads to `emitter`, which outlives it. */
	void *(*open)(struct emitter *emitter);
	/* Errors carry no field: the reader adds the line. */
	struct err (*feed)(void *parser, const char *bytes, size_t length);
	/* "statement.truncated" where the file ends too early: what is complete of the open statement has gone out,
	 * and the statement is in order but for its end. */
	struct err (*finish)(void *parser);
	int64_t (*line)(const void *parser);
	void (*close)(void *parser);
};

extern const struct format FORMAT_CAMT;
extern const struct format FORMAT_MT940;
extern const struct format FORMAT_BAI2;
extern const struct format FORMAT_CFONB120;
extern const struct format FORMAT_N43;
extern const struct format FORMAT_OFX;
extern const struct format FORMAT_CODA;
extern const struct format FORMAT_QIF;
extern const struct format FORMAT_CSV; /* needs emitter->profiles */

#endif
