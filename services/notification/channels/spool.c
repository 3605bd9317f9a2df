#include "notification/channels/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/io/sha256.h"

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define FD_SCOPE __attribute__((cleanup(close_fd))) int

static struct err unwritable(struct arena *arena, const char *path)
{
	return err_format(arena, ERR_UNAVAILABLE, "letters.unwritable", path, "the letter cannot be stored: %s",
			  strerror(errno));
}

const char *spool_file(struct arena *arena, const char *creditor, struct id reminder)
{
	char id[ID_TEXT_BYTES];

	return arena_format(arena, "%s-%s.pdf", creditor, id_format(reminder, id));
}

/* ------------------------------------------------------------------ files */

static bool write_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		data += written;
		length -= (size_t)written;
	}
	return true;
}

static bool folder_sync(const char *folder)
{
	FD_SCOPE fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

/* Whole or not at all. A process that dies meanwhile leaves a temporary file, whose name begins with a dot. */
static struct err replace(struct arena *arena, const char *folder, const char *name, const void *data, size_t length)
{
	const char *path = arena_format(arena, "%s/%s", folder, name);
	char *temporary = arena_format(arena, "%s/.%s.XXXXXX", folder, name);
	FD_SCOPE fd = mkostemp(temporary, O_CLOEXEC);

	if (fd < 0)
		return unwritable(arena, temporary);
	if (fchmod(fd, 0640) != 0 || !write_all(fd, data, length) || fsync(fd) != 0 || rename(temporary, path) != 0) {
		struct err err = unwritable(arena, path);

		unlink(temporary);
		return err;
	}
	return folder_sync(folder) ? OK : unwritable(arena, folder);
}

/* ------------------------------------------------------------------ the manifest */

static const char *sha256_hex(struct arena *arena, const struct sheet_bytes *bytes)
{
	SHA256_SCOPE *sha = sha256_begin();
	char *hex = arena_alloc(arena, SHA256_HEX_BYTES);

	sha256_add(sha, bytes->data, bytes->length);
	sha256_end(sha, hex);
	return hex;
}

/* The line begins with the file's name, by which a repeat finds it. */
static const char *line_of(struct arena *arena, const struct spool_letter *letter, const char *file)
{
	json_t *address = json_array();

	for (size_t i = 0; i < letter->address_count; i++)
		json_array_append_new(address, json_string(letter->address[i]));

	json_t *object =
		json_pack("{ss ss si so ss sb ss sb sb}", "file", file, "sha256", sha256_hex(arena, &letter->pdf),
			  "pages", letter->pages, "address", address, "country", letter->country, "registered",
			  letter->registered, "reference", letter->reference, "colour", 0, "duplex", 1);

	CHECK(object != NULL); /* all texts are UTF-8 by the time they are drawn */

	char *made = json_dumps(object, JSON_COMPACT);
	const char *line = arena_format(arena, "%s\n", made);

	free(made);
	json_decref(object);
	return line;
}

static struct err read_manifest(struct arena *arena, const char *path, struct buf *manifest)
{
	char bytes[16384];
	ssize_t length;
	FD_SCOPE fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? OK : unwritable(arena, path);
	while ((length = read(fd, bytes, sizeof bytes)) > 0)
		buf_append(manifest, bytes, (size_t)length);
	if (length < 0)
		return unwritable(arena, path);
	if (manifest->full)
		return ERR(ERR_EXHAUSTED, "letters.spool_full", path, "nobody collects the letters");
	return OK;
}

static struct err append(struct arena *arena, const char *path, const char *line)
{
	FD_SCOPE fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0 || !write_all(fd, line, strlen(line)) || fsync(fd) != 0)
		return unwritable(arena, path);
	return OK;
}

/* The manifest without what a process that died left of a line at its end; then `line`. */
static struct err mend(struct arena *arena, const char *folder, const struct buf *torn, const char *line)
{
	BUF_SCOPE made = { 0 };
	const char *text = buf_text(torn), *end = strrchr(text, '\n');

	buf_init(&made, SPOOL_MANIFEST_BYTES_MAX + strlen(line));
	buf_append(&made, text, end ? (size_t)(end + 1 - text) : 0);
	buf_append_text(&made, line);
	return replace(arena, folder, SPOOL_MANIFEST, made.data, made.length);
}

static bool listed(struct arena *arena, const struct buf *manifest, const char *file)
{
	const char *line = strstr(buf_text(manifest), arena_format(arena, "{\"file\":\"%s\"", file));

	return line && strchr(line, '\n');
}

/* A letter that is listed may be on its way to the printer: it stays as it is. One that is not was never announced. */
static struct err store(struct arena *arena, const char *folder, const struct spool_letter *letter,
			const struct buf *manifest)
{
	const char *path = arena_format(arena, "%s/%s", folder, SPOOL_MANIFEST);
	const char *file = spool_file(arena, letter->creditor, letter->reminder);
	const char *line = line_of(arena, letter, file);
	bool torn = manifest->length > 0 && manifest->data[manifest->length - 1] != '\n';

	if (listed(arena, manifest, file))
		return OK;
	TRY(replace(arena, folder, file, letter->pdf.data, letter->pdf.length));
	return torn ? mend(arena, folder, manifest, line) : append(arena, path, line);
}

struct err spool_put(struct arena *arena, const char *folder, const struct spool_letter *letter)
{
	const char *path = arena_format(arena, "%s/%s", folder, SPOOL_MANIFEST);
	const char *lock = arena_format(arena, "%s/%s", folder, SPOOL_LOCK);
	BUF_SCOPE manifest = { 0 };

	if (mkdir(folder, 0750) != 0 && errno != EEXIST)
		return unwritable(arena, folder);

	FD_SCOPE locked = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (locked < 0 || flock(locked, LOCK_EX) != 0)
		return unwritable(arena, lock);
	buf_init(&manifest, SPOOL_MANIFEST_BYTES_MAX);
	TRY(read_manifest(arena, path, &manifest));
	return store(arena, folder, letter, &manifest);
}
