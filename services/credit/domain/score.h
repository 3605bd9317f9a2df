#ifndef CREDIT_SCORE_H
#define CREDIT_SCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/money.h"

/* The payment score: 0 to 100 from how late a customer's invoices were paid, on PAYDEX' scale (D&B): 100 pays 30 days
 * before the due date, 90 takes the discount (20 before), 80 pays on the day, 70 is 15 days beyond terms, 60 = 22,
 * 50 = 30, 40 = 60, 30 = 90, 20 = 120, straight lines between. Invoices weigh by amount (amounts of different
 * currencies by their share in that currency), count for 24 months, and fade with a half-life, so that a score heals.
 * An open overdue invoice counts as late as it is today. A thin history is drawn towards the creditor's average.
 *
 * The score is additive, so its reasons are exact: each says how many points it takes from 80. */

#define SCORE_PROMPT 80
#define SCORE_WINDOW_MONTHS 24
#define SCORE_HALF_LIFE_DAYS 270
#define SCORE_PRIOR_INVOICES 3.0 /* the average counts like this many invoices */
#define LATE_PRIOR_INVOICES 4.0  /* the same for the chance of late payment */
#define SCORE_MATERIAL_POINTS 5  /* a smaller change within a class is not published */
#define SCORE_REASONS_MAX 8

/* Bounds: the lowest score of each class; below RISK_HIGH_MIN it is severe. */
#define RISK_LOW_MIN 80
#define RISK_MEDIUM_MIN 50
#define RISK_HIGH_MIN 30

enum risk_class { RISK_UNKNOWN, RISK_LOW, RISK_MEDIUM, RISK_HIGH, RISK_SEVERE, RISK_CLASS_COUNT };

enum risk_class risk_of_score(int score);
const char *risk_name(enum risk_class risk); /* "medium"; "unknown" */
enum risk_class risk_find(const char *name); /* RISK_UNKNOWN where it is none */

/* One invoice, as far as it tells how its customer pays. Disputed and cancelled invoices tell nothing: leave them
 * out, and credit notes and fees too. */
struct history_item {
	int64_t amount_minor; /* of the invoice if it is settled, else what is still open; above zero */
	struct currency currency;
	struct date due_on;
	struct date settled_on; /* DATE_NONE while open */
	bool discount_taken;    /* settled in time for its early-payment discount */
};

/* How the creditor's customers pay on average; what a customer without history is taken for. */
struct portfolio {
	double score;     /* 0 to 100 */
	double late_rate; /* 0 to 1 */
};

/* Invoices of the window that were settled, or are overdue, that many days after their due date. */
struct portfolio_bucket {
	int days_late;
	int64_t invoices;
};

/* A creditor without history starts from PORTFOLIO_SCORE and PORTFOLIO_LATE_RATE, which weigh PORTFOLIO_PRIOR invoices.
 */
#define PORTFOLIO_SCORE 72.0
#define PORTFOLIO_LATE_RATE 0.35
#define PORTFOLIO_PRIOR 20.0
struct portfolio portfolio_of(const struct portfolio_bucket *buckets, size_t count);

struct reason {
	const char *code; /* literal */
	const char *text;
	double points_lost; /* against SCORE_PROMPT; negative where it helps */
};

struct overdue_sum {
	struct currency currency;
	int64_t open_minor;
};

#define OVERDUE_CURRENCIES_MAX 8 /* further currencies of one customer are left out of the sums */

struct score {
	int points; /* 0 to 100 */
	double exact;
	enum risk_class risk;
	struct reason reasons[SCORE_REASONS_MAX];
	int reason_count;
	int invoices_known;
	int data_age_days; /* -1 without history */
	double late_probability;
	int oldest_overdue_days;
	int overdue_count;
	struct overdue_sum overdue[OVERDUE_CURRENCIES_MAX];
	int overdue_currencies;
};

/* A score as it was recorded when it had changed materially. */
#define PAST_SCORES_MAX 24
struct past_score {
	struct date scored_on;
	int score;
	enum risk_class risk;
	const char *reason;
};

/* Texts of the reasons live in `arena`. */
void score_compute(struct arena *arena, const struct history_item *items, size_t count, struct portfolio portfolio,
		   struct date today, struct score *score);

/* "2 invoices overdue now, the oldest 45 days" */
const char *score_overdue_text(struct arena *arena, const struct score *score);

/* The scale itself: days_late below zero is early. */
double score_of_days(int days_late);

/* True where others should hear of it. */
bool score_changed(int before, int after);

/* Chance that this open invoice is paid after its due date: certain once that has passed. */
double score_late_probability(const struct score *score, struct date due_on, struct date today);

#endif
