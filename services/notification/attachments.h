#ifndef NOTIFICATION_ATTACHMENTS_H
#define NOTIFICATION_ATTACHMENTS_H

#include "notification/delivery.h"

/* What goes with a customer's mail: the letter beside it, else a statement of account, and the documents of the
 * invoices that it lists, as many as a mailbox takes. Where these would be more, none: the mail's own list stands for
 * them. */

#define ATTACHMENTS_MAX 10                               /* documents of one mail */
#define ATTACHMENTS_BYTES_MAX ((int64_t)4 * 1024 * 1024) /* 5.6 MiB on the wire; servers take 10 MiB and more */

/* Notes which documents go with each delivery that is to be mailed: one query for all. */
MUST_USE struct err attachments_choose(struct db_tx *tx, struct delivery *const *deliveries, size_t count);

/* Reads them, in a transaction of its own. */
MUST_USE struct err attachments_read(const struct delivery *delivery, struct mail_attachment **attachments,
				     size_t *count);

#endif
