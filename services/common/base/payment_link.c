#include "common/base/payment_link.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"

/* Each byte of a fact takes three at most. */
#define MADE_BYTES_MAX ((size_t)16 * 1024)

enum place { NUMBER, REFERENCE, AMOUNT, AMOUNT_MINOR, CURRENCY, CUSTOMER, PLACE_COUNT };

static const char *const names[PLACE_COUNT] = { "{number}",       "{reference}", "{amount}",
						"{amount_minor}", "{currency}",  "{customer}" };

/* PLACE_COUNT where no name stands there. */
static enum place place_at(const char *text)
{
	enum place place = NUMBER;

	while (place < PLACE_COUNT && !text_starts(text, names[place]))
		place++;
	return place;
}

static bool url_byte(char c)
{
	return c > ' ' && c < 127 && !strchr("<>\"\\^`|", c);
}

static struct err refused(const char *message)
{
	return ERR(ERR_INVALID, "payment_link.template", "payment_link", message);
}

struct err payment_link_check(const char *link)
{
	bool found = false;

	if (!text_starts(link, "https://"))
		return refused("a payment link begins with https://");
	if (strlen(link) > PAYMENT_LINK_BYTES_MAX)
		return refused("a payment link has at most 500 bytes");
	for (const char *at = link; *at; at++) {
		enum place place = *at == '{' ? place_at(at) : PLACE_COUNT;

		if (!url_byte(*at) || ((*at == '{' || *at == '}') && place == PLACE_COUNT))
			return refused("a payment link is a URL with {number}, {reference}, {amount}, {amount_minor}, "
				       "{currency} or {customer} in it");
		found = found || place == NUMBER || place == REFERENCE;
		at += place < PLACE_COUNT ? strlen(names[place]) - 1 : 0;
	}
	return found ? OK : refused("a payment link names the invoice: {number} or {reference}");
}

static void append_encoded(struct buf *out, const char *text)
{
	char encoded[4];

	for (; text && *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c);

		snprintf(encoded, sizeof encoded, plain ? "%c" : "%%%02X", c);
		buf_append_text(out, encoded);
	}
}

const char *payment_link_make(struct arena *arena, const char *link, const struct payment_link *facts)
{
	BUF_SCOPE made = { 0 };
	char amount[MONEY_TEXT_BYTES];
	const char *values[PLACE_COUNT] = { [NUMBER] = facts->number,
					    [REFERENCE] = facts->reference,
					    [AMOUNT] = money_format(facts->amount_minor, facts->currency, amount),
					    [AMOUNT_MINOR] =
						    arena_format(arena, "%lld", (long long)facts->amount_minor),
					    [CURRENCY] = facts->currency.code,
					    [CUSTOMER] = facts->customer };

	if (text_empty(link) || facts->amount_minor <= 0)
		return NULL;
	buf_init(&made, MADE_BYTES_MAX);
	for (const char *at = link; *at; at++) {
		enum place place = *at == '{' ? place_at(at) : PLACE_COUNT;

		if (place == PLACE_COUNT) {
			buf_append_char(&made, *at);
			continue;
		}
		append_encoded(&made, values[place]);
		at += strlen(names[place]) - 1;
	}
	CHECK(!made.full);
	return arena_copy(arena, buf_text(&made));
}
