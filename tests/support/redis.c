#include "support/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/arena.h"
#include "support/server.h"

#define START_MS_MAX 20000

struct redis {
	struct server server;
	struct arena *arena;
	const char *socket, *url;
	const char *stop[6];
};

static int redis_ping(const struct redis *redis)
{
	const char *const ping[] = { "redis-cli", "-s", redis->socket, "ping", NULL };

	return server_command(&redis->server, ping);
}

void redis_up(struct redis *redis)
{
	const char *const start[] = { "redis-server",
				      "--port",
				      "0",
				      "--unixsocket",
				      redis->socket,
				      "--save",
				      "",
				      "--appendonly",
				      "no",
				      "--daemonize",
				      "yes",
				      "--dir",
				      redis->server.folder,
				      NULL };

	if (server_command(&redis->server, start) != 0)
		server_fail(&redis->server, "Redis does not start");
	for (int waited = 0; access(redis->socket, F_OK) < 0 || redis_ping(redis) != 0; waited += 20) {
		if (waited >= START_MS_MAX)
			server_fail(&redis->server, "Redis does not answer");
		usleep(20000);
	}
}

void redis_down(struct redis *redis)
{
	server_command(&redis->server, redis->stop);
	while (access(redis->socket, F_OK) == 0)
		usleep(5000);
}

struct redis *redis_start(void)
{
	struct redis *redis = calloc(1, sizeof *redis);

	if (!redis)
		abort();
	redis->arena = arena_new(0);
	server_prepare(&redis->server, NULL);
	redis->socket = arena_format(redis->arena, "%s/redis.sock", redis->server.folder);
	redis->url = arena_format(redis->arena, "unix:%s", redis->socket);
	const char *const stop[] = { "redis-cli", "-s", redis->socket, "shutdown", "nosave", NULL };

	memcpy(redis->stop, stop, sizeof stop);
	server_guard(&redis->server, redis->stop);
	redis_up(redis);
	return redis;
}

void redis_stop(struct redis **redis)
{
	if (!*redis)
		return;
	server_release(&(*redis)->server);
	arena_destroy(&(*redis)->arena);
	free(*redis);
	*redis = NULL;
}

const char *redis_url(const struct redis *redis)
{
	return redis->url;
}
