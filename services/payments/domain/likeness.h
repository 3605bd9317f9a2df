#ifndef PAYMENTS_LIKENESS_H
#define PAYMENTS_LIKENESS_H

#include <stdbool.h>

/* How names and mistyped numbers are compared. Neither books anything alone: a likeness is a witness beside others. */

/* True if two names share a word of at least 3 letters that is no legal form ("GmbH", "SAS"): accents, ä/ae and case do
 * not count. */
bool name_alike(const char *a, const char *b);

/* True if `written` is `number` with one slip: a character wrong, left out, doubled or swapped with its neighbour;
 * zeros left out of the middle; or the front left out while most of the number is there. Both are
 * normalised (text_normalise). Equal texts are alike too. */
bool number_alike(const char *written, const char *number);

#endif
