#include "unit/formats/collect.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/base/buf.h"
#include "unit/test.h"

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static const char *day(struct date date, char text[static DATE_TEXT_BYTES])
{
	return date_known(date) ? date_format(date, text) : "-";
}

static void write_balance(struct buf *to, const char *name, const struct statement_balance *balance)
{
	char text[DATE_TEXT_BYTES];

	if (!balance->known)
		buf_append_format(to, " %s -", name);
	else
		buf_append_format(to, " %s %s %s %" PRId64, name, balance->type, day(balance->date, text),
				  balance->amount_minor);
}

static struct err on_begin(void *context, const struct statement *statement)
{
	struct buf *to = context;
	char from[DATE_TEXT_BYTES], until[DATE_TEXT_BYTES];

	buf_append_format(to, "begin %s %s %s %s #%" PRId64 " page %" PRId64 "%s %s %s", or_dash(statement->version),
			  or_dash(statement->account),
			  currency_known(statement->currency) ? statement->currency.code : "-",
			  or_dash(statement->statement_id), statement->sequence, statement->page,
			  statement->last_page ? " last" : "", day(statement->from, from), day(statement->to, until));
	write_balance(to, "opening", &statement->opening);
	buf_append_text(to, "\n");
	return OK;
}

static void write_info(struct buf *to, const struct payment_info *info)
{
	buf_append_format(to, " ref %s e2e %s mandate %s instr %s from %s/%s/%s for %s", or_dash(info->bank_ref),
			  or_dash(info->end_to_end_id), or_dash(info->mandate_id), or_dash(info->instruction_id),
			  or_dash(info->counterparty.name), or_dash(info->counterparty.iban),
			  or_dash(info->counterparty.bic), or_dash(info->counterparty.ultimate_name));
	buf_append_format(to, " text '%s' of %zu rf %s code %s return %s info %s", or_dash(info->remittance),
			  info->remittance_piece_count, or_dash(info->creditor_ref), or_dash(info->transaction_code),
			  or_dash(info->return_reason), or_dash(info->info));
	for (size_t i = 0; i < info->document_count; i++)
		buf_append_format(to, " doc %s %" PRId64, info->documents[i].number, info->documents[i].amount_minor);
	if (currency_known(info->charges_currency))
		buf_append_format(to, " charges %" PRId64 " %s", info->charges_minor, info->charges_currency.code);
	if (currency_known(info->instructed_currency))
		buf_append_format(to, " instructed %" PRId64 " %s", info->instructed_minor,
				  info->instructed_currency.code);
	buf_append_text(to, "\n");
}

static struct err on_entry(void *context, const struct statement *statement, const struct statement_entry *entry)
{
	struct buf *to = context;
	char booked[DATE_TEXT_BYTES], value[DATE_TEXT_BYTES];

	(void)statement;
	buf_append_format(to, "entry %" PRId64 " line %" PRId64 "%s%s%s %s %s %" PRId64 " %s", entry->number,
			  entry->line, entry->cut ? " cut" : "", entry->status == ENTRY_PENDING ? " pending" : "",
			  entry->reversal ? " reversal" : "", day(entry->booking_date, booked),
			  day(entry->value_date, value), entry->amount_minor, entry->currency.code);
	write_info(to, &entry->info);
	for (size_t i = 0; entry->detail_count > 1 && i < entry->detail_count; i++) {
		buf_append_format(to, "  detail %" PRId64 " %s", entry->details[i].amount_minor,
				  entry->details[i].currency.code);
		write_info(to, &entry->details[i].info);
	}
	return OK;
}

static struct err on_end(void *context, const struct statement *statement)
{
	static const char *const BALANCE[] = {
		[BALANCE_UNKNOWN] = "unknown", [BALANCE_OK] = "ok", [BALANCE_OFF] = "off"
	};
	struct buf *to = context;

	buf_append_text(to, "end");
	write_balance(to, "opening", &statement->opening);
	write_balance(to, "closing", &statement->closing);
	buf_append_format(to, " count %" PRId64 " in %" PRId64 " out %" PRId64 " balance %s%s%s%s\n",
			  statement->entry_count, statement->credit_minor, statement->debit_minor,
			  BALANCE[statement->balance], statement->cut ? " cut" : "", statement->note ? " " : "",
			  statement->note ? statement->note : "");
	return OK;
}

static struct err feed(struct statement_reader *reader, const char *bytes, size_t length, size_t piece)
{
	for (size_t at = 0; at < length; at += piece)
		TRY(statement_reader_feed(reader, bytes + at, length - at < piece ? length - at : piece));
	return statement_reader_finish(reader);
}

void collect(struct collected *collected, const char *bytes, size_t length, size_t piece)
{
	BUF_SCOPE text;

	buf_init(&text, sizeof collected->text - 1);
	const struct statement_sink sink = { on_begin, on_entry, on_end, &text };
	STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);

	collected->err = feed(reader, bytes, length, piece ? piece : length + 1);
	collected->line = statement_reader_line(reader);
	strcpy(collected->text, buf_text(&text));
}

char *sample(struct arena *arena, const char *name, size_t *length)
{
	const char *root = getenv("RELANCE_SOURCE");
	char *path = arena_format(arena, "%s/tests/unit/formats/data/%s", root ? root : ".", name);
	FILE *file = fopen(path, "rb");

	if (!file)
		fail_msg("%s cannot be read", path);
	char *bytes = arena_alloc(arena, COLLECTED_BYTES_MAX);

	*length = fread(bytes, 1, COLLECTED_BYTES_MAX, file);
	fclose(file);
	return bytes;
}
