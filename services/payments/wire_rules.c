#include "payments/wire_rules.h"

#include "common/base/iso.h"
#include "payments/wire_parts.h"
#include "relance/payments/v1/rules.pb-c.h"

const ProtobufCServiceDescriptor *const RULES_SERVICE = &relance__payments__v1__match_rules_service__descriptor;

struct err wire_decode_get_match_rules(const struct rpc_call *call, const char **creditor)
{
	const Relance__Payments__V1__GetMatchRulesRequest *request = (const void *)call->request;

	*creditor = request->creditor;
	return OK;
}

struct err wire_decode_set_match_rules(const struct rpc_call *call, struct rules_ask *ask)
{
	const Relance__Payments__V1__SetMatchRulesRequest *request = (const void *)call->request;
	const Relance__Payments__V1__MatchRules *rules = request->rules;

	if (!rules)
		return ERR(ERR_INVALID, "match_rules.missing", "rules", "say what the rules are to be");
	struct rules_ask found = { .creditor = rules->creditor,
				   .rules = { .discount_grace_days = rules->discount_grace_days,
					      .taken_discount_share = rules->taken_discount_share,
					      .charges_max_minor = rules->charges_max_minor,
					      .charges_booked = rules->charges_booked,
					      .under_max_minor = rules->under_max_minor,
					      .under_max_share = rules->under_max_share,
					      .over_max_minor = rules->over_max_minor,
					      .over_max_share = rules->over_max_share,
					      .parts = rules->parts,
					      .account_amount = rules->account_amount } };

	TRY(currency_parse(rules->currency, &found.rules.currency));
	if (!iso_currency(rules->currency))
		return ERR(ERR_INVALID, "currency.unknown", "rules.currency", "ISO 4217 has no such currency");
	TRY(match_rules_check(&found.rules));
	*ask = found;
	return OK;
}

static Relance__Payments__V1__MatchRules *message_of(struct arena *arena, const char *creditor,
						     const struct match_rules *rules)
{
	Relance__Payments__V1__MatchRules *message = arena_alloc(arena, sizeof *message);

	relance__payments__v1__match_rules__init(message);
	message->creditor = wire_text(arena, creditor);
	message->currency = wire_text(arena, rules->currency.code);
	message->discount_grace_days = rules->discount_grace_days;
	message->taken_discount_share = rules->taken_discount_share;
	message->charges_max_minor = rules->charges_max_minor;
	message->charges_booked = rules->charges_booked;
	message->under_max_minor = rules->under_max_minor;
	message->under_max_share = rules->under_max_share;
	message->over_max_minor = rules->over_max_minor;
	message->over_max_share = rules->over_max_share;
	message->parts = rules->parts;
	message->account_amount = rules->account_amount;
	return message;
}

void wire_encode_get_match_rules(struct rpc_call *call, const char *creditor, const struct match_rules *list,
				 size_t count)
{
	Relance__Payments__V1__GetMatchRulesResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__get_match_rules_response__init(reply);
	reply->rules = arena_array(call->arena, count, sizeof(Relance__Payments__V1__MatchRules *));
	for (size_t i = 0; i < count; i++)
		reply->rules[reply->n_rules++] = message_of(call->arena, creditor, &list[i]);
	call->reply = &reply->base;
}

void wire_encode_set_match_rules(struct rpc_call *call, const char *creditor, const struct match_rules *rules)
{
	Relance__Payments__V1__SetMatchRulesResponse *reply = arena_alloc(call->arena, sizeof *reply);

	relance__payments__v1__set_match_rules_response__init(reply);
	reply->rules = message_of(call->arena, creditor, rules);
	call->reply = &reply->base;
}
