#ifndef PAYMENTS_BANK_ACCOUNT_H
#define PAYMENTS_BANK_ACCOUNT_H

#include "common/base/arena.h"

/* The IBAN of an account that a statement names as its bank does at home, in the arena; NULL where it has no such form.
 *
 *     51210600/9223382012   Germany: the bank's code of eight digits, and up to ten of the account
 *
 * Some German banks make their IBANs by rules of their own (Deutsche Bundesbank, "IBAN-Regeln"): it is a second name to
 * look for, not what the account is called. */
const char *bank_account_iban(struct arena *arena, const char *account);

#endif
