#include "notification/domain/agreement.h"

#include "common/base/text.h"

static struct err check_instalment(const struct agreement *agreement, size_t i, struct date today)
{
	const struct instalment *instalment = &agreement->instalments[i];

	if (!date_known(instalment->due_on) || date_compare(instalment->due_on, today) < 0)
		return ERR(ERR_INVALID, "agreement.past", "due_on", "a date to come is expected");
	if (date_days_between(today, instalment->due_on) > AGREEMENT_DAYS_MAX)
		return ERR(ERR_RANGE, "agreement.too_far", "due_on", "nobody waits longer than five years");
	if (i > 0 && date_compare(instalment->due_on, agreement->instalments[i - 1].due_on) <= 0)
		return ERR(ERR_INVALID, "agreement.order", "due_on", "each instalment is due after the one before");
	if (instalment->amount_minor <= 0 || instalment->amount_minor > MONEY_MINOR_MAX)
		return ERR(ERR_INVALID, "agreement.amount", "amount_minor", "an amount above zero is expected");
	return OK;
}

struct err agreement_check(enum agreement_kind kind, const struct agreement *agreement, int64_t owed_minor,
			   struct date today)
{
	size_t most = kind == AGREEMENT_PROMISE ? 1 : AGREEMENT_INSTALMENTS_MAX;

	if (agreement->count == 0 || agreement->count > most)
		return ERR(ERR_INVALID, "agreement.instalments", "instalments",
			   "a promise has one date and amount, a plan 1 to 60");
	for (size_t i = 0; i < agreement->count; i++)
		TRY(check_instalment(agreement, i, today));
	if (agreement_total_minor(agreement) > owed_minor)
		return ERR(ERR_INVALID, "agreement.too_much", "amount_minor",
			   "that is more than is open on these invoices");
	return OK;
}

int64_t agreement_total_minor(const struct agreement *agreement)
{
	int64_t total_minor = 0;

	for (size_t i = 0; i < agreement->count; i++)
		total_minor += agreement->instalments[i].amount_minor;
	return total_minor;
}

int64_t agreement_expected_minor(const struct agreement *agreement, struct date today)
{
	int64_t expected_minor = 0;

	for (size_t i = 0; i < agreement->count; i++) {
		const struct instalment *instalment = &agreement->instalments[i];

		if (date_days_between(instalment->due_on, today) > agreement->grace_days)
			expected_minor += instalment->amount_minor;
	}
	return expected_minor;
}

void agreement_propose(int64_t amount_minor, struct date today,
		       struct instalment instalments[static AGREEMENT_PROPOSED_INSTALMENTS])
{
	int64_t each_minor = amount_minor / AGREEMENT_PROPOSED_INSTALMENTS;
	int64_t cents = amount_minor - AGREEMENT_PROPOSED_INSTALMENTS * each_minor;

	for (int i = 0; i < AGREEMENT_PROPOSED_INSTALMENTS; i++)
		instalments[i] = (struct instalment){
			date_add_days(today, AGREEMENT_PROPOSED_FIRST_DAYS + i * AGREEMENT_PROPOSED_EVERY_DAYS),
			i == 0 ? each_minor + cents : each_minor,
		};
}

enum agreement_state agreement_judge(const struct agreement *agreement, int64_t paid_minor, int64_t still_open_minor,
				     struct date today)
{
	if (still_open_minor <= 0 || paid_minor >= agreement_total_minor(agreement))
		return AGREEMENT_KEPT;
	return paid_minor < agreement_expected_minor(agreement, today) ? AGREEMENT_BROKEN : AGREEMENT_STANDS;
}

struct date agreement_last_day(const struct agreement *agreement)
{
	return date_add_days(agreement->instalments[agreement->count - 1].due_on, agreement->grace_days);
}

static const char *const kind_names[AGREEMENT_KIND_COUNT] = { NULL, "promise", "plan" };
static const char *const state_names[AGREEMENT_STATE_COUNT] = { NULL,   "proposed", "stands",
								"kept", "broken",   "cancelled" };

static int find(const char *const *names, int count, const char *name)
{
	for (int i = 1; i < count; i++) {
		if (text_equal(names[i], name))
			return i;
	}
	return 0;
}

const char *agreement_kind_name(enum agreement_kind kind)
{
	return kind_names[kind];
}

enum agreement_kind agreement_kind_find(const char *name)
{
	return (enum agreement_kind)find(kind_names, AGREEMENT_KIND_COUNT, name);
}

const char *agreement_state_name(enum agreement_state state)
{
	return state_names[state];
}

enum agreement_state agreement_state_find(const char *name)
{
	return (enum agreement_state)find(state_names, AGREEMENT_STATE_COUNT, name);
}
