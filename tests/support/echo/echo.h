#ifndef SUPPORT_ECHO_H
#define SUPPORT_ECHO_H

#include "common/io/rpc.h"
#include "echo.pb-c.h"

/* The methods of EchoService. Those beside Echo need ECHO_SCHEMA, applied as postgres. */

#define ECHO_SERVICE "relance.test.v1.EchoService"
#define ECHO_METHOD_COUNT 4

extern const struct rpc_method ECHO_METHODS[ECHO_METHOD_COUNT];

#define ECHO_SCHEMA                                                                                                    \
	"CREATE TABLE invoicing.note (id uuid PRIMARY KEY, creditor text COLLATE \"C\" NOT NULL, name text NOT NULL, " \
	"body bytea NOT NULL);"                                                                                        \
	"CREATE TABLE invoicing.claim (name text PRIMARY KEY, id uuid NOT NULL);"                                      \
	"GRANT SELECT, INSERT ON invoicing.note, invoicing.claim TO relance_invoicing;"

#endif
