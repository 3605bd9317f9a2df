#ifndef NOTIFICATION_POSTAL_H
#define NOTIFICATION_POSTAL_H

#include <stddef.h>

#include "common/base/err.h"

/* Whether a letter can find its way: what the post of a country cannot deliver is a person's task before it is
 * printed. */

#define POSTAL_LINES_MAX 6 /* the name included; without the country (DIN 5008, NF Z 10-011) */

/* `lines` without the name: street to town. ERR_CONFLICT "letter.no_address": fewer than a street and a town;
 * "letter.long_address"; "letter.no_postcode": no line has what the country's postal codes look like, where that is
 * known. */
MUST_USE struct err postal_check(const char *country, const char *const *lines, size_t count);

#endif
