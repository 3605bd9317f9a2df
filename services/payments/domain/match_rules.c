#include "payments/domain/match_rules.h"

#define SHARE_WHOLE 10000
#define DISCOUNT_SHARE_MIN 50 /* half a percent */

struct match_rules match_rules_default(struct currency currency)
{
	return (struct match_rules){
		.currency = currency, .taken_discount_share = 500, .parts = true, .account_amount = true
	};
}

struct match_rules match_rules_find(const struct match_rules *list, size_t count, struct currency currency)
{
	for (size_t i = 0; i < count; i++)
		if (currency_equal(list[i].currency, currency))
			return list[i];
	return match_rules_default(currency);
}

static struct err out_of_range(const char *field)
{
	return ERR(ERR_INVALID, "match_rules.range", field, "out of its limits");
}

static bool share_fits(int32_t share)
{
	return share >= 0 && share <= MATCH_RULES_SHARE_MAX;
}

static bool minor_fits(int64_t minor)
{
	return minor >= 0 && minor <= MATCH_RULES_MINOR_MAX;
}

struct err match_rules_check(const struct match_rules *rules)
{
	if (rules->discount_grace_days < 0 || rules->discount_grace_days > MATCH_RULES_GRACE_DAYS_MAX)
		return out_of_range("discount_grace_days");
	if (!share_fits(rules->taken_discount_share))
		return out_of_range("taken_discount_share");
	if (!minor_fits(rules->charges_max_minor))
		return out_of_range("charges_max_minor");
	if (!minor_fits(rules->under_max_minor))
		return out_of_range("under_max_minor");
	if (!share_fits(rules->under_max_share))
		return out_of_range("under_max_share");
	if (!minor_fits(rules->over_max_minor))
		return out_of_range("over_max_minor");
	return share_fits(rules->over_max_share) ? OK : out_of_range("over_max_share");
}

bool match_rules_like_discount(const struct match_rules *rules, int64_t minor, int64_t open_minor)
{
	return minor >= money_mul_div(open_minor, DISCOUNT_SHARE_MIN, SHARE_WHOLE) &&
	       minor <= money_mul_div(open_minor, rules->taken_discount_share, SHARE_WHOLE);
}

bool match_rules_within(int64_t minor, int64_t open_minor, int64_t max_minor, int32_t max_share)
{
	return minor <= max_minor && minor <= money_mul_div(open_minor, max_share, SHARE_WHOLE);
}
