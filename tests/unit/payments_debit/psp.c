#include "unit/test.h"

#include "payments/psp_signature.h"
#include "payments/wire_psp.h"

/* ------------------------------------------------------------------ signatures */

#define SECRET "whsec_test_secret_0123456789"
#define BODY "{\"id\":\"evt_1\"}"
#define STAMP 1700000000
/* HMAC-SHA256 of "1700000000." and BODY, and of BODY alone, under SECRET; made with openssl dgst -hmac. */
#define STRIPE_MAC "7e9a82a20098cf01f04d9c09f5a7459669bfecf51392ce3adb1445906fceff61"
#define GOCARDLESS_MAC "97f6a0ad6a00748584d0b853c57cb89ab530dca2353d5394328ee6e8dbaff256"
#define WRONG "0000000000000000000000000000000000000000000000000000000000000000"

static void signatures(void **state)
{
	static const struct {
		const char *sentence;
		enum psp_provider provider;
		const char *header, *body;
		int64_t later_s;
		const char *reason;
	} CASES[] = {
		{ "Stripe's own form", PSP_STRIPE, "t=1700000000,v1=" STRIPE_MAC, BODY, 0, NULL },
		{ "one of several v1 is enough", PSP_STRIPE, "t=1700000000,v1=" WRONG ",v1=" STRIPE_MAC, BODY, 0,
		  NULL },
		{ "v0 and unknown parts don't matter", PSP_STRIPE, "t=1700000000,v1=" STRIPE_MAC ",v0=6ffb,x=y", BODY,
		  0, NULL },
		{ "v0 alone is none", PSP_STRIPE, "t=1700000000,v0=" STRIPE_MAC, BODY, 0, "psp.signature" },
		{ "300 seconds later", PSP_STRIPE, "t=1700000000,v1=" STRIPE_MAC, BODY, 300, NULL },
		{ "301 seconds later", PSP_STRIPE, "t=1700000000,v1=" STRIPE_MAC, BODY, 301, "psp.signature_old" },
		{ "301 seconds ahead", PSP_STRIPE, "t=1700000000,v1=" STRIPE_MAC, BODY, -301, "psp.signature_old" },
		{ "the time was changed", PSP_STRIPE, "t=1700000001,v1=" STRIPE_MAC, BODY, 0, "psp.signature" },
		{ "a byte was changed", PSP_STRIPE, "t=1700000000,v1=" STRIPE_MAC, "{\"id\":\"evt_2\"}", 0,
		  "psp.signature" },
		{ "a time with leading blank is signed so, or not at all", PSP_STRIPE, "t= 1700000000,v1=" STRIPE_MAC,
		  BODY, 0, "psp.signature" },
		{ "no time", PSP_STRIPE, "v1=" STRIPE_MAC, BODY, 0, "psp.signature" },
		{ "an empty header", PSP_STRIPE, "", BODY, 0, "psp.signature" },
		{ "a cut signature", PSP_STRIPE, "t=1700000000,v1=abcd", BODY, 0, "psp.signature" },
		{ "GoCardless's form, at any time", PSP_GOCARDLESS, GOCARDLESS_MAC, BODY, 100000, NULL },
		{ "GoCardless, by somebody else", PSP_GOCARDLESS, WRONG, BODY, 0, "psp.signature" },
		{ "GoCardless, with more behind it", PSP_GOCARDLESS, GOCARDLESS_MAC "00", BODY, 0, "psp.signature" },
	};
	static const char *const SECRETS[] = { "another_secret_0123456789", SECRET };

	(void)state;
	for (size_t i = 0; i < ROWS(CASES); i++) {
		struct instant now = { (STAMP + CASES[i].later_s) * US_PER_SECOND };
		struct err err = psp_signature_check(CASES[i].provider, CASES[i].header, CASES[i].body,
						     strlen(CASES[i].body), SECRETS, 2, now);

		SAY(CASES[i].sentence);
		if (CASES[i].reason)
			assert_string_equal(err.reason, CASES[i].reason);
		else
			assert_true(err_ok(err));
		SAY("  and never with a secret that is not set");
		assert_false(err_ok(psp_signature_check(CASES[i].provider, CASES[i].header, CASES[i].body,
							strlen(CASES[i].body), SECRETS, 1, now)));
	}
}

/* ------------------------------------------------------------------ what counts */

static struct psp_event event(enum psp_standing standing, int64_t at, int64_t amount, int64_t refunded)
{
	return (struct psp_event){ .at = { at * US_PER_SECOND },
				   .tells_standing = standing != PSP_ANNOUNCED || amount != 0,
				   .standing = standing,
				   .amount_minor = amount,
				   .refunded_minor = refunded,
				   .currency = { "EUR" } };
}

static void standings(void **state)
{
	static const struct {
		const char *sentence;
		struct {
			enum psp_standing standing;
			int64_t at, amount, refunded;
		} events[3];
		int64_t due;
	} LIVES[] = {
		{ "paid", { { PSP_PAID, 1, 100, 0 } }, 100 },
		{ "announced only", { { PSP_ANNOUNCED, 1, 100, 0 } }, 0 },
		{ "failed, then paid", { { PSP_FAILED, 1, 100, 0 }, { PSP_PAID, 2, 100, 0 } }, 100 },
		{ "paid, then failed late", { { PSP_PAID, 1, 100, 0 }, { PSP_FAILED, 2, 100, 0 } }, 0 },
		{ "paid out at the second of its chargeback",
		  { { PSP_CHARGED_BACK, 2, 0, 0 }, { PSP_PAID_OUT, 2, 100, 0 } },
		  0 },
		{ "charged back and won",
		  { { PSP_PAID, 1, 100, 0 }, { PSP_CHARGED_BACK, 2, 0, 0 }, { PSP_REINSTATED, 3, 0, 0 } },
		  100 },
		{ "refunded in part", { { PSP_PAID, 1, 100, 0 }, { PSP_ANNOUNCED, 2, 0, 30 } }, 70 },
		{ "refunded twice",
		  { { PSP_PAID, 1, 100, 0 }, { PSP_ANNOUNCED, 2, 0, 30 }, { PSP_ANNOUNCED, 3, 0, 100 } },
		  0 },
	};
	static const size_t ORDERS[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 }
	};

	(void)state;
	for (size_t i = 0; i < ROWS(LIVES); i++) {
		SAY(LIVES[i].sentence);
		for (size_t order = 0; order < ROWS(ORDERS); order++) {
			struct psp_payment payment = psp_payment_make(PSP_STRIPE, "pi_1");

			for (size_t k = 0; k < 6; k++) { /* everything twice */
				size_t at = ORDERS[order][k % 3];

				if (LIVES[i].events[at].at == 0)
					continue;
				struct psp_event each = event(LIVES[i].events[at].standing, LIVES[i].events[at].at,
							      LIVES[i].events[at].amount, LIVES[i].events[at].refunded);

				psp_payment_learn(&payment, &each);
			}
			assert_int_equal(psp_payment_due_minor(&payment), LIVES[i].due);
		}
	}
}

static void parts_count(void **state)
{
	static const struct {
		const char *sentence;
		enum psp_standing standing;
		int64_t told, refunds, failed, disputed, due;
	} PARTS[] = {
		{ "a dispute about a part leaves the rest", PSP_CHARGED_BACK, 0, 0, 0, 30, 70 },
		{ "a dispute about all of it", PSP_CHARGED_BACK, 0, 0, 0, 100, 0 },
		{ "a chargeback that tells no amount", PSP_CHARGED_BACK, 0, 0, 0, 0, 0 },
		{ "one of two disputes was won", PSP_REINSTATED, 0, 0, 0, 30, 70 },
		{ "a refund heard of by itself first", PSP_PAID, 0, 20, 0, 0, 80 },
		{ "the payment tells the same refund", PSP_PAID, 20, 20, 0, 0, 80 },
		{ "a refund that failed afterwards", PSP_PAID, 50, 20, 30, 0, 80 },
		{ "refunded and disputed for more than there was", PSP_CHARGED_BACK, 60, 60, 0, 60, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(PARTS); i++) {
		struct psp_payment payment = psp_payment_make(PSP_STRIPE, "pi_1");

		SAY(PARTS[i].sentence);
		payment.currency = (struct currency){ "EUR" };
		payment.amount_minor = 100;
		payment.standing = PARTS[i].standing;
		payment.refunded_minor = PARTS[i].told;
		payment.refunds_minor = PARTS[i].refunds;
		payment.failed_refunds_minor = PARTS[i].failed;
		payment.disputed_minor = PARTS[i].disputed;
		assert_int_equal(psp_payment_due_minor(&payment), PARTS[i].due);
	}
}

/* ------------------------------------------------------------------ bodies */

static void bodies(void **state)
{
	static const struct {
		const char *sentence;
		enum psp_provider provider;
		const char *body, *said; /* NULL: refused */
	} BODIES[] = {
		{ "an intent that succeeded", PSP_STRIPE,
		  "{\"id\":\"e\",\"type\":\"payment_intent.succeeded\",\"created\":5,\"data\":{\"object\":{\"id\":\"pi_"
		  "1\","
		  "\"amount_received\":1200,\"currency\":\"eur\",\"metadata\":{\"invoice\":\"INV-1\"},\"description\":"
		  "\"Order 9\"}}}",
		  "payment_intent.succeeded pi_1 paid 1200 0 EUR INV-1 Order 9" },
		{ "a charge of an intent", PSP_STRIPE,
		  "{\"id\":\"e\",\"type\":\"charge.refunded\",\"created\":5,\"data\":{\"object\":{\"id\":\"ch_1\","
		  "\"payment_intent\":"
		  "\"pi_1\",\"amount\":1200,\"amount_refunded\":300,\"currency\":\"eur\"}}}",
		  "charge.refunded pi_1 - 1200 300 EUR -" },
		{ "a charge that is only authorised", PSP_STRIPE,
		  "{\"id\":\"e\",\"type\":\"charge.succeeded\",\"created\":5,\"data\":{\"object\":{\"id\":\"ch_1\","
		  "\"amount\":1200,"
		  "\"captured\":false,\"currency\":\"eur\"}}}",
		  "charge.succeeded ch_1 announced 1200 0 EUR -" },
		{ "an inquiry takes no money", PSP_STRIPE,
		  "{\"id\":\"e\",\"type\":\"charge.dispute.created\",\"created\":5,\"data\":{\"object\":{\"charge\":"
		  "\"ch_1\","
		  "\"status\":\"warning_needs_response\",\"currency\":\"eur\",\"amount\":1200}}}",
		  "charge.dispute.created ch_1 - 0 0 EUR -" },
		{ "crowns of Iceland are counted in hundredths", PSP_STRIPE,
		  "{\"id\":\"e\",\"type\":\"charge.succeeded\",\"created\":5,\"data\":{\"object\":{\"id\":\"ch_1\","
		  "\"amount\":120000,"
		  "\"captured\":true,\"currency\":\"isk\"}}}",
		  "charge.succeeded ch_1 paid 1200 0 ISK -" },
		{ "an event of something else", PSP_STRIPE,
		  "{\"id\":\"e\",\"type\":\"customer.created\",\"created\":5,\"data\":{\"object\":{\"id\":\"cus_1\"}}}",
		  "customer.created - - 0 0  -" },
		{ "GoCardless with an amount in the metadata", PSP_GOCARDLESS,
		  "{\"events\":[{\"id\":\"EV1\",\"created_at\":\"2026-02-02T10:00:00.000Z\",\"action\":\"confirmed\","
		  "\"resource_type\":\"payments\",\"links\":{\"payment\":\"PM1\"},\"resource_metadata\":{\"invoice\":"
		  "\"INV-1\","
		  "\"amount_minor\":\"1200\",\"currency\":\"EUR\"}}]}",
		  "payments.confirmed PM1 paid 1200 0 EUR INV-1" },
		{ "GoCardless on a mandate", PSP_GOCARDLESS,
		  "{\"events\":[{\"id\":\"EV1\",\"created_at\":\"2026-02-02T10:00:00.000Z\",\"action\":\"cancelled\","
		  "\"resource_type\":\"mandates\",\"links\":{\"mandate\":\"MD1\"}}]}",
		  "mandates.cancelled MD1 - 0 0  -" },
		{ "a payout of Stripe's", PSP_STRIPE,
		  "{\"id\":\"e\",\"type\":\"payout.paid\",\"created\":5,\"data\":{\"object\":{\"id\":\"po_1\","
		  "\"amount\":990,\"currency\":\"eur\",\"metadata\":{\"fee_minor\":\"10\"}}}}",
		  "payout.paid po_1 - 990 0 EUR -" },
		{ "a refund of Stripe's", PSP_STRIPE,
		  "{\"id\":\"e\",\"type\":\"refund.failed\",\"created\":5,\"data\":{\"object\":{\"id\":\"re_1\","
		  "\"amount\":990,\"currency\":\"eur\",\"payment_intent\":\"pi_1\",\"status\":\"failed\"}}}",
		  "refund.failed pi_1 - 0 0 EUR -" },
		{ "no JSON", PSP_STRIPE, "hello", NULL },
		{ "a list", PSP_STRIPE, "[]", NULL },
		{ "no id", PSP_STRIPE, "{\"type\":\"charge.succeeded\",\"created\":5}", NULL },
		{ "no events", PSP_GOCARDLESS, "{\"events\":{}}", NULL },
		{ "a time that is none", PSP_GOCARDLESS,
		  "{\"events\":[{\"id\":\"E\",\"created_at\":\"x\",\"action\":\"a\",\"resource_type\":\"payments\"}]}",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(BODIES); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct psp_event *events;
		size_t count;
		struct err err = wire_psp_events(arena, BODIES[i].provider, BODIES[i].body, strlen(BODIES[i].body),
						 &events, &count);

		SAY(BODIES[i].sentence);
		assert_int_equal(err_ok(err), BODIES[i].said != NULL);
		if (!err_ok(err))
			continue;
		assert_int_equal(count, 1);
		assert_string_equal(arena_format(arena, "%s %s %s %lld %lld %s %s", events->type,
						 events->object_id ? events->object_id : "-",
						 events->tells_standing ? psp_standing_name(events->standing) : "-",
						 (long long)events->amount_minor, (long long)events->refunded_minor,
						 events->currency.code, events->reference ? events->reference : "-"),
				    BODIES[i].said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures),
		cmocka_unit_test(standings),
		cmocka_unit_test(parts_count),
		cmocka_unit_test(bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
