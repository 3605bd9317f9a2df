#ifndef TESTS_STORE_INVOICING_IMPORT_FILE_H
#define TESTS_STORE_INVOICING_IMPORT_FILE_H

#include "store/invoicing/calls.h"

enum { ROWS_MAX = 8 };

/* A file of some rows, on its way through the three rpcs. */
struct file {
	PB(OpenItemRow) rows[ROWS_MAX], *pointers[ROWS_MAX];
	size_t count;
	const char *hash;
	bool complete;
};

static inline PB(OpenItemRow) * row_add(struct file *file, const char *number, int64_t amount)
{
	PB(OpenItemRow) *row = &file->rows[file->count];

	PB_INIT(open_item_row)(row);
	row->line = (int32_t)file->count + 2;
	row->customer_number = "C7";
	row->customer_name = "Beta";
	row->invoice_number = (char *)number;
	row->issue_date = "2026-01-10";
	row->due_date = "2026-02-09";
	row->amount_minor = amount;
	row->currency = "EUR";
	file->pointers[file->count++] = row;
	return row;
}

static inline char *begun(const struct file *file)
{
	PB(BeginImportRequest) request;
	PB(BeginImportResponse) *reply = NULL;

	PB_INIT(begin_import_request)(&request);
	request.file_name = "items.csv";
	request.file_sha256 = (char *)file->hash;
	assert_done(run(begin_import, &request.base, &reply));
	return reply->import_id;
}

static inline void sent(struct file *file, char *id)
{
	PB(AddImportRowsRequest) request;

	PB_INIT(add_import_rows_request)(&request);
	request.import_id = id;
	request.rows = file->pointers;
	request.n_rows = file->count;
	assert_done(run(add_import_rows, &request.base, NULL));
}

static inline struct err commit(const struct file *file, char *id, bool skip_bad, PB(CommitImportResponse) * *reply)
{
	PB(CommitImportRequest) request;

	PB_INIT(commit_import_request)(&request);
	request.import_id = id;
	request.skip_bad = skip_bad;
	request.complete = file->complete;
	request.rows = (int64_t)file->count;
	return run(commit_import, &request.base, reply);
}

static inline const PB(CommitImportResponse) * imported(struct file *file, bool skip_bad)
{
	PB(CommitImportResponse) *reply = NULL;
	char *id = begun(file);

	sent(file, id);
	assert_done(commit(file, id, skip_bad, &reply));
	return reply;
}

#endif
