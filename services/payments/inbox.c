#include "payments/inbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/io/log.h"
#include "common/io/random.h"
#include "payments/import.h"

#define PATH_BYTES_MAX 4096
#define NAMES_MAX 1000 /* files of one round; the rest waits for the next */
#define SAME_NAME_MAX 10000
#define TAIL_BYTES 64 /* holds the end tag of a document with its prefix */

const char *inbox_folder = "";
bool inbox_adopt;

/* One file of the drop folder. */
struct drop {
	const char *creditor, *name; /* creditor "": the only one there is */
	char path[PATH_BYTES_MAX];
};

/* place "": the inbox itself; else a folder beside it. */
static void path_of(char path[static PATH_BYTES_MAX], const char *place, const char *creditor, const char *name)
{
	snprintf(path, PATH_BYTES_MAX, "%s%s%s%s%s%s%s", inbox_folder, place[0] ? "/../" : "", place,
		 creditor[0] ? "/" : "", creditor, name[0] ? "/" : "", name);
}

static struct err failed(struct arena *arena, const char *doing, const char *path)
{
	return err_format(arena, ERR_UNAVAILABLE, "inbox.failed", NULL, "%s %s: %s", doing, path, strerror(errno));
}

static bool unfinished(const char *name)
{
	return name[0] == '.' || text_ends(name, ".part") || text_ends(name, ".tmp");
}

/* XML (camt, OFX) ends with the end tag of its document; what does not is likely to be still on its way. */
static bool cut_short(const char *path, int64_t size)
{
	char head = 0, tail[TAIL_BYTES + 1] = "";
	int handle = open(path, O_RDONLY | O_CLOEXEC);

	if (handle < 0)
		return false;
	ssize_t length = pread(handle, tail, TAIL_BYTES, size > TAIL_BYTES ? size - TAIL_BYTES : 0);
	bool xml = pread(handle, &head, 1, 0) == 1 && (head == '<' || head == '\xef');

	close(handle);
	return xml && length > 0 && !strstr(tail, "Document>") && !strstr(tail, "OFX>");
}

static bool quiet(const char *path, const struct stat *status)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	int64_t age_s = now.tv_sec - status->st_mtim.tv_sec;

	return age_s >= INBOX_QUIET_S && (age_s >= INBOX_CUT_QUIET_S || !cut_short(path, status->st_size));
}

/* ------------------------------------------------------------------ one file */

static struct err part_store(struct db *db, struct arena *arena, const char *creditor, struct id file, int64_t at_byte,
			     const void *bytes, size_t length)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
	struct desk desk;
	int64_t stored;

	TRY(desk_open(&tx, creditor, &desk));
	TRY(file_part_save(&tx, &desk, file, at_byte, &(struct part_bytes){ bytes, length, 0 }, &stored));
	return db_commit(&tx);
}

static struct err file_store(struct db *db, struct arena *kept, const struct drop *drop, int handle, struct id file,
			     int64_t *size)
{
	ARENA_SCOPE arena = arena_new(0); /* one part at a time; `kept` is for the error */
	ssize_t length;

	for (*size = 0;; *size += length) {
		char *bytes = arena_alloc(arena, FILE_PART_BYTES_MAX);

		length = read(handle, bytes, FILE_PART_BYTES_MAX);
		if (length < 0)
			return ERR(ERR_UNAVAILABLE, "inbox.unreadable", NULL, "the file cannot be read");
		if (length == 0)
			return OK;
		struct err err = part_store(db, arena, drop->creditor, file, *size, bytes, (size_t)length);

		if (!err_ok(err))
			return err_format(kept, err.code, err.reason, NULL, "%s", err.message ? err.message : "");
		arena_reset(arena);
	}
}

static struct err reason_write(struct arena *arena, const char *path, const struct file_record *file)
{
	char id[ID_TEXT_BYTES];
	FILE *to = fopen(arena_format(arena, "%s.reason.txt", path), "w");

	if (!to)
		return failed(arena, "cannot write the reason beside", path);
	fprintf(to, "%s: %s\nreason: %s\n", file_state_name(file->state), file->message ? file->message : "",
		file->reason ? file->reason : "");
	if (file->line > 0)
		fprintf(to, "line: %lld\n", (long long)file->line);
	if (file->state == FILE_HELD)
		fprintf(to, "to book it all the same: relancectl statement accept %s --reason TEXT\n",
			id_format(file->id, id));
	return fclose(to) == 0 ? OK : failed(arena, "cannot write the reason beside", path);
}

static struct err folder_make(struct arena *arena, const char *place, const char *creditor)
{
	char path[PATH_BYTES_MAX];

	path_of(path, place, "", "");
	if (mkdir(path, 0750) != 0 && errno != EEXIST)
		return failed(arena, "cannot make the folder", path);
	path_of(path, place, creditor, "");
	if (creditor[0] && mkdir(path, 0750) != 0 && errno != EEXIST)
		return failed(arena, "cannot make the folder", path);
	return OK;
}

/* Where a file of that name lies already, the next gets a number: what came in is never overwritten. */
static void free_path(char path[static PATH_BYTES_MAX], struct arena *arena, const char *place, const struct drop *drop)
{
	const char *name = drop->name;

	for (int i = 2; i < SAME_NAME_MAX; i++) {
		path_of(path, place, drop->creditor, name);
		if (access(path, F_OK) != 0)
			return;
		name = arena_format(arena, "%s.%d", drop->name, i);
	}
}

static struct err drop_move(struct arena *arena, const struct drop *drop, const struct file_record *file)
{
	const char *place = file->state == FILE_IMPORTED ? "done" : "rejected";
	char path[PATH_BYTES_MAX];

	TRY(folder_make(arena, place, drop->creditor));
	free_path(path, arena, place, drop);
	if (file->state != FILE_IMPORTED)
		TRY(reason_write(arena, path, file));
	return rename(drop->path, path) == 0 ? OK : failed(arena, "cannot move the file to", path);
}

/* A file that can never be stored as it lies: empty, or in the folder of a creditor that does not exist. */
static struct err drop_refuse(struct arena *arena, const struct drop *drop, const char *reason, const char *message)
{
	log_warn("drop folder file refused", LOG_TEXT("file", drop->name), LOG_TEXT("reason", reason));
	return drop_move(arena, drop,
			 &(struct file_record){ .state = FILE_REJECTED, .reason = reason, .message = message });
}

/* What waits is stored anew when its turn comes. */
static struct err copy_drop(struct db *db, struct arena *arena, const struct drop *drop, struct id file)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
	struct desk desk;

	TRY(desk_open(&tx, drop->creditor, &desk));
	TRY(file_drop(&tx, &desk, file));
	return db_commit(&tx);
}

/* Before there is any creditor a file waits; so it does while the database is away. */
static struct err drop_import(struct db *db, struct arena *arena, const struct drop *drop)
{
	struct import_request request = {
		.creditor = drop->creditor, .name = drop->name, .file = id_fresh(), .adopt_account = inbox_adopt
	};
	struct import_result result;
	int handle = open(drop->path, O_RDONLY | O_CLOEXEC);

	if (handle < 0)
		return failed(arena, "cannot open", drop->path);
	struct err err = file_store(db, arena, drop, handle, request.file, &request.size_bytes);

	close(handle);
	if (text_equal(err.reason, "creditor.unknown") || text_equal(err.reason, "creditor.ambiguous"))
		return drop_refuse(arena, drop, err.reason, err.message);
	TRY(err);
	if (request.size_bytes == 0)
		return drop_refuse(arena, drop, "file.empty", "the file is empty");
	err = import_file(db, arena, &request, &result);
	if (!err_ok(err)) {
		(void)copy_drop(db, arena, drop, request.file).code;
		return err;
	}
	log_info("drop folder file read", LOG_TEXT("file", drop->name),
		 LOG_TEXT("state", file_state_name(result.file.state)),
		 LOG_TEXT("reason", result.file.reason ? result.file.reason : ""));
	return drop_move(arena, drop, &result.file);
}

/* ------------------------------------------------------------------ the folder */

/* Files in the inbox or in its folder CREDITOR/ that are ready. One that cannot be read does not keep the others
 * waiting. */
static struct err folder_read(struct service_context *context, const char *creditor)
{
	ARENA_SCOPE arena = arena_new(0);
	struct dirent **names = NULL;
	char path[PATH_BYTES_MAX];

	path_of(path, "", creditor, "");
	int count = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		struct drop drop = { .creditor = creditor, .name = names[i]->d_name };
		struct stat status;

		path_of(drop.path, "", creditor, drop.name);
		if (i < NAMES_MAX && !unfinished(drop.name) && !*context->stopping && stat(drop.path, &status) == 0 &&
		    S_ISREG(status.st_mode) && quiet(drop.path, &status)) {
			struct err err = drop_import(context->db, arena, &drop);

			if (!err_ok(err))
				log_warn("drop folder file waits", LOG_TEXT("file", drop.name), LOG_ERR(err));
		}
		free(names[i]);
	}
	free(names);
	return count >= 0 ? OK : ERR(ERR_UNAVAILABLE, "inbox.unreadable", NULL, "the drop folder cannot be read");
}

struct err inbox_round(struct service_context *context, int64_t *again_ms)
{
	ARENA_SCOPE arena = arena_new(0);
	struct dirent **names = NULL;
	char path[PATH_BYTES_MAX];

	*again_ms = INBOX_POLL_MS;
	if (text_empty(inbox_folder))
		return OK;
	struct err err = folder_make(arena, "", "");

	if (!err_ok(err))
		return ERR(err.code, err.reason, NULL, "the drop folder cannot be made");
	TRY(folder_read(context, ""));
	path_of(path, "", "", "");
	int count = scandir(path, &names, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		struct stat status;

		path_of(path, "", names[i]->d_name, "");
		if (names[i]->d_name[0] != '.' && stat(path, &status) == 0 && S_ISDIR(status.st_mode) && err_ok(err))
			err = folder_read(context, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return err;
}
