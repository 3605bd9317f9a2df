#include "common/base/err.h"

#include <stddef.h>
#include <string.h>

static const char *const NAMES[ERR_CODE_COUNT] = {
	[ERR_OK] = "ok",
	[ERR_CANCELED] = "canceled",
	[ERR_UNKNOWN] = "unknown",
	[ERR_INVALID] = "invalid_argument",
	[ERR_DEADLINE] = "deadline_exceeded",
	[ERR_NOT_FOUND] = "not_found",
	[ERR_EXISTS] = "already_exists",
	[ERR_DENIED] = "permission_denied",
	[ERR_EXHAUSTED] = "resource_exhausted",
	[ERR_CONFLICT] = "failed_precondition",
	[ERR_ABORTED] = "aborted",
	[ERR_RANGE] = "out_of_range",
	[ERR_UNIMPLEMENTED] = "unimplemented",
	[ERR_INTERNAL] = "internal",
	[ERR_UNAVAILABLE] = "unavailable",
	[ERR_DATA_LOSS] = "data_loss",
	[ERR_UNAUTHENTICATED] = "unauthenticated",
};

const char *err_code_name(enum err_code code)
{
	return (unsigned)code < ERR_CODE_COUNT ? NAMES[code] : NAMES[ERR_UNKNOWN];
}

enum err_code err_code_find(const char *name)
{
	for (size_t i = 0; i < ERR_CODE_COUNT; i++)
		if (strcmp(NAMES[i], name) == 0)
			return (enum err_code)i;
	return ERR_UNKNOWN;
}
