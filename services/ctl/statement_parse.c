/* relancectl statement parse FILE…: what the parser understood, one JSON object a statement and line. Offline. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"
#include "ctl/ctl.h"
#include "payments/formats/statement.h"
#include "payments/profile_file.h"

#define PIECE_BYTES ((size_t)64 * 1024)

/* Entries wait in a file until their statement is complete, and statements until the whole file has been understood:
 * a file that is refused prints nothing, and none is too large. */
struct output {
	const char *path;
	const struct csv_profiles *profiles;
	FILE *statements, *entries;
};

static json_t *text_json(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *date_json(struct date date)
{
	char text[DATE_TEXT_BYTES];

	return date_known(date) ? json_string(date_format(date, text)) : json_null();
}

static json_t *currency_json(struct currency currency)
{
	return currency_known(currency) ? json_string(currency.code) : json_null();
}

static json_t *balance_json(const struct statement_balance *balance, struct currency currency)
{
	if (!balance->known)
		return json_null();
	json_t *object = json_pack("{s:o, s:I}", "date", date_json(balance->date), "amount_minor",
				   (json_int_t)balance->amount_minor);

	if (!currency_equal(balance->currency, currency))
		json_object_set_new(object, "currency", currency_json(balance->currency));
	return object;
}

static json_t *counterparty_json(const struct counterparty *counterparty)
{
	return json_pack("{s:o, s:o, s:o}", "name", text_json(counterparty->name), "iban",
			 text_json(counterparty->iban), "bic", text_json(counterparty->bic));
}

/* The bank's own words stand in where the payer's are not given. */
static const char *remittance_of(const struct payment_info *info)
{
	return info->remittance ? info->remittance : info->info;
}

static void info_json(json_t *object, const struct payment_info *info)
{
	json_object_set_new(object, "bank_ref", text_json(info->bank_ref));
	json_object_set_new(object, "end_to_end_id", text_json(info->end_to_end_id));
	json_object_set_new(object, "mandate_id", text_json(info->mandate_id));
	json_object_set_new(object, "counterparty", counterparty_json(&info->counterparty));
	json_object_set_new(object, "remittance", text_json(remittance_of(info)));
	json_object_set_new(object, "creditor_ref", text_json(info->creditor_ref));
	json_object_set_new(object, "transaction_code", text_json(info->transaction_code));
}

static json_t *detail_json(const struct entry_detail *detail)
{
	json_t *object = json_object();

	json_object_set_new(object, "amount_minor",
			    detail->amount_known ? json_integer(detail->amount_minor) : json_null());
	json_object_set_new(object, "currency", currency_json(detail->currency));
	info_json(object, &detail->info);
	return object;
}

static json_t *entry_json(const struct statement_entry *entry)
{
	json_t *object = json_object(), *details = json_array();

	json_object_set_new(object, "booking_date", date_json(entry->booking_date));
	json_object_set_new(object, "value_date", date_json(entry->value_date));
	json_object_set_new(object, "amount_minor", json_integer(entry->amount_minor));
	json_object_set_new(object, "currency", currency_json(entry->currency));
	json_object_set_new(object, "reversal", json_boolean(entry->reversal));
	info_json(object, &entry->info);
	for (size_t i = 0; i < entry->detail_count; i++)
		json_array_append_new(details, detail_json(&entry->details[i]));
	json_object_set_new(object, "details", details);
	return object;
}

static json_t *header_json(const struct statement *statement)
{
	json_t *object = json_object();

	json_object_set_new(object, "format", text_json(statement->version ? statement->version : statement->format));
	json_object_set_new(object, "account", text_json(statement->account));
	json_object_set_new(object, "currency", currency_json(statement->currency));
	json_object_set_new(object, "statement_id", text_json(statement->statement_id));
	json_object_set_new(object, "sequence",
			    statement->sequence >= 0 ? json_integer(statement->sequence) : json_null());
	json_object_set_new(object, "opening", balance_json(&statement->opening, statement->currency));
	json_object_set_new(object, "closing", balance_json(&statement->closing, statement->currency));
	return object;
}

/* Writes the object (without its braces where `flags` say so) and releases it. */
static struct err dump(FILE *to, json_t *object, size_t flags)
{
	int failed = json_dumpf(object, to, flags | JSON_COMPACT);

	json_decref(object);
	if (failed)
		return ERR(ERR_EXHAUSTED, "statement.output", NULL, "the temporary file cannot be written");
	return OK;
}

static struct err entry_write(void *context, const struct statement *statement, const struct statement_entry *entry)
{
	struct output *output = context;

	(void)statement;
	if (entry->status != ENTRY_BOOKED)
		return OK;
	if (ftell(output->entries) > 0)
		fputc(',', output->entries);
	return dump(output->entries, entry_json(entry), 0);
}

static struct err append(FILE *from, FILE *to)
{
	char piece[PIECE_BYTES];
	size_t got;

	rewind(from);
	while ((got = fread(piece, 1, sizeof piece, from)) > 0)
		if (fwrite(piece, 1, got, to) != got)
			break;
	if (ferror(from) || ferror(to))
		return ERR(ERR_EXHAUSTED, "statement.output", NULL, "the output cannot be written");
	return OK;
}

static struct err empty(FILE *file)
{
	rewind(file);
	if (ftruncate(fileno(file), 0) != 0)
		return ERR(ERR_EXHAUSTED, "statement.output", NULL, "the temporary file cannot be emptied");
	return OK;
}

static struct err statement_write(void *context, const struct statement *statement)
{
	static const char *const BALANCE[] = {
		[BALANCE_UNKNOWN] = "null", [BALANCE_OK] = "true", [BALANCE_OFF] = "false"
	};
	struct output *output = context;

	if (statement->note)
		fprintf(stderr, "%s:%" PRId64 ": note: %s\n", output->path, statement->line, statement->note);
	if (statement->cut)
		fprintf(stderr, "%s:%" PRId64 ": note: statement.cut\n", output->path, statement->line);
	fputc('{', output->statements);
	TRY(dump(output->statements, header_json(statement), JSON_EMBED));
	fputs(",\"entries\":[", output->statements);
	TRY(append(output->entries, output->statements));
	fprintf(output->statements, "],\"balance_ok\":%s}\n", BALANCE[statement->balance]);
	return empty(output->entries);
}

static struct err file_read(struct statement_reader *reader, FILE *file)
{
	char piece[PIECE_BYTES];
	size_t got;

	while ((got = fread(piece, 1, sizeof piece, file)) > 0)
		TRY(statement_reader_feed(reader, piece, got));
	if (ferror(file))
		return ERR(ERR_INVALID, "file.unreadable", NULL, strerror(errno));
	return statement_reader_finish(reader);
}

/* Prints `path:line: sentence (reason)` where the file is refused. */
static bool file_parse(struct output *output)
{
	const char *path = output->path;
	const struct statement_sink sink = { .entry = entry_write, .end = statement_write, .context = output };
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);

	statement_reader_profiles(reader, output->profiles);
	struct err err = file_read(reader, file);

	if (file != stdin)
		fclose(file);
	if (err_ok(err))
		err = append(output->statements, stdout);
	if (!err_ok(err))
		fprintf(stderr, "%s:%" PRId64 ": %s (%s)\n", path, statement_reader_line(reader), err.message,
			err.reason);
	return err_ok(err);
}

/* `asked` is the name of a profile in the folder, or a file; NULL: all of the folder, for the one that fits. */
static struct err profiles_load(struct ctl *ctl, const char *asked, struct csv_profiles *profiles)
{
	const char *folder = profile_folder(ctl->arena, getenv("RELANCE_PROFILES"));

	if (!asked || (!strchr(asked, '/') && !text_ends(asked, ".yaml"))) {
		profiles->only = asked;
		return profile_folder_load(ctl->arena, folder, profiles);
	}
	struct csv_profile *profile = arena_alloc(ctl->arena, sizeof *profile);

	TRY(profile_file_load(ctl->arena, asked, profile));
	profiles->list = profile;
	profiles->count = 1;
	profiles->only = profile->name;
	return OK;
}

static struct err options_read(struct ctl *ctl, int *argc, char **argv, struct csv_profiles *profiles)
{
	const char *profile = NULL, *currency = NULL;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--profile", &profile),
					      CTL_OPTION_TEXT("--account", &profiles->account),
					      CTL_OPTION_TEXT("--currency", &currency) };

	TRY(ctl_options(ctl, options, sizeof options / sizeof options[0], argc, argv, 1, CTL_WORDS_MAX));
	if (currency)
		TRY(currency_parse(currency, &profiles->currency));
	return profiles_load(ctl, profile, profiles);
}

static int cmd_statement_parse(struct ctl *ctl, int argc, char **argv)
{
	int code = CTL_DONE;
	struct csv_profiles profiles = { .list = NULL };
	struct err err = options_read(ctl, &argc, argv, &profiles);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	for (int i = 0; i < argc; i++) {
		struct output output = { argv[i], &profiles, .statements = tmpfile(), .entries = tmpfile() };

		if (!output.statements || !output.entries)
			return ctl_exit(ctl,
					ERR(ERR_EXHAUSTED, "statement.output", NULL, "no temporary file can be made"));
		if (!file_parse(&output))
			code = CTL_REFUSED;
		fclose(output.statements);
		fclose(output.entries);
	}
	return fflush(stdout) == 0 ? code : CTL_REFUSED;
}

const struct ctl_command STATEMENT_PARSE_COMMANDS[] = {
	{ "statement", "parse", "FILE… [--profile NAME|FILE] [--account A] [--currency C]",
	  "what the parser understands, one JSON object a statement; offline", cmd_statement_parse },
	{ 0 },
};
