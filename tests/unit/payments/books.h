#ifndef TESTS_PAYMENTS_BOOKS_H
#define TESTS_PAYMENTS_BOOKS_H

#include "payments/domain/match.h"

/* clang-format off */
/* A creditor's open items in memory, the same for every row of a test (EUR where nothing else is said):
 *
 *   K10001 Alpha Müller GmbH   DE89…3000   INV-2026-000011 100.00, -000012 200.00, -000013 100.00 (2 % discount until
 *                                          2026-02-10), -000019 45.00, -000022 USD 80.00; settled: -000018, -000021
 *   K10002 Beta Dupont SAS     FR76…0189   INV-2026-000014 100.00 (RF reference), -000116 37.50, RE-77012 and RE/77012
 *                                          12.00 each (one key, two invoices), 1047 55.00 (disputed)
 *   K10003 Müller Logistik AG  FR14…2606   INV-2026-000031 500.00 and -000032 300.00 (mandate MANDATE-3, and a plan of
 *                                          600.00, 200.00 and 540.00), FEE-2026-01 40.00 (a fee) */
/* clang-format on */

#define ALPHA_IBAN "DE89370400440532013000"
#define BETA_IBAN "FR7630006000011234567890189"
#define GAMMA_IBAN "FR1420041010050500013M02606"
#define LEARNED_IBAN "NL91ABNA0417164300" /* paid for ALPHA once, a person said */
#define STRANGER_IBAN "BE68539007547034"
#define BETA_RF "RF18539007547034"

struct books {
	struct arena *arena;
	struct open_items items;
	struct match_rules rules; /* the default ones */
};

void books_open(struct books *books);
void books_close(struct books *books);

/* So many more items, of whose account it is: of one cent, but for the last one (S000007 is the eighth). */
void books_add_items(struct books *books, const char *iban, size_t count, int64_t last_minor);

/* A credit of `minor` EUR on 2026-02-05 with one remittance text (NULL: none). */
struct payment payment_of(int64_t minor, const char **text);

/* "INV-2026-000011=10000 INV-2026-000012=20000": what a decision allocates; "+200" behind is discount; " or "
 * stands between alternatives. */
const char *allocations_text(struct arena *arena, const struct decision *decision);

struct decision decide(struct books *books, const struct payment *payment);

#endif
