/* What the camt elements that hold others become: a statement's header, a balance, a transaction, an entry. */
#include <string.h>

#include "common/base/text.h"
#include "payments/formats/camt.h"

/* ---- the statement ---- */

void camt_statement_open(struct camt *camt, int attribute_count, const xmlChar **attributes)
{
	struct statement *statement = emit_next(camt->emitter);

	(void)attribute_count;
	(void)attributes;
	statement->format = "camt";
	statement->version = camt->version[0] ? camt->version : NULL;
	statement->kind = text_starts(camt->version, "camt.053") ? STATEMENT_FINAL : STATEMENT_NOTICE;
	statement->line = xml_push_line(&camt->push);
	statement->page = camt->message.page;
	statement->last_page = camt->message.last_page;
	camt->header = (struct camt_header){ .electronic_sequence = -1, .legal_sequence = -1 };
}

static struct statement_balance first_known(const struct statement_balance *const candidates[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (candidates[i]->known)
			return *candidates[i];
	return (struct statement_balance){ .date = DATE_NONE };
}

/* An interim balance (ITBD) ends one page of a statement and begins the next: with one of them alone, what else
 * the page has tells which it is. */
static void choose_balances(struct statement *statement, const struct camt_header *header)
{
	static const struct statement_balance NONE = { .known = false };
	bool opens = header->interim_count > 1 || (header->closing_booked.known && !header->opening_booked.known &&
						   !header->previously_closed.known);
	const struct statement_balance *const openings[] = {
		&header->opening_booked,
		&header->previously_closed,
		opens ? &header->interim_first : &NONE,
		&header->opening_available,
	};
	bool closes = header->interim_count > 1 || !opens;
	const struct statement_balance *const closings[] = {
		&header->closing_booked,
		closes ? &header->interim_last : &NONE,
		&header->closing_available,
	};

	statement->opening = first_known(openings, sizeof openings / sizeof openings[0]);
	statement->closing = first_known(closings, sizeof closings / sizeof closings[0]);
}

/* Called before the first entry, and again at the end for files that give balances late. */
void camt_header_complete(struct camt *camt)
{
	struct statement *statement = &camt->emitter->statement;
	const struct camt_header *header = &camt->header;

	statement->account = header->iban ? header->iban : header->account;
	statement->sequence = header->electronic_sequence >= 0 ? header->electronic_sequence : header->legal_sequence;
	choose_balances(statement, header);
}

struct err camt_statement_close(struct camt *camt, void *member, const char *text, size_t length)
{
	(void)member;
	(void)text;
	(void)length;
	camt_header_complete(camt);
	return emit_end(camt->emitter);
}

/* ---- balances ---- */

void camt_balance_open(struct camt *camt, int attribute_count, const xmlChar **attributes)
{
	(void)attribute_count;
	(void)attributes;
	camt->balance = (struct camt_balance){ .date = DATE_NONE };
}

/* Openings: the first of their type, closings the last; in the account's own currency before any other. */
static void balance_keep(const struct statement *statement, struct statement_balance *kept,
			 const struct statement_balance *balance, bool last)
{
	bool own = currency_equal(balance->currency, statement->currency);
	bool kept_own = currency_equal(kept->currency, statement->currency);

	if (!kept->known || (own && !kept_own) || (own == kept_own && last))
		*kept = *balance;
}

static void balance_sort(struct camt *camt, const struct statement_balance *balance)
{
	struct camt_header *header = &camt->header;
	const struct {
		const char *type;
		struct statement_balance *kept;
		bool last;
	} kinds[] = {
		{ "OPBD", &header->opening_booked, false },   { "PRCD", &header->previously_closed, false },
		{ "CLBD", &header->closing_booked, true },    { "ITBD", &header->interim_first, false },
		{ "ITBD", &header->interim_last, true },      { "OPAV", &header->opening_available, false },
		{ "CLAV", &header->closing_available, true },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].type, balance->type) == 0)
			balance_keep(&camt->emitter->statement, kinds[i].kept, balance, kinds[i].last);
	header->interim_count += strcmp(balance->type, "ITBD") == 0;
}

struct err camt_balance_close(struct camt *camt, void *member, const char *text, size_t length)
{
	struct statement *statement = &camt->emitter->statement;
	const struct camt_balance *read = &camt->balance;
	struct statement_balance balance = { .known = true, .date = read->date, .currency = read->amount.currency };

	(void)member;
	(void)text;
	(void)length;
	if (!read->type || !read->amount.known || strlen(read->type) >= sizeof balance.type)
		return OK;
	if (!currency_known(statement->currency))
		statement->currency = read->amount.currency;
	text_copy(balance.type, sizeof balance.type, read->type);
	balance.amount_minor = read->direction == CAMT_DEBIT ? -read->amount.minor : read->amount.minor;
	balance_sort(camt, &balance);
	return OK;
}

/* ---- what entries and transactions have in common ---- */

static bool same_account(const char *a, const char *b)
{
	return a && b && text_equal_nocase(a, b);
}

static bool party_named(const struct camt_party *party)
{
	return party->name || party->agent_name || party->iban || party->account;
}

static bool party_is_owner(const struct camt_party *party, const struct statement *statement)
{
	if (party->iban || party->account)
		return same_account(party->iban ? party->iban : party->account, statement->account);
	return party->name && statement->account_owner && text_equal_nocase(party->name, statement->account_owner);
}

/* Money in came from the debtor, money out went to the creditor. Returns and reversals often keep the parties of the
 * original payment, and so name the account's owner on that side: then the other side is the one we look for. */
static struct counterparty counterparty_of(const struct camt_transaction *read, const struct statement *statement,
					   bool credit)
{
	const struct camt_party *near = credit ? &read->debtor : &read->creditor;
	const struct camt_party *far = credit ? &read->creditor : &read->debtor;

	if (party_named(far) && !party_is_owner(far, statement) &&
	    (!party_named(near) || party_is_owner(near, statement)))
		near = far;
	return (struct counterparty){
		.name = near->name ? near->name : near->agent_name,
		.iban = near->iban ? near->iban : near->account,
		.bic = near->bic ? near->bic : near->clearing_member,
		.ultimate_name = near->ultimate_name,
	};
}

static const char *code_of(struct arena *arena, const struct camt_transaction *read)
{
	if (read->domain && read->family && read->subfamily)
		return arena_format(arena, "%s/%s/%s", read->domain, read->family, read->subfamily);
	return read->proprietary_code ? read->proprietary_code : read->domain;
}

static const char *joined(struct arena *arena, const struct camt_text_list *list)
{
	size_t bytes = 0;

	if (list->count <= 1)
		return list->count == 1 ? list->items[0] : NULL;
	for (size_t i = 0; i < list->count; i++)
		bytes += strlen(list->items[i]) + 1;
	char *text = arena_alloc(arena, bytes), *to = text;

	for (size_t i = 0; i < list->count; i++) {
		if (i > 0)
			*to++ = ' ';
		to = stpcpy(to, list->items[i]);
	}
	return text;
}

static struct payment_info info_of(struct camt *camt, const struct camt_transaction *read, bool credit)
{
	struct arena *arena = camt->emitter->entries;
	const struct camt_amount *charges = read->charges_total.known ? &read->charges_total : &read->charges_sum;

	return (struct payment_info){
		.bank_ref = read->bank_ref,
		.end_to_end_id = read->end_to_end_id,
		.mandate_id = read->mandate_id,
		.instruction_id = read->instruction_id ? read->instruction_id : read->payment_information_id,
		.counterparty = counterparty_of(read, &camt->emitter->statement, credit),
		.remittance = joined(arena, &read->remittance),
		.remittance_pieces = read->remittance.items,
		.remittance_piece_count = read->remittance.count,
		.creditor_ref = read->creditor_refs.count > 0 ? read->creditor_refs.items[0] : NULL,
		.creditor_refs = read->creditor_refs.items,
		.creditor_ref_count = read->creditor_refs.count,
		.documents = read->documents,
		.document_count = read->document_count,
		.transaction_code = code_of(arena, read),
		.return_reason = read->return_code ? read->return_code : read->return_text,
		.info = read->info,
		.charges_minor = charges->known ? charges->minor : 0,
		.charges_currency = charges->currency,
		.instructed_minor = read->instructed.known ? read->instructed.minor : 0,
		.instructed_currency = read->instructed.currency,
	};
}

/* ---- transactions ---- */

void camt_transaction_open(struct camt *camt, int attribute_count, const xmlChar **attributes)
{
	(void)attribute_count;
	(void)attributes;
	camt->transaction = (struct camt_transaction){ .direction = CAMT_NO_DIRECTION };
}

/* TxDtls/Amt, or before version 04 whichever of AmtDtls is in the entry's currency. */
static struct camt_amount amount_of(const struct camt_transaction *read, struct currency currency)
{
	const struct camt_amount *const candidates[] = { &read->transaction_amount, &read->counter_value,
							 &read->instructed };

	if (read->amount.known)
		return read->amount;
	for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
		if (candidates[i]->known && currency_equal(candidates[i]->currency, currency))
			return *candidates[i];
	return read->transaction_amount;
}

struct err camt_transaction_close(struct camt *camt, void *member, const char *text, size_t length)
{
	struct camt_entry *entry = &camt->entry;
	const struct camt_transaction *read = &camt->transaction;
	bool credit = (read->direction ? read->direction : entry->direction) != CAMT_DEBIT;
	struct camt_amount amount = amount_of(read, entry->own.amount.currency);

	(void)member;
	(void)text;
	(void)length;
	*ARENA_PUSH(camt->emitter->entries, entry->details, entry->detail_count) = (struct entry_detail){
		.amount_minor = credit ? amount.minor : -amount.minor,
		.currency = amount.currency,
		.amount_known = amount.known,
		.info = info_of(camt, read, credit),
	};
	return OK;
}

/* ---- entries ---- */

void camt_entry_open(struct camt *camt, int attribute_count, const xmlChar **attributes)
{
	(void)attribute_count;
	(void)attributes;
	if (!camt->emitter->begun)
		camt_header_complete(camt);
	camt->entry = (struct camt_entry){
		.line = xml_push_line(&camt->push),
		.booking_date = DATE_NONE,
		.value_date = DATE_NONE,
	};
}

/* The only transaction of an entry is the entry: its fields, and the entry's own where it has none. */
static struct payment_info merged(struct payment_info own, const struct entry_detail *detail)
{
	struct payment_info info = detail->info;

	if (own.bank_ref)
		info.bank_ref = own.bank_ref;
	if (!info.instruction_id)
		info.instruction_id = own.instruction_id;
	if (!info.transaction_code)
		info.transaction_code = own.transaction_code;
	if (!info.info)
		info.info = own.info;
	if (!currency_known(info.charges_currency)) {
		info.charges_minor = own.charges_minor;
		info.charges_currency = own.charges_currency;
	}
	if (!currency_known(info.instructed_currency)) {
		info.instructed_minor = own.instructed_minor;
		info.instructed_currency = own.instructed_currency;
	}
	return info;
}

static enum entry_status status_of(const char *status)
{
	return !status || strcmp(status, "BOOK") == 0 ? ENTRY_BOOKED : ENTRY_PENDING;
}

static void single_detail(struct entry_detail *detail, const struct statement_entry *entry)
{
	if (detail->amount_known)
		return;
	detail->amount_minor = entry->amount_minor;
	detail->currency = entry->currency;
	detail->amount_known = true;
}

struct err camt_entry_close(struct camt *camt, void *member, const char *text, size_t length)
{
	struct camt_entry *read = &camt->entry;
	bool credit = read->direction == CAMT_CREDIT;

	(void)member;
	(void)text;
	(void)length;
	if (!read->own.amount.known)
		return ERR(ERR_INVALID, "statement.amount", NULL, "an entry has no amount");
	if (!read->direction)
		return ERR(ERR_INVALID, "statement.direction", NULL, "an entry has no CdtDbtInd");
	struct statement_entry *entry = arena_alloc(camt->emitter->entries, sizeof *entry);

	*entry = (struct statement_entry){
		.line = read->line,
		.status = status_of(read->status),
		.booking_date = read->booking_date,
		.value_date = read->value_date,
		.amount_minor = credit ? read->own.amount.minor : -read->own.amount.minor,
		.currency = read->own.amount.currency,
		.reversal = read->reversal,
		.entry_ref = read->ref,
		.info = info_of(camt, &read->own, credit),
		.details = read->details,
		.detail_count = read->detail_count,
	};
	if (entry->detail_count == 1) {
		single_detail(&entry->details[0], entry);
		entry->info = merged(entry->info, &entry->details[0]);
	}
	return emit_entry(camt->emitter, entry);
}
