#include "notification/resume.h"

#include "common/base/text.h"
#include "notification/domain/correction.h"
#include "notification/events.h"
#include "notification/store_resume.h"

/* The one that the case began under, else the newest for everybody. */
static struct err policy_of(const struct pass *pass, struct db_tx *tx, int version, const struct policy **policy)
{
	const struct policy_version *kept;

	*policy = &pass->policies.items[pass->policies.count - 1];
	if (version == 0)
		return OK;
	TRY(policy_cache_find(pass->kept, tx, pass->process, pass->creditor.letter.code, version, &kept));
	*policy = &kept->policy;
	return OK;
}

/* The case stands on the highest rung that left, or is to leave. */
static struct err stand(const struct pass *pass, struct db_tx *tx, struct id dunning_case, int policy_version)
{
	struct counted_rungs rungs;
	const struct policy *policy;
	struct date left_on = DATE_NONE;

	TRY(policy_of(pass, tx, policy_version, &policy));
	TRY(rungs_climbed(tx, &pass->creditor, dunning_case, &rungs));
	const struct policy_step *rung = correction_rung(policy, rungs.names, rungs.count);

	for (size_t i = 0; rung && i < rungs.count; i++)
		if (text_equal(rungs.names[i], rung->name))
			left_on = rungs.days[i];
	return case_go_back(tx, &pass->creditor, dunning_case, rung, left_on);
}

static struct err tell(struct db_tx *tx, const struct creditor *creditor, const struct ended_case *ended)
{
	return event_case(tx, creditor, "relance.case.opened.v1",
			  &(struct case_event){ .id = ended->id,
						.customer = ended->customer,
						.customer_number = ended->customer_number,
						.currency = ended->currency,
						.reason = "payment_taken_back",
						.amount_minor = ended->amount_minor });
}

struct err cases_resume(const struct pass *pass, struct db_tx *tx, const struct plan_target *targets, size_t count)
{
	struct voided_case *voided;
	struct ended_case *ended;
	size_t ended_count, voided_count;
	bool any;

	TRY(undos_any(tx, &pass->creditor, &any));
	if (!any)
		return OK;
	TRY(agreements_take_back(tx, &pass->creditor, targets, count));
	TRY(voids_take_back(tx, &pass->creditor, targets, count, &voided, &voided_count));
	TRY(cases_wrongly_ended(tx, &pass->creditor, targets, count, &ended, &ended_count));
	for (size_t i = 0; i < ended_count; i++) {
		TRY(case_open_again(tx, &pass->creditor, &ended[i]));
		TRY(stand(pass, tx, ended[i].id, ended[i].policy_version));
		TRY(tell(tx, &pass->creditor, &ended[i]));
	}
	for (size_t i = 0; i < voided_count; i++)
		TRY(stand(pass, tx, voided[i].id, voided[i].policy_version));
	return OK;
}
