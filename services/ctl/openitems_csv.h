#ifndef CTL_OPENITEMS_CSV_H
#define CTL_OPENITEMS_CSV_H

#include "common/base/csv.h"
#include "ctl/ctl.h"
#include "relance/invoicing/v1/invoicing.pb-c.h"

/* The open items file (DESIGN: file contracts): columns by name, in any order; columns that nobody knows are passed
 * over. Here texts become dates and amounts; whether they make sense is for the service to say. */

#define OPENITEMS_FILE_BYTES_MAX ((size_t)512 * 1024 * 1024) /* three million invoices */

enum openitems_column {
	COLUMN_CUSTOMER_NUMBER,
	COLUMN_CUSTOMER_NAME,
	COLUMN_INVOICE_NUMBER,
	COLUMN_ISSUE_DATE,
	COLUMN_DUE_DATE,
	COLUMN_AMOUNT,
	COLUMN_CURRENCY,
	COLUMN_EMAIL,
	COLUMN_LANGUAGE,
	COLUMN_COUNTRY,
	COLUMN_IBAN,
	COLUMN_VAT_ID,
	COLUMN_PHONE,
	COLUMN_PAID_AMOUNT,
	COLUMN_SETTLED_DATE,
	COLUMN_DISPUTED,
	COLUMN_ORDER_REFERENCE,
	COLUMN_CREDITOR_REF,
	COLUMN_MANDATE_ID,
	COLUMN_CREDITOR,
	COLUMN_SEGMENT,
	COLUMN_COUNT
};

struct openitems_header {
	int at[COLUMN_COUNT]; /* index of the field; -1: the file has no such column */
	int width;
};

/* Reads the header from the current record. ERR_INVALID "openitems.column" names the required column that is missing.
 */
MUST_USE struct err openitems_header_read(struct arena *arena, const struct csv *csv, struct openitems_header *header);

/* The current record as a row, in the arena. ERR_INVALID with the column in `field`. */
MUST_USE struct err openitems_row_read(struct arena *arena, const struct csv *csv,
				       const struct openitems_header *header,
				       Relance__Invoicing__V1__OpenItemRow **row);

#endif
