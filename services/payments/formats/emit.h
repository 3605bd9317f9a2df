#ifndef FORMATS_EMIT_H
#define FORMATS_EMIT_H

#include "common/base/arena.h"
#include "payments/formats/csv_profile.h"
#include "payments/formats/statement.h"

/* Between a format's parser and the sink: numbers the entries, keeps the sums, decides what reversal flags mean, proves
 * the balance. A parser fills `statement` and calls in the order emit_begin, emit_entry…, emit_end; texts of the
 * statement live in `header`, of the entry in `entries`, both reset here. */

struct emitter {
	struct statement_sink sink;
	const struct csv_profiles *profiles; /* NULL: CSV is not read */
	struct arena *header;                /* texts of the statement; reset by emit_next */
	struct arena *entries;               /* texts of the entry, or of the entries held back */
	struct statement statement;
	int64_t entry_count; /* booked entries of the file so far */
	int64_t statement_count;

	bool open;             /* between emit_next and emit_end */
	bool begun;            /* the sink knows of `statement` */
	bool foreign;          /* an entry is in another currency: the balance cannot be proved */
	int64_t sum_minor;     /* booked entries by their own sign */
	int64_t flipped_minor; /* the same with the sign of reversals turned */
	bool reversals;        /* a booked entry had the flag */
	bool undecided;        /* too many to hold back: delivered by their own sign */
	struct statement_entry **held;
	size_t held_count;
	struct err sink_error; /* what the sink answered; not ours to add a line to */
};

void emitter_init(struct emitter *emitter, const struct statement_sink *sink);
void emitter_release(struct emitter *emitter);

/* A new statement starts: an empty `statement`, with sequence -1 and no dates. */
struct statement *emit_next(struct emitter *emitter);

/* Before the first entry, when the header is complete. Does nothing the second time. */
MUST_USE struct err emit_begin(struct emitter *emitter);

/* `entry` lives in `entries`, amounts by CdtDbtInd. Its number is set here. */
MUST_USE struct err emit_entry(struct emitter *emitter, struct statement_entry *entry);

/* Between entries: forgets what a parser left in `entries`, unless entries are held back there. */
void emit_tidy(struct emitter *emitter);

/* After the last entry; also begins a statement without entries. */
MUST_USE struct err emit_end(struct emitter *emitter);

/* The file ends here, but the open statement, if there is one, does not: the sink gets what is complete. */
MUST_USE struct err emit_cut(struct emitter *emitter);

#endif
