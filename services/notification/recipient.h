#ifndef NOTIFICATION_RECIPIENT_H
#define NOTIFICATION_RECIPIENT_H

#include "notification/store.h"

/* Whom a channel reaches: a mail address, a postal address on one line, a telephone number; NULL where there is none,
 * or the channel needs none. Without a sales representative, the accounts department hears of it. */
const char *recipient_find(struct arena *arena, const struct creditor *creditor, const struct customer *customer,
			   enum policy_channel channel);

#endif
