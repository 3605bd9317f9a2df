#ifndef NOTIFICATION_EVENTS_H
#define NOTIFICATION_EVENTS_H

#include "common/io/outbox.h"
#include "notification/domain/told.h"
#include "notification/store.h"

/* The events of this service, each in the transaction of what it tells. */

/* relance.case.opened.v1, relance.case.closed.v1 */
MUST_USE struct err event_case(struct db_tx *tx, const struct creditor *creditor, const char *type,
			       const struct case_event *event);

/* relance.reminder.sent.v1, .spared.v1 or .failed.v1, by the reminder's state. */
/* Of reminders in a terminal state, in one statement. */
MUST_USE struct err event_reminders(struct db_tx *tx, const struct creditor *creditor,
				    const struct reminder_view *const *reminders, size_t count);

/* relance.reminder.voided.v1: it was sent, and should not have been. */
MUST_USE struct err event_reminder_voided(struct db_tx *tx, const struct creditor *creditor,
					  const struct reminder_view *reminder);

/* relance.task.created.v1 */
MUST_USE struct err event_task(struct db_tx *tx, const struct creditor *creditor, const struct task_view *task);

/* relance.terms.proposed.v1 */
MUST_USE struct err event_terms(struct db_tx *tx, const struct creditor *creditor, const struct terms_event *terms);

/* relance.dunning.hold_requested.v1 */
MUST_USE struct err event_hold(struct db_tx *tx, const struct creditor *creditor, const struct hold_event *hold);

/* relance.promise.<verb>.v1 or relance.plan.<verb>.v1: "made", "proposed", "kept", "broken", "cancelled". */
MUST_USE struct err event_agreement(struct db_tx *tx, const struct creditor *creditor, const char *verb,
				    const struct agreement_view *agreement);

#endif
