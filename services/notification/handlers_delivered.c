#include "notification/handlers.h"
#include "notification/handlers_parts.h"
#include "notification/store_delivered.h"
#include "notification/store_pause.h"
#include "notification/wire.h"

struct err record_delivery(struct rpc_call *call)
{
	struct creditor creditor;
	struct delivery_ask ask;
	const char *customer_number;

	TRY(wire_decode_record_delivery(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	if (date_compare(ask.delivered_on, creditor.today) > 0)
		return ERR(ERR_INVALID, "delivery.to_come", "delivered_on", "that day has not come yet");

	struct delivery_record record = { .invoice_number = ask.invoice_number,
					  .proof = ask.proof,
					  .reference = ask.reference,
					  .delivered_on = ask.delivered_on,
					  .recorded_by = handler_caller(call) };

	TRY(delivery_record(call->tx, &creditor, &record, &customer_number));
	TRY(customer_wake(call->tx, &creditor, customer_number));
	wire_encode_record_delivery(call, customer_number);
	return OK;
}
