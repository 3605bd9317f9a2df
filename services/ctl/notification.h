#ifndef CTL_NOTIFICATION_H
#define CTL_NOTIFICATION_H

#include "ctl/ctl.h"
#include "relance/notification/v1/notification.pb-c.h"

/* What the nouns of notification share. */

#define NB(name) Relance__Notification__V1__##name
#define NB_INIT(name) relance__notification__v1__##name##__init
#define NB_TYPE(name) &relance__notification__v1__##name##__descriptor

#define NOTIFICATION_PAGE 500

/* Names as the service knows them: "scheduled", "mail". */
const char *reminder_state_text(NB(ReminderState) state);
const char *channel_text(NB(Channel) channel);

/* "INV-1;INV-2" */
const char *joined_texts(struct ctl *ctl, char **texts, size_t count);

/* NULL for "", which the table prints as nothing. */
const char *text_or_null(const char *text);

/* Takes each `--invoice NUMBER` out of the words; ctl_options knows no option that comes more than once. */
void take_invoices(struct ctl *ctl, int *argc, char **argv, char ***numbers, size_t *count);

#endif
