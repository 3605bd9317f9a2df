#include "payments/domain/likeness.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "common/base/text.h"

#define NAME_BYTES_MAX 256
#define WORD_BYTES_MIN 3
#define NUMBER_LENGTH_MAX 40
#define SLIP_LENGTH_MIN 6      /* of shorter numbers each is one slip from another */
#define TWO_SLIPS_LENGTH_MIN 9 /* and of these two */

static const char *const LEGAL_FORMS[] = { "GMBH", "COKG", "HAFTUNGSBESCHRANKT",
					   "SARL", "EURL", "SAS",
					   "SASU", "SPA",  "SRL",
					   "SPRL", "LTD",  "LIMITED",
					   "INC",  "LLC",  "PLC",
					   "VOF",  "BVBA", "AND",
					   "UND",  "THE",  "DES",
					   "LES",  "CIE",  "SOHN" };

/* Latin-1 letters of two UTF-8 bytes (C3 80 … C3 BF), without their accents. */
static char plain_letter(unsigned char second)
{
	static const char PLAIN[] = "AAAAAAACEEEEIIIIDNOOOOO*OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO*OUUUUYTY";

	return second >= 0x80 && second <= 0xBF ? PLAIN[second - 0x80] : ' ';
}

/* Upper case letters and digits, one blank between words; ae, oe, ue as a, o, u, and ss as s, as the umlauts and ß. */
static void name_fold(const char *name, char to[static NAME_BYTES_MAX])
{
	size_t length = 0;

	for (const char *at = name; *at && length + 2 < NAME_BYTES_MAX; at++) {
		char c = (char)toupper((unsigned char)*at);

		if ((unsigned char)*at == 0xC3 && at[1]) {
			at++;
			c = plain_letter((unsigned char)*at);
		} else if ((unsigned char)*at >= 0x80 || c == '\'' || c == '.') {
			continue;
		}
		char before = length > 0 ? to[length - 1] : ' ';

		if (c == 'E' && (before == 'A' || before == 'O' || before == 'U'))
			continue;
		if (c == 'S' && before == 'S')
			continue;
		to[length++] = isalnum((unsigned char)c) ? c : ' ';
	}
	to[length] = '\0';
}

static bool legal_form(const char *word)
{
	for (size_t i = 0; i < sizeof LEGAL_FORMS / sizeof LEGAL_FORMS[0]; i++)
		if (strcmp(word, LEGAL_FORMS[i]) == 0)
			return true;
	return false;
}

static bool has_word(const char *name, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(name, word); at; at = strstr(at + 1, word))
		if ((at == name || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

bool name_alike(const char *a, const char *b)
{
	char left[NAME_BYTES_MAX], right[NAME_BYTES_MAX], *rest = NULL;

	name_fold(a, left);
	name_fold(b, right);
	for (char *word = strtok_r(left, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (strlen(word) >= WORD_BYTES_MIN && !legal_form(word) && has_word(right, word))
			return true;
	return false;
}

/* Letters that are read or typed for digits, in either number alike: O and 0 are no difference. */
static void read_alike(const char *number, char to[static NUMBER_LENGTH_MAX + 1])
{
	static const char LETTERS[] = "OQILSBZ", DIGITS[] = "0011582";
	size_t length = 0;

	for (; *number; number++) {
		const char *found = strchr(LETTERS, *number);

		to[length++] = found ? DIGITS[found - LETTERS] : *number;
	}
	to[length] = '\0';
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Characters wrong, missing or too many, and neighbours swapped (optimal string alignment). */
static int slips_between(const char *a, const char *b)
{
	int rows[3][NUMBER_LENGTH_MAX + 1], length = (int)strlen(b);
	int *before = rows[0], *last = rows[1], *row = rows[2];

	for (int k = 0; k <= length; k++)
		last[k] = before[k] = k;
	for (int i = 1; a[i - 1]; i++) {
		row[0] = i;
		for (int k = 1; k <= length; k++) {
			bool same = a[i - 1] == b[k - 1];

			row[k] = least(least(last[k] + 1, row[k - 1] + 1), last[k - 1] + !same);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = least(row[k], before[k - 2] + 1);
		}
		int *oldest = before;

		before = last;
		last = row;
		row = oldest;
	}
	return last[length];
}

/* Nothing but zeros is missing: INV202517 for INV2025000017. */
static bool zeros_left_out(const char *written, const char *number)
{
	for (; *number; number++)
		if (*written == *number)
			written++;
		else if (*number != '0')
			return false;
	return *written == '\0';
}

static bool front_left_out(const char *written, const char *number)
{
	return strlen(written) * 5 >= strlen(number) * 3 && text_ends(number, written);
}

int number_slips(const char *written, const char *number)
{
	char a[NUMBER_LENGTH_MAX + 1] = "", b[NUMBER_LENGTH_MAX + 1] = "";
	size_t la = strlen(written), lb = strlen(number);
	int most = lb >= TWO_SLIPS_LENGTH_MIN ? 2 : 1;

	if (la < SLIP_LENGTH_MIN || lb < SLIP_LENGTH_MIN || la > NUMBER_LENGTH_MAX || lb > NUMBER_LENGTH_MAX)
		return strcmp(written, number) == 0 ? 0 : NUMBER_UNLIKE;
	read_alike(written, a);
	read_alike(number, b);
	if (la < lb && (zeros_left_out(a, b) || front_left_out(a, b)))
		return 1;
	if (la > lb + 2 || lb > la + 2)
		return NUMBER_UNLIKE;
	int slips = slips_between(a, b);

	return slips <= most ? slips : NUMBER_UNLIKE;
}
