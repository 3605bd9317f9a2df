#include "notification/wire_debit.h"

#include "common/io/rpc.h"
#include "relance/payments/v1/debit.pb-c.h"

struct err wire_event_debit_returned(struct arena *arena, const struct feed_event *event, struct debit_returned *debit)
{
	ProtobufCAllocator allocator = rpc_allocator(arena);
	const Relance__Payments__V1__DebitReturned *told =
		relance__payments__v1__debit_returned__unpack(&allocator, event->payload_length, event->payload);
	struct id customer;

	if (!told || !told->collection)
		return ERR(ERR_DATA_LOSS, "event.malformed", "payload", "the payload does not decode");
	TRY(id_parse(told->customer_id, &customer));
	*debit = (struct debit_returned){
		.customer = customer,
		.customer_number = told->customer_number,
		.invoice_number = told->collection->invoice_number,
		.currency = told->collection->currency,
		.reason = told->collection->reason,
		.meaning = told->collection->meaning,
		.amount_minor = told->collection->amount_minor,
		.retried = told->collection->action == RELANCE__PAYMENTS__V1__RETURN_ACTION__RETURN_ACTION_RETRY,
		.mandate_blocked = told->mandate_blocked,
	};
	return OK;
}
