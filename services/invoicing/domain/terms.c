#include "invoicing/domain/terms.h"

#include "common/base/check.h"
#include "common/base/text.h"

#define PERCENT_MAX (100 * DECIMAL_ONE)

static const char *const END_OF_MONTH[END_OF_MONTH_COUNT] = { "none", "after_days", "before_days" };
static const char *const INTEREST[] = {
	[INTEREST_NONE] = "none", [INTEREST_STATUTORY] = "statutory", [INTEREST_FIXED] = "fixed"
};
#define INTEREST_COUNT (int)(sizeof INTEREST / sizeof INTEREST[0])

const char *end_of_month_name(enum end_of_month rule)
{
	CHECK(rule < END_OF_MONTH_COUNT);
	return END_OF_MONTH[rule];
}

enum end_of_month end_of_month_of(const char *name)
{
	return (enum end_of_month)text_place(END_OF_MONTH, END_OF_MONTH_COUNT, name);
}

const char *interest_rule_name(enum interest_rule rule)
{
	CHECK(rule < INTEREST_COUNT);
	return INTEREST[rule];
}

enum interest_rule interest_rule_of(const char *name)
{
	return (enum interest_rule)text_place(INTEREST, INTEREST_COUNT, name);
}

struct payment_terms payment_terms_default(const char *country, bool euro)
{
	struct payment_terms terms = { .days = TERMS_DAYS_DEFAULT, .late = late_terms_statutory(country) };

	if (!euro)
		terms.late.compensation_minor = 0;
	return terms;
}

struct late_terms late_terms_for(struct late_terms terms, bool consumer)
{
	if (consumer)
		terms.compensation_minor = 0;
	return terms;
}

struct err payment_terms_check(const struct payment_terms *terms)
{
	int64_t percent = terms->discount_percent.millionths;

	if (terms->days < 0 || terms->days > TERMS_DAYS_MAX)
		return ERR(ERR_INVALID, "terms.days", "days", "the term is 0 to 365 days");
	if (percent < 0 || percent >= PERCENT_MAX || terms->discount_days < 0 || terms->discount_days > TERMS_DAYS_MAX)
		return ERR(ERR_INVALID, "terms.discount", "discount_percent",
			   "an early-payment discount is 0 to under 100 percent within 0 to 365 days");
	if (percent == 0 && terms->discount_days > 0)
		return ERR(ERR_INVALID, "terms.discount", "discount_days", "discount days need a discount percent");
	if (terms->late.rate.millionths < 0 || terms->late.rate.millionths > PERCENT_MAX)
		return ERR(ERR_INVALID, "terms.interest", "interest_rate", "the interest rate is 0 to 100");
	if (terms->late.compensation_minor < 0 || terms->late.compensation_minor > INT64_C(1000000))
		return ERR(ERR_INVALID, "terms.compensation", "compensation_minor",
			   "the fixed compensation is 0 to 1,000,000 minor units");
	return OK;
}

struct date payment_terms_due(const struct payment_terms *terms, struct date issued_on)
{
	switch (terms->end_of_month) {
	case END_OF_MONTH_AFTER_DAYS:
		return date_month_end(date_add_days(issued_on, terms->days));
	case END_OF_MONTH_BEFORE_DAYS:
		return date_add_days(date_month_end(issued_on), terms->days);
	case END_OF_MONTH_NONE:
		break;
	}
	return date_add_days(issued_on, terms->days);
}

int64_t payment_terms_discount(const struct payment_terms *terms, int64_t gross_minor)
{
	return decimal_percent_of(terms->discount_percent, gross_minor);
}

struct date payment_terms_discount_until(const struct payment_terms *terms, struct date issued_on)
{
	struct date until = date_add_days(issued_on, terms->discount_days), due = payment_terms_due(terms, issued_on);

	if (terms->discount_percent.millionths == 0)
		return DATE_NONE;
	return date_compare(until, due) < 0 ? until : due;
}
