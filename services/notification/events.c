#include "notification/events.h"

#include "notification/wire.h"

static struct event event_of(const struct creditor *creditor, const char *type, const char *subject,
			     const struct payload *payload)
{
	return (struct event){ .creditor = creditor->letter.code,
			       .type = type,
			       .subject = subject,
			       .time = creditor->now,
			       .payload = payload->bytes,
			       .payload_length = payload->length,
			       .payload_type = payload->type };
}

static struct err append(struct db_tx *tx, const struct creditor *creditor, const char *type, const char *subject,
			 const struct payload *payload)
{
	struct event event = event_of(creditor, type, subject, payload);

	return outbox_append(tx, &event);
}

struct err event_case(struct db_tx *tx, const struct creditor *creditor, const char *type,
		      const struct case_event *event)
{
	struct payload payload = wire_payload_case(tx->arena, event);

	return append(tx, creditor, type, event->customer_number, &payload);
}

static const char *type_of(enum reminder_state state)
{
	return state == REMINDER_SENT     ? "relance.reminder.sent.v1"
	       : state == REMINDER_SPARED ? "relance.reminder.spared.v1"
					  : "relance.reminder.failed.v1";
}

struct err event_reminders(struct db_tx *tx, const struct creditor *creditor,
			   const struct reminder_view *const *reminders, size_t count)
{
	struct event *events = arena_array(tx->arena, count + 1, sizeof *events);

	for (size_t i = 0; i < count; i++) {
		struct payload payload = wire_payload_reminder(tx->arena, reminders[i]);

		events[i] = event_of(creditor, type_of(reminders[i]->state), reminders[i]->customer_number, &payload);
	}
	return outbox_append_all(tx, events, count);
}

struct err event_reminder_voided(struct db_tx *tx, const struct creditor *creditor,
				 const struct reminder_view *reminder)
{
	struct payload payload = wire_payload_reminder(tx->arena, reminder);

	return append(tx, creditor, "relance.reminder.voided.v1", reminder->customer_number, &payload);
}

struct err event_task(struct db_tx *tx, const struct creditor *creditor, const struct task_view *task)
{
	struct payload payload = wire_payload_task(tx->arena, task);

	return append(tx, creditor, "relance.task.created.v1", task->customer_number, &payload);
}

struct err event_terms(struct db_tx *tx, const struct creditor *creditor, const struct terms_event *terms)
{
	struct payload payload = wire_payload_terms(tx->arena, terms);

	return append(tx, creditor, "relance.terms.proposed.v1", terms->customer_number, &payload);
}

struct err event_hold(struct db_tx *tx, const struct creditor *creditor, const struct hold_event *hold)
{
	struct payload payload = wire_payload_hold(tx->arena, hold);

	return append(tx, creditor, "relance.dunning.hold_requested.v1", hold->customer_number, &payload);
}

struct err event_agreement(struct db_tx *tx, const struct creditor *creditor, const char *verb,
			   const struct agreement_view *agreement)
{
	struct payload payload = wire_payload_agreement(tx->arena, agreement);
	const char *type = arena_format(tx->arena, "relance.%s.%s.v1", agreement_kind_name(agreement->kind), verb);

	return append(tx, creditor, type, agreement->customer_number, &payload);
}
