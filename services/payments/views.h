#ifndef PAYMENTS_VIEWS_H
#define PAYMENTS_VIEWS_H

#include "payments/import.h"
#include "payments/store.h"
#include "payments/wire.h"

/* From the store's records to what answers and events show. Texts are shared, ids are written into the arena. */

struct file_view file_view_of(struct arena *arena, const struct desk *desk, const struct file_record *file);
struct tally_view tally_view_of(const struct tally *tally);
struct statement_view statement_view_of(const struct desk *desk, const struct statement_record *statement);
struct payment_view payment_view_of(struct arena *arena, const struct desk *desk, const struct payment_row *payment);
struct allocation_view allocation_view_of(struct arena *arena, const struct desk *desk,
					  const struct allocation_record *allocation);
struct allocation_view *allocation_views_of(struct arena *arena, const struct desk *desk,
					    const struct allocation_record *list, size_t count);

/* An id as text; "" for the zero id. */
const char *id_text(struct arena *arena, struct id id);
const char **id_texts(struct arena *arena, const struct id *ids, size_t count);

/* The token of the page behind one that ends with `last`; "" where it was not full. */
const char *next_page(struct arena *arena, const struct page_ask *ask, size_t count, struct id last);

#endif
