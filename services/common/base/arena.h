#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "common/base/err.h"

/* Memory of one request, freed as a whole. Allocation never fails: out of memory, or a request that takes
 * more than its arena's limit, aborts the process, which is safe because every step can be repeated. What
 * a peer can make big is bounded before it is copied here (see BUS_BODY_BYTES_MAX and the readers' limits). */

struct arena;

/* limit_bytes: the most this arena may hold; 0 means ARENA_BYTES_MAX. */
#define ARENA_BYTES_MAX ((size_t)1 << 32)

struct arena *arena_new(size_t limit_bytes);
void arena_destroy(struct arena **arena);

/* Forgets all allocations and keeps the first block for the next request. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t bytes) __attribute__((returns_nonnull));
void *arena_array(struct arena *arena, size_t count, size_t bytes_each) __attribute__((returns_nonnull));

/* `items` of `count` elements, grown by doubling so that `count + 1` fit; use through ARENA_PUSH. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t bytes_each) __attribute__((returns_nonnull));

/* Appends one zeroed element to an arena array and gives its address:
 *     struct entry *e = ARENA_PUSH(arena, statement->entries, statement->entry_count); */
#define ARENA_PUSH(arena, items, count)                                                                                \
	((items) = arena_grow((arena), (items), (count), sizeof *(items)), &(items)[(count)++])

char *arena_copy(struct arena *arena, const char *text);
char *arena_copy_n(struct arena *arena, const char *text, size_t length);
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vformat(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* An error whose sentence is formatted into the arena; the field is copied there. A macro, so that the compiler sees
 * the code: it then knows that outputs are set where there is no error. */
#define err_format(arena_, code_, reason_, field_, ...)                                                                \
	((struct err){ .code = (code_),                                                                                \
		       .reason = (reason_),                                                                            \
		       .field = arena_copy((arena_), (field_)),                                                        \
		       .message = arena_format((arena_), __VA_ARGS__) })

/* Bytes handed out so far. */
size_t arena_used(const struct arena *arena);

static inline void arena_cleanup(struct arena **arena)
{
	arena_destroy(arena);
}

#define ARENA_SCOPE __attribute__((cleanup(arena_cleanup))) struct arena *

#endif
