#ifndef PAYMENTS_IMPORT_H
#define PAYMENTS_IMPORT_H

#include "payments/store.h"

/* One bank file from its stored parts into the books: read as a stream, matched and booked in batches, all in one
 * transaction. Whatever happens in the middle, nothing is half done; the same file again books nothing.
 *
 * A file that cannot be booked is kept with the reason: rejected where it is not readable, held where it is, but the
 * balance doesn't add up, the file was cut off or nobody owns the account. That is a result, not an error. */

/* A held file is booked because a person answers for it. */
struct acceptance {
	const char *reason, *accepted_by;
	const char *held_for, *held_message; /* what the file was held for */
};

struct import_request {
	const char *creditor, *name, *trace_parent;
	struct id file;
	int64_t size_bytes;
	bool adopt_account;
	const char *profile, *account; /* of CSV: the profile by name, and whose account; NULL: what the file says */
	struct currency currency;      /* likewise; "" */
	const char *sha256;            /* of the whole file, as its sender has it; NULL: not told */
	const struct acceptance *acceptance; /* NULL: held where it cannot be trusted */
};

/* Where CSV profiles are (RELANCE_PROFILES); "" for those that come along. */
extern const char *import_profiles_folder;

struct import_result {
	struct file_record file;
	bool already_imported; /* under another id: `file` is the earlier one */
	struct tally *tallies;
	size_t tally_count;
	struct statement_record *statements; /* booked now: the first IMPORT_STATEMENTS_MAX */
	size_t statement_count;
};

#define IMPORT_STATEMENTS_MAX 1000 /* a file of a bank has one a day and account */

/* Imports of one creditor run side by side. Where another has changed an open item in between, the import is taken back
 * and tries again alone, up to IMPORT_RACE_TRIES times in all. The result lives in `arena`. */
#define IMPORT_RACE_TRIES 5
#define IMPORT_FILE_BYTES_MAX (INT64_C(2) * 1024 * 1024 * 1024)

/* Errors besides the store's: ERR_CONFLICT "file.sha256" where request->sha256 is not that of the bytes; nothing is
 * booked or kept of that. */
MUST_USE struct err import_file(struct db *db, struct arena *arena, const struct import_request *request,
				struct import_result *result);

/* Books a held file: who, when and why go into payments.file_acceptance, and as an event to whoever listens. Errors:
 * ERR_NOT_FOUND "file.unknown", ERR_CONFLICT "file.not_held" (rejected files too: nothing can be read in them). A file
 * whose account belongs to another creditor stays held. */
MUST_USE struct err import_accept(struct db *db, struct arena *arena, const struct import_request *request,
				  const char *reason, const char *accepted_by, struct import_result *result);

#endif
