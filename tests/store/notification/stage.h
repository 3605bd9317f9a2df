#ifndef STORE_NOTIFICATION_STAGE_H
#define STORE_NOTIFICATION_STAGE_H

#include <pthread.h>

#include "notification/delivery.h"
#include "notification/planner.h"
#include "store/notification/mailbox.h"
#include "support/pg.h"
#include "support/redis.h"

/* Books to be reminded of, on a real PostgreSQL, Redis and mail server: MAIN on a test clock, customers A (French) and
 * B (English). Each test begins with them fresh, and adds its invoices. */

#define WORKERS_MAX 4

struct stage {
	struct pg *pg;
	struct redis *redis;
	struct mailbox *mailbox;
	struct db *db; /* as relance_notification */
	struct arena *arena;
	struct notification process;
	char policy[64 * 1024];
};
extern struct stage here;

int stage_start(void **state);
int stage_stop(void **state);
int stage_open(void **state); /* before each test */

void clock_set(const char *at);
void invoice_add(const char *number, char customer, const char *issued_on, const char *due_on, long minor);
void invoice_pay(const char *number);

/* How many there are. */
long reminders(const char *where);

/* A plan of the creditor; and a pass of the planner's own job, for the upkeep of Redis. */
struct planner_result plan(void);
void upkeep(void);

/* Workers, each with its own connections. */
struct crew {
	pthread_t threads[WORKERS_MAX];
	struct db *dbs[WORKERS_MAX];
	int count;
	atomic_bool stopping;
};

void crew_start(struct crew *crew, int count);
void crew_stop(struct crew *crew);
void wait_until_none(const char *where);

/* Until nothing is under way any more. */
void work(int count);

/* A day on the creditor's clock, at noon: everything that is due is planned and delivered. */
void live(const char *day);

#endif
