#include "credit/wire_parts.h"

#include <math.h>

static int32_t hundredths(double points)
{
	return (int32_t)lround(points * 100);
}

Relance__Credit__V1__Reason **wire_reasons(struct arena *arena, const struct reason *reasons, int count)
{
	Relance__Credit__V1__Reason **messages =
		arena_array(arena, (size_t)count, sizeof(Relance__Credit__V1__Reason *));

	for (int i = 0; i < count; i++) {
		messages[i] = arena_alloc(arena, sizeof *messages[i]);
		relance__credit__v1__reason__init(messages[i]);
		messages[i]->code = wire_text(arena, reasons[i].code);
		messages[i]->text = wire_text(arena, reasons[i].text);
		messages[i]->points_lost_hundredths = hundredths(reasons[i].points_lost);
	}
	return messages;
}

static void overdue_fill(struct arena *arena, const struct score *score, Relance__Credit__V1__Score *message)
{
	message->n_overdue = (size_t)score->overdue_currencies;
	message->overdue = arena_array(arena, message->n_overdue, sizeof *message->overdue);
	for (size_t i = 0; i < message->n_overdue; i++)
		message->overdue[i] = wire_money(arena, score->overdue[i].open_minor, score->overdue[i].currency);
	message->oldest_overdue_days = score->oldest_overdue_days;
}

Relance__Credit__V1__Score *wire_score(struct arena *arena, const struct score_view *view)
{
	const struct score *score = &view->score;
	Relance__Credit__V1__Score *message = arena_alloc(arena, sizeof *message);

	relance__credit__v1__score__init(message);
	message->creditor = wire_text(arena, view->creditor);
	message->customer_number = wire_text(arena, view->customer_number);
	message->customer_name = wire_text(arena, view->customer_name);
	message->score = score->points;
	message->risk_class = (Relance__Credit__V1__RiskClass)score->risk;
	message->reasons = wire_reasons(arena, score->reasons, score->reason_count);
	message->n_reasons = (size_t)score->reason_count;
	message->invoices_known = score->invoices_known;
	if (score->data_age_days >= 0) {
		message->_data_age_days_case = RELANCE__CREDIT__V1__SCORE___DATA_AGE_DAYS_DATA_AGE_DAYS;
		message->data_age_days = score->data_age_days;
	}
	message->late_probability_millionths = (int32_t)lround(score->late_probability * 1e6);
	message->scored_on = wire_date(arena, view->scored_on);
	overdue_fill(arena, score, message);
	message->on_hold = view->on_hold;
	message->portfolio_score = (int32_t)lround(view->portfolio.score);
	return message;
}

Relance__Credit__V1__Hold *wire_hold(struct arena *arena, const struct hold *hold)
{
	char id[ID_TEXT_BYTES];
	Relance__Credit__V1__Hold *message = arena_alloc(arena, sizeof *message);

	relance__credit__v1__hold__init(message);
	message->id = wire_text(arena, id_format(hold->id, id));
	message->customer_number = wire_text(arena, hold->customer_number);
	message->origin = (Relance__Credit__V1__HoldOrigin)(hold->origin + 1);
	message->reason = wire_text(arena, hold->reason);
	message->placed_at = wire_instant(arena, hold->placed_at);
	message->placed_by = wire_text(arena, hold->placed_by);
	message->expires_on = wire_date(arena, hold->expires_on);
	message->active = !instant_known(hold->released_at);
	message->released_at = wire_instant(arena, hold->released_at);
	message->released_by = wire_text(arena, hold->released_by);
	message->release_reason = wire_text(arena, hold->release_reason);
	return message;
}

Relance__Credit__V1__Hold **wire_holds(struct arena *arena, const struct hold *holds, size_t count)
{
	Relance__Credit__V1__Hold **messages = arena_array(arena, count, sizeof(Relance__Credit__V1__Hold *));

	for (size_t i = 0; i < count; i++)
		messages[i] = wire_hold(arena, &holds[i]);
	return messages;
}
