#include "common/io/service.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/backoff.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/random.h"
#include "common/io/rpc_server.h"
#include "common/io/service_thread.h"

#define EXIT_USAGE 64
#define EXIT_NO_SERVICE 69 /* EX_UNAVAILABLE: an address is taken */
#define EXIT_BUG 70        /* EX_SOFTWARE */
#define EXIT_CUT_OFF 75    /* EX_TEMPFAIL: something did not end in time; the database takes it back */
#define GRACE_MORE_MS 2000 /* after the calls, for jobs and connections to end */
#define DATABASE_WAIT_MS 100
#define DATABASE_WAIT_MS_MAX 5000

struct service_settings service_settings;
static const char *log_level_text;

static const struct db_stmt SCHEMA_SEEN =
	DB_STMT("service_schema_seen", "SELECT request_hash FROM request_key LIMIT 0");

/* ------------------------------------------------------------------ settings */

#define COMMON_COUNT 9

/* A process without a database or without methods does not need every one of them. */
static void common_settings(const struct service *service, struct setting settings[static COMMON_COUNT])
{
	struct service_settings *to = &service_settings;
	const struct setting common[COMMON_COUNT] = {
		{ .name = "RELANCE_PG",
		  .kind = SETTING_SECRET,
		  .fallback = service->without_database ? "" : NULL,
		  .help = "The database, as libpq takes it: \"host=… dbname=… user=…\".",
		  .to.text = &to->pg },
		{ .name = "RELANCE_BIND",
		  .kind = SETTING_ENDPOINTS,
		  .fallback = service->method_count > 0 ? NULL : "",
		  .help = "Where calls come in: \"tcp://127.0.0.1:5551\", \"tcp://[::]:*\".",
		  .to.text = &to->bind },
		{ .name = "RELANCE_KEYS",
		  .kind = SETTING_TEXT,
		  .fallback = "",
		  .help = "Folder of CURVE certificates; needed for tcp://.",
		  .to.text = &to->keys },
		{ .name = "RELANCE_FEED",
		  .kind = SETTING_ENDPOINTS,
		  .fallback = "",
		  .help = "Where relance-feed publishes; without it the feed is polled every second.",
		  .to.text = &to->feed },
		{ .name = "RELANCE_ADMIN",
		  .kind = SETTING_ADDRESS,
		  .fallback = "",
		  .help = "host:port of /livez, /readyz and /metrics.",
		  .to.text = &to->admin },
		{ .name = "RELANCE_WORKERS",
		  .kind = SETTING_INT,
		  .fallback = "4",
		  .help = "Threads that answer calls, each with a database connection.",
		  .min = 1,
		  .max = RPC_WORKERS_MAX,
		  .to.number = &to->workers },
		{ .name = "RELANCE_LOG",
		  .kind = SETTING_TEXT,
		  .fallback = "info",
		  .help = "debug, info, warn or error.",
		  .to.text = &log_level_text },
		{ .name = "RELANCE_TEST_CLOCK",
		  .kind = SETTING_BOOL,
		  .fallback = "0",
		  .help = "1 lets creditors live on a test clock.",
		  .to.flag = &to->test_clock },
		{ .name = "RELANCE_GRACE_MS",
		  .kind = SETTING_INT,
		  .fallback = "25000",
		  .help = "After SIGTERM, how long calls in flight may take to end.",
		  .min = 0,
		  .max = RPC_DRAIN_MS_MAX,
		  .to.number = &to->grace_ms },
	};
	memcpy(settings, common, sizeof common);
}

static size_t all_settings(const struct service *service, struct setting settings[static CONFIG_SETTINGS_MAX])
{
	CHECK(COMMON_COUNT + service->setting_count <= CONFIG_SETTINGS_MAX);
	common_settings(service, settings);
	if (service->setting_count > 0)
		memcpy(settings + COMMON_COUNT, service->settings, service->setting_count * sizeof *settings);
	return COMMON_COUNT + service->setting_count;
}

static bool level_find(const char *text, enum log_level *level)
{
	static const char *const NAMES[] = {
		[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"
	};

	for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
		if (text_equal(text, NAMES[i])) {
			*level = (enum log_level)i;
			return true;
		}
	return false;
}

static bool settings_read(const struct service *service)
{
	struct setting settings[CONFIG_SETTINGS_MAX];
	size_t count = all_settings(service, settings);
	enum log_level level = LOG_INFO;
	int mistakes = config_read(settings, count);

	if (log_level_text && !level_find(log_level_text, &level)) {
		fprintf(stderr, "setting RELANCE_LOG must be debug, info, warn or error\n");
		mistakes++;
	}
	if (mistakes > 0)
		return false;
	log_init(service->name, level);
	clock_use_test(service_settings.test_clock);
	config_log(settings, count);
	return true;
}

/* ------------------------------------------------------------------ arguments */

static void help_print(const struct service *service)
{
	struct setting settings[CONFIG_SETTINGS_MAX];
	size_t count = all_settings(service, settings);

	printf("relance-%s - %s\n\nusage: relance-%s [--help | --version]\n\nSettings, from the environment:\n",
	       service->name, service->summary, service->name);
	config_print_help(settings, count);
	if (service->method_count > 0)
		printf("\nRpcs:\n");
	for (size_t i = 0; i < service->method_count; i++)
		printf("  %s/%s\n", service->methods[i].service->name, service->methods[i].name);
	for (size_t i = 0; service->reader && i < service->reader->count; i++)
		printf("%s  %s\n", i == 0 ? "\nEvents read from the feed:\n" : "",
		       service->reader->subscriptions[i].type);
	printf("\nSIGTERM ends it in order: it takes no new calls, finishes those in flight, and exits with 0.\n");
}

/* The exit code if the arguments leave nothing more to do, else -1. */
static int arguments_take(const struct service *service, int argc, char **argv)
{
	if (argc == 1)
		return -1;
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		help_print(service);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("relance-%s %s\n", service->name, RELANCE_VERSION);
		return 0;
	}
	fprintf(stderr, "usage: relance-%s [--help | --version]\n", service->name);
	return EXIT_USAGE;
}

/* ------------------------------------------------------------------ signals */

/* Before the first thread: all of them inherit the mask, and only the main thread reads the signals. */
static int signals_take(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	CHECK(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
	signal(SIGPIPE, SIG_IGN);
	int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);

	CHECK(fd >= 0);
	return fd;
}

static bool signal_pending(int signal_fd)
{
	struct signalfd_siginfo info;

	return read(signal_fd, &info, sizeof info) == sizeof info;
}

/* ------------------------------------------------------------------ the database at start */

static struct err schema_look(void)
{
	ARENA_SCOPE arena = arena_new(0);
	__attribute__((cleanup(db_close))) struct db *db = NULL;

	TRY(db_open(service_settings.pg, &db));
	DB_TX_SCOPE tx = db_begin(db, arena, DB_READ);
	DB_ROWS_SCOPE rows = { 0 };
	struct err err = db_query(&tx, &SCHEMA_SEEN, DB_NO_PARAMS, &rows);

	if (!err_ok(err) && err.code != ERR_UNAVAILABLE)
		return ERR(ERR_UNAVAILABLE, "service.no_schema", NULL,
			   "the database has no schema of this service yet: relancectl migrate makes it");
	return err_ok(err) ? OK : ERR(err.code, err.reason, NULL, "the database is away");
}

/* A database that is away, or not migrated yet, is waited for. False when a signal ends the process meanwhile. */
static bool database_wait(const struct service *service, struct service_stop *stop, int signal_fd)
{
	for (int attempt = 0; !service->without_database; attempt++) {
		struct err err = schema_look();

		if (err_ok(err))
			break;
		log_warn("waiting for the database", LOG_ERR(err));
		service_sleep(stop, backoff_ms(attempt, DATABASE_WAIT_MS, DATABASE_WAIT_MS_MAX, random_u32()),
			      signal_fd);
		if (signal_pending(signal_fd))
			return false;
	}
	return true;
}

/* ------------------------------------------------------------------ one life */

struct life {
	const struct service *service;
	void *process;
	int signal_fd;
	struct service_stop stop;
	struct admin_health health;
	struct admin *admin;
	struct rpc_server *server;
	struct service_threads *threads;
};

static int exit_code(struct err err)
{
	if (err.code == ERR_INVALID)
		return CONFIG_EXIT;
	return err.code == ERR_UNAVAILABLE ? EXIT_NO_SERVICE : EXIT_BUG;
}

static struct err server_start(struct life *life)
{
	const struct service *service = life->service;
	struct rpc_server_options options = { .name = service->name,
					      .bind = service_settings.bind,
					      .keys = service_settings.keys,
					      .pg = service->without_database ? NULL : service_settings.pg,
					      .methods = service->methods,
					      .method_count = service->method_count,
					      .process = life->process,
					      .workers = (int)service_settings.workers };

	if (service->method_count == 0)
		return OK;
	TRY(rpc_server_new(&options, &life->server));
	log_info("answering calls", LOG_TEXT("endpoint", rpc_server_endpoint(life->server)),
		 LOG_INT("workers", options.workers));
	return OK;
}

/* Serves until a signal comes. */
static struct err serve(struct life *life)
{
	TRY(server_start(life));
	life->threads = service_threads_start(life->service, life->process, &life->stop, &life->health);
	atomic_store(&life->health.serving, true);
	log_info("ready", LOG_TEXT("version", RELANCE_VERSION), LOG_INT("pid", getpid()));
	while (!signal_pending(life->signal_fd))
		service_sleep(&life->stop, INT32_MAX, life->signal_fd);
	return OK;
}

static void *cut_off(void *unused)
{
	(void)unused;
	poll(NULL, 0, (int)service_settings.grace_ms + GRACE_MORE_MS);
	log_error("cut off: a call or a job did not end in time", LOG_INT("grace_ms", service_settings.grace_ms));
	_exit(EXIT_CUT_OFF);
}

/* A handler that hangs must not keep the process. */
static void cut_off_arm(void)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, cut_off, NULL) == 0);
	pthread_detach(thread);
}

/* Not ready first, so that nobody is sent here any more; then what is in flight; then the rest. */
static void wind_up(struct life *life)
{
	atomic_store(&life->health.serving, false);
	log_info("ending", LOG_INT("grace_ms", service_settings.grace_ms));
	cut_off_arm();
	if (life->server)
		rpc_server_drain(life->server, service_settings.grace_ms);
	service_stop_set(&life->stop);
	rpc_server_destroy(&life->server);
	if (life->threads)
		service_threads_join(&life->threads);
}

static struct err live(struct life *life)
{
	if (!text_empty(service_settings.admin))
		TRY(admin_start(service_settings.admin, &life->health, &life->admin));
	if (life->service->start)
		TRY(life->service->start(&life->process));
	struct err err = OK;

	if (database_wait(life->service, &life->stop, life->signal_fd))
		err = serve(life);
	wind_up(life);
	if (life->service->stop)
		life->service->stop(&life->process);
	return err;
}

int service_run(const struct service *service, int argc, char **argv)
{
	int done = arguments_take(service, argc, argv);

	if (done >= 0)
		return done;
	if (!settings_read(service))
		return CONFIG_EXIT;
	struct life life = { .service = service, .signal_fd = signals_take(), .health = { .database = true } };

	service_stop_init(&life.stop);
	struct err err = live(&life);

	admin_stop(&life.admin);
	bus_release();
	service_stop_release(&life.stop);
	close(life.signal_fd);
	if (err_ok(err))
		log_info("ended", LOG_TEXT("version", RELANCE_VERSION));
	else
		log_error("cannot run", LOG_ERR(err));
	return err_ok(err) ? 0 : exit_code(err);
}
