#include "notification/policy_cache.h"

#include <stdlib.h>

#include "common/base/check.h"
#include "common/base/text.h"

struct kept {
	const char *creditor;
	struct policy_version policy;
	struct kept *next;
};

struct policy_cache {
	struct arena *arena;
	struct kept *first;
	size_t count;
};

struct policy_cache *policy_cache_new(void)
{
	struct policy_cache *cache = calloc(1, sizeof *cache);

	CHECK(cache != NULL);
	cache->arena = arena_new(0);
	return cache;
}

void policy_cache_destroy(struct policy_cache **cache)
{
	if (!*cache)
		return;
	arena_destroy(&(*cache)->arena);
	free(*cache);
	*cache = NULL;
}

void policy_cache_trim(struct policy_cache *cache)
{
	if (cache->count < POLICIES_KEPT)
		return;
	arena_reset(cache->arena);
	cache->first = NULL;
	cache->count = 0;
}

/* What is read through a transaction lives in the transaction's arena: here, for as long as the cache keeps it. */
static struct err load(struct policy_cache *cache, struct db_tx *tx, const struct notification *process,
		       const char *creditor, int version, struct kept *kept)
{
	struct arena *arena = tx->arena;

	tx->arena = cache->arena;

	struct err err = policies_find(tx, process, creditor, version, &kept->policy);

	tx->arena = arena;
	return err;
}

struct err policy_cache_find(struct policy_cache *cache, struct db_tx *tx, const struct notification *process,
			     const char *creditor, int version, const struct policy_version **policy)
{
	struct kept *kept = cache->first;

	while (kept && !(kept->policy.policy.version == version && text_equal(kept->creditor, creditor)))
		kept = kept->next;
	if (!kept) {
		kept = arena_alloc(cache->arena, sizeof *kept);
		TRY(load(cache, tx, process, creditor, version, kept));
		kept->creditor = arena_copy(cache->arena, creditor);
		kept->next = cache->first;
		cache->first = kept;
		cache->count++;
	}
	*policy = &kept->policy;
	return OK;
}
