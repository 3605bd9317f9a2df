#include "invoicing/handlers.h"

#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/random.h"
#include "common/io/service.h"

struct event event_make(const struct rpc_call *call, const struct desk *desk, const char *type, const char *subject,
			struct payload payload)
{
	return (struct event){
		.creditor = desk->creditor.code,
		.type = type,
		.subject = subject,
		.time = desk->now,
		.payload = payload.bytes,
		.payload_length = payload.length,
		.payload_type = payload.type,
		.trace_parent = call->trace_parent,
	};
}

struct err publish(const struct rpc_call *call, const struct desk *desk, const char *type, const char *subject,
		   struct payload payload)
{
	struct event event = event_make(call, desk, type, subject, payload);

	return outbox_append(call->tx, &event);
}

/* ------------------------------------------------------------------ creditors */

struct err create_creditor(struct rpc_call *call)
{
	struct creditor creditor;

	TRY(wire_decode_create_creditor(call, &creditor));
	TRY(creditor_complete(call->arena, &creditor));
	TRY(creditor_insert(call->tx, &creditor));
	wire_encode_create_creditor(call, &creditor);
	return OK;
}

struct err change_creditor(struct rpc_call *call)
{
	struct creditor creditor;
	struct desk desk;
	bool changed;

	TRY(wire_decode_change_creditor(call, &creditor));
	TRY(creditor_complete(call->arena, &creditor));
	TRY(desk_open(call->tx, creditor.code, &desk));
	TRY(creditor_update(call->tx, &creditor, &changed));
	if (changed)
		TRY(publish(call, &desk, "relance.creditor.changed.v1", creditor.code,
			    wire_creditor_changed(call->arena, &creditor)));
	wire_encode_change_creditor(call, &creditor, changed);
	return OK;
}

struct err list_creditors(struct rpc_call *call)
{
	struct creditor *creditors;
	size_t count;

	TRY(creditors_list(call->tx, &creditors, &count));
	wire_encode_list_creditors(call, creditors, count);
	return OK;
}

/* ------------------------------------------------------------------ customers and terms */

struct err upsert_customer(struct rpc_call *call)
{
	struct customer_ask ask;
	struct desk desk;
	struct customer before;
	bool known, changed;

	TRY(wire_decode_upsert_customer(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(customer_complete(call->arena, &desk.creditor, &ask.customer));
	TRY(timezone_check(call->tx, ask.customer.timezone));
	TRY(customer_find(call->tx, &desk, ask.customer.number, &known, &before));
	ask.customer.id = known ? before.id : id_fresh();
	TRY(customer_save(call->tx, &desk, &ask.customer, &changed));
	if (changed)
		TRY(publish(call, &desk, "relance.customer.changed.v1", ask.customer.number,
			    wire_customer_changed(call->arena, desk.creditor.code, &ask.customer)));
	wire_encode_upsert_customer(call, &ask.customer, changed);
	return OK;
}

struct err get_customer(struct rpc_call *call)
{
	struct ask ask;
	struct desk desk;
	struct customer customer;
	struct payment_terms terms;
	struct aging_row *position;
	size_t count;

	wire_decode_get_customer(call, &ask);
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(customer_get(call->tx, &desk, ask.number, &customer));
	TRY(terms_get(call->tx, &desk, customer.id, &terms));
	struct aging_filter filter = { .on = desk.today, .customer_number = customer.number };

	TRY(aging_totals(call->tx, &desk, &filter, &position, &count));
	wire_encode_get_customer(call, &customer, &terms, position, count);
	return OK;
}

struct err list_customers(struct rpc_call *call)
{
	struct page_ask ask;
	struct desk desk;
	struct customer *customers;
	size_t count;

	TRY(wire_decode_list_customers(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(customers_page(call->tx, &desk, ask.after, ask.size, &customers, &count));
	wire_encode_list_customers(call, customers, count, count == (size_t)ask.size);
	return OK;
}

struct err terms_settle(const struct desk *desk, struct currency currency, const struct asked_terms *asked,
			struct payment_terms *terms)
{
	static const struct currency EURO = { "EUR" };
	struct payment_terms settled = asked->terms;

	if (asked->late_by_law)
		settled.late = payment_terms_default(desk->creditor.country, currency_equal(currency, EURO)).late;
	TRY(payment_terms_check(&settled));
	*terms = settled;
	return OK;
}

struct err set_payment_terms(struct rpc_call *call)
{
	struct terms_ask ask;
	struct desk desk;
	struct customer customer = { 0 };
	struct payment_terms terms;

	TRY(wire_decode_set_terms(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	if (!text_empty(ask.customer_number))
		TRY(customer_get(call->tx, &desk, ask.customer_number, &customer));
	TRY(terms_settle(&desk, desk.creditor.currency, &ask.asked, &terms));
	TRY(terms_save(call->tx, &desk, customer.id, &terms));
	wire_encode_set_terms(call, &terms);
	return OK;
}

/* ------------------------------------------------------------------ the clock */

struct err get_clock(struct rpc_call *call)
{
	const char *creditor;
	struct desk desk;
	int days_ahead;
	bool test;

	TRY(wire_decode_get_clock(call, &creditor, &days_ahead));
	TRY(desk_open(call->tx, creditor, &desk));
	TRY(clock_is_test(call->tx, &desk, &test));
	struct clock_view view = {
		.now = desk.now,
		.ahead = desk.now,
		.today = desk.today,
		.timezone = desk.creditor.timezone,
		.test = test && service_settings.test_clock,
	};

	if (days_ahead > 0) { /* an hour that comes twice is itself only where it stays */
		TRY(clock_instant(call->tx, date_add_days(desk.today, days_ahead), desk.minute, view.timezone,
				  &view.ahead));
		view.ahead.us += desk.now.us % (60 * US_PER_SECOND);
	}
	wire_encode_get_clock(call, &view);
	return OK;
}

struct err set_clock(struct rpc_call *call)
{
	struct clock_ask ask;
	struct desk desk;
	struct instant midnight;
	bool test;

	TRY(wire_decode_set_clock(call, &ask));
	if (!service_settings.test_clock)
		return ERR(ERR_CONFLICT, "clock.not_enabled", NULL,
			   "test clocks are off: the services run without RELANCE_TEST_CLOCK=1");
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(clock_is_test(call->tx, &desk, &test));
	if (!instant_known(ask.at)) {
		TRY(clock_instant(call->tx, ask.date, ask.minute, desk.creditor.timezone, &ask.at));
		ask.at.us += ask.second * US_PER_SECOND;
	}
	if (test && ask.at.us < desk.now.us)
		return ERR(ERR_CONFLICT, "clock.backwards", "at", "a test clock does not go backwards");
	TRY(clock_save(call->tx, &desk, ask.at));
	TRY(desk_open(call->tx, desk.creditor.code, &desk));
	TRY(clock_instant(call->tx, date_add_days(desk.today, 1), 0, desk.creditor.timezone, &midnight));
	wire_encode_set_clock(call, desk.now, desk.today, midnight);
	return OK;
}

struct err verify(struct rpc_call *call)
{
	struct desk desk;
	struct book_check *checks;
	size_t count;

	TRY(desk_open(call->tx, wire_decode_verify(call), &desk));
	TRY(books_check(call->tx, &desk, &checks, &count));
	wire_encode_verify(call, checks, count);
	return OK;
}
