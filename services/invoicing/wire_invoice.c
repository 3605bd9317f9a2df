#include "common/base/payment_link.h"
#include "common/base/text.h"
#include "invoicing/wire_pb.h"

_Static_assert((int)RELANCE__INVOICING__V1__INVOICE_STATE__INVOICE_STATE_CANCELLED == (int)INVOICE_CANCELLED + 1,
	       "shifted by one");

/* ------------------------------------------------------------------ issuing */

static struct err line_read(const PB(InvoiceLine) * from, struct invoice_line *to)
{
	struct invoice_line line = { .description = from->description, .unit = from->unit };

	TRY(wire_decimal_read(from->quantity, "lines.quantity", "1", &line.quantity));
	TRY(wire_decimal_read(from->unit_price, "lines.unit_price", "", &line.unit_price));
	TRY(wire_decimal_read(from->vat_rate, "lines.vat_rate", "", &line.vat_rate));
	*to = line;
	return OK;
}

struct err wire_decode_issue_invoice(const struct rpc_call *call, struct invoice_ask *ask)
{
	const PB(IssueInvoiceRequest) *request = (const void *)call->request;
	struct invoice_ask found = {
		.creditor = request->creditor,
		.customer_number = request->customer_number,
		.order_reference = request->order_reference,
		.note = request->note,
		.terms_given = request->terms != NULL,
	};

	TRY(wire_currency_read(request->currency, "currency", &found.currency));
	TRY(wire_date_read(request->issued_on, "issued_on", &found.issued_on));
	TRY(wire_date_read(request->supplied_on, "supplied_on", &found.supplied_on));
	if (request->n_lines > INVOICE_LINES_MAX)
		return ERR(ERR_INVALID, "invoice.lines", "lines", "an invoice has 1 to 1,000 lines");
	found.lines = arena_array(call->arena, request->n_lines, sizeof *found.lines);
	for (; found.line_count < request->n_lines; found.line_count++)
		TRY(line_read(request->lines[found.line_count], &found.lines[found.line_count]));
	if (found.terms_given)
		TRY(wire_terms_read(request->terms, &found.asked));
	*ask = found;
	return OK;
}

static PB(Invoice) * invoice_encode(struct arena *arena, const struct receivable *from, struct date today)
{
	PB(Invoice) *to = PB_NEW(arena, invoice);

	to->id = wire_id(arena, from->id);
	to->number = wire_text(arena, from->number);
	to->customer_number = wire_text(arena, from->customer_number);
	to->customer_name = wire_text(arena, from->customer_name);
	to->currency = wire_currency(arena, from->currency);
	to->issued_on = wire_date(arena, from->issued_on);
	to->due_on = wire_date(arena, from->due_on);
	to->amount_minor = from->amount_minor;
	to->open_minor = from->open_minor;
	to->state = (PB(InvoiceState))(invoice_state_of(from->open_minor, from->cancelled) + 1);
	to->disputed = from->disputed;
	to->dispute_reason = wire_text(arena, from->dispute_reason);
	to->dispute_owner = wire_text(arena, from->dispute_owner);
	to->disputed_minor = receivable_disputed_minor(from);
	to->settled_on = wire_date(arena, from->settled_on);
	to->creditor_ref = wire_text(arena, from->creditor_ref);
	to->order_reference = wire_text(arena, from->order_reference);
	to->discount_minor = from->discount_minor;
	to->discount_until = wire_date(arena, from->discount_until);
	to->imported = from->imported;
	to->days_past_due = from->open_minor > 0 ? date_days_between(from->due_on, today) : 0;
	return to;
}

void wire_encode_issue_invoice(struct rpc_call *call, const struct receivable *receivable, struct date today)
{
	PB(IssueInvoiceResponse) *reply = PB_REPLY(call, issue_invoice_response);

	reply->invoice = invoice_encode(call->arena, receivable, today);
}

/* ------------------------------------------------------------------ showing */

void wire_decode_get_invoice(const struct rpc_call *call, struct ask *ask)
{
	const PB(GetInvoiceRequest) *request = (const void *)call->request;

	*ask = (struct ask){ request->creditor, request->number };
}

static PB(InvoiceLine) * line_encode(struct arena *arena, const struct invoice_line *from)
{
	PB(InvoiceLine) *to = PB_NEW(arena, invoice_line);

	to->description = wire_text(arena, from->description);
	to->quantity = wire_decimal(arena, from->quantity);
	to->unit = wire_text(arena, from->unit);
	to->unit_price = wire_decimal(arena, from->unit_price);
	to->vat_rate = wire_decimal(arena, from->vat_rate);
	to->net_minor = from->net_minor;
	return to;
}

static PB(VatAmount) * vat_encode(struct arena *arena, const struct vat_amount *from)
{
	PB(VatAmount) *to = PB_NEW(arena, vat_amount);

	to->rate = wire_decimal(arena, from->rate);
	to->net_minor = from->net_minor;
	to->vat_minor = from->vat_minor;
	return to;
}

static PB(InvoiceEntry) * entry_encode(struct arena *arena, const struct receivable_entry *from)
{
	PB(InvoiceEntry) *to = PB_NEW(arena, invoice_entry);

	to->booked_on = wire_date(arena, from->booked_on);
	to->kind = wire_text(arena, from->kind);
	to->amount_minor = from->amount_minor;
	return to;
}

static void document_encode(struct arena *arena, const struct invoice *from, PB(GetInvoiceResponse) * to)
{
	to->lines = arena_array(arena, from->line_count, sizeof *to->lines);
	for (size_t i = 0; i < from->line_count; i++)
		to->lines[to->n_lines++] = line_encode(arena, &from->lines[i]);
	to->vat = arena_array(arena, from->vat_count, sizeof *to->vat);
	for (size_t i = 0; i < from->vat_count; i++)
		to->vat[to->n_vat++] = vat_encode(arena, &from->vat[i]);
	to->note = wire_text(arena, from->note);
	to->supplied_on = wire_date(arena, from->supplied_on);
	to->late_terms = PB_NEW(arena, late_terms);
	to->late_terms->interest_rule = wire_interest_rule(from->late.rule);
	to->late_terms->interest_rate = wire_decimal(arena, from->late.rate);
	to->late_terms->compensation_minor = from->late.compensation_minor;
}

static char *payment_link_encode(struct arena *arena, const struct receivable *receivable,
				 const struct stationery *stationery)
{
	struct payment_link facts = { .number = receivable->number,
				      .reference = receivable->creditor_ref,
				      .customer = receivable->customer_number,
				      .amount_minor = receivable->open_minor,
				      .currency = receivable->currency };

	return wire_text(arena, payment_link_make(arena, stationery->payment_link, &facts));
}

void wire_encode_get_invoice(struct rpc_call *call, const struct receivable_detail *detail,
			     const struct stationery *stationery, struct date today)
{
	PB(GetInvoiceResponse) *reply = PB_REPLY(call, get_invoice_response);

	reply->invoice = invoice_encode(call->arena, &detail->head, today);
	reply->invoice->payment_link = payment_link_encode(call->arena, &detail->head, stationery);
	reply->iban = wire_text(call->arena, stationery->iban);
	if (!detail->head.imported)
		document_encode(call->arena, &detail->invoice, reply);
	reply->entries = arena_array(call->arena, detail->entry_count, sizeof *reply->entries);
	for (size_t i = 0; i < detail->entry_count; i++)
		reply->entries[reply->n_entries++] = entry_encode(call->arena, &detail->entries[i]);
	reply->credit_note_number = wire_text(call->arena, detail->credit_note_number);
}

struct err wire_decode_list_invoices(const struct rpc_call *call, struct list_ask *ask)
{
	const PB(ListInvoicesRequest) *request = (const void *)call->request;
	struct list_ask found = {
		.creditor = request->creditor,
		.filter = { .customer_number = request->customer_number,
			    .state = (int)request->state - 1,
			    .overdue = request->overdue,
			    .after = request->page_token },
	};

	if (found.filter.state < -1 || found.filter.state >= INVOICE_STATE_COUNT)
		return ERR(ERR_INVALID, "invoice.state", "state", "there is no such state");
	TRY(wire_page_read(request->page_size, &found.filter.limit));
	*ask = found;
	return OK;
}

void wire_encode_list_invoices(struct rpc_call *call, const struct receivable *receivables, size_t count, bool more,
			       const struct stationery *stationery, struct date today)
{
	PB(ListInvoicesResponse) *reply = PB_REPLY(call, list_invoices_response);

	reply->invoices = arena_array(call->arena, count, sizeof *reply->invoices);
	for (size_t i = 0; i < count; i++) {
		PB(Invoice) *invoice = invoice_encode(call->arena, &receivables[i], today);

		invoice->payment_link = payment_link_encode(call->arena, &receivables[i], stationery);
		reply->invoices[reply->n_invoices++] = invoice;
	}
	reply->next_page_token = wire_text(call->arena, more && count > 0 ? receivables[count - 1].number : "");
}

/* ------------------------------------------------------------------ acts */

void wire_decode_cancel_invoice(const struct rpc_call *call, struct act_ask *ask)
{
	const PB(CancelInvoiceRequest) *request = (const void *)call->request;

	*ask = (struct act_ask){ .creditor = request->creditor, .number = request->number, .reason = request->reason };
}

void wire_encode_cancel_invoice(struct rpc_call *call, const struct receivable *receivable,
				const struct credit_note *note, struct date today)
{
	PB(CancelInvoiceResponse) *reply = PB_REPLY(call, cancel_invoice_response);

	reply->invoice = invoice_encode(call->arena, receivable, today);
	reply->credit_note_number = wire_text(call->arena, note->number);
	reply->released_minor = note->released_minor;
}

void wire_decode_set_dispute(const struct rpc_call *call, struct act_ask *ask)
{
	const PB(SetDisputeRequest) *request = (const void *)call->request;

	*ask = (struct act_ask){ .creditor = request->creditor,
				 .number = request->number,
				 .reason = request->reason,
				 .disputed = request->disputed,
				 .amount_minor = request->amount_minor,
				 .owner = request->owner };
}

void wire_encode_set_dispute(struct rpc_call *call, const struct receivable *receivable, struct date today)
{
	PB(SetDisputeResponse) *reply = PB_REPLY(call, set_dispute_response);

	reply->invoice = invoice_encode(call->arena, receivable, today);
}

/* ------------------------------------------------------------------ late charges */

struct err wire_decode_quote(const struct rpc_call *call, struct quote_ask *ask)
{
	const PB(QuoteLateChargesRequest) *request = (const void *)call->request;
	struct quote_ask found = {
		.creditor = request->creditor,
		.customer_number = request->customer_number,
		.numbers = (const char *const *)request->invoice_numbers,
		.number_count = request->n_invoice_numbers,
	};

	if (text_empty(found.customer_number) == (found.number_count == 0))
		return ERR(ERR_INVALID, "quote.subject", "customer_number", "name either a customer or invoices");
	if (found.number_count > QUOTE_INVOICES_MAX)
		return ERR(ERR_INVALID, "quote.subject", "invoice_numbers", "name at most 1,000 invoices");
	TRY(wire_date_read(request->on, "on", &found.on));
	*ask = found;
	return OK;
}

static PB(InterestPeriod) * period_encode(struct arena *arena, const struct interest_period *from)
{
	PB(InterestPeriod) *to = PB_NEW(arena, interest_period);

	to->from = wire_date(arena, from->from);
	to->to = wire_date(arena, from->to);
	to->days = from->days;
	to->rate = wire_decimal(arena, from->rate);
	to->interest_minor = from->interest_minor;
	return to;
}

static PB(LateCharges) * charges_encode(struct arena *arena, const struct late_receivable *from)
{
	PB(LateCharges) *to = PB_NEW(arena, late_charges);

	to->invoice_number = wire_text(arena, from->head.number);
	to->currency = wire_currency(arena, from->head.currency);
	to->due_on = wire_date(arena, from->head.due_on);
	to->days_past_due = from->charges.days_past_due;
	to->open_minor = from->head.open_minor;
	to->periods = arena_array(arena, from->charges.period_count, sizeof *to->periods);
	for (size_t i = 0; i < from->charges.period_count; i++)
		to->periods[to->n_periods++] = period_encode(arena, &from->charges.periods[i]);
	to->interest_minor = from->charges.interest_minor;
	to->compensation_minor = from->charges.compensation_minor;
	return to;
}

void wire_encode_quote(struct rpc_call *call, const struct late_receivable *late, size_t count)
{
	PB(QuoteLateChargesResponse) *reply = PB_REPLY(call, quote_late_charges_response);

	reply->charges = arena_array(call->arena, count, sizeof *reply->charges);
	for (size_t i = 0; i < count; i++)
		reply->charges[reply->n_charges++] = charges_encode(call->arena, &late[i]);
}
