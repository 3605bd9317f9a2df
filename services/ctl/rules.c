/* relancectl payments rules: what a creditor allows where a payment's amount is not exactly what is open. */
#include <string.h>

#include "common/base/decimal.h"
#include "common/base/text.h"
#include "ctl/ctl.h"
#include "relance/payments/v1/rules.pb-c.h"

#define SHARES_OF_PERCENT 100 /* a share is a hundredth of a percent */
#define GRACE_DAYS_MAX 60
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int cmd_payments_rules(struct ctl *ctl, int argc, char **argv);

const struct ctl_command RULES_COMMANDS[] = {
	{ "payments", "rules",
	  "[show | set CURRENCY [--discount-grace DAYS] [--taken-discount PERCENT] [--charges AMOUNT] "
	  "[--book-charges yes|no] [--under AMOUNT] [--under-percent P] [--over AMOUNT] [--over-percent P] "
	  "[--parts yes|no] [--account-amount yes|no]]",
	  "what is allowed where a payment is not exactly what is open; what is not given stays as it is",
	  cmd_payments_rules },
	{ 0 },
};

/* ------------------------------------------------------------------ answers */

static struct table *rules_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "currency", TABLE_TEXT);
	table_column(table, "discount_grace_days", TABLE_INT);
	table_column(table, "taken_discount_percent", TABLE_TEXT);
	table_column(table, "charges_max_minor", TABLE_MONEY);
	table_column(table, "charges_booked", TABLE_BOOL);
	table_column(table, "under_max_minor", TABLE_MONEY);
	table_column(table, "under_max_percent", TABLE_TEXT);
	table_column(table, "over_max_minor", TABLE_MONEY);
	table_column(table, "over_max_percent", TABLE_TEXT);
	table_column(table, "parts", TABLE_BOOL);
	table_column(table, "account_amount", TABLE_BOOL);
	return table;
}

static const char *percent(struct ctl *ctl, int32_t share)
{
	char text[DECIMAL_TEXT_BYTES];

	return arena_copy(ctl->arena,
			  decimal_format((struct decimal){ share * (DECIMAL_ONE / SHARES_OF_PERCENT) }, text));
}

static void rules_row(struct ctl *ctl, struct table *table, const Relance__Payments__V1__MatchRules *rules)
{
	table_row(table);
	table_cell_text(table, text_empty(rules->currency) ? "any other" : rules->currency);
	table_cell_int(table, rules->discount_grace_days);
	table_cell_text(table, percent(ctl, rules->taken_discount_share));
	table_cell_money(table, rules->charges_max_minor, rules->currency);
	table_cell_bool(table, rules->charges_booked);
	table_cell_money(table, rules->under_max_minor, rules->currency);
	table_cell_text(table, percent(ctl, rules->under_max_share));
	table_cell_money(table, rules->over_max_minor, rules->currency);
	table_cell_text(table, percent(ctl, rules->over_max_share));
	table_cell_bool(table, rules->parts);
	table_cell_bool(table, rules->account_amount);
}

/* ------------------------------------------------------------------ what is asked for */

struct asked {
	long long grace;                                                           /* -1: not given */
	const char *charges, *under, *over;                                        /* amounts; NULL: not given */
	const char *taken, *under_percent, *over_percent, *book, *parts, *account; /* "": not given */
};

static struct err share_take(struct ctl *ctl, const char *text, int32_t *share)
{
	struct decimal value;

	if (text_empty(text))
		return OK;
	if (!err_ok(decimal_parse(text, &value)) || value.millionths < 0 || value.millionths > 100 * DECIMAL_ONE ||
	    value.millionths % (DECIMAL_ONE / SHARES_OF_PERCENT) != 0)
		return ctl_usage(ctl, "'%s' is no percentage with at most two decimals", text);
	*share = (int32_t)(value.millionths / (DECIMAL_ONE / SHARES_OF_PERCENT));
	return OK;
}

static struct err flag_take(struct ctl *ctl, const char *text, protobuf_c_boolean *flag)
{
	if (text_empty(text))
		return OK;
	if (!text_equal(text, "yes") && !text_equal(text, "no"))
		return ctl_usage(ctl, "'%s' is neither yes nor no", text);
	*flag = text_equal(text, "yes");
	return OK;
}

static struct err amount_take(struct ctl *ctl, const char *text, const char *code, int64_t *minor)
{
	struct currency currency;

	if (!text)
		return OK;
	TRY(currency_parse(code, &currency));
	return ctl_amount(ctl, text, currency, 0, minor);
}

static struct err asked_take(struct ctl *ctl, const struct asked *asked, Relance__Payments__V1__MatchRules *rules)
{
	if (asked->grace >= 0)
		rules->discount_grace_days = (int32_t)asked->grace;
	TRY(amount_take(ctl, asked->charges, rules->currency, &rules->charges_max_minor));
	TRY(amount_take(ctl, asked->under, rules->currency, &rules->under_max_minor));
	TRY(amount_take(ctl, asked->over, rules->currency, &rules->over_max_minor));
	TRY(share_take(ctl, asked->taken, &rules->taken_discount_share));
	TRY(share_take(ctl, asked->under_percent, &rules->under_max_share));
	TRY(share_take(ctl, asked->over_percent, &rules->over_max_share));
	TRY(flag_take(ctl, asked->book, &rules->charges_booked));
	TRY(flag_take(ctl, asked->parts, &rules->parts));
	return flag_take(ctl, asked->account, &rules->account_amount);
}

/* ------------------------------------------------------------------ calls */

static struct err rules_fetch(struct ctl *ctl, Relance__Payments__V1__GetMatchRulesResponse **reply)
{
	Relance__Payments__V1__GetMatchRulesRequest request;

	relance__payments__v1__get_match_rules_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	return ctl_call(ctl, CTL_RULES, "GetMatchRules", &request.base,
			&relance__payments__v1__get_match_rules_response__descriptor, (ProtobufCMessage **)reply);
}

static struct err rules_set(struct ctl *ctl, char *currency, const struct asked *asked, struct table *table)
{
	Relance__Payments__V1__GetMatchRulesResponse *now = NULL;
	Relance__Payments__V1__SetMatchRulesRequest request;
	Relance__Payments__V1__SetMatchRulesResponse *reply = NULL;
	Relance__Payments__V1__MatchRules rules;

	TRY(rules_fetch(ctl, &now));
	relance__payments__v1__set_match_rules_request__init(&request);
	relance__payments__v1__match_rules__init(&rules);
	for (size_t i = now->n_rules; i > 0; i--) /* those of every other currency stand last */
		if (text_equal_nocase(now->rules[i - 1]->currency, currency) || text_empty(now->rules[i - 1]->currency))
			rules = *now->rules[i - 1];
	rules.creditor = (char *)ctl->creditor;
	rules.currency = currency;
	request.rules = &rules;
	TRY(asked_take(ctl, asked, &rules));
	TRY(ctl_call(ctl, CTL_RULES, "SetMatchRules", &request.base,
		     &relance__payments__v1__set_match_rules_response__descriptor, (ProtobufCMessage **)&reply));
	rules_row(ctl, table, reply->rules);
	return OK;
}

static struct err rules_show(struct ctl *ctl, struct table *table)
{
	Relance__Payments__V1__GetMatchRulesResponse *reply = NULL;

	TRY(rules_fetch(ctl, &reply));
	for (size_t i = 0; i < reply->n_rules; i++)
		rules_row(ctl, table, reply->rules[i]);
	return OK;
}

static int cmd_payments_rules(struct ctl *ctl, int argc, char **argv)
{
	struct asked asked = { -1, NULL, NULL, NULL, "", "", "", "", "", "" };
	const struct ctl_option options[] = {
		CTL_OPTION_INT("--discount-grace", &asked.grace, 0, GRACE_DAYS_MAX),
		CTL_OPTION_TEXT("--taken-discount", &asked.taken),
		CTL_OPTION_TEXT("--charges", &asked.charges),
		CTL_OPTION_TEXT("--book-charges", &asked.book),
		CTL_OPTION_TEXT("--under", &asked.under),
		CTL_OPTION_TEXT("--under-percent", &asked.under_percent),
		CTL_OPTION_TEXT("--over", &asked.over),
		CTL_OPTION_TEXT("--over-percent", &asked.over_percent),
		CTL_OPTION_TEXT("--parts", &asked.parts),
		CTL_OPTION_TEXT("--account-amount", &asked.account),
	};
	struct err err = ctl_options(ctl, options, COUNT(options), &argc, argv, 0, 2);
	struct table *table = rules_table(ctl);
	bool set = argc == 2 && text_equal(argv[0], "set");

	if (err_ok(err) && !set && argc > 0 && (argc > 1 || !text_equal(argv[0], "show")))
		err = ctl_usage(ctl, "payments rules show, or payments rules set CURRENCY with what is to change");
	if (err_ok(err))
		err = set ? rules_set(ctl, argv[1], &asked, table) : rules_show(ctl, table);
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}
