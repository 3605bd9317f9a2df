#include "payments/import_batch.h"

/* What of a bank file may be booked by itself, and what waits for a person. */

bool entry_counts(const struct statement *statement, const struct statement_entry *entry)
{
	if (entry->status != ENTRY_BOOKED || entry->cut || statement->kind == STATEMENT_INTERIM)
		return false;
	return statement->kind == STATEMENT_FINAL || entry->info.bank_ref;
}

/* "S-12 of account FR76…" */
static const char *named(struct arena *arena, const struct statement *statement)
{
	return arena_format(arena, "%s of account %s",
			    statement->statement_id ? statement->statement_id : "without number",
			    statement->account ? statement->account : "unknown");
}

static const char *line_of(struct arena *arena, const struct statement *statement)
{
	return arena_format(arena, "line %lld", (long long)statement->line);
}

static struct err balance_check(struct arena *arena, const struct statement *statement)
{
	char opening[MONEY_TEXT_BYTES], booked[MONEY_TEXT_BYTES], closing[MONEY_TEXT_BYTES];
	int64_t sum = statement->credit_minor - statement->debit_minor;

	if (statement->balance != BALANCE_OFF)
		return OK;
	return err_format(arena, ERR_CONFLICT, "statement.balance", line_of(arena, statement),
			  "statement %s does not add up: opening %s + entries %s is not closing %s",
			  named(arena, statement),
			  money_format(statement->opening.amount_minor, statement->currency, opening),
			  money_format(sum, statement->currency, booked),
			  money_format(statement->closing.amount_minor, statement->currency, closing));
}

/* Nobody knows what stands in the part that is missing. */
static struct err cut_check(struct arena *arena, const struct statement *statement)
{
	if (!statement->cut)
		return OK;
	return err_format(arena, ERR_CONFLICT, "statement.cut", line_of(arena, statement),
			  "statement %s has no end: the file may have been cut off", named(arena, statement));
}

struct err statement_trust(struct arena *arena, const struct statement *statement)
{
	TRY(balance_check(arena, statement));
	return cut_check(arena, statement);
}
