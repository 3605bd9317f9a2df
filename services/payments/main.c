/*
 * relance-payments(8)
 *
 * NAME
 *	relance-payments - bank statements in, and what they pay
 *
 * SYNOPSIS
 *	relance-payments [--help]
 *
 * DESCRIPTION
 *	Owns the schema `payments`: bank files as they came, statements, entries, payments and what they pay. A
 *	payment is one transaction on the bank account.
 *
 *	A bank file comes by the rpcs UploadFilePart and ImportFile, or through the drop folder. It is read as a
 *	stream and booked in one transaction: entries that are in the books already are recognised, the others are
 *	matched against the open items they name, and each becomes one posting in the ledger:
 *
 *		allocated	on invoices, by reference or number with the amount as witness
 *		suggested	proposals wait for ConfirmAllocation, every set that fits; nothing is booked on a guess
 *		unapplied	the customer is known, an invoice is not; ApplyCash puts it on one
 *		unidentified	nobody knows whose money it is
 *		clearing	no customer's business
 *		return		takes an earlier payment back, and reopens what it had paid
 *		refund		a debit that pays out what was owed back
 *
 *	Where the amount is not exactly what is open, the creditor's rules decide (SetMatchRules): early-payment
 *	discount, bank charges, small differences, parts. What they leave out stays open, or stands on an account that
 *	says why. GetPayment explains a decision.
 *
 *	A file whose balance does not add up, that was cut off, or whose account nobody owns is held with the reason and
 *	the line, and books nothing until a person accepts it (AcceptFile): of one that was cut off, what is complete. A
 *	file that cannot be read is rejected. The same file again books nothing. An upload that nobody imports is
 *	dropped a day later.
 *
 *	What people decide afterwards is CashService's: ListWorklist shows cash on no invoice by age, with sums that are
 *	the ledger's; proposals are confirmed or rejected, cash is split over invoices, and both teach who pays for whom
 *	(ListLearned), which is evidence beside a reference and never against one. UndoMatch takes a match back by
 *	reversing postings, with discounts and differences, and forgets what it taught; OweRefund books cash as owed
 *	back, and the debit that pays it out is recognised by the refund's number, or by account and amount. No orders
 *	for transfers (pain.001) are made.
 *
 *	Direct debits are ordered by OrderCollections, which makes the file for the bank (pain.008); status reports
 *	(pain.002) and statements say what became of them, and each reason code has its consequence. Webhooks of Stripe
 *	and GoCardless, checked by their signatures, book through the same cash application.
 *
 *	Writes relance.statement.imported.v1, relance.payment.allocated.v1, .unapplied.v1, .unidentified.v1 and
 *	.returned.v1, .undone.v1, relance.refund.owed.v1, .paid.v1 and .cancelled.v1, relance.debit.ordered.v1 and
 *	.returned.v1. Reads no feed.
 *
 * SETTINGS
 *	RELANCE_INBOX		drop folder; done/ and rejected/ lie beside it; one copy at a time reads it
 *	RELANCE_INBOX_ADOPT	accounts of dropped files that nobody owns go to their creditor
 *	RELANCE_PROFILES	folder of CSV profiles
 *	and those that all processes share: see --help.
 *
 * SOURCE
 *	In the order of the flow: formats/ bytes to entries, import.c a file, import_batch.c entries to batches,
 *	domain/remittance.c texts to candidate references, domain/match.c the decision (match_named.c what is named,
 *	match_amount.c by how much, match_payer.c by whom, match_sums.c exact sums), domain/booking.c its
 *	posting, store_batch.c into the tables. debit_run.c orders collections (domain/collect.c decides which),
 *	debit_bank.c and debit_report.c hear what came of them; psp_receive.c books what providers tell.
 *	apply.c what people decide later, undo.c how they take it back (domain/undo.c), refunds.c what goes back;
 *	inbox.c the drop folder.
 */
#include "common/io/service.h"
#include "payments/handlers.h"
#include "payments/handlers_cash.h"
#include "payments/handlers_debit.h"
#include "payments/handlers_psp.h"
#include "payments/handlers_rules.h"
#include "payments/import.h"
#include "payments/inbox.h"
#include "payments/wire.h"
#include "payments/wire_cash.h"
#include "payments/wire_debit.h"
#include "payments/wire_psp.h"
#include "payments/wire_rules.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int main(int argc, char **argv)
{
	const struct setting settings[] = {
		{ .name = "RELANCE_INBOX",
		  .kind = SETTING_TEXT,
		  .fallback = "",
		  .help = "drop folder for bank files; none where empty",
		  .to.text = &inbox_folder },
		{ .name = "RELANCE_PROFILES",
		  .kind = SETTING_TEXT,
		  .fallback = "",
		  .help = "folder of CSV profiles; those that come along where empty",
		  .to.text = &import_profiles_folder },
		{ .name = "RELANCE_INBOX_ADOPT",
		  .kind = SETTING_BOOL,
		  .fallback = "0",
		  .help = "accounts of dropped files that nobody owns go to their creditor",
		  .to.flag = &inbox_adopt },
	};
	const struct rpc_method methods[] = {
		{ PAYMENTS_SERVICE, "UploadFilePart", RPC_WRITE, upload_file_part },
		{ PAYMENTS_SERVICE, "ImportFile", RPC_OWN, import_uploaded_file },
		{ PAYMENTS_SERVICE, "AcceptFile", RPC_OWN, accept_file },
		{ PAYMENTS_SERVICE, "ListFiles", RPC_READ, list_files },
		{ PAYMENTS_SERVICE, "ListStatements", RPC_READ, list_statements },
		{ PAYMENTS_SERVICE, "ListPayments", RPC_READ, list_payments },
		{ PAYMENTS_SERVICE, "GetPayment", RPC_READ, get_payment },
		{ PAYMENTS_SERVICE, "ListAllocations", RPC_READ, list_allocations },
		{ PAYMENTS_SERVICE, "ConfirmAllocation", RPC_WRITE, confirm_allocation },
		{ PAYMENTS_SERVICE, "ApplyCash", RPC_WRITE, apply_cash },
		{ PAYMENTS_SERVICE, "Verify", RPC_READ, verify },
		{ RULES_SERVICE, "GetMatchRules", RPC_READ, get_match_rules },
		{ RULES_SERVICE, "SetMatchRules", RPC_WRITE, set_match_rules },
		{ CASH_SERVICE, "UndoMatch", RPC_WRITE, undo_match },
		{ CASH_SERVICE, "ListUndos", RPC_READ, list_undos },
		{ CASH_SERVICE, "RejectSuggestion", RPC_WRITE, reject_suggestion },
		{ CASH_SERVICE, "ListWorklist", RPC_READ, list_worklist },
		{ CASH_SERVICE, "ListLearned", RPC_READ, list_learned },
		{ CASH_SERVICE, "ForgetLearned", RPC_WRITE, forget_learned },
		{ CASH_SERVICE, "OweRefund", RPC_WRITE, owe_refund },
		{ CASH_SERVICE, "SettleRefund", RPC_WRITE, settle_refund },
		{ CASH_SERVICE, "CancelRefund", RPC_WRITE, cancel_refund },
		{ CASH_SERVICE, "ListRefunds", RPC_READ, list_refunds },
		{ DEBIT_SERVICE, "SetDebitProfile", RPC_WRITE, set_debit_profile },
		{ DEBIT_SERVICE, "AddMandate", RPC_WRITE, add_mandate },
		{ DEBIT_SERVICE, "ChangeMandate", RPC_WRITE, change_mandate },
		{ DEBIT_SERVICE, "ListMandates", RPC_READ, list_mandates },
		{ DEBIT_SERVICE, "OrderCollections", RPC_WRITE, order_collections },
		{ DEBIT_SERVICE, "ReadRunFile", RPC_READ, read_run_file },
		{ DEBIT_SERVICE, "ListCollections", RPC_READ, list_collections },
		{ DEBIT_SERVICE, "RetryCollection", RPC_WRITE, retry_collection },
		{ DEBIT_SERVICE, "ImportStatusReport", RPC_WRITE, import_status_report },
		{ PSP_SERVICE, "ReceivePspEvent", RPC_WRITE, receive_psp_event },
		{ PSP_SERVICE, "SetPspSecret", RPC_WRITE, set_psp_secret },
		{ PSP_SERVICE, "RegisterPspPayment", RPC_WRITE, register_psp_payment },
		{ PSP_SERVICE, "ListPspPayments", RPC_READ, list_psp_payments },
	};
	static const struct service_job jobs[] = {
		{ .name = "inbox", .run = inbox_round, .leader_key = INBOX_LEADER },
	};
	const struct service service = {
		.name = "payments",
		.summary = "bank statements in, and what they pay",
		.settings = settings,
		.setting_count = COUNT(settings),
		.methods = methods,
		.method_count = COUNT(methods),
		.jobs = jobs,
		.job_count = COUNT(jobs),
	};
	return service_run(&service, argc, argv);
}
