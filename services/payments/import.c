#include "payments/import.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/sha256.h"
#include "payments/debit.h"
#include "payments/formats/csv_profile.h"
#include "payments/formats/pain002.h"
#include "payments/import_batch.h"
#include "payments/profile_file.h"

#define ENTRY_BYTES_USUAL 1000                    /* of camt */
#define PAYERS_REMEMBERED ((size_t)16000)         /* accounts, and as many names: some 3 MB each */
#define PAYERS_REMEMBERED_OF_LARGE ((size_t)2000) /* where a million entries leave no room for more */
#define BESIDE_BYTES ((int64_t)1024 * 1024)       /* of a file for which a second connection pays */

const char *import_profiles_folder = "";

struct parts {
	struct file_part *list;
	size_t count;
};

/* ------------------------------------------------------------------ the bytes */

static struct err parts_digest(struct db_tx *tx, const struct desk *desk, struct id file, const struct parts *parts,
			       char hex[static SHA256_HEX_BYTES])
{
	ARENA_SCOPE arena = arena_new(0);
	SHA256_SCOPE *sha = sha256_begin();

	for (size_t i = 0; i < parts->count; i++) {
		const void *bytes = NULL;
		size_t length = 0;

		TRY(file_part_load(tx, desk, file, parts->list[i].at_byte, arena, &bytes, &length));
		sha256_add(sha, bytes, length);
		arena_reset(arena);
	}
	sha256_end(sha, hex);
	return OK;
}

/* What the sender told of the bytes is true. */
static struct err sha_check(const struct import_request *request, const char *hex)
{
	return text_equal(request->sha256, hex) ? OK
						: ERR(ERR_CONFLICT, "file.sha256", "sha256",
						      "the bytes that were uploaded have another SHA-256");
}

/* The same for a file that was not read to its end. */
static struct err sha_verify(struct db_tx *tx, const struct desk *desk, const struct import_request *request)
{
	char hex[SHA256_HEX_BYTES];
	struct parts parts;

	if (!request->sha256)
		return OK;
	TRY(file_parts_list(tx, desk, request->file, request->size_bytes, &parts.list, &parts.count));
	TRY(parts_digest(tx, desk, request->file, &parts, hex));
	return sha_check(request, hex);
}

/* An error's texts, kept beyond the reader's life. */
static struct err err_keep(struct arena *arena, struct err err)
{
	err.reason = err.reason ? arena_copy(arena, err.reason) : NULL; /* of RAISE, the server's words */
	err.message = err.message ? arena_copy(arena, err.message) : NULL;
	err.field = err.field ? arena_copy(arena, err.field) : NULL;
	return err;
}

/* A profile that is wrong is our fault, not the file's. */
static struct err profiles_load(struct arena *arena, struct csv_profiles *profiles)
{
	struct err err = profile_folder_load(arena, profile_folder(arena, import_profiles_folder), profiles);

	if (!err_ok(err))
		err.code = ERR_CONFLICT;
	return err;
}

/* Part by part; the next one is on its way while one is read. */
static struct err parts_feed(struct importer *importer, const struct parts *parts, struct statement_reader *reader)
{
	ARENA_SCOPE arena = arena_new(0);
	SHA256_SCOPE *sha = importer->request->sha256 ? sha256_begin() : NULL;
	char hex[SHA256_HEX_BYTES];

	for (size_t i = 0; i <= parts->count; i++) {
		const void *bytes = NULL;
		size_t length = 0;

		arena_reset(arena);
		if (i > 0) {
			TRY(db_await(importer->reads, &importer->part));
			bytes = file_part_read(&importer->part, arena, &length);
			db_rows_release(&importer->part);
		}
		if (i < parts->count) {
			TRY(file_part_ask(importer->reads, &importer->desk, importer->request->file,
					  parts->list[i].at_byte, &importer->part));
			TRY(db_push(importer->reads));
		}
		if (sha && i > 0)
			sha256_add(sha, bytes, length);
		if (i > 0)
			TRY(statement_reader_feed(reader, bytes, length));
	}
	if (sha) {
		sha256_end(sha, hex);
		TRY(sha_check(importer->request, hex));
	}
	return statement_reader_finish(reader);
}

static struct err parts_read(struct importer *importer, const struct parts *parts, int64_t *line)
{
	struct statement_sink sink = importer_sink(importer);
	struct csv_profiles profiles = { .list = NULL };
	STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);
	struct err err = profiles_load(importer->file_arena, &profiles);

	profiles.only = importer->request->profile;
	profiles.account = importer->request->account;
	profiles.currency = importer->request->currency;

	statement_reader_profiles(reader, &profiles);

	importer->tx->arena = importer->batch->arena;
	if (err_ok(err))
		err = parts_feed(importer, parts, reader);
	if (importer->request->acceptance && text_equal(err.reason, "statement.cut"))
		err = OK; /* a person answers for what is missing */
	if (err_ok(err))
		err = db_flush(importer->tx);
	importer->tx->arena = importer->file_arena;
	*line = statement_reader_line(reader);
	return err_keep(importer->file_arena, err);
}

/* The bank's word on our direct debits may come the way of its statements. */
static struct err report_detect(struct db_tx *tx, const struct desk *desk, struct id file, const struct parts *parts,
				bool *report)
{
	ARENA_SCOPE arena = arena_new(0);
	const void *bytes;
	size_t length;

	TRY(file_part_load(tx, desk, file, parts->list[0].at_byte, arena, &bytes, &length));
	*report = pain002_detect(bytes, length);
	return OK;
}

static struct err report_read(struct importer *importer, const struct parts *parts)
{
	struct file_record *file = &importer->result->file;
	struct report_result report;

	TRY(sha_verify(importer->tx, &importer->desk, importer->request));
	TRY(debit_report_read(importer->tx, &importer->desk, file->id, parts->list, parts->count,
			      importer->request->trace_parent, &report));
	file->format = "pain.002";
	file->entries = (int64_t)report.count + report.unchanged + report.unknown;
	file->duplicates = report.unchanged;
	return OK;
}

static struct err file_read(struct importer *importer, const struct parts *parts, int64_t *line)
{
	bool report;

	TRY(report_detect(importer->tx, &importer->desk, importer->request->file, parts, &report));
	if (report && !importer->alone)
		return ERR(ERR_ABORTED, "report.alone", NULL,
			   "a report moves mandates and collections: nobody else may");
	if (report)
		return report_read(importer, parts);
	TRY(batches_begin(importer->tx));
	TRY(concerns_load(importer->tx, &importer->desk, &importer->concerns));
	return parts_read(importer, parts, line);
}

/* ------------------------------------------------------------------ one try */

/* The line of "line 17", else where the reader stood. */
static int64_t line_of(struct err err, int64_t reader_line)
{
	const char *field = err.field ? err.field : "";

	return text_starts(field, "line ") ? strtoll(field + strlen("line "), NULL, 10) : reader_line;
}

static bool held(struct err err)
{
	return text_equal(err.reason, "statement.balance") || text_equal(err.reason, "statement.cut") ||
	       text_equal(err.reason, "account.unknown") || text_equal(err.reason, "account.other_creditor") ||
	       text_equal(err.reason, "account.missing") || text_equal(err.reason, "debit.no_profile");
}

/* Our own tables never call a value invalid: that is the reader's word about the file. */
static bool rejected(struct err err)
{
	return !held(err) && (err.code == ERR_INVALID || err.code == ERR_RANGE || err.code == ERR_EXHAUSTED);
}

/* Somebody else's commit came between what was read and what was booked on it. */
static bool raced(struct err err)
{
	return err.code == ERR_ABORTED || text_equal(err.reason, "ledger.moved") ||
	       text_equal(err.reason, "ledger.overdrawn") || text_equal(err.reason, "payment.returned") ||
	       (text_equal(err.reason, "db.refused") &&
		(text_equal(err.field, "open_item_over_allocated") || text_equal(err.field, "balance_overdrawn"))) ||
	       (text_equal(err.reason, "db.exists") &&
		(text_equal(err.field, "file_imported") || text_equal(err.field, "bank_account_owner") ||
		 text_equal(err.field, "entry_once")));
}

/* The same bytes are in the books: under another id nothing is booked; under this one the answer was lost, and is given
 * again. */
static struct err already(struct db_tx *tx, const struct desk *desk, const struct import_request *request,
			  struct import_result *result, bool *done)
{
	struct import_result earlier = { 0 };

	TRY(file_find_imported(tx, desk, result->file.sha256, done, &earlier.file));
	if (!*done)
		return OK;
	earlier.already_imported = !id_equal(earlier.file.id, request->file);
	if (earlier.already_imported)
		TRY(file_drop(tx, desk, request->file));
	else
		TRY(file_tallies(tx, desk, request->file, &earlier.tallies, &earlier.tally_count));
	*result = earlier;
	return OK;
}

static struct err acceptance_keep(struct db_tx *tx, const struct desk *desk, const struct import_request *request,
				  const struct file_record *file)
{
	const struct acceptance *acceptance = request->acceptance;

	if (!acceptance)
		return OK;
	TRY(file_acceptance_save(tx, desk, file->id, acceptance->accepted_by, acceptance->reason, acceptance->held_for,
				 acceptance->held_message));
	return acceptance_announce(tx, desk, file, acceptance, request->trace_parent);
}

/* A large file's lookups go over a connection of their own, so that the database works on the next batch while it books
 * the last; without one they wait for each other. */
static struct db *beside_open(struct db *db, const struct import_request *request)
{
	struct db *beside = NULL;

	return request->size_bytes >= BESIDE_BYTES && err_ok(db_open_beside(db, &beside)) ? beside : NULL;
}

/* Reads in `reads` where there is another connection. */
static struct err import_read(struct importer *importer, struct db_tx *reads, struct moved_items *moved,
			      const struct parts *parts, int64_t *line)
{
	if (reads->db == importer->tx->db)
		return file_read(importer, parts, line);
	malloc_trim(0); /* what the upload and the keys have left behind */
	size_t entries = (size_t)importer->request->size_bytes / ENTRY_BYTES_USUAL;

	*moved = moved_items_make(importer->file_arena, entries + entries / 3); /* some pay several */
	importer->moved = moved;
	importer->payers = payer_memory_make(importer->file_arena, importer->request->size_bytes < LARGE_FILE_BYTES
									   ? PAYERS_REMEMBERED
									   : PAYERS_REMEMBERED_OF_LARGE);
	importer->reads = reads;
	TRY(batches_begin(reads));
	return file_read(importer, parts, line);
}

static struct err import_once(struct db *db, struct arena *arena, const struct import_request *request, bool alone,
			      struct import_result *result, int64_t *line)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
	DB_SCOPE beside = NULL;
	char digest[SHA256_HEX_BYTES];
	const char *sha256 = request->sha256; /* checked once all is read */
	struct parts parts;
	struct desk desk;
	bool done;

	TRY(desk_open(&tx, request->creditor, &desk));
	TRY(alone ? desk_lock(&tx, &desk) : desk_share(&tx, &desk));
	if (!sha256) {
		TRY(file_parts_list(&tx, &desk, request->file, request->size_bytes, &parts.list, &parts.count));
		TRY(parts_digest(&tx, &desk, request->file, &parts, digest));
		sha256 = digest;
	}
	*result = (struct import_result){ .file = { .id = request->file,
						    .name = request->name,
						    .state = FILE_IMPORTED,
						    .received_at = desk.now,
						    .size_bytes = request->size_bytes,
						    .sha256 = arena_copy(arena, sha256),
						    .profile = request->profile,
						    .account = request->account,
						    .currency = request->currency } };
	TRY(file_lock(&tx, &desk, sha256));
	TRY(already(&tx, &desk, request, result, &done));
	if (done)
		return db_commit(&tx);
	if (request->sha256)
		TRY(file_parts_list(&tx, &desk, request->file, request->size_bytes, &parts.list, &parts.count));
	OCCURRENCES_SCOPE occurrences = occurrences_make((size_t)request->size_bytes / ENTRY_BYTES_USUAL);
	MOVED_ITEMS_SCOPE moved = { 0 };
	IMPORTER_SCOPE importer;

	importer_init(&importer, &tx, &desk, request, arena, result);
	importer.alone = alone;
	importer.occurrences = &occurrences;
	TRY(known_keys_load(&tx, &desk, request->size_bytes, arena, &importer.known));
	beside = beside_open(db, request);
	DB_TX_SCOPE reads = db_begin(beside ? beside : db, arena, DB_READ);

	TRY(import_read(&importer, &reads, &moved, &parts, line));
	TRY(file_save(&tx, &desk, &result->file));
	TRY(acceptance_keep(&tx, &desk, request, &result->file));
	TRY(file_drop_copies(&tx, &desk, sha256, request->file));
	return db_commit(&tx);
}

/* Nothing is booked; the file stays, with the reason. */
static struct err keep_refused(struct db *db, struct arena *arena, const struct import_request *request,
			       struct import_result *result, struct err why, int64_t line)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_WRITE);
	struct desk desk;
	struct file_record *file = &result->file;

	TRY(desk_open(&tx, request->creditor, &desk));
	TRY(sha_verify(&tx, &desk, request));
	result->tally_count = result->statement_count = 0;
	file->state = held(why) ? FILE_HELD : FILE_REJECTED;
	file->reason = why.reason;
	file->message = why.message;
	file->line = line_of(why, line);
	file->statements = file->entries = file->duplicates = 0;
	TRY(file_save(&tx, &desk, file));
	TRY(file_drop_copies(&tx, &desk, file->sha256, file->id));
	return db_commit(&tx);
}

struct err import_file(struct db *db, struct arena *arena, const struct import_request *request,
		       struct import_result *result)
{
	struct import_result found = { 0 };
	struct err err = OK;
	int64_t line = 0;

	if (request->size_bytes <= 0 || request->size_bytes > IMPORT_FILE_BYTES_MAX)
		return ERR(ERR_INVALID, "file.size", "size_bytes", "a file has 1 byte to 2 GiB");
	for (int i = 0; i < IMPORT_RACE_TRIES; i++) {
		err = import_once(db, arena, request, i > 0, &found, &line);
		if (!raced(err))
			break;
	}
	if (found.file.sha256 && (held(err) || rejected(err))) /* the reader had begun */
		err = keep_refused(db, arena, request, &found, err, line);
	if (err_ok(err))
		*result = found;
	return err;
}

static struct err held_find(struct db *db, struct arena *arena, const struct import_request *request,
			    struct file_record *file)
{
	DB_TX_SCOPE tx = db_begin(db, arena, DB_READ);
	struct desk desk;
	bool found;

	TRY(desk_open(&tx, request->creditor, &desk));
	TRY(file_find(&tx, &desk, request->file, &found, file));
	if (!found)
		return ERR(ERR_NOT_FOUND, "file.unknown", "file_id", "there is no file of this id");
	if (file->state != FILE_HELD)
		return err_format(arena, ERR_CONFLICT, "file.not_held", "file_id",
				  "only a file that is held can be accepted; this one is %s",
				  file_state_name(file->state));
	return db_commit(&tx);
}

struct err import_accept(struct db *db, struct arena *arena, const struct import_request *request, const char *reason,
			 const char *accepted_by, struct import_result *result)
{
	struct file_record file = { 0 };

	TRY(held_find(db, arena, request, &file));
	const struct acceptance acceptance = { reason, accepted_by, file.reason, file.message };
	struct import_request accepted = *request;

	accepted.name = file.name;
	accepted.size_bytes = file.size_bytes;
	accepted.profile = file.profile;
	accepted.account = file.account;
	accepted.currency = file.currency;
	accepted.adopt_account = text_equal(file.reason, "account.unknown");
	accepted.acceptance = &acceptance;
	return import_file(db, arena, &accepted, result);
}
