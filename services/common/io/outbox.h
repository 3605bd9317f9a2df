#ifndef IO_OUTBOX_H
#define IO_OUTBOX_H

#include "common/io/db.h"
#include "common/io/db_records.h"

/* An event is appended to the transaction that changes the record, and to nothing else: it exists if and only
 * if that transaction commits. relance-feed numbers committed events and publishes them. */

struct event {
	const char *creditor;
	const char *type;    /* "relance.invoice.issued.v1": relance.<noun>.<verb in the past>.v<N> */
	const char *subject; /* number or id of the record that changed: "INV-2026-000017" */
	struct instant time; /* the creditor's clock */
	const void *payload; /* protobuf bytes of the message named by `payload_type` */
	size_t payload_length;
	const char *payload_type; /* "relance.invoicing.v1.InvoiceIssued" */
	const char *trace_parent; /* W3C traceparent or NULL */
};

MUST_USE struct err outbox_append(struct db_tx *tx, const struct event *event);

#define OUTBOX_ROW_EVENTS 1000 /* in a row of the outbox, as a rule: some 500 KB, which the relay takes at once */

/* The same for many. */
MUST_USE struct err outbox_append_all(struct db_tx *tx, const struct event *events, size_t count);

/* The same where each event is forgotten once it is added: begin, add some, end. Whoever has many calls outbox_row now
 * and then, which ends a row that is full and begins another. */
MUST_USE struct err outbox_begin(struct db_tx *tx, struct db_records *events);
void outbox_add(struct db_records *events, const struct event *event);
MUST_USE struct err outbox_row(struct db_tx *tx, struct db_records *events);
MUST_USE struct err outbox_end(struct db_tx *tx, struct db_records *events);

#endif
