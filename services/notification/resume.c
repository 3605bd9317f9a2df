#include "notification/resume.h"

#include "common/base/text.h"
#include "notification/domain/correction.h"
#include "notification/events.h"
#include "notification/store_resume.h"

/* The case stands on the highest rung that left, or is to leave. */
static struct err stand(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy,
			struct id dunning_case)
{
	struct counted_rungs rungs;
	struct date left_on = DATE_NONE;

	TRY(rungs_climbed(tx, creditor, dunning_case, &rungs));
	const struct policy_step *rung = correction_rung(policy, rungs.names, rungs.count);

	for (size_t i = 0; rung && i < rungs.count; i++)
		if (text_equal(rungs.names[i], rung->name))
			left_on = rungs.days[i];
	return case_go_back(tx, creditor, dunning_case, rung, left_on);
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

struct err cases_resume(struct db_tx *tx, const struct creditor *creditor, const struct policy *policy,
			const struct plan_target *targets, size_t count)
{
	struct ended_case *ended;
	struct id *voided;
	size_t ended_count, voided_count;

	TRY(voids_take_back(tx, creditor, targets, count, &voided, &voided_count));
	TRY(cases_wrongly_ended(tx, creditor, targets, count, &ended, &ended_count));
	for (size_t i = 0; i < ended_count; i++) {
		TRY(case_open_again(tx, creditor, &ended[i]));
		TRY(stand(tx, creditor, policy, ended[i].id));
		TRY(tell(tx, creditor, &ended[i]));
	}
	for (size_t i = 0; i < voided_count; i++)
		TRY(stand(tx, creditor, policy, voided[i]));
	return OK;
}
