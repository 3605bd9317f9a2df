#include "payments/formats/mt940.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"

#define TEXT_BYTES_MAX ((size_t)64 * 1024)
#define SWIFT_LINE_CHARACTERS 65    /* a line this long goes on in the next without a blank */
#define PURPOSE_PIECE_CHARACTERS 27 /* the same for ?20 … ?29 and ?32 */

static const char *trimmed(struct arena *arena, const char *text)
{
	const char *trim = text_trim(arena, text);

	return trim[0] ? trim : NULL;
}

static void set(struct arena *arena, const char **to, const char *text)
{
	const char *value = text ? trimmed(arena, text) : NULL;

	if (value && !text_equal_nocase(value, "NOTPROVIDED") && !text_equal_nocase(value, "NONREF"))
		*to = value;
}

static size_t characters(const char *utf8)
{
	size_t count = 0;

	for (; *utf8; utf8++)
		count += ((unsigned char)*utf8 & 0xC0) != 0x80;
	return count;
}

static void add_piece(struct arena *arena, struct payment_info *info, const char *text)
{
	const char *piece = trimmed(arena, text);

	if (piece)
		*ARENA_PUSH(arena, info->remittance_pieces, info->remittance_piece_count) = piece;
}

/* The pieces in one text: a piece that fills its line goes on in the next. */
static void join_pieces(struct arena *arena, struct payment_info *info, size_t full)
{
	BUF_SCOPE text;

	buf_init(&text, TEXT_BYTES_MAX);
	for (size_t i = 0; i < info->remittance_piece_count; i++) {
		if (i > 0 && characters(info->remittance_pieces[i - 1]) < full)
			buf_append_char(&text, ' ');
		buf_append_text(&text, info->remittance_pieces[i]);
	}
	if (text.length > 0)
		info->remittance = arena_copy(arena, buf_text(&text));
}

/* ---- the German structure ---- */

/* SEPA's words at the start of a purpose piece, and where their text goes. */
struct purpose_word {
	const char *word;
	enum {
		WORD_E2E,
		WORD_MANDATE,
		WORD_CUSTOMER_REF,
		WORD_PURPOSE,
		WORD_ULTIMATE,
		WORD_IBAN,
		WORD_BIC,
		WORD_OTHER
	} kind;
};

static const struct purpose_word WORDS[] = {
	{ "EREF+", WORD_E2E },     { "MREF+", WORD_MANDATE },  { "KREF+", WORD_CUSTOMER_REF },
	{ "SVWZ+", WORD_PURPOSE }, { "ABWA+", WORD_ULTIMATE }, { "ABWE+", WORD_ULTIMATE },
	{ "IBAN+", WORD_IBAN },    { "BIC+", WORD_BIC },       { "CRED+", WORD_OTHER },
	{ "DEBT+", WORD_OTHER },   { "COAM+", WORD_OTHER },    { "OAMT+", WORD_OTHER },
	{ "PURP+", WORD_OTHER },   { "RREF+", WORD_OTHER },    { "MDAT+", WORD_OTHER },
};

static const struct purpose_word *word_find(const char *piece)
{
	for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
		if (text_starts(piece, WORDS[i].word))
			return &WORDS[i];
	return NULL;
}

static void word_take(struct arena *arena, const struct purpose_word *word, const char *text, struct payment_info *info)
{
	switch (word->kind) {
	case WORD_E2E:
		set(arena, &info->end_to_end_id, text);
		break;
	case WORD_MANDATE:
		set(arena, &info->mandate_id, text);
		break;
	case WORD_CUSTOMER_REF:
		set(arena, &info->instruction_id, text);
		break;
	case WORD_ULTIMATE:
		set(arena, &info->counterparty.ultimate_name, text);
		break;
	case WORD_IBAN:
		set(arena, &info->counterparty.iban, text);
		break;
	case WORD_BIC:
		set(arena, &info->counterparty.bic, text);
		break;
	case WORD_PURPOSE:
		add_piece(arena, info, text);
		break;
	case WORD_OTHER:
		break;
	}
}

/* Where the value that a piece begins with ends: behind a blank, at the next word. In the payer's text, none counts. */
static size_t value_length(const char *piece, const struct purpose_word *word)
{
	size_t length = strlen(piece);

	if (word->kind == WORD_PURPOSE)
		return length;
	for (const char *blank = strchr(piece, ' '); blank; blank = strchr(blank + 1, ' '))
		if (word_find(blank + 1))
			return (size_t)(blank + 1 - piece);
	return length;
}

/* With SEPA's words a value runs over pieces until the next word; without, each piece is a line of the payer's. */
static void purpose_read(struct arena *arena, const char *const *pieces, size_t count, struct payment_info *info)
{
	const struct purpose_word *word = NULL;
	BUF_SCOPE value;

	buf_init(&value, TEXT_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *rest = pieces[i];

		do {
			const struct purpose_word *next = word_find(rest);

			if (!next && !word) {
				add_piece(arena, info, rest);
				break;
			}
			if (next) {
				if (word)
					word_take(arena, word, buf_text(&value), info);
				buf_clear(&value);
				word = next;
				rest += strlen(next->word);
			}
			size_t length = value_length(rest, word);

			buf_append(&value, rest, length);
			rest += length;
		} while (*rest);
	}
	if (word)
		word_take(arena, word, buf_text(&value), info);
	join_pieces(arena, info, PURPOSE_PIECE_CHARACTERS);
}

#define CODE_DIGITS 3 /* of the kind of business; some banks leave it out */

/* Where the first field's mark stands; NULL where the text has no such structure. */
static char *german_mark(char *text)
{
	size_t digits = strspn(text, "0123456789");
	char *mark = text + digits;

	if ((digits != 0 && digits != CODE_DIGITS) || !ispunct((unsigned char)*mark) ||
	    !isdigit((unsigned char)mark[1]) || !isdigit((unsigned char)mark[2]))
		return NULL;
	return digits == CODE_DIGITS || *mark == '?' || *mark == '~' ? mark : NULL;
}

struct german_fields {
	const char **pieces;
	size_t count;
	const char *name[2], *account, *supplement;
};

static void german_field(struct arena *arena, int number, const char *text, struct german_fields *fields,
			 struct payment_info *info)
{
	if ((number >= 20 && number <= 29) || (number >= 60 && number <= 63))
		*ARENA_PUSH(arena, fields->pieces, fields->count) = text;
	else if (number == 0)
		set(arena, &info->info, text);
	else if (number == 30)
		set(arena, &info->counterparty.bic, text);
	else if (number == 31)
		set(arena, &info->counterparty.iban, text);
	else if (number == 38) /* the IBAN, where 31 has the national number (Poland) */
		set(arena, &fields->account, text);
	else if (number == 34)
		set(arena, &fields->supplement, text);
	else if (number == 32 || number == 33)
		fields->name[number - 32] = text;
}

/* A name that fills its first field goes on in the second. */
static const char *name_of(struct arena *arena, const char *const *name)
{
	bool goes_on =
		characters(name[0]) >= PURPOSE_PIECE_CHARACTERS || text_ends(name[0], " ") || text_starts(name[1], " ");

	return arena_format(arena, "%s%s%s", name[0], goes_on ? "" : " ", name[1]);
}

/* `text` begins with the code of three digits, if it has one; the `first` field's mark follows. */
static void german_read(struct arena *arena, const char *text, char *first, struct payment_info *info)
{
	struct german_fields fields = { .name = { "", "" } };
	const char *business = arena_copy_n(arena, text, (size_t)(first - text));
	char mark = *first;

	for (char *at = first, *next; at; at = next) {
		next = at + 3;
		do {
			next = strchr(next, mark);
		} while (next && (!isdigit((unsigned char)next[1]) || !isdigit((unsigned char)next[2])) && next++);
		if (next)
			*next = '\0';
		german_field(arena, (at[1] - '0') * 10 + (at[2] - '0'), at + 3, &fields, info);
	}
	set(arena, &info->counterparty.name, name_of(arena, fields.name));
	set(arena, &info->counterparty.iban, fields.account);
	purpose_read(arena, fields.pieces, fields.count, info);
	info->return_reason = mt940_return_reason(arena, business, fields.supplement, info->remittance);
}

/* ---- /CODE/value ---- */

static const char *const SLASH_CODES[] = { "EREF", "PREF", "MARF", "CSID", "IBAN", "BIC",  "NAME", "REMI",
					   "CNTP", "TRTP", "RTRN", "ORDP", "BENM", "ISDT", "PURP", "SVCL",
					   "ULTC", "ULTD", "UCRD", "UDTR", "ULTB", "ADDR", "ID",   "TRCD",
					   "NRTX", "CSC",  "AREF", "OCMT", "CHGS", "EXCH" };

/* The code at `text` if one stands there as /CODE/, and where its value begins. */
static const char *slash_code(const char *text, const char **value)
{
	for (size_t i = 0; i < sizeof SLASH_CODES / sizeof SLASH_CODES[0]; i++) {
		size_t length = strlen(SLASH_CODES[i]);

		if (text[0] == '/' && strncmp(text + 1, SLASH_CODES[i], length) == 0 && text[length + 1] == '/') {
			*value = text + length + 2;
			return SLASH_CODES[i];
		}
	}
	return NULL;
}

/* account/bank/name/city, of which each may be empty. */
static void counterparty_take(struct arena *arena, char *value, struct payment_info *info)
{
	const char **const to[] = { &info->counterparty.iban, &info->counterparty.bic, &info->counterparty.name };

	for (size_t i = 0; value && i < sizeof to / sizeof to[0]; i++)
		set(arena, to[i], strsep(&value, "/"));
}

/* "USTD//text/", "STRD/CUR/reference/", or the text itself. */
static void remittance_take(struct arena *arena, char *value, struct payment_info *info)
{
	if (text_starts(value, "USTD//"))
		value += strlen("USTD//");
	if (text_starts(value, "STRD/")) {
		char *reference = strrchr(value, '/') + 1;

		if (trimmed(arena, reference)) {
			*ARENA_PUSH(arena, info->creditor_refs, info->creditor_ref_count) = trimmed(arena, reference);
			info->creditor_ref = info->creditor_refs[0];
		}
		return;
	}
	add_piece(arena, info, value);
}

static void slash_take(struct arena *arena, const char *code, char *value, struct payment_info *info)
{
	size_t length = strlen(value);
	const struct {
		const char *code;
		const char **to;
	} texts[] = {
		{ "EREF", &info->end_to_end_id },
		{ "MARF", &info->mandate_id },
		{ "IBAN", &info->counterparty.iban },
		{ "BIC", &info->counterparty.bic },
		{ "NAME", &info->counterparty.name },
		{ "RTRN", &info->return_reason },
		{ "TRTP", &info->info },
		{ "PREF", &info->instruction_id },
	};

	if (length > 0 && value[length - 1] == '/')
		value[length - 1] = '\0';
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(code, texts[i].code) == 0)
			set(arena, texts[i].to, value);
	if (strcmp(code, "CNTP") == 0)
		counterparty_take(arena, value, info);
	else if (strcmp(code, "REMI") == 0)
		remittance_take(arena, value, info);
}

static void slash_read(struct arena *arena, char *text, struct payment_info *info)
{
	const char *code = NULL, *value = NULL;

	for (char *at = text; *at; at++) {
		const char *begins, *next = slash_code(at, &begins);

		if (!next)
			continue;
		*at = '\0';
		if (code)
			slash_take(arena, code, text + (value - text), info);
		code = next;
		value = begins;
		at = text + (begins - text) - 2; /* the slash that ends the code may begin the next */
	}
	if (code)
		slash_take(arena, code, text + (value - text), info);
	join_pieces(arena, info, SWIFT_LINE_CHARACTERS);
}

/* ---- labels in free text ---- */

/* ABN AMRO's cells of 32 characters, "IBAN: NL85…   BIC: ABNANL2A   NAAM: J JANSEN   KENMERK: …", and Knab's lines,
 * "REK: NL52…/NAAM: …". */
static const struct label {
	const char *word;
	size_t to; /* the text's place in payment_info */
	bool code; /* one word; the text may go on behind it */
} LABELS[] = {
	{ "IBAN: ", offsetof(struct payment_info, counterparty.iban), true },
	{ "REK: ", offsetof(struct payment_info, counterparty.iban), true },
	{ "BIC: ", offsetof(struct payment_info, counterparty.bic), true },
	{ "NAAM: ", offsetof(struct payment_info, counterparty.name), false },
	{ "KENMERK: ", offsetof(struct payment_info, end_to_end_id), true },
	{ "MACHTIGING: ", offsetof(struct payment_info, mandate_id), true },
	{ "OMSCHRIJVING: ", offsetof(struct payment_info, info), false },
};

/* The next label behind a blank, a slash or nothing; NULL where there is none. */
static char *label_find(char *text, const char *begin, const struct label **label)
{
	for (char *at = text; *at; at++) {
		if (at > begin && at[-1] != ' ' && at[-1] != '/')
			continue;
		for (size_t i = 0; i < sizeof LABELS / sizeof LABELS[0]; i++) {
			if (!text_starts(at, LABELS[i].word))
				continue;
			*label = &LABELS[i];
			return at;
		}
	}
	return NULL;
}

/* A value ends at the next label, a slash before it, or where blanks fill its cell. */
static void labels_read(struct arena *arena, char *text, struct payment_info *info)
{
	const struct label *label = NULL, *next = NULL;

	for (char *at = label_find(text, text, &label); at; label = next) {
		char *value = at + strlen(label->word),
		     *end = label->code ? value + strcspn(value, " ") : strstr(value, "  ");

		at = label_find(value, text, &next);
		if (!end || (at && at < end))
			end = at ? at - 1 : value + strlen(value);
		set(arena, (const char **)((char *)info + label->to),
		    end > value ? arena_copy_n(arena, value, (size_t)(end - value)) : NULL);
	}
}

/* ---- all of it ---- */

static char *run_together(struct arena *arena, const char *const *lines, size_t count)
{
	BUF_SCOPE text;

	buf_init(&text, TEXT_BYTES_MAX);
	for (size_t i = 0; i < count; i++)
		buf_append_text(&text, lines[i]);
	return arena_copy(arena, buf_text(&text));
}

void mt940_info_read(struct arena *arena, const char *const *lines, size_t count, struct payment_info *info)
{
	if (count == 0)
		return;
	char *text = run_together(arena, lines, count);
	const char *value;

	text += strspn(text, " ");
	char *mark = german_mark(text);

	if (mark) {
		german_read(arena, text, mark, info);
	} else if (slash_code(text, &value)) {
		slash_read(arena, text, info);
	} else {
		for (size_t i = 0; i < count; i++)
			add_piece(arena, info, lines[i]);
		join_pieces(arena, info, SWIFT_LINE_CHARACTERS);
		if (info->remittance)
			labels_read(arena, arena_copy(arena, info->remittance), info);
	}
}
