#include "payments/domain/bank_account.h"

#include <string.h>

#include "common/base/reference.h"

#define BANK_DIGITS ((size_t)8)
#define ACCOUNT_DIGITS ((size_t)10)

static const char DIGITS[] = "0123456789", ZEROS[] = "0000000000";

const char *bank_account_iban(struct arena *arena, const char *account)
{
	const char *own = account + BANK_DIGITS + 1;
	char iban[REFERENCE_IBAN_BYTES];

	if (strspn(account, DIGITS) != BANK_DIGITS || account[BANK_DIGITS] != '/')
		return NULL;
	size_t length = strspn(own, DIGITS);

	if (length == 0 || length > ACCOUNT_DIGITS || own[length] != '\0')
		return NULL;
	const char *bban = arena_format(arena, "%.8s%s%s", account, ZEROS + length, own);

	return arena_copy(arena, reference_iban_make("DE", bban, iban));
}
