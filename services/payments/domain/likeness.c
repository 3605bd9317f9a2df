#include "payments/domain/likeness.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "common/base/text.h"

#define NAME_BYTES_MAX 256
#define WORD_BYTES_MIN 3
#define NUMBER_LENGTH_MAX 40
#define SLIP_LENGTH_MIN 6 /* of shorter numbers each is one slip from another */

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

/* One character wrong, missing, too many, or two neighbours swapped. */
static bool one_slip(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), same = 0;

	if (la > lb + 1 || lb > la + 1)
		return false;
	while (a[same] && a[same] == b[same])
		same++;
	if (la == lb) {
		if (strcmp(a + same, b + same) == 0 || strcmp(a + same + 1, b + same + 1) == 0)
			return true;
		return a[same + 1] && a[same] == b[same + 1] && a[same + 1] == b[same] &&
		       strcmp(a + same + 2, b + same + 2) == 0;
	}
	return la > lb ? strcmp(a + same + 1, b + same) == 0 : strcmp(a + same, b + same + 1) == 0;
}

/* Without the zeros that lead a group: INV2025000013 -> INV 2 25 13 has no groups left to see, so zeros go wherever two
 * or more stand together. */
static void drop_zeros(const char *number, char to[static NUMBER_LENGTH_MAX])
{
	size_t length = 0;

	for (const char *at = number; *at && length + 1 < NUMBER_LENGTH_MAX; at++) {
		if (at[0] == '0' && (at[1] == '0' || (at > number && at[-1] == '0')))
			continue;
		to[length++] = *at;
	}
	to[length] = '\0';
}

static bool zeros_left_out(const char *written, const char *number)
{
	char a[NUMBER_LENGTH_MAX], b[NUMBER_LENGTH_MAX];

	if (strlen(written) >= strlen(number))
		return false;
	drop_zeros(written, a);
	drop_zeros(number, b);
	return strcmp(a, b) == 0;
}

static bool front_left_out(const char *written, const char *number)
{
	return strlen(written) >= SLIP_LENGTH_MIN && strlen(written) * 5 >= strlen(number) * 3 &&
	       text_ends(number, written);
}

bool number_alike(const char *written, const char *number)
{
	if (strlen(written) < SLIP_LENGTH_MIN || strlen(number) < SLIP_LENGTH_MIN)
		return strcmp(written, number) == 0;
	return one_slip(written, number) || zeros_left_out(written, number) || front_left_out(written, number);
}
