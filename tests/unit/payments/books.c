#include "books.h"

#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

static const struct {
	const char *number, *name, *iban;
} CUSTOMERS[] = {
	{ "K10001", "Alpha Müller GmbH", ALPHA_IBAN },
	{ "K10002", "Beta Dupont SAS", BETA_IBAN },
	{ "K10003", "Müller Logistik AG", GAMMA_IBAN },
};

static const struct {
	int customer;
	const char *number;
	int64_t amount_minor, open_minor, discount_minor;
	const char *discount_until, *currency, *reference, *mandate;
} ITEMS[] = {
	{ 0, "INV-2026-000011", 10000, 10000, 0, NULL, "EUR", NULL, NULL },
	{ 0, "INV-2026-000012", 20000, 20000, 0, NULL, "EUR", NULL, NULL },
	{ 0, "INV-2026-000013", 10000, 10000, 200, "2026-02-10", "EUR", NULL, NULL },
	{ 0, "INV-2026-000019", 4500, 4500, 0, NULL, "EUR", NULL, NULL },
	{ 0, "INV-2026-000018", 4500, 0, 0, NULL, "EUR", NULL, NULL },
	{ 0, "INV-2026-000021", 9900, 0, 0, NULL, "EUR", NULL, NULL },
	{ 0, "INV-2026-000022", 8000, 8000, 0, NULL, "USD", NULL, NULL },
	{ 1, "INV-2026-000014", 10000, 10000, 0, NULL, "EUR", BETA_RF, NULL },
	{ 1, "INV-2026-000116", 3750, 3750, 0, NULL, "EUR", NULL, NULL },
	{ 1, "RE-77012", 1200, 1200, 0, NULL, "EUR", NULL, NULL },
	{ 1, "RE/77012", 1200, 1200, 0, NULL, "EUR", NULL, NULL },
	{ 1, "1047", 5500, 5500, 0, NULL, "EUR", NULL, NULL },
	{ 2, "INV-2026-000031", 50000, 50000, 0, NULL, "EUR", NULL, "MANDATE-3" },
	{ 2, "INV-2026-000032", 30000, 30000, 0, NULL, "EUR", NULL, "MANDATE-3" },
	{ 2, "FEE-2026-01", 4000, 4000, 0, NULL, "EUR", NULL, NULL },
};

static struct id id_of(int kind, size_t number)
{
	struct id id = { { 0 } };

	id.bytes[0] = (uint8_t)kind;
	id.bytes[15] = (uint8_t)(number + 1);
	return id;
}

static void add_item(struct books *books, struct customer *const *customers, size_t i)
{
	struct open_item item = { .id = id_of(2, i),
				  .customer = customers[ITEMS[i].customer],
				  .number = ITEMS[i].number,
				  .number_key = text_normalise(books->arena, ITEMS[i].number),
				  .creditor_ref = ITEMS[i].reference,
				  .mandate = ITEMS[i].mandate,
				  .amount_minor = ITEMS[i].amount_minor,
				  .open_minor = ITEMS[i].open_minor,
				  .discount_minor = ITEMS[i].discount_minor,
				  .discount_until = DATE_NONE,
				  .charge = text_starts(ITEMS[i].number, "FEE"),
				  .disputed = text_equal(ITEMS[i].number, "1047") };

	CHECK(err_ok(currency_parse(ITEMS[i].currency, &item.currency)));
	if (ITEMS[i].discount_until)
		CHECK(err_ok(date_parse(ITEMS[i].discount_until, &item.discount_until)));
	open_items_add(&books->items, &item);
}

static void add_plan(struct books *books, const struct customer *customer)
{
	static const char *const NUMBERS[] = { "INV2026000031", "INV2026000032" };
	struct plan *plan = open_items_add_plan(&books->items, customer->id);

	for (size_t i = 0; i < sizeof NUMBERS / sizeof NUMBERS[0]; i++)
		*ARENA_PUSH(books->arena, plan->items, plan->item_count) =
			key_map_find(&books->items.by_number, NUMBERS[i])->value;
	*ARENA_PUSH(books->arena, plan->instalments, plan->instalment_count) = 60000;
	*ARENA_PUSH(books->arena, plan->instalments, plan->instalment_count) = 20000;
	*ARENA_PUSH(books->arena, plan->instalments, plan->instalment_count) = 54000;
}

void books_open(struct books *books)
{
	struct customer *customers[sizeof CUSTOMERS / sizeof CUSTOMERS[0]];

	books->arena = arena_new(0);
	books->items = open_items_make(books->arena);
	books->rules = match_rules_default((struct currency){ "EUR" });
	for (size_t i = 0; i < sizeof CUSTOMERS / sizeof CUSTOMERS[0]; i++) {
		customers[i] = open_items_customer(&books->items, id_of(1, i), CUSTOMERS[i].number, CUSTOMERS[i].name);
		if (CUSTOMERS[i].iban)
			open_items_add_account(&books->items, CUSTOMERS[i].iban, customers[i], false);
	}
	open_items_add_account(&books->items, LEARNED_IBAN, customers[0], true);
	for (size_t i = 0; i < sizeof ITEMS / sizeof ITEMS[0]; i++)
		add_item(books, customers, i);
	add_plan(books, customers[2]);
}

void books_add_items(struct books *books, const char *iban, size_t count, int64_t last_minor)
{
	const struct payer_account *owner = key_map_find(&books->items.accounts, iban)->value;

	for (size_t i = 0; i < count; i++) {
		const char *number = arena_format(books->arena, "S%06zu", i);
		struct open_item item = { .id = id_of(4, i),
					  .customer = owner->customer,
					  .number = number,
					  .number_key = number,
					  .amount_minor = i + 1 < count ? 1 : last_minor,
					  .open_minor = i + 1 < count ? 1 : last_minor,
					  .discount_until = DATE_NONE };

		CHECK(err_ok(currency_parse("EUR", &item.currency)));
		open_items_add(&books->items, &item);
	}
}

void books_close(struct books *books)
{
	arena_destroy(&books->arena);
}

struct payment payment_of(int64_t minor, const char **text)
{
	static size_t number;
	struct payment payment = {
		.id = id_of(3, number++ % 200), .amount_minor = minor, .pieces = text, .piece_count = *text ? 1 : 0
	};

	CHECK(err_ok(currency_parse("EUR", &payment.currency)));
	CHECK(err_ok(date_parse("2026-02-05", &payment.value_on)));
	payment.booked_on = payment.value_on;
	return payment;
}

struct decision decide(struct books *books, const struct payment *payment)
{
	struct remittance *remittance = arena_alloc(books->arena, sizeof *remittance);

	remittance_read(books->arena, payment, remittance);
	return match_payment(books->arena, &books->items, &books->rules, payment, remittance);
}

const char *allocations_text(struct arena *arena, const struct decision *decision)
{
	const char *text = "";

	for (size_t i = 0; i < decision->allocation_count; i++) {
		const struct allocation *allocation = &decision->allocations[i];

		const char *joint = i == 0                                                                ? ""
				    : allocation->alternative == decision->allocations[i - 1].alternative ? " "
													  : " or ";

		text = arena_format(arena, "%s%s%s=%lld", text, joint, allocation->item->number,
				    (long long)allocation->amount_minor);
		if (allocation->discount_minor > 0)
			text = arena_format(arena, "%s+%lld", text, (long long)allocation->discount_minor);
	}
	return text;
}
