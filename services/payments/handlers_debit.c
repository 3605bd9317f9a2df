#include "payments/handlers_debit.h"

#include "common/base/reference.h"
#include "common/base/text.h"
#include "common/io/random.h"
#include "payments/debit.h"
#include "payments/views.h"

#define FILE_PART_BYTES (INT64_C(1024) * 1024)

/* ------------------------------------------------------------------ how the creditor collects */

struct err set_debit_profile(struct rpc_call *call)
{
	struct profile_ask ask;
	struct desk desk;

	TRY(wire_decode_set_debit_profile(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	if (ask.account && !reference_iban_valid(ask.account))
		return ERR(ERR_INVALID, "debit.account", "profile.account",
			   "this is no IBAN: its check digits are wrong");
	TRY(debit_profile_set(call->tx, &desk,
			      &(struct debit_profile){ .scheme_id = ask.scheme_id,
						       .account = ask.account,
						       .bic = ask.bic,
						       .lead_days = ask.lead_days,
						       .notice_days = ask.notice_days,
						       .retry_days = ask.retry_days }));
	wire_encode_set_debit_profile(call, &ask);
	return OK;
}

/* ------------------------------------------------------------------ mandates */

struct err add_mandate(struct rpc_call *call)
{
	struct mandate_ask ask;
	struct desk desk;
	const char *name, *iban;

	TRY(wire_decode_add_mandate(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	struct mandate *mandate = &ask.mandate;

	TRY(debtor_find(call->tx, &desk, mandate->customer_number, &mandate->customer, &name, &iban));
	mandate->debtor_name = mandate->debtor_name ? mandate->debtor_name : name;
	mandate->iban = mandate->iban ? mandate->iban : iban;
	mandate->id = id_fresh();
	TRY(mandate_check(mandate, date_add_days(instant_utc_date(desk.now), 1))); /* a day later in the east */
	TRY(mandate_insert(call->tx, &desk, mandate));
	wire_encode_add_mandate(call, desk.creditor, mandate);
	return OK;
}

struct err change_mandate(struct rpc_call *call)
{
	struct mandate_change_ask ask;
	struct mandate mandate;
	struct desk desk;

	TRY(wire_decode_change_mandate(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(desk_lock(call->tx, &desk));
	TRY(mandate_get(call->tx, &desk, ask.reference, &mandate));
	TRY(mandate_move(&mandate, ask.event, NULL));
	TRY(mandate_update(call->tx, &desk, &mandate));
	wire_encode_change_mandate(call, desk.creditor, &mandate);
	return OK;
}

struct err list_mandates(struct rpc_call *call)
{
	const char *customer_number;
	struct page_ask ask;
	struct mandate *list;
	struct desk desk;
	size_t count;

	TRY(wire_decode_list_mandates(call, &ask, &customer_number));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(mandates_page(call->tx, &desk, customer_number, &(struct page){ ask.size, ask.after }, &list, &count));
	struct id last = count > 0 ? list[count - 1].id : (struct id){ 0 };

	wire_encode_list_mandates(call, desk.creditor, list, count, next_page(call->arena, &ask, count, last));
	return OK;
}

/* ------------------------------------------------------------------ collections */

struct err order_collections(struct rpc_call *call)
{
	struct debit_order order;
	struct order_ask ask;
	struct desk desk;

	TRY(wire_decode_order_collections(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(desk_lock(call->tx, &desk));
	TRY(debit_order(call->tx, &desk, ask.collect_on, call->trace_parent, &order));
	wire_encode_order_collections(
		call, desk.creditor,
		&(struct order_view){ .run_id = id_text(call->arena, order.run.id),
				      .message_id = order.run.message_id ? order.run.message_id : "",
				      .plan = &order.plan,
				      .collections =
					      collection_views_of(call->arena, order.collections, order.plan.count),
				      .file_bytes = (int64_t)order.run.content_length });
	return OK;
}

struct err read_run_file(struct rpc_call *call)
{
	struct run_file_ask ask;
	struct desk desk;
	const void *bytes;
	int64_t file_bytes;
	size_t length;

	TRY(wire_decode_read_run_file(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(run_file_read(call->tx, &desk, ask.run, ask.offset, FILE_PART_BYTES, &bytes, &length, &file_bytes));
	wire_encode_read_run_file(call, bytes, length, file_bytes);
	return OK;
}

struct err list_collections(struct rpc_call *call)
{
	struct collection_record *list;
	struct page_ask ask;
	struct desk desk;
	size_t count;

	TRY(wire_decode_list_collections(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(collections_page(call->tx, &desk, ask.state, ask.invoice_number, &(struct page){ ask.size, ask.after },
			     &list, &count));
	struct id last = count > 0 ? list[count - 1].id : (struct id){ 0 };

	wire_encode_list_collections(call, desk.creditor, collection_views_of(call->arena, list, count), count,
				     next_page(call->arena, &ask, count, last));
	return OK;
}

struct err retry_collection(struct rpc_call *call)
{
	struct collection_record collection;
	struct retry_ask ask;
	struct desk desk;

	TRY(wire_decode_retry_collection(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(desk_lock(call->tx, &desk));
	TRY(collection_newest(call->tx, &desk, ask.invoice_number, &collection));
	if (collection.state != COLLECTION_REJECTED && collection.state != COLLECTION_RETURNED)
		return ERR(ERR_CONFLICT, "collection.not_back", "invoice_number", "its collection has not come back");
	collection.retry_on = date_known(ask.retry_on) ? ask.retry_on : instant_utc_date(desk.now);
	TRY(collection_update(call->tx, &desk, &collection));
	struct collection_view view = collection_view_of(call->arena, &collection);

	wire_encode_retry_collection(call, desk.creditor, &view);
	return OK;
}

struct err import_status_report(struct rpc_call *call)
{
	struct report_result result;
	struct report_ask ask;
	struct desk desk;

	TRY(wire_decode_import_status_report(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(desk_lock(call->tx, &desk));
	TRY(debit_report_import(call->tx, &desk, ask.file, ask.size_bytes, call->trace_parent, &result));
	wire_encode_import_status_report(call, desk.creditor,
					 &(struct report_view){ .message_id = result.message_id,
								.original_message_id = result.original_message_id,
								.collections = collection_views_of(
									call->arena, result.collections, result.count),
								.count = result.count,
								.unknown = result.unknown,
								.unchanged = result.unchanged });
	return OK;
}
