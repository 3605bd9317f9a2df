/* relancectl dunning file: a customer's claim as a folder, for an agency, a lawyer or a court. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/text.h"
#include "ctl/notification.h"
#include "notification/domain/agreement.h"

static int cmd_dunning_file(struct ctl *ctl, int argc, char **argv);

const struct ctl_command DUNNING_FILE_COMMANDS[] = {
	{ "dunning", "file", "CUSTOMER --out FOLDER [--on DATE]",
	  "position, invoices, proofs of delivery, late charges on a day, and copies of all letters, as JSON, CSV and "
	  "PDF",
	  cmd_dunning_file },
	{ 0 },
};

/* ------------------------------------------------------------------ tables */

static struct table *header_table(struct ctl *ctl, const NB(GetDunningFileResponse) * file)
{
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "creditor_name", TABLE_TEXT);
	table_column(table, "creditor_address", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "customer_name", TABLE_TEXT);
	table_column(table, "customer_address", TABLE_TEXT);
	table_column(table, "on", TABLE_DATE);
	table_row(table);
	table_cell_text(table, file->creditor_name);
	table_cell_text(table, joined_texts(ctl, file->creditor_address, file->n_creditor_address));
	table_cell_text(table, file->customer_number);
	table_cell_text(table, file->customer_name);
	table_cell_text(table, joined_texts(ctl, file->customer_address, file->n_customer_address));
	table_cell_text(table, file->on);
	return table;
}

static struct table *position_table(struct ctl *ctl, const NB(GetDunningFileResponse) * file)
{
	static const char *const amounts[] = {
		"open_minor",     "overdue_minor",      "disputed_minor",  "fees_minor",
		"interest_minor", "compensation_minor", "unapplied_minor", "claim_minor"
	};
	struct table *table = table_new(ctl->arena);

	table_column(table, "currency", TABLE_TEXT);
	for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
		table_column(table, amounts[i], TABLE_MONEY);
	for (size_t i = 0; i < file->n_positions; i++) {
		const NB(ClaimPosition) *position = file->positions[i];
		const char *currency = position->currency;

		table_row(table);
		table_cell_text(table, currency);
		table_cell_money(table, position->open_minor, currency);
		table_cell_money(table, position->overdue_minor, currency);
		table_cell_money(table, position->disputed_minor, currency);
		table_cell_money(table, position->fees_minor, currency);
		table_cell_money(table, position->interest_minor, currency);
		table_cell_money(table, position->compensation_minor, currency);
		table_cell_money(table, position->unapplied_minor, currency);
		table_cell_money(table, position->claim_minor, currency);
	}
	return table;
}

static void invoice_columns(struct table *table)
{
	table_column(table, "number", TABLE_TEXT);
	table_column(table, "fee", TABLE_BOOL);
	table_column(table, "currency", TABLE_TEXT);
	table_column(table, "issued_on", TABLE_DATE);
	table_column(table, "due_on", TABLE_DATE);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "open_minor", TABLE_MONEY);
	table_column(table, "disputed_minor", TABLE_MONEY);
	table_column(table, "order_reference", TABLE_TEXT);
	table_column(table, "delivered_on", TABLE_DATE);
	table_column(table, "proof", TABLE_TEXT);
	table_column(table, "proof_reference", TABLE_TEXT);
	table_column(table, "days_late", TABLE_INT);
	table_column(table, "interest_minor", TABLE_MONEY);
	table_column(table, "compensation_minor", TABLE_MONEY);
}

static struct table *invoice_table(struct ctl *ctl, const NB(GetDunningFileResponse) * file)
{
	struct table *table = table_new(ctl->arena);

	invoice_columns(table);
	for (size_t i = 0; i < file->n_invoices; i++) {
		const NB(ClaimInvoice) *invoice = file->invoices[i];

		table_row(table);
		table_cell_text(table, invoice->number);
		table_cell_bool(table, invoice->fee);
		table_cell_text(table, invoice->currency);
		table_cell_text(table, invoice->issued_on);
		table_cell_text(table, invoice->due_on);
		table_cell_money(table, invoice->amount_minor, invoice->currency);
		table_cell_money(table, invoice->open_minor, invoice->currency);
		table_cell_money(table, invoice->disputed_minor, invoice->currency);
		table_cell_text(table, text_or_null(invoice->order_reference));
		table_cell_text(table, invoice->delivered_on);
		table_cell_text(table, text_or_null(invoice->proof));
		table_cell_text(table, text_or_null(invoice->proof_reference));
		table_cell_int(table, invoice->days_late);
		table_cell_money(table, invoice->interest_minor, invoice->currency);
		table_cell_money(table, invoice->compensation_minor, invoice->currency);
	}
	return table;
}

static void interest_row(struct table *table, const NB(ClaimInvoice) * invoice, const NB(InterestPeriod) * period)
{
	table_row(table);
	table_cell_text(table, invoice->number);
	table_cell_text(table, invoice->currency);
	table_cell_text(table, period->from);
	table_cell_text(table, period->to);
	table_cell_int(table, period->days);
	table_cell_text(table, period->rate);
	table_cell_money(table, period->interest_minor, invoice->currency);
}

static struct table *interest_table(struct ctl *ctl, const NB(GetDunningFileResponse) * file)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "number", TABLE_TEXT);
	table_column(table, "currency", TABLE_TEXT);
	table_column(table, "from", TABLE_DATE);
	table_column(table, "to", TABLE_DATE);
	table_column(table, "days", TABLE_INT);
	table_column(table, "rate_percent", TABLE_TEXT);
	table_column(table, "interest_minor", TABLE_MONEY);
	for (size_t i = 0; i < file->n_invoices; i++) {
		for (size_t k = 0; k < file->invoices[i]->n_periods; k++)
			interest_row(table, file->invoices[i], file->invoices[i]->periods[k]);
	}
	return table;
}

static struct table *reminder_table(struct ctl *ctl, const NB(GetDunningFileResponse) * file)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "step", TABLE_TEXT);
	table_column(table, "channel", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "done_at", TABLE_TEXT);
	table_column(table, "recipient", TABLE_TEXT);
	table_column(table, "currency", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "invoice_numbers", TABLE_TEXT);
	table_column(table, "reason", TABLE_TEXT);
	table_column(table, "message_id", TABLE_TEXT);
	table_column(table, "id", TABLE_TEXT);
	for (size_t i = 0; i < file->n_reminders; i++) {
		const NB(Reminder) *reminder = file->reminders[i];

		table_row(table);
		table_cell_text(table, reminder->step);
		table_cell_text(table, channel_text(reminder->channel));
		table_cell_text(table, reminder_state_text(reminder->state));
		table_cell_text(table, text_or_null(reminder->done_at));
		table_cell_text(table, text_or_null(reminder->recipient));
		table_cell_text(table, reminder->currency);
		table_cell_money(table, reminder->amount_minor, reminder->currency);
		table_cell_text(table, joined_texts(ctl, reminder->invoice_numbers, reminder->n_invoice_numbers));
		table_cell_text(table, text_or_null(reminder->reason));
		table_cell_text(table, text_or_null(reminder->message_id));
		table_cell_text(table, reminder->id);
	}
	return table;
}

static struct table *agreement_table(struct ctl *ctl, const NB(GetDunningFileResponse) * file)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "kind", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	table_column(table, "currency", TABLE_TEXT);
	table_column(table, "amount_minor", TABLE_MONEY);
	table_column(table, "paid_minor", TABLE_MONEY);
	table_column(table, "made_at", TABLE_TEXT);
	table_column(table, "ended_at", TABLE_TEXT);
	table_column(table, "invoice_numbers", TABLE_TEXT);
	for (size_t i = 0; i < file->n_agreements; i++) {
		const NB(Agreement) *agreement = file->agreements[i];

		table_row(table);
		table_cell_text(table, agreement_kind_name((enum agreement_kind)agreement->kind));
		table_cell_text(table, agreement_state_name((enum agreement_state)agreement->state));
		table_cell_text(table, agreement->currency);
		table_cell_money(table, agreement->amount_minor, agreement->currency);
		table_cell_money(table, agreement->paid_minor, agreement->currency);
		table_cell_text(table, agreement->made_at);
		table_cell_text(table, text_or_null(agreement->ended_at));
		table_cell_text(table, joined_texts(ctl, agreement->invoice_numbers, agreement->n_invoice_numbers));
	}
	return table;
}

/* ------------------------------------------------------------------ files */

static struct err unwritable(struct ctl *ctl, const char *path)
{
	return err_format(ctl->arena, ERR_INVALID, "file.unwritable", path, "%s: %s", path, strerror(errno));
}

static struct err write_bytes(struct ctl *ctl, const char *path, const void *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");
	bool whole = file && fwrite(bytes, 1, length, file) == length;
	bool closed = file && fclose(file) == 0;

	return whole && closed ? OK : unwritable(ctl, path);
}

/* One part of the file: the same rows as CSV, and under its name in file.json. */
struct part {
	const char *name;
	const struct table *table;
};

static struct err write_csv(struct ctl *ctl, const char *folder, const struct part *part)
{
	const char *path = arena_format(ctl->arena, "%s/%s.csv", folder, part->name);
	FILE *file = fopen(path, "wb");

	if (!file)
		return unwritable(ctl, path);
	table_print(part->table, TABLE_FORMAT_CSV, file);
	return fclose(file) == 0 ? OK : unwritable(ctl, path);
}

static struct err write_json(struct ctl *ctl, const char *folder, const struct part *parts, size_t count)
{
	const char *path = arena_format(ctl->arena, "%s/file.json", folder);
	FILE *file = fopen(path, "wb");

	if (!file)
		return unwritable(ctl, path);
	for (size_t i = 0; i < count; i++) {
		fprintf(file, "%s\"%s\": ", i > 0 ? "," : "{", parts[i].name);
		table_print(parts[i].table, TABLE_FORMAT_JSON, file);
	}
	fputs("}\n", file);
	return fclose(file) == 0 ? OK : unwritable(ctl, path);
}

static bool written(const NB(Reminder) * reminder)
{
	const char *channel = channel_text(reminder->channel);

	return text_equal(reminder_state_text(reminder->state), "sent") &&
	       (text_equal(channel, "mail") || text_equal(channel, "letter"));
}

/* "2026-01-15-first_notice.pdf" */
static struct err write_copy(struct ctl *ctl, const char *folder, const NB(Reminder) * reminder)
{
	NB(GetReminderCopyRequest) request;
	NB(GetReminderCopyResponse) * reply;

	NB_INIT(get_reminder_copy_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.id = reminder->id;
	TRY(ctl_call(ctl, CTL_NOTIFICATION, "GetReminderCopy", &request.base, NB_TYPE(get_reminder_copy_response),
		     (ProtobufCMessage **)&reply));

	const char *kind = text_equal(reply->content_type, "application/pdf") ? "pdf" : "txt";
	const char *path = arena_format(ctl->arena, "%s/%.10s-%s.%s", folder, reminder->done_at, reminder->step, kind);

	return write_bytes(ctl, path, reply->content.data, reply->content.len);
}

static struct err write_all(struct ctl *ctl, const char *folder, const NB(GetDunningFileResponse) * file,
			    int64_t *letters)
{
	const struct part parts[] = {
		{ "claim", header_table(ctl, file) },       { "positions", position_table(ctl, file) },
		{ "invoices", invoice_table(ctl, file) },   { "interest", interest_table(ctl, file) },
		{ "reminders", reminder_table(ctl, file) }, { "agreements", agreement_table(ctl, file) }
	};
	size_t count = sizeof parts / sizeof *parts;

	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return unwritable(ctl, folder);
	TRY(write_json(ctl, folder, parts, count));
	for (size_t i = 0; i < count; i++)
		TRY(write_csv(ctl, folder, &parts[i]));
	for (size_t i = 0; i < file->n_reminders; i++) {
		if (!written(file->reminders[i]))
			continue;
		TRY(write_copy(ctl, folder, file->reminders[i]));
		(*letters)++;
	}
	return OK;
}

static int result_print(struct ctl *ctl, const NB(GetDunningFileResponse) * file, const char *folder, int64_t letters)
{
	struct table *table = table_new(ctl->arena);

	table_as_record(table);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "on", TABLE_DATE);
	table_column(table, "invoices", TABLE_INT);
	table_column(table, "letters", TABLE_INT);
	table_column(table, "folder", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, file->customer_number);
	table_cell_text(table, file->on);
	table_cell_int(table, (int64_t)file->n_invoices);
	table_cell_int(table, letters);
	table_cell_text(table, folder);
	return ctl_table(ctl, table);
}

static int cmd_dunning_file(struct ctl *ctl, int argc, char **argv)
{
	const char *out = "";
	struct date on = DATE_NONE;
	char day[DATE_TEXT_BYTES];
	int64_t letters = 0;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--out", &out), CTL_OPTION_DATE("--on", &on) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, 1);
	NB(GetDunningFileRequest) request;
	NB(GetDunningFileResponse) *file = NULL;

	NB_INIT(get_dunning_file_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.customer_number = argv[0];
	request.on = arena_copy(ctl->arena, date_format(on, day));
	if (err_ok(err) && text_empty(out))
		err = ctl_usage(ctl, "--out FOLDER is missing");
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "GetDunningFile", &request.base,
			       NB_TYPE(get_dunning_file_response), (ProtobufCMessage **)&file);
	if (err_ok(err))
		err = write_all(ctl, out, file, &letters);
	return err_ok(err) ? result_print(ctl, file, out, letters) : ctl_exit(ctl, err);
}
