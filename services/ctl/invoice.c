/* relancectl invoice: shows, lists, issues, prints, cancels and disputes invoices. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/money.h"
#include "common/base/text.h"
#include "ctl/invoice_json.h"
#include "ctl/invoicing.h"

static int cmd_invoice_show(struct ctl *ctl, int argc, char **argv);
static int cmd_invoice_list(struct ctl *ctl, int argc, char **argv);
static int cmd_invoice_issue(struct ctl *ctl, int argc, char **argv);
static int cmd_invoice_pdf(struct ctl *ctl, int argc, char **argv);
static int cmd_invoice_cancel(struct ctl *ctl, int argc, char **argv);
static int cmd_invoice_dispute(struct ctl *ctl, int argc, char **argv);
static int cmd_invoice_charges(struct ctl *ctl, int argc, char **argv);

const struct ctl_command INVOICE_COMMANDS[] = {
	{ "invoice", "show", "NUMBER", "an invoice with its lines and what was booked on it", cmd_invoice_show },
	{ "invoice", "list", "[--customer NUMBER] [--state open|settled|cancelled] [--overdue]", "invoices by number",
	  cmd_invoice_list },
	{ "invoice", "issue", "FILE.json [--pdf FILE]",
	  "issues the invoice of a file (IssueInvoiceRequest as JSON); its PDF into a file", cmd_invoice_issue },
	{ "invoice", "pdf", "NUMBER --out FILE",
	  "the PDF of an invoice or credit note, always the same; of an imported item a statement (- is stdout)",
	  cmd_invoice_pdf },
	{ "invoice", "cancel", "NUMBER --reason TEXT", "cancels an invoice by a credit note", cmd_invoice_cancel },
	{ "invoice", "dispute", "NUMBER --reason TEXT [--amount AMOUNT] [--owner NAME] | --over",
	  "marks an invoice, or a part of it, as disputed, or no more", cmd_invoice_dispute },
	{ "invoice", "charges", "NUMBER… [--on DATE]", "late interest and compensation of overdue invoices",
	  cmd_invoice_charges },
	{ 0 },
};

#define INVOICE_FILE_BYTES_MAX ((size_t)1024 * 1024)

static const char *const STATES[] = { "", "open", "settled", "cancelled" };
#define STATE_COUNT (sizeof STATES / sizeof STATES[0])

/* ------------------------------------------------------------------ tables */

struct table *invoice_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "number", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "customer_name", TABLE_TEXT);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "issued_on", TABLE_DATE);
	table_column(table, "due_on", TABLE_DATE);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "open_minor", TABLE_MONEY);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "days_past_due", TABLE_INT);
	table_column(table, "disputed", TABLE_BOOL);
	table_column_hidden(table, "disputed_minor", TABLE_MONEY);
	table_column_hidden(table, "dispute_owner", TABLE_TEXT);
	table_column(table, "settled_on", TABLE_DATE);
	table_column_hidden(table, "creditor_ref", TABLE_TEXT);
	table_column_hidden(table, "order_reference", TABLE_TEXT);
	table_column_hidden(table, "discount_minor", TABLE_MONEY);
	table_column_hidden(table, "discount_until", TABLE_DATE);
	table_column_hidden(table, "imported", TABLE_BOOL);
	table_column_hidden(table, "payment_link", TABLE_TEXT);
	return table;
}

void invoice_table_row(struct table *table, const PB(Invoice) * invoice)
{
	table_row(table);
	table_cell_text(table, invoice->number);
	table_cell_text(table, invoice->customer_number);
	table_cell_text(table, invoice->customer_name);
	table_cell_text(table, invoice->currency);
	table_cell_text(table, invoice->issued_on);
	table_cell_text(table, invoice->due_on);
	table_cell_money(table, invoice->amount_minor, invoice->currency);
	table_cell_money(table, invoice->open_minor, invoice->currency);
	table_cell_text(table, STATES[invoice->state]);
	table_cell_int(table, invoice->days_past_due);
	table_cell_bool(table, invoice->disputed);
	table_cell_money(table, invoice->disputed_minor, invoice->currency);
	table_cell_text(table, or_null(invoice->dispute_owner));
	table_cell_text(table, or_null(invoice->settled_on));
	table_cell_text(table, or_null(invoice->creditor_ref));
	table_cell_text(table, or_null(invoice->order_reference));
	table_cell_money(table, invoice->discount_minor, invoice->currency);
	table_cell_text(table, or_null(invoice->discount_until));
	table_cell_bool(table, invoice->imported);
	table_cell_text(table, or_null(invoice->payment_link));
}

static int invoice_print(struct ctl *ctl, const PB(Invoice) * invoice)
{
	struct table *table = invoice_table(ctl);

	table_as_record(table);
	invoice_table_row(table, invoice);
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ show and list */

static int invoice_tell(struct ctl *ctl, const PB(GetInvoiceResponse) * reply)
{
	struct table *entries = table_new(ctl->arena);
	int exit = invoice_print(ctl, reply->invoice);

	if (exit != CTL_DONE || ctl->format != TABLE_FORMAT_PEOPLE)
		return exit;
	for (size_t i = 0; i < reply->n_lines; i++)
		ctl_note(ctl, "line: %s %s %s at %s, VAT %s %%", reply->lines[i]->quantity, reply->lines[i]->unit,
			 reply->lines[i]->description, reply->lines[i]->unit_price, reply->lines[i]->vat_rate);
	if (!text_empty(reply->note))
		ctl_note(ctl, "note: %s", reply->note);
	if (!text_empty(reply->invoice->creditor_ref))
		ctl_note(ctl, "reference: %s", reply->invoice->creditor_ref);
	if (!text_empty(reply->iban))
		ctl_note(ctl, "to pay to: %s", reply->iban);
	if (!text_empty(reply->invoice->payment_link))
		ctl_note(ctl, "payment link: %s", reply->invoice->payment_link);
	if (!text_empty(reply->credit_note_number))
		ctl_note(ctl, "cancelled by credit note %s", reply->credit_note_number);
	table_column(entries, "booked_on", TABLE_DATE);
	table_column(entries, "kind", TABLE_TEXT);
	table_column(entries, "amount_minor", TABLE_MONEY);
	for (size_t i = 0; i < reply->n_entries; i++) {
		table_row(entries);
		table_cell_text(entries, reply->entries[i]->booked_on);
		table_cell_text(entries, reply->entries[i]->kind);
		table_cell_money(entries, reply->entries[i]->amount_minor, reply->invoice->currency);
	}
	return ctl_table(ctl, entries);
}

static int cmd_invoice_show(struct ctl *ctl, int argc, char **argv)
{
	PB(GetInvoiceRequest) request;
	PB(GetInvoiceResponse) * reply;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	PB_INIT(get_invoice_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.number = argv[0];
	if (err_ok(err))
		err = CALL(ctl, "GetInvoice", get_invoice, &request, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	if (ctl->format == TABLE_FORMAT_JSON)
		return ctl_json(ctl, invoice_to_json(reply, STATES[reply->invoice->state]));
	return invoice_tell(ctl, reply);
}

static struct err state_read(struct ctl *ctl, const char *text, PB(InvoiceState) * state)
{
	size_t i = 0;

	while (i < STATE_COUNT && !text_equal(STATES[i], text))
		i++;
	if (i == STATE_COUNT)
		return ctl_usage(ctl, "--state is open, settled or cancelled, not '%s'", text);
	*state = (PB(InvoiceState))i;
	return OK;
}

static struct err list_options(struct ctl *ctl, int *argc, char **argv, PB(ListInvoicesRequest) * request)
{
	const char *customer = "", *state = "";
	bool overdue = false;
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--customer", &customer),
		CTL_OPTION_TEXT("--state", &state),
		CTL_OPTION_FLAG("--overdue", &overdue),
	};

	TRY(ctl_options(ctl, options, sizeof options / sizeof options[0], argc, argv, 0, 0));
	TRY(state_read(ctl, state, &request->state));
	request->creditor = (char *)ctl->creditor;
	request->customer_number = (char *)customer;
	request->overdue = overdue;
	request->page_size = PAGE_ROWS;
	return OK;
}

static int cmd_invoice_list(struct ctl *ctl, int argc, char **argv)
{
	PB(ListInvoicesRequest) request;
	PB(ListInvoicesResponse) * reply;
	struct table *table = invoice_table(ctl);

	PB_INIT(list_invoices_request)(&request);
	struct err err = list_options(ctl, &argc, argv, &request);

	while (err_ok(err)) {
		err = CALL(ctl, "ListInvoices", list_invoices, &request, &reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_invoices; i++)
			invoice_table_row(table, reply->invoices[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ acts */

static struct err issue_file(struct ctl *ctl, const char *file, PB(IssueInvoiceResponse) * *reply)
{
	PB(IssueInvoiceRequest) * request;
	char *bytes;
	size_t length;

	TRY(ctl_read_file(ctl, file, INVOICE_FILE_BYTES_MAX, &bytes, &length));
	TRY(invoice_from_json(ctl, bytes, length, &request));
	if (text_empty(request->creditor))
		request->creditor = (char *)ctl->creditor;
	ctl->creditor = request->creditor; /* whose PDF is asked for next */
	return CALL(ctl, "IssueInvoice", issue_invoice, request, reply);
}

static struct err pdf_write(const char *path, const ProtobufCBinaryData *pdf)
{
	bool standard = text_equal(path, "-");
	FILE *file = standard ? stdout : fopen(path, "wb");
	bool written = file && fwrite(pdf->data, 1, pdf->len, file) == pdf->len && fflush(file) == 0;

	if (file && !standard)
		written = fclose(file) == 0 && written;
	return written ? OK : ERR(ERR_DENIED, "file.unwritable", path, strerror(errno));
}

static struct err pdf_save(struct ctl *ctl, const char *number, const char *path, PB(RenderInvoiceResponse) * *reply)
{
	PB(RenderInvoiceRequest) request;

	PB_INIT(render_invoice_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.number = (char *)number;
	TRY(CALL(ctl, "RenderInvoice", render_invoice, &request, reply));
	CHECK(*reply != NULL);
	return pdf_write(path, &(*reply)->pdf);
}

static int cmd_invoice_pdf(struct ctl *ctl, int argc, char **argv)
{
	static const char *const KINDS[] = { "", "invoice", "credit_note", "statement" };
	PB(RenderInvoiceResponse) *reply = NULL;
	const char *out = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--out", &out) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 1, 1);
	struct table *table = table_new(ctl->arena);

	if (err_ok(err) && text_empty(out))
		err = ctl_usage(ctl, "--out names the file");
	if (err_ok(err))
		err = pdf_save(ctl, argv[0], out, &reply);
	if (!err_ok(err) || text_equal(out, "-"))
		return ctl_exit(ctl, err);
	table_as_record(table);
	table_column(table, "number", TABLE_TEXT);
	table_column(table, "kind", TABLE_TEXT);
	table_column(table, "pages", TABLE_INT);
	table_column(table, "bytes", TABLE_INT);
	table_column(table, "sha256", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, reply->number);
	table_cell_text(table, KINDS[reply->kind]);
	table_cell_int(table, reply->pages);
	table_cell_int(table, (long long)reply->pdf.len);
	table_cell_text(table, or_null(reply->sha256));
	return ctl_table(ctl, table);
}

static int cmd_invoice_issue(struct ctl *ctl, int argc, char **argv)
{
	PB(IssueInvoiceResponse) *reply = NULL;
	PB(RenderInvoiceResponse) *document = NULL;
	const char *pdf = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--pdf", &pdf) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 1, 1);

	if (err_ok(err))
		err = issue_file(ctl, argv[0], &reply);
	if (err_ok(err) && !text_empty(pdf))
		err = pdf_save(ctl, reply->invoice->number, pdf, &document);
	return err_ok(err) ? invoice_print(ctl, reply->invoice) : ctl_exit(ctl, err);
}

static int cmd_invoice_cancel(struct ctl *ctl, int argc, char **argv)
{
	PB(CancelInvoiceRequest) request;
	PB(CancelInvoiceResponse) * reply;
	const char *reason = NULL;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--reason", &reason) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 1, 1);

	if (err_ok(err) && text_empty(reason))
		err = ctl_usage(ctl, "--reason is missing: it stands on the credit note");
	PB_INIT(cancel_invoice_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.number = argv[0];
	request.reason = (char *)reason;
	if (err_ok(err))
		err = CALL(ctl, "CancelInvoice", cancel_invoice, &request, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "number", TABLE_TEXT);
	table_column(table, "credit_note_number", TABLE_TEXT);
	table_column(table, "released_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, reply->invoice->number);
	table_cell_text(table, reply->credit_note_number);
	table_cell_money(table, reply->released_minor, reply->invoice->currency);
	table_cell_text(table, reply->invoice->currency);
	return ctl_table(ctl, table);
}

/* An amount is read in the invoice's currency. */
static struct err dispute_amount(struct ctl *ctl, const char *number, const char *amount, int64_t *minor)
{
	PB(GetInvoiceRequest) request;
	PB(GetInvoiceResponse) * reply;
	struct currency currency;

	PB_INIT(get_invoice_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.number = (char *)number;
	TRY(CALL(ctl, "GetInvoice", get_invoice, &request, &reply));
	TRY(currency_parse(reply->invoice->currency, &currency));
	return ctl_amount(ctl, amount, currency, 1, minor);
}

static int cmd_invoice_dispute(struct ctl *ctl, int argc, char **argv)
{
	PB(SetDisputeRequest) request;
	PB(SetDisputeResponse) * reply;
	const char *reason = "", *amount = NULL, *owner = "";
	bool over = false;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--reason", &reason), CTL_OPTION_FLAG("--over", &over),
					      CTL_OPTION_TEXT("--amount", &amount),
					      CTL_OPTION_TEXT("--owner", &owner) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, 1);

	if (err_ok(err) && over != text_empty(reason))
		err = ctl_usage(ctl, "give either --reason or --over");
	PB_INIT(set_dispute_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.number = argv[0];
	request.disputed = !over;
	request.reason = (char *)reason;
	request.owner = (char *)owner;
	if (err_ok(err) && amount)
		err = dispute_amount(ctl, argv[0], amount, &request.amount_minor);
	if (err_ok(err))
		err = CALL(ctl, "SetDispute", set_dispute, &request, &reply);
	return err_ok(err) ? invoice_print(ctl, reply->invoice) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ late charges */

static void charges_rows(struct table *table, const PB(LateCharges) * charges)
{
	for (size_t i = 0; i < charges->n_periods; i++) {
		const PB(InterestPeriod) *period = charges->periods[i];

		table_row(table);
		table_cell_text(table, charges->invoice_number);
		table_cell_text(table, "interest");
		table_cell_text(table, period->from);
		table_cell_text(table, period->to);
		table_cell_int(table, period->days);
		table_cell_text(table, period->rate);
		table_cell_money(table, charges->open_minor, charges->currency);
		table_cell_money(table, period->interest_minor, charges->currency);
	}
	table_row(table);
	table_cell_text(table, charges->invoice_number);
	table_cell_text(table, "compensation");
	table_cell_null(table);
	table_cell_null(table);
	table_cell_null(table);
	table_cell_null(table);
	table_cell_money(table, charges->open_minor, charges->currency);
	table_cell_money(table, charges->compensation_minor, charges->currency);
}

static int cmd_invoice_charges(struct ctl *ctl, int argc, char **argv)
{
	PB(QuoteLateChargesRequest) request;
	PB(QuoteLateChargesResponse) * reply;
	struct date on = DATE_NONE;
	const struct ctl_option options[] = { CTL_OPTION_DATE("--on", &on) };
	struct table *table = table_new(ctl->arena);
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 1, CTL_WORDS_MAX);

	PB_INIT(quote_late_charges_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.invoice_numbers = argv;
	request.n_invoice_numbers = (size_t)argc;
	request.on = date_text(ctl, on);
	if (err_ok(err))
		err = CALL(ctl, "QuoteLateCharges", quote_late_charges, &request, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	table_column(table, "invoice_number", TABLE_TEXT);
	table_column(table, "charge", TABLE_TEXT);
	table_column(table, "from", TABLE_DATE);
	table_column(table, "to", TABLE_DATE);
	table_column(table, "days", TABLE_INT);
	table_column(table, "rate", TABLE_TEXT);
	table_column(table, "open_minor", TABLE_MONEY);
	table_column(table, "amount_minor", TABLE_MONEY);
	for (size_t i = 0; i < reply->n_charges; i++)
		charges_rows(table, reply->charges[i]);
	return ctl_table(ctl, table);
}
