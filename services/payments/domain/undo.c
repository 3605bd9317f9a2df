#include "payments/domain/undo.h"

#include "common/base/check.h"
#include "common/base/text.h"

struct err undo_decide(const struct undo_facts *facts, enum payment_state *after)
{
	enum payment_state to = id_zero(facts->customer) ? PAYMENT_UNIDENTIFIED : PAYMENT_UNAPPLIED;

	if (facts->state != PAYMENT_ALLOCATED && facts->taken_back)
		return ERR(ERR_CONFLICT, "payment.undone", "payment", "the match was taken back before");
	if (facts->state != PAYMENT_ALLOCATED)
		return ERR(ERR_CONFLICT, "payment.not_matched", "payment", "the payment is on no invoice");
	if (facts->collected)
		return ERR(ERR_CONFLICT, "payment.collected", "payment",
			   "it was drawn by direct debit for this invoice, which would be drawn again: only a return "
			   "takes it back");
	if (facts->cancelled)
		return ERR(ERR_CONFLICT, "invoice.cancelled", "payment",
			   "an invoice that it pays was cancelled since: its cash is the customer's already");
	CHECK(payment_may_become(facts->state, to));
	*after = to;
	return OK;
}

/* ------------------------------------------------------------------ the postings */

static bool is_cash(enum account account)
{
	return account == ACCOUNT_UNAPPLIED_CASH || account == ACCOUNT_UNIDENTIFIED_CASH;
}

static bool stays(enum account account)
{
	return is_cash(account) || account == ACCOUNT_BANK || account == ACCOUNT_REFUND;
}

/* A posting of cash alone, before anybody knew what it pays, is no match. */
static bool by_match(const struct posting_batch *earlier, size_t posting)
{
	const char *kind = earlier->postings[posting].kind;
	bool moves = false;

	for (size_t i = 0; i < earlier->entry_count; i++)
		moves = moves || (earlier->entries[i].posting == posting && !stays(earlier->entries[i].account));
	return moves && (text_equal(kind, "payment") || text_equal(kind, "allocation"));
}

static bool taken_back(const struct posting_batch *earlier, struct id posting)
{
	for (size_t i = 0; i < earlier->posting_count; i++)
		if (id_equal(earlier->postings[i].reverses, posting))
			return true;
	return false;
}

void undo_reversed(struct arena *arena, const struct posting_batch *earlier, size_t **reversed, size_t *count)
{
	*reversed = NULL;
	*count = 0;
	for (size_t i = 0; i < earlier->posting_count; i++)
		if (by_match(earlier, i) && !taken_back(earlier, earlier->postings[i].id))
			*ARENA_PUSH(arena, *reversed, *count) = i;
}

static bool is_owners(const struct posting_entry *entry, const struct undo_booking *booking)
{
	return id_zero(booking->customer)
		       ? entry->account == ACCOUNT_UNIDENTIFIED_CASH
		       : entry->account == ACCOUNT_UNAPPLIED_CASH && id_equal(entry->subject, booking->customer);
}

static void credit_cash(struct posting_batch *batch, const struct undo_booking *booking, int64_t minor)
{
	if (id_zero(booking->customer))
		posting_credit(batch, ACCOUNT_UNIDENTIFIED_CASH, booking->payment, booking->currency, minor);
	else
		posting_credit(batch, ACCOUNT_UNAPPLIED_CASH, booking->customer, booking->currency, minor);
}

/* What one posting put on invoices becomes cash. Its entries keep their order, which tells whose a discount is. */
static int64_t take_back(struct posting_batch *batch, const struct posting_batch *earlier, size_t posting,
			 const struct undo_booking *booking)
{
	int64_t freed = 0;

	for (size_t i = 0; i < earlier->entry_count; i++) {
		const struct posting_entry *entry = &earlier->entries[i];

		if (entry->posting != posting || stays(entry->account))
			continue;
		posting_credit(batch, entry->account, entry->subject, entry->currency, entry->amount_minor);
		if (currency_equal(entry->currency, booking->currency))
			freed -= entry->amount_minor;
	}
	credit_cash(batch, booking, freed);
	return freed;
}

/* What was cash before stays so, and follows to its new owner. */
static int64_t move_rest(struct posting_batch *batch, const struct posting_batch *earlier,
			 const struct undo_booking *booking)
{
	int64_t rest = 0, moved = 0;

	for (size_t i = 0; i < earlier->entry_count; i++) {
		const struct posting_entry *entry = &earlier->entries[i];

		if (!is_cash(entry->account))
			continue;
		rest -= entry->amount_minor;
		if (is_owners(entry, booking))
			continue;
		posting_credit(batch, entry->account, entry->subject, entry->currency, entry->amount_minor);
		moved -= entry->amount_minor;
	}
	credit_cash(batch, booking, moved);
	return rest;
}

void book_undo(struct posting_batch *batch, const struct posting_batch *earlier, const struct undo_booking *booking,
	       const size_t *reversed, const struct id *postings, size_t count, int64_t *cash_minor)
{
	int64_t cash = 0;

	for (size_t i = 0; i < count; i++) {
		posting_open(batch, (struct posting){ .id = postings[i],
						      .kind = "undo",
						      .booked_on = booking->on,
						      .source = booking->payment,
						      .reverses = earlier->postings[reversed[i]].id });
		cash += take_back(batch, earlier, reversed[i], booking);
	}
	*cash_minor = cash + move_rest(batch, earlier, booking);
}
