#include <lz4.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "payments/store.h"

/* An upload whose client died before it asked for the import. */
#define UPLOAD_KEEP_S (24 * 3600) /* then it is dropped, when the next file comes */
#define UPLOAD_IDLE_S (10 * 60)   /* then another upload of the same bytes takes its place */

#define FILE_COLUMNS                                                                                                   \
	"id, name, state, reason, message, line, received_at, size_bytes, sha256, format, statements, entries, "       \
	"duplicates, profile, account, currency"

static const struct db_stmt FILE_RECEIVE =
	DB_STMT("payments_file_receive",
		"INSERT INTO payments.file (creditor, id, received_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");

/* A part that is lost with the machine is found missing when the import is asked for, whose own commit waits for the
 * disk. */
static const struct db_stmt PART_LATER =
	DB_STMT("payments_part_later", "SELECT set_config('synchronous_commit', 'off', true)");

static const struct db_stmt PART_SAVE =
	DB_STMT("payments_part_save", "INSERT INTO payments.file_part (creditor, file, at_byte, content, plain_bytes) "
				      "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (creditor, file, at_byte) "
				      "DO UPDATE SET content = excluded.content, plain_bytes = excluded.plain_bytes");

#define PLAIN_BYTES "coalesce(plain_bytes, octet_length(content))"

static const struct db_stmt PARTS_STORED =
	DB_STMT("payments_parts_stored", "SELECT coalesce(sum(" PLAIN_BYTES "), 0)::bigint "
					 "FROM payments.file_part WHERE creditor = $1 AND file = $2");

static const struct db_stmt PARTS_LIST =
	DB_STMT("payments_parts_list", "SELECT at_byte, " PLAIN_BYTES " FROM payments.file_part "
				       "WHERE creditor = $1 AND file = $2 ORDER BY at_byte");

static const struct db_stmt PART_LOAD =
	DB_STMT_BINARY("payments_part_load", "SELECT content, plain_bytes FROM payments.file_part "
					     "WHERE creditor = $1 AND file = $2 AND at_byte = $3");

static const struct db_stmt FILE_SAVE = DB_STMT(
	"payments_file_save",
	"UPDATE payments.file SET name = $3, state = $4, reason = $5, message = $6, line = $7, size_bytes = $8, "
	"sha256 = $9, format = $10, statements = $11, entries = $12, duplicates = $13, profile = $14, account = $15, "
	"currency = $16 WHERE creditor = $1 AND id = $2");

static const struct db_stmt FILE_FIND =
	DB_STMT("payments_file_find", "SELECT " FILE_COLUMNS " FROM payments.file WHERE creditor = $1 AND id = $2");

static const struct db_stmt FILE_FIND_IMPORTED =
	DB_STMT("payments_file_find_imported", "SELECT " FILE_COLUMNS " FROM payments.file "
					       "WHERE creditor = $1 AND sha256 = $2 AND state = 'imported'");

static const struct db_stmt FILE_DROP = DB_STMT(
	"payments_file_drop", "DELETE FROM payments.file WHERE creditor = $1 AND id = $2 AND state <> 'imported'");

static const struct db_stmt FILE_DROP_COPIES =
	DB_STMT("payments_file_drop_copies",
		"DELETE FROM payments.file WHERE creditor = $1 AND sha256 = $2 AND id <> $3 AND state <> 'imported'");

static const struct db_stmt UPLOADS_DROP_OLD =
	DB_STMT("payments_uploads_drop_old",
		"DELETE FROM payments.file WHERE creditor = $1 AND state = 'received' AND received_at < $2");

static const struct db_stmt UPLOADS_IDLE =
	DB_STMT("payments_uploads_idle", "SELECT id FROM payments.file WHERE creditor = $1 AND state = 'received' "
					 "AND received_at < $2 AND id <> $3");

/* All that came of the upload $2 stands in the file $3, too: the whole of it, or its beginning. Blocks are compared
 * whole. */
static const struct db_stmt UPLOAD_DROP_COPY = DB_STMT(
	"payments_upload_drop_copy",
	"DELETE FROM payments.file WHERE creditor = $1 AND id = $2 AND state = 'received' AND NOT EXISTS ("
	"SELECT FROM payments.file_part p LEFT JOIN payments.file_part k ON k.creditor = $1 AND k.file = $3 "
	"AND k.at_byte = p.at_byte WHERE p.creditor = $1 AND p.file = $2 "
	"AND (k.plain_bytes IS DISTINCT FROM p.plain_bytes "
	"  OR CASE WHEN p.plain_bytes IS NULL THEN substring(k.content FOR octet_length(p.content)) ELSE k.content END "
	"     IS DISTINCT FROM p.content))");

static const struct db_stmt ACCEPTANCE_SAVE =
	DB_STMT("payments_acceptance_save", "INSERT INTO payments.file_acceptance (creditor, file, accepted_at, "
					    "accepted_by, reason, held_for, held_message) "
					    "VALUES ($1, $2, $3, $4, $5, $6, $7)");

/* The newest first. */
static const struct db_stmt FILES_PAGE = DB_STMT(
	"payments_files_page", "SELECT " FILE_COLUMNS " FROM payments.file "
			       "WHERE creditor = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3");

static const char *const STATES[FILE_STATE_COUNT] = {
	[FILE_RECEIVED] = "received",
	[FILE_IMPORTED] = "imported",
	[FILE_HELD] = "held",
	[FILE_REJECTED] = "rejected",
};

const char *file_state_name(enum file_state state)
{
	CHECK(state < FILE_STATE_COUNT);
	return STATES[state];
}

static enum file_state state_get(const char *name)
{
	int state = 0;

	while (state < FILE_STATE_COUNT && !text_equal(STATES[state], name))
		state++;
	CHECK(state < FILE_STATE_COUNT);
	return (enum file_state)state;
}

static struct file_record file_read(const struct db_rows *rows, int row, struct arena *arena)
{
	struct file_record file = {
		.id = db_cell_id(rows, row, 0),
		.name = db_cell_copy(rows, row, 1, arena),
		.state = state_get(db_cell_text(rows, row, 2)),
		.reason = db_cell_copy(rows, row, 3, arena),
		.message = db_cell_copy(rows, row, 4, arena),
		.line = db_cell_int(rows, row, 5),
		.received_at = db_cell_time(rows, row, 6),
		.size_bytes = db_cell_int(rows, row, 7),
		.sha256 = db_cell_copy(rows, row, 8, arena),
		.format = db_cell_copy(rows, row, 9, arena),
		.statements = db_cell_int(rows, row, 10),
		.entries = db_cell_int(rows, row, 11),
		.duplicates = db_cell_int(rows, row, 12),
		.profile = db_cell_copy(rows, row, 13, arena),
		.account = db_cell_copy(rows, row, 14, arena),
	};

	if (!db_cell_null(rows, row, 15))
		CHECK(err_ok(currency_parse(db_cell_text(rows, row, 15), &file.currency)));
	return file;
}

static struct db_param seconds_before(struct instant now, int64_t seconds)
{
	return db_time((struct instant){ now.us - seconds * US_PER_SECOND });
}

/* The file's own bytes, in `arena`; NULL where the block does not hold so many. */
static const void *part_unpack(struct arena *arena, const struct part_bytes *part)
{
	char *plain = arena_alloc(arena, part->plain_length);
	int length = LZ4_decompress_safe(part->bytes, plain, (int)part->length, (int)part->plain_length);

	return length >= 0 && (size_t)length == part->plain_length ? plain : NULL;
}

struct err file_part_save(struct db_tx *tx, const struct desk *desk, struct id file, int64_t at_byte,
			  const struct part_bytes *part, int64_t *stored_bytes)
{
	DB_ROWS_SCOPE rows = { 0 };

	if (part->plain_length > 0 && !part_unpack(tx->arena, part))
		return ERR(ERR_INVALID, "file.part_broken", "content",
			   "the LZ4 block does not hold as many bytes as it should");
	if (at_byte == 0)
		TRY(db_exec(tx, &UPLOADS_DROP_OLD,
			    DB_PARAMS(db_text(desk->creditor), seconds_before(desk->now, UPLOAD_KEEP_S))));
	TRY(db_exec(tx, &PART_LATER, DB_NO_PARAMS));
	TRY(db_exec(tx, &FILE_RECEIVE, DB_PARAMS(db_text(desk->creditor), db_id(file), db_time(desk->now))));
	TRY(db_exec(tx, &PART_SAVE,
		    DB_PARAMS(db_text(desk->creditor), db_id(file), db_int(at_byte),
			      db_bytes(tx->arena, part->bytes, part->length),
			      part->plain_length > 0 ? db_int((int64_t)part->plain_length) : db_null())));
	TRY(db_query(tx, &PARTS_STORED, DB_PARAMS(db_text(desk->creditor), db_id(file)), &rows));
	*stored_bytes = db_cell_int(&rows, 0, 0);
	return OK;
}

struct err file_parts_list(struct db_tx *tx, const struct desk *desk, struct id file, int64_t size_bytes,
			   struct file_part **parts, size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };
	int64_t at = 0;

	TRY(db_query(tx, &PARTS_LIST, DB_PARAMS(db_text(desk->creditor), db_id(file)), &rows));
	if (rows.count == 0)
		return ERR(ERR_NOT_FOUND, "file.unknown", "file_id", "nothing was uploaded under this id");
	struct file_part *list = arena_array(tx->arena, (size_t)rows.count, sizeof *list);

	for (int i = 0; i < rows.count; i++) {
		list[i] = (struct file_part){ db_cell_int(&rows, i, 0), db_cell_int(&rows, i, 1) };
		if (list[i].at_byte != at)
			return err_format(tx->arena, ERR_CONFLICT, "file.incomplete", "file_id",
					  "the part at byte %lld is missing", (long long)at);
		at += list[i].length;
	}
	if (at != size_bytes)
		return err_format(tx->arena, ERR_CONFLICT, "file.incomplete", "size_bytes",
				  "%lld of %lld bytes were uploaded", (long long)at, (long long)size_bytes);
	*parts = list;
	*count = (size_t)rows.count;
	return OK;
}

struct err file_part_ask(struct db_tx *tx, const struct desk *desk, struct id file, int64_t at_byte,
			 struct db_rows *rows)
{
	return db_ask(tx, &PART_LOAD, DB_PARAMS(db_text(desk->creditor), db_id(file), db_int(at_byte)), rows);
}

const void *file_part_read(const struct db_rows *rows, struct arena *arena, size_t *length)
{
	CHECK(rows->count == 1);
	struct part_bytes part = { .bytes = db_cell_bytes(rows, 0, 0, arena, length) };

	if (db_cell_null(rows, 0, 1))
		return part.bytes;
	part.length = *length;
	*length = part.plain_length = (size_t)db_cell_int(rows, 0, 1);
	const void *plain = part_unpack(arena, &part);

	CHECK(plain); /* it was looked into when it came */
	return plain;
}

struct err file_part_load(struct db_tx *tx, const struct desk *desk, struct id file, int64_t at_byte,
			  struct arena *arena, const void **bytes, size_t *length)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(file_part_ask(tx, desk, file, at_byte, &rows));
	TRY(db_await(tx, &rows));
	*bytes = file_part_read(&rows, arena, length);
	return OK;
}

struct err file_save(struct db_tx *tx, const struct desk *desk, const struct file_record *file)
{
	return db_exec(tx, &FILE_SAVE,
		       DB_PARAMS(db_text(desk->creditor), db_id(file->id), db_text_or_empty(file->name),
				 db_text(STATES[file->state]), db_text(file->reason), db_text(file->message),
				 file->line > 0 ? db_int(file->line) : db_null(), db_int(file->size_bytes),
				 db_text(file->sha256), db_text(file->format), db_int(file->statements),
				 db_int(file->entries), db_int(file->duplicates), db_text(file->profile),
				 db_text(file->account), db_text(file->currency.code)));
}

static struct err file_of(struct db_tx *tx, const struct db_rows *rows, bool *found, struct file_record *file)
{
	*found = rows->count > 0;
	if (*found)
		*file = file_read(rows, 0, tx->arena);
	return OK;
}

struct err file_find(struct db_tx *tx, const struct desk *desk, struct id id, bool *found, struct file_record *file)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &FILE_FIND, DB_PARAMS(db_text(desk->creditor), db_id(id)), &rows));
	return file_of(tx, &rows, found, file);
}

struct err file_find_imported(struct db_tx *tx, const struct desk *desk, const char *sha256, bool *found,
			      struct file_record *file)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &FILE_FIND_IMPORTED, DB_PARAMS(db_text(desk->creditor), db_text(sha256)), &rows));
	return file_of(tx, &rows, found, file);
}

struct err file_acceptance_save(struct db_tx *tx, const struct desk *desk, struct id file, const char *accepted_by,
				const char *reason, const char *held_for, const char *held_message)
{
	return db_exec(tx, &ACCEPTANCE_SAVE,
		       DB_PARAMS(db_text(desk->creditor), db_id(file), db_time(desk->now),
				 db_text_or_empty(accepted_by), db_text(reason), db_text(held_for),
				 db_text(held_message)));
}

struct err file_drop(struct db_tx *tx, const struct desk *desk, struct id file)
{
	return db_exec(tx, &FILE_DROP, DB_PARAMS(db_text(desk->creditor), db_id(file)));
}

struct err file_drop_copies(struct db_tx *tx, const struct desk *desk, const char *sha256, struct id keep)
{
	DB_ROWS_SCOPE idle = { 0 };

	TRY(db_exec(tx, &FILE_DROP_COPIES, DB_PARAMS(db_text(desk->creditor), db_text(sha256), db_id(keep))));
	TRY(db_query(tx, &UPLOADS_IDLE,
		     DB_PARAMS(db_text(desk->creditor), seconds_before(desk->now, UPLOAD_IDLE_S), db_id(keep)), &idle));
	for (int i = 0; i < idle.count; i++)
		TRY(db_exec(tx, &UPLOAD_DROP_COPY,
			    DB_PARAMS(db_text(desk->creditor), db_id(db_cell_id(&idle, i, 0)), db_id(keep))));
	return OK;
}

struct err files_page(struct db_tx *tx, const struct desk *desk, const struct page *page, struct file_record **list,
		      size_t *count)
{
	DB_ROWS_SCOPE rows = { 0 };

	TRY(db_query(tx, &FILES_PAGE, DB_PARAMS(db_text(desk->creditor), db_text(page->after), db_int(page->size)),
		     &rows));
	*list = arena_array(tx->arena, (size_t)rows.count, sizeof **list);
	*count = (size_t)rows.count;
	for (int i = 0; i < rows.count; i++)
		(*list)[i] = file_read(&rows, i, tx->arena);
	return OK;
}
