#ifndef SUPPORT_OUTCOME_H
#define SUPPORT_OUTCOME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base/err.h"
#include "common/base/text.h"

/* What a struct err should have been, with what it was instead. */

static inline void assert_done(struct err err)
{
	if (!err_ok(err))
		fail_msg("%s: %s", err.reason, err.message ? err.message : "");
}

static inline void assert_refused(struct err err, enum err_code code, const char *reason)
{
	if (err.code != code || !text_equal(err.reason, reason))
		fail_msg("%s %s (%s) where %s %s was expected", err_code_name(err.code), err.reason, err.message,
			 err_code_name(code), reason);
}

#endif
