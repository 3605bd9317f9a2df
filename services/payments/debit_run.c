#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/outbox.h"
#include "common/io/random.h"
#include "payments/debit.h"
#include "payments/formats/pain008.h"

#define FILE_BYTES_MAX ((size_t)64 * 1024 * 1024) /* RUN_COLLECTIONS_MAX at some 1,200 bytes each */
#define GROUPS_MAX 8                              /* two schemes, four sequence types */

/* ------------------------------------------------------------------ groups */

struct group {
	enum debit_scheme scheme;
	const char *sequence_type, *id;
	struct pain008_collection *collections;
	size_t count;
};

struct groups {
	struct group list[GROUPS_MAX];
	size_t count;
};

static struct group *group_of(struct arena *arena, struct groups *groups, const char *message_id,
			      const struct planned *planned)
{
	enum debit_scheme scheme = planned->item->mandate->scheme;

	for (size_t i = 0; i < groups->count; i++)
		if (groups->list[i].scheme == scheme &&
		    text_equal(groups->list[i].sequence_type, planned->sequence_type))
			return &groups->list[i];
	struct group *group = &groups->list[groups->count++];

	*group = (struct group){ .scheme = scheme,
				 .sequence_type = planned->sequence_type,
				 .id = arena_format(arena, "%s-%zu", message_id, groups->count) };
	return group;
}

static void group_add(struct arena *arena, struct group *group, const struct planned *planned)
{
	const struct due_item *item = planned->item;

	*ARENA_PUSH(arena, group->collections, group->count) = (struct pain008_collection){
		.end_to_end_id = planned->end_to_end_id,
		.amount_minor = item->open_minor,
		.mandate_reference = item->mandate->reference,
		.signed_on = item->mandate->signed_on,
		.debtor_name = item->mandate->debtor_name,
		.iban = item->mandate->iban,
		.bic = item->mandate->bic,
		.creditor_ref = item->creditor_ref,
		.text = item->number,
	};
}

/* ------------------------------------------------------------------ records and file */

static struct collection_record record_of(const struct collect_plan *plan, const struct planned *planned,
					  const struct run_record *run, const struct group *group, struct id id)
{
	const struct due_item *item = planned->item;

	return (struct collection_record){
		.id = id,
		.run = run->id,
		.mandate = item->mandate->id,
		.item = item->id,
		.customer = item->customer,
		.message_id = run->message_id,
		.batch = group->id,
		.end_to_end_id = planned->end_to_end_id,
		.invoice_number = item->number,
		.customer_number = item->customer_number,
		.mandate_reference = item->mandate->reference,
		.sequence_type = planned->sequence_type,
		.debtor_name = item->mandate->debtor_name,
		.debtor_iban = item->mandate->iban,
		.scheme = item->mandate->scheme,
		.attempt = planned->attempt,
		.currency = item->currency,
		.amount_minor = item->open_minor,
		.collect_on = plan->collect_on,
		.settled_on = DATE_NONE,
		.reversible_until = DATE_NONE,
		.retry_on = DATE_NONE,
		.state = COLLECTION_ORDERED,
	};
}

static void collections_make(struct arena *arena, struct debit_order *order, struct groups *groups)
{
	order->collections = arena_array(arena, order->plan.count, sizeof *order->collections);
	for (size_t i = 0; i < order->plan.count; i++) {
		struct planned *planned = &order->plan.collections[i];
		struct group *group = group_of(arena, groups, order->run.message_id, planned);
		struct id id = id_fresh();

		end_to_end_make(planned->item->number, id, planned->end_to_end_id);
		group_add(arena, group, planned);
		order->collections[i] = record_of(&order->plan, planned, &order->run, group, id);
		order->run.amount_minor += planned->item->open_minor;
	}
}

static struct err file_make(struct arena *arena, const struct desk *desk, const struct debit_profile *profile,
			    const struct groups *groups, struct debit_order *order)
{
	struct pain008_batch batches[GROUPS_MAX];
	struct pain008_file file = { .message_id = order->run.message_id,
				     .made_at = { desk->now.us / US_PER_SECOND * US_PER_SECOND },
				     .creditor_name = profile->creditor_name,
				     .scheme_id = profile->scheme_id,
				     .iban = profile->account,
				     .bic = profile->bic,
				     .batches = batches,
				     .count = groups->count };
	BUF_SCOPE text;

	for (size_t i = 0; i < groups->count; i++)
		batches[i] =
			(struct pain008_batch){ .id = groups->list[i].id,
						.instrument = groups->list[i].scheme == SCHEME_CORE ? "CORE" : "B2B",
						.sequence_type = groups->list[i].sequence_type,
						.collect_on = order->plan.collect_on,
						.collections = groups->list[i].collections,
						.count = groups->list[i].count };
	buf_init(&text, FILE_BYTES_MAX);
	pain008_write(&file, &text);
	if (text.full)
		return ERR(ERR_EXHAUSTED, "run.too_large", NULL, "the file would be larger than 64 MiB");
	order->run.content = arena_copy(arena, buf_text(&text));
	order->run.content_length = text.length;
	return OK;
}

/* "DD-20260131-4F0A93C2": the day, and enough randomness for a firm's life. */
static const char *message_id_make(struct arena *arena, struct date today)
{
	int year, month, day;

	date_parts(today, &year, &month, &day);
	return arena_format(arena, "DD-%04d%02d%02d-%08X", year, month, day, (unsigned)random_u32());
}

/* Each mandate once, though several items may share it; those that lapsed are moved too. */
static struct err mandates_save(struct db_tx *tx, const struct desk *desk, const struct debit_order *order)
{
	for (size_t i = 0; i < order->plan.count; i++)
		TRY(mandate_update(tx, desk, order->plan.collections[i].item->mandate));
	for (size_t i = 0; i < order->plan.skipped_count; i++) {
		struct mandate *mandate = order->plan.skipped[i].item->mandate;

		if (!text_equal(order->plan.skipped[i].why.reason, "mandate.lapsed") ||
		    mandate->state == MANDATE_LAPSED)
			continue;
		TRY(mandate_move(mandate, MANDATE_LAPSE, NULL));
		TRY(mandate_update(tx, desk, mandate));
	}
	return OK;
}

static struct err announce(struct db_tx *tx, const struct desk *desk, const struct debit_order *order,
			   const char *trace_parent)
{
	struct payload payload =
		wire_event_debit_ordered(tx->arena, &(struct ordered_news){ .message_id = order->run.message_id,
									    .collect_on = order->plan.collect_on,
									    .collections = (int64_t)order->plan.count,
									    .amount_minor = order->run.amount_minor });

	return outbox_append(tx, &(struct event){ .creditor = desk->creditor,
						  .type = "relance.debit.ordered.v1",
						  .subject = order->run.message_id,
						  .time = desk->now,
						  .payload = payload.bytes,
						  .payload_length = payload.length,
						  .payload_type = payload.type,
						  .trace_parent = trace_parent });
}

struct err debit_order(struct db_tx *tx, const struct desk *desk, struct date asked, const char *trace_parent,
		       struct debit_order *order)
{
	struct debit_order made = { 0 };
	struct groups groups = { .count = 0 };
	struct debit_profile profile;
	struct due_item *items;
	struct date today, collect_on;
	size_t count;
	int minute;

	TRY(debit_profile_get(tx, desk, &profile));
	TRY(clock_local(tx, desk->now, profile.timezone, &today, &minute));
	TRY(collect_date(asked, today, profile.lead_days, &collect_on));
	TRY(due_items_load(tx, desk, collect_on, &items, &count));
	collect_plan_make(tx->arena, items, count, collect_on, profile.notice_days, &made.plan);
	TRY(mandates_save(tx, desk, &made));
	if (made.plan.count > 0) {
		made.run.id = id_fresh();
		made.run.message_id = message_id_make(tx->arena, today);
		collections_make(tx->arena, &made, &groups);
		TRY(file_make(tx->arena, desk, &profile, &groups, &made));
		TRY(run_insert(tx, desk, &made.run, made.collections, made.plan.count));
		TRY(announce(tx, desk, &made, trace_parent));
	}
	*order = made;
	return OK;
}
