#include "payments/lump.h"

#include "common/io/random.h"
#include "ledger/ledger_store.h"
#include "payments/store_lump.h"
#include "payments/store_undo.h"

/* The only posting of a payment; one that was moved since is left as it is. */
static bool posting_of(const struct posting_batch *earlier, struct id payment, size_t *found)
{
	size_t count = 0;

	for (size_t i = 0; i < earlier->posting_count; i++)
		if (id_equal(earlier->postings[i].source, payment)) {
			*found = i;
			count++;
		}
	return count == 1;
}

static void take_place(struct batch *batch, const struct lump *lump)
{
	struct entry_record *entry = &batch->entries[lump->entry];

	entry->divided = true;
	for (size_t i = 0; i < entry->payment_count; i++)
		batch->payments[entry->payment_from + i].entry = lump->entry_id;
}

struct err lumps_divide(struct db_tx *tx, const struct desk *desk, struct id bank_account, struct batch *batch)
{
	struct posting_batch earlier = posting_batch_make(batch->arena), reversals = posting_batch_make(batch->arena);
	struct lump *lumps = NULL, *divided = NULL;
	size_t count, divided_count = 0, posting;

	TRY(lumps_find(tx, desk, bank_account, batch, &lumps, &count));
	if (count == 0)
		return OK;
	struct id *payments = arena_array(batch->arena, count, sizeof *payments);

	for (size_t i = 0; i < count; i++)
		payments[i] = lumps[i].payment;
	TRY(payment_postings_load(tx, desk, batch->arena, payments, count, &earlier));
	for (size_t i = 0; i < count; i++) {
		if (!posting_of(&earlier, lumps[i].payment, &posting))
			continue;
		posting_open(&reversals, (struct posting){ .id = id_fresh(),
							   .kind = "undo",
							   .booked_on = earlier.postings[posting].booked_on,
							   .source = lumps[i].payment,
							   .reverses = earlier.postings[posting].id });
		posting_reverse_entries(&reversals, &earlier, posting);
		take_place(batch, &lumps[i]);
		*ARENA_PUSH(batch->arena, divided, divided_count) = lumps[i];
	}
	if (divided_count == 0)
		return OK;
	TRY(posting_check(&reversals));
	TRY(ledger_post(tx, desk->creditor, &reversals));
	return lumps_empty(tx, desk, batch->arena, divided, divided_count);
}
