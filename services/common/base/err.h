#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/* The one error value, returned by value. `reason` is a literal for programs ("invoice.already_paid"),
 * `message` a sentence for people, `field` the name of the field, line or file at fault, or NULL.
 * `message` and `field` are literals or live in the arena of the request; whoever keeps an error longer
 * than its arena copies them. A function that returns an error has left its outputs untouched. */

#define MUST_USE __attribute__((warn_unused_result))

/* The codes map one to one to those of Connect and gRPC; the numbers are gRPC's, and go over the wire. */
enum err_code {
	ERR_OK = 0,
	ERR_CANCELED = 1,
	ERR_UNKNOWN = 2,
	ERR_INVALID = 3,  /* invalid_argument: the request is wrong whatever the state */
	ERR_DEADLINE = 4, /* deadline_exceeded */
	ERR_NOT_FOUND = 5,
	ERR_EXISTS = 6,    /* already_exists */
	ERR_DENIED = 7,    /* permission_denied */
	ERR_EXHAUSTED = 8, /* resource_exhausted: a limit; later may work */
	ERR_CONFLICT = 9,  /* failed_precondition: refused in this state; repeating won't help */
	ERR_ABORTED = 10,  /* lost a race; repeat the whole transaction */
	ERR_RANGE = 11,    /* out_of_range */
	ERR_UNIMPLEMENTED = 12,
	ERR_INTERNAL = 13,    /* our own bug */
	ERR_UNAVAILABLE = 14, /* the other side is away; repeat with the same idempotency key */
	ERR_DATA_LOSS = 15,
	ERR_UNAUTHENTICATED = 16,
	ERR_CODE_COUNT
};

struct err {
	enum err_code code;
	const char *reason;
	const char *field;
	const char *message;
};

#define OK ((struct err){ .code = ERR_OK })
#define ERR(code_, reason_, field_, message_)                                                                          \
	((struct err){ .code = (code_), .reason = (reason_), .field = (field_), .message = (message_) })

/* The only control macro: hands an error to the caller. */
#define TRY(expression)                                                                                                \
	do {                                                                                                           \
		struct err try_err_ = (expression);                                                                    \
		if (try_err_.code != ERR_OK)                                                                           \
			return try_err_;                                                                               \
	} while (0)

static inline bool err_ok(struct err err)
{
	return err.code == ERR_OK;
}

/* The Connect name of a code: "invalid_argument"; "unknown" for a number that is none. */
const char *err_code_name(enum err_code code);

/* The code of a Connect name; ERR_UNKNOWN where it is none. */
enum err_code err_code_find(const char *name);

#endif
