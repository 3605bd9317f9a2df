#ifndef DOCUMENT_DOCUMENT_H
#define DOCUMENT_DOCUMENT_H

#include "common/document/sheet.h"

/* A business letter on A4: letterhead, address where the envelope's window is, date, subject, and a body of
 * blocks that flows over as many pages as it takes. Invoices, notices and formal notices are all of this shape.
 * All texts are worded and formatted by the caller. */

#define DOCUMENT_COLUMNS_MAX 6
#define DOCUMENT_ADDRESS_LINES_MAX 7 /* 6 by DIN 5008 and NF Z 10-011, and the country */

/* Where envelopes have their window. */
enum document_window {
	WINDOW_LEFT, /* DIN 5008, form B: 20 mm from the left, 45 mm from the top */
	WINDOW_RIGHT /* AFNOR NF Z 11-001: 110 mm from the left, 45 mm from the top */
};

/* By the country (ISO 3166-1) whose envelopes are used: the sender's. */
enum document_window document_window_of(const char *country);

struct document_pair {
	const char *label, *value;
};

struct document_column {
	const char *title;
	double share; /* of the table's width; all together 1 */
	enum sheet_align align;
};

struct document_row {
	const char *cells[DOCUMENT_COLUMNS_MAX]; /* NULL: taken over by the cell to the left */
	bool total;                              /* set off and bold */
	bool sum;                                /* one of the rows that end a table, which stay on one page */
};

struct document_table {
	const struct document_column *columns;
	size_t column_count; /* DOCUMENT_COLUMNS_MAX at most */
	const struct document_row *rows;
	size_t row_count;
};

/* How to pay: never broken over two pages. */
struct document_payment {
	const struct document_pair *pairs;
	size_t pair_count;
	const char *qr_payload, *qr_caption; /* NULL: no code */
};

enum document_block_kind { BLOCK_TEXT, BLOCK_SMALL_TEXT, BLOCK_TABLE, BLOCK_PAYMENT };

struct document_block {
	enum document_block_kind kind;
	const char *text; /* one paragraph; line breaks stay */
	struct document_table table;
	struct document_payment payment;
};

struct document {
	enum document_window window;
	const char *sender;              /* stands large in the letterhead */
	const char *const *sender_lines; /* address and how to reach the sender */
	size_t sender_line_count;
	const char *return_line; /* small, above the recipient */
	const char *postal_note; /* "Registered letter"; NULL: none */
	const char *const *recipient_lines;
	size_t recipient_line_count;
	const char *date_line;             /* "Paris, le 21 novembre 2026" */
	const struct document_pair *facts; /* customer number, invoice number … */
	size_t fact_count;
	const char *subject;
	const struct document_block *blocks;
	size_t block_count;
	const char *footer;      /* legal name, registration, VAT number */
	const char *page_format; /* "Page %d of %d", both numbers in this order */
	struct instant made_at;
};

struct document_made {
	struct sheet_bytes pdf;
	int pages;
};

/* Errors are those of sheet_finish. */
MUST_USE struct err document_make(struct arena *arena, const struct document *document, struct document_made *made);

#endif
