#include "payments/handlers_cash.h"

#include "common/base/text.h"
#include "payments/handlers.h"
#include "payments/undo.h"
#include "payments/views.h"
#include "payments/wire_cash.h"

/* ------------------------------------------------------------------ undo */

static struct undo_view undo_view_of(struct arena *arena, const struct desk *desk, const struct undo_record *undo)
{
	return (struct undo_view){
		.creditor = desk->creditor,
		.id = id_text(arena, undo->id),
		.payment_id = id_text(arena, undo->payment),
		.entry_ref = undo->entry_ref,
		.kind = undo_kind_name(undo->kind),
		.reason = undo->reason,
		.done_by = undo->done_by,
		.done_at = undo->done_at,
		.postings = id_texts(arena, undo->postings, undo->posting_count),
		.posting_count = undo->posting_count,
		.reversed = id_texts(arena, undo->reversed, undo->reversed_count),
		.reversed_count = undo->reversed_count,
		.allocations = allocation_views_of(arena, desk, undo->allocations, undo->allocation_count),
		.allocation_count = undo->allocation_count,
	};
}

struct err undo_match(struct rpc_call *call)
{
	struct undo_ask ask;
	struct undone undone;
	struct desk desk;

	TRY(wire_decode_undo_match(call, &ask));
	TRY(desk_open_for(call, ask.creditor, &desk));
	TRY(match_undo(call->tx, &desk,
		       &(struct undo_asked){
			       .payment = ask.payment, .reason = ask.reason, .customer_number = ask.customer_number },
		       &undone));
	struct undo_view undo = undo_view_of(call->arena, &desk, &undone.record);
	struct payment_view payment = payment_view_of(call->arena, &desk, &undone.payment);

	wire_encode_undo_match(call, &undo, &payment, undone.forgotten, undone.forgotten_count);
	return OK;
}

struct err list_undos(struct rpc_call *call)
{
	struct undo_record *undos;
	struct page_ask ask;
	struct desk desk;
	size_t count;

	TRY(wire_decode_list_undos(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(undos_page(call->tx, &desk, &(struct page){ ask.size, ask.after }, &undos, &count));
	struct undo_view *views = arena_array(call->arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = undo_view_of(call->arena, &desk, &undos[i]);
	struct id last = count > 0 ? undos[count - 1].id : (struct id){ 0 };

	wire_encode_list_undos(call, views, count, next_page(call->arena, &ask, count, last));
	return OK;
}
