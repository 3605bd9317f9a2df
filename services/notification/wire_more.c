#include "common/base/text.h"
#include "notification/wire_parts.h"

/* SimulateDunning and ReceiveInbound: a part of wire.h. */

#define PB(name) Relance__Notification__V1__##name

struct err wire_decode_simulate(const struct rpc_call *call, struct ask *ask)
{
	const PB(SimulateDunningRequest) *request = (const void *)call->request;

	if (request->days < 0 || request->days > PREVIEW_DAYS_MAX)
		return ERR(ERR_RANGE, "preview.days", "days", "a simulation looks 0 to 366 days ahead");
	*ask = (struct ask){ .creditor = request->creditor,
			     .text = request->text,
			     .file_name = text_empty(request->file_name) ? "policy" : request->file_name,
			     .days = request->days };
	return OK;
}

static PB(SimulatedStep) * step_encode(struct arena *arena, const struct simulated_step *from)
{
	PB(SimulatedStep) *step = arena_alloc(arena, sizeof *step);

	relance__notification__v1__simulated_step__init(step);
	step->step = wire_text(arena, from->step);
	step->channel = (PB(Channel))from->channel;
	step->reminders = from->proposed.reminders;
	step->customers = from->proposed.customers;
	step->reminders_in_force = from->in_force.reminders;
	step->customers_in_force = from->in_force.customers;
	return step;
}

static PB(SimulatedDay) * day_encode(struct arena *arena, const struct simulated_day *from)
{
	PB(SimulatedDay) *day = arena_alloc(arena, sizeof *day);

	relance__notification__v1__simulated_day__init(day);
	day->on = wire_date(arena, from->on);
	day->reminders = from->proposed.reminders;
	day->contacts = from->proposed.contacts;
	day->reminders_in_force = from->in_force.reminders;
	day->contacts_in_force = from->in_force.contacts;
	return day;
}

void wire_encode_simulate(struct rpc_call *call, const struct simulation *simulation, int version)
{
	struct arena *arena = call->arena;
	PB(SimulateDunningResponse) *reply = arena_alloc(arena, sizeof *reply);

	relance__notification__v1__simulate_dunning_response__init(reply);
	reply->positions = simulation->positions;
	reply->version = version;
	reply->steps = arena_array(arena, simulation->step_count, sizeof *reply->steps);
	for (size_t i = 0; i < simulation->step_count; i++)
		reply->steps[reply->n_steps++] = step_encode(arena, &simulation->steps[i]);
	reply->days = arena_array(arena, simulation->day_count, sizeof *reply->days);
	for (size_t i = 0; i < simulation->day_count; i++) {
		const struct simulated_day *day = &simulation->days[i];

		if (day->proposed.reminders > 0 || day->in_force.reminders > 0)
			reply->days[reply->n_days++] = day_encode(arena, day);
	}
	call->reply = &reply->base;
}

/* ------------------------------------------------------------------ deliveries */

#define REFERENCE_BYTES_MAX 200

struct err wire_decode_record_delivery(const struct rpc_call *call, struct delivery_ask *ask)
{
	static const char *const proofs[] = { "mail", "post", "registered_post", "e_invoice", "handed_over" };
	const PB(RecordDeliveryRequest) *request = (const void *)call->request;
	bool known = false;

	*ask = (struct delivery_ask){ .creditor = request->creditor,
				      .invoice_number = request->invoice_number,
				      .proof = request->proof,
				      .reference = request->reference };
	for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++)
		known = known || text_equal(request->proof, proofs[i]);
	if (!known)
		return ERR(ERR_INVALID, "delivery.proof", "proof",
			   "a proof is mail, post, registered_post, e_invoice or handed_over");
	if (!text_copy((char[REFERENCE_BYTES_MAX + 1]){ 0 }, REFERENCE_BYTES_MAX + 1, request->reference))
		return ERR(ERR_INVALID, "delivery.reference", "reference", "a reference has at most 200 bytes");
	return date_parse(request->delivered_on, &ask->delivered_on);
}

void wire_encode_record_delivery(struct rpc_call *call, const char *customer_number)
{
	PB(RecordDeliveryResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__record_delivery_response__init(reply);
	reply->customer_number = wire_text(call->arena, customer_number);
	call->reply = &reply->base;
}

/* ------------------------------------------------------------------ inbound */

struct err wire_decode_inbound(const struct rpc_call *call, struct inbound_ask *ask)
{
	const PB(ReceiveInboundRequest) *request = (const void *)call->request;
	int kind = (int)request->kind;

	if (kind < 0 || kind > INBOUND_AUTOMATIC + 1)
		return ERR(ERR_INVALID, "inbound.kind", "kind", "there is no such kind");
	if (request->message.len == 0 || request->message.len > INBOUND_BYTES_MAX)
		return ERR(ERR_INVALID, "inbound.size", "message", "a message of 1 byte to 1 MiB is expected");
	*ask = (struct inbound_ask){ .creditor = request->creditor,
				     .message = arena_copy_n(call->arena, (const char *)request->message.data,
							     request->message.len),
				     .kind = kind > 0 ? (enum inbound_kind)(kind - 1) : INBOUND_REPLY,
				     .detect = kind == 0 };
	return OK;
}

void wire_encode_inbound(struct rpc_call *call, enum inbound_kind kind, const struct task_view *task, const char *step)
{
	PB(ReceiveInboundResponse) *reply = arena_alloc(call->arena, sizeof *reply);

	relance__notification__v1__receive_inbound_response__init(reply);
	reply->kind = (PB(InboundKind))(kind + 1);
	reply->task_id = wire_id(call->arena, task ? task->id : (struct id){ { 0 } });
	reply->customer_number = wire_text(call->arena, task ? task->customer_number : "");
	reply->step = wire_text(call->arena, step);
	call->reply = &reply->base;
}
