#ifndef INVOICING_DOMAIN_BOOK_CHECK_H
#define INVOICING_DOMAIN_BOOK_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One invariant of the books and whether it holds. */
struct book_check {
	const char *name; /* "invoicing.numbers_gapless" */
	bool ok;
	int64_t checked;    /* how many were looked at */
	const char *detail; /* the first violation, or NULL */
};

#endif
