#ifndef NOTIFICATION_STORE_FILE_H
#define NOTIFICATION_STORE_FILE_H

#include "notification/domain/told.h"
#include "notification/store.h"

/* What the file of a customer needs beside positions and lists. */

/* The proofs of delivery of the file's invoices. */
MUST_USE struct err claim_proofs_load(struct db_tx *tx, const struct creditor *creditor, struct claim_file *file);

/* What a reminder listed when it left, as a position; terms are those of the law where the invoice is open no more. */
MUST_USE struct err listed_position(struct db_tx *tx, const struct creditor *creditor,
				    const struct reminder_view *reminder, struct position *position);

#endif
