#include "notification/simulate.h"

#include "common/base/text.h"
#include "notification/preview.h"

struct simulating {
	struct db_tx *tx;
	const struct creditor *creditor;
	struct simulation *simulation;
	const struct preview_policies *policies;
	bool in_force;
	const char **last_customers; /* by step: whom it was counted for last; targets come by customer */
};

static struct simulated_step *step_find(struct simulation *simulation, const char *name)
{
	for (size_t i = 0; i < simulation->step_count; i++) {
		if (text_equal(simulation->steps[i].step, name))
			return &simulation->steps[i];
	}
	return NULL;
}

static void steps_add(struct arena *arena, struct simulation *simulation, const struct policy *policy)
{
	for (size_t i = 0; i < policy->step_count; i++) {
		if (step_find(simulation, policy->steps[i].name))
			continue;

		struct simulated_step *step = ARENA_PUSH(arena, simulation->steps, simulation->step_count);

		step->step = policy->steps[i].name;
		step->channel = policy->steps[i].channel;
	}
}

static void count(struct simulating *simulating, const struct preview_view *view)
{
	struct simulation *simulation = simulating->simulation;
	struct simulated_step *step = step_find(simulation, view->step);

	if (!step) /* of a policy that only cases still keep */
		return;

	size_t place = (size_t)(step - simulation->steps);
	int64_t day = date_days_between(simulation->days[0].on, view->on);
	struct simulated_tally *by_step = simulating->in_force ? &step->in_force : &step->proposed;

	by_step->reminders++;
	if (!text_equal(simulating->last_customers[place], view->customer_number))
		by_step->customers++;
	simulating->last_customers[place] = view->customer_number;
	if (day < 0 || day >= (int64_t)simulation->day_count) /* a zone whose day is another */
		return;

	struct simulated_tally *by_day =
		simulating->in_force ? &simulation->days[day].in_force : &simulation->days[day].proposed;

	by_day->reminders++;
	by_day->contacts += view->contacts;
}

static struct err run(struct simulating *simulating, const struct plan_targets *targets, int days)
{
	simulating->last_customers =
		arena_array(simulating->tx->arena, simulating->simulation->step_count, sizeof(const char *));
	for (size_t done = 0, some; done < targets->count; done += some) {
		struct preview preview = { 0 };

		some = targets_whole(targets->items + done, targets->count - done, PREVIEW_BATCH);
		TRY(preview_positions(simulating->tx, simulating->creditor, simulating->policies, NULL,
				      targets->items + done, some, days, &preview));
		for (size_t n = 0; n < preview.count; n++)
			count(simulating, &preview.reminders[n]);
	}
	return OK;
}

static void set_steps_add(struct arena *arena, struct simulation *simulation, const struct policy_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		steps_add(arena, simulation, &set->items[i]);
}

struct err simulate(struct db_tx *tx, const struct creditor *creditor, const struct preview_policies *proposed,
		    const struct preview_policies *in_force, int days, struct simulation *simulation)
{
	struct simulation made = { .day_count = (size_t)days + 1 };
	struct simulating simulating = { .tx = tx, .creditor = creditor, .simulation = &made };
	struct plan_targets targets;

	made.days = arena_array(tx->arena, made.day_count, sizeof *made.days);
	for (size_t i = 0; i < made.day_count; i++)
		made.days[i].on = date_add_days(creditor->today, (int)i);
	set_steps_add(tx->arena, &made, proposed->set);
	set_steps_add(tx->arena, &made, in_force->set);
	TRY(targets_all(tx, creditor, &targets));
	made.positions = (int64_t)targets.count;
	simulating.policies = proposed;
	TRY(run(&simulating, &targets, days));
	simulating.policies = in_force;
	simulating.in_force = true;
	TRY(run(&simulating, &targets, days));
	*simulation = made;
	return OK;
}
