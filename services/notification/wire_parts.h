#ifndef NOTIFICATION_WIRE_PARTS_H
#define NOTIFICATION_WIRE_PARTS_H

#include "notification/wire.h"
#include "relance/notification/v1/notification.pb-c.h"

/* Parts that several messages share, made in the arena. For the files of wire only. */

Relance__Notification__V1__Reminder *wire_reminder(struct arena *arena, const struct reminder_view *view);
Relance__Notification__V1__Task *wire_task(struct arena *arena, const struct task_view *view);
Relance__Notification__V1__Agreement *wire_agreement(struct arena *arena, const struct agreement_view *view);

/* Checks that many requests share. */
MUST_USE struct err wire_page_check(int32_t size, int *page_size);
MUST_USE struct err wire_id_check(const char *text, struct id *id);

#endif
