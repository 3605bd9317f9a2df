#include "notification/preview_change.h"

#include <string.h>

#include "common/base/text.h"
#include "common/io/log.h"

/* ------------------------------------------------------------------ today's */

/* Only what leaves within the horizon. */
static size_t keep_horizon(const struct creditor *creditor, struct preview *preview)
{
	struct date last = date_add_days(creditor->today, OUTLOOK_DAYS);
	size_t kept = 0;

	for (size_t i = 0; i < preview->count; i++) {
		if (date_compare(preview->reminders[i].on, last) <= 0)
			preview->reminders[kept++] = preview->reminders[i];
	}
	return preview->count = kept;
}

static struct err take_some(struct db *db, struct arena *arena, const struct creditor *creditor,
			    const struct preview_policies *policies, const struct preview *scheduled,
			    const struct plan_target *targets, size_t count)
{
	struct preview preview = { 0 };
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);

	TRY(preview_positions(&tx, creditor, policies, scheduled, targets, count, OUTLOOK_DAYS, &preview));
	TRY(outlook_add(&tx, creditor, preview.reminders, keep_horizon(creditor, &preview)));
	return db_commit(&tx);
}

/* What is known before the first position is looked at. */
static struct err begin(struct db *db, struct arena *arena, const struct creditor *creditor,
			const struct preview_policies *policies, struct plan_targets *targets,
			struct preview *scheduled, bool *missing)
{
	struct preview apart = { 0 };
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);

	TRY(outlook_missing(&tx, creditor, missing));
	if (*missing) {
		TRY(outlook_begin(&tx, creditor));
		TRY(outlook_targets(&tx, creditor, policies->set, targets));
		TRY(preview_scheduled(&tx, creditor, "", scheduled));
		preview_apart(tx.arena, scheduled, targets, &apart);
		TRY(outlook_add(&tx, creditor, apart.reminders, keep_horizon(creditor, &apart)));
	}
	return db_commit(&tx);
}

/* A customer who cannot be looked at is left out; a database that is away ends it. */
static struct err take_apart(struct db *db, struct arena *arena, const struct creditor *creditor,
			     const struct preview_policies *policies, const struct preview *scheduled,
			     const struct plan_target *targets, size_t count)
{
	for (size_t done = 0, next; done < count; done += next) {
		next = targets_whole(targets + done, count - done, 1);

		struct err err = take_some(db, arena, creditor, policies, scheduled, targets + done, next);

		if (err.code == ERR_UNAVAILABLE)
			return err;
		if (!err_ok(err)) {
			char id[ID_TEXT_BYTES];

			log_error("a customer is not in the outlook",
				  LOG_TEXT("customer", id_format(targets[done].customer, id)), LOG_ERR(err));
		}
	}
	return OK;
}

static struct err take_all(struct db *db, const struct creditor *creditor, const struct preview_policies *policies,
			   const struct preview *scheduled, const struct plan_targets *targets)
{
	ARENA_SCOPE batch = arena_new(0);

	for (size_t done = 0, count; done < targets->count; done += count) {
		const struct plan_target *some = targets->items + done;

		count = targets_whole(some, targets->count - done, PREVIEW_BATCH);
		arena_reset(batch);

		struct err err = take_some(db, batch, creditor, policies, scheduled, some, count);

		if (!err_ok(err) && err.code != ERR_UNAVAILABLE)
			err = take_apart(db, batch, creditor, policies, scheduled, some, count);
		TRY(err);
	}
	return OK;
}

static struct err complete(struct db *db, struct arena *arena, const struct creditor *creditor)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);

	TRY(outlook_complete(&tx, creditor));
	return db_commit(&tx);
}

struct err outlook_take(struct db *db, struct arena *arena, const struct creditor *creditor,
			const struct preview_policies *policies)
{
	struct plan_targets targets = { 0 };
	struct preview scheduled = { 0 };
	bool missing = false;

	TRY(begin(db, arena, creditor, policies, &targets, &scheduled, &missing));
	if (!missing)
		return OK;
	TRY(take_all(db, creditor, policies, &scheduled, &targets));
	return complete(db, arena, creditor);
}

/* ------------------------------------------------------------------ then and now */

static int compare_key(const struct outlook_line *line, const struct preview_view *view)
{
	int order = memcmp(&line->customer, &view->customer, sizeof line->customer);

	if (order == 0)
		order = strcmp(line->currency, view->currency);
	return order == 0 ? strcmp(line->step, view->step) : order;
}

static size_t first_line(const struct outlook_taken *taken, const struct preview_view *view)
{
	size_t low = 0, high = taken->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_key(&taken->lines[middle], view) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The line of the same day, else the first of that step that nobody has found yet. */
static struct outlook_line *find_line(struct outlook_taken *taken, const struct preview_view *view)
{
	struct outlook_line *found = NULL;

	for (size_t i = first_line(taken, view); i < taken->count && compare_key(&taken->lines[i], view) == 0; i++) {
		struct outlook_line *line = &taken->lines[i];

		if (line->found)
			continue;
		if (date_compare(line->leaves_on, view->on) == 0)
			return line;
		if (!found)
			found = line;
	}
	return found;
}

static const char *change_of(struct arena *arena, const struct outlook_line *line, const struct preview_view *view)
{
	char day[DATE_TEXT_BYTES], amount[MONEY_TEXT_BYTES];
	struct currency currency;
	bool moved = date_compare(line->leaves_on, view->on) != 0, other = line->amount_minor != view->amount_minor;

	text_copy(currency.code, sizeof currency.code, line->currency);
	if (moved && other)
		return arena_format(arena, "moved from %s, was %s %s", date_format(line->leaves_on, day),
				    money_format(line->amount_minor, currency, amount), line->currency);
	if (moved)
		return arena_format(arena, "moved from %s", date_format(line->leaves_on, day));
	return other ? arena_format(arena, "was %s %s", money_format(line->amount_minor, currency, amount),
				    line->currency)
		     : "";
}

void preview_compare(struct arena *arena, struct preview *preview, struct outlook_taken *taken)
{
	for (size_t i = 0; date_known(taken->taken_on) && i < preview->count; i++) {
		struct preview_view *view = &preview->reminders[i];
		struct outlook_line *line = find_line(taken, view);

		if (line) {
			line->found = true;
			view->change = change_of(arena, line, view);
		} else if (date_compare(view->on, taken->until_on) <= 0) {
			view->change = "new";
		}
	}
}

void preview_add_gone(struct arena *arena, const struct outlook_taken *taken, struct date last, struct preview *preview)
{
	for (size_t i = 0; i < taken->count; i++) {
		const struct outlook_line *line = &taken->lines[i];

		if (line->found || date_compare(line->leaves_on, last) > 0)
			continue;
		*ARENA_PUSH(arena, preview->reminders, preview->count) =
			(struct preview_view){ .on = line->leaves_on,
					       .customer = line->customer,
					       .customer_number = line->customer_number,
					       .customer_name = line->customer_name,
					       .step = line->step,
					       .currency = line->currency,
					       .channel = line->channel,
					       .amount_minor = line->amount_minor,
					       .why = "",
					       .change = arena_format(arena, "gone: %s", line->fate) };
	}
}
