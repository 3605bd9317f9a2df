/* OFX 1 (SGML, whose fields have no end tags) and OFX 2 (XML), read alike: a field is a tag with text behind it, up to
 * the next '<'. Bank, credit card and cash entries of investment accounts.
 *
 * Source: Open Financial Exchange Specification 1.6 and 2.1.1, chapter 11. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/formats/codepage.h"
#include "payments/formats/format.h"
#include "payments/formats/ofx_value.h"
#include "payments/formats/text_amount.h"

#define TAG_BYTES_MAX ((size_t)1024)
#define TEXT_BYTES_MAX ((size_t)64 * 1024)

enum place { OUTSIDE, STATEMENT, ACCOUNT, LEDGER, AVAILABLE, TRANSACTION, OTHER_ACCOUNT, CURRENCY };

struct ofx {
	struct emitter *emitter;
	enum { READ_TEXT, READ_MARKUP, READ_CDATA, READ_COMMENT } reading;
	struct buf tag, text;   /* the tag that was read last, and the text behind it */
	struct buf markup;      /* what is being read between '<' and '>' */
	enum codepage codepage; /* that the header names, for texts that are no UTF-8 */
	int dashes;             /* the last bytes of a comment */
	int64_t line;
	bool carriage; /* the last byte was CR: LF after it ends the same line */
	enum place place;
	struct statement_entry *entry;
	struct statement_balance available;
	bool amount_known;
	bool ended; /* </OFX> */
};

/* ---- texts ---- */

/* NULL where it is empty. */
static const char *value(struct ofx *ofx, struct arena *arena)
{
	const char *bytes = buf_text(&ofx->text);
	bool own = ofx->codepage != CODEPAGE_UTF8 && !text_utf8_valid(bytes, ofx->text.length);
	BUF_SCOPE decoded = { 0 };

	buf_init(&decoded, ofx->text.length * 3 + 1);
	if (own) {
		struct decoder decoder = decoder_make(ofx->codepage);

		decoder_feed(&decoder, bytes, ofx->text.length, &decoded);
	}
	char *text = own ? arena_copy(arena, buf_text(&decoded)) : text_to_utf8(arena, bytes, ofx->text.length);

	for (char *at = text; *at; at++)
		if (*at == '\n' || *at == '\r' || *at == '\t')
			*at = ' ';
	ofx_entities_decode(text);
	text = text_trim(arena, text);
	return text[0] ? text : NULL;
}

/* ---- fields ---- */

static struct err take_currency(struct ofx *ofx, const char *text)
{
	return currency_parse(text, &ofx->emitter->statement.currency);
}

static struct err take_account(struct ofx *ofx, const char *text)
{
	(void)text;
	ofx->emitter->statement.account = value(ofx, ofx->emitter->header);
	return OK;
}

static struct err take_from(struct ofx *ofx, const char *text)
{
	return text_digits(text) < 8 || strspn(text, "0") >= 8 ? OK : ofx_date(text, &ofx->emitter->statement.from);
}

static struct err take_to(struct ofx *ofx, const char *text)
{
	return text_digits(text) < 8 || strspn(text, "0") >= 8 ? OK : ofx_date(text, &ofx->emitter->statement.to);
}

static struct statement_balance *balance_of(struct ofx *ofx)
{
	return ofx->place == LEDGER ? &ofx->emitter->statement.closing : &ofx->available;
}

static struct err take_balance(struct ofx *ofx, const char *text)
{
	struct statement_balance *balance = balance_of(ofx);

	balance->currency = ofx->emitter->statement.currency;
	TRY(ofx_amount(text, balance->currency, &balance->amount_minor));
	text_copy(balance->type, sizeof balance->type, ofx->place == LEDGER ? "LDGR" : "CLAV");
	balance->known = true;
	return OK;
}

/* Banks write nonsense here (dates of zeros): then the balance has no date. */
static struct err take_balance_date(struct ofx *ofx, const char *text)
{
	if (!err_ok(ofx_date(text, &balance_of(ofx)->date)))
		balance_of(ofx)->date = DATE_NONE;
	return OK;
}

static struct err take_posted(struct ofx *ofx, const char *text)
{
	return ofx_date(text, &ofx->entry->booking_date);
}

static struct err take_available_on(struct ofx *ofx, const char *text)
{
	return ofx_date(text, &ofx->entry->value_date);
}

static struct err take_amount(struct ofx *ofx, const char *text)
{
	ofx->amount_known = true;
	return ofx_amount(text, ofx->entry->currency, &ofx->entry->amount_minor);
}

static struct err take_entry_currency(struct ofx *ofx, const char *text)
{
	return currency_parse(text, &ofx->entry->currency);
}

static struct err take_type(struct ofx *ofx, const char *text)
{
	ofx->entry->info.transaction_code = text;
	return OK;
}

static struct err take_bank_ref(struct ofx *ofx, const char *text)
{
	ofx->entry->info.bank_ref = text;
	return OK;
}

static struct err take_entry_ref(struct ofx *ofx, const char *text)
{
	ofx->entry->entry_ref = text;
	return OK;
}

static struct err take_name(struct ofx *ofx, const char *text)
{
	ofx->entry->info.counterparty.name = text;
	return OK;
}

static struct err take_other_account(struct ofx *ofx, const char *text)
{
	ofx->entry->info.counterparty.iban = text;
	return OK;
}

static struct err take_other_bank(struct ofx *ofx, const char *text)
{
	ofx->entry->info.counterparty.bic = text;
	return OK;
}

static struct err take_memo(struct ofx *ofx, const char *text)
{
	struct payment_info *info = &ofx->entry->info;

	if (info->remittance_piece_count > 0)
		return OK;
	*ARENA_PUSH(ofx->emitter->entries, info->remittance_pieces, info->remittance_piece_count) = text;
	info->remittance = text;
	return OK;
}

/* `text` lives as long as the entry. An empty field is as if it were not there. */
static const struct {
	enum place place;
	const char *tag;
	struct err (*take)(struct ofx *ofx, const char *text);
} FIELDS[] = {
	{ STATEMENT, "CURDEF", take_currency },
	{ STATEMENT, "DTSTART", take_from },
	{ STATEMENT, "DTEND", take_to },
	{ ACCOUNT, "ACCTID", take_account },
	{ LEDGER, "BALAMT", take_balance },
	{ LEDGER, "DTASOF", take_balance_date },
	{ AVAILABLE, "BALAMT", take_balance },
	{ AVAILABLE, "DTASOF", take_balance_date },
	{ TRANSACTION, "TRNTYPE", take_type },
	{ TRANSACTION, "DTPOSTED", take_posted },
	{ TRANSACTION, "DTAVAIL", take_available_on },
	{ TRANSACTION, "TRNAMT", take_amount },
	{ TRANSACTION, "FITID", take_bank_ref },
	{ TRANSACTION, "REFNUM", take_entry_ref },
	{ TRANSACTION, "NAME", take_name },
	{ TRANSACTION, "MEMO", take_memo },
	{ OTHER_ACCOUNT, "ACCTID", take_other_account },
	{ OTHER_ACCOUNT, "BANKID", take_other_bank },
	{ CURRENCY, "CURSYM", take_entry_currency },
};

static struct err field_end(struct ofx *ofx)
{
	const char *tag = buf_text(&ofx->tag);

	for (size_t i = 0; i < sizeof FIELDS / sizeof FIELDS[0]; i++) {
		if (FIELDS[i].place != ofx->place || strcmp(FIELDS[i].tag, tag) != 0)
			continue;
		if (arena_used(ofx->emitter->entries) > ENTRY_BYTES_MAX)
			return ERR(ERR_INVALID, "statement.too_large", NULL, "an entry is larger than any bank's");
		const char *text = value(ofx, ofx->emitter->entries);

		return text ? FIELDS[i].take(ofx, text) : OK;
	}
	return OK;
}

/* ---- what holds fields ---- */

static struct err transaction_end(struct ofx *ofx)
{
	struct statement_entry *entry = ofx->entry;

	ofx->entry = NULL;
	if (!entry)
		return OK;
	if (!ofx->amount_known)
		return ERR(ERR_INVALID, "statement.amount", NULL, "an entry has no amount (TRNAMT)");
	return emit_entry(ofx->emitter, entry);
}

static struct err transaction_begin(struct ofx *ofx)
{
	TRY(transaction_end(ofx));
	emit_tidy(ofx->emitter);
	struct statement_entry *entry = arena_alloc(ofx->emitter->entries, sizeof *entry);

	*entry = (struct statement_entry){
		.line = ofx->line,
		.booking_date = DATE_NONE,
		.value_date = DATE_NONE,
		.currency = ofx->emitter->statement.currency,
	};
	ofx->entry = entry;
	ofx->amount_known = false;
	return OK;
}

static struct err statement_end(struct ofx *ofx)
{
	TRY(transaction_end(ofx));
	if (!ofx->emitter->statement.closing.known)
		ofx->emitter->statement.closing = ofx->available;
	return emit_end(ofx->emitter);
}

static struct err statement_begin(struct ofx *ofx)
{
	struct statement *statement = emit_next(ofx->emitter);

	ofx->available = (struct statement_balance){ .date = DATE_NONE };
	statement->format = "ofx";
	statement->version = "OFX";
	statement->line = ofx->line;
	return OK;
}

/* Where a tag leads, from where; and what is done at its start and end. */
static const struct {
	const char *tag;
	enum place from, to;
	struct err (*begin)(struct ofx *ofx);
	struct err (*end)(struct ofx *ofx);
} HOLDERS[] = {
	{ "STMTRS", OUTSIDE, STATEMENT, statement_begin, statement_end },
	{ "CCSTMTRS", OUTSIDE, STATEMENT, statement_begin, statement_end },
	{ "INVSTMTRS", OUTSIDE, STATEMENT, statement_begin, statement_end },
	{ "BANKACCTFROM", STATEMENT, ACCOUNT, NULL, NULL },
	{ "CCACCTFROM", STATEMENT, ACCOUNT, NULL, NULL },
	{ "INVACCTFROM", STATEMENT, ACCOUNT, NULL, NULL },
	{ "LEDGERBAL", STATEMENT, LEDGER, NULL, NULL },
	{ "AVAILBAL", STATEMENT, AVAILABLE, NULL, NULL },
	{ "STMTTRN", STATEMENT, TRANSACTION, transaction_begin, transaction_end },
	{ "BANKACCTTO", TRANSACTION, OTHER_ACCOUNT, NULL, NULL },
	{ "CCACCTTO", TRANSACTION, OTHER_ACCOUNT, NULL, NULL },
	{ "CURRENCY", TRANSACTION, CURRENCY, NULL, NULL },
};

static struct err tag_begin(struct ofx *ofx, const char *tag)
{
	for (size_t i = 0; i < sizeof HOLDERS / sizeof HOLDERS[0]; i++) {
		bool again = ofx->place == HOLDERS[i].to && ofx->place == TRANSACTION; /* its end tag was left out */

		if (strcmp(HOLDERS[i].tag, tag) != 0 || (ofx->place != HOLDERS[i].from && !again))
			continue;
		ofx->place = HOLDERS[i].to;
		return HOLDERS[i].begin ? HOLDERS[i].begin(ofx) : OK;
	}
	return OK;
}

static struct err tag_end(struct ofx *ofx, const char *tag)
{
	ofx->ended |= strcmp(tag, "OFX") == 0;
	for (size_t i = 0; i < sizeof HOLDERS / sizeof HOLDERS[0]; i++) {
		if (strcmp(HOLDERS[i].tag, tag) != 0 || ofx->place != HOLDERS[i].to)
			continue;
		ofx->place = HOLDERS[i].from;
		return HOLDERS[i].end ? HOLDERS[i].end(ofx) : OK;
	}
	return OK;
}

/* ---- bytes ---- */

/* "/NAME", "name attributes": upper case, without attributes. */
static void markup_shorten(struct buf *markup)
{
	size_t length = strcspn(buf_text(markup), " \t\r\n");

	markup->length = length;
	for (size_t i = 0; i < length; i++)
		markup->data[i] = (char)toupper((unsigned char)markup->data[i]);
	if (markup->data)
		markup->data[length] = '\0';
}

/* Version 1 names a code page by number, "CHARSET:1252"; what it calls NONE or ISO-8859-1 is read as any text is. */
static void header_read(struct ofx *ofx)
{
	const char *found = strstr(buf_text(&ofx->text), "CHARSET:");
	char name[8] = "cp";

	if (!found)
		return;
	found += strlen("CHARSET:") + strspn(found + strlen("CHARSET:"), " ");
	snprintf(name, sizeof name, "cp%.*s", (int)text_digits(found), found);
	(void)codepage_find(name, &ofx->codepage);
}

/* A tag is complete: with it ends the field before. */
static struct err markup_take(struct ofx *ofx)
{
	ofx->reading = READ_TEXT;
	if (ofx->tag.length == 0 && ofx->place == OUTSIDE)
		header_read(ofx);
	TRY(field_end(ofx));
	buf_clear(&ofx->text);
	buf_clear(&ofx->tag);
	markup_shorten(&ofx->markup);
	const char *markup = buf_text(&ofx->markup);

	if (markup[0] == '/')
		return tag_end(ofx, markup + 1);
	buf_append_text(&ofx->tag, markup);
	return tag_begin(ofx, markup);
}

static struct err markup_byte(struct ofx *ofx, char byte)
{
	static const char CDATA[] = "![CDATA[";

	if (byte == '>')
		return markup_take(ofx);
	buf_append_char(&ofx->markup, byte);
	if (ofx->markup.length == strlen(CDATA) && memcmp(ofx->markup.data, CDATA, strlen(CDATA)) == 0)
		ofx->reading = READ_CDATA;
	if (ofx->markup.length == 3 && memcmp(ofx->markup.data, "!--", 3) == 0)
		ofx->reading = READ_COMMENT;
	return OK;
}

static struct err comment_byte(struct ofx *ofx, char byte)
{
	if (byte == '>' && ofx->dashes >= 2)
		ofx->reading = READ_TEXT;
	ofx->dashes = byte == '-' ? ofx->dashes + (ofx->dashes < 2) : 0;
	return OK;
}

static struct err text_byte(struct ofx *ofx, char byte)
{
	static const char END[] = "]]>";

	if (ofx->reading == READ_TEXT && byte == '<') {
		buf_clear(&ofx->markup);
		ofx->reading = READ_MARKUP;
		return OK;
	}
	if (byte == '\0')
		return ERR(ERR_INVALID, "statement.malformed", NULL, "a text holds a NUL byte");
	buf_append_char(&ofx->text, byte);
	if (ofx->reading == READ_CDATA && byte == '>' && text_ends(buf_text(&ofx->text), END)) {
		ofx->text.length -= strlen(END);
		ofx->text.data[ofx->text.length] = '\0';
		ofx->reading = READ_TEXT;
	}
	return OK;
}

/* ---- the format ---- */

static void *ofx_open(struct emitter *emitter)
{
	struct ofx *ofx = calloc(1, sizeof *ofx);

	CHECK(ofx != NULL);
	ofx->emitter = emitter;
	ofx->line = 1;
	buf_init(&ofx->tag, TAG_BYTES_MAX);
	buf_init(&ofx->markup, TAG_BYTES_MAX);
	buf_init(&ofx->text, TEXT_BYTES_MAX);
	return ofx;
}

static void ofx_close(void *parser)
{
	struct ofx *ofx = parser;

	buf_release(&ofx->tag);
	buf_release(&ofx->markup);
	buf_release(&ofx->text);
	free(ofx);
}

static struct err byte_take(struct ofx *ofx, char byte)
{
	switch (ofx->reading) {
	case READ_MARKUP:
		return markup_byte(ofx, byte);
	case READ_COMMENT:
		return comment_byte(ofx, byte);
	case READ_TEXT:
	case READ_CDATA:
		break;
	}
	return text_byte(ofx, byte);
}

static struct err ofx_feed(void *parser, const char *bytes, size_t length)
{
	struct ofx *ofx = parser;

	for (size_t i = 0; i < length; i++) {
		ofx->line += bytes[i] == '\r' || (bytes[i] == '\n' && !ofx->carriage);
		ofx->carriage = bytes[i] == '\r';
		TRY(byte_take(ofx, bytes[i]));
		if (ofx->text.full || ofx->markup.full)
			return ERR(ERR_INVALID, "statement.malformed", NULL, "a text or tag is longer than any bank's");
	}
	return OK;
}

static struct err ofx_finish(void *parser)
{
	struct ofx *ofx = parser;

	if (!ofx->ended || ofx->place != OUTSIDE)
		return ERR(ERR_INVALID, "statement.truncated", NULL, "the file ends too early");
	return OK;
}

static int64_t ofx_line(const void *parser)
{
	return ((const struct ofx *)parser)->line;
}

/* The header of version 1 or 2, or the first tag. */
static bool ofx_detect(const char *bytes, size_t length)
{
	static const char *const SIGNS[] = { "OFXHEADER", "<?OFX", "<OFX>" };
	char head[1024];
	size_t kept = length < sizeof head - 1 ? length : sizeof head - 1;

	for (size_t i = 0; i < kept; i++)
		head[i] = (char)(bytes[i] ? toupper((unsigned char)bytes[i]) : ' ');
	head[kept] = '\0';
	for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
		if (strstr(head, SIGNS[i]))
			return true;
	return false;
}

const struct format FORMAT_OFX = {
	.name = "ofx",
	.detect = ofx_detect,
	.open = ofx_open,
	.feed = ofx_feed,
	.finish = ofx_finish,
	.line = ofx_line,
	.close = ofx_close,
};
