#ifndef PAYMENTS_HANDLERS_RULES_H
#define PAYMENTS_HANDLERS_RULES_H

#include "common/io/rpc.h"

/* The rpcs of relance.payments.v1.MatchRulesService, in five steps each. */
MUST_USE struct err get_match_rules(struct rpc_call *call);
MUST_USE struct err set_match_rules(struct rpc_call *call);

#endif
