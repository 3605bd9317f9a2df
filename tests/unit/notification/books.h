#ifndef UNIT_NOTIFICATION_BOOKS_H
#define UNIT_NOTIFICATION_BOOKS_H

#include <stdio.h>
#include <stdlib.h>

#include "notification/domain/dunning.h"
#include "notification/policy_file.h"
#include "unit/test.h"

/* Positions and policies for the tests of the ladder. */

static inline struct date on(const char *text)
{
	struct date date;
	struct err err = date_parse(text, &date);

	assert_true(err_ok(err));
	return date;
}

/* A file of deploy/policies. */
static inline struct policy policy_of(struct arena *arena, const char *name)
{
	static char text[64 * 1024];
	char path[512];
	struct policy policy;

	snprintf(path, sizeof path, "%s/deploy/policies/%s", getenv("RELANCE_SOURCE"), name);
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	size_t length = fread(text, 1, sizeof text, file);

	fclose(file);
	struct err err = policy_file_read(arena, name, text, length, &policy);

	assert_true(err_ok(err));
	return policy;
}

static inline struct policy default_policy(struct arena *arena)
{
	return policy_of(arena, "default.yaml");
}

/* The same ladder on every calendar day: for tests that count days. */
static inline struct policy every_day_policy(struct arena *arena)
{
	return policy_of(arena, "every_day.yaml");
}

/* An invoice of 30 days. */
static inline struct position_item item(const char *number, const char *due_on, int64_t open_minor)
{
	return (struct position_item){ .number = number,
				       .issued_on = date_add_days(on(due_on), -30),
				       .due_on = on(due_on),
				       .amount_minor = open_minor,
				       .open_minor = open_minor,
				       .delivered_on = DATE_NONE };
}

static inline struct position position_of(struct position_item *items, size_t count)
{
	return (struct position){ .currency = { "EUR" },
				  .items = items,
				  .count = count,
				  .debtor = { .reachable = true },
				  .feed_on = DATE_NONE };
}

#endif
