#include "common/base/text.h"
#include "credit/wire.h"
#include "credit/wire_parts.h"
#include "relance/invoicing/v1/invoicing.pb-c.h"
#include "relance/notification/v1/notification.pb-c.h"
#include "relance/payments/v1/cash.pb-c.h"
#include "relance/payments/v1/payments.pb-c.h"

/* Events: those that the service writes, and the one field it reads of others'. */

struct payload wire_event_scored(struct arena *arena, const char *customer_number, const struct score *score,
				 int before, struct date scored_on)
{
	Relance__Credit__V1__CreditScored event;

	relance__credit__v1__credit_scored__init(&event);
	event.customer_number = wire_text(arena, customer_number);
	event.score = score->points;
	event.risk_class = (Relance__Credit__V1__RiskClass)score->risk;
	if (before >= 0) {
		event._previous_score_case = RELANCE__CREDIT__V1__CREDIT_SCORED___PREVIOUS_SCORE_PREVIOUS_SCORE;
		event.previous_score = before;
		event.previous_class = (Relance__Credit__V1__RiskClass)risk_of_score(before);
	}
	event.reasons = wire_reasons(arena, score->reasons, score->reason_count);
	event.n_reasons = (size_t)score->reason_count;
	event.scored_on = wire_date(arena, scored_on);
	return wire_packed(arena, &event.base);
}

struct payload wire_event_held(struct arena *arena, const struct hold *hold)
{
	Relance__Credit__V1__CreditHeld event;

	relance__credit__v1__credit_held__init(&event);
	event.hold = wire_hold(arena, hold);
	return wire_packed(arena, &event.base);
}

struct payload wire_event_released(struct arena *arena, const struct hold *hold)
{
	Relance__Credit__V1__CreditReleased event;

	relance__credit__v1__credit_released__init(&event);
	event.hold = wire_hold(arena, hold);
	return wire_packed(arena, &event.base);
}

/* Messages of others that name one customer in `customer_id`. */
static const ProtobufCMessageDescriptor *const CUSTOMER_EVENTS[] = {
	&relance__invoicing__v1__invoice_issued__descriptor,    &relance__invoicing__v1__invoice_cancelled__descriptor,
	&relance__invoicing__v1__invoice_disputed__descriptor,  &relance__payments__v1__payment_allocated__descriptor,
	&relance__payments__v1__payment_returned__descriptor,   &relance__payments__v1__payment_undone__descriptor,
	&relance__notification__v1__hold_requested__descriptor,
};
#define CUSTOMER_EVENT_COUNT (sizeof CUSTOMER_EVENTS / sizeof CUSTOMER_EVENTS[0])

static const ProtobufCMessageDescriptor *event_type_find(const char *name)
{
	for (size_t i = 0; i < CUSTOMER_EVENT_COUNT; i++) {
		if (text_equal(CUSTOMER_EVENTS[i]->name, name))
			return CUSTOMER_EVENTS[i];
	}
	return NULL;
}

struct err wire_event_customer(struct arena *arena, const char *payload_type, const void *bytes, size_t length,
			       struct id *customer)
{
	const ProtobufCMessageDescriptor *type = event_type_find(payload_type);
	ProtobufCAllocator allocator = rpc_allocator(arena);

	if (type == NULL)
		return ERR(ERR_DATA_LOSS, "event.unknown_payload", "payload_type", "the event has another payload");
	const ProtobufCMessage *event = protobuf_c_message_unpack(type, &allocator, length, bytes);
	if (event == NULL)
		return ERR(ERR_DATA_LOSS, "event.malformed", "payload", "the payload does not decode");
	const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(type, "customer_id");
	return id_parse(*(const char *const *)((const char *)event + field->offset), customer);
}
