#include "common/io/rpc_execute.h"

#include <string.h>
#include <time.h>

#include "common/base/backoff.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/random.h"

#define RACE_WAIT_MS 5
#define RACE_WAIT_MS_MAX 100
#define KEY_CONSTRAINT "request_key_pkey"

static const struct db_stmt KEY_FIND =
	DB_STMT("rpc_key_find", "SELECT reply, method = $2 AND coalesce(request_hash IN ($3, $4), true) "
				"FROM request_key WHERE key = $1");
static const struct db_stmt KEY_STORE =
	DB_STMT("rpc_key_store", "INSERT INTO request_key (key, method, request_hash, reply) VALUES ($1, $2, $3, $4)");

/* ------------------------------------------------------------------ outcome */

static enum log_level level_of(const struct rpc_job *job, enum err_code code)
{
	switch (code) {
	case ERR_OK: /* a look is counted, not told: probes and dashboards look all day */
		return job->entry && (job->entry->kind == RPC_PURE || job->entry->kind == RPC_READ) ? LOG_DEBUG
												    : LOG_INFO;
	case ERR_INTERNAL:
	case ERR_UNKNOWN:
	case ERR_DATA_LOSS:
		return LOG_ERROR;
	case ERR_UNAVAILABLE:
	case ERR_EXHAUSTED:
	case ERR_DEADLINE:
		return LOG_WARN;
	default:
		return LOG_INFO;
	}
}

static void note_outcome(struct rpc_job *job, struct err err)
{
	int64_t took_us = clock_monotonic_us() - job->arrived_us;
	enum log_level level = level_of(job, err.code);

	if (job->entry) {
		metric_add(&job->entry->by_code[err.code], 1);
		histogram_observe_us(&job->entry->duration, took_us);
	}
	if (!log_enabled(level))
		return;
	const struct log_field fields[] = {
		LOG_TEXT("method", job->head.method),
		LOG_INT("id", (int64_t)job->head.id),
		LOG_TEXT("key", job->head.key[0] ? job->head.key : NULL),
		LOG_TEXT("peer", job->peer),
		LOG_TEXT("user", job->head.user[0] ? job->head.user : NULL),
		LOG_INT("ms", (took_us + 500) / 1000),
		LOG_TEXT("code", err_code_name(err.code)),
		LOG_TEXT("reason", err.reason),
		LOG_TEXT("field", err.field),
		LOG_TEXT("error", err.message),
	};
	log_write(level, "call", fields, sizeof fields / sizeof fields[0]);
}

/* The reply of a success is there already. */
static void answer(struct rpc_job *job, struct err err)
{
	if (!err_ok(err)) {
		zmq_msg_close(&job->reply);
		rpc_reply_refuse(job->head.id, err, &job->reply);
	}
	note_outcome(job, err);
}

void rpc_refuse(struct rpc_job *job, struct err err)
{
	zmq_msg_init(&job->reply);
	answer(job, err);
}

/* ------------------------------------------------------------------ bodies */

static struct err request_unpack(const struct rpc_job *job, struct rpc_call *call)
{
	ProtobufCAllocator allocator = rpc_allocator(call->arena);

	TRY(rpc_wire_check(job->entry->input, job->body.bytes, job->body.length));
	call->request = protobuf_c_message_unpack(job->entry->input, &allocator, job->body.length, job->body.bytes);
	if (!call->request)
		return ERR(ERR_INVALID, "rpc.malformed", NULL, "the body is no message of this rpc");
	return OK;
}

/* In place of what an earlier try left there. */
static uint8_t *reply_make(struct rpc_job *job, size_t body_length)
{
	zmq_msg_close(&job->reply);
	return rpc_reply_begin(job->head.id, body_length, &job->reply);
}

/* What is packed is also what is stored under the key; `packed` (may be NULL) points into the reply. */
static struct err reply_pack(const struct rpc_call *call, struct rpc_job *job, struct rpc_body *packed)
{
	if (!call->reply || call->reply->descriptor != job->entry->output)
		return ERR(ERR_INTERNAL, "rpc.no_reply", NULL, "the handler made no reply of its rpc's type");
	size_t size = protobuf_c_message_get_packed_size(call->reply);

	if (size > RPC_BODY_BYTES_MAX)
		return ERR(ERR_RANGE, "rpc.reply_too_large", NULL, "the answer is too large; ask for a smaller page");
	uint8_t *to = reply_make(job, size);

	protobuf_c_message_pack(call->reply, to);
	if (packed)
		*packed = (struct rpc_body){ .bytes = to, .length = size };
	return OK;
}

/* ------------------------------------------------------------------ the answer stored under an idempotency key */

static bool keyed(const struct rpc_job *job)
{
	return job->head.key[0] != '\0';
}

/* Tells a repeat from another request under the same key. */
static struct db_param request_hash(const struct rpc_job *job)
{
	return db_int((int64_t)text_hash_quick(job->body.bytes, job->body.length));
}

/* As it was stored before 2026-11. */
static struct db_param request_hash_before(const struct rpc_job *job)
{
	return db_int((int64_t)text_hash(job->body.bytes, job->body.length));
}

static struct err key_store(struct db_tx *tx, const struct rpc_job *job, struct rpc_body reply)
{
	return db_exec(tx, &KEY_STORE,
		       DB_PARAMS(db_text(job->head.key), db_text(job->entry->name), request_hash(job),
				 db_bytes(tx->arena, reply.bytes, reply.length)));
}

static struct err key_recall(const struct rpc_call *call, struct rpc_job *job, bool *recalled)
{
	DB_TX_SCOPE tx = db_begin(call->db, call->arena, DB_READ);
	DB_ROWS_SCOPE rows = { 0 };
	size_t length = 0;

	*recalled = false;
	TRY(db_query(&tx, &KEY_FIND,
		     DB_PARAMS(db_text(job->head.key), db_text(job->entry->name), request_hash(job),
			       request_hash_before(job)),
		     &rows));
	if (rows.count > 0 && !db_cell_bool(&rows, 0, 1))
		return ERR(ERR_CONFLICT, "rpc.key_reused", "idempotency_key",
			   "this idempotency key was used for another request");
	if (rows.count > 0) {
		const void *reply = db_cell_bytes(&rows, 0, 0, call->arena, &length);

		uint8_t *to = reply_make(job, length);

		if (length > 0)
			memcpy(to, reply, length);
		*recalled = true;
	}
	return db_commit(&tx);
}

/* ------------------------------------------------------------------ transactions */

static struct err lane_database(struct rpc_lane *lane, struct rpc_call *call)
{
	if (!lane->pg)
		return ERR(ERR_INTERNAL, "rpc.no_database", NULL, "this process has no database");
	if (!lane->db) /* one that was lost is opened again by the transaction */
		TRY(db_open(lane->pg, &lane->db));
	call->db = lane->db;
	return OK;
}

static struct err read_once(struct rpc_call *call, struct rpc_job *job)
{
	DB_TX_SCOPE tx = db_begin(call->db, call->arena, DB_READ);

	call->tx = &tx;
	call->reply = NULL;
	TRY(job->entry->handler(call));
	TRY(reply_pack(call, job, NULL));
	return db_commit(&tx);
}

static struct err write_once(struct rpc_call *call, struct rpc_job *job)
{
	DB_TX_SCOPE tx = db_begin(call->db, call->arena, DB_WRITE);
	struct rpc_body reply;

	call->tx = &tx;
	call->reply = NULL;
	TRY(job->entry->handler(call));
	TRY(reply_pack(call, job, &reply));
	if (keyed(job))
		TRY(key_store(&tx, job, reply));
	return db_commit(&tx);
}

/* A key is used a second time so rarely that it is not looked up before the work: storing it beside the effect makes
 * a repeat fail, and whatever fails under a key, be it refused by the key's own row or because the first
 * time has changed the record, is looked up then. */
static struct err write_keyed(struct rpc_call *call, struct rpc_job *job)
{
	bool recalled = false;
	struct err err = write_once(call, job);

	if (err_ok(err) || !keyed(job) || err.code == ERR_ABORTED || err.code == ERR_UNAVAILABLE)
		return err;
	TRY(key_recall(call, job, &recalled));
	if (recalled)
		return OK;
	if (err.code == ERR_EXISTS && text_equal(err.field, KEY_CONSTRAINT))
		return ERR(ERR_ABORTED, "rpc.key_race", NULL, "the key's first call is not settled yet");
	return err;
}

/* A race is run again. So is a call whose connection broke, once, if a second run does no harm: a database that was
 * restarted leaves every idle connection broken. */
static bool again(const struct rpc_job *job, struct err err, int attempt)
{
	bool harmless = job->entry->kind == RPC_READ || keyed(job);

	if (clock_system().us >= job->deadline_us)
		return false;
	return (err.code == ERR_ABORTED && attempt + 1 < RPC_RACE_TRIES) ||
	       (err.code == ERR_UNAVAILABLE && attempt == 0 && harmless);
}

static void wait_before(int attempt)
{
	int64_t ms = backoff_ms(attempt, RACE_WAIT_MS, RACE_WAIT_MS_MAX, random_u32());
	struct timespec wait = { .tv_nsec = (long)ms * 1000000 };

	nanosleep(&wait, NULL);
}

static struct err transact(struct rpc_call *call, struct rpc_job *job, struct rpc_lane *lane)
{
	for (int attempt = 0;; attempt++) {
		TRY(lane_database(lane, call));
		struct err err = job->entry->kind == RPC_READ ? read_once(call, job) : write_keyed(call, job);

		call->tx = NULL;
		if (err_ok(err) || !again(job, err, attempt))
			return err;
		wait_before(attempt);
	}
}

/* ------------------------------------------------------------------ one call */

static struct err run(struct rpc_job *job, struct rpc_lane *lane)
{
	struct rpc_call call = { .arena = lane->arena,
				 .process = lane->process,
				 .idempotency_key = job->head.key,
				 .trace_parent = job->head.trace[0] ? job->head.trace : NULL,
				 .deadline = { job->deadline_us },
				 .principal = { .peer = job->peer,
						.user = job->head.user[0] ? job->head.user : NULL } };

	if (clock_system().us >= job->deadline_us)
		return ERR(ERR_DEADLINE, "rpc.deadline", NULL, "the deadline had passed before the call was begun");
	TRY(request_unpack(job, &call));
	switch (job->entry->kind) {
	case RPC_OWN:
		TRY(lane_database(lane, &call));
		break;
	case RPC_READ:
	case RPC_WRITE:
		return transact(&call, job, lane);
	case RPC_PURE:
		break;
	}
	TRY(job->entry->handler(&call));
	return reply_pack(&call, job, NULL);
}

void rpc_execute(struct rpc_job *job, struct rpc_lane *lane)
{
	log_trace(job->head.trace[0] ? job->head.trace : NULL);
	zmq_msg_init(&job->reply);
	answer(job, run(job, lane));
	arena_reset(lane->arena);
	log_trace(NULL);
}
