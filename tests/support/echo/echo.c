#include "support/echo/echo.h"

#include <poll.h>
#include <stdatomic.h>
#include <unistd.h>

#include "common/io/clock.h"
#include "common/io/outbox.h"
#include "common/io/random.h"

static const struct db_stmt NOTE_ADD =
	DB_STMT("note_add", "INSERT INTO invoicing.note (id, creditor, number, invoice, amount_minor, name, body) "
			    "VALUES ($1, $2, $3, $4, $5, $6, $7)");
static const struct db_stmt NOTE_COUNT = DB_STMT("note_count", "SELECT count(*) FROM invoicing.note");
static const struct db_stmt CLAIM_ADD = DB_STMT("claim_add", "INSERT INTO invoicing.claim (name, id) VALUES ($1, $2)");

static char *text_or_empty(struct rpc_call *call, const char *text)
{
	return arena_copy(call->arena, text ? text : "");
}

static void nap(int64_t ms)
{
	if (ms > 0)
		poll(NULL, 0, (int)ms);
}

static void describe(struct rpc_call *call, Relance__Test__V1__EchoResponse *reply)
{
	reply->peer = text_or_empty(call, call->principal.peer);
	reply->user = text_or_empty(call, call->principal.user);
	reply->trace_parent = text_or_empty(call, call->trace_parent);
	reply->idempotency_key = text_or_empty(call, call->idempotency_key);
	reply->process = getpid();
}

static struct err echo(struct rpc_call *call)
{
	const Relance__Test__V1__EchoRequest *request = (const Relance__Test__V1__EchoRequest *)call->request;
	Relance__Test__V1__EchoResponse *reply = arena_alloc(call->arena, sizeof *reply);

	nap(request->sleep_ms);
	if (request->code != 0)
		return ERR((enum err_code)request->code, request->reason, request->field, request->message);
	relance__test__v1__echo_response__init(reply);
	reply->body = request->body;
	if (request->describe)
		describe(call, reply);
	call->reply = &reply->base;
	return OK;
}

static struct err look(struct rpc_call *call)
{
	const Relance__Test__V1__LookRequest *request = (const Relance__Test__V1__LookRequest *)call->request;
	Relance__Test__V1__LookResponse *reply = arena_alloc(call->arena, sizeof *reply);
	DB_ROWS_SCOPE rows = { 0 };

	nap(request->sleep_ms);
	TRY(db_query(call->tx, &NOTE_COUNT, DB_NO_PARAMS, &rows));
	relance__test__v1__look_response__init(reply);
	reply->rows = db_cell_int(&rows, 0, 0);
	call->reply = &reply->base;
	return OK;
}

static struct err store(struct rpc_call *call)
{
	const Relance__Test__V1__StoreRequest *request = (const Relance__Test__V1__StoreRequest *)call->request;
	Relance__Test__V1__StoreResponse *reply = arena_alloc(call->arena, sizeof *reply);
	struct id id = id_fresh();
	char text[ID_TEXT_BYTES];
	const struct event event = { .creditor = "MAIN",
				     .type = "relance.note.stored.v1",
				     .subject = request->name,
				     .time = clock_system(),
				     .payload = request->body.data,
				     .payload_length = request->body.len,
				     .payload_type = "relance.test.v1.StoreRequest",
				     .trace_parent = call->trace_parent };

	TRY(db_exec(call->tx, &NOTE_ADD,
		    DB_PARAMS(db_id(id), db_text("MAIN"), db_text(id_format(id, text)),
			      db_int(1 + random_u32() % ECHO_INVOICES), db_int(11900), db_text(request->name),
			      db_bytes(call->arena, request->body.data, request->body.len))));
	TRY(outbox_append(call->tx, &event));
	relance__test__v1__store_response__init(reply);
	reply->id = text_or_empty(call, id_format(id, text));
	call->reply = &reply->base;
	return OK;
}

static struct err claim(struct rpc_call *call)
{
	static atomic_int races;
	const Relance__Test__V1__ClaimRequest *request = (const Relance__Test__V1__ClaimRequest *)call->request;
	Relance__Test__V1__ClaimResponse *reply = arena_alloc(call->arena, sizeof *reply);
	struct id id = id_fresh();
	char text[ID_TEXT_BYTES];

	if (atomic_fetch_add(&races, 1) < request->races)
		return ERR(ERR_ABORTED, "test.race", NULL, "lost, this time");
	atomic_store(&races, 0);
	TRY(db_exec(call->tx, &CLAIM_ADD, DB_PARAMS(db_text(request->name), db_id(id))));
	relance__test__v1__claim_response__init(reply);
	reply->id = text_or_empty(call, id_format(id, text));
	call->reply = &reply->base;
	return OK;
}

const struct rpc_method ECHO_METHODS[ECHO_METHOD_COUNT] = {
	{ &relance__test__v1__echo_service__descriptor, "Echo", RPC_PURE, echo },
	{ &relance__test__v1__echo_service__descriptor, "Look", RPC_READ, look },
	{ &relance__test__v1__echo_service__descriptor, "Store", RPC_WRITE, store },
	{ &relance__test__v1__echo_service__descriptor, "Claim", RPC_WRITE, claim },
};
