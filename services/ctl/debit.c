/* relancectl debit: collecting by SEPA direct debit, and what became of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/io/random.h"
#include "ctl/ctl.h"
#include "relance/payments/v1/debit.pb-c.h"
#include "relance/payments/v1/payments.pb-c.h"

#define PAGE_SIZE 500
#define PART_BYTES ((size_t)1024 * 1024)
#define REPORT_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static int cmd_debit_setup(struct ctl *ctl, int argc, char **argv);
static int cmd_debit_collect(struct ctl *ctl, int argc, char **argv);
static int cmd_debit_file(struct ctl *ctl, int argc, char **argv);
static int cmd_debit_list(struct ctl *ctl, int argc, char **argv);
static int cmd_debit_report(struct ctl *ctl, int argc, char **argv);
static int cmd_debit_retry(struct ctl *ctl, int argc, char **argv);

const struct ctl_command DEBIT_COMMANDS[] = {
	{ "debit", "setup", "SCHEME-ID [--account IBAN] [--bic BIC] [--lead-days N] [--notice-days N] [--retry-days N]",
	  "the creditor's SEPA identifier, account and times", cmd_debit_setup },
	{ "debit", "collect", "--on DATE [--out FILE]", "order what is due by then, and write the file for the bank",
	  cmd_debit_collect },
	{ "debit", "file", "MESSAGE-ID [--out FILE]", "the file of an earlier order once more", cmd_debit_file },
	{ "debit", "list", "[--state STATE] [--invoice NUMBER]", "collections and what became of them",
	  cmd_debit_list },
	{ "debit", "report", "FILE", "act on the bank's status report (pain.002)", cmd_debit_report },
	{ "debit", "retry", "INVOICE [--on DATE]", "collect once more what came back", cmd_debit_retry },
	{ 0 },
};

/* In the order of the wire's numbers; 0 is unspecified. */
static const char *const STATES[] = { "", "ordered", "accepted", "settled", "rejected", "returned" };
static const char *const ACTIONS[] = { NULL, "retry", "person", "block" };

/* ------------------------------------------------------------------ tables */

static struct table *collection_table(struct ctl *ctl)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "invoice_number", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "mandate_reference", TABLE_TEXT);
	table_column(table, "sequence_type", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column_hidden(table, "currency", TABLE_TEXT);
	table_column(table, "collect_on", TABLE_DATE);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "reason", TABLE_TEXT);
	table_column(table, "meaning", TABLE_TEXT);
	table_column(table, "action", TABLE_TEXT);
	table_column(table, "retry_on", TABLE_DATE);
	table_column(table, "bank_charge_minor", TABLE_MONEY);
	table_column_hidden(table, "attempt", TABLE_INT);
	table_column_hidden(table, "settled_on", TABLE_DATE);
	table_column_hidden(table, "reversible_until", TABLE_DATE);
	table_column_hidden(table, "end_to_end_id", TABLE_TEXT);
	table_column_hidden(table, "message_id", TABLE_TEXT);
	table_column_hidden(table, "collection_id", TABLE_TEXT);
	return table;
}

static const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

static void collection_row(struct table *table, const Relance__Payments__V1__Collection *collection)
{
	table_row(table);
	table_cell_text(table, collection->invoice_number);
	table_cell_text(table, collection->customer_number);
	table_cell_text(table, collection->mandate_reference);
	table_cell_text(table, collection->sequence_type);
	table_cell_money(table, collection->amount_minor, collection->currency);
	table_cell_text(table, collection->currency);
	table_cell_text(table, collection->collect_on);
	table_cell_text(table, STATES[collection->state]);
	table_cell_text(table, or_null(collection->reason));
	table_cell_text(table, or_null(collection->meaning));
	table_cell_text(table, ACTIONS[collection->action]);
	table_cell_text(table, collection->retry_on);
	table_cell_money(table, collection->bank_charge_minor, collection->currency);
	table_cell_int(table, collection->attempt);
	table_cell_text(table, collection->settled_on);
	table_cell_text(table, collection->reversible_until);
	table_cell_text(table, collection->end_to_end_id);
	table_cell_text(table, collection->message_id);
	table_cell_text(table, collection->collection_id);
}

/* ------------------------------------------------------------------ setup */

static int cmd_debit_setup(struct ctl *ctl, int argc, char **argv)
{
	const char *account = "", *bic = "";
	long long lead = 0, notice = -1, retry = 0;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--account", &account), CTL_OPTION_TEXT("--bic", &bic),
					      CTL_OPTION_INT("--lead-days", &lead, 1, 10),
					      CTL_OPTION_INT("--notice-days", &notice, 0, 60),
					      CTL_OPTION_INT("--retry-days", &retry, 1, 60) };
	Relance__Payments__V1__SetDebitProfileRequest request;
	Relance__Payments__V1__SetDebitProfileResponse *reply = NULL;
	Relance__Payments__V1__DebitProfile profile;
	struct err err = ctl_options(ctl, options, COUNT(options), &argc, argv, 1, 1);

	relance__payments__v1__set_debit_profile_request__init(&request);
	relance__payments__v1__debit_profile__init(&profile);
	request.creditor = (char *)ctl->creditor;
	request.profile = &profile;
	profile.scheme_id = argv[0];
	profile.account = (char *)account;
	profile.bic = (char *)bic;
	profile.lead_days = (int32_t)lead;
	profile.retry_days = (int32_t)retry;
	if (notice >= 0) {
		profile._notice_days_case = RELANCE__PAYMENTS__V1__DEBIT_PROFILE___NOTICE_DAYS_NOTICE_DAYS;
		profile.notice_days = (int32_t)notice;
	}
	if (err_ok(err))
		err = ctl_call(ctl, CTL_DEBIT, "SetDebitProfile", &request.base,
			       &relance__payments__v1__set_debit_profile_response__descriptor,
			       (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "scheme_id", TABLE_TEXT);
	table_column(table, "account", TABLE_TEXT);
	table_column(table, "lead_days", TABLE_INT);
	table_column(table, "notice_days", TABLE_INT);
	table_column(table, "retry_days", TABLE_INT);
	table_row(table);
	table_cell_text(table, reply->profile->scheme_id);
	table_cell_text(table, or_null(reply->profile->account));
	table_cell_int(table, reply->profile->lead_days);
	table_cell_int(table, reply->profile->notice_days);
	table_cell_int(table, reply->profile->retry_days);
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ the file */

static struct err file_copy(struct ctl *ctl, const char *run, FILE *to)
{
	Relance__Payments__V1__ReadRunFileRequest request;
	Relance__Payments__V1__ReadRunFileResponse *reply = NULL;

	relance__payments__v1__read_run_file_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.run = (char *)run;
	do {
		TRY(ctl_call(ctl, CTL_DEBIT, "ReadRunFile", &request.base,
			     &relance__payments__v1__read_run_file_response__descriptor, (ProtobufCMessage **)&reply));
		if (fwrite(reply->content.data, 1, reply->content.len, to) != reply->content.len)
			return ERR(ERR_DATA_LOSS, "file.unwritable", NULL, "the file cannot be written");
		request.offset += (int64_t)reply->content.len;
	} while (reply->content.len > 0 && request.offset < reply->file_bytes);
	return OK;
}

/* Written beside the file and then renamed: a file with that name is whole. */
static struct err file_save(struct ctl *ctl, const char *run, const char *path)
{
	const char *part = arena_format(ctl->arena, "%s.part", path);
	FILE *file = fopen(part, "wbx");

	if (!file)
		return err_format(ctl->arena, ERR_DENIED, "file.unwritable", path, "%s cannot be written", part);
	struct err err = file_copy(ctl, run, file);
	bool stored = fflush(file) == 0 && fsync(fileno(file)) == 0;

	stored = fclose(file) == 0 && stored;
	if (err_ok(err) && (!stored || rename(part, path) != 0))
		err = err_format(ctl->arena, ERR_DATA_LOSS, "file.unwritable", path, "%s cannot be written", path);
	if (!err_ok(err))
		remove(part);
	return err;
}

static int cmd_debit_file(struct ctl *ctl, int argc, char **argv)
{
	const char *out = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--out", &out) };
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 1, 1);

	if (err_ok(err))
		err = text_empty(out) ? file_copy(ctl, argv[0], stdout) : file_save(ctl, argv[0], out);
	return ctl_exit(ctl, err);
}

static void skipped_tell(struct ctl *ctl, const Relance__Payments__V1__OrderCollectionsResponse *reply)
{
	for (size_t i = 0; i < reply->n_skipped; i++)
		fprintf(stderr, "not collected: %s of %s: %s (%s)\n", reply->skipped[i]->invoice_number,
			reply->skipped[i]->customer_number, reply->skipped[i]->message, reply->skipped[i]->reason);
	if (reply->n_collections == 0)
		ctl_note(ctl, "nothing to collect on %s", reply->collect_on);
	else
		ctl_note(ctl, "%s, to be collected on %s", reply->message_id, reply->collect_on);
}

static int cmd_debit_collect(struct ctl *ctl, int argc, char **argv)
{
	struct date on = DATE_NONE;
	const char *out = "";
	const struct ctl_option options[] = { CTL_OPTION_DATE("--on", &on), CTL_OPTION_TEXT("--out", &out) };
	Relance__Payments__V1__OrderCollectionsRequest request;
	Relance__Payments__V1__OrderCollectionsResponse *reply = NULL;
	struct err err = ctl_options(ctl, options, 2, &argc, argv, 0, 0);
	char day[DATE_TEXT_BYTES];

	if (err_ok(err) && !date_known(on))
		err = ctl_usage(ctl, "--on is needed");
	relance__payments__v1__order_collections_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.collect_on = arena_copy(ctl->arena, date_format(on, day));
	if (err_ok(err))
		err = ctl_call(ctl, CTL_DEBIT, "OrderCollections", &request.base,
			       &relance__payments__v1__order_collections_response__descriptor,
			       (ProtobufCMessage **)&reply);
	if (err_ok(err) && !text_empty(out) && !text_empty(reply->run_id))
		err = file_save(ctl, reply->run_id, out);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = collection_table(ctl);

	for (size_t i = 0; i < reply->n_collections; i++)
		collection_row(table, reply->collections[i]);
	skipped_tell(ctl, reply);
	return ctl_table(ctl, table);
}

/* ------------------------------------------------------------------ what became of it */

static struct err state_number(struct ctl *ctl, const char *asked, int *number)
{
	for (size_t i = 0; i < COUNT(STATES); i++)
		if (text_equal(STATES[i], asked)) {
			*number = (int)i;
			return OK;
		}
	return ctl_usage(ctl, "there is no state '%s'", asked);
}

static int cmd_debit_list(struct ctl *ctl, int argc, char **argv)
{
	const char *state = "", *invoice = "";
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--state", &state),
					      CTL_OPTION_TEXT("--invoice", &invoice) };
	Relance__Payments__V1__ListCollectionsRequest request;
	Relance__Payments__V1__ListCollectionsResponse *reply = NULL;
	struct err err = ctl_options(ctl, options, 2, &argc, argv, 0, 0);
	struct table *table = collection_table(ctl);
	int number = 0;

	if (err_ok(err))
		err = state_number(ctl, state, &number);
	relance__payments__v1__list_collections_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.invoice_number = (char *)invoice;
	request.state = (Relance__Payments__V1__CollectionState)number;
	request.page_size = PAGE_SIZE;
	while (err_ok(err)) {
		err = ctl_call(ctl, CTL_DEBIT, "ListCollections", &request.base,
			       &relance__payments__v1__list_collections_response__descriptor,
			       (ProtobufCMessage **)&reply);
		for (size_t i = 0; err_ok(err) && i < reply->n_collections; i++)
			collection_row(table, reply->collections[i]);
		if (!err_ok(err) || text_empty(reply->next_page_token))
			break;
		request.page_token = reply->next_page_token;
	}
	return err_ok(err) ? ctl_table(ctl, table) : ctl_exit(ctl, err);
}

static struct err report_upload(struct ctl *ctl, char *file_id, char *bytes, size_t length)
{
	Relance__Payments__V1__UploadFilePartRequest request;
	ProtobufCMessage *reply;

	relance__payments__v1__upload_file_part_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.file_id = file_id;
	for (size_t at = 0; at < length; at += PART_BYTES) {
		request.offset = (int64_t)at;
		request.content.data = (uint8_t *)bytes + at;
		request.content.len = length - at < PART_BYTES ? length - at : PART_BYTES;
		TRY(ctl_call(ctl, CTL_PAYMENTS, "UploadFilePart", &request.base,
			     &relance__payments__v1__upload_file_part_response__descriptor, &reply));
	}
	return OK;
}

static struct err report_import(struct ctl *ctl, const char *path,
				Relance__Payments__V1__ImportStatusReportResponse **reply)
{
	Relance__Payments__V1__ImportStatusReportRequest request;
	char file_id[ID_TEXT_BYTES], *bytes;
	size_t length;

	id_format(id_fresh(), file_id);
	TRY(ctl_read_file(ctl, path, REPORT_BYTES_MAX, &bytes, &length));
	TRY(report_upload(ctl, file_id, bytes, length));
	relance__payments__v1__import_status_report_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.file_id = file_id;
	request.size_bytes = (int64_t)length;
	return ctl_call(ctl, CTL_DEBIT, "ImportStatusReport", &request.base,
			&relance__payments__v1__import_status_report_response__descriptor, (ProtobufCMessage **)reply);
}

static int cmd_debit_report(struct ctl *ctl, int argc, char **argv)
{
	Relance__Payments__V1__ImportStatusReportResponse *reply = NULL;
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);

	if (err_ok(err))
		err = report_import(ctl, argv[0], &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = collection_table(ctl);

	for (size_t i = 0; i < reply->n_collections; i++)
		collection_row(table, reply->collections[i]);
	ctl_note(ctl, "report %s on %s: %zu moved, %lld unchanged, %lld not ours", reply->message_id,
		 reply->original_message_id, reply->n_collections, (long long)reply->unchanged,
		 (long long)reply->unknown);
	return ctl_table(ctl, table);
}

static int cmd_debit_retry(struct ctl *ctl, int argc, char **argv)
{
	struct date on = DATE_NONE;
	const struct ctl_option options[] = { CTL_OPTION_DATE("--on", &on) };
	Relance__Payments__V1__RetryCollectionRequest request;
	Relance__Payments__V1__RetryCollectionResponse *reply = NULL;
	struct err err = ctl_options(ctl, options, 1, &argc, argv, 1, 1);
	char day[DATE_TEXT_BYTES];

	relance__payments__v1__retry_collection_request__init(&request);
	request.creditor = (char *)ctl->creditor;
	request.invoice_number = argv[0];
	request.retry_on = arena_copy(ctl->arena, date_format(on, day));
	if (err_ok(err))
		err = ctl_call(ctl, CTL_DEBIT, "RetryCollection", &request.base,
			       &relance__payments__v1__retry_collection_response__descriptor,
			       (ProtobufCMessage **)&reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	struct table *table = collection_table(ctl);

	table_as_record(table);
	collection_row(table, reply->collection);
	return ctl_table(ctl, table);
}
