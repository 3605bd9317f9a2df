#ifndef FORMATS_CSV_VALUE_H
#define FORMATS_CSV_VALUE_H

#include "common/base/date.h"
#include "common/base/money.h"
#include "payments/formats/csv_profile.h"

/* The cells of a CSV file. */

/* "-1.234,56", "1 234.50", "1'234.50", "12,00-", "+5", "16,94 EUR". The digits' groups must be groups of three. Errors:
 * ERR_INVALID "statement.amount" (also for "1,234" where the profile does not say which sign is the decimal one), and
 * those of money_parse. */
MUST_USE struct err csv_amount(const struct csv_profile *profile, const char *text, struct currency currency,
			       int64_t *minor);

/* A time of day behind the date is passed over. ERR_INVALID "statement.date". */
MUST_USE struct err csv_date(const struct csv_profile *profile, const char *text, struct date *date);

#endif
