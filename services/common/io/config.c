#include "common/io/config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/config_form.h"
#include "common/io/log.h"

#define NAME_PREFIX "RELANCE_"
#define FILE_SUFFIX "_FILE"
#define NAME_BYTES_MAX 128
#define SECRET_BYTES_MAX 4096

/* Names that a whole deployment shares: a process that does not use one of them says nothing of it. */
static const char *const GLOBAL_NAMES[] = {
	"RELANCE_PG",         "RELANCE_REDIS",    "RELANCE_SMTP",     "RELANCE_KEYS",         "RELANCE_BIND",
	"RELANCE_ADMIN",      "RELANCE_WORKERS",  "RELANCE_LOG",      "RELANCE_FEED",         "RELANCE_FEED_REPLAY",
	"RELANCE_TEST_CLOCK", "RELANCE_GRACE_MS", "RELANCE_GATEWAY",  "RELANCE_INVOICING",    "RELANCE_PAYMENTS",
	"RELANCE_CREDIT",     "RELANCE_ROLE",     "RELANCE_CREDITOR", "RELANCE_NOTIFICATION", "RELANCE_API_KEY",
	"RELANCE_API_KEYS",   "RELANCE_MAILDIR",  "RELANCE_RUN",      "RELANCE_STATE",        "RELANCE_SOURCE",
	"RELANCE_BUILD",      "RELANCE_INBOX",    "RELANCE_POLICIES", "RELANCE_TEMPLATES",    "RELANCE_SCHEMA",
};

extern char **environ;

static int mistake(const char *name, const char *what)
{
	fprintf(stderr, "setting %s %s\n", name, what);
	return 1;
}

/* ------------------------------------------------------------------ values */

static int read_secret_file(const char *name, const char *path, const char **value)
{
	FILE *file = fopen(path, "r");

	if (!file)
		return mistake(name, "names a file that cannot be read");
	char *text = calloc(1, SECRET_BYTES_MAX + 2);

	CHECK(text != NULL);
	size_t length = fread(text, 1, SECRET_BYTES_MAX + 1, file);
	int broken = ferror(file);

	fclose(file);
	if (broken || length > SECRET_BYTES_MAX || strlen(text) != length) {
		free(text);
		return mistake(name, "names a file that is too long or no text");
	}
	text[strcspn(text, "\r\n")] = '\0';
	*value = text;
	return 0;
}

static bool secret(const struct setting *setting)
{
	return setting->kind == SETTING_SECRET || setting->kind == SETTING_REDIS;
}

/* The value as text: from the environment, from the file, or the fallback. */
static int raw_value(const struct setting *setting, const char **value)
{
	char file_name[NAME_BYTES_MAX];
	const char *direct = getenv(setting->name);

	snprintf(file_name, sizeof file_name, "%s" FILE_SUFFIX, setting->name);
	const char *path = secret(setting) ? getenv(file_name) : NULL;

	if (direct && path)
		return mistake(setting->name, "is given twice, here and as " FILE_SUFFIX);
	if (path)
		return read_secret_file(file_name, path, value);
	*value = direct ? direct : setting->fallback;
	if (!*value)
		fprintf(stderr, "setting %s is missing: %s\n", setting->name, setting->help);
	return *value ? 0 : 1;
}

static int store_number(const struct setting *setting, const char *value)
{
	long long number;

	if (err_ok(text_to_int64(value, setting->min, setting->max, &number))) {
		*setting->to.number = number;
		return 0;
	}
	fprintf(stderr, "setting %s must be a whole number from %lld to %lld, not \"%s\"\n", setting->name,
		setting->min, setting->max, value);
	return 1;
}

static int store_flag(const struct setting *setting, const char *value)
{
	static const struct {
		const char *text;
		bool flag;
	} WORDS[] = { { "1", true }, { "true", true },   { "yes", true }, { "0", false },
		      { "", false }, { "false", false }, { "no", false } };

	for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++)
		if (text_equal_nocase(value, WORDS[i].text)) {
			*setting->to.flag = WORDS[i].flag;
			return 0;
		}
	return mistake(setting->name, "must be 1 or 0");
}

static int store_text(const struct setting *setting, const char *value)
{
	const char *must = config_form_mistake(setting, value);

	if (!must) {
		*setting->to.text = value;
		return 0;
	}
	if (secret(setting))
		return mistake(setting->name, must);
	fprintf(stderr, "setting %s %s, not \"%s\"\n", setting->name, must, value);
	return 1;
}

static int setting_read(const struct setting *setting)
{
	const char *value = NULL;

	if (raw_value(setting, &value) != 0)
		return 1;
	switch (setting->kind) {
	case SETTING_INT:
		return store_number(setting, value);
	case SETTING_BOOL:
		return store_flag(setting, value);
	case SETTING_TEXT:
	case SETTING_SECRET:
	case SETTING_ENDPOINTS:
	case SETTING_ADDRESS:
	case SETTING_REDIS:
	case SETTING_SMTP:
		return store_text(setting, value);
	}
	return 0;
}

/* ------------------------------------------------------------------ names */

static bool same_name(const char *entry, size_t length, const char *name)
{
	return strlen(name) == length && memcmp(entry, name, length) == 0;
}

static bool known(const char *entry, size_t length, const struct setting *settings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (same_name(entry, length, settings[i].name))
			return true;
	for (size_t i = 0; i < sizeof GLOBAL_NAMES / sizeof GLOBAL_NAMES[0]; i++)
		if (same_name(entry, length, GLOBAL_NAMES[i]))
			return true;
	return false;
}

static void warn_unknown(const struct setting *settings, size_t count)
{
	size_t suffix = strlen(FILE_SUFFIX);

	for (char **entry = environ; *entry; entry++) {
		size_t length = strcspn(*entry, "=");

		if (!text_starts(*entry, NAME_PREFIX) || known(*entry, length, settings, count))
			continue;
		if (length > suffix && memcmp(*entry + length - suffix, FILE_SUFFIX, suffix) == 0 &&
		    known(*entry, length - suffix, settings, count))
			continue;
		fprintf(stderr, "setting %.*s is not known and has no effect\n", (int)length, *entry);
	}
}

int config_read(const struct setting *settings, size_t count)
{
	int mistakes = 0;

	warn_unknown(settings, count);
	for (size_t i = 0; i < count; i++)
		mistakes += setting_read(&settings[i]);
	return mistakes;
}

/* ------------------------------------------------------------------ for people */

static const char *fallback_text(const struct setting *setting)
{
	if (!setting->fallback)
		return "required";
	return text_empty(setting->fallback) ? "optional" : setting->fallback;
}

void config_print_help(const struct setting *settings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("  %-22s %s [%s]%s\n", settings[i].name, settings[i].help, fallback_text(&settings[i]),
		       secret(&settings[i]) ? " (also " FILE_SUFFIX ")" : "");
}

static struct log_field field_of(const struct setting *setting)
{
	switch (setting->kind) {
	case SETTING_INT:
		return LOG_INT(setting->name, *setting->to.number);
	case SETTING_BOOL:
		return LOG_BOOL(setting->name, *setting->to.flag);
	case SETTING_SECRET:
	case SETTING_REDIS:
		return LOG_TEXT(setting->name, text_empty(*setting->to.text) ? "" : "***");
	case SETTING_TEXT:
	case SETTING_ENDPOINTS:
	case SETTING_ADDRESS:
	case SETTING_SMTP:
		break;
	}
	return LOG_TEXT(setting->name, *setting->to.text);
}

void config_log(const struct setting *settings, size_t count)
{
	struct log_field fields[CONFIG_SETTINGS_MAX];

	CHECK(count <= CONFIG_SETTINGS_MAX);
	for (size_t i = 0; i < count; i++)
		fields[i] = field_of(&settings[i]);
	log_write(LOG_INFO, "settings", fields, (int)count);
}
