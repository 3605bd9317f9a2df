/*
 * relance-credit(8)
 *
 * NAME
 *	relance-credit - who pays late, and what may still be delivered on credit
 *
 * SYNOPSIS
 *	relance-credit [--help]
 *
 * DESCRIPTION
 *	Owns the schema `credit`: recorded scores, credit limits, holds. A score is computed from the open items of the
 *	ledger whenever somebody asks; the recorded one tells what changed.
 *
 *	Answers the rpcs of relance.credit.v1.CreditService: scores with their reasons, order checks (yes, yes with
 *	deposit, prepayment only, hold), limits, holds.
 *
 *	Reads the feed as "credit": an issued, cancelled, disputed, paid or returned invoice scores its customer again
 *	and ends a hold of the dunning ladder when nothing is overdue any more; a payment that is taken back, by a
 *	person or with the money, puts that hold back; an import of open items has everybody scored again; the
 *	ladder's request for a hold places one.
 *
 *	Writes relance.credit.scored.v1 when a class or a score changed materially, relance.credit.held.v1 and
 *	relance.credit.released.v1.
 *
 *	One copy at a time makes the round over all customers, on each new day of a creditor's clock: overdue
 *	invoices age, and holds expire, without any event.
 *
 * SETTINGS
 *	Only those that all processes share: see --help.
 *
 * SOURCE
 *	domain/score.c the score, domain/order.c the order check, domain/hold.c when holds end; rescore.c what events
 *	and days change; domain/backtest.c and domain/scorecard.c the statistics behind `relancectl credit backtest` and
 *	`credit scorecard`.
 */
#include "common/io/service.h"
#include "credit/handlers.h"
#include "credit/rescore.h"
#include "credit/wire.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

int main(int argc, char **argv)
{
	const struct rpc_method methods[] = {
		{ CREDIT_SERVICE, "GetScore", RPC_READ, get_score },
		{ CREDIT_SERVICE, "ListScores", RPC_READ, list_scores },
		{ CREDIT_SERVICE, "CheckOrder", RPC_READ, check_order },
		{ CREDIT_SERVICE, "SetLimit", RPC_WRITE, set_limit },
		{ CREDIT_SERVICE, "PlaceHold", RPC_WRITE, place_hold },
		{ CREDIT_SERVICE, "ReleaseHold", RPC_WRITE, release_hold },
		{ CREDIT_SERVICE, "ListHolds", RPC_READ, list_holds },
		{ CREDIT_SERVICE, "Verify", RPC_READ, verify },
	};
	static const struct service_job jobs[] = {
		{ .name = "rescore", .run = rescore_round, .leader_key = RESCORE_LEADER },
	};
	const struct service service = {
		.name = "credit",
		.summary = "who pays late, and what may still be delivered on credit",
		.methods = methods,
		.method_count = COUNT(methods),
		.reader = &CREDIT_READER,
		.jobs = jobs,
		.job_count = COUNT(jobs),
	};
	return service_run(&service, argc, argv);
}
