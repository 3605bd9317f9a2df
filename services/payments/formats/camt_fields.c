/* The elements of camt.052, .053 and .054 that we read, of all versions 001.02 to 001.13: where an element has moved
 * between versions, both places are listed. What is not listed is skipped with all below it. */
#include <stddef.h>
#include <string.h>

#include "common/base/text.h"
#include "payments/formats/camt.h"

static struct arena *arena_of(const struct camt *camt)
{
	return camt->emitter->entries;
}

void *camt_base(struct camt *camt, enum camt_target target)
{
	switch (target) {
	case CAMT_MESSAGE:
		return &camt->message;
	case CAMT_STATEMENT:
		return &camt->emitter->statement;
	case CAMT_HEADER:
		return &camt->header;
	case CAMT_BALANCE:
		return &camt->balance;
	case CAMT_ENTRY:
		return &camt->entry;
	case CAMT_TRANSACTION:
		return &camt->transaction;
	}
	return NULL;
}

/* ---- how a text is taken ---- */

/* Line ends and what indents the next line are one blank. */
static const char *text_of(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_copy_n(arena, text, length), *to = copy;

	if (!memchr(copy, '\n', length) && !memchr(copy, '\t', length))
		return copy;
	for (const char *from = copy; *from;) {
		size_t blanks = strspn(from, " \t\r\n");

		if (blanks > 0 && strcspn(from, "\t\r\n") < blanks) {
			*to++ = ' ';
			from += blanks;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return copy;
}

/* The first one counts where an element that should come once comes again. */
static struct err take_text(struct camt *camt, void *member, const char *text, size_t length)
{
	const char **to = member;

	if (length > 0 && !*to)
		*to = text_of(arena_of(camt), text, length);
	return OK;
}

static struct err take_header_text(struct camt *camt, void *member, const char *text, size_t length)
{
	const char **to = member;

	if (length > 0 && !*to)
		*to = text_of(camt->emitter->header, text, length);
	return OK;
}

static const char *without_blanks(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_copy_n(arena, text, length), *to = copy;

	for (const char *from = copy; *from; from++)
		if (!strchr(" \t\r\n", *from))
			*to++ = *from;
	*to = '\0';
	return copy;
}

static struct err take_iban(struct camt *camt, void *member, const char *text, size_t length)
{
	const char **to = member;

	if (length > 0 && !*to)
		*to = without_blanks(arena_of(camt), text, length);
	return OK;
}

static struct err take_header_iban(struct camt *camt, void *member, const char *text, size_t length)
{
	const char **to = member;

	if (length > 0 && !*to)
		*to = without_blanks(camt->emitter->header, text, length);
	return OK;
}

/* A reference, unless the text only says that there is none. */
static struct err take_reference(struct camt *camt, void *member, const char *text, size_t length)
{
	if (text_equal_nocase(text, "NOTPROVIDED") || text_equal_nocase(text, "NONREF"))
		return OK;
	return take_text(camt, member, text, length);
}

static struct err take_piece(struct camt *camt, void *member, const char *text, size_t length)
{
	struct camt_text_list *list = member;

	if (length > 0)
		*ARENA_PUSH(arena_of(camt), list->items, list->count) = text_of(arena_of(camt), text, length);
	return OK;
}

/* xs:date or xs:dateTime, with or without a zone: the date as the bank wrote it. */
static struct err take_date(struct camt *camt, void *member, const char *text, size_t length)
{
	char day[DATE_TEXT_BYTES];
	struct date *date = member;

	(void)camt;
	if (length == 0 || date_known(*date))
		return OK;
	text_copy(day, sizeof day, text);
	return date_parse(day, date);
}

static struct err take_number(struct camt *camt, void *member, const char *text, size_t length)
{
	long long value;

	(void)camt;
	if (length > 0 && err_ok(text_to_int64(text, 0, INT64_MAX, &value)))
		*(int64_t *)member = value;
	return OK;
}

static struct err take_flag(struct camt *camt, void *member, const char *text, size_t length)
{
	(void)camt;
	(void)length;
	*(bool *)member = text_equal(text, "true") || text_equal(text, "1");
	return OK;
}

static struct err take_currency(struct camt *camt, void *member, const char *text, size_t length)
{
	(void)camt;
	return length == 0 ? OK : currency_parse(text, member);
}

static struct err take_direction(struct camt *camt, void *member, const char *text, size_t length)
{
	(void)camt;
	if (length == 0)
		return OK;
	if (!text_equal(text, "CRDT") && !text_equal(text, "DBIT"))
		return ERR(ERR_INVALID, "statement.direction", NULL, "CdtDbtInd is neither CRDT nor DBIT");
	*(enum camt_direction *)member = text[0] == 'C' ? CAMT_CREDIT : CAMT_DEBIT;
	return OK;
}

static void open_amount(struct camt *camt, int attribute_count, const xmlChar **attributes)
{
	char code[8] = "";

	camt->amount_currency = (struct currency){ "" };
	for (int i = 0; i < attribute_count; i++, attributes += 5) {
		size_t length = (size_t)(attributes[4] - attributes[3]);

		if (strcmp((const char *)attributes[0], "Ccy") == 0 && length < sizeof code)
			memcpy(code, attributes[3], length);
	}
	camt->amount_currency_bad = code[0] && !err_ok(currency_parse(code, &camt->amount_currency));
}

/* An amount without Ccy is taken as of the account's currency; one of no known currency is refused. */
static struct err take_amount(struct camt *camt, void *member, const char *text, size_t length)
{
	struct camt_amount *amount = member;
	struct currency currency = camt->amount_currency;
	int64_t minor;

	if (!currency_known(currency))
		currency = camt->emitter->statement.currency;
	if (camt->amount_currency_bad || !currency_known(currency))
		return ERR(ERR_INVALID, "statement.currency", NULL, "an amount has no valid currency (Ccy)");
	if (length == 0)
		return ERR(ERR_INVALID, "statement.amount", NULL, "an amount is empty");
	TRY(money_parse_n(text, length, currency, &minor));
	*amount = (struct camt_amount){ .known = true, .minor = minor, .currency = currency };
	return OK;
}

/* Amounts that only inform (charges, what was instructed): left out where they can't be read. */
static struct err take_side_amount(struct camt *camt, void *member, const char *text, size_t length)
{
	struct err err = take_amount(camt, member, text, length);

	(void)err;
	return OK;
}

static struct err take_charge(struct camt *camt, void *member, const char *text, size_t length)
{
	struct camt_transaction *transaction = member;
	struct camt_amount *sum = &transaction->charges_sum, *charge = &transaction->charge;

	(void)camt;
	(void)text;
	(void)length;
	if (charge->known && (!sum->known || currency_equal(sum->currency, charge->currency))) {
		int64_t signed_minor = transaction->charge_direction == CAMT_CREDIT ? -charge->minor : charge->minor;

		*sum = (struct camt_amount){ true, sum->minor + signed_minor, charge->currency };
	}
	charge->known = false;
	transaction->charge_direction = CAMT_NO_DIRECTION;
	return OK;
}

static struct err take_document(struct camt *camt, void *member, const char *text, size_t length)
{
	struct camt_transaction *transaction = member;

	if (length > 0)
		ARENA_PUSH(arena_of(camt), transaction->documents, transaction->document_count)->number =
			text_of(arena_of(camt), text, length);
	return OK;
}

/* What was remitted for the document named last. */
static struct err take_document_amount(struct camt *camt, void *member, const char *text, size_t length)
{
	struct camt_transaction *transaction = member;
	struct camt_amount amount = { .known = false };

	TRY(take_side_amount(camt, &amount, text, length));
	if (amount.known && transaction->document_count > 0)
		transaction->documents[transaction->document_count - 1].amount_minor = amount.minor;
	return OK;
}

/* ---- the tables ---- */

#define END                                                                                                            \
	{                                                                                                              \
		.path = NULL                                                                                           \
	}
#define IN_MESSAGE(member) offsetof(struct camt_message, member)
#define IN_STATEMENT(member) offsetof(struct statement, member)
#define IN_HEADER(member) offsetof(struct camt_header, member)
#define IN_BALANCE(member) offsetof(struct camt_balance, member)
#define IN_ENTRY(member) offsetof(struct camt_entry, member)
#define IN_TRANSACTION(member) offsetof(struct camt_transaction, member)
#define IN_PARTY(member) offsetof(struct camt_party, member)

static const struct camt_field MESSAGE[] = {
	{ "MsgPgntn/PgNb", take_number, IN_MESSAGE(page), NULL },
	{ "MsgPgntn/LastPgInd", take_flag, IN_MESSAGE(last_page), NULL },
	END,
};

static const struct camt_field STATEMENT[] = {
	{ "", camt_statement_close, 0, camt_statement_open },
	{ "Id", take_header_text, IN_STATEMENT(statement_id), NULL },
	{ "StmtPgntn/PgNb", take_number, IN_STATEMENT(page), NULL },
	{ "StmtPgntn/LastPgInd", take_flag, IN_STATEMENT(last_page), NULL },
	{ "RptPgntn/PgNb", take_number, IN_STATEMENT(page), NULL },
	{ "RptPgntn/LastPgInd", take_flag, IN_STATEMENT(last_page), NULL },
	{ "NtfctnPgntn/PgNb", take_number, IN_STATEMENT(page), NULL },
	{ "NtfctnPgntn/LastPgInd", take_flag, IN_STATEMENT(last_page), NULL },
	{ "FrToDt/FrDtTm", take_date, IN_STATEMENT(from), NULL },
	{ "FrToDt/ToDtTm", take_date, IN_STATEMENT(to), NULL },
	{ "Acct/Ccy", take_currency, IN_STATEMENT(currency), NULL },
	{ "Acct/Ownr/Nm", take_header_text, IN_STATEMENT(account_owner), NULL },
	{ "Acct/Nm", take_header_text, IN_STATEMENT(account_owner), NULL },
	{ "Acct/Svcr/FinInstnId/BIC", take_header_text, IN_STATEMENT(servicer_bic), NULL },
	{ "Acct/Svcr/FinInstnId/BICFI", take_header_text, IN_STATEMENT(servicer_bic), NULL },
	END,
};

static const struct camt_field HEADER[] = {
	{ "ElctrncSeqNb", take_number, IN_HEADER(electronic_sequence), NULL },
	{ "LglSeqNb", take_number, IN_HEADER(legal_sequence), NULL },
	{ "Acct/Id/IBAN", take_header_iban, IN_HEADER(iban), NULL },
	{ "Acct/Id/Othr/Id", take_header_text, IN_HEADER(account), NULL },
	{ "Acct/Id/PrtryAcct/Id", take_header_text, IN_HEADER(account), NULL },
	END,
};

static const struct camt_field BALANCE[] = {
	{ "", camt_balance_close, 0, camt_balance_open },
	{ "Tp/CdOrPrtry/Cd", take_header_text, IN_BALANCE(type), NULL },
	{ "Tp/Cd", take_header_text, IN_BALANCE(type), NULL },
	{ "Amt", take_amount, IN_BALANCE(amount), open_amount },
	{ "CdtDbtInd", take_direction, IN_BALANCE(direction), NULL },
	{ "Dt/Dt", take_date, IN_BALANCE(date), NULL },
	{ "Dt/DtTm", take_date, IN_BALANCE(date), NULL },
	END,
};

static const struct camt_field ENTRY[] = {
	{ "", camt_entry_close, 0, camt_entry_open },
	{ "NtryRef", take_text, IN_ENTRY(ref), NULL },
	{ "Amt", take_amount, IN_ENTRY(own.amount), open_amount },
	{ "CdtDbtInd", take_direction, IN_ENTRY(direction), NULL },
	{ "RvslInd", take_flag, IN_ENTRY(reversal), NULL },
	{ "Sts", take_text, IN_ENTRY(status), NULL },
	{ "Sts/Cd", take_text, IN_ENTRY(status), NULL },
	{ "BookgDt/Dt", take_date, IN_ENTRY(booking_date), NULL },
	{ "BookgDt/DtTm", take_date, IN_ENTRY(booking_date), NULL },
	{ "ValDt/Dt", take_date, IN_ENTRY(value_date), NULL },
	{ "ValDt/DtTm", take_date, IN_ENTRY(value_date), NULL },
	{ "AcctSvcrRef", take_reference, IN_ENTRY(own.bank_ref), NULL },
	{ "NtryDtls/Btch/PmtInfId", take_text, IN_ENTRY(own.payment_information_id), NULL },
	{ "AddtlNtryInf", take_text, IN_ENTRY(own.info), NULL },
	END,
};

static const struct camt_field TRANSACTION[] = {
	{ "", camt_transaction_close, 0, camt_transaction_open },
	{ "Amt", take_amount, IN_TRANSACTION(amount), open_amount },
	{ "CdtDbtInd", take_direction, IN_TRANSACTION(direction), NULL },
	{ "Refs/AcctSvcrRef", take_reference, IN_TRANSACTION(bank_ref), NULL },
	{ "Refs/PmtInfId", take_text, IN_TRANSACTION(payment_information_id), NULL },
	{ "Refs/InstrId", take_text, IN_TRANSACTION(instruction_id), NULL },
	{ "Refs/EndToEndId", take_reference, IN_TRANSACTION(end_to_end_id), NULL },
	{ "Refs/MndtId", take_text, IN_TRANSACTION(mandate_id), NULL },
	{ "RltdPties/UltmtDbtr/Nm", take_text, IN_TRANSACTION(debtor.ultimate_name), NULL },
	{ "RltdPties/UltmtDbtr/Pty/Nm", take_text, IN_TRANSACTION(debtor.ultimate_name), NULL },
	{ "RltdPties/UltmtCdtr/Nm", take_text, IN_TRANSACTION(creditor.ultimate_name), NULL },
	{ "RltdPties/UltmtCdtr/Pty/Nm", take_text, IN_TRANSACTION(creditor.ultimate_name), NULL },
	{ "RmtInf/Ustrd", take_piece, IN_TRANSACTION(remittance), NULL },
	{ "RmtInf/Strd/AddtlRmtInf", take_piece, IN_TRANSACTION(remittance), NULL },
	{ "RmtInf/Strd/CdtrRefInf/Ref", take_piece, IN_TRANSACTION(creditor_refs), NULL },
	{ "RmtInf/Strd/RfrdDocInf/Nb", take_document, 0, NULL },
	{ "RmtInf/Strd/RfrdDocAmt/RmtdAmt", take_document_amount, 0, open_amount },
	{ "RmtInf/Strd/RfrdDocAmt/RmtAmtAndTp/Amt", take_document_amount, 0, open_amount }, /* from 001.12 */
	{ "RtrInf/Rsn/Cd", take_text, IN_TRANSACTION(return_code), NULL },
	{ "RtrInf/Rsn/Prtry", take_text, IN_TRANSACTION(return_code), NULL },
	{ "RtrInf/AddtlInf", take_text, IN_TRANSACTION(return_text), NULL },
	{ "AddtlTxInf", take_text, IN_TRANSACTION(info), NULL },
	END,
};

/* Of entries and transactions alike. */
static const struct camt_field MONEY[] = {
	{ "AmtDtls/InstdAmt/Amt", take_side_amount, IN_TRANSACTION(instructed), open_amount },
	{ "AmtDtls/TxAmt/Amt", take_side_amount, IN_TRANSACTION(transaction_amount), open_amount },
	{ "AmtDtls/CntrValAmt/Amt", take_side_amount, IN_TRANSACTION(counter_value), open_amount },
	{ "BkTxCd/Domn/Cd", take_text, IN_TRANSACTION(domain), NULL },
	{ "BkTxCd/Domn/Fmly/Cd", take_text, IN_TRANSACTION(family), NULL },
	{ "BkTxCd/Domn/Fmly/SubFmlyCd", take_text, IN_TRANSACTION(subfamily), NULL },
	{ "BkTxCd/Prtry/Cd", take_text, IN_TRANSACTION(proprietary_code), NULL },
	{ "Chrgs", take_charge, 0, NULL },
	{ "Chrgs/TtlChrgsAndTaxAmt", take_side_amount, IN_TRANSACTION(charges_total), open_amount },
	{ "Chrgs/Amt", take_side_amount, IN_TRANSACTION(charge), open_amount }, /* to 001.03 */
	{ "Chrgs/CdtDbtInd", take_direction, IN_TRANSACTION(charge_direction), NULL },
	{ "Chrgs/Rcrd", take_charge, 0, NULL },
	{ "Chrgs/Rcrd/Amt", take_side_amount, IN_TRANSACTION(charge), open_amount },
	{ "Chrgs/Rcrd/CdtDbtInd", take_direction, IN_TRANSACTION(charge_direction), NULL },
	END,
};

static const struct camt_field PARTY[] = {
	{ "Nm", take_text, IN_PARTY(name), NULL },
	{ "Pty/Nm", take_text, IN_PARTY(name), NULL }, /* from 001.08 */
	{ "Agt/FinInstnId/Nm", take_text, IN_PARTY(agent_name), NULL },
	END,
};

static const struct camt_field ACCOUNT[] = {
	{ "Id/IBAN", take_iban, IN_PARTY(iban), NULL },
	{ "Id/Othr/Id", take_text, IN_PARTY(account), NULL },
	{ "Id/PrtryAcct/Id", take_text, IN_PARTY(account), NULL },
	END,
};

static const struct camt_field AGENT[] = {
	{ "FinInstnId/BIC", take_text, IN_PARTY(bic), NULL },
	{ "FinInstnId/BICFI", take_text, IN_PARTY(bic), NULL },
	{ "FinInstnId/ClrSysMmbId/MmbId", take_text, IN_PARTY(clearing_member), NULL },
	END,
};

#define MESSAGE_PATH "BkToCstmrStmt"
#define STATEMENT_PATH MESSAGE_PATH "/Stmt"
#define ENTRY_PATH STATEMENT_PATH "/Ntry"
#define TRANSACTION_PATH ENTRY_PATH "/NtryDtls/TxDtls"

const struct camt_group CAMT_GROUPS[] = {
	{ MESSAGE_PATH "/GrpHdr", CAMT_MESSAGE, 0, MESSAGE },
	{ STATEMENT_PATH, CAMT_STATEMENT, 0, STATEMENT },
	{ STATEMENT_PATH, CAMT_HEADER, 0, HEADER },
	{ STATEMENT_PATH "/Bal", CAMT_BALANCE, 0, BALANCE },
	{ ENTRY_PATH, CAMT_ENTRY, 0, ENTRY },
	{ ENTRY_PATH, CAMT_ENTRY, IN_ENTRY(own), MONEY },
	{ TRANSACTION_PATH, CAMT_TRANSACTION, 0, TRANSACTION },
	{ TRANSACTION_PATH, CAMT_TRANSACTION, 0, MONEY },
	{ TRANSACTION_PATH "/RltdPties/Dbtr", CAMT_TRANSACTION, IN_TRANSACTION(debtor), PARTY },
	{ TRANSACTION_PATH "/RltdPties/DbtrAcct", CAMT_TRANSACTION, IN_TRANSACTION(debtor), ACCOUNT },
	{ TRANSACTION_PATH "/RltdAgts/DbtrAgt", CAMT_TRANSACTION, IN_TRANSACTION(debtor), AGENT },
	{ TRANSACTION_PATH "/RltdPties/Cdtr", CAMT_TRANSACTION, IN_TRANSACTION(creditor), PARTY },
	{ TRANSACTION_PATH "/RltdPties/CdtrAcct", CAMT_TRANSACTION, IN_TRANSACTION(creditor), ACCOUNT },
	{ TRANSACTION_PATH "/RltdAgts/CdtrAgt", CAMT_TRANSACTION, IN_TRANSACTION(creditor), AGENT },
	{ .path = NULL },
};
