#include "common/io/clock.h"

#include <string.h>
#include <time.h>

#include "common/base/check.h"

#define ZONE_UTC "UTC"

/* Set once at start, before any thread. */
static bool test_clock;

static const struct db_stmt LOCAL = DB_STMT(
	"clock_local", "SELECT local::date, extract(hour FROM local)::int * 60 + extract(minute FROM local)::int "
		       "FROM (SELECT $1::timestamptz AT TIME ZONE $2::text AS local) AS l");
static const struct db_stmt INSTANT =
	DB_STMT("clock_instant", "SELECT ($1::date + make_interval(mins => $2::int)) AT TIME ZONE $3::text");

void clock_use_test(bool use)
{
	test_clock = use;
}

bool clock_test_used(void)
{
	return test_clock;
}

static int64_t now_us(clockid_t which)
{
	struct timespec now;
	int got = clock_gettime(which, &now);

	CHECK(got == 0);
	return now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

struct instant clock_system(void)
{
	return (struct instant){ now_us(CLOCK_REALTIME) };
}

int64_t clock_monotonic_us(void)
{
	return now_us(CLOCK_MONOTONIC);
}

/* The one argument that the server can refuse here is the zone. */
static struct err zone_error(struct err err)
{
	if (err.code == ERR_INVALID)
		return ERR(ERR_INVALID, "clock.zone", NULL, "there is no such time zone");
	return err;
}

struct err clock_local(struct db_tx *tx, struct instant instant, const char *zone, struct date *date, int *minute)
{
	DB_ROWS_SCOPE rows = { 0 };

	if (strcmp(zone, ZONE_UTC) == 0) {
		*date = instant_utc_date(instant);
		*minute = (int)((instant.us - instant_from_date(*date).us) / (60 * US_PER_SECOND));
		return OK;
	}
	TRY(zone_error(db_query(tx, &LOCAL, DB_PARAMS(db_time(instant), db_text_or_empty(zone)), &rows)));
	*date = db_cell_date(&rows, 0, 0);
	*minute = (int)db_cell_int(&rows, 0, 1);
	return OK;
}

struct err clock_instant(struct db_tx *tx, struct date date, int minute, const char *zone, struct instant *instant)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(zone_error(
		db_query(tx, &INSTANT, DB_PARAMS(db_date(date), db_int(minute), db_text_or_empty(zone)), &rows)));
	*instant = db_cell_time(&rows, 0, 0);
	return OK;
}
