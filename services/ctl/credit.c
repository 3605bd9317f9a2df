#include "ctl/credit.h"

#include "common/base/text.h"
#include "credit/domain/order.h"
#include "relance/credit/v1/credit.pb-c.h"

/* relancectl credit: scores, order checks, limits and holds, asked of relance-credit. */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define CURRENCY_DEFAULT "EUR"
#define PAGE_SIZE 200

static const char *class_text(Relance__Credit__V1__RiskClass risk)
{
	return risk_name((enum risk_class)risk);
}

static const char *verdict_text(Relance__Credit__V1__OrderVerdict verdict)
{
	return verdict == RELANCE__CREDIT__V1__ORDER_VERDICT__ORDER_VERDICT_UNSPECIFIED
		       ? "unspecified"
		       : order_verdict_name((enum order_verdict)(verdict - 1));
}

static double points_lost(const Relance__Credit__V1__Reason *reason)
{
	return reason->points_lost_hundredths / 100.0;
}

static json_t *reasons_json(Relance__Credit__V1__Reason **reasons, size_t count, bool with_points)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *entry = json_pack("{s:s, s:s}", "code", reasons[i]->code, "text", reasons[i]->text);
		if (with_points)
			json_object_set_new(entry, "points_lost", json_real(points_lost(reasons[i])));
		json_array_append_new(list, entry);
	}
	return list;
}

static struct err amount_parse(struct ctl *ctl, const char *amount, const char *currency,
			       Relance__Common__V1__Money *money)
{
	struct currency known;

	relance__common__v1__money__init(money);
	TRY(currency_parse(currency, &known));
	TRY(ctl_amount(ctl, amount, known, 0, &money->minor));
	money->currency = arena_copy(ctl->arena, known.code);
	return OK;
}

/* ------------------------------------------------------------------ score */

static json_t *overdue_json(const Relance__Credit__V1__Score *score)
{
	json_t *list = json_array();

	for (size_t i = 0; i < score->n_overdue; i++)
		json_array_append_new(list,
				      json_pack("{s:I, s:s}", "amount_minor", (json_int_t)score->overdue[i]->minor,
						"currency", score->overdue[i]->currency));
	return list;
}

static json_t *history_json(const Relance__Credit__V1__GetScoreResponse *reply)
{
	json_t *list = json_array();

	for (size_t i = 0; i < reply->n_history; i++) {
		const Relance__Credit__V1__ScoreChange *change = reply->history[i];
		json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s}", "scored_on", change->scored_on, "score",
						      change->score, "risk_class", class_text(change->risk_class),
						      "reason", change->reason));
	}
	return list;
}

static json_t *score_json(const Relance__Credit__V1__GetScoreResponse *reply)
{
	const Relance__Credit__V1__Score *score = reply->score;
	bool aged = score->_data_age_days_case == RELANCE__CREDIT__V1__SCORE___DATA_AGE_DAYS_DATA_AGE_DAYS;

	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:o, s:i, s:o, s:f, s:s, s:o, s:i, s:b, s:i, s:o}", "creditor",
			 score->creditor, "customer_number", score->customer_number, "customer_name",
			 score->customer_name, "score", score->score, "risk_class", class_text(score->risk_class),
			 "reasons", reasons_json(score->reasons, score->n_reasons, true), "invoices_known",
			 score->invoices_known, "data_age_days",
			 aged ? json_integer(score->data_age_days) : json_null(), "late_probability",
			 score->late_probability_millionths / 1e6, "scored_on", score->scored_on, "overdue",
			 overdue_json(score), "oldest_overdue_days", score->oldest_overdue_days, "on_hold",
			 score->on_hold, "portfolio_score", score->portfolio_score, "history", history_json(reply));
}

static int score_print(struct ctl *ctl, const Relance__Credit__V1__Score *score)
{
	struct table *table = table_new(ctl->arena);

	ctl_note(ctl, "%s %s on %s", score->customer_number, score->customer_name, score->scored_on);
	ctl_note(ctl, "score %d of 100, risk %s%s; chance of late payment %.0f %%", score->score,
		 class_text(score->risk_class), score->on_hold ? ", on hold" : "",
		 score->late_probability_millionths / 1e4);
	table_column(table, "points_lost", TABLE_REAL);
	table_column(table, "reason", TABLE_TEXT);
	table_column_hidden(table, "code", TABLE_TEXT);
	for (size_t i = 0; i < score->n_reasons; i++) {
		table_row(table);
		table_cell_real(table, points_lost(score->reasons[i]));
		table_cell_text(table, score->reasons[i]->text);
		table_cell_text(table, score->reasons[i]->code);
	}
	return ctl_table(ctl, table);
}

static int cmd_score(struct ctl *ctl, int argc, char **argv)
{
	Relance__Credit__V1__GetScoreRequest request = RELANCE__CREDIT__V1__GET_SCORE_REQUEST__INIT;
	Relance__Credit__V1__GetScoreResponse *reply;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = argv[0];
	err = ctl_call(ctl, CTL_CREDIT, "GetScore", &request.base, &relance__credit__v1__get_score_response__descriptor,
		       (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	if (ctl->format == TABLE_FORMAT_JSON)
		return ctl_json(ctl, score_json(reply));
	return score_print(ctl, reply->score);
}

/* ------------------------------------------------------------------ list */

static struct table *list_table(struct arena *arena)
{
	struct table *table = table_new(arena);

	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "customer_name", TABLE_TEXT);
	table_column(table, "score", TABLE_INT);
	table_column(table, "risk_class", TABLE_TEXT);
	table_column(table, "late_probability", TABLE_REAL);
	table_column(table, "invoices_known", TABLE_INT);
	table_column(table, "oldest_overdue_days", TABLE_INT);
	table_column(table, "on_hold", TABLE_BOOL);
	table_column(table, "reason", TABLE_TEXT);
	return table;
}

static void list_row(struct table *table, const Relance__Credit__V1__Score *score)
{
	table_row(table);
	table_cell_text(table, score->customer_number);
	table_cell_text(table, score->customer_name);
	table_cell_int(table, score->score);
	table_cell_text(table, class_text(score->risk_class));
	table_cell_real(table, score->late_probability_millionths / 1e6);
	table_cell_int(table, score->invoices_known);
	table_cell_int(table, score->oldest_overdue_days);
	table_cell_bool(table, score->on_hold);
	table_cell_text(table, score->n_reasons > 0 ? score->reasons[0]->text : "");
}

static int cmd_list(struct ctl *ctl, int argc, char **argv)
{
	Relance__Credit__V1__ListScoresRequest request = RELANCE__CREDIT__V1__LIST_SCORES_REQUEST__INIT;
	Relance__Credit__V1__ListScoresResponse *reply;
	struct table *table = list_table(ctl->arena);
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.page_size = PAGE_SIZE;
	do {
		err = ctl_call(ctl, CTL_CREDIT, "ListScores", &request.base,
			       &relance__credit__v1__list_scores_response__descriptor, (ProtobufCMessage **)&reply);
		if (!err_ok(err))
			return ctl_exit(ctl, err);
		for (size_t i = 0; i < reply->n_scores; i++)
			list_row(table, reply->scores[i]);
		request.page_token = reply->next_page_token;
	} while (!text_empty(request.page_token));
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ check-order */

static json_t *order_json(const Relance__Credit__V1__CheckOrderRequest *request,
			  const Relance__Credit__V1__CheckOrderResponse *reply)
{
	bool limited = reply->_limit_minor_case == RELANCE__CREDIT__V1__CHECK_ORDER_RESPONSE___LIMIT_MINOR_LIMIT_MINOR;

	return json_pack("{s:s, s:s, s:I, s:s, s:i, s:I, s:I, s:o, s:i, s:s, s:s, s:o}", "customer_number",
			 request->customer_number, "verdict", verdict_text(reply->verdict), "amount_minor",
			 (json_int_t)request->amount->minor, "currency", request->amount->currency, "deposit_percent",
			 reply->deposit_percent, "deposit_minor", (json_int_t)reply->deposit->minor, "exposure_minor",
			 (json_int_t)reply->exposure->minor, "limit_minor",
			 limited ? json_integer(reply->limit_minor) : json_null(), "score", reply->score, "risk_class",
			 class_text(reply->risk_class), "checked_on", reply->checked_on, "reasons",
			 reasons_json(reply->reasons, reply->n_reasons, false));
}

static int order_print(struct ctl *ctl, const Relance__Credit__V1__CheckOrderRequest *request,
		       const Relance__Credit__V1__CheckOrderResponse *reply)
{
	struct table *table = table_new(ctl->arena);
	const char *currency = request->amount->currency;

	table_as_record(table);
	table_column(table, "verdict", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "deposit_percent", TABLE_INT);
	table_column(table, "deposit_minor", TABLE_MONEY);
	table_column(table, "exposure_minor", TABLE_MONEY);
	table_column(table, "score", TABLE_INT);
	table_column(table, "risk_class", TABLE_TEXT);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, verdict_text(reply->verdict));
	table_cell_money(table, request->amount->minor, currency);
	table_cell_int(table, reply->deposit_percent);
	table_cell_money(table, reply->deposit->minor, currency);
	table_cell_money(table, reply->exposure->minor, currency);
	table_cell_int(table, reply->score);
	table_cell_text(table, class_text(reply->risk_class));
	table_cell_text(table, currency);
	int exit = ctl_table(ctl, table);
	for (size_t i = 0; i < reply->n_reasons; i++)
		ctl_note(ctl, "%s %s", i == 0 ? "because" : "    and", reply->reasons[i]->text);
	return exit;
}

static int cmd_check_order(struct ctl *ctl, int argc, char **argv)
{
	Relance__Credit__V1__CheckOrderRequest request = RELANCE__CREDIT__V1__CHECK_ORDER_REQUEST__INIT;
	Relance__Credit__V1__CheckOrderResponse *reply;
	Relance__Common__V1__Money amount;
	const char *amount_text = NULL, *currency = CURRENCY_DEFAULT;
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--amount", &amount_text),
		CTL_OPTION_TEXT("--currency", &currency),
	};
	struct err err = ctl_options(ctl, options, COUNT(options), &argc, argv, 1, 1);

	if (err_ok(err) && amount_text == NULL)
		err = ctl_usage(ctl, "--amount is required");
	if (err_ok(err))
		err = amount_parse(ctl, amount_text, currency, &amount);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = argv[0];
	request.amount = &amount;
	err = ctl_call(ctl, CTL_CREDIT, "CheckOrder", &request.base,
		       &relance__credit__v1__check_order_response__descriptor, (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	if (ctl->format == TABLE_FORMAT_JSON)
		return ctl_json(ctl, order_json(&request, reply));
	return order_print(ctl, &request, reply);
}

/* ------------------------------------------------------------------ limit */

static struct err limit_ask(struct ctl *ctl, const char *number, const char *amount, const char *currency,
			    const char *reason, Relance__Credit__V1__SetLimitResponse **reply)
{
	Relance__Credit__V1__SetLimitRequest request = RELANCE__CREDIT__V1__SET_LIMIT_REQUEST__INIT;
	Relance__Common__V1__Money limit;

	request.remove = text_equal(amount, "none");
	TRY(amount_parse(ctl, request.remove ? "0" : amount, currency, &limit));
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = arena_copy(ctl->arena, number);
	request.limit = &limit;
	request.reason = arena_copy(ctl->arena, reason);
	return ctl_call(ctl, CTL_CREDIT, "SetLimit", &request.base,
			&relance__credit__v1__set_limit_response__descriptor, (ProtobufCMessage **)reply);
}

static int cmd_limit(struct ctl *ctl, int argc, char **argv)
{
	Relance__Credit__V1__SetLimitResponse *reply;
	const char *currency = CURRENCY_DEFAULT, *reason = "";
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--currency", &currency),
		CTL_OPTION_TEXT("--reason", &reason),
	};
	struct err err = ctl_options(ctl, options, COUNT(options), &argc, argv, 2, 2);

	if (err_ok(err))
		err = limit_ask(ctl, argv[0], argv[1], currency, reason, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = table_new(ctl->arena);
	table_as_record(table);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "limit_minor", TABLE_MONEY);
	table_column(table, "previous_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, reply->customer_number);
	if (reply->removed)
		table_cell_null(table);
	else
		table_cell_money(table, reply->limit->minor, reply->limit->currency);
	if (reply->_previous_minor_case == RELANCE__CREDIT__V1__SET_LIMIT_RESPONSE___PREVIOUS_MINOR_PREVIOUS_MINOR)
		table_cell_money(table, reply->previous_minor, reply->limit->currency);
	else
		table_cell_null(table);
	table_cell_text(table, reply->limit->currency);
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ holds */

static struct table *holds_table(struct arena *arena)
{
	struct table *table = table_new(arena);

	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "active", TABLE_BOOL);
	table_column(table, "origin", TABLE_TEXT);
	table_column(table, "reason", TABLE_TEXT);
	table_column(table, "placed_at", TABLE_TEXT);
	table_column(table, "placed_by", TABLE_TEXT);
	table_column(table, "expires_on", TABLE_DATE);
	table_column(table, "released_at", TABLE_TEXT);
	table_column(table, "release_reason", TABLE_TEXT);
	table_column_hidden(table, "released_by", TABLE_TEXT);
	table_column_hidden(table, "id", TABLE_TEXT);
	return table;
}

static void hold_row(struct table *table, const Relance__Credit__V1__Hold *hold)
{
	bool dunning = hold->origin == RELANCE__CREDIT__V1__HOLD_ORIGIN__HOLD_ORIGIN_DUNNING;

	table_row(table);
	table_cell_text(table, hold->customer_number);
	table_cell_bool(table, hold->active);
	table_cell_text(table, dunning ? "dunning" : "person");
	table_cell_text(table, hold->reason);
	table_cell_text(table, hold->placed_at);
	table_cell_text(table, hold->placed_by);
	table_cell_text(table, hold->expires_on);
	table_cell_text(table, hold->released_at);
	table_cell_text(table, hold->release_reason);
	table_cell_text(table, hold->released_by);
	table_cell_text(table, hold->id);
}

static int cmd_hold(struct ctl *ctl, int argc, char **argv)
{
	Relance__Credit__V1__PlaceHoldRequest request = RELANCE__CREDIT__V1__PLACE_HOLD_REQUEST__INIT;
	Relance__Credit__V1__PlaceHoldResponse *reply;
	const char *reason = NULL, *until = "";
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--reason", &reason),
		CTL_OPTION_TEXT("--until", &until),
	};
	struct err err = ctl_options(ctl, options, COUNT(options), &argc, argv, 1, 1);

	if (err_ok(err) && reason == NULL)
		err = ctl_usage(ctl, "--reason is required");
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = argv[0];
	request.reason = arena_copy(ctl->arena, reason);
	request.expires_on = arena_copy(ctl->arena, until);
	err = ctl_call(ctl, CTL_CREDIT, "PlaceHold", &request.base,
		       &relance__credit__v1__place_hold_response__descriptor, (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = holds_table(ctl->arena);
	hold_row(table, reply->hold);
	return ctl_table(ctl, table);
}

static int cmd_release(struct ctl *ctl, int argc, char **argv)
{
	Relance__Credit__V1__ReleaseHoldRequest request = RELANCE__CREDIT__V1__RELEASE_HOLD_REQUEST__INIT;
	Relance__Credit__V1__ReleaseHoldResponse *reply;
	const char *reason = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--reason", &reason) };
	struct err err = ctl_options(ctl, options, COUNT(options), &argc, argv, 1, 1);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = argv[0];
	request.reason = arena_copy(ctl->arena, reason);
	err = ctl_call(ctl, CTL_CREDIT, "ReleaseHold", &request.base,
		       &relance__credit__v1__release_hold_response__descriptor, (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = holds_table(ctl->arena);
	for (size_t i = 0; i < reply->n_released; i++)
		hold_row(table, reply->released[i]);
	return ctl_table(ctl, table);
}

static int cmd_holds(struct ctl *ctl, int argc, char **argv)
{
	Relance__Credit__V1__ListHoldsRequest request = RELANCE__CREDIT__V1__LIST_HOLDS_REQUEST__INIT;
	Relance__Credit__V1__ListHoldsResponse *reply;
	bool all = false;
	const struct ctl_option options[] = { CTL_OPTION_FLAG("--all", &all) };
	struct table *table = holds_table(ctl->arena);
	struct err err = ctl_options(ctl, options, COUNT(options), &argc, argv, 0, 1);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = arena_copy(ctl->arena, argc > 0 ? argv[0] : "");
	request.include_released = all;
	request.page_size = PAGE_SIZE;
	do {
		err = ctl_call(ctl, CTL_CREDIT, "ListHolds", &request.base,
			       &relance__credit__v1__list_holds_response__descriptor, (ProtobufCMessage **)&reply);
		if (!err_ok(err))
			return ctl_exit(ctl, err);
		for (size_t i = 0; i < reply->n_holds; i++)
			hold_row(table, reply->holds[i]);
		request.page_token = reply->next_page_token;
	} while (!text_empty(request.page_token));
	return ctl_table(ctl, table);
}

const struct ctl_command CREDIT_COMMANDS[] = {
	{ "credit", "score", "NUMBER", "a customer's payment score with its reasons", cmd_score },
	{ "credit", "list", "", "the scores of all customers", cmd_list },
	{ "credit", "check-order", "NUMBER --amount 1234.50 [--currency EUR]",
	  "whether an order may be delivered on credit", cmd_check_order },
	{ "credit", "limit", "NUMBER AMOUNT|none [--currency EUR] [--reason TEXT]", "set or remove a credit limit",
	  cmd_limit },
	{ "credit", "hold", "NUMBER --reason TEXT [--until DATE]", "stop deliveries on credit", cmd_hold },
	{ "credit", "release", "NUMBER [--reason TEXT]", "end the customer's holds", cmd_release },
	{ "credit", "holds", "[NUMBER] [--all]", "who is on hold, and with --all who was", cmd_holds },
	{ 0 },
};
