#include "payments/handlers_rules.h"

#include "common/io/log.h"
#include "payments/handlers.h"
#include "payments/store_rule.h"
#include "payments/wire_rules.h"

struct err get_match_rules(struct rpc_call *call)
{
	const char *creditor;
	struct desk desk;
	struct match_rules *list;
	size_t count;

	TRY(wire_decode_get_match_rules(call, &creditor));
	TRY(desk_open(call->tx, creditor, &desk));
	TRY(match_rules_load(call->tx, &desk, call->arena, &list, &count));
	*ARENA_PUSH(call->arena, list, count) = match_rules_default((struct currency){ "" });
	wire_encode_get_match_rules(call, desk.creditor, list, count);
	return OK;
}

struct err set_match_rules(struct rpc_call *call)
{
	struct rules_ask ask;
	struct desk desk;

	TRY(wire_decode_set_match_rules(call, &ask));
	TRY(desk_open_for(call, ask.creditor, &desk));
	TRY(match_rules_save(call->tx, &desk, &ask.rules));
	log_info("match rules set", LOG_TEXT("creditor", desk.creditor), LOG_TEXT("currency", ask.rules.currency.code),
		 LOG_TEXT("by", desk.who));
	wire_encode_set_match_rules(call, desk.creditor, &ask.rules);
	return OK;
}
