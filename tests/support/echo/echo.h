#ifndef SUPPORT_ECHO_H
#define SUPPORT_ECHO_H

#include "common/io/rpc.h"
#include "echo.pb-c.h"

/* The methods of EchoService. Those beside Echo need ECHO_SCHEMA, applied as postgres. */

#define ECHO_SERVICE "relance.test.v1.EchoService"
#define ECHO_METHOD_COUNT 4

extern const struct rpc_method ECHO_METHODS[ECHO_METHOD_COUNT];

/* A row as the product has them: a key, a unique number, a reference, an amount, an index. */
#define ECHO_INVOICES 10000
#define ECHO_SCHEMA                                                                                                    \
	"CREATE TABLE invoicing.note_invoice (id bigint PRIMARY KEY);"                                                 \
	"INSERT INTO invoicing.note_invoice SELECT generate_series(1, 10000);"                                         \
	"CREATE TABLE invoicing.note (id uuid PRIMARY KEY, creditor text COLLATE \"C\" NOT NULL, number text NOT "     \
	"NULL, "                                                                                                       \
	"invoice bigint NOT NULL REFERENCES invoicing.note_invoice, amount_minor bigint NOT NULL CHECK (amount_minor " \
	"> 0), "                                                                                                       \
	"name text NOT NULL, body bytea NOT NULL, UNIQUE (creditor, number));"                                         \
	"CREATE INDEX ON invoicing.note (invoice);"                                                                    \
	"CREATE TABLE invoicing.claim (name text PRIMARY KEY, id uuid NOT NULL);"                                      \
	"GRANT SELECT, INSERT ON invoicing.note, invoicing.claim TO relance_invoicing;"

#endif
