#ifndef CTL_INVOICING_H
#define CTL_INVOICING_H

#include "ctl/ctl.h"
#include "relance/invoicing/v1/invoicing.pb-c.h"

/* What the nouns of invoicing share: aging, customer, invoice, creditor, clock. */

/* The generated names carry the whole package; these are the same, shorter. */
#define PB(name) Relance__Invoicing__V1__##name
#define PB_INIT(name) relance__invoicing__v1__##name##__init

/* CALL(ctl, "GetInvoice", get_invoice, &request, &reply): one rpc of invoicing. */
#define CALL(ctl, rpc, init_name, request, reply)                                                                      \
	ctl_call((ctl), CTL_INVOICING, (rpc), &(request)->base,                                                        \
		 &relance__invoicing__v1__##init_name##_response__descriptor, (ProtobufCMessage **)(reply))

#define PAGE_ROWS 500

/* A table of ageing rows; with the customers' columns or without. */
struct table *aging_table(struct ctl *ctl, bool customers);
void aging_table_row(struct table *table, const PB(AgingRow) * row, bool customer);

/* The columns of an invoice in lists and alone. */
struct table *invoice_table(struct ctl *ctl);
void invoice_table_row(struct table *table, const PB(Invoice) * invoice);

/* "12 rue de la Paix; 75002 Paris" as lines. */
char **address_lines(struct ctl *ctl, const char *address, size_t *count);

/* Lays the texts that options have set in `given`, a message fresh from its init, over those of `record`, of the same
 * type: a text set to "" counts, one that was not set leaves the record's. */
void texts_overlay(ProtobufCMessage *record, const ProtobufCMessage *given);

/* NULL for "", so that dates and texts that are not there become null. */
const char *or_null(const char *text);

/* "1 bad row", "2 bad rows". */
const char *counted(struct ctl *ctl, int64_t count, const char *noun);

/* YYYY-MM-DD in the arena; "" for DATE_NONE. */
char *date_text(struct ctl *ctl, struct date date);

#endif
