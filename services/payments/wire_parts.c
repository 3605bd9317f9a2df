#include "payments/wire_parts.h"

#include "common/base/text.h"

#define PAGE_DEFAULT 500
#define PAGE_MAX 2000

/* Names in the order of the wire's numbers, which start at 1. */
static const char *const FILE_STATES[] = { "received", "imported", "held", "rejected" };
static const char *const PAYMENT_STATES[] = { "allocated", "suggested", "unapplied", "unidentified",
					      "clearing",  "return",    "returned",  "refund" };
static const char *const ALLOCATION_STATES[] = { "auto", "confirmed", "suggested", "returned", "withdrawn", "undone" };
static const char *const CHAINS[] = { "first", "continues", "broken", "unknown", "gap", "overlap" };

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))
#define NUMBER(names, name) number_of((names), COUNT(names), (name))

static int number_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(names[i], name))
			return (int)i + 1;
	return 0;
}

const char *wire_payment_state_name(int number)
{
	return number > 0 && (size_t)number <= COUNT(PAYMENT_STATES) ? PAYMENT_STATES[number - 1] : NULL;
}

const char *wire_allocation_state_name(int number)
{
	return number > 0 && (size_t)number <= COUNT(ALLOCATION_STATES) ? ALLOCATION_STATES[number - 1] : NULL;
}

Relance__Payments__V1__PaymentState wire_payment_state(const char *name)
{
	return (Relance__Payments__V1__PaymentState)NUMBER(PAYMENT_STATES, name);
}

struct err wire_page_check(const char *creditor, int32_t size, const char *token, struct page_ask *ask)
{
	struct id after;

	if (size < 0 || size > PAGE_MAX)
		return ERR(ERR_INVALID, "page.size", "page_size", "a page has 1 to 2000 lines");
	if (!text_empty(token))
		TRY(id_parse(token, &after));
	*ask = (struct page_ask){ .creditor = creditor, .size = size == 0 ? PAGE_DEFAULT : size, .after = token };
	return OK;
}

struct err wire_payment_check(const char *payment)
{
	if (text_empty(payment))
		return ERR(ERR_INVALID, "payment.missing", "payment", "name the payment by its id or entry_ref");
	return OK;
}

Relance__Payments__V1__File *wire_file(struct arena *arena, const struct file_view *view)
{
	Relance__Payments__V1__File *file = arena_alloc(arena, sizeof *file);

	relance__payments__v1__file__init(file);
	file->creditor = wire_text(arena, view->creditor);
	file->file_id = wire_text(arena, view->id);
	file->name = wire_text(arena, view->name);
	file->state = (Relance__Payments__V1__FileState)NUMBER(FILE_STATES, view->state);
	file->reason = wire_text(arena, view->reason);
	file->message = wire_text(arena, view->message);
	file->line = view->line;
	file->received_at = wire_instant(arena, view->received_at);
	file->size_bytes = view->size_bytes;
	file->sha256 = wire_text(arena, view->sha256);
	file->format = wire_text(arena, view->format);
	file->statements = view->statements;
	file->entries = view->entries;
	file->duplicates = view->duplicates;
	return file;
}

Relance__Payments__V1__Statement *wire_statement(struct arena *arena, const struct statement_view *view)
{
	Relance__Payments__V1__Statement *statement = arena_alloc(arena, sizeof *statement);

	relance__payments__v1__statement__init(statement);
	statement->creditor = wire_text(arena, view->creditor);
	statement->account = wire_text(arena, view->account);
	statement->currency = wire_text(arena, view->currency.code);
	statement->statement_id = wire_text(arena, view->statement_id);
	statement->sequence = view->sequence;
	statement->opening_on = wire_date(arena, view->opening_on);
	statement->opening_minor = view->opening_minor;
	statement->closing_on = wire_date(arena, view->closing_on);
	statement->closing_minor = view->closing_minor;
	statement->entries = view->entries;
	statement->duplicates = view->duplicates;
	statement->chain = (Relance__Payments__V1__ChainLink)NUMBER(CHAINS, view->chain);
	statement->file_name = wire_text(arena, view->file_name);
	statement->missing = view->missing;
	statement->difference_minor = view->difference_minor;
	statement->out_of_order = view->out_of_order;
	statement->announced = view->announced;
	return statement;
}

Relance__Payments__V1__Payment *wire_payment(struct arena *arena, const struct payment_view *view)
{
	Relance__Payments__V1__Payment *payment = arena_alloc(arena, sizeof *payment);

	relance__payments__v1__payment__init(payment);
	payment->creditor = wire_text(arena, view->creditor);
	payment->payment_id = wire_text(arena, view->id);
	payment->entry_ref = wire_text(arena, view->entry_ref);
	payment->booked_on = wire_date(arena, view->booked_on);
	payment->value_on = wire_date(arena, view->value_on);
	payment->amount_minor = view->amount_minor;
	payment->currency = wire_text(arena, view->currency.code);
	payment->state = wire_payment_state(view->state);
	payment->rule = wire_text(arena, view->rule);
	payment->evidence = wire_text(arena, view->evidence);
	payment->payer_name = wire_text(arena, view->payer_name);
	payment->remittance = wire_text(arena, view->remittance);
	payment->end_to_end_id = wire_text(arena, view->end_to_end_id);
	payment->customer_number = wire_text(arena, view->customer_number);
	payment->rest_minor = view->rest_minor;
	payment->rounding_minor = view->rounding_minor;
	payment->confidence_thousandths = view->confidence;
	return payment;
}

Relance__Payments__V1__Allocation *wire_allocation(struct arena *arena, const struct allocation_view *view)
{
	Relance__Payments__V1__Allocation *allocation = arena_alloc(arena, sizeof *allocation);

	relance__payments__v1__allocation__init(allocation);
	allocation->creditor = wire_text(arena, view->creditor);
	allocation->entry_ref = wire_text(arena, view->entry_ref);
	allocation->invoice_number = wire_text(arena, view->invoice_number);
	allocation->amount_minor = view->amount_minor;
	allocation->discount_minor = view->discount_minor;
	allocation->currency = wire_text(arena, view->currency.code);
	allocation->state = (Relance__Payments__V1__AllocationState)NUMBER(ALLOCATION_STATES, view->state);
	allocation->rule = wire_text(arena, view->rule);
	allocation->confidence_thousandths = view->confidence;
	allocation->evidence = wire_text(arena, view->evidence);
	allocation->payment_id = wire_text(arena, view->payment_id);
	allocation->value_on = wire_date(arena, view->value_on);
	allocation->customer_number = wire_text(arena, view->customer_number);
	allocation->cash_minor = view->cash_minor;
	allocation->relief = wire_text(arena, view->discount_minor > 0 ? view->relief : NULL);
	allocation->alternative = view->alternative;
	return allocation;
}

Relance__Payments__V1__Allocation **wire_allocations(struct arena *arena, const struct allocation_view *views,
						     size_t count)
{
	Relance__Payments__V1__Allocation **list = arena_array(arena, count, sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = wire_allocation(arena, &views[i]);
	return list;
}
