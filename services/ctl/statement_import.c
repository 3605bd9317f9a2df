/* relancectl statement import FILE…: bank files into the books, one by one. */
#include <fcntl.h>
#include <lz4.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/money.h"
#include "common/base/text.h"
#include "common/io/random.h"
#include "common/io/sha256.h"
#include "ctl/ctl.h"
#include "ctl/payments.h"

#define PART_BYTES ((size_t)512 * 1024)       /* the service has buffers of this size for each worker */
#define PARTS_IN_FLIGHT 2                     /* one is stored while the next one is read and sent */
#define IMPORT_TIMEOUT_MS RPC_DEADLINE_MS_MAX /* a statement of a million entries is booked in one transaction */

static int cmd_statement_import(struct ctl *ctl, int argc, char **argv);
static int cmd_statement_accept(struct ctl *ctl, int argc, char **argv);

const struct ctl_command STATEMENT_IMPORT_COMMANDS[] = {
	{ "statement", "import", "FILE… [--adopt-account] [--profile NAME] [--account A] [--currency C]",
	  "store, match and book bank files", cmd_statement_import },
	{ "statement", "list", "", "bank statements, and the gaps and overlaps between them", cmd_payments_statements },
	{ "statement", "accept", "FILE-ID --reason TEXT", "book a file that was held; payments files shows them",
	  cmd_statement_accept },
	{ 0 },
};

typedef Relance__Payments__V1__ImportFileResponse Imported;

/* What is left of a path after its last slash. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return strcmp(path, "-") == 0 ? "stdin" : slash ? slash + 1 : path;
}

/* What the command line says of files beside their bytes. */
struct asked {
	bool adopt;
	const char *profile, *account, *currency;
};

struct upload {
	char file_id[ID_TEXT_BYTES];
	int64_t size;
	char sha256[SHA256_HEX_BYTES]; /* "": not known before it is sent */
};

/* As an LZ4 block in `packed`, where that is smaller. */
static struct err part_send(struct ctl *ctl, const char *file_id, int64_t offset, uint8_t *bytes, size_t length,
			    uint8_t *packed)
{
	Relance__Payments__V1__UploadFilePartRequest request;
	int packed_length = LZ4_compress_default((const char *)bytes, (char *)packed, (int)length, (int)length - 1);

	relance__payments__v1__upload_file_part_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.file_id = (char *)file_id;
	request.offset = offset;
	request.content = (ProtobufCBinaryData){ length, bytes };
	if (packed_length > 0) {
		request.content = (ProtobufCBinaryData){ (size_t)packed_length, packed };
		request.encoding = RELANCE__PAYMENTS__V1__PART_ENCODING__PART_ENCODING_LZ4_BLOCK;
		request.plain_bytes = (int64_t)length;
	}
	return ctl_start(ctl, CTL_PAYMENTS, "UploadFilePart", &request.base);
}

/* Fills the part: a pipe gives less than asked for. */
static struct err part_read(int handle, uint8_t *bytes, size_t *length)
{
	ssize_t got = 1;

	for (*length = 0; *length < PART_BYTES && got > 0; *length += (size_t)got) {
		got = read(handle, bytes + *length, PART_BYTES - *length);
		if (got < 0)
			return ERR(ERR_INVALID, "file.unreadable", NULL, "the file cannot be read");
	}
	return OK;
}

/* Of a file of more than one part, which can be read twice: what is in the books already is told by it, and not
 * sent. */
static struct err file_digest(int handle, uint8_t *bytes, struct upload *upload)
{
	SHA256_SCOPE *sha = sha256_begin();
	struct stat about;
	size_t length = PART_BYTES;

	upload->size = 0;
	upload->sha256[0] = '\0';
	if (fstat(handle, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size <= (off_t)PART_BYTES)
		return OK;
	for (; length > 0; upload->size += (int64_t)length) {
		TRY(part_read(handle, bytes, &length));
		sha256_add(sha, bytes, length);
	}
	sha256_end(sha, upload->sha256);
	return lseek(handle, 0, SEEK_SET) == 0 ? OK
					       : ERR(ERR_INVALID, "file.unreadable", NULL, "the file cannot be read");
}

static struct err parts_send(struct ctl *ctl, int handle, uint8_t *bytes, struct upload *upload)
{
	uint8_t *packed = arena_alloc(ctl->arena, PART_BYTES);
	size_t length = PART_BYTES;
	struct err first = OK;
	int in_flight = 0;

	for (upload->size = 0; err_ok(first) && length > 0; upload->size += (int64_t)length) {
		first = part_read(handle, bytes, &length);
		if (!err_ok(first) || length == 0)
			break;
		first = part_send(ctl, upload->file_id, upload->size, bytes, length, packed);
		in_flight += err_ok(first);
		if (err_ok(first) && in_flight == PARTS_IN_FLIGHT) {
			first = ctl_settle(ctl, CTL_PAYMENTS);
			in_flight--;
		}
	}
	for (; in_flight > 0; in_flight--) {
		struct err err = ctl_settle(ctl, CTL_PAYMENTS);

		if (err_ok(first))
			first = err;
	}
	return first;
}

static struct err import_ask(struct ctl *ctl, const char *path, const struct asked *asked, struct upload *upload,
			     Imported **imported)
{
	Relance__Payments__V1__ImportFileRequest request;
	int64_t timeout_ms = ctl->timeout_ms;

	if (ctl->timeout_ms < IMPORT_TIMEOUT_MS)
		ctl->timeout_ms = IMPORT_TIMEOUT_MS;
	relance__payments__v1__import_file_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.file_id = upload->file_id;
	request.name = (char *)name_of(path);
	request.size_bytes = upload->size;
	request.adopt_account = asked->adopt;
	request.profile = (char *)asked->profile;
	request.account = (char *)asked->account;
	request.currency = (char *)asked->currency;
	request.sha256 = upload->sha256;
	struct err err =
		ctl_call(ctl, CTL_PAYMENTS, "ImportFile", &request.base,
			 &relance__payments__v1__import_file_response__descriptor, (ProtobufCMessage **)imported);

	ctl->timeout_ms = timeout_ms;
	return err;
}

static struct err file_send(struct ctl *ctl, int handle, const char *path, const struct asked *asked,
			    Imported **imported)
{
	uint8_t *bytes = arena_alloc(ctl->arena, PART_BYTES);
	struct upload upload;

	id_format(id_fresh(), upload.file_id);
	TRY(file_digest(handle, bytes, &upload));
	if (upload.sha256[0]) {
		struct err err = import_ask(ctl, path, asked, &upload, imported);

		if (!text_equal(err.reason, "file.unknown")) /* in the books, or refused */
			return err;
	}
	TRY(parts_send(ctl, handle, bytes, &upload));
	if (upload.size == 0)
		return err_format(ctl->arena, ERR_INVALID, "file.empty", path, "%s is empty", path);
	return import_ask(ctl, path, asked, &upload, imported);
}

static struct err file_import(struct ctl *ctl, const char *path, const struct asked *asked, Imported **imported)
{
	int handle = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	if (handle < 0)
		return err_format(ctl->arena, ERR_NOT_FOUND, "file.unreadable", path, "%s cannot be opened", path);
	struct err err = file_send(ctl, handle, path, asked, imported);

	if (handle != STDIN_FILENO)
		close(handle);
	return err;
}

/* ------------------------------------------------------------------ what came of it */

static bool refused(const Imported *imported)
{
	return imported->file->state != RELANCE__PAYMENTS__V1__FILE_STATE__FILE_STATE_IMPORTED;
}

static json_t *tallies_json(const Imported *imported)
{
	json_t *list = json_array();

	for (size_t i = 0; i < imported->n_tallies; i++) {
		const Relance__Payments__V1__PaymentTally *tally = imported->tallies[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:I}", "state",
						      payment_state_word((int)tally->state), "currency",
						      tally->currency, "count", (json_int_t)tally->count,
						      "amount_minor", (json_int_t)tally->amount_minor,
						      "allocated_minor", (json_int_t)tally->allocated_minor));
	}
	return list;
}

static json_t *chain_json(const Imported *imported)
{
	json_t *list = json_array();

	for (size_t i = 0; i < imported->n_statements; i++) {
		const Relance__Payments__V1__Statement *statement = imported->statements[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:I, s:s, s:I, s:I, s:b, s:I, s:I, s:I}", "account", statement->account,
				  "statement_id", statement->statement_id, "sequence", (json_int_t)statement->sequence,
				  "chain", chain_word((int)statement->chain), "missing", (json_int_t)statement->missing,
				  "difference_minor", (json_int_t)statement->difference_minor, "out_of_order",
				  (int)statement->out_of_order, "entries", (json_int_t)statement->entries, "duplicates",
				  (json_int_t)statement->duplicates, "announced", (json_int_t)statement->announced));
	}
	return list;
}

/* What people must know of a statement's place: silence where it follows the one before. */
static void chain_note(struct ctl *ctl, const Relance__Payments__V1__Statement *statement)
{
	const char *name = statement->statement_id[0] ? statement->statement_id : "without number";
	char difference[MONEY_TEXT_BYTES];
	struct currency currency;

	if (!err_ok(currency_parse(statement->currency, &currency)))
		return;
	money_format(statement->difference_minor, currency, difference);
	if (statement->missing > 0)
		ctl_note(ctl, "statement %s of %s: a gap: %lld statements before it are missing by their numbers", name,
			 statement->account, (long long)statement->missing);
	else if (statement->chain == RELANCE__PAYMENTS__V1__CHAIN_LINK__CHAIN_LINK_GAP)
		ctl_note(ctl, "statement %s of %s: a gap: it opens with %s %s more than the one before closed with",
			 name, statement->account, difference, statement->currency);
	else if (statement->chain == RELANCE__PAYMENTS__V1__CHAIN_LINK__CHAIN_LINK_OVERLAP)
		ctl_note(ctl, "statement %s of %s: an overlap: %lld of its %lld entries were known", name,
			 statement->account, (long long)statement->duplicates, (long long)statement->entries);
	else if (statement->chain == RELANCE__PAYMENTS__V1__CHAIN_LINK__CHAIN_LINK_BROKEN)
		ctl_note(ctl, "statement %s of %s: its number follows, but its balance differs by %s %s", name,
			 statement->account, difference, statement->currency);
	if (statement->announced > 0)
		ctl_note(ctl,
			 "statement %s of %s: %lld entries are announced only: booked once an account statement has "
			 "them",
			 name, statement->account, (long long)statement->announced);
	if (statement->out_of_order)
		ctl_note(ctl, "statement %s of %s: out of order: a later one was imported before", name,
			 statement->account);
}

static json_t *imported_json(const Imported *imported)
{
	const Relance__Payments__V1__File *file = imported->file;

	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:o, s:o}", "file", file->name,
			 "state", file_state_word((int)file->state), "already_imported",
			 (int)imported->already_imported, "reason", file->reason, "message", file->message, "line",
			 (json_int_t)file->line, "format", file->format, "file_id", file->file_id, "statements",
			 (json_int_t)file->statements, "entries", (json_int_t)file->entries, "duplicates",
			 (json_int_t)file->duplicates, "payments", tallies_json(imported), "chain",
			 chain_json(imported));
}

static void file_note(struct ctl *ctl, const Imported *imported)
{
	const Relance__Payments__V1__File *file = imported->file;

	if (refused(imported))
		ctl_note(ctl, "%s: %s, nothing booked: %s (%s%s)", file->name, file_state_word((int)file->state),
			 file->message, file->reason,
			 file->line > 0 ? arena_format(ctl->arena, ", line %lld", (long long)file->line) : "");
	else if (imported->already_imported)
		ctl_note(ctl, "%s: imported before as %s, nothing booked", file->name, file->name);
	else if (text_starts(file->format, "pain.002"))
		ctl_note(ctl, "%s: a status report on %lld collections, of which it moved %lld", file->name,
			 (long long)file->entries, (long long)(file->entries - file->duplicates));
	else
		ctl_note(ctl, "%s: %lld statements, %lld entries, of which %lld were known", file->name,
			 (long long)file->statements, (long long)file->entries, (long long)file->duplicates);
}

static void tally_rows(struct table *table, const Imported *imported)
{
	for (size_t i = 0; i < imported->n_tallies; i++) {
		const Relance__Payments__V1__PaymentTally *tally = imported->tallies[i];

		table_row(table);
		table_cell_text(table, imported->file->name);
		table_cell_text(table, payment_state_word((int)tally->state));
		table_cell_int(table, tally->count);
		table_cell_money(table, tally->amount_minor, tally->currency);
		table_cell_money(table, tally->allocated_minor, tally->currency);
		table_cell_text(table, tally->currency);
	}
}

static struct table *tally_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "file", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "count", TABLE_INT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "allocated_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	return table;
}

static int print(struct ctl *ctl, Imported **imported, int count)
{
	if (ctl->format == TABLE_FORMAT_JSON) {
		json_t *list = json_array();

		for (int i = 0; i < count; i++)
			json_array_append_new(list, imported_json(imported[i]));
		return ctl_json(ctl, list);
	}
	struct table *table = tally_table(ctl);
	size_t rows = 0;

	for (int i = 0; i < count; i++) {
		file_note(ctl, imported[i]);
		for (size_t k = 0; k < imported[i]->n_statements; k++)
			chain_note(ctl, imported[i]->statements[k]);
		tally_rows(table, imported[i]);
		rows += imported[i]->n_tallies;
	}
	return rows > 0 || ctl->format == TABLE_FORMAT_CSV ? ctl_table(ctl, table) : CTL_DONE;
}

static int cmd_statement_import(struct ctl *ctl, int argc, char **argv)
{
	struct asked asked = { .profile = "", .account = "", .currency = "" };
	const struct ctl_option options[] = { CTL_OPTION_FLAG("--adopt-account", &asked.adopt),
					      CTL_OPTION_TEXT("--profile", &asked.profile),
					      CTL_OPTION_TEXT("--account", &asked.account),
					      CTL_OPTION_TEXT("--currency", &asked.currency) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, CTL_WORDS_MAX);
	Imported **imported = arena_array(ctl->arena, (size_t)argc + 1, sizeof *imported);
	int done = 0, code = CTL_DONE;

	for (; err_ok(err) && done < argc; done += err_ok(err))
		err = file_import(ctl, argv[done], &asked, &imported[done]);
	if (done > 0)
		code = print(ctl, imported, done);
	for (int i = 0; i < done && code == CTL_DONE; i++)
		if (refused(imported[i]))
			code = ctl_exit(ctl, ERR(ERR_CONFLICT, imported[i]->file->reason, imported[i]->file->name,
						 imported[i]->file->message));
	return err_ok(err) ? code : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ a held file */

static struct err file_accept(struct ctl *ctl, const char *file_id, const char *reason, Imported *imported)
{
	Relance__Payments__V1__AcceptFileRequest request;
	Relance__Payments__V1__AcceptFileResponse *reply = NULL;

	relance__payments__v1__accept_file_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.file_id = (char *)file_id;
	request.reason = (char *)reason;
	if (ctl->timeout_ms < IMPORT_TIMEOUT_MS)
		ctl->timeout_ms = IMPORT_TIMEOUT_MS;
	TRY(ctl_call(ctl, CTL_PAYMENTS, "AcceptFile", &request.base,
		     &relance__payments__v1__accept_file_response__descriptor, (ProtobufCMessage **)&reply));
	imported->file = reply->file;
	imported->tallies = reply->tallies;
	imported->n_tallies = reply->n_tallies;
	return OK;
}

static int cmd_statement_accept(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--reason", &reason) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 1, 1);
	Imported imported, *list[] = { &imported };

	relance__payments__v1__import_file_response__init(&imported);
	if (err_ok(err))
		err = file_accept(ctl, argv[0], reason, &imported);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	int code = print(ctl, list, 1);

	return refused(&imported) ? ctl_exit(ctl, ERR(ERR_CONFLICT, imported.file->reason, imported.file->name,
						      imported.file->message))
				  : code;
}
