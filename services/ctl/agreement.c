/* relancectl promise, plan: what debtors have agreed to pay, and when. */
#include <string.h>

#include "common/base/text.h"
#include "ctl/notification.h"
#include "notification/domain/agreement.h"

#define CURRENCY_DEFAULT "EUR"

static int cmd_promise_add(struct ctl *ctl, int argc, char **argv);
static int cmd_promise_list(struct ctl *ctl, int argc, char **argv);
static int cmd_plan_propose(struct ctl *ctl, int argc, char **argv);
static int cmd_plan_accept(struct ctl *ctl, int argc, char **argv);
static int cmd_plan_list(struct ctl *ctl, int argc, char **argv);
static int cmd_agreement_cancel(struct ctl *ctl, int argc, char **argv);

const struct ctl_command PROMISE_COMMANDS[] = {
	{ "promise", "add", "CUSTOMER --amount AMOUNT --on DATE [--currency EUR] [--invoice NUMBER]…",
	  "records a promise to pay; the ladder waits for it", cmd_promise_add },
	{ "promise", "list", "[--customer NUMBER] [--all]", "promises that stand, or all", cmd_promise_list },
	{ "promise", "cancel", "PROMISE", "ends a promise without calling it broken", cmd_agreement_cancel },
	{ 0 },
};

const struct ctl_command PLAN_COMMANDS[] = {
	{ "plan", "propose", "CUSTOMER DATE:AMOUNT… [--currency EUR] [--invoice NUMBER]… [--accepted]",
	  "records an instalment plan; it suspends the ladder once it is accepted", cmd_plan_propose },
	{ "plan", "accept", "PLAN", "the debtor has accepted the plan", cmd_plan_accept },
	{ "plan", "list", "[--customer NUMBER] [--all]", "plans that stand or are proposed, or all", cmd_plan_list },
	{ "plan", "cancel", "PLAN", "ends a plan without calling it broken", cmd_agreement_cancel },
	{ 0 },
};

/* ------------------------------------------------------------------ output */

static struct table *agreement_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "customer_name", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "paid_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "due_on", TABLE_TEXT);
	table_column(table, "invoice_numbers", TABLE_TEXT);
	table_column(table, "made_at", TABLE_TEXT);
	table_column(table, "ended_at", TABLE_TEXT);
	table_column_hidden(table, "made_by", TABLE_TEXT);
	table_column_hidden(table, "kind", TABLE_TEXT);
	table_column(table, "id", TABLE_TEXT);
	return table;
}

/* "2026-03-01" or "2026-03-01:50000;2026-04-01:50000" */
static const char *due_text(struct ctl *ctl, const NB(Agreement) * agreement)
{
	const char *text = "";

	if (agreement->n_instalments == 1)
		return agreement->instalments[0]->due_on;
	for (size_t i = 0; i < agreement->n_instalments; i++)
		text = arena_format(ctl->arena, "%s%s%s:%lld", text, i > 0 ? ";" : "",
				    agreement->instalments[i]->due_on,
				    (long long)agreement->instalments[i]->amount_minor);
	return text;
}

static void agreement_row(struct ctl *ctl, struct table *table, const NB(Agreement) * agreement)
{
	table_row(table);
	table_cell_text(table, agreement->customer_number);
	table_cell_text(table, agreement->customer_name);
	table_cell_text(table, agreement_state_name((enum agreement_state)agreement->state));
	table_cell_money(table, agreement->amount_minor, agreement->currency);
	table_cell_money(table, agreement->paid_minor, agreement->currency);
	table_cell_text(table, agreement->currency);
	table_cell_text(table, due_text(ctl, agreement));
	table_cell_text(table, joined_texts(ctl, agreement->invoice_numbers, agreement->n_invoice_numbers));
	table_cell_text(table, agreement->made_at);
	table_cell_text(table, text_or_null(agreement->ended_at));
	table_cell_text(table, agreement->made_by);
	table_cell_text(table, agreement_kind_name((enum agreement_kind)agreement->kind));
	table_cell_text(table, agreement->id);
}

static int agreement_print(struct ctl *ctl, const NB(Agreement) * agreement)
{
	struct table *table = agreement_table(ctl);

	table_as_record(table);
	agreement_row(ctl, table, agreement);
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ making one */

static struct err amount_read(struct ctl *ctl, const char *amount, const char *code, int64_t *minor)
{
	struct currency currency;

	TRY(currency_parse(code, &currency));
	return ctl_amount(ctl, amount, currency, 1, minor);
}

static NB(Instalment) * instalment_new(struct ctl *ctl, const char *due_on, int64_t minor)
{
	NB(Instalment) *instalment = arena_alloc(ctl->arena, sizeof *instalment);

	NB_INIT(instalment)(instalment);
	instalment->due_on = arena_copy(ctl->arena, due_on);
	instalment->amount_minor = minor;
	return instalment;
}

static int agreement_make(struct ctl *ctl, NB(MakeAgreementRequest) * request)
{
	NB(MakeAgreementResponse) * reply;
	struct err err = ctl_call(ctl, CTL_NOTIFICATION, "MakeAgreement", &request->base,
				  NB_TYPE(make_agreement_response), (ProtobufCMessage **)&reply);

	return err_ok(err) ? agreement_print(ctl, reply->agreement) : ctl_exit(ctl, err);
}

static int cmd_promise_add(struct ctl *ctl, int argc, char **argv)
{
	const char *amount = "", *currency = CURRENCY_DEFAULT;
	struct date on = DATE_NONE;
	char day[DATE_TEXT_BYTES];
	int64_t minor = 0;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--amount", &amount), CTL_OPTION_DATE("--on", &on),
					      CTL_OPTION_TEXT("--currency", &currency) };
	NB(MakeAgreementRequest) request;

	NB_INIT(make_agreement_request)(&request);
	take_invoices(ctl, &argc, argv, &request.invoice_numbers, &request.n_invoice_numbers);

	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, 1);

	if (err_ok(err) && (text_empty(amount) || !date_known(on)))
		err = ctl_usage(ctl, "a promise has an --amount and a day, --on DATE");
	if (err_ok(err))
		err = amount_read(ctl, amount, currency, &minor);
	if (!err_ok(err))
		return ctl_exit(ctl, err);

	NB(Instalment) *instalment = instalment_new(ctl, date_format(on, day), minor);

	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.kind = RELANCE__NOTIFICATION__V1__AGREEMENT_KIND__AGREEMENT_KIND_PROMISE;
	request.customer_number = argv[0];
	request.currency = arena_copy(ctl->arena, currency);
	request.instalments = &instalment;
	request.n_instalments = 1;
	return agreement_make(ctl, &request);
}

/* "2026-03-01:500.00" */
static struct err instalment_read(struct ctl *ctl, const char *word, const char *currency, NB(Instalment) * *made)
{
	const char *colon = strchr(word, ':');
	struct date day;
	int64_t minor;
	char text[DATE_TEXT_BYTES];

	if (!colon || !err_ok(date_parse(arena_copy_n(ctl->arena, word, (size_t)(colon - word)), &day)))
		return ctl_usage(ctl, "'%s' is no instalment: DATE:AMOUNT is expected", word);
	TRY(amount_read(ctl, colon + 1, currency, &minor));
	*made = instalment_new(ctl, date_format(day, text), minor);
	return OK;
}

static int cmd_plan_propose(struct ctl *ctl, int argc, char **argv)
{
	const char *currency = CURRENCY_DEFAULT;
	bool accepted = false;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--currency", &currency),
					      CTL_OPTION_FLAG("--accepted", &accepted) };
	NB(MakeAgreementRequest) request;

	NB_INIT(make_agreement_request)(&request);
	take_invoices(ctl, &argc, argv, &request.invoice_numbers, &request.n_invoice_numbers);

	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 2,
				     AGREEMENT_INSTALMENTS_MAX + 1);

	request.instalments = arena_array(ctl->arena, AGREEMENT_INSTALMENTS_MAX, sizeof *request.instalments);
	for (int i = 1; err_ok(err) && i < argc; i++)
		err = instalment_read(ctl, argv[i], currency, &request.instalments[request.n_instalments++]);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.kind = RELANCE__NOTIFICATION__V1__AGREEMENT_KIND__AGREEMENT_KIND_PLAN;
	request.customer_number = argv[0];
	request.currency = arena_copy(ctl->arena, currency);
	request.proposed = !accepted;
	return agreement_make(ctl, &request);
}

/* ------------------------------------------------------------------ changing and listing */

static int cmd_plan_accept(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);
	NB(AcceptAgreementRequest) request;
	NB(AcceptAgreementResponse) * reply;

	NB_INIT(accept_agreement_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.id = argv[0];
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "AcceptAgreement", &request.base,
			       NB_TYPE(accept_agreement_response), (ProtobufCMessage **)&reply);
	return err_ok(err) ? agreement_print(ctl, reply->agreement) : ctl_exit(ctl, err);
}

static int cmd_agreement_cancel(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);
	NB(CancelAgreementRequest) request;
	NB(CancelAgreementResponse) * reply;

	NB_INIT(cancel_agreement_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.id = argv[0];
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "CancelAgreement", &request.base,
			       NB_TYPE(cancel_agreement_response), (ProtobufCMessage **)&reply);
	return err_ok(err) ? agreement_print(ctl, reply->agreement) : ctl_exit(ctl, err);
}

static struct err agreement_pages(struct ctl *ctl, NB(ListAgreementsRequest) * request, struct table *table)
{
	NB(ListAgreementsResponse) * reply;

	do {
		TRY(ctl_call(ctl, CTL_NOTIFICATION, "ListAgreements", &request->base, NB_TYPE(list_agreements_response),
			     (ProtobufCMessage **)&reply));
		for (size_t i = 0; i < reply->n_agreements; i++)
			agreement_row(ctl, table, reply->agreements[i]);
		request->page_token = reply->next_page_token;
	} while (!text_empty(reply->next_page_token));
	return OK;
}

static int agreement_list(struct ctl *ctl, int argc, char **argv, NB(AgreementKind) kind)
{
	const char *customer = "";
	bool all = false;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--customer", &customer),
					      CTL_OPTION_FLAG("--all", &all) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 0, 0);
	struct table *table = agreement_table(ctl);
	NB(ListAgreementsRequest) request;

	NB_INIT(list_agreements_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = arena_copy(ctl->arena, customer);
	request.kind = kind;
	request.include_ended = all;
	request.page_size = NOTIFICATION_PAGE;
	if (err_ok(err))
		err = agreement_pages(ctl, &request, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

static int cmd_promise_list(struct ctl *ctl, int argc, char **argv)
{
	return agreement_list(ctl, argc, argv, RELANCE__NOTIFICATION__V1__AGREEMENT_KIND__AGREEMENT_KIND_PROMISE);
}

static int cmd_plan_list(struct ctl *ctl, int argc, char **argv)
{
	return agreement_list(ctl, argc, argv, RELANCE__NOTIFICATION__V1__AGREEMENT_KIND__AGREEMENT_KIND_PLAN);
}
