#ifndef INVOICING_HANDLERS_H
#define INVOICING_HANDLERS_H

#include "common/io/outbox.h"
#include "common/io/rpc.h"
#include "invoicing/store.h"
#include "invoicing/wire.h"

/* The rpcs of invoicing. Each handler has five steps: decode (wire), load (store), decide (domain), save with the event
 * in the same transaction (store, outbox), encode (wire). handlers.c has creditors, customers, terms and the clock;
 * handlers_invoice.c invoices; handlers_document.c their PDFs; handlers_import.c imports and ageing. */

struct err create_creditor(struct rpc_call *call);
struct err change_creditor(struct rpc_call *call);
struct err list_creditors(struct rpc_call *call);
struct err upsert_customer(struct rpc_call *call);
struct err get_customer(struct rpc_call *call);
struct err list_customers(struct rpc_call *call);
struct err set_payment_terms(struct rpc_call *call);
struct err get_clock(struct rpc_call *call);
struct err set_clock(struct rpc_call *call);
struct err verify(struct rpc_call *call);

struct err issue_invoice(struct rpc_call *call);
struct err get_invoice(struct rpc_call *call);
struct err list_invoices(struct rpc_call *call);
struct err cancel_invoice(struct rpc_call *call);
struct err set_dispute(struct rpc_call *call);
struct err quote_late_charges(struct rpc_call *call);

struct err render_invoice(struct rpc_call *call);
struct err get_stationery(struct rpc_call *call);
struct err set_stationery(struct rpc_call *call);

struct err begin_import(struct rpc_call *call);
struct err add_import_rows(struct rpc_call *call);
struct err commit_import(struct rpc_call *call);
struct err list_item_changes(struct rpc_call *call);
struct err aging(struct rpc_call *call);

/* ------------------------------------------------------------------ what the files share */

struct event event_make(const struct rpc_call *call, const struct desk *desk, const char *type, const char *subject,
			struct payload payload);

/* Appends an event of the desk's creditor to the call's transaction. */
MUST_USE struct err publish(const struct rpc_call *call, const struct desk *desk, const char *type, const char *subject,
			    struct payload payload);

/* Terms with the late charges filled in where they were left to the law; checked. */
MUST_USE struct err terms_settle(const struct desk *desk, struct currency currency, const struct asked_terms *asked,
				 struct payment_terms *terms);

#endif
