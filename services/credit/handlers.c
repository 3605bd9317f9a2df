#include "credit/handlers.h"

#include "common/base/text.h"
#include "common/io/outbox.h"
#include "credit/rescore.h"
#include "credit/store.h"
#include "credit/wire.h"

static const char *caller(const struct rpc_call *call)
{
	return text_empty(call->principal.user) ? call->principal.peer : call->principal.user;
}

static struct err ask_open(struct rpc_call *call, const struct ask *ask, struct desk *desk, struct customer *customer)
{
	TRY(desk_open(call->tx, ask->creditor, desk));
	return customer_find(call->tx, desk, ask->customer_number, customer);
}

/* ------------------------------------------------------------------ scores */

/* One view a customer, from the ledger as it stands. */
static struct err views_load(struct rpc_call *call, const struct desk *desk, const struct customer_list *customers,
			     struct score_view *views)
{
	struct portfolio portfolio;
	struct hold_list holds;
	struct history *histories = arena_array(call->arena, customers->count, sizeof *histories);

	TRY(portfolio_load(call->tx, desk, &portfolio));
	TRY(histories_load(call->tx, desk, customers, histories));
	TRY(holds_active(call->tx, desk, customers, &holds));
	for (size_t i = 0; i < customers->count; i++) {
		const struct customer *customer = &customers->items[i];
		views[i] = (struct score_view){ .creditor = desk->creditor,
						.customer_number = customer->number,
						.customer_name = customer->name,
						.portfolio = portfolio,
						.scored_on = desk->today };
		score_compute(call->arena, histories[i].items, histories[i].count, portfolio, desk->today,
			      &views[i].score);
		views[i].on_hold = hold_standing(holds.items, holds.count, customer->id, desk->today) != NULL;
	}
	return OK;
}

struct err get_score(struct rpc_call *call)
{
	struct ask ask;
	struct desk desk;
	struct customer customer;
	struct score_view view;
	struct past_score past[PAST_SCORES_MAX];
	size_t past_count;

	TRY(wire_decode_get_score(call, &ask));
	TRY(ask_open(call, &ask, &desk, &customer));
	TRY(views_load(call, &desk, &(struct customer_list){ &customer, 1 }, &view));
	TRY(past_scores(call->tx, &desk, customer.id, past, &past_count));
	wire_encode_get_score(call, &view, past, past_count);
	return OK;
}

struct err list_scores(struct rpc_call *call)
{
	struct page_ask ask;
	struct desk desk;
	struct customer_list customers;

	TRY(wire_decode_list_scores(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(customers_after(call->tx, &desk, ask.after, ask.size, &customers));
	struct score_view *views = arena_array(call->arena, customers.count, sizeof *views);
	TRY(views_load(call, &desk, &customers, views));
	bool more = customers.count == (size_t)ask.size;
	wire_encode_list_scores(call, views, customers.count, more ? customers.items[customers.count - 1].number : "");
	return OK;
}

/* ------------------------------------------------------------------ orders and limits */

static struct err order_facts_load(struct rpc_call *call, const struct desk *desk, const struct customer *customer,
				   struct order_facts *facts)
{
	struct score_view view;
	struct exposure exposure;
	struct hold_list holds;
	struct customer only = *customer;
	struct customer_list one = { .items = &only, .count = 1 };

	TRY(views_load(call, desk, &one, &view));
	TRY(exposure_load(call->tx, desk, customer->id, facts->currency, &exposure));
	TRY(holds_active(call->tx, desk, &one, &holds));
	const struct hold *hold = hold_standing(holds.items, holds.count, customer->id, desk->today);
	facts->exposure_minor = exposure.open_minor;
	facts->limit_set = exposure.limit_set;
	facts->limit_minor = exposure.limit_minor;
	facts->oldest_overdue_days = view.score.oldest_overdue_days;
	facts->score = view.score.points;
	facts->risk = view.score.risk;
	if (hold != NULL) {
		facts->hold_reason = hold->reason;
		facts->held_since = instant_utc_date(hold->placed_at);
	}
	return OK;
}

struct err check_order(struct rpc_call *call)
{
	struct order_ask ask;
	struct desk desk;
	struct customer customer;
	struct order_view view = { 0 };

	TRY(wire_decode_check_order(call, &ask));
	TRY(ask_open(call, &ask.ask, &desk, &customer));
	view.facts = (struct order_facts){ .order_minor = ask.amount_minor, .currency = ask.currency };
	TRY(order_facts_load(call, &desk, &customer, &view.facts));
	order_check(call->arena, &view.facts, &view.answer);
	view.checked_on = desk.today;
	wire_encode_check_order(call, &view);
	return OK;
}

struct err set_limit(struct rpc_call *call)
{
	struct limit_ask ask;
	struct desk desk;
	struct customer customer;

	TRY(wire_decode_set_limit(call, &ask));
	TRY(ask_open(call, &ask.ask, &desk, &customer));
	struct limit_change change = { .currency = ask.currency,
				       .limit_minor = ask.limit_minor,
				       .remove = ask.remove,
				       .reason = ask.reason,
				       .set_by = caller(call) };
	TRY(limit_save(call->tx, &desk, &customer, &change));
	wire_encode_set_limit(call, &(struct limit_view){ .customer_number = customer.number,
							  .currency = ask.currency,
							  .limit_minor = ask.limit_minor,
							  .previous_minor = change.previous_minor,
							  .had = change.had,
							  .removed = ask.remove });
	return OK;
}

/* ------------------------------------------------------------------ holds */

struct err place_hold(struct rpc_call *call)
{
	struct hold_ask ask;
	struct desk desk;
	struct customer customer;

	TRY(wire_decode_place_hold(call, &ask));
	TRY(ask_open(call, &ask.ask, &desk, &customer));
	if (date_known(ask.expires_on) && date_compare(ask.expires_on, desk.today) < 0)
		return ERR(ERR_INVALID, "hold.expired", "expires_on", "the last day of the hold has passed already");
	struct hold hold = { .customer = customer.id,
			     .customer_number = customer.number,
			     .origin = HOLD_BY_PERSON,
			     .reason = ask.reason,
			     .placed_by = caller(call),
			     .expires_on = ask.expires_on };
	TRY(hold_place(call->tx, &desk, &hold));
	TRY(hold_placed_append(call->tx, &desk, &hold));
	wire_encode_place_hold(call, &hold);
	return OK;
}

struct err release_hold(struct rpc_call *call)
{
	struct hold_ask ask;
	struct desk desk;
	struct customer customer;
	struct hold_list active, ended;

	TRY(wire_decode_release_hold(call, &ask));
	TRY(ask_open(call, &ask.ask, &desk, &customer));
	TRY(holds_active(call->tx, &desk, &(struct customer_list){ &customer, 1 }, &active));
	for (size_t i = 0; i < active.count; i++)
		active.items[i].release_reason = text_empty(ask.reason) ? "released by hand" : ask.reason;
	TRY(holds_end(call->tx, &desk, active.items, active.count, caller(call), &ended));
	if (ended.count == 0)
		return ERR(ERR_CONFLICT, "hold.none", "customer_number", "the customer is not on hold");
	TRY(holds_ended_append(call->tx, &desk, &ended));
	wire_encode_release_hold(call, ended.items, ended.count);
	return OK;
}

static struct err holds_of(struct rpc_call *call, const struct desk *desk, const struct page_ask *ask,
			   struct hold_list *list)
{
	struct customer customer = { 0 };
	struct id before = { 0 };

	if (!text_empty(ask->customer_number))
		TRY(customer_find(call->tx, desk, ask->customer_number, &customer));
	if (!text_empty(ask->after))
		TRY(id_parse(ask->after, &before));
	return holds_list(call->tx, desk, customer.id, ask->released, before, ask->size, list);
}

struct err list_holds(struct rpc_call *call)
{
	struct page_ask ask;
	struct desk desk;
	struct hold_list list;
	char next[ID_TEXT_BYTES] = "";

	TRY(wire_decode_list_holds(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(holds_of(call, &desk, &ask, &list));
	if (list.count == (size_t)ask.size)
		id_format(list.items[list.count - 1].id, next);
	wire_encode_list_holds(call, list.items, list.count, next);
	return OK;
}

/* ------------------------------------------------------------------ invariants */

struct err verify(struct rpc_call *call)
{
	struct ask ask;
	struct desk desk;
	struct invariant found[INVARIANTS_MAX];
	struct check_view checks[INVARIANTS_MAX];
	size_t count;

	TRY(wire_decode_verify(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(invariants_check(call->tx, &desk, found, &count));
	for (size_t i = 0; i < count; i++)
		checks[i] = (struct check_view){ found[i].name, found[i].ok, found[i].checked, found[i].detail };
	wire_encode_verify(call, checks, count);
	return OK;
}
