#include "invoicing/domain/aging.h"

#include "common/base/check.h"

const int64_t AGING_FROM_DAYS[AGING_BUCKETS - 1] = { 1, 31, 61, 91 };

enum aging_bucket aging_bucket_of(int days_past_due)
{
	int bucket = 0;

	while (bucket < AGING_BUCKETS - 1 && days_past_due >= AGING_FROM_DAYS[bucket])
		bucket++;
	return (enum aging_bucket)bucket;
}

void aging_add(struct aging_row *row, enum aging_bucket bucket, int64_t open_minor, int64_t invoice_count)
{
	CHECK(bucket < AGING_BUCKETS);
	row->bucket_minor[bucket] += open_minor;
	row->outstanding_minor += open_minor;
	row->invoice_count += invoice_count;
}

bool aging_adds_up(const struct aging_row *row)
{
	int64_t sum = 0;

	for (int bucket = 0; bucket < AGING_BUCKETS; bucket++)
		sum += row->bucket_minor[bucket];
	return sum == row->outstanding_minor;
}
