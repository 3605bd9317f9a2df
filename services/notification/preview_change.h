#ifndef NOTIFICATION_PREVIEW_CHANGE_H
#define NOTIFICATION_PREVIEW_CHANGE_H

#include "notification/preview.h"
#include "notification/store_outlook.h"

/* What has changed since an earlier day's outlook, and the outlook of today for the days to come. */

/* Takes today's outlook where nobody has: the planner's first work on a creditor's day. */
MUST_USE struct err outlook_take(struct db *db, struct arena *arena, const struct creditor *creditor,
				 const struct preview_policies *policies);

/* Marks each reminder of the preview with its `change`, and each line of `taken` that is found again. Nothing is said
 * of days that the earlier outlook did not reach. */
void preview_compare(struct arena *arena, struct preview *preview, struct outlook_taken *taken);

/* The lines that are gone, each with its fate, up to `last`. */
void preview_add_gone(struct arena *arena, const struct outlook_taken *taken, struct date last,
		      struct preview *preview);

#endif
