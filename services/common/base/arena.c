#include "common/base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

#define SMALL_TEXT_BYTES 256
#define BLOCK_BYTES ((size_t)16 * 1024) /* a usual request fits one block */
#define BLOCK_BYTES_MAX ((size_t)1024 * 1024)

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *first, *current;
	size_t used, limit;
};

static struct block *block_new(size_t size)
{
	struct block *block = malloc(sizeof *block + size);

	CHECK(block != NULL);
	*block = (struct block){ .size = size };
	return block;
}

struct arena *arena_new(size_t limit_bytes)
{
	struct arena *arena = malloc(sizeof *arena);

	CHECK(arena != NULL);
	*arena = (struct arena){ .limit = limit_bytes ? limit_bytes : ARENA_BYTES_MAX };
	arena->first = arena->current = block_new(BLOCK_BYTES);
	return arena;
}

static void blocks_free(struct block *block)
{
	while (block) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_destroy(struct arena **arena)
{
	if (!*arena)
		return;
	blocks_free((*arena)->first);
	free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	blocks_free(arena->first->next);
	arena->first->next = NULL;
	arena->first->used = 0;
	arena->current = arena->first;
	arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	size_t need = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct block *block = arena->current;

	CHECK(need >= bytes && need <= arena->limit - arena->used);
	if (block->size - block->used < need) {
		size_t size = block->size * 2 < BLOCK_BYTES_MAX ? block->size * 2 : BLOCK_BYTES_MAX;

		block->next = block_new(need > size ? need : size);
		block = arena->current = block->next;
	}
	void *memory = block->data + block->used;

	block->used += need;
	arena->used += need;
	return memset(memory, 0, bytes);
}

void *arena_array(struct arena *arena, size_t count, size_t bytes_each)
{
	CHECK(bytes_each == 0 || count <= SIZE_MAX / bytes_each);
	return arena_alloc(arena, count * bytes_each);
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t bytes_each)
{
	/* The capacity is 8, 16, 32 …, so it is full exactly when count is 0 or such a power of two. */
	bool full = count == 0 || (count >= 8 && (count & (count - 1)) == 0);

	if (!full)
		return items;
	void *grown = arena_array(arena, count == 0 ? 8 : count * 2, bytes_each);

	if (count > 0)
		memcpy(grown, items, count * bytes_each);
	return grown;
}

char *arena_copy_n(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1);

	if (length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *arena_copy(struct arena *arena, const char *text)
{
	return text ? arena_copy_n(arena, text, strlen(text)) : NULL;
}

char *arena_vformat(struct arena *arena, const char *format, va_list args)
{
	char small[SMALL_TEXT_BYTES]; /* most fit: formatted once, not once more to be measured */
	va_list again;

	va_copy(again, args);
	int length = vsnprintf(small, sizeof small, format, args);

	CHECK(length >= 0);
	char *text = arena_alloc(arena, (size_t)length + 1);

	if ((size_t)length < sizeof small)
		memcpy(text, small, (size_t)length);
	else
		vsnprintf(text, (size_t)length + 1, format, again);
	va_end(again);
	return text;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	char *text = arena_vformat(arena, format, args);

	va_end(args);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}
