#ifndef FORMATS_TEXT_AMOUNT_H
#define FORMATS_TEXT_AMOUNT_H

#include "common/base/date.h"
#include "common/base/money.h"

/* What the text formats share: amounts with a decimal comma, dates of six digits. */

/* "1234,5", "1234.50", "1234,", "0000001234,56": digits with at most one comma or point, "1.234,56" with the other
 * one between groups of three. Errors as money_parse_n. */
MUST_USE struct err text_amount(const char *text, size_t length, struct currency currency, int64_t *minor);

/* Six digits YYMMDD of the years 1980 to 2079. Banks that reckon with months of 30 days write February 30: a day past
 * the end of its month is its last day. ERR_INVALID "statement.date". */
MUST_USE struct err text_date6(const char *text, struct date *date);

/* How many of the first bytes are digits. */
size_t text_digits(const char *text);

#endif
