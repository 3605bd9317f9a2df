/* relance-invoicing - what customers owe, and why
 *
 * Keeps creditors, customers with their contacts, and payment terms; issues invoices with gapless numbers and cancels
 * them by credit notes; takes open items over from other systems; reports the ageing; moves the test clock.
 *
 *     an invoice is issued       -> invoicing.invoice, ledger.open_item, a posting (receivable, revenue, VAT),
 *                                   relance.invoice.issued.v1, all in one transaction
 *     it is paid                 -> by relance-payments, in the ledger
 *     it is cancelled            -> a credit note; what was paid becomes the customer's unapplied cash
 *     open items are imported    -> staged in parts, booked whole or not at all
 *
 *     a document is wanted       -> a job makes its PDF a moment after it is issued; it is kept, and sent as it is
 *
 * Writes the schema `invoicing`, and the ledger through its functions. Reads no feed.
 * Its rpcs are those of proto/relance/invoicing/v1; the rules are in domain/; where to begin reading: handlers.c.
 *
 * RELANCE_TEST_CLOCK=1 allows SetClock: a creditor's time then stands still until it is moved. */
#include "common/document/sheet.h"
#include "common/io/service.h"
#include "invoicing/handlers.h"
#include "invoicing/printer.h"

int main(int argc, char **argv)
{
	const struct rpc_method methods[] = {
		{ INVOICING_SERVICE, "CreateCreditor", RPC_WRITE, create_creditor },
		{ INVOICING_SERVICE, "ChangeCreditor", RPC_WRITE, change_creditor },
		{ INVOICING_SERVICE, "ListCreditors", RPC_READ, list_creditors },
		{ INVOICING_SERVICE, "UpsertCustomer", RPC_WRITE, upsert_customer },
		{ INVOICING_SERVICE, "GetCustomer", RPC_READ, get_customer },
		{ INVOICING_SERVICE, "ListCustomers", RPC_READ, list_customers },
		{ INVOICING_SERVICE, "SetPaymentTerms", RPC_WRITE, set_payment_terms },
		{ INVOICING_SERVICE, "IssueInvoice", RPC_WRITE, issue_invoice },
		{ INVOICING_SERVICE, "GetInvoice", RPC_READ, get_invoice },
		{ INVOICING_SERVICE, "ListInvoices", RPC_READ, list_invoices },
		{ INVOICING_SERVICE, "CancelInvoice", RPC_WRITE, cancel_invoice },
		{ INVOICING_SERVICE, "SetDispute", RPC_WRITE, set_dispute },
		{ INVOICING_SERVICE, "QuoteLateCharges", RPC_READ, quote_late_charges },
		{ INVOICING_SERVICE, "RenderInvoice", RPC_WRITE, render_invoice },
		{ INVOICING_SERVICE, "GetStationery", RPC_READ, get_stationery },
		{ INVOICING_SERVICE, "SetStationery", RPC_WRITE, set_stationery },
		{ INVOICING_SERVICE, "BeginImport", RPC_WRITE, begin_import },
		{ INVOICING_SERVICE, "AddImportRows", RPC_WRITE, add_import_rows },
		{ INVOICING_SERVICE, "CommitImport", RPC_WRITE, commit_import },
		{ INVOICING_SERVICE, "ListItemChanges", RPC_READ, list_item_changes },
		{ INVOICING_SERVICE, "Aging", RPC_READ, aging },
		{ INVOICING_SERVICE, "GetClock", RPC_READ, get_clock },
		{ INVOICING_SERVICE, "SetClock", RPC_WRITE, set_clock },
		{ INVOICING_SERVICE, "Verify", RPC_READ, verify },
	};
	const struct service_job print = { .name = "print", .run = printer_round };
	const struct service service = {
		.name = "invoicing",
		.summary = "what customers owe, and why",
		.methods = methods,
		.method_count = sizeof methods / sizeof methods[0],
		.jobs = &print,
		.job_count = 1,
	};
	int exit = service_run(&service, argc, argv);

	sheet_fonts_release();
	return exit;
}
