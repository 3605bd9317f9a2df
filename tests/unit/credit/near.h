#ifndef TESTS_UNIT_CREDIT_NEAR_H
#define TESTS_UNIT_CREDIT_NEAR_H

#include <math.h>

/* cmocka compares floats only; these are doubles, within 1e-9 of each other unless said otherwise. */
#define assert_near(got, wanted) assert_within(got, wanted, 1e-9)
#define assert_within(got, wanted, by)                                                                                 \
	do {                                                                                                           \
		double got_ = (got), wanted_ = (wanted);                                                               \
		if (!(fabs(got_ - wanted_) <= (by)))                                                                   \
			fail_msg("%.12g is not %.12g", got_, wanted_);                                                 \
	} while (0)

#endif
