#include "payments/wire.h"

#include <string.h>

#include "common/base/text.h"
#include "payments/wire_parts.h"

#define PART_BYTES_MAX ((size_t)1024 * 1024)
#define FILE_NAME_BYTES_MAX 255
#define SHA256_DIGITS 64
#define REASON_BYTES_MAX 500 /* as payments.file_acceptance */

const ProtobufCServiceDescriptor *const PAYMENTS_SERVICE = &relance__payments__v1__payments_service__descriptor;

/* ------------------------------------------------------------------ requests */

struct err wire_decode_upload_file_part(const struct rpc_call *call, struct part_ask *ask)
{
	const Relance__Payments__V1__UploadFilePartRequest *request = (const void *)call->request;
	struct part_ask found = { .creditor = request->creditor,
				  .at_byte = request->offset,
				  .bytes = request->content.data,
				  .length = request->content.len };

	TRY(id_parse(request->file_id, &found.file));
	if (found.length == 0 || found.length > PART_BYTES_MAX)
		return ERR(ERR_INVALID, "file.part_size", "content", "a part has 1 byte to 1 MiB");
	if (found.at_byte < 0)
		return ERR(ERR_INVALID, "file.offset", "offset", "a part begins at byte 0 or later");
	if (request->encoding == RELANCE__PAYMENTS__V1__PART_ENCODING__PART_ENCODING_LZ4_BLOCK) {
		if (request->plain_bytes < 1 || request->plain_bytes > (int64_t)PART_BYTES_MAX)
			return ERR(ERR_INVALID, "file.part_size", "plain_bytes", "a part has 1 byte to 1 MiB");
		found.plain_length = (size_t)request->plain_bytes;
	} else if (request->encoding != RELANCE__PAYMENTS__V1__PART_ENCODING__PART_ENCODING_UNSPECIFIED)
		return ERR(ERR_INVALID, "file.part_encoding", "encoding", "there is no such encoding of parts");
	*ask = found;
	return OK;
}

struct err wire_decode_import_file(const struct rpc_call *call, struct import_ask *ask)
{
	const Relance__Payments__V1__ImportFileRequest *request = (const void *)call->request;
	struct import_ask found = { .creditor = request->creditor,
				    .name = request->name,
				    .size_bytes = request->size_bytes,
				    .adopt_account = request->adopt_account,
				    .profile = request->profile,
				    .account = request->account };
	char name[FILE_NAME_BYTES_MAX + 1];

	TRY(id_parse(request->file_id, &found.file));
	if (text_empty(request->name) || !text_copy(name, sizeof name, request->name))
		return ERR(ERR_INVALID, "file.name", "name", "a file's name has 1 to 255 bytes");
	if (!text_empty(request->currency))
		TRY(currency_parse(request->currency, &found.currency));
	found.sha256 = text_empty(request->sha256) ? NULL : request->sha256;
	if (found.sha256 &&
	    (strlen(found.sha256) != SHA256_DIGITS || strspn(found.sha256, "0123456789abcdef") != SHA256_DIGITS))
		return ERR(ERR_INVALID, "file.sha256", "sha256", "a SHA-256 has 64 lower case hexadecimal digits");
	*ask = found;
	return OK;
}

struct err wire_decode_accept_file(const struct rpc_call *call, struct accept_ask *ask)
{
	const Relance__Payments__V1__AcceptFileRequest *request = (const void *)call->request;
	struct accept_ask found = { .creditor = request->creditor, .reason = request->reason };

	TRY(id_parse(request->file_id, &found.file));
	if (strspn(found.reason, " \t\r\n") == strlen(found.reason) || strlen(found.reason) > REASON_BYTES_MAX)
		return ERR(ERR_INVALID, "accept.reason", "reason",
			   "say in 1 to 500 characters why the file may be booked");
	*ask = found;
	return OK;
}

struct err wire_decode_list_files(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Payments__V1__ListFilesRequest *request = (const void *)call->request;

	return wire_page_check(request->creditor, request->page_size, request->page_token, ask);
}

struct err wire_decode_list_statements(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Payments__V1__ListStatementsRequest *request = (const void *)call->request;

	return wire_page_check(request->creditor, request->page_size, request->page_token, ask);
}

struct err wire_decode_list_payments(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Payments__V1__ListPaymentsRequest *request = (const void *)call->request;

	TRY(wire_page_check(request->creditor, request->page_size, request->page_token, ask));
	ask->state = wire_payment_state_name((int)request->state);
	if (request->state != 0 && !ask->state)
		return ERR(ERR_INVALID, "payment.state", "state", "there is no such state of payments");
	return OK;
}

struct err wire_decode_get_payment(const struct rpc_call *call, struct cash_ask *ask)
{
	const Relance__Payments__V1__GetPaymentRequest *request = (const void *)call->request;

	TRY(wire_payment_check(request->payment));
	*ask = (struct cash_ask){ .creditor = request->creditor, .payment = request->payment };
	return OK;
}

/* "payment/allocation" */
static struct err allocation_token_check(struct arena *arena, const char *token)
{
	const char *slash = strchr(token, '/');
	struct id id;

	if (!slash)
		return ERR(ERR_INVALID, "page.token", "page_token", "this is no next_page_token of allocations");
	TRY(id_parse(arena_copy_n(arena, token, (size_t)(slash - token)), &id));
	return id_parse(slash + 1, &id);
}

struct err wire_decode_list_allocations(const struct rpc_call *call, struct page_ask *ask)
{
	const Relance__Payments__V1__ListAllocationsRequest *request = (const void *)call->request;

	TRY(wire_page_check(request->creditor, request->page_size, "", ask));
	if (!text_empty(request->page_token))
		TRY(allocation_token_check(call->arena, request->page_token));
	ask->after = request->page_token;
	ask->state = wire_allocation_state_name((int)request->state);
	ask->invoice_number = text_empty(request->invoice_number) ? NULL : request->invoice_number;
	if (request->state != 0 && !ask->state)
		return ERR(ERR_INVALID, "allocation.state", "state", "there is no such state of allocations");
	return OK;
}

struct err wire_decode_confirm_allocation(const struct rpc_call *call, struct cash_ask *ask)
{
	const Relance__Payments__V1__ConfirmAllocationRequest *request = (const void *)call->request;
	struct cash_ask found = { .creditor = request->creditor,
				  .payment = request->payment,
				  .invoice_number = request->invoice_number,
				  .alternative = request->alternative };

	TRY(wire_payment_check(found.payment));
	*ask = found;
	return OK;
}

static struct err share_decode(const char *invoice_number, int64_t amount_minor, int64_t discount_minor,
			       struct cash_share *share)
{
	if (text_empty(invoice_number))
		return ERR(ERR_INVALID, "invoice.missing", "invoice_number", "name the invoice");
	if (amount_minor < 0 || amount_minor > MONEY_MINOR_MAX)
		return ERR(ERR_INVALID, "money.range", "amount_minor", "the amount is 0 (as much as fits) or more");
	if (discount_minor < 0 || discount_minor > MONEY_MINOR_MAX)
		return ERR(ERR_INVALID, "money.range", "discount_minor", "the discount is 0 or more");
	*share = (struct cash_share){ invoice_number, amount_minor, discount_minor };
	return OK;
}

struct err wire_decode_apply_cash(const struct rpc_call *call, struct apply_ask *ask)
{
	const Relance__Payments__V1__ApplyCashRequest *request = (const void *)call->request;
	struct apply_ask found = { .creditor = request->creditor, .payment = request->payment };

	TRY(wire_payment_check(found.payment));
	if (request->n_shares > CASH_SHARES_MAX)
		return ERR(ERR_INVALID, "cash.shares", "shares", "at most 1,000 invoices are paid at once");
	found.shares = arena_array(call->arena, request->n_shares + 1, sizeof *found.shares);
	if (request->n_shares == 0 || !text_empty(request->invoice_number))
		TRY(share_decode(request->invoice_number, request->amount_minor, 0, &found.shares[found.count++]));
	for (size_t i = 0; i < request->n_shares; i++)
		TRY(share_decode(request->shares[i]->invoice_number, request->shares[i]->amount_minor,
				 request->shares[i]->discount_minor, &found.shares[found.count++]));
	*ask = found;
	return OK;
}

struct err wire_decode_verify(const struct rpc_call *call, const char **creditor)
{
	*creditor = ((const Relance__Payments__V1__VerifyRequest *)(const void *)call->request)->creditor;
	return OK;
}

/* ------------------------------------------------------------------ answers */

void wire_encode_upload_file_part(struct rpc_call *call, int64_t stored_bytes)
{
	Relance__Payments__V1__UploadFilePartResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__upload_file_part_response__init(reply);
	reply->stored_bytes = stored_bytes;
	call->reply = &reply->base;
}

static Relance__Payments__V1__PaymentTally *wire_tally(struct arena *arena, const struct tally_view *view)
{
	Relance__Payments__V1__PaymentTally *tally = arena_alloc(arena, sizeof *tally);

	relance__payments__v1__payment_tally__init(tally);
	tally->state = wire_payment_state(view->state);
	tally->currency = wire_text(arena, view->currency.code);
	tally->count = view->count;
	tally->amount_minor = view->amount_minor;
	tally->allocated_minor = view->allocated_minor;
	return tally;
}

static Relance__Payments__V1__PaymentTally **tallies_of(struct arena *arena, const struct tally_view *tallies,
							size_t count)
{
	Relance__Payments__V1__PaymentTally **list = arena_array(arena, count, sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = wire_tally(arena, &tallies[i]);
	return list;
}

void wire_encode_accept_file(struct rpc_call *call, const struct file_view *file, const struct tally_view *tallies,
			     size_t count)
{
	Relance__Payments__V1__AcceptFileResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__accept_file_response__init(reply);
	reply->file = wire_file(call->arena, file);
	reply->tallies = tallies_of(call->arena, tallies, count);
	reply->n_tallies = count;
	call->reply = &reply->base;
}

void wire_encode_import_file(struct rpc_call *call, const struct file_view *file, bool already_imported,
			     const struct tally_view *tallies, size_t count, const struct statement_view *statements,
			     size_t statement_count)
{
	Relance__Payments__V1__ImportFileResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__import_file_response__init(reply);
	reply->file = wire_file(call->arena, file);
	reply->already_imported = already_imported;
	reply->tallies = tallies_of(call->arena, tallies, count);
	reply->n_tallies = count;
	reply->statements = arena_array(call->arena, statement_count, sizeof *reply->statements);
	reply->n_statements = statement_count;
	for (size_t i = 0; i < statement_count; i++)
		reply->statements[i] = wire_statement(call->arena, &statements[i]);
	call->reply = &reply->base;
}

void wire_encode_list_files(struct rpc_call *call, const struct file_view *files, size_t count, const char *next)
{
	Relance__Payments__V1__ListFilesResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_files_response__init(reply);
	reply->files = arena_array(call->arena, count, sizeof *reply->files);
	reply->n_files = count;
	for (size_t i = 0; i < count; i++)
		reply->files[i] = wire_file(call->arena, &files[i]);
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

void wire_encode_list_statements(struct rpc_call *call, const struct statement_view *statements, size_t count,
				 const char *next)
{
	Relance__Payments__V1__ListStatementsResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_statements_response__init(reply);
	reply->statements = arena_array(call->arena, count, sizeof *reply->statements);
	reply->n_statements = count;
	for (size_t i = 0; i < count; i++)
		reply->statements[i] = wire_statement(call->arena, &statements[i]);
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

void wire_encode_list_payments(struct rpc_call *call, const struct payment_view *payments, size_t count,
			       const char *next)
{
	Relance__Payments__V1__ListPaymentsResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_payments_response__init(reply);
	reply->payments = arena_array(call->arena, count, sizeof *reply->payments);
	reply->n_payments = count;
	for (size_t i = 0; i < count; i++)
		reply->payments[i] = wire_payment(call->arena, &payments[i]);
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

void wire_encode_list_allocations(struct rpc_call *call, const struct allocation_view *allocations, size_t count,
				  const char *next)
{
	Relance__Payments__V1__ListAllocationsResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__list_allocations_response__init(reply);
	reply->allocations = wire_allocations(call->arena, allocations, count);
	reply->n_allocations = count;
	reply->next_page_token = wire_text(call->arena, next);
	call->reply = &reply->base;
}

void wire_encode_get_payment(struct rpc_call *call, const struct payment_view *payment,
			     const struct allocation_view *allocations, size_t count)
{
	Relance__Payments__V1__GetPaymentResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__get_payment_response__init(reply);
	reply->payment = wire_payment(call->arena, payment);
	reply->allocations = wire_allocations(call->arena, allocations, count);
	reply->n_allocations = count;
	call->reply = &reply->base;
}

void wire_encode_confirm_allocation(struct rpc_call *call, const struct payment_view *payment,
				    const struct allocation_view *allocations, size_t count)
{
	Relance__Payments__V1__ConfirmAllocationResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__confirm_allocation_response__init(reply);
	reply->payment = wire_payment(call->arena, payment);
	reply->allocations = wire_allocations(call->arena, allocations, count);
	reply->n_allocations = count;
	call->reply = &reply->base;
}

void wire_encode_apply_cash(struct rpc_call *call, const struct payment_view *payment,
			    const struct allocation_view *allocations, size_t count)
{
	Relance__Payments__V1__ApplyCashResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__apply_cash_response__init(reply);
	reply->payment = wire_payment(call->arena, payment);
	reply->allocations = wire_allocations(call->arena, allocations, count);
	reply->n_allocations = count;
	reply->allocation = reply->allocations[0];
	call->reply = &reply->base;
}

void wire_encode_verify(struct rpc_call *call, const struct check_view *checks, size_t count)
{
	Relance__Payments__V1__VerifyResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__verify_response__init(reply);
	reply->checks = arena_array(call->arena, count, sizeof *reply->checks);
	reply->n_checks = count;
	for (size_t i = 0; i < count; i++)
		reply->checks[i] =
			wire_check(call->arena, checks[i].name, checks[i].ok, checks[i].checked, checks[i].detail);
	call->reply = &reply->base;
}
