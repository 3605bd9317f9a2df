#include "payments/profile_file.h"

#include <string.h>
#include <yaml.h>

#include "common/base/text.h"

struct reader {
	struct arena *arena;
	const char *name;
	yaml_document_t document;
	struct csv_profile *profile;
};

static struct err fail_at(const struct reader *reader, size_t line, const char *reason, const char *message)
{
	return ERR(ERR_INVALID, reason, arena_format(reader->arena, "%s:%zu", reader->name, line + 1), message);
}

static struct err fail(const struct reader *reader, const yaml_node_t *node, const char *reason, const char *message)
{
	return fail_at(reader, node->start_mark.line, reason, message);
}

/* ------------------------------------------------------------------ values */

static struct err read_text(struct reader *reader, const yaml_node_t *node, const char **text)
{
	if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0)
		return fail(reader, node, "profile.text_expected", "a text is expected here");
	*text = arena_copy_n(reader->arena, (const char *)node->data.scalar.value, node->data.scalar.length);
	return OK;
}

static struct err name_add(struct reader *reader, const yaml_node_t *node, struct csv_names *names)
{
	const char *name;

	TRY(read_text(reader, node, &name));
	if (names->count == CSV_NAMES_MAX)
		return fail(reader, node, "profile.too_many_names", "a column has at most 64 names");
	*ARENA_PUSH(reader->arena, names->names, names->count) = name;
	return OK;
}

/* A text, or a list of them. */
static struct err read_names(struct reader *reader, const yaml_node_t *node, struct csv_names *names)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return name_add(reader, node, names);
	for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
	     item++)
		TRY(name_add(reader, yaml_document_get_node(&reader->document, *item), names));
	return OK;
}

struct word {
	const char *word;
	int value;
};

static struct err read_word(struct reader *reader, const yaml_node_t *node, const struct word *words, int *value)
{
	const char *text, *known = "";

	TRY(read_text(reader, node, &text));
	for (const struct word *at = words; at->word; at++) {
		if (text_equal(text, at->word)) {
			*value = at->value;
			return OK;
		}
		known = arena_format(reader->arena, "%s%s%s", known, known[0] ? ", " : "", at->word);
	}
	return fail(reader, node, "profile.word",
		    arena_format(reader->arena, "one of %s is expected, not '%s'", known, text));
}

static struct err read_flag(struct reader *reader, const yaml_node_t *node, bool *flag)
{
	static const struct word FLAGS[] = { { "true", 1 }, { "false", 0 }, { 0 } };
	int value;

	TRY(read_word(reader, node, FLAGS, &value));
	*flag = value != 0;
	return OK;
}

/* ------------------------------------------------------------------ mappings */

typedef struct err (*member_reader)(struct reader *reader, const char *key, const yaml_node_t *node);

static struct err read_mapping(struct reader *reader, const yaml_node_t *node, member_reader read)
{
	if (node->type != YAML_MAPPING_NODE)
		return fail(reader, node, "profile.mapping_expected", "keys with values are expected here");
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top;
	     pair++) {
		const yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);
		const char *key;

		TRY(read_text(reader, yaml_document_get_node(&reader->document, pair->key), &key));
		TRY(read(reader, key, value));
	}
	return OK;
}

static struct err unknown_key(const struct reader *reader, const yaml_node_t *node, const char *key)
{
	return fail(reader, node, "profile.unknown_key", arena_format(reader->arena, "there is no key '%s'", key));
}

/* Names may be given once. */
static struct err names_take(struct reader *reader, const char *key, const yaml_node_t *node, struct csv_names *names)
{
	if (names->count > 0)
		return fail(reader, node, "profile.key_twice", arena_format(reader->arena, "'%s' is given twice", key));
	return read_names(reader, node, names);
}

static const struct word ROLES[] = {
	{ "date", CSV_BOOKED },
	{ "value_date", CSV_VALUE_DATE },
	{ "amount", CSV_AMOUNT },
	{ "debit", CSV_DEBIT },
	{ "credit", CSV_CREDIT },
	{ "mark", CSV_MARK },
	{ "fee", CSV_FEE },
	{ "currency", CSV_CURRENCY },
	{ "account", CSV_ACCOUNT },
	{ "balance", CSV_BALANCE },
	{ "status", CSV_STATUS },
	{ "bank_ref", CSV_BANK_REF },
	{ "iban", CSV_IBAN },
	{ "end_to_end_id", CSV_END_TO_END },
	{ "mandate_id", CSV_MANDATE },
	{ "counterparty", CSV_NAME },
	{ "bic", CSV_BIC },
	{ "remittance", CSV_REMITTANCE },
	{ "code", CSV_CODE },
	{ 0 },
};

static struct err read_columns(struct reader *reader, const char *key, const yaml_node_t *node, bool required)
{
	for (const struct word *role = ROLES; role->word; role++) {
		if (!text_equal(role->word, key))
			continue;
		struct csv_names *names = &reader->profile->columns[role->value];

		TRY(names_take(reader, key, node, names));
		names->required = required;
		return OK;
	}
	return unknown_key(reader, node, key);
}

static struct err read_required(struct reader *reader, const char *key, const yaml_node_t *node)
{
	return read_columns(reader, key, node, true);
}

static struct err read_optional(struct reader *reader, const char *key, const yaml_node_t *node)
{
	return read_columns(reader, key, node, false);
}

static struct err read_fact(struct reader *reader, const char *key, const yaml_node_t *node)
{
	static const struct word FACTS[] = { { "account", CSV_FACT_ACCOUNT },
					     { "currency", CSV_FACT_CURRENCY },
					     { "opening", CSV_FACT_OPENING },
					     { "closing", CSV_FACT_CLOSING },
					     { 0 } };

	for (const struct word *fact = FACTS; fact->word; fact++)
		if (text_equal(fact->word, key))
			return names_take(reader, key, node, &reader->profile->facts[fact->value]);
	return unknown_key(reader, node, key);
}

/* ------------------------------------------------------------------ the profile */

static struct err read_about(struct reader *reader, const yaml_node_t *node)
{
	return read_text(reader, node, &reader->profile->about);
}

static struct err read_separator(struct reader *reader, const yaml_node_t *node)
{
	const char *text;

	TRY(read_text(reader, node, &text));
	if (strspn(text, ";,\t|") != strlen(text))
		return fail(reader, node, "profile.separator",
			    "a separator is a semicolon, comma, tabulator or |; several are tried in turn");
	reader->profile->separators = text;
	return OK;
}

static struct err read_encoding(struct reader *reader, const yaml_node_t *node)
{
	const char *text;

	TRY(read_text(reader, node, &text));
	if (!codepage_find(text, &reader->profile->codepage))
		return fail(reader, node, "profile.encoding",
			    "an encoding is utf-8, utf-16, latin-1, cp1252, cp1250, cp850 or cp852");
	return OK;
}

static struct err read_decimal(struct reader *reader, const yaml_node_t *node)
{
	static const struct word SIGNS[] = { { ".", '.' }, { ",", ',' }, { "any", '\0' }, { 0 } };
	int sign;

	TRY(read_word(reader, node, SIGNS, &sign));
	reader->profile->decimal = (char)sign;
	return OK;
}

static struct err read_dates(struct reader *reader, const yaml_node_t *node)
{
	static const struct word ORDERS[] = {
		{ "ymd", CSV_DATES_ISO }, { "dmy", CSV_DATES_DMY }, { "mdy", CSV_DATES_MDY }, { 0 }
	};
	int order;

	TRY(read_word(reader, node, ORDERS, &order));
	reader->profile->dates = (enum csv_dates)order;
	return OK;
}

static struct err read_sign(struct reader *reader, const yaml_node_t *node)
{
	static const struct word SIGNS[] = { { "signed", CSV_SIGNED },
					     { "inverted", CSV_INVERTED },
					     { "columns", CSV_COLUMNS },
					     { "marks", CSV_MARKS },
					     { 0 } };
	int sign;

	TRY(read_word(reader, node, SIGNS, &sign));
	reader->profile->sign = (enum csv_sign)sign;
	return OK;
}

static struct err read_cells(struct reader *reader, const yaml_node_t *node)
{
	const char *text;
	long long cells;

	TRY(read_text(reader, node, &text));
	if (!err_ok(text_to_int64(text, 2, CSV_CELLS_MAX, &cells)))
		return fail(reader, node, "profile.number", "a number of columns is 2 to 256");
	reader->profile->cells = (int)cells;
	return OK;
}

static struct err read_currency(struct reader *reader, const yaml_node_t *node)
{
	const char *text;

	TRY(read_text(reader, node, &text));
	if (!err_ok(currency_parse(text, &reader->profile->currency)))
		return fail(reader, node, "profile.currency", "a currency is three letters, such as EUR");
	return OK;
}

static struct err read_account(struct reader *reader, const yaml_node_t *node)
{
	return read_text(reader, node, &reader->profile->account);
}

static struct err read_minor_units(struct reader *reader, const yaml_node_t *node)
{
	return read_flag(reader, node, &reader->profile->minor_units);
}

static struct err read_balance_before(struct reader *reader, const yaml_node_t *node)
{
	return read_flag(reader, node, &reader->profile->balance_before);
}

static struct err read_extra_columns(struct reader *reader, const yaml_node_t *node)
{
	return read_flag(reader, node, &reader->profile->extra_columns);
}

static struct err read_fallback(struct reader *reader, const yaml_node_t *node)
{
	return read_flag(reader, node, &reader->profile->fallback);
}

static struct err read_manual(struct reader *reader, const yaml_node_t *node)
{
	return read_flag(reader, node, &reader->profile->manual);
}

static struct err read_debit_marks(struct reader *reader, const yaml_node_t *node)
{
	return names_take(reader, "debit_marks", node, &reader->profile->debit_marks);
}

static struct err read_credit_marks(struct reader *reader, const yaml_node_t *node)
{
	return names_take(reader, "credit_marks", node, &reader->profile->credit_marks);
}

static struct err read_unbooked(struct reader *reader, const yaml_node_t *node)
{
	return names_take(reader, "unbooked", node, &reader->profile->unbooked);
}

static struct err read_all_required(struct reader *reader, const yaml_node_t *node)
{
	return read_mapping(reader, node, read_required);
}

static struct err read_all_optional(struct reader *reader, const yaml_node_t *node)
{
	return read_mapping(reader, node, read_optional);
}

static struct err read_facts(struct reader *reader, const yaml_node_t *node)
{
	return read_mapping(reader, node, read_fact);
}

static const struct {
	const char *key;
	struct err (*read)(struct reader *reader, const yaml_node_t *node);
} KEYS[] = {
	{ "about", read_about },
	{ "separator", read_separator },
	{ "encoding", read_encoding },
	{ "decimal", read_decimal },
	{ "dates", read_dates },
	{ "sign", read_sign },
	{ "debit_marks", read_debit_marks },
	{ "credit_marks", read_credit_marks },
	{ "unbooked", read_unbooked },
	{ "columns_without_header", read_cells },
	{ "currency", read_currency },
	{ "account", read_account },
	{ "minor_units", read_minor_units },
	{ "balance_before", read_balance_before },
	{ "extra_columns", read_extra_columns },
	{ "fallback", read_fallback },
	{ "manual", read_manual },
	{ "columns", read_all_required },
	{ "optional", read_all_optional },
	{ "beside", read_facts },
};

static struct err read_member(struct reader *reader, const char *key, const yaml_node_t *node)
{
	for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
		if (text_equal(KEYS[i].key, key))
			return KEYS[i].read(reader, node);
	return unknown_key(reader, node, key);
}

static bool has(const struct csv_profile *profile, enum csv_role role)
{
	return profile->columns[role].required;
}

/* A profile that could not tell what a row moves. */
static const char *lacking(const struct csv_profile *profile)
{
	if (!has(profile, CSV_BOOKED))
		return "columns needs a date";
	if (profile->sign == CSV_COLUMNS)
		return has(profile, CSV_DEBIT) && has(profile, CSV_CREDIT) ? NULL : "columns needs debit and credit";
	if (!has(profile, CSV_AMOUNT))
		return "columns needs an amount";
	if (profile->sign == CSV_MARKS &&
	    (!has(profile, CSV_MARK) || profile->debit_marks.count == 0 || profile->credit_marks.count == 0))
		return "marks needs a column mark, debit_marks and credit_marks";
	return NULL;
}

static struct err read_profile(struct reader *reader)
{
	const yaml_node_t *root = yaml_document_get_root_node(&reader->document);

	if (!root)
		return fail_at(reader, 0, "profile.empty", "the file is empty");
	TRY(read_mapping(reader, root, read_member));
	const char *message = lacking(reader->profile);

	return message ? fail(reader, root, "profile.incomplete", message) : OK;
}

static struct err load_document(struct reader *reader, yaml_parser_t *parser)
{
	if (yaml_parser_load(parser, &reader->document))
		return OK;
	return fail_at(reader, parser->problem_mark.line, "profile.yaml",
		       arena_copy(reader->arena, parser->problem ? parser->problem : "this is no YAML"));
}

/* "ing-nl" of "deploy/profiles/ing-nl.yaml". */
static const char *profile_name(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return arena_copy_n(arena, name, strlen(name) - (text_ends(name, ".yaml") ? strlen(".yaml") : 0));
}

struct err profile_file_read(struct arena *arena, const char *name, const char *text, size_t length,
			     struct csv_profile *profile)
{
	struct csv_profile read = { .name = profile_name(arena, name), .about = "", .separators = ",", .decimal = '.' };
	struct reader reader = { .arena = arena, .name = name, .profile = &read };
	yaml_parser_t parser;

	if (length > PROFILE_FILE_BYTES_MAX)
		return fail_at(&reader, 0, "profile.too_large", "a profile has at most 64 KiB");
	if (!yaml_parser_initialize(&parser))
		return ERR(ERR_INTERNAL, "profile.yaml", NULL, "the YAML parser cannot start");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	struct err err = load_document(&reader, &parser);

	if (err_ok(err)) {
		err = read_profile(&reader);
		yaml_document_delete(&reader.document);
	}
	yaml_parser_delete(&parser);
	if (err_ok(err))
		*profile = read;
	return err;
}
