#ifndef INVOICING_WIRE_H
#define INVOICING_WIRE_H

#include "common/io/rpc.h"
#include "common/io/rpc_message.h"
#include "invoicing/domain/aging.h"
#include "invoicing/domain/book_check.h"
#include "invoicing/domain/creditor.h"
#include "invoicing/domain/customer.h"
#include "invoicing/domain/import_outcome.h"
#include "invoicing/domain/receivable.h"
#include "invoicing/domain/stationery.h"
#include "invoicing/domain/terms.h"

/* Between the messages of proto/relance/invoicing and the service's own structs. Nothing else of the service sees the
 * generated code. Decoding refuses what is no value at all (ERR_INVALID with the field's name); whether a value makes
 * sense is for the domain. Texts point into the request. wire.c has creditors, customers, terms and the clock;
 * wire_invoice.c invoices; wire_document.c their PDFs; wire_import.c imports and ageing; wire_event.c the payloads of
 * events. */

#define PAGE_SIZE_DEFAULT 100
#define PAGE_SIZE_MAX 1000

extern const ProtobufCServiceDescriptor *const INVOICING_SERVICE;

/* A record by its number. */
struct ask {
	const char *creditor, *number;
};

struct page_ask {
	const char *creditor, *after; /* "" is the start */
	int size;
};

/* ------------------------------------------------------------------ creditors, customers, terms */

MUST_USE struct err wire_decode_create_creditor(const struct rpc_call *call, struct creditor *creditor);
void wire_encode_create_creditor(struct rpc_call *call, const struct creditor *creditor);
MUST_USE struct err wire_decode_change_creditor(const struct rpc_call *call, struct creditor *creditor);
void wire_encode_change_creditor(struct rpc_call *call, const struct creditor *creditor, bool changed);
void wire_encode_list_creditors(struct rpc_call *call, const struct creditor *creditors, size_t count);

struct customer_ask {
	const char *creditor;
	struct customer customer; /* without its id */
};

MUST_USE struct err wire_decode_upsert_customer(const struct rpc_call *call, struct customer_ask *ask);
void wire_encode_upsert_customer(struct rpc_call *call, const struct customer *customer, bool changed);
void wire_decode_get_customer(const struct rpc_call *call, struct ask *ask);
void wire_encode_get_customer(struct rpc_call *call, const struct customer *customer, const struct payment_terms *terms,
			      const struct aging_row *position, size_t count);
MUST_USE struct err wire_decode_list_customers(const struct rpc_call *call, struct page_ask *ask);
void wire_encode_list_customers(struct rpc_call *call, const struct customer *customers, size_t count, bool more);

/* Terms as asked for: late charges may be left to the law. */
struct asked_terms {
	struct payment_terms terms;
	bool late_by_law;
};

struct terms_ask {
	const char *creditor, *customer_number; /* "": the creditor's default */
	struct asked_terms asked;
};

MUST_USE struct err wire_decode_set_terms(const struct rpc_call *call, struct terms_ask *ask);
void wire_encode_set_terms(struct rpc_call *call, const struct payment_terms *terms);

/* ------------------------------------------------------------------ invoices */

struct invoice_ask {
	const char *creditor, *customer_number, *order_reference;
	const char *note;
	struct currency currency;           /* not known: the creditor's */
	struct date issued_on, supplied_on; /* DATE_NONE: today; the date of issue */
	struct invoice_line *lines;
	size_t line_count;
	bool terms_given;
	struct asked_terms asked;
};

MUST_USE struct err wire_decode_issue_invoice(const struct rpc_call *call, struct invoice_ask *ask);
void wire_encode_issue_invoice(struct rpc_call *call, const struct receivable *receivable, struct date today);

/* Invoices that are shown carry the link at which they are paid. */
void wire_decode_get_invoice(const struct rpc_call *call, struct ask *ask);
void wire_encode_get_invoice(struct rpc_call *call, const struct receivable_detail *detail,
			     const struct stationery *stationery, struct date today);

struct list_ask {
	const char *creditor;
	struct receivable_filter filter; /* limit is the page's size */
};

MUST_USE struct err wire_decode_list_invoices(const struct rpc_call *call, struct list_ask *ask);
void wire_encode_list_invoices(struct rpc_call *call, const struct receivable *receivables, size_t count, bool more,
			       const struct stationery *stationery, struct date today);

struct act_ask {
	const char *creditor, *number, *reason;
	bool disputed;
	int64_t amount_minor; /* SetDispute: a part; 0: the whole */
	const char *owner;
};

void wire_decode_cancel_invoice(const struct rpc_call *call, struct act_ask *ask);
void wire_encode_cancel_invoice(struct rpc_call *call, const struct receivable *receivable,
				const struct credit_note *note, struct date today);
void wire_decode_set_dispute(const struct rpc_call *call, struct act_ask *ask);
void wire_encode_set_dispute(struct rpc_call *call, const struct receivable *receivable, struct date today);

struct quote_ask {
	const char *creditor, *customer_number;
	const char *const *numbers;
	size_t number_count;
	struct date on; /* DATE_NONE: today */
};

#define QUOTE_INVOICES_MAX 1000

MUST_USE struct err wire_decode_quote(const struct rpc_call *call, struct quote_ask *ask);
void wire_encode_quote(struct rpc_call *call, const struct late_receivable *late, size_t count);

/* ------------------------------------------------------------------ documents */

enum document_kind { DOCUMENT_INVOICE, DOCUMENT_CREDIT_NOTE, DOCUMENT_STATEMENT };

struct document_view {
	const char *number;
	enum document_kind kind;
	const void *pdf;
	size_t length;
	const char *sha256; /* NULL: not kept */
	int pages;
};

struct stationery_ask {
	const char *creditor;
	struct stationery stationery;
};

void wire_decode_render_invoice(const struct rpc_call *call, struct ask *ask);
void wire_encode_render_invoice(struct rpc_call *call, const struct document_view *document);
const char *wire_decode_get_stationery(const struct rpc_call *call); /* the creditor */
void wire_encode_get_stationery(struct rpc_call *call, const struct stationery *stationery);
void wire_decode_set_stationery(const struct rpc_call *call, struct stationery_ask *ask);
void wire_encode_set_stationery(struct rpc_call *call, const struct stationery *stationery);

/* ------------------------------------------------------------------ imports and ageing */

struct begin_ask {
	const char *creditor, *file_name, *sha256;
};

void wire_decode_begin_import(const struct rpc_call *call, struct begin_ask *ask);
void wire_encode_begin_import(struct rpc_call *call, struct id id);

struct rows_ask {
	const char *creditor;
	struct id import;
	struct open_item *items; /* creditor is "" where the row names none */
	struct err *verdicts;    /* one a row: what is no date or currency at all */
	size_t count;
};

MUST_USE struct err wire_decode_add_rows(const struct rpc_call *call, struct rows_ask *ask);
void wire_encode_add_rows(struct rpc_call *call, size_t staged);

struct commit_ask {
	const char *creditor;
	struct id import;
	bool skip_bad, complete;
	int64_t rows; /* that were sent */
};

MUST_USE struct err wire_decode_commit_import(const struct rpc_call *call, struct commit_ask *ask);
void wire_encode_commit_import(struct rpc_call *call, const struct import_outcome *outcome);

void wire_decode_list_item_changes(const struct rpc_call *call, struct ask *ask);
void wire_encode_list_item_changes(struct rpc_call *call, const struct recorded_change *changes, size_t count);

struct aging_ask {
	const char *creditor;
	struct aging_filter filter; /* on is DATE_NONE for today */
	bool by_customer;
};

MUST_USE struct err wire_decode_aging(const struct rpc_call *call, struct aging_ask *ask);
void wire_encode_aging(struct rpc_call *call, struct date on, const struct aging_row *totals, size_t total_count,
		       const struct aging_row *customers, size_t customer_count, const char *next);

/* ------------------------------------------------------------------ clock, verify */

struct clock_ask {
	const char *creditor;
	struct instant at; /* INSTANT_NONE: the local date and time are given */
	struct date date;
	int minute, second; /* the minute of the day, the second of the minute */
};

#define CLOCK_DAYS_AHEAD_MAX 36600

struct clock_view {
	struct instant now, ahead;
	struct date today;
	const char *timezone;
	bool test;
};

MUST_USE struct err wire_decode_get_clock(const struct rpc_call *call, const char **creditor, int *days_ahead);
void wire_encode_get_clock(struct rpc_call *call, const struct clock_view *view);
MUST_USE struct err wire_decode_set_clock(const struct rpc_call *call, struct clock_ask *ask);
void wire_encode_set_clock(struct rpc_call *call, struct instant now, struct date today, struct instant next_midnight);
const char *wire_decode_verify(const struct rpc_call *call); /* the creditor */
void wire_encode_verify(struct rpc_call *call, const struct book_check *checks, size_t count);

/* ------------------------------------------------------------------ events */

struct payload wire_creditor_changed(struct arena *arena, const struct creditor *creditor);
struct payload wire_customer_changed(struct arena *arena, const char *creditor, const struct customer *customer);
struct payload wire_invoice_issued(struct arena *arena, const char *creditor, const struct invoice *invoice);
struct payload wire_invoice_cancelled(struct arena *arena, const char *creditor, const struct invoice *invoice,
				      const struct credit_note *note);
struct payload wire_invoice_disputed(struct arena *arena, const char *creditor, const struct receivable *receivable);
struct payload wire_item_changed(struct arena *arena, const char *creditor, struct id import,
				 const struct known_item *known, const char *number, const struct item_news *news);
struct payload wire_items_imported(struct arena *arena, const char *creditor, struct id import, const char *file_name,
				   const struct import_outcome *outcome);

#endif
