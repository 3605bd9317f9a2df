#ifndef FORMATS_STATEMENT_H
#define FORMATS_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/date.h"
#include "common/base/err.h"
#include "common/base/money.h"

/* What every bank file format is read into, and the reader that does it.
 *
 * The reader is fed bytes in pieces of any size, recognises the format by content and calls the sink for each
 * statement and entry as soon as it is complete. Memory stays flat: an entry and its texts live in the reader's
 * arena until the callback returns, so whoever keeps something copies it.
 *
 * Conventions: amounts are minor units of the currency beside them, credit to the account positive, debit negative.
 * A text that the file doesn't have is NULL, a date DATE_NONE, a currency "" (currency_known). Texts are UTF-8
 * without leading or trailing blanks, never "".
 *
 * Limits: one entry with its details takes at most ENTRY_BYTES_MAX. A reader holds one entry at a time, except that
 * a statement with reversal flags holds back at most HELD_BYTES_MAX (see `reversal`).
 *
 * Formats, each in a file of its own that names its standard: camt.052, .053, .054 (ISO 20022, versions 001.02 to
 * 001.13), MT940 and MT942, CFONB 120, BAI2, OFX 1 and 2, CODA, Norma 43, QIF, and CSV by profile. A file that tells no
 * currency has entries of currency "", read with two decimals. Text in UTF-16 is known by its mark. */

#define ENTRY_BYTES_MAX ((size_t)256 * 1024 * 1024) /* a batch booking of some 300,000 transactions */
#define HELD_BYTES_MAX ((size_t)16 * 1024 * 1024)   /* some 10,000 entries after a statement's first reversal */

enum entry_status {
	ENTRY_BOOKED, /* BOOK, or no status in the file */
	ENTRY_PENDING /* PDNG, INFO, FUTR: announced, not part of the balance */
};

struct counterparty {
	const char *name;          /* debtor of money that came in, creditor of money that went out */
	const char *iban;          /* or another account number where it has no IBAN */
	const char *bic;           /* of its bank; a clearing number where the file has no BIC */
	const char *ultimate_name; /* for whom it paid or was paid, where the file says so */
};

/* A document that the payer names in structured remittance (RfrdDocInf). */
struct document_ref {
	const char *number;
	int64_t amount_minor; /* remitted for it, unsigned; 0 where not said */
};

/* What an entry and a transaction of a batch have in common. On an entry with exactly one transaction these are
 * that transaction's; on a batch booking they are what holds for all of it, else NULL. */
struct payment_info {
	const char *bank_ref;       /* AcctSvcrRef: the bank's own */
	const char *end_to_end_id;  /* as the payer gave it; NULL for NOTPROVIDED */
	const char *mandate_id;     /* SEPA direct debit */
	const char *instruction_id; /* InstrId, or PmtInfId of our own file */
	struct counterparty counterparty;
	const char *remittance; /* all unstructured pieces joined by a blank; NULL where there are none */
	const char **remittance_pieces;
	size_t remittance_piece_count;
	const char *creditor_ref;   /* the first of creditor_refs */
	const char **creditor_refs; /* structured references: ISO 11649 "RF…", QRR, national ones */
	size_t creditor_ref_count;
	struct document_ref *documents;
	size_t document_count;
	const char *transaction_code; /* "PMNT/RCDT/ESCT" (domain/family/subfamily), else the proprietary code */
	const char *return_reason;    /* code "AC04", else the text; on returns and rejects */
	const char *info;             /* AddtlTxInf, AddtlNtryInf: the bank's own words */
	int64_t charges_minor;        /* taken by banks, in charges_currency; 0 where none are given */
	struct currency charges_currency;
	int64_t instructed_minor; /* what the payer ordered, unsigned, where the file gives it; else 0 */
	struct currency instructed_currency;
};

struct entry_detail {
	int64_t amount_minor; /* signed as the entry; the entry's amount where a single detail has none */
	struct currency currency;
	bool amount_known; /* false: the file gives no amount for this transaction, and amount_minor is 0 */
	struct payment_info info;
};

struct statement_entry {
	int64_t number; /* place among the booked entries of the file, from 1; 0 for a pending one */
	int64_t line;   /* in the file, from 1 */
	enum entry_status status;
	struct date booking_date, value_date;
	int64_t amount_minor;
	struct currency currency;
	bool reversal; /* the bank flags that it takes back an earlier booking. Some banks then mean CdtDbtInd as
			* the direction of the original: the statement's own arithmetic decides, before delivery. */
	bool cut;      /* the file ends inside its last line: perhaps this is not all of it */
	const char *entry_ref; /* NtryRef, or the reference for the account owner of an MT940 */
	struct payment_info info;
	struct entry_detail *details; /* the transactions as in the file; two or more make a batch booking */
	size_t detail_count;
};

struct statement_balance {
	bool known;
	char type[5]; /* "OPBD", "PRCD", "CLBD", "ITBD"; "OPAV" or "CLAV", the available one, only where no booked one
			 is given */
	struct date date;
	int64_t amount_minor;
	struct currency currency; /* another than the statement's only where none is given in the statement's */
};

enum statement_kind {
	STATEMENT_FINAL,  /* an account statement */
	STATEMENT_NOTICE, /* camt.052, .054: what is booked comes again in the statement, perhaps worded otherwise */
	STATEMENT_INTERIM /* MT942: the running day, of which the file does not tell what is booked */
};

enum balance_check {
	BALANCE_UNKNOWN, /* opening or closing is missing, or something is in another currency */
	BALANCE_OK,      /* opening + booked entries = closing */
	BALANCE_OFF
};

struct statement {
	const char *format;  /* "camt", "mt940", … : the family */
	const char *version; /* "camt.053.001.08", "MT940" … as the file says; NULL where it does not */
	const char *account; /* IBAN without blanks, else the bank's number for it */
	const char *account_owner;
	const char *servicer_bic;
	struct currency currency;
	const char *statement_id;
	int64_t sequence; /* the bank's number of this statement; -1 where it gives none */
	int64_t page;     /* of a statement in several messages; 0 where not said */
	bool last_page;
	enum statement_kind kind;
	struct date from, to;
	struct statement_balance opening; /* known at `begin` in camt */
	int64_t line;

	/* Complete at `end` only. */
	struct statement_balance closing;
	int64_t entry_count;               /* booked entries */
	int64_t credit_minor, debit_minor; /* sums of booked entries, both unsigned */
	enum balance_check balance;
	bool cut;         /* the file ends before the statement does: what is missing, nobody knows */
	const char *note; /* a literal: "reversal.sign_flipped", "reversal.undecided"; NULL else */
};

/* Callbacks, in the order begin, entry…, end for each statement of the file. An error returned stops the reader
 * and comes out of the feed unchanged. Any of them may be NULL. */
struct statement_sink {
	struct err (*begin)(void *context, const struct statement *statement);
	struct err (*entry)(void *context, const struct statement *statement, const struct statement_entry *entry);
	struct err (*end)(void *context, const struct statement *statement);
	void *context;
};

struct statement_reader;
struct csv_profiles; /* csv_profile.h */

/* `sink` is copied. */
struct statement_reader *statement_reader_new(const struct statement_sink *sink);
/* Before the first bytes: reads CSV too, by `profiles`, which outlive the reader. */
void statement_reader_profiles(struct statement_reader *reader, const struct csv_profiles *profiles);
void statement_reader_destroy(struct statement_reader **reader);

static inline void statement_reader_cleanup(struct statement_reader **reader)
{
	statement_reader_destroy(reader);
}

#define STATEMENT_READER_SCOPE __attribute__((cleanup(statement_reader_cleanup))) struct statement_reader *

/* Errors: ERR_INVALID "statement.unknown_format", "statement.malformed" (with the parser's words), "statement.none"
 * (no statement in the file), "statement.truncated", "statement.amount", "statement.date", "statement.too_large" …;
 * field is "line N", message the sentence; both live as long as the reader. After an error the reader only
 * repeats it. */
MUST_USE struct err statement_reader_feed(struct statement_reader *reader, const char *bytes, size_t length);
/* Besides, ERR_CONFLICT "statement.cut": the file ends too early. The sink has had what is complete, also the `end` of
 * the statement that has none in the file: what it was given is right, but not all. */
MUST_USE struct err statement_reader_finish(struct statement_reader *reader);

/* The line the reader is at, from 1: where an error was found. */
int64_t statement_reader_line(const struct statement_reader *reader);

/* By content, never by file name: the format's name, or ERR_INVALID "statement.unknown_format". The first
 * FORMAT_DETECT_BYTES of a file are enough. */
#define FORMAT_DETECT_BYTES ((size_t)4096)
MUST_USE struct err format_detect(const char *bytes, size_t length, const char **name);

#endif
