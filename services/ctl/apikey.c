#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/io/random.h"
#include "ctl/ctl.h"
#include "gateway/access/apikeys.h"

#define SCOPES_MAX 32

struct request {
	const char *file, *name;
	const char *scopes[SCOPES_MAX];
	size_t scope_count;
};

/* --scope may stand several times, each with one scope or several between commas. */
static struct err scopes_add(struct ctl *ctl, struct request *request, const char *list)
{
	char *rest = NULL;

	for (char *scope = strtok_r(arena_copy(ctl->arena, list), ",", &rest); scope;
	     scope = strtok_r(NULL, ",", &rest)) {
		TRY(apikey_scope_check(scope));
		if (request->scope_count == SCOPES_MAX)
			return ctl_usage(ctl, "more than %d scopes", SCOPES_MAX);
		request->scopes[request->scope_count++] = scope;
	}
	return OK;
}

/* Takes every --scope out of argv, since ctl_options keeps the last of an option only. */
static struct err scopes_take(struct ctl *ctl, struct request *request, int *argc, char **argv)
{
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		if (text_starts(argv[i], "--scope="))
			TRY(scopes_add(ctl, request, argv[i] + strlen("--scope=")));
		else if (strcmp(argv[i], "--scope") == 0 && i + 1 < *argc)
			TRY(scopes_add(ctl, request, argv[++i]));
		else
			argv[kept++] = argv[i];
	}
	*argc = kept;
	return OK;
}

static struct err request_read(struct ctl *ctl, struct request *request, int argc, char **argv)
{
	const char *file = getenv("RELANCE_API_KEYS");

	*request = (struct request){ .file = file ? file : "" };
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--file", &request->file) };

	TRY(scopes_take(ctl, request, &argc, argv));
	TRY(ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, 1));
	request->name = argv[0];
	TRY(apikey_name_check(request->name));
	if (text_empty(request->file))
		return ctl_usage(ctl, "the file of the keys is not given: --file or $RELANCE_API_KEYS");
	return request->scope_count > 0 ? OK : ctl_usage(ctl, "a key needs at least one --scope");
}

/* ------------------------------------------------------------------ the file */

static struct err file_error(struct ctl *ctl, const char *file)
{
	return err_format(ctl->arena, ERR_DENIED, "file.unwritable", file, "the file cannot be written: %s",
			  strerror(errno));
}

static struct err file_read(struct ctl *ctl, int fd, const char *file, char **text, size_t *length)
{
	ssize_t more;

	*text = arena_alloc(ctl->arena, APIKEYS_FILE_BYTES_MAX + 1);
	*length = 0;
	do {
		more = read(fd, *text + *length, APIKEYS_FILE_BYTES_MAX - *length);
		*length += more > 0 ? (size_t)more : 0;
	} while (more > 0);
	return more < 0 ? file_error(ctl, file) : OK;
}

static struct err line_append(struct ctl *ctl, int fd, const struct request *request, const char *key)
{
	char *text;
	size_t length;
	struct apikeys keys;

	TRY(file_read(ctl, fd, request->file, &text, &length));
	TRY(apikeys_parse(ctl->arena, text, &keys));
	if (apikeys_find_name(&keys, request->name))
		return err_format(ctl->arena, ERR_EXISTS, "apikey.exists", "name", "there is a key named %s already",
				  request->name);
	const char *line = apikey_line(ctl->arena, request->name, key, request->scopes, request->scope_count);

	if (length > 0 && text[length - 1] != '\n')
		line = arena_format(ctl->arena, "\n%s", line);
	/* One write: the gateway may look at any moment. */
	return write(fd, line, strlen(line)) == (ssize_t)strlen(line) ? OK : file_error(ctl, request->file);
}

static struct err key_add(struct ctl *ctl, const struct request *request, const char *key)
{
	int fd = open(request->file, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return file_error(ctl, request->file);
	struct err err = flock(fd, LOCK_EX) == 0 ? line_append(ctl, fd, request, key) : file_error(ctl, request->file);

	close(fd);
	return err;
}

/* The key alone on stdout, so that `relancectl apikey new … > file` keeps it. */
static int key_show(struct ctl *ctl, const struct request *request, const char *key)
{
	struct table *table = table_new(ctl->arena);

	if (ctl->format == TABLE_FORMAT_PEOPLE)
		return puts(key) < 0 || fflush(stdout) != 0 ? CTL_REFUSED : CTL_DONE;
	table_as_record(table);
	table_column(table, "name", TABLE_TEXT);
	table_column(table, "key", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, request->name);
	table_cell_text(table, key);
	return ctl_table(ctl, table);
}

static int cmd_apikey_new(struct ctl *ctl, int argc, char **argv)
{
	uint8_t random[APIKEY_RANDOM_BYTES];
	char key[APIKEY_TEXT_BYTES];
	struct request request;
	struct err err = request_read(ctl, &request, argc, argv);

	random_bytes(random, sizeof random);
	apikey_make(random, key);
	if (err_ok(err))
		err = key_add(ctl, &request, key);
	return err_ok(err) ? key_show(ctl, &request, key) : ctl_exit(ctl, err);
}

const struct ctl_command APIKEY_COMMANDS[] = {
	{ "apikey", "new", "NAME --scope SCOPE… [--file F]", "make a key of the gateway; printed once, kept as a hash",
	  cmd_apikey_new },
	{ 0 },
};
