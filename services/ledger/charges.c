#include "ledger/charges.h"

#include <string.h>

#include "common/base/money.h"
#include "common/base/text.h"

#define REFERENCE_YEAR_FIRST 2006

/* The ECB's main refinancing rate on 1 January and on 1 July, in hundredths of a percent. Source: the ECB's table of
 * key interest rates; 2006-2009 from a copy of it, 2009-2014 from legifiscal.fr, 2014-2025 from retout.fr, both of 2025
 * and January 2026 from the ECB's decisions as reported. July 2026 is left out: 2.40 was found in one unofficial
 * page only, and the carried 2.15 never claims more than is owed. */
static const struct {
	short january, july; /* 0 is a rate; -1 is not known yet */
} REFERENCE_RATES[] = {
	{ 225, 275 }, { 350, 400 }, { 400, 400 }, { 250, 100 }, { 100, 100 }, { 100, 125 }, { 100, 100 }, /* 2006-12 */
	{ 75, 50 },   { 25, 15 },   { 5, 5 },     { 5, 0 },     { 0, 0 },     { 0, 0 },     { 0, 0 },     /* 2013-19 */
	{ 0, 0 },     { 0, 0 },     { 0, 0 },     { 250, 400 }, { 450, 425 }, { 315, 215 }, { 215, -1 },  /* 2020-26 */
};

#define REFERENCE_HALF_YEARS (2 * (int)(sizeof REFERENCE_RATES / sizeof REFERENCE_RATES[0]))

static int reference_rate_at(int half_year)
{
	return half_year % 2 == 0 ? REFERENCE_RATES[half_year / 2].january : REFERENCE_RATES[half_year / 2].july;
}

/* Half-years since the first of the table; negative before it. */
static int half_year_of(struct date on)
{
	int year, month, day;

	date_parts(on, &year, &month, &day);
	return 2 * (year - REFERENCE_YEAR_FIRST) + (month > 6);
}

static struct date half_year_end(struct date on)
{
	int year, month, day;
	struct date end = on;

	date_parts(on, &year, &month, &day);
	return err_ok(date_make(year, month > 6 ? 12 : 6, month > 6 ? 31 : 30, &end)) ? end : on;
}

struct err reference_rate_find(struct date on, struct decimal *rate, bool *confirmed)
{
	int wanted = half_year_of(on), known = wanted;

	if (wanted < 0)
		return ERR(ERR_RANGE, "interest.no_reference_rate", NULL, "the reference rates begin in 2006");
	if (known >= REFERENCE_HALF_YEARS)
		known = REFERENCE_HALF_YEARS - 1;
	while (reference_rate_at(known) < 0)
		known--;
	rate->millionths = reference_rate_at(known) * (DECIMAL_ONE / 100);
	*confirmed = known == wanted;
	return OK;
}

/* The members whose reference rate is the ECB's or who refer to it; elsewhere the contract must say. */
static const char EURO_MEMBERS[][3] = { "AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR",
					"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK" };

struct late_terms late_terms_statutory(const char *country)
{
	struct late_terms none = { .rule = INTEREST_NONE };

	for (size_t i = 0; i < sizeof EURO_MEMBERS / sizeof EURO_MEMBERS[0]; i++)
		if (text_equal(EURO_MEMBERS[i], country))
			return (struct late_terms){
				.rule = INTEREST_STATUTORY,
				.rate = { (text_equal(country, "FR") ? INTEREST_POINTS_FRANCE : INTEREST_POINTS_EU) *
					  DECIMAL_ONE },
				.compensation_minor = COMPENSATION_MINOR_EUR,
			};
	return none;
}

static struct err rate_on(const struct late_terms *terms, struct date on, struct decimal *rate)
{
	bool confirmed;

	if (terms->rule == INTEREST_FIXED) {
		*rate = terms->rate;
		return OK;
	}
	TRY(reference_rate_find(on, rate, &confirmed));
	rate->millionths += terms->rate.millionths;
	return OK;
}

/* Simple interest on rate-days (millionths of a percent times days). */
static int64_t interest_of(int64_t open_minor, int64_t rate_days)
{
	return money_mul_div(open_minor, rate_days, INTEREST_DAYS_OF_YEAR * 100 * DECIMAL_ONE);
}

/* The line that days at `rate` from `from` belong to: the last one where the rate has not changed, else a new one. */
static struct interest_period *period_for(struct late_charges *charges, struct date from, struct decimal rate)
{
	struct interest_period *next = charges->periods + charges->period_count;

	if (charges->period_count > 0 && next[-1].rate.millionths == rate.millionths)
		return next - 1;
	if (charges->period_count == INTEREST_PERIODS_MAX)
		return NULL;
	charges->period_count++;
	*next = (struct interest_period){ .from = from, .rate = rate };
	return next;
}

/* Splits the days by half-year, as the reference rate may change. The total is rounded once, and each line is the step
 * between two rounded running totals, so that the lines add up to it to the cent. */
static struct err interest_accrue(const struct late_terms *terms, struct date from, struct date to, int64_t open_minor,
				  struct late_charges *charges)
{
	int64_t rate_days = 0;

	while (date_compare(from, to) <= 0) {
		struct date end = date_compare(half_year_end(from), to) < 0 ? half_year_end(from) : to;
		int days = date_days_between(from, end) + 1;
		struct decimal rate;

		TRY(rate_on(terms, from, &rate));
		struct interest_period *period = period_for(charges, from, rate);

		if (!period)
			return ERR(ERR_RANGE, "interest.too_long", NULL, "the interest runs over too many half-years");
		rate_days += rate.millionths * days;
		int64_t total = interest_of(open_minor, rate_days);

		period->to = end;
		period->days += days;
		period->interest_minor += total - charges->interest_minor;
		charges->interest_minor = total;
		from = date_add_days(end, 1);
	}
	return OK;
}

struct err late_charges_quote(const struct late_terms *terms, struct date due_on, struct date on, int64_t open_minor,
			      struct late_charges *charges)
{
	struct late_charges quoted = { 0 };

	if (date_compare(on, due_on) > 0 && open_minor > 0) {
		quoted.days_past_due = date_days_between(due_on, on);
		quoted.compensation_minor = terms->compensation_minor;
		if (terms->rule != INTEREST_NONE)
			TRY(interest_accrue(terms, date_add_days(due_on, 1), on, open_minor, &quoted));
	}
	*charges = quoted;
	return OK;
}
