#include "common/io/curve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "common/base/text.h"

#define PATH_BYTES 4096
#define FILE_BYTES_MAX 4096
#define PUBLIC_SUFFIX ".key"
#define SECRET_SUFFIX ".key_secret"

static bool name_valid(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length < CURVE_NAME_BYTES &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static struct err path_make(char path[PATH_BYTES], const char *folder, const char *name, const char *suffix)
{
	if (!name_valid(name))
		return ERR(ERR_INVALID, "curve.name", "name", "a certificate's name is 1 to 64 of A-Z a-z 0-9 _ -");
	int length = snprintf(path, PATH_BYTES, "%s/%s%s", folder, name, suffix);

	if (length < 0 || length >= PATH_BYTES)
		return ERR(ERR_INVALID, "curve.name", "folder", "the folder of certificates has too long a name");
	return OK;
}

/* ------------------------------------------------------------------ reading */

/* `name = "value"` somewhere in a ZPL text; the sections do not matter, as the names are unique. */
static bool zpl_find(const char *text, const char *name, char value[static CURVE_TEXT_BYTES])
{
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += strspn(line, " \t\r\n");
		if (!text_starts(line, name))
			continue;
		const char *at = line + strlen(name);

		at += strspn(at, " \t");
		if (*at != '=')
			continue;
		at += 1 + strspn(at + 1, " \t");
		if (*at != '"' || strcspn(at + 1, "\"\n") != CURVE_TEXT_BYTES - 1 || at[CURVE_TEXT_BYTES] != '"')
			return false;
		memcpy(value, at + 1, CURVE_TEXT_BYTES - 1);
		value[CURVE_TEXT_BYTES - 1] = '\0';
		return true;
	}
	return false;
}

static struct err file_read(const char *path, char text[static FILE_BYTES_MAX])
{
	FILE *file = fopen(path, "re");

	if (!file)
		return ERR(ERR_NOT_FOUND, "curve.missing", NULL, "the certificate cannot be read");
	size_t length = fread(text, 1, FILE_BYTES_MAX - 1, file);

	fclose(file);
	text[length] = '\0';
	return OK;
}

static struct err load(const char *folder, const char *name, bool secret, struct curve_key *key)
{
	char path[PATH_BYTES], text[FILE_BYTES_MAX];
	struct curve_key found = { 0 };
	uint8_t bytes[CURVE_KEY_BYTES];

	TRY(path_make(path, folder, name, secret ? SECRET_SUFFIX : PUBLIC_SUFFIX));
	TRY(file_read(path, text));
	bool whole = zpl_find(text, "public-key", found.public_key) && zmq_z85_decode(bytes, found.public_key) &&
		     (!secret ||
		      (zpl_find(text, "secret-key", found.secret_key) && zmq_z85_decode(bytes, found.secret_key)));

	explicit_bzero(text, sizeof text);
	explicit_bzero(bytes, sizeof bytes);
	if (!whole)
		return ERR(ERR_INVALID, "curve.malformed", NULL, "the certificate holds no usable key");
	*key = found;
	return OK;
}

struct err curve_public_load(const char *folder, const char *name, struct curve_key *key)
{
	return load(folder, name, false, key);
}

struct err curve_secret_load(const char *folder, const char *name, struct curve_key *key)
{
	return load(folder, name, true, key);
}

static bool names_public_key(const char *file_name, char name[static CURVE_NAME_BYTES])
{
	size_t length = strlen(file_name), suffix = strlen(PUBLIC_SUFFIX);

	if (!text_ends(file_name, PUBLIC_SUFFIX) || length - suffix >= CURVE_NAME_BYTES)
		return false;
	memcpy(name, file_name, length - suffix);
	name[length - suffix] = '\0';
	return name_valid(name);
}

struct err curve_name_find(const char *folder, const uint8_t public_key[static CURVE_KEY_BYTES],
			   char name[static CURVE_NAME_BYTES])
{
	struct err unknown = ERR(ERR_NOT_FOUND, "curve.unknown", NULL, "no certificate holds this key");
	char wanted[CURVE_TEXT_BYTES], candidate[CURVE_NAME_BYTES];
	struct curve_key key;
	bool found = false;
	DIR *dir = opendir(folder);

	if (!dir || !zmq_z85_encode(wanted, public_key, CURVE_KEY_BYTES)) {
		if (dir)
			closedir(dir);
		return unknown;
	}
	struct dirent *entry;

	for (int files = 0; !found && files < CURVE_FILES_MAX && (entry = readdir(dir)); files++)
		found = names_public_key(entry->d_name, candidate) &&
			err_ok(curve_public_load(folder, candidate, &key)) && strcmp(key.public_key, wanted) == 0;
	closedir(dir);
	if (!found)
		return unknown;
	memcpy(name, candidate, sizeof candidate);
	return OK;
}

/* ------------------------------------------------------------------ making */

static struct err file_write(const char *path, mode_t mode, const char *text, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0 && errno == EEXIST)
		return ERR(ERR_EXISTS, "curve.exists", "name", "there is a certificate of this name already");
	if (fd < 0)
		return ERR(ERR_UNAVAILABLE, "curve.write", "folder", "the certificate cannot be written");
	bool written = fchmod(fd, mode) == 0 && write(fd, text, length) == (ssize_t)length && fsync(fd) == 0;

	if (close(fd) == 0 && written)
		return OK;
	unlink(path);
	return ERR(ERR_UNAVAILABLE, "curve.write", "folder", "the certificate cannot be written");
}

struct err curve_keys_new(const char *folder, const char *name)
{
	char public_path[PATH_BYTES], secret_path[PATH_BYTES], text[FILE_BYTES_MAX];
	struct curve_key key;

	TRY(path_make(public_path, folder, name, PUBLIC_SUFFIX));
	TRY(path_make(secret_path, folder, name, SECRET_SUFFIX));
	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		return ERR(ERR_UNAVAILABLE, "curve.write", "folder", "the folder of certificates cannot be made");
	if (access(public_path, F_OK) == 0)
		return ERR(ERR_EXISTS, "curve.exists", "name", "there is a certificate of this name already");
	if (zmq_curve_keypair(key.public_key, key.secret_key) != 0)
		return ERR(ERR_INTERNAL, "curve.none", NULL, "this build of libzmq has no CURVE");
	int length = snprintf(text, sizeof text,
			      "metadata\n    name = \"%s\"\ncurve\n    public-key = \"%s\"\n    secret-key = \"%s\"\n",
			      name, key.public_key, key.secret_key);
	struct err err = file_write(secret_path, 0600, text, (size_t)length);

	explicit_bzero(text, sizeof text);
	explicit_bzero(key.secret_key, sizeof key.secret_key);
	TRY(err);
	length = snprintf(text, sizeof text, "metadata\n    name = \"%s\"\ncurve\n    public-key = \"%s\"\n", name,
			  key.public_key);
	return file_write(public_path, 0644, text, (size_t)length);
}
