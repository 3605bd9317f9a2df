#include "common/base/text.h"
#include "payments/debit.h"
#include "payments/domain/key_map.h"
#include "payments/formats/pain002.h"

/* Status reports: what the bank says of a file of ours before any money moves. */

#define REPORT_BYTES_MAX (INT64_C(256) * 1024 * 1024)

struct report {
	struct db_tx *tx;
	const struct desk *desk;
	const char *trace_parent;
	int retry_days;
	struct date on;
	struct collection_record *file; /* the collections of our file */
	size_t file_count;
	struct key_map by_id, by_batch; /* of those */
	struct report_result result;
};

/* Our file, once the report has named it. */
static struct err file_load(struct report *report, const struct status_line *line)
{
	struct arena *arena = report->tx->arena;

	if (report->result.message_id || text_empty(line->original_message_id))
		return OK;
	report->result.message_id = arena_copy(arena, line->report_id ? line->report_id : "");
	report->result.original_message_id = arena_copy(arena, line->original_message_id);
	TRY(collections_of_message(report->tx, report->desk, report->result.original_message_id, &report->file,
				   &report->file_count));
	for (size_t i = 0; i < report->file_count; i++) {
		key_map_add(&report->by_id, report->file[i].end_to_end_id, &report->file[i]);
		key_map_add(&report->by_batch, report->file[i].batch, &report->file[i]);
	}
	return OK;
}

static struct err accept(struct report *report, struct collection_record *collection)
{
	if (!err_ok(collection_move(&collection->state, COLLECTION_ACCEPTED))) {
		report->result.unchanged++;
		return OK;
	}
	*ARENA_PUSH(report->tx->arena, report->result.collections, report->result.count) = *collection;
	return collection_update(report->tx, report->desk, collection);
}

/* Money that came is not taken away by a report: the statement will say so. */
static struct err reject(struct report *report, struct collection_record *collection, const char *reason)
{
	const struct came_back how = { .state = COLLECTION_REJECTED,
				       .reason = reason ? arena_copy(report->tx->arena, reason) : NULL,
				       .on = report->on,
				       .retry_days = report->retry_days,
				       .trace_parent = report->trace_parent };
	enum collection_state probe = collection->state;

	if (!err_ok(collection_move(&probe, COLLECTION_REJECTED))) {
		report->result.unchanged++;
		return OK;
	}
	TRY(debit_came_back(report->tx, report->desk, collection, &how));
	*ARENA_PUSH(report->tx->arena, report->result.collections, report->result.count) = *collection;
	return OK;
}

static struct err apply(struct report *report, struct collection_record *collection, const struct status_line *line)
{
	if (status_rejects(line->status))
		return reject(report, collection, line->reason);
	if (status_accepts(line->status))
		return accept(report, collection);
	report->result.unchanged++;
	return OK;
}

/* A rejected file or group rejects all that is in it; an accepted one says the same of each. "PART" leaves the word to
 * the transactions. */
static struct err apply_all(struct report *report, const struct status_line *line)
{
	if (!status_rejects(line->status) && !status_accepts(line->status))
		return OK;
	if (line->level == STATUS_FILE) {
		for (size_t i = 0; i < report->file_count; i++)
			TRY(apply(report, &report->file[i], line));
		return OK;
	}
	const struct key_node *node =
		text_empty(line->batch_id) ? NULL : key_map_find(&report->by_batch, line->batch_id);

	for (; node; node = key_map_next(node))
		TRY(apply(report, node->value, line));
	return OK;
}

static struct err on_line(void *context, const struct status_line *line)
{
	struct report *report = context;

	TRY(file_load(report, line));
	if (line->level != STATUS_TRANSACTION)
		return apply_all(report, line);
	const struct key_node *node =
		text_empty(line->end_to_end_id) ? NULL : key_map_find(&report->by_id, line->end_to_end_id);

	if (!node) {
		report->result.unknown++;
		return OK;
	}
	return apply(report, node->value, line);
}

/* The reader's message dies with it. */
static struct err kept(struct arena *arena, struct err err)
{
	err.message = err.message ? arena_copy(arena, err.message) : NULL;
	return err;
}

static struct err parts_read(struct report *report, struct id file, const struct file_part *parts, size_t count)
{
	const struct status_sink sink = { .line = on_line, .context = report };
	PAIN002_SCOPE reader = pain002_new(&sink);
	ARENA_SCOPE arena = arena_new(0);
	struct err err = OK;

	for (size_t i = 0; err_ok(err) && i < count; i++) {
		const void *bytes;
		size_t length;

		arena_reset(arena);
		err = file_part_load(report->tx, report->desk, file, parts[i].at_byte, arena, &bytes, &length);
		if (err_ok(err))
			err = pain002_feed(reader, bytes, length);
	}
	if (err_ok(err))
		err = pain002_finish(reader);
	return kept(report->tx->arena, err);
}

struct err debit_report_read(struct db_tx *tx, const struct desk *desk, struct id file, const struct file_part *parts,
			     size_t count, const char *trace_parent, struct report_result *result)
{
	struct report report = { .tx = tx,
				 .desk = desk,
				 .trace_parent = trace_parent,
				 .on = instant_utc_date(desk->now),
				 .by_id = key_map_make(tx->arena),
				 .by_batch = key_map_make(tx->arena) };
	struct debit_profile profile;

	TRY(debit_profile_get(tx, desk, &profile));
	report.retry_days = profile.retry_days;
	TRY(parts_read(&report, file, parts, count));
	*result = report.result;
	return OK;
}

struct err debit_report_import(struct db_tx *tx, const struct desk *desk, struct id file, int64_t size_bytes,
			       const char *trace_parent, struct report_result *result)
{
	struct file_part *parts;
	size_t count;

	if (size_bytes <= 0 || size_bytes > REPORT_BYTES_MAX)
		return ERR(ERR_INVALID, "file.size", "size_bytes", "a report has 1 byte to 256 MiB");
	TRY(file_parts_list(tx, desk, file, size_bytes, &parts, &count));
	TRY(debit_report_read(tx, desk, file, parts, count, trace_parent, result));
	return file_drop(tx, desk, file);
}
