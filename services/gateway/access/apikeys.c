#include "gateway/access/apikeys.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"

#define KEY_PREFIX "rlk_"
#define BLANKS " \t\r"
#define WORDS_PER_LINE 3

_Static_assert(APIKEY_HASH_BYTES == SHA256_DIGEST_LENGTH, "the hash is SHA-256");

static void hash_of(const char *key, uint8_t hash[static APIKEY_HASH_BYTES])
{
	SHA256((const unsigned char *)key, strlen(key), hash);
}

static void hex_of(const uint8_t *bytes, size_t length, char *text)
{
	for (size_t i = 0; i < length; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_parse(const char *text, uint8_t *bytes, size_t length)
{
	if (strlen(text) != 2 * length)
		return false;
	for (size_t i = 0; i < length; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* ------------------------------------------------------------------ names and scopes */

struct err apikey_name_check(const char *name)
{
	static const char ALLOWED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t length = strlen(name);

	if (length >= 1 && length <= APIKEY_NAME_BYTES_MAX && strspn(name, ALLOWED) == length)
		return OK;
	return ERR(ERR_INVALID, "apikey.name", "name", "a key's name is 1 to 40 letters, digits, '_', '.' or '-'");
}

/* What follows the service: ":read", ":write"; NULL where the scope has no such end. */
static const char *scope_right(const char *scope)
{
	const char *colon = strchr(scope, ':');

	return colon && (strcmp(colon, ":read") == 0 || strcmp(colon, ":write") == 0) ? colon + 1 : NULL;
}

struct err apikey_scope_check(const char *scope)
{
	static const char ALLOWED[] = "abcdefghijklmnopqrstuvwxyz_";
	size_t service = strcspn(scope, ":");

	if (strcmp(scope, "*") == 0)
		return OK;
	if (scope_right(scope) && (strncmp(scope, "*:", 2) == 0 || (service > 0 && strspn(scope, ALLOWED) == service)))
		return OK;
	return ERR(ERR_INVALID, "apikey.scope", "scope", "a scope is '*', 'SERVICE:read' or 'SERVICE:write'");
}

static bool scope_covers(const char *scope, const char *service, bool reads)
{
	size_t length = strcspn(scope, ":");
	bool every = length == 1 && scope[0] == '*';

	if (!every && (strlen(service) != length || strncmp(scope, service, length) != 0))
		return false;
	return scope[length] == '\0' || reads || strcmp(scope_right(scope), "write") == 0;
}

bool apikey_allows(const struct apikey *key, const char *service, bool reads)
{
	for (size_t i = 0; i < key->scope_count; i++)
		if (scope_covers(key->scopes[i], service, reads))
			return true;
	return false;
}

/* ------------------------------------------------------------------ the file */

static struct err malformed(struct arena *arena, int line, const char *message)
{
	return ERR(ERR_INVALID, "apikeys.malformed", arena_format(arena, "line %d", line), message);
}

static struct err scopes_parse(struct arena *arena, char *text, int line, struct apikey *key)
{
	char *rest = NULL;

	for (char *scope = strtok_r(text, ",", &rest); scope; scope = strtok_r(NULL, ",", &rest)) {
		if (!err_ok(apikey_scope_check(scope)))
			return malformed(arena, line, "a scope is '*', 'SERVICE:read' or 'SERVICE:write'");
		*ARENA_PUSH(arena, key->scopes, key->scope_count) = scope;
	}
	return OK;
}

static struct err line_parse(struct arena *arena, char *line, int number, struct apikeys *keys)
{
	char *words[WORDS_PER_LINE], *rest = NULL;
	int count = 0;

	for (char *word = strtok_r(line, BLANKS, &rest); word; word = strtok_r(NULL, BLANKS, &rest)) {
		if (count == WORDS_PER_LINE)
			return malformed(arena, number, "the line has more than name, hash and scopes");
		words[count++] = word;
	}
	if (count == 0 || words[0][0] == '#')
		return OK;
	struct apikey key = { .name = words[0] };

	if (count != WORDS_PER_LINE || !err_ok(apikey_name_check(words[0])) ||
	    !hex_parse(words[1], key.hash, sizeof key.hash))
		return malformed(arena, number, "name, SHA-256 in hex, and scopes are expected");
	if (apikeys_find_name(keys, key.name))
		return malformed(arena, number, "the name stands in the file twice");
	if (keys->count == APIKEYS_MAX)
		return ERR(ERR_EXHAUSTED, "apikeys.too_many", NULL, "the file has too many keys");
	TRY(scopes_parse(arena, words[2], number, &key));
	*ARENA_PUSH(arena, keys->keys, keys->count) = key;
	return OK;
}

struct err apikeys_parse(struct arena *arena, const char *text, struct apikeys *keys)
{
	char *copy = arena_copy(arena, text);
	struct apikeys read = { 0 };

	for (int number = 1; copy; number++) {
		char *line = copy, *end = strchr(copy, '\n');

		copy = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
		if (line[0] != '#')
			TRY(line_parse(arena, line, number, &read));
	}
	*keys = read;
	return OK;
}

const struct apikey *apikeys_find(const struct apikeys *keys, const char *key)
{
	const struct apikey *found = NULL;
	uint8_t hash[APIKEY_HASH_BYTES];

	hash_of(key, hash);
	for (size_t i = 0; i < keys->count; i++)
		if (CRYPTO_memcmp(keys->keys[i].hash, hash, sizeof hash) == 0)
			found = &keys->keys[i];
	return found;
}

const struct apikey *apikeys_find_name(const struct apikeys *keys, const char *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->keys[i].name, name) == 0)
			return &keys->keys[i];
	return NULL;
}

/* ------------------------------------------------------------------ new keys */

const char *apikey_make(const uint8_t random[static APIKEY_RANDOM_BYTES], char text[static APIKEY_TEXT_BYTES])
{
	memcpy(text, KEY_PREFIX, sizeof KEY_PREFIX);
	hex_of(random, APIKEY_RANDOM_BYTES, text + strlen(KEY_PREFIX));
	return text;
}

const char *apikey_line(struct arena *arena, const char *name, const char *key, const char *const *scopes,
			size_t scope_count)
{
	uint8_t hash[APIKEY_HASH_BYTES];
	char hex[2 * APIKEY_HASH_BYTES + 1];
	const char *list = "";

	hash_of(key, hash);
	hex_of(hash, sizeof hash, hex);
	for (size_t i = 0; i < scope_count; i++)
		list = arena_format(arena, "%s%s%s", list, i > 0 ? "," : "", scopes[i]);
	return arena_format(arena, "%s %s %s\n", name, hex, list);
}
