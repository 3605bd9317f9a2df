#ifndef NOTIFICATION_POLICY_CACHE_H
#define NOTIFICATION_POLICY_CACHE_H

#include "notification/policies.h"

/* Policies as one thread has read them: a version never changes once it is stored, so that its text is parsed once. */

#define POLICIES_KEPT 64 /* creditors come in turn; a version is parsed again in a millisecond */

struct policy_cache;

struct policy_cache *policy_cache_new(void);
void policy_cache_destroy(struct policy_cache **cache);
#define POLICY_CACHE_SCOPE __attribute__((cleanup(policy_cache_destroy))) struct policy_cache *

/* Between batches: makes room where the cache is full. What was found before is gone then. */
void policy_cache_trim(struct policy_cache *cache);

/* As policies_find, for a version that is not 0. *policy lives until the next policy_cache_trim. */
MUST_USE struct err policy_cache_find(struct policy_cache *cache, struct db_tx *tx, const struct notification *process,
				      const char *creditor, int version, const struct policy_version **policy);

#endif
