#ifndef CTL_INVOICE_JSON_H
#define CTL_INVOICE_JSON_H

#include "ctl/invoicing.h"

/* Invoices as JSON: in by the gateway's transcoder, as an ERP would send them; out in the words of relancectl. */

/* `bytes` is an IssueInvoiceRequest. The transcoder's errors, with the path in `field`. */
MUST_USE struct err invoice_from_json(struct ctl *ctl, const char *bytes, size_t length,
				      PB(IssueInvoiceRequest) * *request);

json_t *invoice_to_json(const PB(GetInvoiceResponse) * reply, const char *state);

#endif
