#include "common/io/service_thread.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "common/base/backoff.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/bus.h"
#include "common/io/log.h"
#include "common/io/random.h"

#define FEED_SERVICE "feed" /* the certificate of the process that publishes */

static const struct db_stmt PING = DB_STMT("service_ping", "SELECT true");
static const struct db_stmt KEYS_SWEEP =
	DB_STMT("service_keys_sweep", "DELETE FROM request_key WHERE key IN (SELECT key FROM request_key "
				      "WHERE made_at < now() - make_interval(days => $1::int) LIMIT $2)");

struct service_threads;

struct thread {
	pthread_t id;
	struct service_threads *all;
	const struct service_job *job;
	struct db *db;
	int failures; /* one after the other */
};

struct service_threads {
	const struct service *service;
	void *process;
	struct service_stop *stop;
	struct admin_health *health;
	struct service_job housekeeping, feed_reading;
	struct thread *threads;
	int count;
};

/* ------------------------------------------------------------------ the end */

void service_stop_init(struct service_stop *stop)
{
	atomic_init(&stop->stopping, false);
	stop->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(stop->fd >= 0);
}

void service_stop_set(struct service_stop *stop)
{
	uint64_t one = 1;

	atomic_store(&stop->stopping, true);
	ssize_t written = write(stop->fd, &one, sizeof one);

	(void)written;
}

void service_stop_release(struct service_stop *stop)
{
	close(stop->fd);
}

bool service_sleep(struct service_stop *stop, int64_t ms, int other_fd)
{
	struct pollfd fds[2] = { { .fd = stop->fd, .events = POLLIN }, { .fd = other_fd, .events = POLLIN } };

	if (ms > 0 && !atomic_load(&stop->stopping))
		poll(fds, 2, ms < INT32_MAX ? (int)ms : INT32_MAX);
	return !atomic_load(&stop->stopping);
}

/* ------------------------------------------------------------------ jobs */

static struct err database_ensure(struct thread *thread)
{
	if (thread->all->service->without_database)
		return OK;
	struct err err = thread->db ? db_ensure(thread->db) : db_open(service_settings.pg, &thread->db);

	if (thread->job == &thread->all->housekeeping)
		atomic_store(&thread->all->health->database, err_ok(err));
	return err;
}

static struct err job_once(struct thread *thread, int64_t *again_ms)
{
	struct service_context context = { .process = thread->all->process, .stopping = &thread->all->stop->stopping };
	bool leader = true;

	*again_ms = LEADER_ASK_MS;
	TRY(database_ensure(thread));
	if (thread->job->leader_key)
		TRY(db_leader(thread->db, thread->job->leader_key, &leader));
	context.db = thread->db;
	return leader ? thread->job->run(&context, again_ms) : OK;
}

static void *job_main(void *argument)
{
	struct thread *thread = argument;
	int64_t again_ms = 0;

	while (service_sleep(thread->all->stop, again_ms, -1)) {
		struct err err = job_once(thread, &again_ms);

		if (err_ok(err)) {
			thread->failures = 0;
			continue;
		}
		log_error("a job failed", LOG_TEXT("job", thread->job->name), LOG_ERR(err));
		again_ms = backoff_ms(thread->failures++, JOB_RETRY_MS, JOB_RETRY_MS_MAX, random_u32());
	}
	db_close(&thread->db);
	return NULL;
}

/* ------------------------------------------------------------------ housekeeping */

static struct err keys_sweep(struct db *db, struct arena *arena)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);

	TRY(db_exec(&tx, &KEYS_SWEEP, DB_PARAMS(db_int(KEYS_KEPT_DAYS), db_int(KEYS_SWEPT_MAX))));
	return db_commit(&tx);
}

static struct err database_ping(struct db *db, struct arena *arena)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_READ);
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(&tx, &PING, DB_NO_PARAMS, &rows));
	return db_commit(&tx);
}

/* Tells /readyz whether the database is there, and forgets old idempotency keys. */
static struct err keep_house(struct service_context *context, int64_t *again_ms)
{
	static _Thread_local int64_t until_sweep_ms;
	ARENA_SCOPE arena = arena_new(0);

	TRY(database_ping(context->db, arena));
	until_sweep_ms -= DATABASE_PING_MS;
	if (until_sweep_ms <= 0) {
		TRY(keys_sweep(context->db, arena));
		until_sweep_ms = KEYS_SWEEP_MS;
	}
	*again_ms = DATABASE_PING_MS;
	return OK;
}

/* ------------------------------------------------------------------ the feed */

/* The publication is only a doorbell: nothing is read from it, and without it there is the poll. */
static void *doorbell_open(const struct service *service)
{
	struct bus_options options = { .keys = service_settings.keys, .self = service->name, .service = FEED_SERVICE };
	void *socket = NULL;

	if (text_empty(service_settings.feed))
		return NULL;
	struct err err = bus_socket_new(ZMQ_SUB, &options, &socket);

	if (err_ok(err) && zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) == 0)
		err = bus_connect(socket, service_settings.feed);
	if (!err_ok(err)) {
		log_error("the feed's publication cannot be used: the feed is polled", LOG_ERR(err));
		bus_socket_destroy(&socket);
	}
	return socket;
}

static int doorbell_fd(void *doorbell)
{
	size_t size = sizeof(int);
	int fd = -1;

	if (doorbell)
		CHECK(zmq_getsockopt(doorbell, ZMQ_FD, &fd, &size) == 0);
	return fd;
}

static void doorbell_empty(void *doorbell)
{
	char byte;

	while (doorbell && (zmq_recv(doorbell, &byte, sizeof byte, ZMQ_DONTWAIT) >= 0 || errno == EINTR))
		;
}

/* Until nothing is left. */
static struct err feed_read_all(struct thread *thread)
{
	const struct service *service = thread->all->service;
	int handled = 1;

	while (handled > 0 && !atomic_load(&thread->all->stop->stopping)) {
		TRY(database_ensure(thread));
		TRY(feed_read_once(thread->db, service->reader, thread->all->process, &handled));
	}
	return OK;
}

static void *feed_main(void *argument)
{
	struct thread *thread = argument;
	void *doorbell = doorbell_open(thread->all->service);
	int fd = doorbell_fd(doorbell);
	bool on = true;

	while (on) {
		doorbell_empty(doorbell); /* before the look: what rings from here on is seen below */
		struct err err = feed_read_all(thread);

		if (err_ok(err)) {
			thread->failures = 0;
			on = service_sleep(thread->all->stop, FEED_POLL_MS, fd);
			continue;
		}
		log_error("the feed cannot be read", LOG_TEXT("reader", thread->all->service->reader->name),
			  LOG_ERR(err));
		on = service_sleep(thread->all->stop,
				   backoff_ms(thread->failures++, JOB_RETRY_MS, JOB_RETRY_MS_MAX, random_u32()), -1);
	}
	bus_socket_destroy(&doorbell);
	db_close(&thread->db);
	return NULL;
}

/* ------------------------------------------------------------------ all of them */

static void start(struct service_threads *all, const struct service_job *job, void *(*main)(void *))
{
	struct thread *thread = &all->threads[all->count++];

	*thread = (struct thread){ .all = all, .job = job };
	CHECK(pthread_create(&thread->id, NULL, main, thread) == 0);
	char name[16]; /* all that Linux keeps */

	text_copy(name, sizeof name, job->name);
	pthread_setname_np(thread->id, name);
}

static int threads_of(const struct service_job *job)
{
	return job->threads > 0 ? job->threads : 1;
}

struct service_threads *service_threads_start(const struct service *service, void *process, struct service_stop *stop,
					      struct admin_health *health)
{
	struct service_threads *all = calloc(1, sizeof *all);
	int wanted = 2;

	for (size_t i = 0; i < service->job_count; i++)
		wanted += threads_of(&service->jobs[i]);
	CHECK(all != NULL && wanted <= JOB_THREADS_MAX);
	*all = (struct service_threads){ .service = service,
					 .process = process,
					 .stop = stop,
					 .health = health,
					 .housekeeping = { .name = "housekeeping", .run = keep_house },
					 .feed_reading = { .name = "feed reader" } };
	all->threads = calloc((size_t)wanted, sizeof *all->threads);
	CHECK(all->threads != NULL);
	if (!service->without_database)
		start(all, &all->housekeeping, job_main);
	if (service->reader)
		start(all, &all->feed_reading, feed_main);
	for (size_t i = 0; i < service->job_count; i++)
		for (int copy = 0; copy < threads_of(&service->jobs[i]); copy++)
			start(all, &service->jobs[i], job_main);
	return all;
}

void service_threads_join(struct service_threads **threads)
{
	struct service_threads *all = *threads;

	for (int i = 0; i < all->count; i++)
		pthread_join(all->threads[i].id, NULL);
	free(all->threads);
	free(all);
	*threads = NULL;
}
