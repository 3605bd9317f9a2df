#include "payments/announce.h"

#include "common/io/outbox.h"
#include "payments/views.h"

/* The allocations of the customer at `place`; none where an earlier place has told of that customer. */
static size_t its_allocations(const struct allocation_record *all, size_t count, size_t place,
			      struct allocation_record *its)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (!id_equal(all[i].customer, all[place].customer))
			continue;
		if (i < place)
			return 0;
		its[found++] = all[i];
	}
	return found;
}

struct err allocations_announce(struct db_tx *tx, const struct desk *desk, const char *type, news_encoder encode,
				const struct payment_news *news, const struct allocation_record *allocations,
				size_t count)
{
	struct allocation_record *its = arena_array(tx->arena, count, sizeof *its);

	for (size_t i = 0; i < count; i++) {
		struct payment_news told = *news;

		told.allocation_count = its_allocations(allocations, count, i, its);
		if (told.allocation_count == 0)
			continue;
		told.allocations = allocation_views_of(tx->arena, desk, its, told.allocation_count);
		told.customer_id = id_text(tx->arena, its[0].customer);
		told.customer_number = its[0].customer_number;
		struct payload payload = encode(tx->arena, &told);

		TRY(outbox_append(tx, &(struct event){ .creditor = desk->creditor,
						       .type = type,
						       .subject = news->payment.entry_ref,
						       .time = desk->now,
						       .payload = payload.bytes,
						       .payload_length = payload.length,
						       .payload_type = payload.type }));
	}
	return OK;
}
