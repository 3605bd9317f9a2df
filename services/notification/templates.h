#ifndef NOTIFICATION_TEMPLATES_H
#define NOTIFICATION_TEMPLATES_H

#include "notification/domain/letter.h"

/* The texts of RELANCE_TEMPLATES, read once at start: LANGUAGE/NAME.{subject,txt,html}.mustache, and
 * NAME.short.mustache for text messages, where the subject does not do. */

struct templates;

/* Every message is whole in every language that has a part of it, and in English, and uses no name that letters do not
 * have. ERR_INVALID "template.folder", "template.unreadable", "template.incomplete", "template.missing_name",
 * "template.syntax" with the path, and the line, in `field`, which lives as long as *templates: that is to be destroyed
 * after a failure too. */
MUST_USE struct err templates_read(const char *folder, struct templates **templates);
void templates_destroy(struct templates **templates);

/* How many messages there are, by name. */
size_t templates_count(const struct templates *templates);

/* Every folder in `folder` is one of a language that messages can be in. ERR_INVALID "template.language" with its path
 * in `field`; the texts live in the arena. */
MUST_USE struct err templates_check_languages(struct arena *arena, const char *folder);

/* "en, fr, de" */
const char *templates_languages(struct arena *arena);

/* The parts of one message. English stands in for a language that does not have them. ERR_NOT_FOUND "template.unknown"
 * with the file's name in `field`. */
MUST_USE struct err templates_find(const struct templates *templates, struct arena *arena, enum language language,
				   const char *name, struct letter_templates *found);

#endif
