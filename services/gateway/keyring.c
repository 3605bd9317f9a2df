#include "gateway/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/io/clock.h"
#include "common/io/log.h"

#define SCHEME "Bearer "

struct keyring {
	const char *path;
	struct arena *arena; /* of the keys that count */
	struct apikeys keys;
	struct stat seen; /* of the file as last read; zeroes where there is none */
	int64_t look_at_us;
};

struct keyring *keyring_new(const char *path)
{
	struct keyring *keyring = calloc(1, sizeof *keyring);

	CHECK(keyring != NULL);
	keyring->path = path;
	keyring->seen.st_size = -1;
	return keyring;
}

void keyring_destroy(struct keyring **keyring)
{
	if (!*keyring)
		return;
	arena_destroy(&(*keyring)->arena);
	free(*keyring);
	*keyring = NULL;
}

static struct err unreadable(struct arena *arena, const char *path)
{
	return err_format(arena, ERR_UNAVAILABLE, "apikeys.unreadable", path, "the file cannot be read: %s",
			  strerror(errno));
}

static struct err file_read(struct arena *arena, const char *path, char **text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = 0, more;

	if (fd < 0)
		return unreadable(arena, path);
	*text = arena_alloc(arena, APIKEYS_FILE_BYTES_MAX + 1);
	do {
		more = read(fd, *text + length, APIKEYS_FILE_BYTES_MAX - (size_t)length);
		length += more > 0 ? more : 0;
	} while (more > 0);
	close(fd);
	(*text)[length] = '\0';
	return more < 0 ? unreadable(arena, path) : OK;
}

static void keys_read(struct keyring *keyring)
{
	struct arena *arena = arena_new(0);
	struct apikeys keys;
	char *text;
	struct err err = file_read(arena, keyring->path, &text);

	if (err_ok(err))
		err = apikeys_parse(arena, text, &keys);
	if (!err_ok(err)) {
		log_error("API keys not read", LOG_TEXT("file", keyring->path), LOG_TEXT("at", err.field),
			  LOG_ERR(err));
		arena_destroy(&arena);
		return;
	}
	log_info("API keys read", LOG_TEXT("file", keyring->path), LOG_INT("keys", (int64_t)keys.count));
	arena_destroy(&keyring->arena);
	keyring->arena = arena;
	keyring->keys = keys;
}

void keyring_look(struct keyring *keyring)
{
	int64_t now_us = clock_monotonic_us();
	struct stat now = { 0 };

	if (now_us < keyring->look_at_us)
		return;
	keyring->look_at_us = now_us + INT64_C(1000) * KEYRING_LOOK_MS;
	if (stat(keyring->path, &now) != 0)
		now = (struct stat){ 0 };
	if (now.st_ino == keyring->seen.st_ino && now.st_size == keyring->seen.st_size &&
	    now.st_mtim.tv_sec == keyring->seen.st_mtim.tv_sec && now.st_mtim.tv_nsec == keyring->seen.st_mtim.tv_nsec)
		return;
	keyring->seen = now;
	keys_read(keyring);
}

struct err keyring_find(const struct keyring *keyring, const char *authorization, const struct apikey **key)
{
	if (!authorization || strncasecmp(authorization, SCHEME, strlen(SCHEME)) != 0)
		return ERR(ERR_UNAUTHENTICATED, "apikey.missing", "Authorization",
			   "an API key is wanted: Authorization: Bearer <key>");
	const struct apikey *found = apikeys_find(&keyring->keys, authorization + strlen(SCHEME));

	if (!found)
		return ERR(ERR_UNAUTHENTICATED, "apikey.unknown", "Authorization", "this API key is not known");
	*key = found;
	return OK;
}
