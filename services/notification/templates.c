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

static const struct file *find(const struct templates *templates, enum language language, const char *name);

/* A message of which one part speaks the customer's language and another English would be read by nobody. */
static struct err check_whole(const struct templates *made, const char *name, enum language language)
{
	static const char *const PARTS[] = { "subject", "txt", "html" };

	for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
		const char *part = arena_format(made->arena, "%s.%s", name, PARTS[i]);

		if (!find(made, language, part))
			return ERR(ERR_INVALID, "template.incomplete",
				   arena_format(made->arena, "%s/%s%s", language_code(language), part, SUFFIX),
				   "the message lacks this part");
	}
	return OK;
}

/* The name of a message that the file is a part of; NULL: the layout, or a block of all messages. */
static const char *message_of(const struct templates *made, const struct file *file)
{
	static const char *const BLOCKS[] = { "layout", "invoices", "payment" };
	const char *name = arena_copy_n(made->arena, file->name, strcspn(file->name, "."));

	for (size_t i = 0; i < sizeof BLOCKS / sizeof *BLOCKS; i++) {
		if (text_equal(name, BLOCKS[i]))
			return NULL;
	}
	return name;
}

static struct err check(const struct templates *made)
{
	struct letter_templates message;

	for (size_t i = 0; i < made->count; i++) {
		const struct file *file = &made->files[i];
		const char *name = message_of(made, file);

		if (!name)
			continue;
		TRY(check_whole(made, name, file->language));
		TRY(check_whole(made, name, LANGUAGE_EN));
		if (!text_ends(file->name, ".subject"))
			continue;
		TRY(templates_find(made, made->arena, file->language, name, &message));
		TRY(letter_check(made->arena, file->language, &message));
	}
	return OK;
}

const char *templates_languages(struct arena *arena)
{
	const char *text = "";

	for (int language = 0; language < LANGUAGE_COUNT; language++)
		text = arena_format(arena, "%s%s%s", text, *text ? ", " : "", language_code((enum language)language));
	return text;
}

struct err templates_check_languages(struct arena *arena, const char *folder)
{
	DIR *dir = opendir(folder);
	struct err err = OK;

	if (!dir)
		return ERR(ERR_INVALID, "template.folder", folder, "the folder of templates cannot be read");
	for (struct dirent *entry = readdir(dir); entry && err_ok(err); entry = readdir(dir)) {
		const char *name = entry->d_name;

		if (name[0] != '.' && entry->d_type == DT_DIR && !language_known(name))
			err = err_format(arena, ERR_INVALID, "template.language",
					 arena_format(arena, "%s/%s", folder, name),
					 "nobody gets messages from here: they are in %s", templates_languages(arena));
	}
	closedir(dir);
	return err;
}

size_t templates_count(const struct templates *templates)
{
	size_t count = 0;

	for (size_t i = 0; i < templates->count; i++)
		count += templates->files[i].language == LANGUAGE_EN && text_ends(templates->files[i].name, ".subject");
	return count;
}

struct err templates_read(const char *folder, struct templates **templates)
{
	struct arena *arena = arena_new(0);
	struct templates *made = arena_alloc(arena, sizeof *made);

	made->arena = arena;
	*templates = made;
	for (int language = 0; language < LANGUAGE_COUNT; language++)
		TRY(read_folder(made, folder, (enum language)language));
	return check(made);
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
	found->language = find(templates, language, arena_format(arena, "%s.txt", name)) ? language : LANGUAGE_EN;
	TRY(find_part(templates, arena, language, name, "html", &found->html));
	TRY(find_part(templates, arena, language, "layout", "txt", &found->layout_text));
	TRY(find_part(templates, arena, language, "layout", "html", &found->layout_html));
	TRY(find_part(templates, arena, language, "invoices", "txt", &found->invoices_text));
	TRY(find_part(templates, arena, language, "invoices", "html", &found->invoices_html));
	TRY(find_part(templates, arena, language, "payment", "txt", &found->payment_text));
	return find_part(templates, arena, language, "payment", "html", &found->payment_html);
}
