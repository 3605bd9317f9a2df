#ifndef IO_RPC_MESSAGE_H
#define IO_RPC_MESSAGE_H

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/decimal.h"
#include "common/base/id.h"
#include "common/base/money.h"
#include "relance/common/v1/common.pb-c.h"

/* What the wire of every service writes messages with: values as the contracts spell them, all in the arena. */

/* A message of that type with its defaults. */
void *wire_new(struct arena *arena, const ProtobufCMessageDescriptor *type);

char *wire_text(struct arena *arena, const char *text); /* NULL becomes "" */
char **wire_texts(struct arena *arena, const char *const *texts, size_t count);
char *wire_date(struct arena *arena, struct date date);             /* DATE_NONE becomes "" */
char *wire_instant(struct arena *arena, struct instant instant);    /* INSTANT_NONE becomes "" */
char *wire_id(struct arena *arena, struct id id);                   /* a zero id becomes "" */
char *wire_currency(struct arena *arena, struct currency currency); /* one that is not known becomes "" */
char *wire_decimal(struct arena *arena, struct decimal decimal);

Relance__Common__V1__Money *wire_money(struct arena *arena, int64_t minor, struct currency currency);
Relance__Common__V1__Check *wire_check(struct arena *arena, const char *name, bool ok, int64_t checked,
				       const char *detail);

/* A message as an event's payload: its bytes and its full name. */
struct payload {
	const void *bytes;
	size_t length;
	const char *type; /* "relance.payments.v1.PaymentAllocated" */
};

struct payload wire_packed(struct arena *arena, const ProtobufCMessage *message);

#endif
