#include "notification/policy_file.h"

#include <string.h>
#include <yaml.h>

#include "common/base/text.h"
#include "notification/domain/position.h"

struct reader {
	struct arena *arena;
	const char *name;
	yaml_document_t document;
	struct policy *policy;
	struct policy_step *steps;
	bool after_previous; /* the step in hand is anchored on the one before */
};

static struct err fail_at(const struct reader *reader, int line, const char *reason, const char *message)
{
	return ERR(ERR_INVALID, reason, arena_format(reader->arena, "%s:%d", reader->name, line), message);
}

static int line_of(const yaml_node_t *node)
{
	return (int)node->start_mark.line + 1;
}

static struct err fail(const struct reader *reader, const yaml_node_t *node, const char *reason, const char *message)
{
	return fail_at(reader, line_of(node), reason, message);
}

/* ------------------------------------------------------------------ scalars */

static struct err read_text(struct reader *reader, const yaml_node_t *node, const char **text)
{
	if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0)
		return fail(reader, node, "policy.text_expected", "a text is expected here");
	*text = arena_copy_n(reader->arena, (const char *)node->data.scalar.value, node->data.scalar.length);
	return OK;
}

static struct err read_name(struct reader *reader, const yaml_node_t *node, const char **name)
{
	TRY(read_text(reader, node, name));
	for (const char *c = *name; *c; c++) {
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_') ||
		    c - *name >= POLICY_NAME_BYTES_MAX)
			return fail(reader, node, "policy.name",
				    "a name has at most 40 small letters, digits and underscores");
	}
	return OK;
}

static struct err read_int(struct reader *reader, const yaml_node_t *node, int least, int most, int *number)
{
	const char *text;
	long long value;

	TRY(read_text(reader, node, &text));
	if (!err_ok(text_to_int64(text, least, most, &value)))
		return fail(reader, node, "policy.number",
			    arena_format(reader->arena, "a whole number from %d to %d is expected, not '%s'", least,
					 most, text));
	*number = (int)value;
	return OK;
}

static int two_digits(const char *text)
{
	return text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9'
		       ? (text[0] - '0') * 10 + text[1] - '0'
		       : -1;
}

/* "09:00" */
static struct err read_minute(struct reader *reader, const yaml_node_t *node, int *minute)
{
	const char *text;

	TRY(read_text(reader, node, &text));

	bool shaped = strlen(text) == 5 && text[2] == ':';
	int hours = shaped ? two_digits(text) : -1, minutes = shaped ? two_digits(text + 3) : -1;

	if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
		return fail(reader, node, "policy.time", "a time of day is expected, such as \"09:00\"");
	*minute = hours * 60 + minutes;
	return OK;
}

static struct err read_day(struct reader *reader, void *to, const yaml_node_t *node)
{
	unsigned *days = to;
	const char *text;

	TRY(read_text(reader, node, &text));
	for (unsigned i = 0; i < 7; i++) {
		if (text_equal(text, policy_day_name(i))) {
			*days |= 1U << i;
			return OK;
		}
	}
	return fail(reader, node, "policy.weekday", "a weekday is expected, such as monday");
}

/* ------------------------------------------------------------------ mappings and sequences */

typedef struct err (*member_reader)(struct reader *reader, void *to, const char *key, const yaml_node_t *node);

/* Hands each member to `read`; refuses a key that comes twice. */
static struct err read_mapping(struct reader *reader, const yaml_node_t *node, member_reader read, void *to)
{
	if (node->type != YAML_MAPPING_NODE)
		return fail(reader, node, "policy.mapping_expected", "keys with values are expected here");

	const yaml_node_pair_t *first = node->data.mapping.pairs.start, *end = node->data.mapping.pairs.top;

	for (const yaml_node_pair_t *pair = first; pair < end; pair++) {
		const yaml_node_t *key_node = yaml_document_get_node(&reader->document, pair->key);
		const yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);
		const char *key;

		TRY(read_text(reader, key_node, &key));
		for (const yaml_node_pair_t *other = first; other < pair; other++) {
			const yaml_node_t *seen = yaml_document_get_node(&reader->document, other->key);

			if (text_equal((const char *)seen->data.scalar.value, key))
				return fail(reader, key_node, "policy.key_twice",
					    arena_format(reader->arena, "'%s' is given twice", key));
		}
		TRY(read(reader, to, key, value));
	}
	return OK;
}

static struct err unknown_key(const struct reader *reader, const yaml_node_t *value, const char *key)
{
	return fail(reader, value, "policy.unknown_key", arena_format(reader->arena, "there is no key '%s'", key));
}

typedef struct err (*element_reader)(struct reader *reader, void *to, const yaml_node_t *node);

static struct err read_sequence(struct reader *reader, const yaml_node_t *node, element_reader read, void *to)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return fail(reader, node, "policy.list_expected", "a list is expected here");
	for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
	     item++)
		TRY(read(reader, to, yaml_document_get_node(&reader->document, *item)));
	return OK;
}

static struct err read_amount(struct reader *reader, void *to, const char *key, const yaml_node_t *node)
{
	struct policy_amounts *amounts = to;
	struct policy_amount amount;
	const char *text;

	if (amounts->count == POLICY_AMOUNTS_MAX)
		return fail(reader, node, "policy.too_many_amounts", "at most 32 currencies have an amount");
	TRY(read_text(reader, node, &text));
	if (!err_ok(currency_parse(key, &amount.currency)))
		return fail(reader, node, "policy.currency", "a currency is three letters, such as EUR");
	if (!err_ok(money_parse(text, amount.currency, &amount.minor)) || amount.minor < 0)
		return fail(reader, node, "policy.amount", "an amount is expected, such as 5.00");
	*ARENA_PUSH(reader->arena, amounts->items, amounts->count) = amount;
	return OK;
}

/* ------------------------------------------------------------------ steps */

static struct err read_effect(struct reader *reader, void *to, const yaml_node_t *node)
{
	struct policy_step *step = to;
	const char *effect;

	const struct {
		const char *name;
		bool *flag;
	} effects[] = { { "state_charges", &step->charges },
			{ "registered_letter", &step->letter },
			{ "propose_plan", &step->propose_plan },
			{ "offer_mediation", &step->offer_mediation },
			{ "thanks", &step->thanks },
			{ "cash_only", &step->cash_only },
			{ "court_file", &step->court },
			{ "statement", &step->statement } };

	TRY(read_text(reader, node, &effect));
	for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
		if (text_equal(effect, effects[i].name)) {
			*effects[i].flag = true;
			return OK;
		}
	}
	return fail(
		reader, node, "policy.effect",
		"an effect is state_charges, registered_letter, statement, propose_plan, offer_mediation, cash_only, "
		"court_file or thanks");
}

static struct err read_anchor(struct reader *reader, const yaml_node_t *node, struct policy_step *step)
{
	const char *text;

	TRY(read_text(reader, node, &text));
	reader->after_previous = text_equal(text, "previous");
	if (text_equal(text, "issued"))
		step->anchor = ANCHOR_ISSUED;
	else if (text_equal(text, "delivered"))
		step->anchor = ANCHOR_DELIVERED;
	else if (text_equal(text, "due") || reader->after_previous)
		step->anchor = ANCHOR_DUE;
	else
		return fail(reader, node, "policy.anchor", "an anchor is issued, delivered, due or previous");
	return OK;
}

/* ------------------------------------------------------------------ conditions */

static struct err read_word(struct reader *reader, void *to, const yaml_node_t *node)
{
	struct policy_words *words = to;
	const char *word;

	if (words->count == POLICY_CONDITION_VALUES_MAX)
		return fail(reader, node, "policy.too_many_values", "a condition names at most 16 values");
	TRY(read_text(reader, node, &word));
	*ARENA_PUSH(reader->arena, words->words, words->count) = word;
	return OK;
}

static struct err read_risk(struct reader *reader, void *to, const yaml_node_t *node)
{
	const char *word;

	TRY(read_text(reader, node, &word));
	if (!text_equal(word, "low") && !text_equal(word, "medium") && !text_equal(word, "high") &&
	    !text_equal(word, "severe"))
		return fail(reader, node, "policy.risk_class", "a risk class is low, medium, high or severe");
	return read_word(reader, to, node);
}

static struct err read_true(struct reader *reader, const yaml_node_t *node, bool *flag)
{
	const char *text;

	TRY(read_text(reader, node, &text));
	if (!text_equal(text, "true") && !text_equal(text, "false"))
		return fail(reader, node, "policy.flag", "true or false is expected");
	*flag = text_equal(text, "true");
	return OK;
}

static struct err read_selector(struct reader *reader, void *to, const char *key, const yaml_node_t *node)
{
	struct policy_selector *who = to;

	if (text_equal(key, "risk_classes"))
		return read_sequence(reader, node, read_risk, &who->risk_classes);
	if (text_equal(key, "segments"))
		return read_sequence(reader, node, read_word, &who->segments);
	if (text_equal(key, "languages"))
		return read_sequence(reader, node, read_word, &who->languages);
	if (text_equal(key, "currencies"))
		return read_sequence(reader, node, read_word, &who->currencies);
	if (text_equal(key, "countries"))
		return read_sequence(reader, node, read_word, &who->countries);
	return unknown_key(reader, node, key);
}

static struct err read_condition(struct reader *reader, void *to, const char *key, const yaml_node_t *node)
{
	struct policy_conditions *conditions = to;

	if (text_equal(key, "contact_exists"))
		return read_true(reader, node, &conditions->contact_exists);
	if (text_equal(key, "delivery_proof"))
		return read_true(reader, node, &conditions->delivery_proof);
	if (text_equal(key, "minimum_amounts"))
		return read_mapping(reader, node, read_amount, &conditions->minimums);
	return read_selector(reader, &conditions->who, key, node);
}

static struct err read_channel(struct reader *reader, const yaml_node_t *node, enum policy_channel *channel)
{
	const char *text;

	TRY(read_text(reader, node, &text));
	*channel = policy_channel_find(text);
	if (*channel == CHANNEL_NONE)
		return fail(reader, node, "policy.channel",
			    "a channel is mail, letter, sms, task, internal_mail, hold or file");
	return OK;
}

static struct err read_step_member(struct reader *reader, void *to, const char *key, const yaml_node_t *node)
{
	struct policy_step *step = to;

	if (text_equal(key, "name"))
		return read_name(reader, node, &step->name);
	if (text_equal(key, "template"))
		return read_name(reader, node, &step->template);
	if (text_equal(key, "anchor"))
		return read_anchor(reader, node, step);
	if (text_equal(key, "offset_days"))
		return read_int(reader, node, -POLICY_OFFSET_DAYS_MAX, POLICY_OFFSET_DAYS_MAX, &step->offset_days);
	if (text_equal(key, "offset_business_days")) {
		step->business = true;
		return read_int(reader, node, -POLICY_OFFSET_DAYS_MAX, POLICY_OFFSET_DAYS_MAX, &step->offset_days);
	}
	if (text_equal(key, "conditions"))
		return read_mapping(reader, node, read_condition, &step->conditions);
	if (text_equal(key, "channel"))
		return read_channel(reader, node, &step->channel);
	if (text_equal(key, "fee"))
		return read_mapping(reader, node, read_amount, &step->fees);
	if (text_equal(key, "effects"))
		return read_sequence(reader, node, read_effect, step);
	return unknown_key(reader, node, key);
}

/* The ladder keeps the distance between two steps from the day on which the first left, so days after the previous
 * step are days after the due date, counted on. */
static struct err count_from_previous(const struct reader *reader, const yaml_node_t *node, struct policy_step *step)
{
	const struct policy_step *previous = step - 1;

	if (reader->policy->step_count < 2 || policy_step_is_note(previous) || step->offset_days < 0)
		return fail(reader, node, "policy.no_previous", "a step of the ladder must stand before this one");
	if (previous->business != step->business)
		return fail(reader, node, "policy.mixed_days",
			    "a step after the previous one counts days as that does: calendar or business days");
	step->offset_days += previous->offset_days;
	return OK;
}

static struct err read_step(struct reader *reader, void *to, const yaml_node_t *node)
{
	(void)to;
	if (reader->policy->step_count == POLICY_STEPS_MAX)
		return fail(reader, node, "policy.too_many_steps", "a policy has at most 32 steps");

	struct policy_step *step = ARENA_PUSH(reader->arena, reader->steps, reader->policy->step_count);

	step->line = line_of(node);
	step->anchor = ANCHOR_DUE;
	step->offset_days = INT32_MIN;
	reader->after_previous = false;
	TRY(read_mapping(reader, node, read_step_member, step));
	if (!step->name || step->channel == CHANNEL_NONE || step->offset_days == INT32_MIN)
		return fail(reader, node, "policy.step_incomplete", "a step has a name, a channel and offset_days");
	return reader->after_previous ? count_from_previous(reader, node, step) : OK;
}

/* ------------------------------------------------------------------ the policy */

static struct err read_sending_days(struct reader *reader, const yaml_node_t *node)
{
	unsigned days = 0;

	TRY(read_sequence(reader, node, read_day, &days));
	if (days == 0)
		return fail(reader, node, "policy.no_sending_days", "on some day of the week reminders must leave");
	reader->policy->sending_days = days;
	return OK;
}

static struct err read_without_mail(struct reader *reader, const yaml_node_t *node, bool *letter)
{
	const char *text;

	TRY(read_text(reader, node, &text));
	if (!text_equal(text, "letter") && !text_equal(text, "task"))
		return fail(reader, node, "policy.without_mail",
			    "who has no mail address gets a letter, or a task is made");
	*letter = text_equal(text, "letter");
	return OK;
}

static struct err read_thanks(struct reader *reader, const yaml_node_t *node, int *invoices)
{
	int number;

	TRY(read_int(reader, node, 0, 100, &number));
	if (number > 0 && number < POLICY_THANKS_LEAST)
		return fail(reader, node, "policy.thanks", "fewer than three invoices show no habit; 0 thanks nobody");
	*invoices = number;
	return OK;
}

static struct err read_member(struct reader *reader, void *to, const char *key, const yaml_node_t *node)
{
	struct policy *policy = to;

	if (text_equal(key, "name"))
		return read_name(reader, node, &policy->name);
	if (text_equal(key, "sending_hour"))
		return read_minute(reader, node, &policy->sending_minute);
	if (text_equal(key, "sending_until"))
		return read_minute(reader, node, &policy->sending_until_minute);
	if (text_equal(key, "sending_days"))
		return read_sending_days(reader, node);
	if (text_equal(key, "bank_feed_max_age_days"))
		return read_int(reader, node, 0, POLICY_OFFSET_DAYS_MAX, &policy->bank_feed_max_age_days);
	if (text_equal(key, "note_grace_days"))
		return read_int(reader, node, 0, POLICY_OFFSET_DAYS_MAX, &policy->note_grace_days);
	if (text_equal(key, "contacts_per_week"))
		return read_int(reader, node, 0, POSITION_CONTACTS_MAX, &policy->contacts_per_week);
	if (text_equal(key, "thanks_after"))
		return read_thanks(reader, node, &policy->thanks_after);
	if (text_equal(key, "skip_holidays"))
		return read_true(reader, node, &policy->skip_holidays);
	if (text_equal(key, "post_days"))
		return read_int(reader, node, 0, 30, &policy->post_days);
	if (text_equal(key, "promise_grace_days"))
		return read_int(reader, node, 0, 30, &policy->promise_grace_days);
	if (text_equal(key, "minimum_amounts"))
		return read_mapping(reader, node, read_amount, &policy->minimums);
	if (text_equal(key, "without_mail"))
		return read_without_mail(reader, node, &policy->letter_without_mail);
	if (text_equal(key, "for")) {
		policy->who.line = line_of(node);
		return read_mapping(reader, node, read_selector, &policy->who);
	}
	if (text_equal(key, "steps"))
		return read_sequence(reader, node, read_step, NULL);
	return unknown_key(reader, node, key);
}

static struct err read_policy(struct reader *reader)
{
	const yaml_node_t *root = yaml_document_get_root_node(&reader->document);
	struct policy *policy = reader->policy;
	const struct policy_step *at;

	if (!root)
		return fail_at(reader, 1, "policy.empty", "the file is empty");
	TRY(read_mapping(reader, root, read_member, policy));
	policy->steps = reader->steps;
	if (policy->sending_until_minute <= policy->sending_minute)
		return fail(reader, root, "policy.sending_hours", "sending_until must be later than sending_hour");

	struct err err = policy_check(policy, &at);

	return err_ok(err) ? OK : fail_at(reader, at ? at->line : line_of(root), err.reason, err.message);
}

static struct err load_document(struct reader *reader, yaml_parser_t *parser)
{
	if (yaml_parser_load(parser, &reader->document))
		return OK;
	return fail_at(reader, (int)parser->problem_mark.line + 1, "policy.yaml",
		       arena_copy(reader->arena, parser->problem ? parser->problem : "this is no YAML"));
}

struct err policy_file_read(struct arena *arena, const char *name, const char *text, size_t length,
			    struct policy *policy)
{
	return policy_file_read_as(arena, POLICY_EDITION, name, text, length, policy);
}

struct err policy_file_read_as(struct arena *arena, int edition, const char *name, const char *text, size_t length,
			       struct policy *policy)
{
	struct policy read = { .name = "unnamed",
			       .sending_minute = 9 * 60,
			       .sending_until_minute = 18 * 60,
			       .sending_days = edition < 2 ? POLICY_EVERY_DAY : POLICY_MONDAY_TO_FRIDAY,
			       .bank_feed_max_age_days = 92,
			       .note_grace_days = 3,
			       .post_days = edition < 2 ? 0 : 3,
			       .promise_grace_days = 3,
			       .contacts_per_week = 3,
			       .letter_without_mail = true };
	struct reader reader = { .arena = arena, .name = name, .policy = &read };
	yaml_parser_t parser;

	if (length > POLICY_FILE_BYTES_MAX)
		return fail_at(&reader, 1, "policy.too_large", "a policy file has at most 64 KiB");
	if (!yaml_parser_initialize(&parser))
		return ERR(ERR_INTERNAL, "policy.yaml", NULL, "the YAML parser cannot start");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);

	struct err err = load_document(&reader, &parser);

	if (err_ok(err)) {
		err = read_policy(&reader);
		yaml_document_delete(&reader.document);
	}
	yaml_parser_delete(&parser);
	if (err_ok(err))
		*policy = read;
	return err;
}
