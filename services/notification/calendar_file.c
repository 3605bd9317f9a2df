#include "notification/calendar_file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/log.h"

struct reading {
	yaml_document_t document;
	const char *path;
	struct calendar_country *country;
};

static const char *text_of(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static yaml_node_t *member(struct reading *reading, const yaml_node_t *mapping, const char *key)
{
	if (!mapping || mapping->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start; pair < mapping->data.mapping.pairs.top;
	     pair++) {
		if (text_equal(text_of(yaml_document_get_node(&reading->document, pair->key)), key))
			return yaml_document_get_node(&reading->document, pair->value);
	}
	return NULL;
}

static struct err wrong(const struct reading *reading, const yaml_node_t *node)
{
	log_error("a file of holidays is wrong", LOG_TEXT("file", reading->path),
		  LOG_INT("line", node ? (int64_t)node->start_mark.line + 1 : 1));
	return ERR(ERR_INVALID, "calendar.wrong", "RELANCE_POLICIES", "a file of holidays is wrong");
}

/* "05-01" */
static bool read_day(const char *text, struct holiday *holiday)
{
	struct date date;
	char whole[DATE_TEXT_BYTES] = "2024-"; /* a leap year: 02-29 is a day */
	int year;

	if (!text || strlen(text) != 5)
		return false;
	text_copy(whole + 5, sizeof whole - 5, text);
	if (!err_ok(date_parse(whole, &date)))
		return false;
	date_parts(date, &year, &holiday->month, &holiday->day);
	return true;
}

static bool read_weekday(const char *text, int *weekday)
{
	static const char *const names[] = { "monday", "tuesday",  "wednesday", "thursday",
					     "friday", "saturday", "sunday" };

	for (int i = 0; i < 7; i++) {
		if (text_equal(text, names[i]))
			*weekday = i + 1;
	}
	return *weekday > 0;
}

static struct err read_holiday(struct reading *reading, const yaml_node_t *node)
{
	struct calendar_country *country = reading->country;
	const char *on = text_of(member(reading, node, "on")), *easter = text_of(member(reading, node, "easter"));
	const char *first = text_of(member(reading, node, "first")), *from = text_of(member(reading, node, "from"));
	const char *name = text_of(member(reading, node, "name"));
	struct holiday holiday = { 0 };
	long long offset = 0;
	bool good;

	if (easter)
		good = err_ok(text_to_int64(easter, -60, 80, &offset));
	else if (first)
		good = read_weekday(first, &holiday.weekday) && read_day(from, &holiday);
	else
		good = read_day(on, &holiday);
	if (!good || !name || country->count == CALENDAR_HOLIDAYS_MAX)
		return wrong(reading, node);
	holiday.easter_offset = (int)offset;
	text_copy(holiday.name, sizeof holiday.name, name);
	country->holidays[country->count++] = holiday;
	return OK;
}

static struct err read_country(struct reading *reading)
{
	const yaml_node_t *root = yaml_document_get_root_node(&reading->document);
	const char *code = text_of(member(reading, root, "country"));
	const yaml_node_t *list = member(reading, root, "holidays");

	if (!code || strlen(code) != 2 || !text_of(member(reading, root, "source")) || !list ||
	    list->type != YAML_SEQUENCE_NODE)
		return wrong(reading, root);
	text_copy(reading->country->code, sizeof reading->country->code, code);
	for (yaml_node_item_t *item = list->data.sequence.items.start; item < list->data.sequence.items.top; item++)
		TRY(read_holiday(reading, yaml_document_get_node(&reading->document, *item)));
	return OK;
}

static struct err read_file(const char *path, struct calendar_country *country)
{
	struct reading reading = { .path = path, .country = country };
	FILE *file = fopen(path, "rb");
	yaml_parser_t parser;

	if (!file || !yaml_parser_initialize(&parser)) {
		if (file)
			fclose(file);
		return ERR(ERR_INVALID, "calendar.unreadable", "RELANCE_POLICIES", "a file of holidays cannot be read");
	}
	yaml_parser_set_input_file(&parser, file);

	struct err err = yaml_parser_load(&parser, &reading.document) ? OK : wrong(&reading, NULL);

	if (err_ok(err)) {
		err = read_country(&reading);
		yaml_document_delete(&reading.document);
	}
	yaml_parser_delete(&parser);
	fclose(file);
	return err;
}

static struct err read_folder(DIR *folder, const char *name, struct calendar *calendar)
{
	ARENA_SCOPE arena = arena_new(0);

	for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (!text_ends(entry->d_name, ".yaml"))
			continue;
		if (calendar->count == CALENDAR_COUNTRIES_MAX)
			return ERR(ERR_INVALID, "calendar.too_many", "RELANCE_POLICIES",
				   "at most 64 countries have holidays");
		TRY(read_file(arena_format(arena, "%s/%s", name, entry->d_name),
			      &calendar->countries[calendar->count]));
		calendar->count++;
	}
	return OK;
}

struct err calendar_read(const char *folder, struct calendar **calendar)
{
	ARENA_SCOPE arena = arena_new(0);
	const char *name = arena_format(arena, "%s/holidays", folder);
	struct calendar *made = calloc(1, sizeof *made);
	DIR *open = opendir(name);
	struct err err = OK;

	CHECK(made != NULL);
	made->countries = calloc(CALENDAR_COUNTRIES_MAX, sizeof *made->countries);
	CHECK(made->countries != NULL);
	if (open) {
		err = read_folder(open, name, made);
		closedir(open);
	}
	if (err_ok(err))
		*calendar = made;
	else
		calendar_destroy(&made);
	return err;
}

void calendar_destroy(struct calendar **calendar)
{
	if (!*calendar)
		return;
	free((*calendar)->countries);
	free(*calendar);
	*calendar = NULL;
}
