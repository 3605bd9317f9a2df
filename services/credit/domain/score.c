#include "credit/domain/score.h"

#include <math.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/base/text.h"

/* Anchors of D&B's published scale; the last line continues its slope to zero. */
static const struct {
	int days;
	double score;
} SCALE[] = {
	{ -30, 100 }, { -20, 90 }, { 0, 80 },  { 15, 70 },  { 22, 60 },
	{ 30, 50 },   { 60, 40 },  { 90, 30 }, { 120, 20 }, { 180, 0 },
};
#define SCALE_COUNT (sizeof SCALE / sizeof SCALE[0])
#define DISCOUNT_SCORE 90.0

#define LATE_OVER_DAYS 30
#define TREND_INVOICES 6
#define TREND_DAYS 5.0
#define STALE_DAYS 180

double score_of_days(int days_late)
{
	if (days_late <= SCALE[0].days)
		return SCALE[0].score;
	for (size_t i = 1; i < SCALE_COUNT; i++) {
		if (days_late > SCALE[i].days)
			continue;
		double share = (double)(days_late - SCALE[i - 1].days) / (double)(SCALE[i].days - SCALE[i - 1].days);
		return SCALE[i - 1].score + share * (SCALE[i].score - SCALE[i - 1].score);
	}
	return SCALE[SCALE_COUNT - 1].score;
}

static const char *const RISK_NAMES[RISK_CLASS_COUNT] = {
	[RISK_UNKNOWN] = "unknown", [RISK_LOW] = "low",       [RISK_MEDIUM] = "medium",
	[RISK_HIGH] = "high",       [RISK_SEVERE] = "severe",
};

const char *risk_name(enum risk_class risk)
{
	return RISK_NAMES[risk < RISK_CLASS_COUNT ? risk : RISK_UNKNOWN];
}

enum risk_class risk_find(const char *name)
{
	for (int i = RISK_UNKNOWN + 1; i < RISK_CLASS_COUNT; i++) {
		if (text_equal(RISK_NAMES[i], name))
			return (enum risk_class)i;
	}
	return RISK_UNKNOWN;
}

enum risk_class risk_of_score(int score)
{
	if (score >= RISK_LOW_MIN)
		return RISK_LOW;
	if (score >= RISK_MEDIUM_MIN)
		return RISK_MEDIUM;
	return score >= RISK_HIGH_MIN ? RISK_HIGH : RISK_SEVERE;
}

bool score_changed(int before, int after)
{
	return risk_of_score(before) != risk_of_score(after) || abs(after - before) >= SCORE_MATERIAL_POINTS;
}

double score_late_probability(const struct score *score, struct date due_on, struct date today)
{
	return date_compare(due_on, today) < 0 ? 1.0 : score->late_probability;
}

struct portfolio portfolio_of(const struct portfolio_bucket *buckets, size_t count)
{
	double points = PORTFOLIO_PRIOR * PORTFOLIO_SCORE;
	double late = PORTFOLIO_PRIOR * PORTFOLIO_LATE_RATE;
	double invoices = PORTFOLIO_PRIOR;
	for (size_t i = 0; i < count; i++) {
		double n = (double)buckets[i].invoices;
		points += n * score_of_days(buckets[i].days_late);
		late += buckets[i].days_late > 0 ? n : 0;
		invoices += n;
	}
	return (struct portfolio){ .score = points / invoices, .late_rate = late / invoices };
}

/* How an invoice was or is being paid: the groups of which the reasons speak. */
enum group { GROUP_OVERDUE, GROUP_OVER_30, GROUP_LATE, GROUP_ON_TIME, GROUP_EARLY, GROUP_COUNT };

struct group_sum {
	int invoices;
	double lost; /* weight times points lost */
	double days; /* summed, for averages */
};

/* What one invoice says today. */
struct evidence {
	bool tells; /* false: not due yet, or out of the window */
	enum group group;
	int days_late;
	int age_days;
	double points;
};

struct tally {
	struct group_sum groups[GROUP_COUNT];
	int known, paid;
	double weight;            /* of amounts */
	double faded, faded_late; /* of invoices, for the chance of late payment */
	double trend;             /* days by which the recent invoices were paid later than those before */
	bool trend_known;
};

static enum group group_of(bool open, int days_late, double points)
{
	if (open)
		return GROUP_OVERDUE;
	if (days_late > LATE_OVER_DAYS)
		return GROUP_OVER_30;
	if (days_late > 0)
		return GROUP_LATE;
	return points > SCORE_PROMPT ? GROUP_EARLY : GROUP_ON_TIME;
}

static struct evidence evidence_of(const struct history_item *item, struct date today)
{
	struct evidence evidence = { 0 };
	bool open = !date_known(item->settled_on);
	struct date seen_on = open ? today : item->settled_on;
	if (open && date_compare(item->due_on, today) >= 0)
		return evidence;
	if (!open && date_compare(item->settled_on, date_add_months(today, -SCORE_WINDOW_MONTHS)) < 0)
		return evidence;

	evidence.tells = true;
	evidence.days_late = date_days_between(item->due_on, seen_on);
	evidence.points = score_of_days(evidence.days_late);
	if (!open && item->discount_taken && evidence.points < DISCOUNT_SCORE)
		evidence.points = DISCOUNT_SCORE;
	evidence.group = group_of(open, evidence.days_late, evidence.points);
	int age = date_days_between(seen_on, today);
	evidence.age_days = age > 0 ? age : 0;
	return evidence;
}

static double fade(int age_days)
{
	return exp2(-(double)age_days / SCORE_HALF_LIFE_DAYS);
}

struct currency_sum {
	struct currency currency;
	double total;
	int invoices;
};

/* An amount's weight in invoices: 1 for the average amount of its currency. */
struct weights {
	struct currency_sum sums[OVERDUE_CURRENCIES_MAX];
	int count;
};

static struct currency_sum *weights_find(struct weights *weights, struct currency currency)
{
	for (int i = 0; i < weights->count; i++) {
		if (currency_equal(weights->sums[i].currency, currency))
			return &weights->sums[i];
	}
	return NULL;
}

static void weights_add(struct weights *weights, const struct history_item *item)
{
	struct currency_sum *sum = weights_find(weights, item->currency);
	if (sum == NULL && weights->count < OVERDUE_CURRENCIES_MAX) {
		sum = &weights->sums[weights->count++];
		sum->currency = item->currency;
	}
	if (sum == NULL)
		return;
	sum->total += (double)item->amount_minor;
	sum->invoices++;
}

static double weight_of(struct weights *weights, const struct history_item *item)
{
	const struct currency_sum *sum = weights_find(weights, item->currency);
	return sum == NULL ? 1.0 : (double)item->amount_minor * sum->invoices / sum->total;
}

static void overdue_add(struct score *score, const struct history_item *item, int days_late)
{
	score->overdue_count++;
	if (days_late > score->oldest_overdue_days)
		score->oldest_overdue_days = days_late;
	int at = 0;
	while (at < score->overdue_currencies && !currency_equal(score->overdue[at].currency, item->currency))
		at++;
	if (at == OVERDUE_CURRENCIES_MAX)
		return;
	if (at == score->overdue_currencies)
		score->overdue[score->overdue_currencies++] = (struct overdue_sum){ .currency = item->currency };
	score->overdue[at].open_minor += item->amount_minor;
}

struct settled {
	struct date on;
	int days_late;
};

static int settled_newest_first(const void *a, const void *b)
{
	return date_compare(((const struct settled *)b)->on, ((const struct settled *)a)->on);
}

static double mean_days(const struct settled *settled, size_t count)
{
	double sum = 0;
	for (size_t i = 0; i < count; i++)
		sum += settled[i].days_late;
	return sum / (double)count;
}

static void trend_find(struct settled *settled, size_t count, struct tally *tally)
{
	if (count < (size_t)2 * TREND_INVOICES)
		return;
	qsort(settled, count, sizeof *settled, settled_newest_first);
	tally->trend = mean_days(settled, TREND_INVOICES) - mean_days(settled + TREND_INVOICES, count - TREND_INVOICES);
	tally->trend_known = true;
}

static void tally_add(struct tally *tally, const struct evidence *evidence, double weight)
{
	struct group_sum *group = &tally->groups[evidence->group];
	double faded = fade(evidence->age_days);
	group->invoices++;
	group->days += evidence->days_late;
	group->lost += weight * faded * (SCORE_PROMPT - evidence->points);
	tally->weight += weight * faded;
	tally->faded += faded;
	tally->faded_late += evidence->days_late > 0 ? faded : 0;
	tally->known++;
	tally->paid += evidence->group != GROUP_OVERDUE;
}

/* ------------------------------------------------------------------ reasons */

static void reason_add(struct score *score, const char *code, double points_lost, const char *text)
{
	CHECK(score->reason_count < SCORE_REASONS_MAX);
	score->reasons[score->reason_count++] =
		(struct reason){ .code = code, .text = text, .points_lost = points_lost };
}

static const char *invoices(int count)
{
	return count == 1 ? "invoice" : "invoices";
}

static const char *days(int count)
{
	return count == 1 ? "day" : "days";
}

const char *score_overdue_text(struct arena *arena, const struct score *score)
{
	int oldest = score->oldest_overdue_days;
	if (score->overdue_count == 1)
		return arena_format(arena, "1 invoice %d %s overdue now", oldest, days(oldest));
	return arena_format(arena, "%d invoices overdue now, the oldest %d %s", score->overdue_count, oldest,
			    days(oldest));
}

static const char *group_text(struct arena *arena, const struct score *score, const struct tally *tally,
			      enum group group)
{
	const struct group_sum *sum = &tally->groups[group];
	int mean = (int)lround(fabs(sum->days) / sum->invoices);
	switch (group) {
	case GROUP_OVERDUE:
		return score_overdue_text(arena, score);
	case GROUP_OVER_30:
		return arena_format(arena, "%d of %d %s paid over %d days late", sum->invoices, tally->paid,
				    invoices(tally->paid), LATE_OVER_DAYS);
	case GROUP_LATE:
		return arena_format(arena, "%d of %d %s paid late, by %d %s on average", sum->invoices, tally->paid,
				    invoices(tally->paid), mean, days(mean));
	case GROUP_ON_TIME:
		return arena_format(arena, "%d of %d %s paid on the due date", sum->invoices, tally->paid,
				    invoices(tally->paid));
	case GROUP_EARLY:
	case GROUP_COUNT:
		break;
	}
	return arena_format(arena, "%d of %d %s paid early or with discount", sum->invoices, tally->paid,
			    invoices(tally->paid));
}

static const char *const GROUP_CODES[GROUP_COUNT] = {
	[GROUP_OVERDUE] = "score.overdue_now", [GROUP_OVER_30] = "score.paid_over_30_days_late",
	[GROUP_LATE] = "score.paid_late",      [GROUP_ON_TIME] = "score.paid_on_time",
	[GROUP_EARLY] = "score.paid_early",
};

static void reason_history(struct arena *arena, const struct tally *tally, struct portfolio portfolio, double weight,
			   struct score *score)
{
	double lost = SCORE_PRIOR_INVOICES * (SCORE_PROMPT - portfolio.score) / weight;
	int average = (int)lround(portfolio.score);
	if (tally->known == 0)
		reason_add(score, "score.no_history", lost,
			   arena_format(arena, "no payment history: taken for the creditor's average of %d", average));
	else
		reason_add(score, "score.average_prior", lost,
			   arena_format(arena, "%d %s known: drawn towards the creditor's average of %d", tally->known,
					invoices(tally->known), average));
}

static void reason_trend(struct arena *arena, const struct tally *tally, struct score *score)
{
	int by = (int)lround(fabs(tally->trend));
	if (!tally->trend_known || fabs(tally->trend) < TREND_DAYS)
		return;
	if (tally->trend > 0)
		reason_add(score, "score.worsening", 0,
			   arena_format(arena, "the last %d payments came %d days later than those before",
					TREND_INVOICES, by));
	else
		reason_add(score, "score.improving", 0,
			   arena_format(arena, "the last %d payments came %d days earlier than those before",
					TREND_INVOICES, by));
}

/* The most points first, whether lost or won; what has no points keeps its place at the end. */
static int reason_order(const void *a, const void *b)
{
	double left = fabs(((const struct reason *)a)->points_lost);
	double right = fabs(((const struct reason *)b)->points_lost);
	return (left < right) - (left > right);
}

static void reasons_find(struct arena *arena, const struct tally *tally, struct portfolio portfolio, double weight,
			 struct score *score)
{
	for (int group = 0; group < GROUP_COUNT; group++) {
		if (tally->groups[group].invoices > 0)
			reason_add(score, GROUP_CODES[group], tally->groups[group].lost / weight,
				   group_text(arena, score, tally, (enum group)group));
	}
	reason_history(arena, tally, portfolio, weight, score);
	qsort(score->reasons, (size_t)score->reason_count, sizeof *score->reasons, reason_order);
	reason_trend(arena, tally, score);
	if (score->data_age_days > STALE_DAYS)
		reason_add(score, "score.stale", 0,
			   arena_format(arena, "the newest payment known is %d days old", score->data_age_days));
}

/* ------------------------------------------------------------------ the score */

static void score_close(struct arena *arena, const struct tally *tally, struct portfolio portfolio, struct score *score)
{
	double weight = tally->weight + SCORE_PRIOR_INVOICES;
	double lost = SCORE_PRIOR_INVOICES * (SCORE_PROMPT - portfolio.score);
	for (int group = 0; group < GROUP_COUNT; group++)
		lost += tally->groups[group].lost;
	score->exact = SCORE_PROMPT - lost / weight;
	score->points = (int)lround(score->exact);
	score->risk = risk_of_score(score->points);
	score->invoices_known = tally->known;
	score->late_probability =
		(tally->faded_late + LATE_PRIOR_INVOICES * portfolio.late_rate) / (tally->faded + LATE_PRIOR_INVOICES);
	reasons_find(arena, tally, portfolio, weight, score);
}

void score_compute(struct arena *arena, const struct history_item *items, size_t count, struct portfolio portfolio,
		   struct date today, struct score *score)
{
	struct evidence *evidence = arena_array(arena, count, sizeof *evidence);
	struct settled *settled = arena_array(arena, count, sizeof *settled);
	struct weights weights = { 0 };
	for (size_t i = 0; i < count; i++) {
		evidence[i] = evidence_of(&items[i], today);
		if (evidence[i].tells)
			weights_add(&weights, &items[i]);
	}

	struct score result = { .data_age_days = -1 };
	struct tally tally = { 0 };
	size_t settled_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct evidence *e = &evidence[i];
		if (!e->tells)
			continue;
		tally_add(&tally, e, weight_of(&weights, &items[i]));
		if (result.data_age_days < 0 || e->age_days < result.data_age_days)
			result.data_age_days = e->age_days;
		if (e->group == GROUP_OVERDUE)
			overdue_add(&result, &items[i], e->days_late);
		else
			settled[settled_count++] =
				(struct settled){ .on = items[i].settled_on, .days_late = e->days_late };
	}
	trend_find(settled, settled_count, &tally);
	score_close(arena, &tally, portfolio, &result);
	*score = result;
}
