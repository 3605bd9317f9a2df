#include "invoicing/domain/known_item.h"

#include "common/base/check.h"
#include "common/base/text.h"

static const char *const FIELDS[ITEM_FIELD_COUNT] = {
	[ITEM_DUE_DATE] = "due_date",         [ITEM_PAID_AMOUNT] = "paid_amount",
	[ITEM_DISPUTED] = "disputed",         [ITEM_ORDER_REFERENCE] = "order_reference",
	[ITEM_CREDITOR_REF] = "creditor_ref", [ITEM_MANDATE_ID] = "mandate_id",
};

const char *item_field_name(enum item_field field)
{
	CHECK(field < ITEM_FIELD_COUNT);
	return FIELDS[field];
}

static const char *date_text(struct arena *arena, struct date date)
{
	return date_format(date, arena_alloc(arena, DATE_TEXT_BYTES));
}

static const char *sum(struct arena *arena, int64_t minor, struct currency currency)
{
	return money_format(minor, currency, arena_alloc(arena, MONEY_TEXT_BYTES));
}

static struct err fixed(struct arena *arena, const char *column, const char *was, const char *is)
{
	return err_format(arena, ERR_CONFLICT, "openitem.fixed", column,
			  "the invoice was imported with %s, and is %s here: that never changes", was, is);
}

struct err known_item_check(struct arena *arena, const struct known_item *known, const struct open_item *given)
{
	int64_t paid = open_item_paid(given);

	if (!text_equal(known->customer_number, given->customer_number))
		return fixed(arena, "customer_number", known->customer_number, given->customer_number);
	if (!currency_equal(known->currency, given->currency))
		return fixed(arena, "currency", known->currency.code, given->currency.code);
	if (known->amount_minor != given->amount_minor)
		return fixed(arena, "amount", sum(arena, known->amount_minor, known->currency),
			     sum(arena, given->amount_minor, given->currency));
	if (date_compare(known->issued_on, given->issued_on) != 0)
		return fixed(arena, "issue_date", date_text(arena, known->issued_on),
			     date_text(arena, given->issued_on));
	if (paid < known->booked_minor)
		return err_format(arena, ERR_CONFLICT, "openitem.paid_amount", FIELDS[ITEM_PAID_AMOUNT],
				  "the invoice was imported with %s paid, and is with %s here: a payment is not taken "
				  "back by an import",
				  sum(arena, known->booked_minor, known->currency), sum(arena, paid, given->currency));
	return OK;
}

static void change(struct item_news *news, enum item_field field, const char *was, const char *becomes)
{
	news->changes[news->count++] = (struct item_change){ field, was, becomes };
}

static void text_news(struct item_news *news, enum item_field field, const char *was, const char *becomes)
{
	if (!text_empty(becomes) && !text_equal(was, becomes))
		change(news, field, was, becomes);
}

/* A payment without a day is one of the day on which it was first told of. */
static struct date paid_on(const struct known_item *known, const struct open_item *given, struct date today)
{
	struct date on = date_known(known->waiting_since) ? known->waiting_since : today;

	if (date_known(given->settled_on))
		on = given->settled_on;
	return date_compare(on, known->issued_on) < 0 ? known->issued_on : on;
}

/* Whether the next of them may still bring the payment. */
static bool statements_missing(const struct known_item *known, const struct open_item *given,
			       const struct item_day *day)
{
	return date_known(day->banked_until) && date_compare(paid_on(known, given, day->today), day->banked_until) > 0;
}

static void paid_news(struct arena *arena, const struct known_item *known, const struct open_item *given,
		      const struct item_day *day, struct item_news *news)
{
	int64_t told = open_item_paid(given), paid = known->amount_minor - known->open_minor;
	int64_t more = told - paid, unapplied = known->unapplied_minor - day->spoken_for_minor;

	if (told <= known->told_paid_minor || more <= 0)
		return;
	news->statements_missing = statements_missing(known, given, day);
	if (news->statements_missing)
		news->withheld_minor = more;
	else if (unapplied > 0)
		news->withheld_minor = more < unapplied ? more : unapplied;
	news->paid_minor = more - news->withheld_minor;
	if (news->paid_minor > 0)
		change(news, ITEM_PAID_AMOUNT, sum(arena, paid, known->currency),
		       sum(arena, paid + news->paid_minor, known->currency));
}

void known_item_news(struct arena *arena, const struct known_item *known, const struct open_item *given,
		     const struct item_day *day, struct item_news *news)
{
	*news = (struct item_news){ 0 };
	if (date_compare(known->due_on, given->due_on) != 0)
		change(news, ITEM_DUE_DATE, date_text(arena, known->due_on), date_text(arena, given->due_on));
	paid_news(arena, known, given, day, news);
	news->dispute_changes = given->disputed != known->told_disputed && !known->disputed_here;
	if (news->dispute_changes)
		change(news, ITEM_DISPUTED, known->told_disputed ? "yes" : "no", given->disputed ? "yes" : "no");
	text_news(news, ITEM_ORDER_REFERENCE, known->order_reference, given->order_reference);
	text_news(news, ITEM_CREDITOR_REF, known->creditor_ref, given->creditor_ref);
	text_news(news, ITEM_MANDATE_ID, known->mandate, given->mandate);
}

void known_item_post(struct posting_batch *batch, const struct known_item *known, const struct open_item *given,
		     const struct item_news *news, struct id posting, struct date today)
{
	if (news->paid_minor == 0)
		return;
	posting_open(batch, (struct posting){ .id = posting,
					      .kind = "paid_outside",
					      .booked_on = paid_on(known, given, today),
					      .source = known->id });
	posting_debit(batch, ACCOUNT_OPENING, (struct id){ 0 }, known->currency, news->paid_minor);
	posting_credit(batch, ACCOUNT_RECEIVABLE, known->id, known->currency, news->paid_minor);
}
