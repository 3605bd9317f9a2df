#ifndef PAYMENTS_IMPORT_BATCH_H
#define PAYMENTS_IMPORT_BATCH_H

#include "payments/domain/occurrences.h"
#include "payments/formats/statement.h"
#include "payments/import.h"

/* The sink of a bank file: statements and entries as the reader gives them, booked batch by batch in the caller's
 * transaction. */

struct importer {
	struct db_tx *tx;
	struct db_tx *reads; /* where lookups are made: in tx, or beside it */
	struct concerns concerns;
	const struct known_keys *known; /* NULL: every key may be the creditor's */
	struct moved_items *moved;      /* what lookups beside tx do not see; else NULL */
	struct payer_memory *payers;    /* of a file that is looked up beside tx; else NULL */
	struct desk desk;
	const struct import_request *request;
	bool alone;                      /* nobody else posts for the creditor, but invoicing */
	struct arena *file_arena;        /* what is kept until the file's end */
	struct batch batches[2];         /* each in an arena of its own, emptied when it is booked */
	struct batch *batch;             /* that entries are collected in */
	struct batch *waiting;           /* what it names is being looked up; NULL: none is */
	struct db_rows part;             /* of the file, the next one to read */
	bool overlaps;                   /* most entries of the last batch were known */
	size_t batch_entries;            /* in one */
	size_t batch_count;              /* begun */
	struct occurrences *occurrences; /* of entry keys in this file */
	struct id first_id;              /* ids of this file count up from here, so that lists show the file's order */
	uint32_t id_count;
	struct statement_record statement; /* its account is known from the first entry on */
	struct match_rules *rules;         /* of the creditor; known with the account */
	size_t rule_count;
	struct import_result *result; /* counts and tallies grow here */
};

#define IMPORTER_SCOPE __attribute__((cleanup(importer_release))) struct importer

void importer_init(struct importer *importer, struct db_tx *tx, const struct desk *desk,
		   const struct import_request *request, struct arena *file_arena, struct import_result *result);
void importer_release(struct importer *importer);

/* An id behind those given before. */
struct id importer_id(struct importer *importer);

/* Has the databases' answers taken and questions sent, now and then while there is much else to do. */
#define PUMP_EVERY 16
MUST_USE struct err importer_pump(struct importer *importer, size_t done);

/* import_book.c: has what was collected of the statement so far looked up, and books what was collected before it;
 * batches_finish books all. The outcome is known at the next round trip of importer->tx. */
MUST_USE struct err batch_turn(struct importer *importer);
MUST_USE struct err batches_finish(struct importer *importer);

/* For statement_reader_new. Errors besides the store's: ERR_CONFLICT "statement.balance" (`held`). */
struct statement_sink importer_sink(struct importer *importer);

/* import_trust.c. What the statement will bring again is booked before it only where its own entry will be recognised
 * as the same. */
bool entry_counts(const struct statement *statement, const struct statement_entry *entry);
/* ERR_CONFLICT "statement.balance", "statement.cut": held, until a person accepts it. */
MUST_USE struct err statement_trust(struct arena *arena, const struct statement *statement);

/* import_events.c: what other services hear of the batch. */
MUST_USE struct err batch_announce(struct db_tx *tx, const struct desk *desk, const struct batch *batch,
				   const char *trace_parent);
MUST_USE struct err acceptance_announce(struct db_tx *tx, const struct desk *desk, const struct file_record *file,
					const struct acceptance *acceptance, const char *trace_parent);
MUST_USE struct err statement_announce(struct db_tx *tx, const struct desk *desk,
				       const struct statement_record *statement, const char *trace_parent);

#endif
