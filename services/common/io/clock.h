#ifndef IO_CLOCK_H
#define IO_CLOCK_H

#include "common/io/db.h"

/* All time comes from here, and a creditor's from books_open (books.h). Without a test clock, its now is the system's
 * now. With RELANCE_TEST_CLOCK=1, a row of `ledger.test_clock` stands in for it: the creditor's time stands still until
 * it is moved. */

struct instant clock_system(void);
int64_t clock_monotonic_us(void);

/* Lets test clocks count (RELANCE_TEST_CLOCK=1). Once, at start, before any thread; off without it. */
void clock_use_test(bool use);
bool clock_test_used(void);

/* The civil date and the minute of the day of an instant in an IANA zone ("Europe/Paris"). By the
 * database's zone data, so that all replicas agree. ERR_INVALID "clock.zone" for an unknown zone, after which
 * the transaction can only be rolled back. */
MUST_USE struct err clock_local(struct db_tx *tx, struct instant instant, const char *zone, struct date *date,
				int *minute);

/* The instant of a local date and minute; a time skipped by daylight saving moves forward. */
MUST_USE struct err clock_instant(struct db_tx *tx, struct date date, int minute, const char *zone,
				  struct instant *instant);

#endif
