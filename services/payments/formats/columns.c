#include "payments/formats/columns.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/text_amount.h"

#define AMOUNT_DIGITS_MAX 20

/* Columns count characters: one of UTF-8 becomes one of Latin-1, which column_text reads; '?' where there is none. */
static char character_next(const char *line, size_t *at)
{
	unsigned first = (unsigned char)line[*at], count = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
	unsigned second = count > 1 ? (unsigned char)line[*at + 1] : 0;

	*at += count;
	if (count == 1)
		return (char)first;
	return first == 0xC2 || first == 0xC3 ? (char)((first & 0x03) << 6 | (second & 0x3F)) : '?';
}

struct err record_fill(char *record, size_t bytes, const char *line, size_t length)
{
	bool utf8 = text_utf8_valid(line, length);
	size_t filled = 0;

	memset(record, ' ', bytes);
	record[bytes] = '\0';
	for (size_t at = 0; at < length; filled++) {
		char character = utf8 ? character_next(line, &at) : line[at++];

		if (filled < bytes)
			record[filled] = character;
		else if (character != ' ')
			return ERR(ERR_INVALID, "statement.malformed", NULL, "a record is longer than the format's");
	}
	return OK;
}

const char *column_text(struct arena *arena, const char *record, struct column column)
{
	const char *text = text_trim(arena, text_to_utf8(arena, record + column.from - 1, column.count));

	return text[0] ? text : NULL;
}

struct err column_date_dmy(const char *record, struct column column, struct date *date)
{
	const char *at = record + column.from - 1;
	char turned[7] = { at[4], at[5], at[2], at[3], at[0], at[1], '\0' };

	if (strncmp(at, "      ", 6) == 0 || strncmp(at, "000000", 6) == 0) {
		*date = DATE_NONE;
		return OK;
	}
	return text_date6(turned, date);
}

struct err column_amount(const char *record, struct column column, int decimals, struct currency currency,
			 int64_t *minor)
{
	const char *at = record + column.from - 1;
	char text[AMOUNT_DIGITS_MAX + 2];
	size_t whole = column.count - (size_t)decimals;

	CHECK(column.count <= AMOUNT_DIGITS_MAX && decimals >= 0 && (size_t)decimals < column.count);
	if (text_digits(at) < column.count)
		return ERR(ERR_INVALID, "statement.amount", NULL, "an amount is digits alone");
	memcpy(text, at, whole);
	text[whole] = '.';
	memcpy(text + whole + 1, at + whole, (size_t)decimals);
	text[column.count + 1] = '\0';
	return money_parse(text, currency, minor);
}

struct err remittance_add(struct arena *arena, struct payment_info *info, const char *piece)
{
	if (!piece)
		return OK;
	if (info->remittance_piece_count >= REMITTANCE_PIECES_MAX)
		return ERR(ERR_INVALID, "statement.too_large", NULL, "an entry has more lines of text than any bank's");
	*ARENA_PUSH(arena, info->remittance_pieces, info->remittance_piece_count) = piece;
	info->remittance = info->remittance ? arena_format(arena, "%s %s", info->remittance, piece) : piece;
	return OK;
}
