#ifndef TESTS_PAYMENTS_DESK_H
#define TESTS_PAYMENTS_DESK_H

#include "payments/import.h"
#include "support/outcome.h"
#include "support/pg.h"
#include "unit/test.h"

/* A private PostgreSQL with the creditor MAIN, customers K1 and K2 and a hundred open invoices of 100.00 EUR each,
 * INV-2026-000001 to -000100, odd ones K1's, even ones K2's, and bank files made by the line. */

#define ACCOUNT "DE89370400440532013000"
#define INVOICES 100

struct store {
	struct pg *pg;
	struct db *db; /* as relance_payments */
	struct arena *arena;
};

extern struct store here;

/* Who pays all lines of the statements made from now on; nobody is named after desk_reset. */
struct payer {
	const char *name, *iban; /* NULL: none */
};

extern struct payer payer;
extern const char *mandate; /* of all those lines, or NULL */

int desk_start(void **state);
int desk_stop(void **state);
int desk_reset(void **state); /* before each test: the books as above, nothing imported */

/* One entry of a statement; the text names the invoice "INV-2026-%06d". */
struct line {
	const char *ref; /* the bank's, or NULL */
	int day;         /* of February 2026 */
	int64_t minor;   /* debits negative */
	const char *text;
	const char *end_to_end_id, *return_reason; /* NULL: none */
};

/* A camt.053 file in the arena; closing_off is added to the right closing balance. */
const char *statement_text(const char *id, int64_t opening_minor, const struct line *lines, size_t count,
			   int64_t closing_off);

/* Uploads a text under a fresh file id, ready for import_file. */
struct err upload(const char *name, const char *text, struct import_request *request);

/* The same, and imports it. */
struct err take(const char *name, const char *text, struct import_result *result);

/* A text that says all that is in the books: equal texts are equal books. */
const char *books_text(void);
void assert_books_hold(void);
int64_t open_of(int invoice);

#endif
