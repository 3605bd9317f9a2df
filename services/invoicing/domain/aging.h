#ifndef INVOICING_DOMAIN_AGING_H
#define INVOICING_DOMAIN_AGING_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/money.h"

/* Outstanding amounts by days past due. Every open amount is in exactly one bucket, those due in the future too, so
 * that the buckets add up to what is outstanding. Days past due count from the day after the due date. */

enum aging_bucket { AGING_NOT_DUE, AGING_1_30, AGING_31_60, AGING_61_90, AGING_OVER_90, AGING_BUCKETS };

/* The first day past due of each bucket after `not due`; SQL takes the same bounds (width_bucket). */
extern const int64_t AGING_FROM_DAYS[AGING_BUCKETS - 1];

enum aging_bucket aging_bucket_of(int days_past_due);

/* One row of the report: a customer and currency, or a currency in total. */
struct aging_row {
	const char *customer_number, *customer_name; /* NULL in totals */
	struct currency currency;
	int64_t bucket_minor[AGING_BUCKETS], outstanding_minor, invoice_count, unapplied_minor;
	int64_t disputed_minor; /* of outstanding_minor */
};

void aging_add(struct aging_row *row, enum aging_bucket bucket, int64_t open_minor, int64_t invoice_count);

/* True if the buckets add up to what is outstanding. */
bool aging_adds_up(const struct aging_row *row);

struct aging_filter {
	struct date on;
	const char *customer_number; /* "": all */
	const char *after;           /* a customer's number; "" is the start */
	int limit;
};

#endif
