/* Bodies of payment providers' webhooks, which are signed but not therefore right: each event has an id and a type, no
 * amount is negative, and what is refused has a reason. The first byte says whose body it is. */
#include <stdint.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/wire_psp.h"

static void check_event(const struct psp_event *event)
{
	struct psp_payment payment = psp_payment_make(PSP_STRIPE, "x");

	CHECK(event->id && event->id[0] && event->type);
	CHECK(event->amount_minor >= 0 && event->refunded_minor >= 0);
	CHECK(!event->reference || event->reference[0]);
	psp_payment_learn(&payment, event);
	CHECK(psp_payment_due_minor(&payment) >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	ARENA_SCOPE arena = arena_new(0);
	struct psp_event *events;
	size_t count;

	if (length == 0)
		return 0;
	struct err err = wire_psp_events(arena, (enum psp_provider)(bytes[0] % PSP_PROVIDER_COUNT), bytes + 1,
					 length - 1, &events, &count);

	for (size_t i = 0; err_ok(err) && i < count; i++)
		check_event(&events[i]);
	CHECK(err_ok(err) || text_equal(err.reason, "psp.body"));
	return 0;
}
