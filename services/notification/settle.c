#include "notification/settle.h"

#include "notification/events.h"
#include "notification/store_pause.h"

#define SETTLE_BATCH 200

static struct err ask_for_hold(struct db_tx *tx, const struct creditor *creditor,
			       const struct agreement_view *agreement, const struct agreement_now *now)
{
	int64_t missing_minor = agreement_expected_minor(&agreement->terms, creditor->today) - now->paid_minor;
	struct hold_event hold = { .customer = agreement->customer,
				   .customer_number = agreement->customer_number,
				   .currency = agreement->currency.code,
				   .amount_minor = missing_minor,
				   .days_past_due = date_known(now->oldest_due_on)
							    ? date_days_between(now->oldest_due_on, creditor->today)
							    : 0,
				   .reason = "promise_broken" };

	return event_hold(tx, creditor, &hold);
}

static struct err end(struct db_tx *tx, const struct creditor *creditor, struct agreement_view *agreement,
		      enum agreement_state state)
{
	agreement->state = state;
	agreement->ended_at = creditor->now;
	TRY(agreement_end(tx, creditor, agreement, state));
	return event_agreement(tx, creditor, agreement_state_name(state), agreement);
}

static struct err settle(struct db_tx *tx, const struct creditor *creditor, struct agreement_view *agreement)
{
	struct agreement_now now;

	if (agreement->state == AGREEMENT_PROPOSED)
		return end(tx, creditor, agreement, AGREEMENT_CANCELLED);
	TRY(agreement_look(tx, creditor, agreement, &now));

	enum agreement_state state =
		agreement_judge(&agreement->terms, now.paid_minor, now.open_minor, creditor->today);

	agreement->paid_minor = now.paid_minor;
	TRY(agreement_note_paid(tx, creditor, agreement->id, now.paid_minor));
	if (state == AGREEMENT_STANDS)
		return OK;
	TRY(end(tx, creditor, agreement, state));
	return state == AGREEMENT_BROKEN ? ask_for_hold(tx, creditor, agreement, &now) : OK;
}

/* One batch in one transaction; *after is moved on, "" at the end. */
static struct err settle_batch(struct db *db, struct arena *arena, const char *code, bool proposals, const char **after)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
	struct agreement_list_ask ask = {
		.standing = !proposals, .proposals_over = proposals, .after = *after, .limit = SETTLE_BATCH
	};
	struct agreement_view *agreements;
	struct creditor creditor;
	char id[ID_TEXT_BYTES];
	size_t count;

	TRY(creditor_find(&tx, code, &creditor));
	TRY(agreements_list(&tx, &creditor, &ask, &agreements, &count));
	for (size_t i = 0; i < count; i++)
		TRY(settle(&tx, &creditor, &agreements[i]));
	*after = count == SETTLE_BATCH ? arena_copy(arena, id_format(agreements[count - 1].id, id)) : "";
	return db_commit(&tx);
}

static struct err settle_all(struct db *db, struct arena *arena, const char *creditor, bool proposals)
{
	const char *after = "";

	do {
		TRY(settle_batch(db, arena, creditor, proposals, &after));
	} while (*after);
	return OK;
}

struct err settle_agreements(struct db *db, struct arena *arena, const char *creditor)
{
	TRY(settle_all(db, arena, creditor, false));
	return settle_all(db, arena, creditor, true);
}
