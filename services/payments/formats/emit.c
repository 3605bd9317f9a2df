#include "payments/formats/emit.h"

#include <stdlib.h>
#include <string.h>

void emitter_init(struct emitter *emitter, const struct statement_sink *sink)
{
	*emitter = (struct emitter){ .sink = *sink, .header = arena_new(0), .entries = arena_new(0) };
}

void emitter_release(struct emitter *emitter)
{
	arena_destroy(&emitter->header);
	arena_destroy(&emitter->entries);
}

struct statement *emit_next(struct emitter *emitter)
{
	arena_reset(emitter->header);
	arena_reset(emitter->entries);
	emitter->statement = (struct statement){ .sequence = -1, .from = DATE_NONE, .to = DATE_NONE };
	emitter->statement.opening.date = emitter->statement.closing.date = DATE_NONE;
	emitter->open = true;
	emitter->begun = emitter->foreign = emitter->reversals = emitter->undecided = false;
	emitter->sum_minor = emitter->flipped_minor = 0;
	emitter->held = NULL;
	emitter->held_count = 0;
	emitter->statement_count++;
	return &emitter->statement;
}

static struct err sink_answer(struct emitter *emitter, struct err err)
{
	emitter->sink_error = err;
	return err;
}

struct err emit_begin(struct emitter *emitter)
{
	if (emitter->begun)
		return OK;
	emitter->begun = true;
	if (!emitter->sink.begin)
		return OK;
	return sink_answer(emitter, emitter->sink.begin(emitter->sink.context, &emitter->statement));
}

static struct err deliver(struct emitter *emitter, const struct statement_entry *entry)
{
	struct statement *statement = &emitter->statement;

	if (entry->status == ENTRY_BOOKED) {
		int64_t *sum = entry->amount_minor >= 0 ? &statement->credit_minor : &statement->debit_minor;

		statement->entry_count++;
		if (__builtin_add_overflow(*sum, llabs(entry->amount_minor), sum))
			return ERR(ERR_RANGE, "statement.sum", NULL, "the entries' sum is too large");
	}
	if (!emitter->sink.entry)
		return OK;
	return sink_answer(emitter, emitter->sink.entry(emitter->sink.context, statement, entry));
}

static void turn(struct statement_entry *entry)
{
	entry->amount_minor = -entry->amount_minor;
	for (size_t i = 0; i < entry->detail_count; i++)
		entry->details[i].amount_minor = -entry->details[i].amount_minor;
}

static struct err release_held(struct emitter *emitter, bool turned)
{
	for (size_t i = 0; i < emitter->held_count; i++) {
		if (turned && emitter->held[i]->reversal)
			turn(emitter->held[i]);
		TRY(deliver(emitter, emitter->held[i]));
	}
	emitter->held = NULL;
	emitter->held_count = 0;
	arena_reset(emitter->entries);
	return OK;
}

static bool balance_booked(const struct statement_balance *balance, struct currency currency)
{
	return balance->known && currency_equal(balance->currency, currency) && strcmp(balance->type, "OPAV") != 0 &&
	       strcmp(balance->type, "CLAV") != 0;
}

static bool balances_known(const struct statement *statement)
{
	return balance_booked(&statement->opening, statement->currency) &&
	       balance_booked(&statement->closing, statement->currency);
}

static void count(struct emitter *emitter, struct statement_entry *entry)
{
	if (entry->status != ENTRY_BOOKED)
		return;
	entry->number = ++emitter->entry_count;
	if (!currency_known(emitter->statement.currency))
		emitter->statement.currency = entry->currency;
	if (!currency_equal(emitter->statement.currency, entry->currency)) {
		emitter->foreign = true;
		return;
	}
	emitter->sum_minor += entry->amount_minor;
	emitter->flipped_minor += entry->reversal ? -entry->amount_minor : entry->amount_minor;
	emitter->reversals |= entry->reversal;
}

struct err emit_entry(struct emitter *emitter, struct statement_entry *entry)
{
	TRY(emit_begin(emitter));
	count(emitter, entry);
	if (emitter->held_count == 0 &&
	    (!emitter->reversals || emitter->undecided || !balances_known(&emitter->statement))) {
		TRY(deliver(emitter, entry));
		arena_reset(emitter->entries);
		return OK;
	}
	*ARENA_PUSH(emitter->entries, emitter->held, emitter->held_count) = entry;
	if (arena_used(emitter->entries) <= HELD_BYTES_MAX)
		return OK;
	emitter->undecided = true;
	emitter->statement.note = "reversal.undecided";
	return release_held(emitter, false);
}

void emit_tidy(struct emitter *emitter)
{
	if (emitter->held_count == 0)
		arena_reset(emitter->entries);
}

struct err emit_end(struct emitter *emitter)
{
	struct statement *statement = &emitter->statement;

	emitter->open = false;
	TRY(emit_begin(emitter));
	int64_t moved = statement->closing.amount_minor - statement->opening.amount_minor;
	bool provable = balances_known(statement) && !emitter->foreign && !statement->cut;
	bool turned =
		provable && emitter->held_count > 0 && emitter->sum_minor != moved && emitter->flipped_minor == moved;

	if (turned) {
		statement->note = "reversal.sign_flipped";
		emitter->sum_minor = emitter->flipped_minor;
	}
	TRY(release_held(emitter, turned));
	if (provable)
		statement->balance = emitter->sum_minor == moved ? BALANCE_OK : BALANCE_OFF;
	if (!emitter->sink.end)
		return OK;
	return sink_answer(emitter, emitter->sink.end(emitter->sink.context, statement));
}

struct err emit_cut(struct emitter *emitter)
{
	if (!emitter->open)
		return OK;
	emitter->statement.cut = true;
	if (emitter->held_count > 0)
		emitter->statement.note = "reversal.undecided";
	return emit_end(emitter);
}
