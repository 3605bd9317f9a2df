#ifndef PAYMENTS_WIRE_RULES_H
#define PAYMENTS_WIRE_RULES_H

#include "payments/domain/match_rules.h"
#include "payments/wire.h"

/* Between the messages of MatchRulesService and plain structs. */

extern const ProtobufCServiceDescriptor *const RULES_SERVICE;

struct rules_ask {
	const char *creditor;
	struct match_rules rules;
};

MUST_USE struct err wire_decode_get_match_rules(const struct rpc_call *call, const char **creditor);
MUST_USE struct err wire_decode_set_match_rules(const struct rpc_call *call, struct rules_ask *ask);

void wire_encode_get_match_rules(struct rpc_call *call, const char *creditor, const struct match_rules *list,
				 size_t count);
void wire_encode_set_match_rules(struct rpc_call *call, const char *creditor, const struct match_rules *rules);

#endif
