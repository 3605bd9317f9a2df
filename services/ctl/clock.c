/* relancectl clock: a creditor's test clock. `advance` lives through every day on the way: at each time when something
 * is due, and at each midnight, the planner runs and the workers finish, so that all reminders of those days have been
 * sent when it returns. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/text.h"
#include "ctl/invoicing.h"
#include "relance/notification/v1/notification.pb-c.h"

#define ADVANCE_DAYS_MAX 3660
#define SETTLE_POLL_MS 50
#define SETTLE_TIMEOUT_MS 120000 /* without progress for so long, the workers are away or Redis is */

#define NB(name) Relance__Notification__V1__##name
#define NB_INIT(name) relance__notification__v1__##name##__init

static int cmd_clock_show(struct ctl *ctl, int argc, char **argv);
static int cmd_clock_set(struct ctl *ctl, int argc, char **argv);
static int cmd_clock_advance(struct ctl *ctl, int argc, char **argv);

const struct ctl_command CLOCK_COMMANDS[] = {
	{ "clock", "show", "", "the creditor's time", cmd_clock_show },
	{ "clock", "set", "DATE[THH:MM[:SS]]", "puts the creditor on a test clock at that local time", cmd_clock_set },
	{ "clock", "advance", "10d|12h|30m|1s", "moves the test clock, and sends what falls due on the way",
	  cmd_clock_advance },
	{ 0 },
};

/* ------------------------------------------------------------------ show and set */

static struct err clock_read(struct ctl *ctl, int days_ahead, PB(GetClockResponse) * *reply)
{
	PB(GetClockRequest) request;

	PB_INIT(get_clock_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.days_ahead = days_ahead;
	return CALL(ctl, "GetClock", get_clock, &request, reply);
}

static struct err clock_move(struct ctl *ctl, const char *at, const char *local, PB(SetClockResponse) * *reply)
{
	PB(SetClockRequest) request;

	PB_INIT(set_clock_request)(&request);
	request.creditor = (char *)ctl->creditor;
	request.at = (char *)at;
	request.local = (char *)local;
	return CALL(ctl, "SetClock", set_clock, &request, reply);
}

static int clock_print(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);
	PB(GetClockResponse) * reply;
	struct err err = clock_read(ctl, 0, &reply);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	table_as_record(table);
	table_column(table, "now", TABLE_TEXT);
	table_column(table, "today", TABLE_DATE);
	table_column(table, "timezone", TABLE_TEXT);
	table_column(table, "test_clock", TABLE_BOOL);
	table_row(table);
	table_cell_text(table, reply->now);
	table_cell_text(table, reply->today);
	table_cell_text(table, reply->timezone);
	table_cell_bool(table, reply->test_clock);
	return ctl_table(ctl, table);
}

static int cmd_clock_show(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	return err_ok(err) ? clock_print(ctl) : ctl_exit(ctl, err);
}

static int cmd_clock_set(struct ctl *ctl, int argc, char **argv)
{
	PB(SetClockResponse) * reply;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	if (err_ok(err))
		err = clock_move(ctl, "", argv[0], &reply);
	return err_ok(err) ? clock_print(ctl) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ advance */

static void wait_ms(int64_t ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000 };

	nanosleep(&pause, NULL);
}

static struct err planner_run(struct ctl *ctl)
{
	NB(RunPlannerRequest) request;
	NB(RunPlannerResponse) * reply;

	NB_INIT(run_planner_request)(&request);
	request.creditor = (char *)ctl->creditor;
	return ctl_call(ctl, CTL_NOTIFICATION, "RunPlanner", &request.base,
			&relance__notification__v1__run_planner_response__descriptor, (ProtobufCMessage **)&reply);
}

static struct err queue_status(struct ctl *ctl, NB(QueueStatusResponse) * *reply)
{
	NB(QueueStatusRequest) request;

	NB_INIT(queue_status_request)(&request);
	request.creditor = (char *)ctl->creditor;
	return ctl_call(ctl, CTL_NOTIFICATION, "QueueStatus", &request.base,
			&relance__notification__v1__queue_status_response__descriptor, (ProtobufCMessage **)reply);
}

/* Waits until nothing that is due is pending. *next is when the next reminder falls due, INSTANT_NONE for never. */
static struct err queue_settle(struct ctl *ctl, struct instant *next)
{
	int64_t least = INT64_MAX, waited = 0;
	NB(QueueStatusResponse) * status;

	for (;;) {
		TRY(queue_status(ctl, &status));
		if (status->pending_due == 0)
			break;
		if (status->pending_due < least) {
			least = status->pending_due;
			waited = 0;
		}
		if (waited >= SETTLE_TIMEOUT_MS)
			return err_format(ctl->arena, ERR_UNAVAILABLE, "clock.not_settled", NULL,
					  "%lld reminders are due and nobody sends them",
					  (long long)status->pending_due);
		wait_ms(SETTLE_POLL_MS);
		waited += SETTLE_POLL_MS;
	}
	*next = INSTANT_NONE;
	return text_empty(status->next_due_at) ? OK : instant_parse(status->next_due_at, next);
}

/* Where to stop next: when a reminder falls due (INSTANT_NONE: never), when the day ends. */
struct stops {
	struct instant reminder, midnight;
};

/* One stop on the way: the clock, the planner, the workers. */
static struct err stop_live(struct ctl *ctl, struct instant at, struct stops *next)
{
	ARENA_SCOPE arena = arena_new(0);
	struct arena *outer = ctl->arena;
	char text[INSTANT_TEXT_BYTES];
	PB(SetClockResponse) * reply;

	ctl->arena = arena;
	struct err err = clock_move(ctl, instant_format(at, text), "", &reply);

	if (err_ok(err))
		err = planner_run(ctl);
	if (err_ok(err))
		err = queue_settle(ctl, &next->reminder);
	if (err_ok(err))
		err = instant_parse(reply->next_midnight, &next->midnight);
	ctl->arena = outer;
	if (!err_ok(err))
		return err_format(outer, err.code, arena_copy(outer, err.reason ? err.reason : "clock.failed"), NULL,
				  "%s", err.message ? err.message : "the clock could not be moved");
	return OK;
}

static struct instant earlier(struct instant a, struct instant b)
{
	return a.us < b.us ? a : b;
}

/* From stop to stop: whichever comes first of the next reminder, the end of the day, and the target. */
static struct err advance(struct ctl *ctl, struct instant from, struct instant target)
{
	struct instant now = from;
	struct stops next;

	TRY(stop_live(ctl, now, &next));
	while (now.us < target.us) {
		struct instant stop = earlier(next.midnight, target);

		if (instant_known(next.reminder) && next.reminder.us > now.us)
			stop = earlier(stop, next.reminder);
		now = stop;
		TRY(stop_live(ctl, now, &next));
	}
	return OK;
}

/* How far: days by the creditor's calendar, and a time on top. */
struct span {
	int days;
	int64_t us;
};

/* "10d", "12h", "30m" or "1s". */
static struct err span_parse(struct ctl *ctl, const char *text, struct span *span)
{
	static const char UNITS[] = "smhd";
	static const int64_t SECONDS[] = { 1, 60, 3600 };
	size_t length = strlen(text);
	const char *unit = length > 1 ? strchr(UNITS, text[length - 1]) : NULL;
	long long count;

	if (!unit || !err_ok(text_to_int64(arena_copy_n(ctl->arena, text, length - 1), 1, ADVANCE_DAYS_MAX, &count)))
		return ctl_usage(ctl, "say how far: 10d, 12h, 30m or 1s, at most %d", ADVANCE_DAYS_MAX);
	*span = (struct span){ 0 };
	if (*unit == 'd')
		span->days = (int)count;
	else
		span->us = count * SECONDS[unit - UNITS] * US_PER_SECOND;
	return OK;
}

static struct err advance_from_now(struct ctl *ctl, const char *text)
{
	PB(GetClockResponse) * clock;
	struct instant now, target;
	struct span span = { 0 };

	TRY(span_parse(ctl, text, &span));
	TRY(clock_read(ctl, span.days, &clock));
	TRY(instant_parse(clock->now, &now));
	TRY(instant_parse(clock->ahead, &target));
	target.us += span.us;
	return advance(ctl, now, target);
}

static int cmd_clock_advance(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	if (err_ok(err))
		err = advance_from_now(ctl, argv[0]);
	return err_ok(err) ? clock_print(ctl) : ctl_exit(ctl, err);
}
