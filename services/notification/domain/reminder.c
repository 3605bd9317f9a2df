#include "notification/domain/reminder.h"

#include <stddef.h>

#include "common/base/text.h"

static const struct move {
	enum reminder_state from;
	enum reminder_event event;
	enum reminder_state to;
} moves[] = {
	{ REMINDER_SCHEDULED, REMINDER_FALLS_DUE, REMINDER_QUEUED },
	{ REMINDER_SCHEDULED, REMINDER_WITHDRAWN, REMINDER_CANCELLED },
	{ REMINDER_QUEUED, REMINDER_CLAIMED, REMINDER_SENDING },
	{ REMINDER_QUEUED, REMINDER_WITHDRAWN, REMINDER_CANCELLED },
	{ REMINDER_SENDING, REMINDER_TAKEN_OVER, REMINDER_SENDING },
	{ REMINDER_SENDING, REMINDER_DELIVERED, REMINDER_SENT },
	{ REMINDER_SENDING, REMINDER_UNFOUNDED, REMINDER_SPARED },
	{ REMINDER_SENDING, REMINDER_TOO_EARLY, REMINDER_SCHEDULED },
	{ REMINDER_SENDING, REMINDER_PUT_BACK, REMINDER_QUEUED },
	{ REMINDER_SENDING, REMINDER_REFUSED, REMINDER_FAILED },
	{ REMINDER_SENDING, REMINDER_GIVEN_UP, REMINDER_DEAD },
	{ REMINDER_FAILED, REMINDER_RETRIED, REMINDER_QUEUED },
	{ REMINDER_DEAD, REMINDER_RETRIED, REMINDER_QUEUED },
};

struct err reminder_move(enum reminder_state from, enum reminder_event event, enum reminder_state *to)
{
	for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
		if (moves[i].from == from && moves[i].event == event) {
			*to = moves[i].to;
			return OK;
		}
	}
	return ERR(ERR_CONFLICT, "reminder.illegal_move", "state", "the reminder is in no state that allows this");
}

bool reminder_terminal(enum reminder_state state)
{
	return state == REMINDER_SENT || state == REMINDER_SPARED || state == REMINDER_FAILED ||
	       state == REMINDER_DEAD || state == REMINDER_CANCELLED;
}

static const char *const names[REMINDER_STATE_COUNT] = {
	NULL, "scheduled", "queued", "sending", "sent", "spared", "failed", "dead", "cancelled",
};

const char *reminder_state_name(enum reminder_state state)
{
	return state > REMINDER_NONE && state < REMINDER_STATE_COUNT ? names[state] : NULL;
}

enum reminder_state reminder_state_find(const char *name)
{
	for (int state = 1; state < REMINDER_STATE_COUNT; state++) {
		if (text_equal(names[state], name))
			return (enum reminder_state)state;
	}
	return REMINDER_NONE;
}
