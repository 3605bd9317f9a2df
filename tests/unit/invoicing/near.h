#ifndef TESTS_UNIT_INVOICING_NEAR_H
#define TESTS_UNIT_INVOICING_NEAR_H

#include "common/base/date.h"
#include "common/base/decimal.h"
#include "common/base/money.h"
#include "support/outcome.h"
#include "unit/test.h"

static const struct currency EURO = { "EUR" };

static inline struct date day(const char *text)
{
	struct date date;

	assert_done(date_parse(text, &date));
	return date;
}

static inline struct decimal rate(const char *text)
{
	struct decimal decimal;

	assert_done(decimal_parse(text, &decimal));
	return decimal;
}

static inline void assert_day(struct date found, const char *expected)
{
	char text[DATE_TEXT_BYTES];

	assert_string_equal(date_format(found, text), expected);
}

#endif
