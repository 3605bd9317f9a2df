#ifndef PAYMENTS_PROFILE_FILE_H
#define PAYMENTS_PROFILE_FILE_H

#include "common/base/arena.h"
#include "payments/formats/csv_profile.h"

/* CSV profiles from YAML (libyaml); README.md in deploy/profiles says what a file holds. A profile's name is that of
 * its file. Everything read lives in `arena`.
 *
 * Errors: ERR_INVALID "profile.…" with field "NAME:LINE" and a sentence; ERR_NOT_FOUND "profile.unreadable". */

#define PROFILE_FILE_BYTES_MAX ((size_t)64 * 1024)

/* `name` stands in the errors. */
MUST_USE struct err profile_file_read(struct arena *arena, const char *name, const char *text, size_t length,
				      struct csv_profile *profile);

/* A file, or with its folder's profiles all of *.yaml there, by name. */
MUST_USE struct err profile_file_load(struct arena *arena, const char *path, struct csv_profile *profile);
MUST_USE struct err profile_folder_load(struct arena *arena, const char *folder, struct csv_profiles *profiles);

/* `asked` (RELANCE_PROFILES) where it is not empty; else ../deploy/profiles beside the program's folder, else
 * /usr/share/relance/profiles. NULL where neither is there, which profile_folder_load takes for no profiles. */
const char *profile_folder(struct arena *arena, const char *asked);

#endif
