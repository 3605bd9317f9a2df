#include "common/base/text.h"
#include "ctl/ctl.h"
#include "relance/invoicing/v1/invoicing.pb-c.h"

/* Every service has the rpc Verify, and by the rule of the contracts its messages have the same fields with the same
 * numbers everywhere; so invoicing's C types serve for all. */
typedef Relance__Invoicing__V1__VerifyRequest verify_request;
typedef Relance__Invoicing__V1__VerifyResponse verify_response;

/* The feed's numbers are one sequence for all creditors, so they are checked once. */
struct outcome {
	bool broken, away;
};

/* The creditor given, or else all there are: the proof of a house is the proof of all its books. Where they cannot be
 * asked for, the services say what is wrong. */
static const char **creditors_wanted(struct ctl *ctl, size_t *count)
{
	Relance__Invoicing__V1__ListCreditorsRequest request = RELANCE__INVOICING__V1__LIST_CREDITORS_REQUEST__INIT;
	Relance__Invoicing__V1__ListCreditorsResponse *reply;
	const char **codes = NULL;

	*count = 0;
	if (text_empty(ctl->creditor) &&
	    err_ok(ctl_call(ctl, CTL_INVOICING, "ListCreditors", &request.base,
			    &relance__invoicing__v1__list_creditors_response__descriptor, (ProtobufCMessage **)&reply)))
		for (size_t i = 0; i < reply->n_creditors; i++)
			*ARENA_PUSH(ctl->arena, codes, *count) = reply->creditors[i]->code;
	if (*count == 0)
		*ARENA_PUSH(ctl->arena, codes, *count) = ctl->creditor;
	return codes;
}

static struct err service_verify(struct ctl *ctl, enum ctl_service service, verify_response **response)
{
	verify_request request = RELANCE__INVOICING__V1__VERIFY_REQUEST__INIT;

	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	return ctl_call(ctl, service, "Verify", &request.base, &relance__invoicing__v1__verify_response__descriptor,
			(ProtobufCMessage **)response);
}

static void check_row(struct table *table, enum ctl_service service, const Relance__Common__V1__Check *check,
		      const char *creditor)
{
	table_row(table);
	table_cell_text(table, ctl_service_name(service));
	table_cell_text(table, check->name);
	table_cell_bool(table, check->ok);
	table_cell_int(table, check->checked);
	table_cell_text(table, check->detail);
	table_cell_text(table, creditor);
}

static void away_row(struct table *table, enum ctl_service service, struct err err, const char *creditor)
{
	table_row(table);
	table_cell_text(table, ctl_service_name(service));
	table_cell_text(table, err.reason);
	table_cell_bool(table, false);
	table_cell_null(table);
	table_cell_text(table, err.message);
	table_cell_text(table, creditor);
}

static struct table *checks_table(struct arena *arena)
{
	struct table *table = table_new(arena);

	table_column(table, "service", TABLE_TEXT);
	table_column(table, "name", TABLE_TEXT);
	table_column(table, "ok", TABLE_BOOL);
	table_column(table, "checked", TABLE_INT);
	table_column(table, "detail", TABLE_TEXT);
	table_column(table, "creditor", TABLE_TEXT);
	return table;
}

static void service_add(struct ctl *ctl, enum ctl_service service, struct table *table, struct outcome *outcome)
{
	const char *creditor = service == CTL_FEED ? "" : ctl->creditor;
	verify_response *response = NULL;
	struct err err = service_verify(ctl, service, &response);

	if (!err_ok(err)) {
		bool away = err.code == ERR_UNAVAILABLE || err.code == ERR_DEADLINE;

		ctl_exit(ctl, err);
		away_row(table, service, err, creditor);
		outcome->away = outcome->away || away;
		outcome->broken = outcome->broken || !away;
		return;
	}
	for (size_t i = 0; i < response->n_checks; i++) {
		check_row(table, service, response->checks[i], creditor);
		outcome->broken = outcome->broken || !response->checks[i]->ok;
	}
}

static int cmd_verify(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);
	struct table *table = checks_table(ctl->arena);
	struct outcome outcome = { 0 };

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	size_t count;
	const char **creditors = creditors_wanted(ctl, &count);

	for (size_t i = 0; i < count; i++) {
		ctl->creditor = creditors[i];
		for (int service = 0; service < CTL_FEED; service++)
			service_add(ctl, (enum ctl_service)service, table, &outcome);
	}
	service_add(ctl, CTL_FEED, table, &outcome);
	int printed = ctl_table(ctl, table);

	if (outcome.broken || printed != CTL_DONE)
		return CTL_REFUSED;
	return outcome.away ? CTL_UNAVAILABLE : CTL_DONE;
}

const struct ctl_command VERIFY_COMMANDS[] = {
	{ "verify", NULL, "", "check every invariant of every service; exit 1 when one is broken", cmd_verify },
	{ 0 },
};
