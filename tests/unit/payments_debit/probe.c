/* psp_signature_probe HEADER SECRET <BODY: checks a Stripe signature now; prints "good" or the reason. For
 * stripe_library, which signs with Stripe's own code. */
#include <stdio.h>

#include "common/io/clock.h"
#include "payments/psp_signature.h"

int main(int argc, char **argv)
{
	static char body[1 << 20];
	size_t length = fread(body, 1, sizeof body, stdin);

	if (argc != 3)
		return 2;
	const char *const secrets[] = { argv[2] };
	struct err err = psp_signature_check(PSP_STRIPE, argv[1], body, length, secrets, 1, clock_system());

	puts(err_ok(err) ? "good" : err.reason);
	return 0;
}
