#ifndef PAYMENTS_LIKENESS_H
#define PAYMENTS_LIKENESS_H

#include <stdbool.h>

/* How names and mistyped numbers are compared. Neither books anything alone: a likeness is a witness beside others. */

/* True if two names share a word of at least 3 letters that is no legal form ("GmbH", "SAS"): accents, ä/ae and case do
 * not count. */
bool name_alike(const char *a, const char *b);

/* How many slips lie between what is `written` and `number`: a character wrong, left out, too many, or swapped with its
 * neighbour; all zeros left out together, or the front while most of the number is there, are one. Letters that look
 * like digits (O, I, S …) are none. NUMBER_UNLIKE beyond two, or one where the number is short. Both are normalised
 * (text_normalise). */
#define NUMBER_UNLIKE 3

int number_slips(const char *written, const char *number);

#endif
