#include "payments/handlers.h"

#include "common/base/text.h"
#include "common/io/log.h"
#include "payments/apply.h"
#include "payments/import.h"
#include "payments/views.h"
#include "payments/wire.h"

static const char *caller(const struct rpc_call *call)
{
	return text_empty(call->principal.user) ? call->principal.peer : call->principal.user;
}

struct err desk_open_for(struct rpc_call *call, const char *creditor, struct desk *desk)
{
	struct desk opened;

	TRY(desk_open(call->tx, creditor, &opened));
	opened.who = caller(call);
	*desk = opened;
	return OK;
}

/* ------------------------------------------------------------------ files */

struct err upload_file_part(struct rpc_call *call)
{
	struct part_ask ask;
	struct desk desk;
	struct file_record file;
	bool found;
	int64_t stored_bytes;

	TRY(wire_decode_upload_file_part(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(file_find(call->tx, &desk, ask.file, &found, &file));
	if (found && file.state == FILE_IMPORTED)
		return ERR(ERR_CONFLICT, "file.imported", "file_id", "this file is in the books and stays as it is");
	TRY(file_part_save(call->tx, &desk, ask.file, ask.at_byte,
			   &(struct part_bytes){ ask.bytes, ask.length, ask.plain_length }, &stored_bytes));
	wire_encode_upload_file_part(call, stored_bytes);
	return OK;
}

static struct tally_view *tallies_of(struct arena *arena, const struct import_result *result)
{
	struct tally_view *tallies = arena_array(arena, result->tally_count, sizeof *tallies);

	for (size_t i = 0; i < result->tally_count; i++)
		tallies[i] = tally_view_of(&result->tallies[i]);
	return tallies;
}

static struct statement_view *statements_of(struct arena *arena, const struct desk *desk,
					    const struct import_result *result)
{
	struct statement_view *statements = arena_array(arena, result->statement_count, sizeof *statements);

	for (size_t i = 0; i < result->statement_count; i++)
		statements[i] = statement_view_of(desk, &result->statements[i]);
	return statements;
}

struct err import_uploaded_file(struct rpc_call *call)
{
	struct import_ask ask;
	struct import_result result;

	TRY(wire_decode_import_file(call, &ask));
	TRY(import_file(call->db, call->arena,
			&(struct import_request){ .creditor = ask.creditor,
						  .name = ask.name,
						  .trace_parent = call->trace_parent,
						  .file = ask.file,
						  .size_bytes = ask.size_bytes,
						  .adopt_account = ask.adopt_account,
						  .profile = text_empty(ask.profile) ? NULL : ask.profile,
						  .account = text_empty(ask.account) ? NULL : ask.account,
						  .currency = ask.currency,
						  .sha256 = ask.sha256 },
			&result));
	struct desk desk = { .creditor = ask.creditor };
	struct file_view view = file_view_of(call->arena, &desk, &result.file);

	log_info("bank file read", LOG_TEXT("file", result.file.name), LOG_TEXT("state", view.state),
		 LOG_BOOL("already_imported", result.already_imported), LOG_INT("entries", result.file.entries),
		 LOG_INT("duplicates", result.file.duplicates));
	wire_encode_import_file(call, &view, result.already_imported, tallies_of(call->arena, &result),
				result.tally_count, statements_of(call->arena, &desk, &result), result.statement_count);
	return OK;
}

struct err accept_file(struct rpc_call *call)
{
	struct accept_ask ask;
	struct import_result result;

	TRY(wire_decode_accept_file(call, &ask));
	TRY(import_accept(call->db, call->arena,
			  &(struct import_request){
				  .creditor = ask.creditor, .trace_parent = call->trace_parent, .file = ask.file },
			  ask.reason, caller(call), &result));
	struct desk desk = { .creditor = ask.creditor };
	struct file_view view = file_view_of(call->arena, &desk, &result.file);

	log_info("held bank file accepted", LOG_TEXT("file", result.file.name), LOG_TEXT("state", view.state),
		 LOG_INT("entries", result.file.entries));
	wire_encode_accept_file(call, &view, tallies_of(call->arena, &result), result.tally_count);
	return OK;
}

/* ------------------------------------------------------------------ pages */

struct err list_files(struct rpc_call *call)
{
	struct page_ask ask;
	struct desk desk;
	struct file_record *files;
	size_t count;

	TRY(wire_decode_list_files(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(files_page(call->tx, &desk, &(struct page){ ask.size, ask.after }, &files, &count));
	struct file_view *views = arena_array(call->arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = file_view_of(call->arena, &desk, &files[i]);
	struct id last = count > 0 ? files[count - 1].id : (struct id){ 0 };

	wire_encode_list_files(call, views, count, next_page(call->arena, &ask, count, last));
	return OK;
}

struct err list_statements(struct rpc_call *call)
{
	struct page_ask ask;
	struct desk desk;
	struct statement_record *statements;
	size_t count;

	TRY(wire_decode_list_statements(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(statements_page(call->tx, &desk, &(struct page){ ask.size, ask.after }, &statements, &count));
	struct statement_view *views = arena_array(call->arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = statement_view_of(&desk, &statements[i]);
	struct id last = count > 0 ? statements[count - 1].id : (struct id){ 0 };

	wire_encode_list_statements(call, views, count, next_page(call->arena, &ask, count, last));
	return OK;
}

struct err list_payments(struct rpc_call *call)
{
	struct page_ask ask;
	struct desk desk;
	struct payment_row *payments;
	size_t count;

	TRY(wire_decode_list_payments(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(payments_page(call->tx, &desk, ask.state, &(struct page){ ask.size, ask.after }, &payments, &count));
	struct payment_view *views = arena_array(call->arena, count, sizeof *views);

	for (size_t i = 0; i < count; i++)
		views[i] = payment_view_of(call->arena, &desk, &payments[i]);
	struct id last = count > 0 ? payments[count - 1].id : (struct id){ 0 };

	wire_encode_list_payments(call, views, count, next_page(call->arena, &ask, count, last));
	return OK;
}

struct err get_payment(struct rpc_call *call)
{
	struct cash_ask ask;
	struct desk desk;
	struct payment_row payment;
	struct allocation_record *allocations;
	size_t count;

	TRY(wire_decode_get_payment(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(payment_get(call->tx, &desk, ask.payment, &payment));
	TRY(payment_allocations(call->tx, &desk, payment.id, &allocations, &count));
	struct payment_view view = payment_view_of(call->arena, &desk, &payment);

	wire_encode_get_payment(call, &view, allocation_views_of(call->arena, &desk, allocations, count), count);
	return OK;
}

struct err list_allocations(struct rpc_call *call)
{
	struct page_ask ask;
	struct desk desk;
	struct allocation_record *allocations;
	size_t count;

	TRY(wire_decode_list_allocations(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(allocations_page(call->tx, &desk, ask.state, ask.invoice_number, &(struct page){ ask.size, ask.after },
			     &allocations, &count));
	struct allocation_view *views = allocation_views_of(call->arena, &desk, allocations, count);
	const char *next = "";

	if (count == (size_t)ask.size)
		next = arena_format(call->arena, "%s/%s", id_text(call->arena, allocations[count - 1].payment),
				    id_text(call->arena, allocations[count - 1].id));
	wire_encode_list_allocations(call, views, count, next);
	return OK;
}

/* ------------------------------------------------------------------ what people decide */

struct err confirm_allocation(struct rpc_call *call)
{
	struct cash_ask ask;
	struct desk desk;
	struct applied applied;

	TRY(wire_decode_confirm_allocation(call, &ask));
	TRY(desk_open_for(call, ask.creditor, &desk));
	TRY(suggestion_confirm(call->tx, &desk, ask.payment, ask.invoice_number, ask.alternative, &applied));
	struct payment_view payment = payment_view_of(call->arena, &desk, &applied.payment);

	wire_encode_confirm_allocation(call, &payment,
				       allocation_views_of(call->arena, &desk, applied.allocations, applied.count),
				       applied.count);
	return OK;
}

struct err apply_cash(struct rpc_call *call)
{
	struct apply_ask ask;
	struct desk desk;
	struct applied applied;

	TRY(wire_decode_apply_cash(call, &ask));
	TRY(desk_open_for(call, ask.creditor, &desk));
	TRY(cash_put(call->tx, &desk, ask.payment, ask.shares, ask.count, &applied));
	struct payment_view payment = payment_view_of(call->arena, &desk, &applied.payment);

	wire_encode_apply_cash(call, &payment,
			       allocation_views_of(call->arena, &desk, applied.allocations, applied.count),
			       applied.count);
	return OK;
}

/* ------------------------------------------------------------------ invariants */

struct err verify(struct rpc_call *call)
{
	const char *creditor;
	struct desk desk;
	struct check_row checks[CHECKS_MAX];
	struct check_view views[CHECKS_MAX];
	size_t count;

	TRY(wire_decode_verify(call, &creditor));
	TRY(desk_open(call->tx, creditor, &desk));
	TRY(checks_run(call->tx, &desk, checks, &count));
	for (size_t i = 0; i < count; i++)
		views[i] = (struct check_view){ checks[i].name, checks[i].detail, checks[i].ok, checks[i].checked };
	wire_encode_verify(call, views, count);
	return OK;
}
