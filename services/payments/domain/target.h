#ifndef PAYMENTS_TARGET_H
#define PAYMENTS_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/date.h"

/* The days on which TARGET settles: not on Saturdays, Sundays, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26
 * December. Source: ECB, long-term calendar for TARGET closing days (2000/C 346/05), unchanged since 2002. */

bool target_day(struct date date);

/* The date itself, or the next day on which TARGET settles. */
struct date target_on_or_after(struct date date);

/* `days` TARGET days after the date; days >= 0. */
struct date target_add(struct date date, int days);

#endif
