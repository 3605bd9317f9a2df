#include <jansson.h>
#include <string.h>

#include "common/base/text.h"
#include "payments/wire_psp.h"

/* The bodies of webhooks. Sources: docs.stripe.com/api (event, payment_intent, charge, dispute, checkout.session);
 * developer.gocardless.com/api-reference (events of payments).
 *
 * Stripe's amounts are in the smallest unit, as ours, except that of ISK and UGX, which it counts in hundredths.
 * GoCardless tells no amounts: they come from the payment's own metadata (amount_minor, currency) or by
 * RegisterPspPayment. A refund of GoCardless's names its payment in its own metadata (payment, amount_minor), or is
 * only kept. */

#define REFERENCE_BYTES_MAX 1000
#define OBJECT_BYTES_MAX 128

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text && text[0] ? text : NULL;
}

static int64_t amount_of(const json_t *object, const char *key)
{
	json_int_t amount = json_integer_value(json_object_get(object, key));

	return amount > 0 && amount <= MONEY_MINOR_MAX ? (int64_t)amount : 0;
}

static const char *kept(struct arena *arena, const char *text)
{
	return text ? arena_copy(arena, text) : NULL;
}

/* Adds a word of what names the invoice. */
static void reference_add(char reference[static REFERENCE_BYTES_MAX], const char *text)
{
	size_t length = strlen(reference), more = text ? strlen(text) : 0;

	if (more == 0 || length + more + 2 > REFERENCE_BYTES_MAX || strstr(reference, text))
		return;
	if (length > 0)
		reference[length++] = ' ';
	memcpy(reference + length, text, more + 1);
}

static void reference_add_values(char reference[static REFERENCE_BYTES_MAX], json_t *metadata)
{
	const char *key;
	json_t *value;

	json_object_foreach(metadata, key, value) if (strcmp(key, "amount_minor") != 0 && strcmp(key, "currency") != 0)
		reference_add(reference, json_string_value(value));
}

static void reference_set(struct arena *arena, struct psp_event *event, const char *reference)
{
	event->reference = reference[0] ? arena_copy(arena, reference) : NULL;
}

static void object_set(struct arena *arena, struct psp_event *event, const char *id)
{
	if (id && strlen(id) <= OBJECT_BYTES_MAX)
		event->object_id = arena_copy(arena, id);
}

static void standing_set(struct psp_event *event, enum psp_standing standing)
{
	event->tells_standing = true;
	event->standing = standing;
}

/* ------------------------------------------------------------------ Stripe */

static void stripe_currency(struct psp_event *event, const json_t *object)
{
	const char *code = string_of(object, "currency");

	if (!code || !err_ok(currency_parse(code, &event->currency)))
		return;
	if (strcmp(event->currency.code, "ISK") == 0 || strcmp(event->currency.code, "UGX") == 0) {
		event->amount_minor /= 100;
		event->refunded_minor /= 100;
		event->part.amount_minor /= 100;
	}
}

static void stripe_reference(struct arena *arena, struct psp_event *event, const json_t *object)
{
	char reference[REFERENCE_BYTES_MAX] = "";

	reference_add_values(reference, json_object_get(object, "metadata"));
	reference_add(reference, string_of(object, "client_reference_id"));
	reference_add(reference, string_of(object, "description"));
	reference_set(arena, event, reference);
	const char *name = string_of(json_object_get(object, "billing_details"), "name");

	event->payer_name = kept(arena, name ? name : string_of(json_object_get(object, "customer_details"), "name"));
}

static void stripe_intent(struct arena *arena, struct psp_event *event, const json_t *object)
{
	object_set(arena, event, string_of(object, "id"));
	event->amount_minor = amount_of(object, "amount_received");
	if (event->amount_minor == 0)
		event->amount_minor = amount_of(object, "amount");
}

static void stripe_charge(struct arena *arena, struct psp_event *event, const json_t *object)
{
	const char *intent = string_of(object, "payment_intent");

	object_set(arena, event, intent ? intent : string_of(object, "id"));
	event->amount_minor = amount_of(object, "amount_captured");
	if (event->amount_minor == 0)
		event->amount_minor = amount_of(object, "amount");
	event->refunded_minor = amount_of(object, "amount_refunded");
	if (strcmp(event->type, "charge.succeeded") == 0 && json_is_false(json_object_get(object, "captured")))
		event->standing = PSP_ANNOUNCED; /* only authorised */
}

static void part_set(struct arena *arena, struct psp_event *event, enum psp_part_kind kind, const json_t *object,
		     bool holds)
{
	const char *id = string_of(object, "id");

	if (id && strlen(id) <= OBJECT_BYTES_MAX)
		event->part = (struct psp_part){ kind, arena_copy(arena, id), amount_of(object, "amount"), holds };
}

/* A refund by itself. */
static void stripe_refund(struct arena *arena, struct psp_event *event, const json_t *object)
{
	const char *intent = string_of(object, "payment_intent"), *status = string_of(object, "status");

	object_set(arena, event, intent ? intent : string_of(object, "charge"));
	part_set(arena, event, PSP_REFUND, object,
		 strcmp(event->type, "refund.failed") != 0 && !text_equal(status, "failed") &&
			 !text_equal(status, "canceled"));
}

/* An inquiry ("warning_…") takes no money yet. A dispute may be about a part. */
static void stripe_dispute(struct arena *arena, struct psp_event *event, const json_t *object)
{
	const char *intent = string_of(object, "payment_intent"), *status = string_of(object, "status");

	object_set(arena, event, intent ? intent : string_of(object, "charge"));
	if (strcmp(event->type, "charge.dispute.closed") == 0)
		standing_set(event, text_equal(status, "won") ? PSP_REINSTATED : PSP_CHARGED_BACK);
	if (status && text_starts(status, "warning"))
		event->tells_standing = false;
	else
		part_set(arena, event, PSP_DISPUTE, object, event->standing != PSP_REINSTATED);
}

static void stripe_session(struct arena *arena, struct psp_event *event, const json_t *object)
{
	const char *intent = string_of(object, "payment_intent");

	object_set(arena, event, intent ? intent : string_of(object, "id"));
	event->amount_minor = amount_of(object, "amount_total");
	if (strcmp(event->type, "checkout.session.completed") == 0 &&
	    !text_equal(string_of(object, "payment_status"), "paid"))
		event->standing = PSP_ANNOUNCED;
}

/* Providers tell no fees: who knows them says so in the payout's metadata. */
static int64_t fee_of(const json_t *metadata)
{
	const char *text = string_of(metadata, "fee_minor");
	long long minor;

	return text && err_ok(text_to_int64(text, 0, MONEY_MINOR_MAX, &minor)) ? minor : 0;
}

static void stripe_payout(struct arena *arena, struct psp_event *event, const json_t *object)
{
	object_set(arena, event, string_of(object, "id"));
	event->amount_minor = amount_of(object, "amount");
	event->fee_minor = fee_of(json_object_get(object, "metadata"));
	event->payout = text_ends(event->type, ".created") || text_ends(event->type, ".updated") ? PSP_PAYOUT_ANNOUNCED
			: text_ends(event->type, ".paid")                                        ? PSP_PAYOUT_PAID
												 : PSP_PAYOUT_FAILED;
}

static const struct {
	const char *type;
	void (*read)(struct arena *arena, struct psp_event *event, const json_t *object);
	bool tells_standing;
	enum psp_standing standing;
} STRIPE[] = {
	{ "payment_intent.processing", stripe_intent, true, PSP_ANNOUNCED },
	{ "payment_intent.succeeded", stripe_intent, true, PSP_PAID },
	{ "payment_intent.payment_failed", stripe_intent, true, PSP_FAILED },
	{ "payment_intent.canceled", stripe_intent, true, PSP_FAILED },
	{ "charge.pending", stripe_charge, true, PSP_ANNOUNCED },
	{ "charge.succeeded", stripe_charge, true, PSP_PAID },
	{ "charge.captured", stripe_charge, true, PSP_PAID },
	{ "charge.failed", stripe_charge, true, PSP_FAILED },
	{ "charge.refunded", stripe_charge, false, PSP_ANNOUNCED },
	{ "charge.refund.updated", stripe_refund, false, PSP_ANNOUNCED },
	{ "refund.created", stripe_refund, false, PSP_ANNOUNCED },
	{ "refund.updated", stripe_refund, false, PSP_ANNOUNCED },
	{ "refund.failed", stripe_refund, false, PSP_ANNOUNCED },
	{ "charge.dispute.created", stripe_dispute, true, PSP_CHARGED_BACK },
	{ "charge.dispute.funds_withdrawn", stripe_dispute, true, PSP_CHARGED_BACK },
	{ "charge.dispute.funds_reinstated", stripe_dispute, true, PSP_REINSTATED },
	{ "charge.dispute.closed", stripe_dispute, false, PSP_ANNOUNCED },
	{ "payout.created", stripe_payout, false, PSP_ANNOUNCED },
	{ "payout.updated", stripe_payout, false, PSP_ANNOUNCED },
	{ "payout.paid", stripe_payout, false, PSP_ANNOUNCED },
	{ "payout.failed", stripe_payout, false, PSP_ANNOUNCED },
	{ "payout.canceled", stripe_payout, false, PSP_ANNOUNCED },
	{ "checkout.session.completed", stripe_session, true, PSP_PAID },
	{ "checkout.session.async_payment_succeeded", stripe_session, true, PSP_PAID },
	{ "checkout.session.async_payment_failed", stripe_session, true, PSP_FAILED },
};

static struct err malformed(void)
{
	return ERR(ERR_INVALID, "psp.body", "body", "the body is signed, but is no event of this provider");
}

static struct err stripe_event(struct arena *arena, const json_t *root, struct psp_event *event)
{
	const json_t *object = json_object_get(json_object_get(root, "data"), "object");
	json_int_t created = json_integer_value(json_object_get(root, "created"));

	event->id = kept(arena, string_of(root, "id"));
	event->type = kept(arena, string_of(root, "type"));
	if (!event->id || !event->type || created <= 0 || created > INT64_MAX / US_PER_SECOND)
		return malformed();
	event->at = (struct instant){ created * US_PER_SECOND };
	for (size_t i = 0; i < sizeof STRIPE / sizeof STRIPE[0]; i++) {
		if (strcmp(STRIPE[i].type, event->type) != 0)
			continue;
		event->tells_standing = STRIPE[i].tells_standing;
		event->standing = STRIPE[i].standing;
		STRIPE[i].read(arena, event, object);
		stripe_currency(event, object);
		if (STRIPE[i].read != stripe_dispute && STRIPE[i].read != stripe_refund &&
		    event->payout == PSP_NO_PAYOUT)
			stripe_reference(arena, event, object);
	}
	return OK;
}

/* ------------------------------------------------------------------ GoCardless */

static const struct {
	const char *action;
	enum psp_standing standing;
} GOCARDLESS[] = {
	{ "created", PSP_ANNOUNCED },
	{ "customer_approval_granted", PSP_ANNOUNCED },
	{ "customer_approval_denied", PSP_FAILED },
	{ "submitted", PSP_ANNOUNCED },
	{ "resubmission_requested", PSP_ANNOUNCED },
	{ "confirmed", PSP_PAID },
	{ "paid_out", PSP_PAID_OUT },
	{ "failed", PSP_FAILED },
	{ "cancelled", PSP_FAILED },
	{ "charged_back", PSP_CHARGED_BACK },
	{ "chargeback_cancelled", PSP_REINSTATED },
};

static void gocardless_metadata(struct arena *arena, struct psp_event *event, const json_t *root)
{
	json_t *metadata = json_object_get(root, "resource_metadata");
	const char *amount = string_of(metadata, "amount_minor"), *code = string_of(metadata, "currency");
	char reference[REFERENCE_BYTES_MAX] = "";
	long long minor;

	reference_add_values(reference, metadata);
	reference_add_values(reference, json_object_get(root, "metadata"));
	reference_set(arena, event, reference);
	if (amount && err_ok(text_to_int64(amount, 1, MONEY_MINOR_MAX, &minor)))
		event->amount_minor = minor;
	if (code && !err_ok(currency_parse(code, &event->currency)))
		event->currency = (struct currency){ "" };
}

/* A refund names its payment only where we have put it into the refund's metadata, with the amount. */
static void gocardless_refund(struct arena *arena, struct psp_event *event, const json_t *root, const char *action)
{
	const json_t *links = json_object_get(root, "links"), *metadata = json_object_get(root, "resource_metadata");
	const char *payment = string_of(links, "payment"), *id = string_of(links, "refund"),
		   *amount = string_of(metadata, "amount_minor");
	long long minor;

	object_set(arena, event, payment ? payment : string_of(metadata, "payment"));
	if (!id || strlen(id) > OBJECT_BYTES_MAX || !amount ||
	    !err_ok(text_to_int64(amount, 1, MONEY_MINOR_MAX, &minor)))
		return;
	bool failed = strcmp(action, "failed") == 0 || strcmp(action, "bounced") == 0 ||
		      strcmp(action, "funds_returned") == 0;

	event->part = (struct psp_part){ PSP_REFUND, arena_copy(arena, id), minor, !failed };
}

static void gocardless_mandate(struct arena *arena, struct psp_event *event, const json_t *root, const char *action)
{
	static const char *const ENDS[] = { "cancelled", "failed", "expired", "blocked", "suspended_by_payer" };

	object_set(arena, event, string_of(json_object_get(root, "links"), "mandate"));
	event->mandate = PSP_MANDATE_HOLDS;
	for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++)
		if (strcmp(ENDS[i], action) == 0)
			event->mandate = PSP_MANDATE_ENDS;
}

/* Its amount and fee are known where they stand in its metadata. */
static void gocardless_payout(struct arena *arena, struct psp_event *event, const json_t *root, const char *action)
{
	object_set(arena, event, string_of(json_object_get(root, "links"), "payout"));
	gocardless_metadata(arena, event, root);
	event->reference = NULL;
	event->fee_minor = fee_of(json_object_get(root, "resource_metadata"));
	event->payout = strcmp(action, "paid") == 0 ? PSP_PAYOUT_PAID : PSP_PAYOUT_ANNOUNCED;
}

static struct err gocardless_event(struct arena *arena, const json_t *root, struct psp_event *event)
{
	const char *at = string_of(root, "created_at"), *action = string_of(root, "action"),
		   *resource = string_of(root, "resource_type");

	event->id = kept(arena, string_of(root, "id"));
	if (!event->id || !at || !action || !resource || !err_ok(instant_parse(at, &event->at)))
		return malformed();
	event->type = arena_format(arena, "%s.%s", resource, action);
	if (strcmp(resource, "refunds") == 0)
		gocardless_refund(arena, event, root, action);
	if (strcmp(resource, "payouts") == 0)
		gocardless_payout(arena, event, root, action);
	if (strcmp(resource, "mandates") == 0)
		gocardless_mandate(arena, event, root, action);
	if (strcmp(resource, "payments") != 0)
		return OK;
	object_set(arena, event, string_of(json_object_get(root, "links"), "payment"));
	for (size_t i = 0; i < sizeof GOCARDLESS / sizeof GOCARDLESS[0]; i++)
		if (strcmp(GOCARDLESS[i].action, action) == 0)
			standing_set(event, GOCARDLESS[i].standing);
	gocardless_metadata(arena, event, root);
	return OK;
}

static struct err gocardless_events(struct arena *arena, const json_t *root, struct psp_event **events, size_t *count)
{
	const json_t *list = json_object_get(root, "events");

	if (!json_is_array(list) || json_array_size(list) > PSP_EVENTS_MAX)
		return malformed();
	for (size_t i = 0; i < json_array_size(list); i++)
		TRY(gocardless_event(arena, json_array_get(list, i), ARENA_PUSH(arena, *events, *count)));
	return OK;
}

/* ------------------------------------------------------------------ both */

struct err wire_psp_events(struct arena *arena, enum psp_provider provider, const void *body, size_t length,
			   struct psp_event **events, size_t *count)
{
	json_t *root = json_loadb(body, length, JSON_REJECT_DUPLICATES, NULL);
	struct psp_event *list = NULL;
	size_t found = 0;
	struct err err = json_is_object(root) ? OK : malformed();

	if (err_ok(err) && provider == PSP_GOCARDLESS)
		err = gocardless_events(arena, root, &list, &found);
	else if (err_ok(err))
		err = stripe_event(arena, root, ARENA_PUSH(arena, list, found));
	json_decref(root);
	if (!err_ok(err))
		return err;
	*events = list;
	*count = found;
	return OK;
}
