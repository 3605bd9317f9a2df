#include "common/base/reference.h"
#include "common/base/text.h"
#include "common/io/random.h"
#include "invoicing/domain/fields.h"
#include "invoicing/handlers.h"
#include "invoicing/store_document.h"

/* ------------------------------------------------------------------ issuing */

/* What the request leaves open comes from the customer's terms and the creditor. */
static struct err invoice_draft(struct rpc_call *call, const struct desk *desk, const struct invoice_ask *ask,
				struct invoice *invoice)
{
	struct customer customer;
	struct payment_terms terms;
	struct invoice draft = {
		.id = id_fresh(),
		.posting = id_fresh(),
		.currency = currency_known(ask->currency) ? ask->currency : desk->creditor.currency,
		.issued_on = date_known(ask->issued_on) ? ask->issued_on : desk->today,
		.order_reference = ask->order_reference,
		.supplied_on = ask->supplied_on,
		.note = ask->note,
		.lines = ask->lines,
		.line_count = ask->line_count,
	};

	TRY(customer_get(call->tx, desk, ask->customer_number, &customer));
	draft.customer = customer.id;
	draft.customer_number = customer.number;
	TRY(field_text("order_reference", ask->order_reference, NUMBER_BYTES_MAX));
	TRY(field_text("note", ask->note, NOTE_BYTES_MAX));
	TRY(invoice_date_check(draft.issued_on, desk->today));
	if (ask->terms_given)
		TRY(terms_settle(desk, draft.currency, &ask->asked, &terms));
	else
		TRY(terms_get(call->tx, desk, customer.id, &terms));
	terms.late = late_terms_for(terms.late, customer.segment == SEGMENT_CONSUMER);
	TRY(invoice_total(&draft));
	invoice_apply_terms(&draft, &terms);
	*invoice = draft;
	return OK;
}

/* Gives the number, under the counter's lock, and with it the reference that the customer pays by. */
static struct err invoice_number(struct rpc_call *call, const struct desk *desk, struct invoice *invoice)
{
	char *reference = arena_alloc(call->arena, REFERENCE_RF_BYTES);

	TRY(number_next(call->tx, desk, SERIES_INVOICE, invoice->issued_on, &invoice->year, &invoice->sequence));
	invoice->number = document_number(call->arena, desk->creditor.invoice_prefix, invoice->year,
					  desk->creditor.number_width, invoice->sequence);
	invoice->creditor_ref = reference_rf_make(invoice->number, reference);
	return OK;
}

struct err issue_invoice(struct rpc_call *call)
{
	struct invoice_ask ask;
	struct desk desk;
	struct invoice invoice;
	struct receivable receivable;

	TRY(wire_decode_issue_invoice(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(invoice_draft(call, &desk, &ask, &invoice));
	TRY(invoice_number(call, &desk, &invoice));
	TRY(invoice_insert(call->tx, &desk, &invoice));
	TRY(document_want(call->tx, &desk, invoice.id, invoice.number, invoice.number));
	TRY(receivable_get(call->tx, &desk, invoice.number, &receivable));
	TRY(publish(call, &desk, "relance.invoice.issued.v1", invoice.number,
		    wire_invoice_issued(call->arena, desk.creditor.code, &invoice)));
	wire_encode_issue_invoice(call, &receivable, desk.today);
	return OK;
}

/* ------------------------------------------------------------------ showing */

struct err get_invoice(struct rpc_call *call)
{
	struct ask ask;
	struct desk desk;
	struct receivable_detail detail;
	struct stationery stationery;

	wire_decode_get_invoice(call, &ask);
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(receivable_detail_get(call->tx, &desk, ask.number, &detail));
	TRY(stationery_get(call->tx, &desk, &stationery));
	wire_encode_get_invoice(call, &detail, &stationery, desk.today);
	return OK;
}

struct err list_invoices(struct rpc_call *call)
{
	struct list_ask ask;
	struct desk desk;
	struct receivable *receivables;
	struct stationery stationery;
	size_t count;

	TRY(wire_decode_list_invoices(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(receivables_page(call->tx, &desk, &ask.filter, &receivables, &count));
	TRY(stationery_get(call->tx, &desk, &stationery));
	wire_encode_list_invoices(call, receivables, count, count == (size_t)ask.filter.limit, &stationery, desk.today);
	return OK;
}

/* ------------------------------------------------------------------ acts */

/* The credit note and its posting, from what is open and what was taken off so far. */
static struct err credit_note_draft(struct rpc_call *call, const struct desk *desk,
				    const struct receivable_detail *detail, const char *reason,
				    struct posting_batch *batch, struct credit_note *note)
{
	struct relief *reliefs;
	size_t count;
	struct credit_note draft = {
		.id = id_fresh(), .posting = id_fresh(), .reason = reason, .issued_on = desk->today
	};

	TRY(field_required("reason", reason, NOTE_BYTES_MAX));
	TRY(reliefs_list(call->tx, desk, detail->head.id, &reliefs, &count));
	TRY(invoice_cancel(batch, &detail->invoice, detail->head.open_minor, reliefs, count, &draft));
	TRY(number_next(call->tx, desk, SERIES_CREDIT_NOTE, draft.issued_on, &draft.year, &draft.sequence));
	draft.number = document_number(call->arena, desk->creditor.credit_note_prefix, draft.year,
				       desk->creditor.number_width, draft.sequence);
	*note = draft;
	return OK;
}

struct err cancel_invoice(struct rpc_call *call)
{
	struct act_ask ask;
	struct desk desk;
	struct receivable_detail detail;
	struct credit_note note;
	struct posting_batch batch = posting_batch_make(call->arena);
	enum invoice_state state;

	wire_decode_cancel_invoice(call, &ask);
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(receivable_detail_get(call->tx, &desk, ask.number, &detail));
	TRY(invoice_move(invoice_state_of(detail.head.open_minor, detail.head.cancelled), INVOICE_CANCEL, &state));
	if (detail.head.imported)
		return ERR(ERR_CONFLICT, "invoice.not_issued_here", "number",
			   "the invoice was taken over from another system: cancel it there");
	TRY(credit_note_draft(call, &desk, &detail, ask.reason, &batch, &note));
	TRY(credit_note_insert(call->tx, &desk, &detail.invoice, &note, &batch));
	TRY(document_want(call->tx, &desk, note.id, note.number, detail.head.number));
	TRY(receivable_get(call->tx, &desk, ask.number, &detail.head));
	TRY(publish(call, &desk, "relance.invoice.cancelled.v1", ask.number,
		    wire_invoice_cancelled(call->arena, desk.creditor.code, &detail.invoice, &note)));
	wire_encode_cancel_invoice(call, &detail.head, &note, desk.today);
	return OK;
}

struct err set_dispute(struct rpc_call *call)
{
	struct act_ask ask;
	struct desk desk;
	struct receivable receivable;
	enum invoice_state state;

	wire_decode_set_dispute(call, &ask);
	TRY(desk_open(call->tx, ask.creditor, &desk));
	TRY(receivable_get(call->tx, &desk, ask.number, &receivable));
	TRY(invoice_move(invoice_state_of(receivable.open_minor, receivable.cancelled),
			 ask.disputed ? INVOICE_DISPUTE : INVOICE_UNDISPUTE, &state));
	if (ask.disputed)
		TRY(field_required("reason", ask.reason, NOTE_BYTES_MAX));
	if (ask.amount_minor < 0 || ask.amount_minor > receivable.open_minor)
		return ERR(ERR_INVALID, "dispute.amount", "amount_minor",
			   "no more than what is open can be in dispute");

	struct dispute dispute = { ask.disputed, ask.amount_minor, ask.reason, ask.owner };

	if (dispute.amount_minor == receivable.open_minor)
		dispute.amount_minor = 0;
	TRY(dispute_save(call->tx, &desk, receivable.id, &dispute));
	TRY(receivable_get(call->tx, &desk, ask.number, &receivable));
	TRY(publish(call, &desk, "relance.invoice.disputed.v1", ask.number,
		    wire_invoice_disputed(call->arena, desk.creditor.code, &receivable)));
	wire_encode_set_dispute(call, &receivable, desk.today);
	return OK;
}

/* ------------------------------------------------------------------ late charges */

struct err quote_late_charges(struct rpc_call *call)
{
	struct quote_ask ask;
	struct desk desk;
	struct late_receivable *late;
	size_t count;

	TRY(wire_decode_quote(call, &ask));
	TRY(desk_open(call->tx, ask.creditor, &desk));
	if (!date_known(ask.on))
		ask.on = desk.today;
	TRY(late_receivables(call->tx, &desk, ask.customer_number, ask.numbers, ask.number_count, ask.on, &late,
			     &count));
	for (size_t i = 0; i < count; i++)
		TRY(late_charges_quote(&late[i].terms, late[i].head.due_on, ask.on, late[i].head.open_minor,
				       &late[i].charges));
	wire_encode_quote(call, late, count);
	return OK;
}
