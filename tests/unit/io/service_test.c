/* The process skeleton, as a process: settings, the admin port, an orderly end. */
#include "unit/test.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/io/bus.h"
#include "common/io/curve.h"
#include "support/echo/echo.h"
#include "support/echo/process.h"

#define ANSWER_BYTES 65536

static char folder[PROCESS_TEXT_BYTES];

static int setup(void **state)
{
	(void)state;
	folder_make(folder);
	return (int)curve_keys_new(folder, "echo").code;
}

static int teardown(void **state)
{
	(void)state;
	folder_remove(folder);
	return 0;
}

/* The answer to GET `path`, head and body. */
static const char *get(int port, const char *path)
{
	static char answer[ANSWER_BYTES];
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)port),
				       .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char request[256];
	size_t length = 0;
	ssize_t got;

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	int size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);

	assert_int_equal(write(fd, request, (size_t)size), size);
	while ((got = read(fd, answer + length, ANSWER_BYTES - 1 - length)) > 0)
		length += (size_t)got;
	answer[length] = '\0';
	close(fd);
	return answer;
}

static void start(struct process *process, int admin_port)
{
	char keys[PROCESS_TEXT_BYTES + 16], admin[64];

	snprintf(keys, sizeof keys, "RELANCE_KEYS=%s", folder);
	snprintf(admin, sizeof admin, "RELANCE_ADMIN=127.0.0.1:%d", admin_port);
	process_start(process, folder, "echo",
		      (char *[]){ keys, admin, "RELANCE_BIND=tcp://127.0.0.1:*", "RELANCE_GRACE_MS=1000", NULL });
}

static void a_process_lives_tells_and_ends_in_order(void **state)
{
	struct process process;
	int port = port_free();

	(void)state;
	start(&process, port);
	assert_true(process_logged(&process, "\"ready\""));
	assert_non_null(strstr(process_log_value(&process, "\"answering calls\"", "endpoint"), "tcp://127.0.0.1:"));
	assert_non_null(strstr(get(port, "/livez"), "200 OK"));
	assert_non_null(strstr(get(port, "/readyz"), "200 OK"));
	assert_non_null(strstr(get(port, "/metrics"), "200 OK"));
	assert_non_null(strstr(get(port, "/metrics"), "text/plain; version=0.0.4"));
	assert_non_null(strstr(get(port, "/other"), "404 Not Found"));
	assert_int_equal(process_end(&process, SIGTERM), 0);
	assert_true(process_logged(&process, "\"ended\""));
}

static void settings_that_cannot_work_end_it_with_78(void **state)
{
	struct process process;

	(void)state;
	process_start(&process, folder, "mistakes",
		      (char *[]){ "RELANCE_LOG=loud", "RELANCE_WORKERS=many", "RELANCE_ECHO=1", NULL });
	assert_int_equal(process_end(&process, 0), 78);
	assert_true(process_logged(&process, "RELANCE_BIND is missing"));
	assert_true(process_logged(&process, "RELANCE_LOG must be"));
	assert_true(process_logged(&process, "RELANCE_WORKERS must be"));
	assert_true(process_logged(&process, "RELANCE_ECHO is not known"));
	process_start(&process, folder, "no_keys", (char *[]){ "RELANCE_BIND=tcp://127.0.0.1:*", NULL });
	assert_int_equal(process_end(&process, 0), 78);
	assert_true(process_logged(&process, "bus.key_missing"));
}

static void an_endpoint_that_is_taken_ends_it_with_69(void **state)
{
	struct process first, second;
	char keys[PROCESS_TEXT_BYTES + 16], bind[PROCESS_TEXT_BYTES];

	(void)state;
	start(&first, port_free());
	assert_true(process_logged(&first, "\"ready\""));
	snprintf(keys, sizeof keys, "RELANCE_KEYS=%s", folder);
	snprintf(bind, sizeof bind, "RELANCE_BIND=%s", process_log_value(&first, "\"answering calls\"", "endpoint"));
	process_start(&second, folder, "second", (char *[]){ keys, bind, NULL });
	assert_int_equal(process_end(&second, 0), 69);
	assert_true(process_logged(&second, "an endpoint cannot be bound"));
	assert_int_equal(process_end(&first, SIGINT), 0);
}

static void a_call_that_hangs_does_not_keep_the_process(void **state)
{
	struct process process;
	struct rpc_client *client = NULL;
	struct arena *arena = arena_new(0);
	struct rpc_answer answer;
	char endpoint[PROCESS_TEXT_BYTES];
	uint8_t body[16];
	Relance__Test__V1__EchoRequest request = RELANCE__TEST__V1__ECHO_REQUEST__INIT;

	(void)state;
	assert_true(err_ok(curve_keys_new(folder, "caller")));
	start(&process, port_free());
	snprintf(endpoint, sizeof endpoint, "%s", process_log_value(&process, "\"answering calls\"", "endpoint"));
	const struct rpc_client_options options = {
		.endpoints = endpoint, .service = "echo", .peer = "caller", .keys = folder
	};

	assert_true(err_ok(rpc_client_new(&options, &client)));
	request.sleep_ms = 60000;
	size_t length = protobuf_c_message_pack(&request.base, body);

	assert_true(err_ok(rpc_start(client, ECHO_SERVICE "/Echo", "", 0, NULL, 0)));
	assert_true(err_ok(rpc_poll(client, arena, 5000, &answer)));
	assert_true(err_ok(rpc_start(client, ECHO_SERVICE "/Echo", body, length, NULL, 0)));
	usleep(100000);
	assert_int_equal(process_end(&process, SIGTERM), 75);
	assert_true(process_logged(&process, "cut off"));
	rpc_client_destroy(&client);
	bus_release();
	arena_destroy(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_process_lives_tells_and_ends_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(settings_that_cannot_work_end_it_with_78, setup, teardown),
		cmocka_unit_test_setup_teardown(an_endpoint_that_is_taken_ends_it_with_69, setup, teardown),
		cmocka_unit_test_setup_teardown(a_call_that_hangs_does_not_keep_the_process, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
