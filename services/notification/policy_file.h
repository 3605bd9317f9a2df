#ifndef NOTIFICATION_POLICY_FILE_H
#define NOTIFICATION_POLICY_FILE_H

#include "common/base/arena.h"
#include "notification/domain/policy.h"

/* Reads a dunning policy from YAML (deploy/policies/default.yaml shows every key). Nothing is guessed: an unknown key,
 * a key twice or a value that is no number is refused with its line. */

#define POLICY_FILE_BYTES_MAX ((size_t)64 * 1024) /* the default policy has 3 KiB */

/* What a text does not say means what it meant when it was stored: in edition 1 a policy without sending_days sent on
 * all seven days of the week, and one without post_days sent no note by post. */
#define POLICY_EDITION 2

/* `name` is what errors call the file. The policy lives in the arena. ERR_INVALID "policy.…" with `field` "name:line",
 * counted from 1. */
MUST_USE struct err policy_file_read(struct arena *arena, const char *name, const char *text, size_t length,
				     struct policy *policy);
MUST_USE struct err policy_file_read_as(struct arena *arena, int edition, const char *name, const char *text,
					size_t length, struct policy *policy);

#endif
