#ifndef FORMATS_CAMT_H
#define FORMATS_CAMT_H

#include "common/base/buf.h"
#include "payments/formats/emit.h"
#include "payments/formats/xml_push.h"

/* Inside the camt parser. Three files: camt.c leads the XML parser (xml_push.h) through a tree of element names,
 * camt_fields.c is the table of the elements we read, camt_entry.c makes entries of what was read. */

#define CAMT_DEPTH_MAX 256         /* elements inside each other; the deepest path of the schemas is 14 */
#define CAMT_TEXT_BYTES_MAX 262144 /* one element's text; the longest of the schemas is 20,000 characters */

enum camt_direction { CAMT_NO_DIRECTION, CAMT_CREDIT, CAMT_DEBIT };

struct camt_amount {
	bool known;
	int64_t minor;
	struct currency currency;
};

struct camt_text_list {
	const char **items;
	size_t count;
};

struct camt_party {
	const char *name, *agent_name, *ultimate_name;
	const char *iban, *account;
	const char *bic, *clearing_member;
};

/* What TxDtls and, in part, Ntry itself can say. */
struct camt_transaction {
	const char *bank_ref, *end_to_end_id, *mandate_id, *instruction_id, *payment_information_id;
	enum camt_direction direction;
	struct camt_amount amount, transaction_amount, instructed, counter_value;
	struct camt_party debtor, creditor;
	struct camt_text_list remittance, creditor_refs;
	struct document_ref *documents;
	size_t document_count;
	const char *domain, *family, *subfamily, *proprietary_code;
	const char *return_code, *return_text;
	const char *info;
	struct camt_amount charges_total, charges_sum, charge;
	enum camt_direction charge_direction;
};

struct camt_entry {
	int64_t line;
	const char *status, *ref;
	struct date booking_date, value_date;
	enum camt_direction direction;
	bool reversal;
	struct camt_transaction own; /* amount, codes, charges and words of the entry as a whole */
	struct entry_detail *details;
	size_t detail_count;
};

struct camt_balance {
	const char *type;
	struct camt_amount amount;
	enum camt_direction direction;
	struct date date;
};

struct camt_header {
	const char *iban, *account;
	int64_t electronic_sequence, legal_sequence;
	/* By rank: the first of its type for openings, the last for closings. */
	struct statement_balance opening_booked, previously_closed, closing_booked, interim_first, interim_last,
		opening_available, closing_available;
	int interim_count;
};

/* The message around the statements (GrpHdr). */
struct camt_message {
	const char *version; /* a literal or in `names` */
	int64_t page;
	bool last_page;
};

struct camt {
	struct emitter *emitter;
	struct xml_push push;
	struct camt_message message;
	struct camt_header header;
	struct camt_balance balance;
	struct camt_entry entry;
	struct camt_transaction transaction;
	struct currency amount_currency; /* of the amount element that is open */
	bool amount_currency_bad;
	struct buf text; /* of the element that is open */
	char version[24];

	struct camt_node *nodes;
	size_t node_count;
	uint16_t states[CAMT_DEPTH_MAX]; /* node of each open element */
	int depth;
	int ignored; /* open elements below one that we don't know */
};

/* Which object a field's offset counts from. */
enum camt_target {
	CAMT_MESSAGE,
	CAMT_STATEMENT,
	CAMT_HEADER,
	CAMT_BALANCE,
	CAMT_ENTRY,
	CAMT_TRANSACTION,
};

/* One element. `take` is called at its end with its text, without blanks at both ends; `open` at its start with
 * libxml2's attributes, five pointers each. */
struct camt_field {
	const char *path; /* below the group's */
	struct err (*take)(struct camt *camt, void *member, const char *text, size_t length);
	size_t offset;
	void (*open)(struct camt *camt, int attribute_count, const xmlChar **attributes);
};

/* Fields that several elements have in common, each time below another path. */
struct camt_group {
	const char *path;
	enum camt_target target;
	size_t offset; /* added to each field's */
	const struct camt_field *fields;
};

extern const struct camt_group CAMT_GROUPS[]; /* ends with a NULL path */

/* The object that offsets of `target` count from. */
void *camt_base(struct camt *camt, enum camt_target target);

/* camt_entry.c: what happens where an element that holds others begins and ends. */
void camt_statement_open(struct camt *camt, int attribute_count, const xmlChar **attributes);
void camt_header_complete(struct camt *camt);
struct err camt_statement_close(struct camt *camt, void *member, const char *text, size_t length);
void camt_balance_open(struct camt *camt, int attribute_count, const xmlChar **attributes);
struct err camt_balance_close(struct camt *camt, void *member, const char *text, size_t length);
void camt_entry_open(struct camt *camt, int attribute_count, const xmlChar **attributes);
struct err camt_entry_close(struct camt *camt, void *member, const char *text, size_t length);
void camt_transaction_open(struct camt *camt, int attribute_count, const xmlChar **attributes);
struct err camt_transaction_close(struct camt *camt, void *member, const char *text, size_t length);

#endif
