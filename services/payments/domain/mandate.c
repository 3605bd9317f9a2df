#include "payments/domain/mandate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/reference.h"
#include "common/base/text.h"
#include "payments/domain/target.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NAME_BYTES_MAX 140 /* a name is transliterated before it is sent; see pain008.h */
#define IDENTIFIER_BYTES_MIN 8
#define IDENTIFIER_BYTES_MAX 35

static const char *const SCHEMES[SCHEME_COUNT] = { [SCHEME_CORE] = "core", [SCHEME_B2B] = "b2b" };
static const char *const STATES[MANDATE_COUNT] = {
	[MANDATE_ACTIVE] = "active", [MANDATE_BLOCKED] = "blocked", [MANDATE_CANCELLED] = "cancelled",
	[MANDATE_LAPSED] = "lapsed", [MANDATE_USED] = "used",
};

static const struct {
	enum mandate_event event;
	enum mandate_state from, to;
	const char *sentence;
} MOVES[] = {
	{ MANDATE_CANCEL, MANDATE_ACTIVE, MANDATE_CANCELLED, "the debtor revoked it" },
	{ MANDATE_CANCEL, MANDATE_BLOCKED, MANDATE_CANCELLED, "the debtor revoked it after a block" },
	{ MANDATE_CANCEL, MANDATE_LAPSED, MANDATE_CANCELLED, "the debtor revoked it after it had lapsed" },
	{ MANDATE_RELEASE, MANDATE_BLOCKED, MANDATE_ACTIVE, "the reason for the block is gone" },
	{ MANDATE_FINISH, MANDATE_ACTIVE, MANDATE_ACTIVE, "its next collection is the last" },
	{ MANDATE_BLOCK, MANDATE_ACTIVE, MANDATE_BLOCKED, "the bank's reason forbids another collection" },
	{ MANDATE_BLOCK, MANDATE_USED, MANDATE_BLOCKED, "the bank's reason forbids to try its last collection again" },
	{ MANDATE_LAPSE, MANDATE_ACTIVE, MANDATE_LAPSED, "36 months without a collection" },
	{ MANDATE_LAPSE, MANDATE_BLOCKED, MANDATE_LAPSED, "36 months without a collection, blocked" },
	{ MANDATE_USE_UP, MANDATE_ACTIVE, MANDATE_USED, "its one or last collection was ordered" },
	{ MANDATE_GIVE_BACK, MANDATE_USED, MANDATE_ACTIVE, "that collection brought no money, and may be tried again" },
};

const char *debit_scheme_name(enum debit_scheme scheme)
{
	CHECK(scheme < SCHEME_COUNT);
	return SCHEMES[scheme];
}

struct err debit_scheme_find(const char *name, enum debit_scheme *scheme)
{
	for (int i = 0; i < SCHEME_COUNT; i++)
		if (text_equal(SCHEMES[i], name)) {
			*scheme = (enum debit_scheme)i;
			return OK;
		}
	return ERR(ERR_INVALID, "mandate.scheme", "scheme", "the schemes are core and b2b");
}

const char *mandate_state_name(enum mandate_state state)
{
	CHECK(state < MANDATE_COUNT);
	return STATES[state];
}

struct err mandate_state_find(const char *name, enum mandate_state *state)
{
	for (int i = 0; i < MANDATE_COUNT; i++)
		if (text_equal(STATES[i], name)) {
			*state = (enum mandate_state)i;
			return OK;
		}
	return ERR(ERR_INVALID, "mandate.state_name", "state", "there is no such state of mandates");
}

bool sepa_text_valid(const char *text, size_t most)
{
	static const char SIGNS[] = "/-?:().,'+ ";
	size_t length = text ? strlen(text) : 0;

	if (length == 0 || length > most || text[0] == '/' || text[length - 1] == '/' || strstr(text, "//"))
		return false;
	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr(SIGNS, *at))
			return false;
	return true;
}

struct err mandate_check(const struct mandate *mandate, struct date today)
{
	if (!sepa_text_valid(mandate->reference, MANDATE_REFERENCE_BYTES_MAX) || strchr(mandate->reference, ' '))
		return ERR(ERR_INVALID, "mandate.reference", "reference",
			   "1 to 35 letters, digits and /-?:().,'+ without blanks are expected");
	if (text_empty(mandate->iban) || !reference_iban_valid(mandate->iban))
		return ERR(ERR_INVALID, "mandate.iban", "iban", "this is no IBAN: its check digits are wrong");
	if (text_empty(mandate->debtor_name) || strlen(mandate->debtor_name) > NAME_BYTES_MAX)
		return ERR(ERR_INVALID, "mandate.debtor_name", "debtor_name", "a name has 1 to 140 bytes");
	if (!date_known(mandate->signed_on) || date_compare(mandate->signed_on, today) > 0)
		return ERR(ERR_INVALID, "mandate.signed_on", "signed_on",
			   "the day of the signature is missing, or lies in the future");
	return OK;
}

struct err mandate_move(struct mandate *mandate, enum mandate_event event, const char *reason)
{
	for (size_t i = 0; i < COUNT(MOVES); i++) {
		if (MOVES[i].event != event || MOVES[i].from != mandate->state)
			continue;
		mandate->state = MOVES[i].to;
		mandate->reason = mandate->state == MANDATE_BLOCKED ? reason : NULL;
		mandate->final = mandate->final || event == MANDATE_FINISH;
		return OK;
	}
	return ERR(ERR_CONFLICT, "mandate.state", "reference", "the mandate's state does not allow this");
}

const char *mandate_sequence_type(const struct mandate *mandate)
{
	if (mandate->one_off)
		return "OOFF";
	if (mandate->final)
		return "FNAL";
	return mandate->collections == 0 ? "FRST" : "RCUR";
}

struct date mandate_valid_until(const struct mandate *mandate)
{
	struct date from = date_known(mandate->last_collected_on) ? mandate->last_collected_on : mandate->signed_on;

	return date_add_months(from, MANDATE_UNUSED_MONTHS_MAX);
}

struct err mandate_collectable(const struct mandate *mandate, struct date collect_on)
{
	switch (mandate->state) {
	case MANDATE_BLOCKED:
		return ERR(ERR_CONFLICT, "mandate.blocked", NULL, "the mandate is blocked by the bank's reason");
	case MANDATE_CANCELLED:
		return ERR(ERR_CONFLICT, "mandate.cancelled", NULL, "the mandate is cancelled");
	case MANDATE_LAPSED:
		return ERR(ERR_CONFLICT, "mandate.lapsed", NULL, "the mandate has lapsed: 36 months unused");
	case MANDATE_USED:
		return ERR(ERR_CONFLICT, "mandate.used", NULL, "the mandate's one or last collection is made");
	default:
		break;
	}
	if (date_compare(collect_on, mandate_valid_until(mandate)) > 0)
		return ERR(ERR_CONFLICT, "mandate.lapsed", NULL, "the mandate has lapsed: 36 months unused");
	if (date_compare(collect_on, mandate->signed_on) < 0)
		return ERR(ERR_CONFLICT, "mandate.not_signed_yet", NULL, "the mandate is signed later than this day");
	return OK;
}

struct err mandate_collected(struct mandate *mandate, struct date collect_on)
{
	if (mandate->one_off || mandate->final)
		TRY(mandate_move(mandate, MANDATE_USE_UP, NULL));
	mandate->collections++;
	if (!date_known(mandate->last_collected_on) || date_compare(mandate->last_collected_on, collect_on) < 0)
		mandate->last_collected_on = collect_on;
	return OK;
}

void mandate_uncollected(struct mandate *mandate)
{
	mandate->collections -= mandate->collections > 0;
	if (mandate->state == MANDATE_USED) {
		struct err err = mandate_move(mandate, MANDATE_GIVE_BACK, NULL);

		CHECK(err_ok(err));
	}
}

struct date debit_reversible_until(enum debit_scheme scheme, struct date settled_on)
{
	return scheme == SCHEME_CORE ? date_add_days(settled_on, CORE_REFUND_DAYS)
				     : target_add(settled_on, B2B_RETURN_TARGET_DAYS);
}

bool creditor_identifier_valid(const char *text)
{
	size_t length = text ? strlen(text) : 0;
	int rest = 0;

	if (length < IDENTIFIER_BYTES_MIN || length > IDENTIFIER_BYTES_MAX || !isupper((unsigned char)text[0]) ||
	    !isupper((unsigned char)text[1]) || !isdigit((unsigned char)text[2]) || !isdigit((unsigned char)text[3]))
		return false;
	/* The national part, then country and check digits; letters count as two digits. */
	for (size_t i = 0; i < length - 7 + 4; i++) {
		unsigned char at = (unsigned char)(i < length - 7 ? text[7 + i] : text[i - (length - 7)]);

		if (!isalnum(at))
			return false;
		rest = isdigit(at) ? (rest * 10 + at - '0') % 97 : (rest * 100 + toupper(at) - 'A' + 10) % 97;
	}
	return rest == 1;
}
