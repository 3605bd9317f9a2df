#include "common/io/rpc_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/rpc_queue.h"

#define BATCH_MAX 256 /* requests taken in before the answers are looked at again */

struct worker {
	pthread_t thread;
	struct rpc_server *server;
	struct rpc_lane lane;
};

struct rpc_server {
	struct rpc_server_options options;
	struct rpc_table *table;
	char endpoint[BUS_ENDPOINT_BYTES];
	struct rpc_queue queue;
	struct worker *workers;
	pthread_t loop;
	atomic_bool draining, ending;
	atomic_int in_flight;

	/* The loop thread's own. */
	void *socket;
	struct rpc_job *unused; /* jobs are made as needed and kept, RPC_IN_FLIGHT_MAX at most by in_flight */
	struct rpc_lane lane;   /* for RPC_PURE */
};

static struct metric dropped =
	METRIC_COUNTER_INIT("relance_rpc_replies_dropped_total", "Replies whose caller was gone.", NULL);
static struct metric broken =
	METRIC_COUNTER_INIT("relance_rpc_malformed_total", "Messages that were no request at all.", NULL);

/* ------------------------------------------------------------------ jobs */

static struct rpc_job *job_new(struct rpc_server *server)
{
	struct rpc_job *job = server->unused;

	if (job) {
		server->unused = job->next;
		return job;
	}
	job = malloc(sizeof *job);
	CHECK(job != NULL);
	return job;
}

static void job_keep(struct rpc_server *server, struct rpc_job *job)
{
	job->next = server->unused;
	server->unused = job;
}

/* ------------------------------------------------------------------ out */

static bool send_frame(struct rpc_server *server, zmq_msg_t *frame, int flags)
{
	int sent;

	do
		sent = zmq_msg_send(frame, server->socket, flags | ZMQ_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		zmq_msg_close(frame);
	return sent >= 0;
}

/* A caller that is gone, or takes nothing in, loses its reply: it asks again with the same key. */
static void reply_send(struct rpc_server *server, struct rpc_job *job)
{
	zmq_msg_close(&job->request);
	if (send_frame(server, &job->route, ZMQ_SNDMORE)) {
		send_frame(server, &job->reply, 0);
		return;
	}
	zmq_msg_close(&job->reply);
	metric_add(&dropped, 1);
}

static void replies_send(struct rpc_server *server)
{
	struct rpc_list done;
	struct rpc_job *job;

	rpc_list_init(&done);
	rpc_queue_answers(&server->queue, &done);
	while ((job = rpc_list_take(&done))) {
		reply_send(server, job);
		job_keep(server, job);
		atomic_fetch_sub(&server->in_flight, 1);
	}
}

/* ------------------------------------------------------------------ in */

static bool receive_frame(struct rpc_server *server, zmq_msg_t *frame)
{
	int got;

	do
		got = zmq_msg_recv(frame, server->socket, ZMQ_DONTWAIT);
	while (got < 0 && errno == EINTR);
	return got >= 0;
}

static void drop_rest(struct rpc_server *server, zmq_msg_t *frame)
{
	while (zmq_msg_more(frame) && receive_frame(server, frame))
		;
	metric_add(&broken, 1);
}

/* False when nothing is there. `whole` tells a request from a message of another number of frames. */
static bool message_receive(struct rpc_server *server, struct rpc_job *job, bool *whole)
{
	zmq_msg_init(&job->route);
	zmq_msg_init(&job->request);
	*whole = false;
	if (!receive_frame(server, &job->route))
		return false;
	*whole = zmq_msg_more(&job->route) && receive_frame(server, &job->request) && !zmq_msg_more(&job->request);
	if (!*whole)
		drop_rest(server, &job->request);
	return true;
}

static int64_t deadline_of(const struct rpc_job *job, int64_t now_us)
{
	int64_t latest = now_us + INT64_C(1000) * RPC_DEADLINE_MS_MAX;

	if (job->head.deadline_us <= 0)
		return now_us + INT64_C(1000) * RPC_DEADLINE_MS_DEFAULT;
	return job->head.deadline_us < latest ? job->head.deadline_us : latest;
}

static struct err job_fill(struct rpc_job *job)
{
	const char *peer = zmq_msg_gets(&job->request, "User-Id");
	struct err err = rpc_request_decode(&job->request, &job->head, &job->body);

	text_copy(job->peer, sizeof job->peer, text_empty(peer) ? "local" : peer);
	job->arrived_us = clock_monotonic_us();
	job->deadline_us = deadline_of(job, clock_system().us);
	return err;
}

/* Why a call is not even begun. */
static struct err admit(struct rpc_server *server, struct rpc_job *job)
{
	struct rpc_entry *entry = rpc_table_find(server->table, job->head.method);

	job->entry = entry ? entry : rpc_table_unknown(server->table);
	if (!entry)
		return ERR(ERR_UNIMPLEMENTED, "rpc.unknown_method", job->head.method,
			   "this service has no such method");
	if (atomic_load(&server->draining))
		return ERR(ERR_UNAVAILABLE, "rpc.draining", NULL, "this copy of the service is ending");
	if (job->body.length > RPC_BODY_BYTES_MAX)
		return ERR(ERR_INVALID, "rpc.body_too_large", NULL, "a request may have 2 MiB; send files in parts");
	if (atomic_load(&server->in_flight) >= RPC_IN_FLIGHT_MAX)
		return ERR(ERR_EXHAUSTED, "rpc.too_many", NULL, "too many calls are waiting; try again later");
	return OK;
}

/* Answers at once what needs no worker; true if the job went into `work`. */
static bool dispatch(struct rpc_server *server, struct rpc_job *job, struct err err, struct rpc_list *work)
{
	job->entry = rpc_table_unknown(server->table);
	if (err_ok(err))
		err = admit(server, job);
	if (err_ok(err) && job->entry->kind != RPC_PURE) {
		atomic_fetch_add(&server->in_flight, 1);
		rpc_list_append(work, job);
		return true;
	}
	if (err_ok(err))
		rpc_execute(job, &server->lane);
	else
		rpc_refuse(job, err);
	reply_send(server, job);
	return false;
}

/* True when the socket was left empty: only then may the thread sleep, as ZeroMQ's descriptor tells of a change once.
 */
static bool requests_receive(struct rpc_server *server)
{
	struct rpc_list work;
	bool there = true, whole;
	int taken = 0, given = 0;

	rpc_list_init(&work);
	while (there && taken < BATCH_MAX) {
		struct rpc_job *job = job_new(server);
		bool kept = false;

		there = message_receive(server, job, &whole);
		if (whole) {
			kept = dispatch(server, job, job_fill(job), &work);
			given += kept;
			taken++;
		} else {
			zmq_msg_close(&job->route);
			zmq_msg_close(&job->request);
		}
		if (!kept)
			job_keep(server, job);
	}
	rpc_queue_give(&server->queue, &work, given);
	return !there;
}

/* ------------------------------------------------------------------ threads */

/* What came in after the last worker had left. */
static void leftovers_refuse(struct rpc_server *server)
{
	struct rpc_job *job;

	while ((job = rpc_queue_take(&server->queue))) {
		rpc_refuse(job, ERR(ERR_UNAVAILABLE, "rpc.draining", NULL, "this copy of the service has ended"));
		reply_send(server, job);
		job_keep(server, job);
	}
}

static void *loop_main(void *argument)
{
	struct rpc_server *server = argument;
	struct pollfd fds[2] = { { .events = POLLIN }, { .fd = server->queue.wake_fd, .events = POLLIN } };
	size_t size = sizeof fds[0].fd;

	CHECK(zmq_getsockopt(server->socket, ZMQ_FD, &fds[0].fd, &size) == 0);
	while (!atomic_load(&server->ending)) {
		if (fds[1].revents)
			replies_send(server);
		bool empty = requests_receive(server);

		fds[1].revents = 0;
		poll(fds, 2, empty ? -1 : 0);
	}
	replies_send(server);
	leftovers_refuse(server);
	bus_socket_destroy(&server->socket);
	return NULL;
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct rpc_job *job;

	worker->lane.arena = arena_new(0);
	while ((job = rpc_queue_take(&worker->server->queue))) {
		rpc_execute(job, &worker->lane);
		rpc_queue_answer(&worker->server->queue, job);
	}
	db_close(&worker->lane.db);
	arena_destroy(&worker->lane.arena);
	return NULL;
}

static void threads_start(struct rpc_server *server)
{
	for (int i = 0; i < server->options.workers; i++) {
		struct worker *worker = &server->workers[i];

		worker->server = server;
		worker->lane = (struct rpc_lane){ .pg = server->options.pg, .process = server->options.process };
		CHECK(pthread_create(&worker->thread, NULL, worker_main, worker) == 0);
		pthread_setname_np(worker->thread, "rpc worker");
	}
	CHECK(pthread_create(&server->loop, NULL, loop_main, server) == 0);
	pthread_setname_np(server->loop, "rpc loop");
}

/* ------------------------------------------------------------------ from outside */

struct err rpc_server_new(const struct rpc_server_options *options, struct rpc_server **server)
{
	struct bus_options bus = { .keys = options->keys, .self = options->name };
	char endpoint[BUS_ENDPOINT_BYTES];
	struct rpc_table *table;
	void *socket;

	CHECK(options->workers > 0 && options->workers <= RPC_WORKERS_MAX);
	TRY(rpc_table_new(options->methods, options->method_count, &table));
	TRY(bus_socket_new(ZMQ_ROUTER, &bus, &socket));
	struct err err = bus_bind(socket, options->bind, endpoint);

	if (!err_ok(err)) {
		bus_socket_destroy(&socket);
		return err;
	}
	struct rpc_server *made = calloc(1, sizeof *made);

	CHECK(made != NULL);
	made->options = *options;
	made->table = table;
	made->socket = socket;
	memcpy(made->endpoint, endpoint, sizeof endpoint);
	made->lane = (struct rpc_lane){ .arena = arena_new(0), .process = options->process };
	made->workers = calloc((size_t)options->workers, sizeof *made->workers);
	CHECK(made->workers != NULL);
	rpc_queue_init(&made->queue);
	threads_start(made);
	*server = made;
	return OK;
}

const char *rpc_server_endpoint(const struct rpc_server *server)
{
	return server->endpoint;
}

bool rpc_server_drain(struct rpc_server *server, int64_t grace_ms)
{
	int64_t until = clock_monotonic_us() + grace_ms * 1000;

	atomic_store(&server->draining, true);
	while (atomic_load(&server->in_flight) > 0 && clock_monotonic_us() < until)
		poll(NULL, 0, 5);
	return atomic_load(&server->in_flight) == 0;
}

static void workers_join(struct rpc_server *server)
{
	rpc_queue_close(&server->queue);
	for (int i = 0; i < server->options.workers; i++)
		pthread_join(server->workers[i].thread, NULL);
}

void rpc_server_destroy(struct rpc_server **server)
{
	struct rpc_server *ended = *server;

	if (!ended)
		return;
	atomic_store(&ended->draining, true);
	workers_join(ended);
	atomic_store(&ended->ending, true);
	rpc_queue_wake(&ended->queue);
	pthread_join(ended->loop, NULL);
	rpc_queue_release(&ended->queue);
	while (ended->unused) {
		struct rpc_job *job = ended->unused;

		ended->unused = job->next;
		free(job);
	}
	arena_destroy(&ended->lane.arena);
	free(ended->workers);
	free(ended);
	*server = NULL;
}
