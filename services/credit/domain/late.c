#include "credit/domain/late.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

#define PRIOR_BASE 10.0    /* invoices at half a chance before anything is known */
#define PRIOR_CUSTOMER 4.0 /* invoices at the base rate */
#define PRIOR_SIMILAR 3.0  /* invoices at the customer's rate */
#define PRIOR_SEGMENT 25.0
#define PRIOR_DELAY 2.0 /* invoices like all customers', in the delay's median */
#define HALF_LIFE_DAYS 60.0
#define HALF_LIFE_DELAY_DAYS 365.0
#define WORST_DAYS 365
#define AMOUNT_BAND 0.5 /* natural logarithm */
#define DELAY_BUCKETS (LATE_DELAY_MOST - LATE_DELAY_LEAST + 1)
#define DELAY_ZERO (0 - LATE_DELAY_LEAST)

const char *const LATE_FEATURE_NAMES[LATE_FEATURES] = {
	[LATE_RATE] = "late_rate",
	[LATE_RATE_RECENT] = "late_rate_recent",
	[LATE_DELAY_RECENT] = "delay_recent",
	[LATE_DELAY_WORST] = "delay_worst",
	[LATE_DELAY_LAST] = "delay_last",
	[LATE_TREND] = "delay_trend",
	[LATE_KNOWN] = "invoices_known",
	[LATE_OVERDUE_COUNT] = "overdue_count",
	[LATE_OVERDUE_SHARE] = "overdue_share",
	[LATE_OVERDUE_AGE] = "overdue_age",
	[LATE_AMOUNT] = "amount",
	[LATE_AMOUNT_RELATIVE] = "amount_relative",
	[LATE_TERMS] = "terms_days",
	[LATE_SLACK] = "over_terms_rate",
	[LATE_WEEKDAY] = "due_weekday",
	[LATE_MONTH_DAY] = "due_month_day",
	[LATE_RATE_WEEKDAY] = "late_rate_weekday",
	[LATE_RATE_TERMS] = "late_rate_terms",
	[LATE_RATE_AMOUNT] = "late_rate_amount",
	[LATE_RATE_MONTH_PART] = "late_rate_month_part",
	[LATE_RATE_SEGMENT] = "late_rate_segment",
	[LATE_RATE_ALL] = "late_rate_all",
};

enum late_outcome late_outcome_by(const struct late_invoice *invoice, struct date day)
{
	if (date_known(invoice->settled_on) && date_compare(invoice->settled_on, day) <= 0)
		return date_compare(invoice->settled_on, invoice->due_on) > 0 ? LATE_YES : LATE_NO;
	return date_compare(invoice->due_on, day) <= 0 ? LATE_YES : LATE_UNKNOWN;
}

/* The day whose end tells late from on time. */
static int outcome_day(const struct late_invoice *invoice)
{
	struct date settled = invoice->settled_on, due = invoice->due_on;

	return date_known(settled) && date_compare(settled, due) < 0 ? settled.days : due.days;
}

static int clamp(int days)
{
	return days < LATE_DELAY_LEAST ? LATE_DELAY_LEAST : days > LATE_DELAY_MOST ? LATE_DELAY_MOST : days;
}

static double faded(int age_days, double half_life)
{
	return exp2(-(double)(age_days > 0 ? age_days : 0) / half_life);
}

/* ------------------------------------------------------------------ all customers */

/* A rate out of counts, drawn towards another rate. */
struct tally {
	double n, late;
};

static void tally_add(struct tally *tally, double weight, bool late)
{
	tally->n += weight;
	tally->late += late ? weight : 0;
}

static double shrunk(struct tally tally, double towards, double prior)
{
	return (tally.late + prior * towards) / (tally.n + prior);
}

struct walk {
	const struct late_invoice *invoices;
	size_t count;
	int *customers, *segments; /* group of each invoice */
	size_t *before;            /* the same customer's invoice before, or SIZE_MAX */
	size_t *earlier;           /* the same of an earlier day */
	size_t *by_outcome;        /* invoices in order of the day that tells late from not */
	size_t *by_settlement;
	size_t outcomes_seen, settlements_seen;
	struct tally all, *by_segment;
	struct tally recent; /* as of recent_day */
	int recent_day;
	double delays[DELAY_BUCKETS]; /* of settled invoices, faded as of recent_day */
	double delay_sum;
};

struct keyed {
	const char *text;
	size_t index;
};

static int by_text(const void *a, const void *b)
{
	const struct keyed *left = a, *right = b;
	int order = strcmp(left->text, right->text);

	return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

/* Numbers equal texts alike; returns how many groups there are. `keys` ends up sorted by group and index. */
static int groups_number(struct keyed *keys, size_t count, int *groups)
{
	int group = 0;

	qsort(keys, count, sizeof *keys, by_text);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(keys[i].text, keys[i - 1].text) != 0)
			group++;
		groups[keys[i].index] = group;
	}
	return group + 1;
}

struct timed {
	int day;
	size_t index;
};

static int by_day(const void *a, const void *b)
{
	const struct timed *left = a, *right = b;

	if (left->day != right->day)
		return left->day < right->day ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static size_t *sorted_by(struct arena *arena, struct timed *timed, size_t count)
{
	size_t *order = arena_array(arena, count, sizeof *order);

	qsort(timed, count, sizeof *timed, by_day);
	for (size_t i = 0; i < count; i++)
		order[i] = timed[i].index;
	return order;
}

static void walk_order(struct arena *arena, struct walk *walk)
{
	struct timed *timed = arena_array(arena, walk->count, sizeof *timed);

	for (size_t i = 0; i < walk->count; i++)
		timed[i] = (struct timed){ outcome_day(&walk->invoices[i]), i };
	walk->by_outcome = sorted_by(arena, timed, walk->count);
	for (size_t i = 0; i < walk->count; i++) {
		struct date settled = walk->invoices[i].settled_on;
		timed[i] = (struct timed){ date_known(settled) ? settled.days : INT32_MAX, i };
	}
	walk->by_settlement = sorted_by(arena, timed, walk->count);
}

/* Of one day's invoices none is known to another. */
static size_t earlier_day(const struct walk *walk, size_t at)
{
	size_t before = walk->before[at];

	if (before == SIZE_MAX || date_compare(walk->invoices[before].issued_on, walk->invoices[at].issued_on) < 0)
		return before;
	return walk->earlier[before];
}

static void walk_init(struct arena *arena, const struct late_invoice *invoices, size_t count, struct walk *walk)
{
	struct keyed *keys = arena_array(arena, count, sizeof *keys);

	*walk = (struct walk){ .invoices = invoices, .count = count };
	walk->customers = arena_array(arena, count, sizeof *walk->customers);
	walk->segments = arena_array(arena, count, sizeof *walk->segments);
	walk->before = arena_array(arena, count, sizeof *walk->before);
	walk->earlier = arena_array(arena, count, sizeof *walk->earlier);
	for (size_t i = 0; i < count; i++)
		keys[i] = (struct keyed){ invoices[i].segment, i };
	int segments = groups_number(keys, count, walk->segments);
	walk->by_segment = arena_array(arena, (size_t)segments, sizeof *walk->by_segment);
	for (size_t i = 0; i < count; i++)
		keys[i] = (struct keyed){ invoices[i].customer, i };
	groups_number(keys, count, walk->customers);
	for (size_t i = 0; i < count; i++) {
		bool same = i > 0 && walk->customers[keys[i].index] == walk->customers[keys[i - 1].index];
		walk->before[keys[i].index] = same ? keys[i - 1].index : SIZE_MAX;
		walk->earlier[keys[i].index] = earlier_day(walk, keys[i].index);
	}
	walk_order(arena, walk);
	walk->recent_day = count > 0 ? invoices[0].issued_on.days : 0;
}

static void walk_fade(struct walk *walk, int day)
{
	double rest = faded(day - walk->recent_day, HALF_LIFE_DAYS);

	if (day <= walk->recent_day)
		return;
	walk->recent.n *= rest;
	walk->recent.late *= rest;
	for (int i = 0; i < DELAY_BUCKETS; i++)
		walk->delays[i] *= rest;
	walk->delay_sum *= rest;
	walk->recent_day = day;
}

/* Takes in all that became known before `day`. */
static void walk_to(struct walk *walk, int day)
{
	walk_fade(walk, day);
	for (; walk->outcomes_seen < walk->count; walk->outcomes_seen++) {
		size_t at = walk->by_outcome[walk->outcomes_seen];
		int known_on = outcome_day(&walk->invoices[at]);
		if (known_on >= day)
			break;
		bool late = late_outcome_by(&walk->invoices[at], (struct date){ day - 1 }) == LATE_YES;
		tally_add(&walk->all, 1, late);
		tally_add(&walk->recent, faded(day - known_on, HALF_LIFE_DAYS), late);
		tally_add(&walk->by_segment[walk->segments[at]], 1, late);
	}
	for (; walk->settlements_seen < walk->count; walk->settlements_seen++) {
		const struct late_invoice *invoice = &walk->invoices[walk->by_settlement[walk->settlements_seen]];
		if (!date_known(invoice->settled_on) || invoice->settled_on.days >= day)
			break;
		double weight = faded(day - invoice->settled_on.days, HALF_LIFE_DAYS);
		walk->delays[clamp(invoice->settled_on.days - invoice->due_on.days) - LATE_DELAY_LEAST] += weight;
		walk->delay_sum += weight;
	}
}

/* The first delay from bucket `from` on at which the weights reach `reach`. */
static double quantile(const double *buckets, int from, double reach, double otherwise)
{
	double seen = 0;
	int last = -1;

	for (int i = from; i < DELAY_BUCKETS; i++) {
		seen += buckets[i];
		if (buckets[i] > 0)
			last = i;
		if (last >= 0 && seen >= reach)
			break;
	}
	return last >= 0 ? last + LATE_DELAY_LEAST : otherwise;
}

/* ------------------------------------------------------------------ one customer */

/* What one invoice of the customer's past says on the day. */
struct past {
	bool known; /* its outcome */
	bool late;
	bool settled;
	bool overdue;
	int delay;      /* of an open one: so far */
	int age_days;   /* since it was settled, 0 while open */
	int days_taken; /* from issue to settlement, or until now */
	double similar_amount;
	bool same_terms, same_weekday, same_month_part;
};

static int terms_of(const struct late_invoice *invoice)
{
	return date_days_between(invoice->issued_on, invoice->due_on);
}

static int month_part(struct date date)
{
	int year, month, day;

	date_parts(date, &year, &month, &day);
	return day <= 10 ? 0 : day <= 20 ? 1 : 2;
}

static struct past past_of(const struct late_invoice *then, const struct late_invoice *now)
{
	int today = now->issued_on.days;
	struct past past = { 0 };

	past.settled = date_known(then->settled_on) && then->settled_on.days < today;
	past.overdue = !past.settled && then->due_on.days < today;
	past.known = past.settled || past.overdue;
	int until = past.settled ? then->settled_on.days : today;
	past.late = past.known && until > then->due_on.days;
	past.delay = clamp(until - then->due_on.days);
	past.age_days = past.settled ? today - until : 0;
	past.days_taken = until - then->issued_on.days;
	double apart = log((double)then->amount_minor) - log((double)now->amount_minor);
	past.similar_amount = currency_equal(then->currency, now->currency)
				      ? exp(-apart * apart / (2 * AMOUNT_BAND * AMOUNT_BAND))
				      : 0.5;
	past.same_terms = terms_of(then) == terms_of(now);
	past.same_weekday = date_weekday(then->due_on) == date_weekday(now->due_on);
	past.same_month_part = month_part(then->due_on) == month_part(now->due_on);
	return past;
}

struct customer_sum {
	struct tally all, recent, weekday, terms, amount, part, over_terms;
	double delay_sum, delay_weight, delay_recent_sum, delay_recent_weight;
	double worst, last;
	int last_age;
	int overdue_count, overdue_age;
	double open, overdue;
	double log_sum;
	int amounts;
	double delays[DELAY_BUCKETS], delay_total; /* weighed by likeness */
	int newest[LATE_MEDIAN_OF];
	int newest_count;
};

static void sum_delay(struct customer_sum *sum, const struct past *past)
{
	double recent = faded(past->age_days, HALF_LIFE_DAYS);
	double like = faded(past->age_days, HALF_LIFE_DELAY_DAYS) * (0.3 + past->similar_amount) *
		      (past->same_terms ? 2 : 1) * (past->same_weekday ? 2 : 1) * (past->same_month_part ? 1.5 : 1);

	sum->delay_sum += past->delay;
	sum->delay_weight++;
	sum->delay_recent_sum += recent * past->delay;
	sum->delay_recent_weight += recent;
	sum->delays[past->delay - LATE_DELAY_LEAST] += like;
	sum->delay_total += like;
	if (past->age_days <= WORST_DAYS && (isnan(sum->worst) || past->delay > sum->worst))
		sum->worst = past->delay;
	if (past->settled && (isnan(sum->last) || past->age_days < sum->last_age)) {
		sum->last = past->delay;
		sum->last_age = past->age_days;
	}
	if (past->settled && sum->newest_count < LATE_MEDIAN_OF)
		sum->newest[sum->newest_count++] = past->delay;
}

static void sum_known(struct customer_sum *sum, const struct past *past, int terms)
{
	tally_add(&sum->all, 1, past->late);
	tally_add(&sum->recent, faded(past->age_days, HALF_LIFE_DAYS), past->late);
	tally_add(&sum->amount, past->similar_amount, past->late);
	if (past->same_weekday)
		tally_add(&sum->weekday, 1, past->late);
	if (past->same_terms)
		tally_add(&sum->terms, 1, past->late);
	if (past->same_month_part)
		tally_add(&sum->part, 1, past->late);
	if (past->settled || past->days_taken > terms)
		tally_add(&sum->over_terms, faded(past->age_days, HALF_LIFE_DELAY_DAYS), past->days_taken > terms);
	sum_delay(sum, past);
}

static void sum_add(struct customer_sum *sum, const struct late_invoice *then, const struct late_invoice *now)
{
	struct past past = past_of(then, now);

	sum->log_sum += log((double)then->amount_minor);
	sum->amounts++;
	if (!past.settled)
		sum->open += (double)then->amount_minor;
	if (past.overdue) {
		sum->overdue_count++;
		sum->overdue += (double)then->amount_minor;
		sum->overdue_age = past.delay > sum->overdue_age ? past.delay : sum->overdue_age;
	}
	if (past.known)
		sum_known(sum, &past, terms_of(now));
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static double newest_median(struct customer_sum *sum, double otherwise)
{
	int n = sum->newest_count;

	if (n == 0)
		return otherwise;
	qsort(sum->newest, (size_t)n, sizeof sum->newest[0], by_number);
	int below = (n - 1) / 2, above = n / 2;
	return (sum->newest[below] + sum->newest[above]) / 2.0;
}

/* The customer's own delays weighed by likeness, with some of everybody's beneath. */
static void like_spread(struct customer_sum *sum, const struct walk *walk, struct late_view *view)
{
	double all = walk->delay_sum, total = sum->delay_total + (all > 0 ? PRIOR_DELAY : 0), late = 0;

	for (int i = 0; i < DELAY_BUCKETS && all > 0; i++)
		sum->delays[i] += PRIOR_DELAY * walk->delays[i] / all;
	for (int i = DELAY_ZERO + 1; i < DELAY_BUCKETS; i++)
		late += sum->delays[i];
	for (int i = 0; i < LATE_QUANTILES; i++) {
		double part = 0.5 * i / (LATE_QUANTILES - 1);
		view->on_time[i] = quantile(sum->delays, 0, (total - late) * (0.5 + part), view->base_delay);
		view->late[i] = quantile(sum->delays, DELAY_ZERO + 1, late * part, view->base_delay);
	}
}

static double between(const double quantiles[LATE_QUANTILES], double part)
{
	double place = part * (LATE_QUANTILES - 1);
	int at = place < LATE_QUANTILES - 1 ? (int)place : LATE_QUANTILES - 2;

	return quantiles[at] + (place - at) * (quantiles[at + 1] - quantiles[at]);
}

double late_delay(const struct late_view *view, double p_late)
{
	if (p_late <= 0.5)
		return between(view->on_time, (0.5 / (1 - p_late) - 0.5) / 0.5);
	return between(view->late, (p_late - 0.5) / p_late / 0.5);
}

static void features_history(const struct customer_sum *sum, const struct walk *walk, size_t at, struct late_view *view)
{
	double *f = view->features;
	double own = view->customer_rate;
	double mean = sum->delay_weight > 0 ? sum->delay_sum / sum->delay_weight : 0;

	f[LATE_RATE] = own;
	f[LATE_RATE_RECENT] = shrunk(sum->recent, own, PRIOR_SIMILAR);
	f[LATE_DELAY_RECENT] =
		(sum->delay_recent_sum + PRIOR_CUSTOMER * (sum->delay_weight > 0 ? mean : view->base_delay)) /
		(sum->delay_recent_weight + PRIOR_CUSTOMER);
	f[LATE_DELAY_WORST] = sum->worst;
	f[LATE_DELAY_LAST] = sum->last;
	f[LATE_TREND] = sum->delay_weight > 0 ? f[LATE_DELAY_RECENT] - mean : NAN;
	f[LATE_KNOWN] = sum->all.n;
	f[LATE_SLACK] = shrunk(sum->over_terms, own, PRIOR_SIMILAR);
	f[LATE_RATE_WEEKDAY] = shrunk(sum->weekday, own, PRIOR_SIMILAR);
	f[LATE_RATE_TERMS] = shrunk(sum->terms, own, PRIOR_SIMILAR);
	f[LATE_RATE_AMOUNT] = shrunk(sum->amount, own, PRIOR_SIMILAR);
	f[LATE_RATE_MONTH_PART] = shrunk(sum->part, own, PRIOR_SIMILAR);
	f[LATE_RATE_SEGMENT] = shrunk(walk->by_segment[walk->segments[at]], view->base_rate, PRIOR_SEGMENT);
	f[LATE_RATE_ALL] = shrunk(walk->recent, view->base_rate, PRIOR_SEGMENT);
}

static void features_position(const struct customer_sum *sum, const struct late_invoice *now, struct late_view *view)
{
	double *f = view->features;
	int year, month, day;

	date_parts(now->due_on, &year, &month, &day);
	f[LATE_OVERDUE_COUNT] = sum->overdue_count;
	f[LATE_OVERDUE_SHARE] = sum->open > 0 ? sum->overdue / sum->open : 0;
	f[LATE_OVERDUE_AGE] = sum->overdue_age;
	f[LATE_AMOUNT] = log((double)now->amount_minor);
	f[LATE_AMOUNT_RELATIVE] = sum->amounts > 0 ? f[LATE_AMOUNT] - sum->log_sum / sum->amounts : NAN;
	f[LATE_TERMS] = terms_of(now);
	f[LATE_WEEKDAY] = date_weekday(now->due_on);
	f[LATE_MONTH_DAY] = day;
}

static void view_make(struct walk *walk, size_t at, struct late_view *view)
{
	const struct late_invoice *now = &walk->invoices[at];
	struct customer_sum sum = { .worst = NAN, .last = NAN };
	int looked_at = 0;

	walk_to(walk, now->issued_on.days);
	for (size_t i = walk->earlier[at]; i != SIZE_MAX && looked_at < LATE_HISTORY_MAX; i = walk->before[i]) {
		sum_add(&sum, &walk->invoices[i], now);
		looked_at++;
	}
	view->base_rate = shrunk(walk->all, 0.5, walk->all.n < PRIOR_BASE ? PRIOR_BASE - walk->all.n : 0.01);
	view->customer_rate = shrunk(sum.all, view->base_rate, PRIOR_CUSTOMER);
	view->base_delay = quantile(walk->delays, 0, walk->delay_sum / 2, 0);
	view->customer_delay = newest_median(&sum, view->base_delay);
	like_spread(&sum, walk, view);
	features_history(&sum, walk, at, view);
	features_position(&sum, now, view);
}

void late_walk(struct arena *arena, const struct late_invoice *invoices, size_t count, struct late_view *views)
{
	struct walk walk;

	for (size_t i = 0; i < count; i++)
		CHECK(invoices[i].amount_minor > 0 &&
		      (i == 0 || date_compare(invoices[i - 1].issued_on, invoices[i].issued_on) <= 0));
	walk_init(arena, invoices, count, &walk);
	for (size_t i = 0; i < count; i++)
		view_make(&walk, i, &views[i]);
}
