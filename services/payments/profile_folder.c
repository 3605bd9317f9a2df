/* Where CSV profiles lie. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"
#include "payments/profile_file.h"

#define FOLDER_INSTALLED "/usr/share/relance/profiles"
#define FOLDER_SOURCE "../deploy/profiles"
#define PATH_BYTES_MAX 4096

static struct err unreadable(struct arena *arena, const char *path)
{
	return err_format(arena, ERR_NOT_FOUND, "profile.unreadable", path, "%s: %s", path, strerror(errno));
}

struct err profile_file_load(struct arena *arena, const char *path, struct csv_profile *profile)
{
	FILE *file = fopen(path, "rb");
	char *text = arena_alloc(arena, PROFILE_FILE_BYTES_MAX + 1);

	if (!file)
		return unreadable(arena, path);
	size_t length = fread(text, 1, PROFILE_FILE_BYTES_MAX + 1, file);
	bool failed = ferror(file) != 0;

	fclose(file);
	if (failed)
		return unreadable(arena, path);
	return profile_file_read(arena, path, text, length, profile);
}

static int is_profile(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && text_ends(entry->d_name, ".yaml");
}

struct err profile_folder_load(struct arena *arena, const char *folder, struct csv_profiles *profiles)
{
	struct dirent **names;
	struct err err = OK;
	int count = folder ? scandir(folder, &names, is_profile, alphasort) : 0;

	if (!folder)
		return OK;
	if (count < 0)
		return unreadable(arena, folder);
	struct csv_profile *list = arena_array(arena, (size_t)count + 1, sizeof *list);
	size_t read = 0;

	for (int i = 0; i < count; i++) {
		if (err_ok(err) && read < CSV_PROFILES_MAX)
			err = profile_file_load(arena, arena_format(arena, "%s/%s", folder, names[i]->d_name),
						&list[read++]);
		free(names[i]);
	}
	free(names);
	if (!err_ok(err))
		return err;
	profiles->list = list;
	profiles->count = read;
	return OK;
}

const char *profile_folder(struct arena *arena, const char *asked)
{
	char path[PATH_BYTES_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);

	if (!text_empty(asked))
		return asked;
	path[length > 0 ? length : 0] = '\0';
	char *slash = strrchr(path, '/');

	if (slash)
		*slash = '\0';
	const char *beside = arena_format(arena, "%s/" FOLDER_SOURCE, path);

	if (access(beside, R_OK | X_OK) == 0)
		return beside;
	return access(FOLDER_INSTALLED, R_OK | X_OK) == 0 ? FOLDER_INSTALLED : NULL;
}
