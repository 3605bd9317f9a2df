#ifndef FORMATS_OFX_VALUE_H
#define FORMATS_OFX_VALUE_H

#include "common/base/date.h"
#include "common/base/money.h"

/* How OFX writes texts, amounts and dates. */

/* In place: the five entities of XML, &nbsp; and numbers below 127; others stay as they are. */
void ofx_entities_decode(char *text);

/* "-1234.56", "+1234,5", "1,234.56": the last separator is the decimal one. Errors as money_parse. */
MUST_USE struct err ofx_amount(const char *text, struct currency currency, int64_t *minor);

/* YYYYMMDD and whatever follows: the date in the bank's zone. ERR_INVALID "statement.date", "date.malformed". */
MUST_USE struct err ofx_date(const char *text, struct date *date);

#endif
