#include "payments/domain/remittance.h"

#include <string.h>
#include <strings.h>

#include "common/base/buf.h"
#include "common/base/reference.h"
#include "common/base/text.h"

#define PIECE_SHORT 35
#define PIECE_LONG 140
#define RF_RUNS_MAX 24
#define RF_BYTES_MAX 25
#define RF_BODY_AT 4 /* a creditor may put the invoice number itself behind the check digits */
#define TEXT_BYTES_MAX ((size_t)64 * 1024)

/* A run of letters or of digits, and what stands before it. */
struct run {
	const char *text;
	int length;
	bool digits;
	const char *joint; /* what parts it from the run before, up to `text` */
	bool chained;      /* that is one of / , + & ; and blanks */
};

struct reader {
	struct arena *arena;
	struct reading *reading;
	struct run runs[RUNS_MAX];
	int count;
	int first; /* number of the first run of this text within the reading */
};

static bool letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool chain_sign(const char *from, const char *to)
{
	int signs = 0;

	for (; from < to; from++) {
		if (*from == ' ' || *from == '\n')
			continue;
		if (!strchr("/,+&;", *from))
			return false;
		signs++;
	}
	return signs == 1;
}

static void cut_runs(struct reader *reader, const char *text)
{
	const char *end = text;

	for (const char *at = text; *at && reader->count < RUNS_MAX;) {
		if (!letter(*at) && !digit(*at)) {
			at++;
			continue;
		}
		const char *start = at;
		bool digits = digit(*at);

		while (digits ? digit(*at) : letter(*at))
			at++;
		reader->runs[reader->count++] = (struct run){ .text = start,
							      .length = (int)(at - start),
							      .digits = digits,
							      .joint = end,
							      .chained = chain_sign(end, start) };
		end = at;
	}
}

static struct reference *add(struct reader *reader, enum reference_source source, const char *key, int from, int to)
{
	struct reference *reference = ARENA_PUSH(reader->arena, reader->reading->references, reader->reading->count);

	*reference = (struct reference){
		.source = source,
		.key = key,
		.hash = text_hash_quick(key, strlen(key)),
		.from = reader->first + from,
		.to = reader->first + to,
	};
	return reference;
}

static void append_upper(char *key, int *length, const struct run *run)
{
	for (int i = 0; i < run->length; i++) {
		char c = run->text[i];

		key[(*length)++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
	}
	key[*length] = '\0';
}

static bool same_joint(const struct run *a, const struct run *b)
{
	size_t length = (size_t)(a->text - a->joint);

	return length == (size_t)(b->text - b->joint) && memcmp(a->joint, b->joint, length) == 0;
}

/* A run that the next one hangs on in another way is no end of a number, but the day of a date: `/ 20.05.2025`. */
static bool goes_on_otherwise(const struct reader *reader, int at, int first)
{
	const struct run *next = at + 1 < reader->count ? &reader->runs[at + 1] : NULL;

	return next && next->digits && next->joint[0] != ' ' && !same_joint(next, &reader->runs[first]);
}

/* Numbers that follow as ends only: base INV2025000013, `/16` -> INV2025000016. */
static void read_abbreviations(struct reader *reader, const char *base, int last, int from)
{
	int base_length = (int)strlen(base), end_length = reader->runs[last].length;

	for (int at = last + 1, place = 0; at < reader->count && place < ABBREVIATIONS_MAX; at++, place++) {
		const struct run *run = &reader->runs[at];

		if (!run->digits || !run->chained || run->length > end_length ||
		    !same_joint(run, &reader->runs[last + 1]) || goes_on_otherwise(reader, at, last + 1))
			return;
		char *key = arena_copy(reader->arena, base), *padded = NULL;

		memcpy(key + base_length - run->length, run->text, (size_t)run->length);
		struct reference *reference = add(reader, SOURCE_ABBREVIATED, key, from, at + 1);

		padded = arena_copy(reader->arena, key);
		memset(padded + base_length - end_length, '0', (size_t)(end_length - run->length));
		reference->base = base;
		reference->end = arena_copy_n(reader->arena, run->text, (size_t)run->length);
		reference->place = place;
		reference->whole = run->length == end_length;
		reference->padded = strcmp(padded, key) == 0 ? NULL : padded;
	}
}

static void read_windows(struct reader *reader, enum reference_source source, int from)
{
	char key[NUMBER_BYTES_MAX + 1];
	int length = 0, digits = 0;

	for (int at = from; at < reader->count && at < from + NUMBER_RUNS_MAX; at++) {
		const struct run *run = &reader->runs[at];

		if (length + run->length > NUMBER_BYTES_MAX)
			return;
		append_upper(key, &length, run);
		digits += run->digits ? run->length : 0;
		if (length < NUMBER_BYTES_MIN || digits < NUMBER_DIGITS_MIN)
			continue;
		const char *kept = arena_copy_n(reader->arena, key, (size_t)length);

		add(reader, source, kept, from, at + 1);
		if (source == SOURCE_TEXT && run->digits)
			read_abbreviations(reader, kept, at, from);
	}
}

/* The longest valid RF reference that starts at a run. */
static void read_rf(struct reader *reader, int from)
{
	char key[RF_BYTES_MAX + 1];
	const char *longest = NULL;
	int length = 0, to = 0;

	if (reader->runs[from].length != 2 || strncasecmp(reader->runs[from].text, "RF", 2) != 0)
		return;
	for (int at = from; at < reader->count && at < from + RF_RUNS_MAX; at++) {
		if (length + reader->runs[at].length > RF_BYTES_MAX)
			break;
		append_upper(key, &length, &reader->runs[at]);
		if (length < 5 || !reference_rf_valid(key))
			continue;
		longest = arena_copy_n(reader->arena, key, (size_t)length);
		to = at + 1;
	}
	if (!longest)
		return;
	add(reader, SOURCE_RF_TEXT, longest, from, to);
	add(reader, SOURCE_RF_TEXT, longest + RF_BODY_AT, from, to);
}

static void read_text(struct arena *arena, struct reading *reading, enum reference_source source, const char *text,
		      int *first)
{
	struct reader reader; /* 20 KB, of which most texts need little: nothing is cleared */

	reader.arena = arena;
	reader.reading = reading;
	reader.first = *first;
	reader.count = 0;
	cut_runs(&reader, text);
	for (int i = 0; i < reader.count; i++) {
		read_rf(&reader, i);
		read_windows(&reader, source, i);
	}
	*first += reader.count + 1;
}

static void read_whole(struct arena *arena, struct reading *reading, enum reference_source source, const char *text,
		       int *first)
{
	struct reader reader = { .arena = arena, .reading = reading, .first = *first };
	char *key = text_normalise(arena, text);

	*first += 2;
	if (strlen(key) == 0 || strlen(key) > NUMBER_BYTES_MAX)
		return;
	add(&reader, source, key, 0, 1);
	if (reference_rf_valid(key))
		add(&reader, source, key + RF_BODY_AT, 0, 1);
}

static size_t characters(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += ((unsigned char)*text & 0xC0) != 0x80;
	return count;
}

/* A piece of exactly the length at which banks cut. */
static bool piece_full(const char *piece)
{
	size_t length = characters(piece);

	return length == PIECE_SHORT || length == PIECE_LONG;
}

static const char *join(struct arena *arena, const struct payment *payment, bool across_cuts)
{
	BUF_SCOPE text;

	buf_init(&text, TEXT_BYTES_MAX);
	for (size_t i = 0; i < payment->piece_count; i++) {
		if (i > 0 && !(across_cuts && piece_full(payment->pieces[i - 1])))
			buf_append_char(&text, ' ');
		buf_append_text(&text, payment->pieces[i]);
	}
	return arena_copy(arena, buf_text(&text));
}

static bool cut_inside(const struct payment *payment)
{
	for (size_t i = 0; i + 1 < payment->piece_count; i++)
		if (piece_full(payment->pieces[i]))
			return true;
	return false;
}

static void read_fields(struct arena *arena, const struct payment *payment, bool across_cuts, struct reading *reading)
{
	int first = 0;
	const char *text = join(arena, payment, across_cuts);

	if (payment->creditor_ref)
		read_whole(arena, reading, SOURCE_STRUCTURED, payment->creditor_ref, &first);
	for (size_t i = 0; i < payment->document_count; i++)
		read_whole(arena, reading, SOURCE_DOCUMENT, payment->documents[i].number, &first);
	read_text(arena, reading, SOURCE_TEXT, text, &first);
	if (payment->end_to_end_id)
		read_text(arena, reading, SOURCE_END_TO_END, payment->end_to_end_id, &first);
	reading->cut = payment->piece_count > 0 &&
		       (piece_full(payment->pieces[payment->piece_count - 1]) || characters(text) >= PIECE_LONG - 1);
}

void remittance_read(struct arena *arena, const struct payment *payment, struct remittance *remittance)
{
	bool cut = cut_inside(payment);

	*remittance = (struct remittance){ .reading_count = cut ? 2 : 1 };
	read_fields(arena, payment, cut, &remittance->readings[0]);
	if (cut)
		read_fields(arena, payment, false, &remittance->readings[1]);
}

void remittance_keys(struct arena *arena, const struct remittance *remittance, const char ***keys, size_t *count)
{
	for (int i = 0; i < remittance->reading_count; i++)
		for (size_t k = 0; k < remittance->readings[i].count; k++) {
			const struct reference *reference = &remittance->readings[i].references[k];

			*ARENA_PUSH(arena, *keys, *count) = reference->key;
			if (reference->padded)
				*ARENA_PUSH(arena, *keys, *count) = reference->padded;
		}
}
