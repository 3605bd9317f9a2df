/* relancectl payments: what came in, what it pays, and what people decide about the rest. */
#include "ctl/payments.h"

#include <string.h>

#include "common/base/money.h"
#include "common/base/text.h"
#include "ctl/ctl.h"

#define PAGE_SIZE 500
#define COUNT(words) (sizeof(words) / sizeof((words)[0]))

static int cmd_payments_list(struct ctl *ctl, int argc, char **argv);
static int cmd_payments_unidentified(struct ctl *ctl, int argc, char **argv);
static int cmd_payments_allocations(struct ctl *ctl, int argc, char **argv);
static int cmd_payments_confirm(struct ctl *ctl, int argc, char **argv);
static int cmd_payments_apply(struct ctl *ctl, int argc, char **argv);
static int cmd_payments_files(struct ctl *ctl, int argc, char **argv);

const struct ctl_command PAYMENTS_COMMANDS[] = {
	{ "payments", "list", "[--state STATE]", "each payment with what became of it", cmd_payments_list },
	{ "payments", "unidentified", "", "cash of which nobody knows whose it is", cmd_payments_unidentified },
	{ "payments", "allocations", "[--invoice NUMBER] [--state STATE]", "what payments pay, and proposals",
	  cmd_payments_allocations },
	{ "payments", "confirm", "PAYMENT [INVOICE] [--set N]", "book what is proposed for a payment",
	  cmd_payments_confirm },
	{ "payments", "apply", "PAYMENT INVOICE[=AMOUNT]… [--amount AMOUNT] [--discount AMOUNT]",
	  "put a payment's cash on invoices, all or none", cmd_payments_apply },
	{ "payments", "reject", "PAYMENT", "what is proposed for a payment is not meant", cmd_payments_reject },
	{ "payments", "worklist", "[--customer NUMBER] [--totals]", "cash on no invoice, the oldest first",
	  cmd_payments_worklist },
	{ "payments", "learned", "list [CUSTOMER] | forget ACCOUNT|NAME [CUSTOMER]",
	  "accounts and names that pay for a customer, from what people decided", cmd_payments_learned },
	{ "payments", "undo", "PAYMENT [--reason TEXT] [--customer NUMBER]",
	  "take a match back with all that followed from it; the cash is the customer's, or nobody's",
	  cmd_payments_undo },
	{ "payments", "undone", "", "matches that were taken back, by people or with the money", cmd_payments_undone },
	{ "payments", "files", "", "bank files received, and why some were not booked", cmd_payments_files },
	{ "payments", "statements", "", "the same as statement list", cmd_payments_statements },
	{ 0 },
};

/* In the order of the wire's numbers; 0 is unspecified. */
static const char *const PAYMENT_STATES[] = { "",         "allocated", "suggested", "unapplied", "unidentified",
					      "clearing", "return",    "returned",  "refund" };
static const char *const ALLOCATION_STATES[] = {
	"", "auto", "confirmed", "suggested", "returned", "withdrawn", "undone"
};
static const char *const FILE_STATES[] = { "", "received", "imported", "held", "rejected" };
static const char *const CHAINS[] = { "", "first", "continues", "broken", "unknown", "gap", "overlap" };

static const char *word(const char *const *words, size_t count, int number)
{
	return number >= 0 && (size_t)number < count ? words[number] : "?";
}

const char *chain_word(int number)
{
	return word(CHAINS, COUNT(CHAINS), number);
}

const char *payment_state_word(int number)
{
	return word(PAYMENT_STATES, COUNT(PAYMENT_STATES), number);
}

const char *allocation_state_word(int number)
{
	return word(ALLOCATION_STATES, COUNT(ALLOCATION_STATES), number);
}

const char *file_state_word(int number)
{
	return word(FILE_STATES, COUNT(FILE_STATES), number);
}

static struct err state_number(struct ctl *ctl, const char *const *words, size_t count, const char *asked, int *number)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(words[i], asked)) {
			*number = (int)i;
			return OK;
		}
	return ctl_usage(ctl, "there is no state '%s'", asked);
}

static const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

/* ------------------------------------------------------------------ payments */

struct table *payment_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "entry_ref", TABLE_TEXT);
	table_column(table, "value_date", TABLE_DATE);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "rest_minor", TABLE_MONEY);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "payer_name", TABLE_TEXT);
	table_column(table, "rule", TABLE_TEXT);
	table_column_hidden(table, "booking_date", TABLE_DATE);
	table_column(table, "remittance", TABLE_TEXT);
	table_column_hidden(table, "end_to_end_id", TABLE_TEXT);
	table_column_hidden(table, "evidence", TABLE_TEXT);
	table_column_hidden(table, "payment_id", TABLE_TEXT);
	return table;
}

void payment_row(struct table *table, const Relance__Payments__V1__Payment *payment)
{
	table_row(table);
	table_cell_text(table, payment->entry_ref);
	table_cell_text(table, payment->value_on);
	table_cell_money(table, payment->amount_minor, payment->currency);
	table_cell_text(table, payment->currency);
	table_cell_text(table, payment_state_word((int)payment->state));
	table_cell_money(table, payment->rest_minor, payment->currency);
	table_cell_text(table, or_null(payment->customer_number));
	table_cell_text(table, or_null(payment->payer_name));
	table_cell_text(table, payment->rule);
	table_cell_text(table, payment->booked_on);
	table_cell_text(table, or_null(payment->remittance));
	table_cell_text(table, or_null(payment->end_to_end_id));
	table_cell_text(table, payment->evidence);
	table_cell_text(table, payment->payment_id);
}

static struct err payments_fetch(struct ctl *ctl, int state, struct table *table)
{
	Relance__Payments__V1__ListPaymentsRequest request;
	Relance__Payments__V1__ListPaymentsResponse *reply = NULL;

	relance__payments__v1__list_payments_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.state = (Relance__Payments__V1__PaymentState)state;
	request.page_size = PAGE_SIZE;
	do {
		TRY(ctl_call(ctl, CTL_PAYMENTS, "ListPayments", &request.base,
			     &relance__payments__v1__list_payments_response__descriptor, (ProtobufCMessage **)&reply));
		for (size_t i = 0; i < reply->n_payments; i++)
			payment_row(table, reply->payments[i]);
		request.page_token = reply->next_page_token;
	} while (!text_empty(reply->next_page_token));
	return OK;
}

static int cmd_payments_list(struct ctl *ctl, int argc, char **argv)
{
	const char *state = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--state", &state) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 0, 0);
	struct table *table = payment_table(ctl);
	int number = 0;

	if (err_ok(err))
		err = state_number(ctl, PAYMENT_STATES, COUNT(PAYMENT_STATES), state, &number);
	if (err_ok(err))
		err = payments_fetch(ctl, number, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

static int cmd_payments_unidentified(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);
	struct table *table = payment_table(ctl);

	if (err_ok(err))
		err = payments_fetch(ctl, RELANCE__PAYMENTS__V1__PAYMENT_STATE__PAYMENT_STATE_UNIDENTIFIED, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ allocations */

/* CSV has exactly the six columns that other programs rely on. */
static struct table *allocation_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "entry_ref", TABLE_TEXT);
	table_column(table, "invoice_number", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "rule", TABLE_TEXT);
	table_column(table, "confidence", TABLE_REAL);
	if (ctl->format == TABLE_FORMAT_CSV)
		return table;
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column_hidden(table, "discount_minor", TABLE_MONEY);
	table_column_hidden(table, "relief", TABLE_TEXT);
	table_column_hidden(table, "cash_minor", TABLE_MONEY);
	table_column(table, "set", TABLE_INT);
	table_column_hidden(table, "value_date", TABLE_DATE);
	table_column_hidden(table, "customer_number", TABLE_TEXT);
	table_column_hidden(table, "payment_id", TABLE_TEXT);
	table_column(table, "evidence", TABLE_TEXT);
	return table;
}

static void allocation_row(struct ctl *ctl, struct table *table, const Relance__Payments__V1__Allocation *allocation)
{
	table_row(table);
	table_cell_text(table, allocation->entry_ref);
	table_cell_text(table, allocation->invoice_number);
	table_cell_money(table, allocation->amount_minor, allocation->currency);
	table_cell_text(table, allocation_state_word((int)allocation->state));
	table_cell_text(table, allocation->rule);
	table_cell_real(table, allocation->confidence_thousandths / 1000.0);
	if (ctl->format == TABLE_FORMAT_CSV)
		return;
	table_cell_text(table, allocation->currency);
	table_cell_money(table, allocation->discount_minor, allocation->currency);
	table_cell_text(table, or_null(allocation->relief));
	table_cell_money(table, allocation->cash_minor, allocation->currency);
	table_cell_int(table, allocation->alternative);
	table_cell_text(table, allocation->value_on);
	table_cell_text(table, allocation->customer_number);
	table_cell_text(table, allocation->payment_id);
	table_cell_text(table, allocation->evidence);
}

static struct err allocations_fetch(struct ctl *ctl, const char *invoice, int state, struct table *table)
{
	Relance__Payments__V1__ListAllocationsRequest request;
	Relance__Payments__V1__ListAllocationsResponse *reply = NULL;

	relance__payments__v1__list_allocations_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.invoice_number = (char *)invoice;
	request.state = (Relance__Payments__V1__AllocationState)state;
	request.page_size = PAGE_SIZE;
	do {
		TRY(ctl_call(ctl, CTL_PAYMENTS, "ListAllocations", &request.base,
			     &relance__payments__v1__list_allocations_response__descriptor,
			     (ProtobufCMessage **)&reply));
		for (size_t i = 0; i < reply->n_allocations; i++)
			allocation_row(ctl, table, reply->allocations[i]);
		request.page_token = reply->next_page_token;
	} while (!text_empty(reply->next_page_token));
	return OK;
}

static int cmd_payments_allocations(struct ctl *ctl, int argc, char **argv)
{
	const char *invoice = "", *state = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--invoice", &invoice),
					      CTL_OPTION_TEXT("--state", &state) };
	struct err err = ctl_options(ctl, options, 2, &argc, argv, 0, 0);
	struct table *table = allocation_table(ctl);
	int number = 0;

	if (err_ok(err))
		err = state_number(ctl, ALLOCATION_STATES, COUNT(ALLOCATION_STATES), state, &number);
	if (err_ok(err))
		err = allocations_fetch(ctl, invoice, number, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ what people decide */

static int cmd_payments_confirm(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__ConfirmAllocationRequest request;
	Relance__Payments__V1__ConfirmAllocationResponse *reply = NULL;
	long long set = 0;
	const struct ctl_option options[] = { CTL_OPTION_INT("--set", &set, 1, INT16_MAX) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 1, 2);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	relance__payments__v1__confirm_allocation_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.payment = argv[0];
	request.invoice_number = argc > 1 ? argv[1] : request.invoice_number;
	request.alternative = (int32_t)set;
	err = ctl_call(ctl, CTL_PAYMENTS, "ConfirmAllocation", &request.base,
		       &relance__payments__v1__confirm_allocation_response__descriptor, (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = allocation_table(ctl);

	for (size_t i = 0; i < reply->n_allocations; i++)
		allocation_row(ctl, table, reply->allocations[i]);
	return ctl_table(ctl, table);
}

/* "INV-1" or "INV-1=50.00". */
static struct err share_read(struct ctl *ctl, char *word, struct currency currency,
			     Relance__Payments__V1__CashShare **share)
{
	Relance__Payments__V1__CashShare *read = arena_alloc(ctl->arena, sizeof *read);
	char *equals = strrchr(word, '=');

	relance__payments__v1__cash_share__init(read);
	if (equals) {
		TRY(ctl_amount(ctl, equals + 1, currency, 1, &read->amount_minor));
		*equals = '\0';
	}
	read->invoice_number = word;
	*share = read;
	return OK;
}

static struct err apply_read(struct ctl *ctl, int argc, char **argv, Relance__Payments__V1__ApplyCashRequest *request)
{
	const char *amount = NULL, *discount = NULL;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--amount", &amount),
					      CTL_OPTION_TEXT("--discount", &discount) };
	struct currency currency;

	TRY(ctl_options(ctl, options, 2, &argc, argv, 2, CTL_WORDS_MAX));
	if (argc > 2 && (amount || discount))
		return ctl_usage(ctl, "with several invoices, each has its amount behind it: INVOICE=AMOUNT");
	TRY(payment_currency(ctl, argv[0], &currency)); /* cash is put on invoices of its own currency only */
	relance__payments__v1__apply_cash_request__init(request);
	request->creditor = (char *)ctl->creditor;
	request->payment = argv[0];
	request->n_shares = (size_t)argc - 1;
	request->shares = arena_array(ctl->arena, request->n_shares, sizeof *request->shares);
	for (size_t i = 0; i < request->n_shares; i++)
		TRY(share_read(ctl, argv[i + 1], currency, &request->shares[i]));
	if (amount)
		TRY(ctl_amount(ctl, amount, currency, 1, &request->shares[0]->amount_minor));
	return discount ? ctl_amount(ctl, discount, currency, 1, &request->shares[0]->discount_minor) : OK;
}

static int cmd_payments_apply(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__ApplyCashRequest request;
	Relance__Payments__V1__ApplyCashResponse *reply = NULL;
	struct err err = apply_read(ctl, argc, argv, &request);

	if (err_ok(err))
		err = ctl_call(ctl, CTL_PAYMENTS, "ApplyCash", &request.base,
			       &relance__payments__v1__apply_cash_response__descriptor, (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = allocation_table(ctl);

	for (size_t i = 0; i < reply->n_allocations; i++)
		allocation_row(ctl, table, reply->allocations[i]);
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ files and statements */

static struct table *file_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "file_id", TABLE_TEXT); /* what statement accept is told */
	table_column(table, "name", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "received_at", TABLE_TEXT);
	table_column(table, "statements", TABLE_INT);
	table_column(table, "entries", TABLE_INT);
	table_column(table, "duplicates", TABLE_INT);
	table_column(table, "reason", TABLE_TEXT);
	table_column(table, "line", TABLE_INT);
	table_column(table, "message", TABLE_TEXT);
	table_column_hidden(table, "format", TABLE_TEXT);
	table_column_hidden(table, "sha256", TABLE_TEXT);
	return table;
}

static void file_row(struct table *table, const Relance__Payments__V1__File *file)
{
	table_row(table);
	table_cell_text(table, file->file_id);
	table_cell_text(table, file->name);
	table_cell_text(table, file_state_word((int)file->state));
	table_cell_text(table, file->received_at);
	table_cell_int(table, file->statements);
	table_cell_int(table, file->entries);
	table_cell_int(table, file->duplicates);
	table_cell_text(table, or_null(file->reason));
	if (file->line > 0)
		table_cell_int(table, file->line);
	else
		table_cell_null(table);
	table_cell_text(table, or_null(file->message));
	table_cell_text(table, or_null(file->format));
	table_cell_text(table, or_null(file->sha256));
}

static int cmd_payments_files(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__ListFilesRequest request;
	Relance__Payments__V1__ListFilesResponse *reply = NULL;
	struct table *table = file_table(ctl);
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	relance__payments__v1__list_files_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.page_size = PAGE_SIZE;
	while (err_ok(err)) {
		err = ctl_call(ctl, CTL_PAYMENTS, "ListFiles", &request.base,
			       &relance__payments__v1__list_files_response__descriptor, (ProtobufCMessage **)&reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_files; i++)
			file_row(table, reply->files[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

static struct table *statement_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "account", TABLE_TEXT);
	table_column(table, "statement_id", TABLE_TEXT);
	table_column(table, "opening_date", TABLE_DATE);
	table_column(table, "opening_minor", TABLE_MONEY);
	table_column(table, "closing_date", TABLE_DATE);
	table_column(table, "closing_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "entries", TABLE_INT);
	table_column(table, "duplicates", TABLE_INT);
	table_column(table, "sequence", TABLE_INT);
	table_column(table, "chain", TABLE_TEXT);
	table_column(table, "missing", TABLE_INT);
	table_column(table, "difference_minor", TABLE_MONEY);
	table_column(table, "out_of_order", TABLE_TEXT);
	table_column(table, "file", TABLE_TEXT);
	return table;
}

static void statement_row(struct table *table, const Relance__Payments__V1__Statement *statement)
{
	table_row(table);
	table_cell_text(table, statement->account);
	table_cell_text(table, or_null(statement->statement_id));
	table_cell_text(table, statement->opening_on);
	table_cell_money(table, statement->opening_minor, statement->currency);
	table_cell_text(table, statement->closing_on);
	table_cell_money(table, statement->closing_minor, statement->currency);
	table_cell_text(table, statement->currency);
	table_cell_int(table, statement->entries);
	table_cell_int(table, statement->duplicates);
	table_cell_int(table, statement->sequence);
	table_cell_text(table, chain_word((int)statement->chain));
	table_cell_int(table, statement->missing);
	table_cell_money(table, statement->difference_minor, statement->currency);
	table_cell_text(table, statement->out_of_order ? "yes" : NULL);
	table_cell_text(table, statement->file_name);
}

int cmd_payments_statements(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__ListStatementsRequest request;
	Relance__Payments__V1__ListStatementsResponse *reply = NULL;
	struct table *table = statement_table(ctl);
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	relance__payments__v1__list_statements_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.page_size = PAGE_SIZE;
	while (err_ok(err)) {
		err = ctl_call(ctl, CTL_PAYMENTS, "ListStatements", &request.base,
			       &relance__payments__v1__list_statements_response__descriptor,
			       (ProtobufCMessage **)&reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_statements; i++)
			statement_row(table, reply->statements[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}
