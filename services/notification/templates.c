#include "notification/templates.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "notification/domain/template.h"

#define SUFFIX ".mustache"

struct file {
	enum language language;
	const char *name; /* "first_notice.html" */
	const char *path, *text;
};

struct templates {
	struct arena *arena;
	struct file *files;
	size_t count;
};

static struct err read_text(struct arena *arena, const char *path, const char **text)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return ERR(ERR_INVALID, "template.unreadable", path, "the template cannot be read");

	char *bytes = arena_alloc(arena, TEMPLATE_SOURCE_BYTES_MAX + 1);
	size_t length = fread(bytes, 1, TEMPLATE_SOURCE_BYTES_MAX + 1, file);

	fclose(file);
	if (length > TEMPLATE_SOURCE_BYTES_MAX)
		return ERR(ERR_INVALID, "template.too_large", path, "the template is larger than 64 KiB");
	if (!text_utf8_valid(bytes, length))
		return ERR(ERR_INVALID, "template.unreadable", path, "the template is not UTF-8");
	*text = arena_copy_n(arena, bytes, length);
	return OK;
}

static struct err read_folder(struct templates *templates, const char *folder, enum language language)
{
	const char *path = arena_format(templates->arena, "%s/%s", folder, language_code(language));
	DIR *dir = opendir(path);
	struct err err = OK;

	if (!dir)
		return ERR(ERR_INVALID, "template.folder", path, "the folder of templates cannot be read");
	for (struct dirent *entry = readdir(dir); entry && err_ok(err); entry = readdir(dir)) {
		if (!text_ends(entry->d_name, SUFFIX))
			continue;

		struct file *file = ARENA_PUSH(templates->arena, templates->files, templates->count);

		file->language = language;
		file->name = arena_copy_n(templates->arena, entry->d_name, strlen(entry->d_name) - strlen(SUFFIX));
		file->path = arena_format(templates->arena, "%s/%s", path, entry->d_name);
		err = read_text(templates->arena, file->path, &file->text);
	}
	closedir(dir);
	return err;
}

struct err templates_read(const char *folder, struct templates **templates)
{
	struct arena *arena = arena_new(0);
	struct templates *made = arena_alloc(arena, sizeof *made);

	made->arena = arena;
	for (int language = 0; language < LANGUAGE_COUNT; language++) {
		struct err err = read_folder(made, folder, (enum language)language);

		if (!err_ok(err))
			return err; /* the process ends with it, and its arena */
	}
	*templates = made;
	return OK;
}

void templates_destroy(struct templates **templates)
{
	struct arena *arena = *templates ? (*templates)->arena : NULL;

	*templates = NULL;
	if (arena)
		arena_destroy(&arena);
}

static const struct file *find(const struct templates *templates, enum language language, const char *name)
{
	for (size_t i = 0; i < templates->count; i++) {
		if (templates->files[i].language == language && text_equal(templates->files[i].name, name))
			return &templates->files[i];
	}
	return NULL;
}

static struct err find_part(const struct templates *templates, struct arena *arena, enum language language,
			    const char *name, const char *kind, struct template_part *part)
{
	const char *wanted = arena_format(arena, "%s.%s", name, kind);
	const struct file *file = find(templates, language, wanted);

	if (!file)
		file = find(templates, LANGUAGE_EN, wanted);
	if (!file)
		return ERR(ERR_NOT_FOUND, "template.unknown", arena_format(arena, "%s" SUFFIX, wanted),
			   "there is no such template");
	*part = (struct template_part){ file->path, file->text };
	return OK;
}

struct err templates_find(const struct templates *templates, struct arena *arena, enum language language,
			  const char *name, struct letter_templates *found)
{
	TRY(find_part(templates, arena, language, name, "subject", &found->subject));
	if (!err_ok(find_part(templates, arena, language, name, "short", &found->short_text)))
		found->short_text = found->subject;
	TRY(find_part(templates, arena, language, name, "txt", &found->text));
	TRY(find_part(templates, arena, language, name, "html", &found->html));
	TRY(find_part(templates, arena, language, "layout", "txt", &found->layout_text));
	TRY(find_part(templates, arena, language, "layout", "html", &found->layout_html));
	TRY(find_part(templates, arena, language, "invoices", "txt", &found->invoices_text));
	TRY(find_part(templates, arena, language, "invoices", "html", &found->invoices_html));
	TRY(find_part(templates, arena, language, "payment", "txt", &found->payment_text));
	return find_part(templates, arena, language, "payment", "html", &found->payment_html);
}
