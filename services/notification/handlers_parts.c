#include "notification/handlers_parts.h"

#include "common/base/text.h"

const char *handler_caller(const struct rpc_call *call)
{
	return text_empty(call->principal.user) ? call->principal.peer : call->principal.user;
}

const char *handler_token(const struct rpc_call *call, struct id last, size_t count, int page_size)
{
	char text[ID_TEXT_BYTES];

	return count == (size_t)page_size ? arena_copy(call->arena, id_format(last, text)) : "";
}
