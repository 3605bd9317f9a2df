#ifndef CREDIT_WIRE_H
#define CREDIT_WIRE_H

#include "common/io/rpc.h"
#include "common/io/rpc_message.h"
#include "credit/domain/hold.h"
#include "credit/domain/order.h"
#include "credit/domain/score.h"

/* Between the messages of proto/relance/credit and the service's own structs. Nothing else of the service sees the
 * generated code. Decoding refuses what is wrong whatever the state (ERR_INVALID with the field's name). */

#define PAGE_SIZE_DEFAULT 100
#define PAGE_SIZE_MAX 200

/* What every request names. Texts point into the request. */
struct ask {
	const char *creditor, *customer_number;
};

struct page_ask {
	const char *creditor, *customer_number;
	const char *after; /* "" is the start */
	int size;
	bool released;
};

struct order_ask {
	struct ask ask;
	int64_t amount_minor;
	struct currency currency;
};

struct limit_ask {
	struct ask ask;
	int64_t limit_minor;
	struct currency currency;
	bool remove;
	const char *reason;
};

struct hold_ask {
	struct ask ask;
	const char *reason;
	struct date expires_on;
};

MUST_USE struct err wire_decode_get_score(const struct rpc_call *call, struct ask *ask);
MUST_USE struct err wire_decode_list_scores(const struct rpc_call *call, struct page_ask *ask);
MUST_USE struct err wire_decode_check_order(const struct rpc_call *call, struct order_ask *ask);
MUST_USE struct err wire_decode_set_limit(const struct rpc_call *call, struct limit_ask *ask);
MUST_USE struct err wire_decode_place_hold(const struct rpc_call *call, struct hold_ask *ask);
MUST_USE struct err wire_decode_release_hold(const struct rpc_call *call, struct hold_ask *ask);
MUST_USE struct err wire_decode_list_holds(const struct rpc_call *call, struct page_ask *ask);
MUST_USE struct err wire_decode_verify(const struct rpc_call *call, struct ask *ask);

/* A score with what it is of. */
struct score_view {
	const char *creditor, *customer_number, *customer_name;
	struct score score;
	struct portfolio portfolio;
	struct date scored_on;
	bool on_hold;
};

struct order_view {
	struct order_facts facts;
	struct order_answer answer;
	struct date checked_on;
};

struct limit_view {
	const char *customer_number;
	struct currency currency;
	int64_t limit_minor, previous_minor;
	bool had, removed;
};

struct check_view {
	const char *name;
	bool ok;
	int64_t checked;
	const char *detail;
};

void wire_encode_get_score(struct rpc_call *call, const struct score_view *view, const struct past_score *past,
			   size_t past_count);
void wire_encode_list_scores(struct rpc_call *call, const struct score_view *views, size_t count, const char *next);
void wire_encode_check_order(struct rpc_call *call, const struct order_view *view);
void wire_encode_set_limit(struct rpc_call *call, const struct limit_view *view);
void wire_encode_place_hold(struct rpc_call *call, const struct hold *hold);
void wire_encode_release_hold(struct rpc_call *call, const struct hold *released, size_t count);
void wire_encode_list_holds(struct rpc_call *call, const struct hold *holds, size_t count, const char *next);
void wire_encode_verify(struct rpc_call *call, const struct check_view *checks, size_t count);

/* ------------------------------------------------------------------ events */

/* `before` < 0: the first score. */
struct payload wire_event_scored(struct arena *arena, const char *customer_number, const struct score *score,
				 int before, struct date scored_on);
struct payload wire_event_held(struct arena *arena, const struct hold *hold);
struct payload wire_event_released(struct arena *arena, const struct hold *hold);

/* The customer of another service's event. ERR_DATA_LOSS "event.malformed". */
MUST_USE struct err wire_event_customer(struct arena *arena, const char *payload_type, const void *bytes, size_t length,
					struct id *customer);

extern const ProtobufCServiceDescriptor *const CREDIT_SERVICE;

#endif
