#include "payments/import_batch.h"

#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/io/random.h"
#include "ledger/ledger_store.h"
#include "payments/debit.h"
#include "payments/domain/booking.h"
#include "payments/lump.h"
#include "payments/psp_payout.h"
#include "payments/refunds.h"
#include "payments/store_rule.h"

#define TEXT_BYTES_MAX ((size_t)64 * 1024)
#define BANK_KEY_BYTES_MAX ((size_t)400)             /* of which two keys may differ */
#define BATCH_ARENA_BYTES ((size_t)64 * 1024 * 1024) /* a batch of few, but huge entries is sent early */

void importer_init(struct importer *importer, struct db_tx *tx, const struct desk *desk,
		   const struct import_request *request, struct arena *file_arena, struct import_result *result)
{
	*importer = (struct importer){ .tx = tx,
				       .reads = tx,
				       .desk = *desk,
				       .request = request,
				       .file_arena = file_arena,
				       .batches = { { .arena = arena_new(0) }, { .arena = arena_new(0) } },
				       .batch = importer->batches,
				       .batch_entries = request->size_bytes < LARGE_FILE_BYTES ? BATCH_ENTRIES_MAX
											       : BATCH_ENTRIES_OF_LARGE,
				       .first_id = id_fresh(),
				       .result = result };
}

void importer_release(struct importer *importer)
{
	db_rows_release(&importer->part);
	for (size_t i = 0; i < sizeof importer->batches / sizeof importer->batches[0]; i++) {
		batch_release(&importer->batches[i]);
		arena_destroy(&importer->batches[i].arena);
	}
}

struct err importer_pump(struct importer *importer, size_t done)
{
	if (done % PUMP_EVERY != 0)
		return OK;
	if (importer->reads != importer->tx)
		TRY(db_push(importer->reads));
	return db_push(importer->tx);
}

/* ------------------------------------------------------------------ an entry becomes records */

/* UUID version 7 with a counter of 26 bits behind the time (RFC 9562, 6.2, method 1). */
struct id importer_id(struct importer *importer)
{
	struct id id = id_fresh();
	uint32_t count = importer->id_count++;

	memcpy(id.bytes, importer->first_id.bytes, 6);
	id.bytes[6] = (uint8_t)(0x70 | (count >> 22 & 0x0F));
	id.bytes[7] = (uint8_t)(count >> 14);
	id.bytes[8] = (uint8_t)(0x80 | (count >> 8 & 0x3F));
	id.bytes[9] = (uint8_t)count;
	return id;
}

static const char *copy(struct importer *importer, const char *text)
{
	return text ? arena_copy(importer->batch->arena, text) : NULL;
}

/* Where the bank gives no reference, a digest of what it says about the entry. */
static const char *bank_key(struct importer *importer, const struct statement_entry *entry)
{
	if (entry->info.bank_ref)
		return copy(importer, entry->info.bank_ref);
	BUF_SCOPE texts;

	buf_init(&texts, TEXT_BYTES_MAX);
	const char *const parts[] = {
		entry->info.end_to_end_id,    entry->info.mandate_id, entry->info.remittance,
		entry->info.creditor_ref,     entry->info.info,       entry->info.counterparty.name,
		entry->info.counterparty.iban
	};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		buf_append_format(&texts, "%s|", parts[i] ? parts[i] : "");
	return arena_format(importer->batch->arena, "~%016llx", text_hash(buf_text(&texts), texts.length));
}

/* The place of an entry among its equals in this file. */
static int32_t occurrence_of(struct importer *importer, const struct entry_record *entry)
{
	const struct id *account = &importer->statement.bank_account;
	size_t length = strnlen(entry->bank_key, BANK_KEY_BYTES_MAX);
	char key[sizeof *account + sizeof entry->booked_on + sizeof entry->amount_minor + BANK_KEY_BYTES_MAX],
		*to = key;

	to = mempcpy(to, account, sizeof *account);
	to = mempcpy(to, &entry->booked_on, sizeof entry->booked_on);
	to = mempcpy(to, &entry->amount_minor, sizeof entry->amount_minor);
	to = mempcpy(to, entry->bank_key, length);
	return occurrences_next(importer->occurrences, key, (size_t)(to - key));
}

/* Some banks date the statement only. */
static struct date first_known(const struct date *dates, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (date_known(dates[i]))
			return dates[i];
	return DATE_NONE;
}

static struct date booking_date_of(const struct statement *statement, const struct statement_entry *entry)
{
	const struct date dates[] = { entry->booking_date,
				      entry->value_date,
				      statement->closing.known ? statement->closing.date : DATE_NONE,
				      statement->to,
				      statement->opening.known ? statement->opening.date : DATE_NONE,
				      statement->from };

	return first_known(dates, sizeof dates / sizeof dates[0]);
}

static struct entry_record *add_entry(struct importer *importer, const struct statement_entry *entry,
				      struct date booked_on)
{
	struct entry_record *record =
		ARENA_PUSH(importer->batch->arena, importer->batch->entries, importer->batch->entry_count);

	*record = (struct entry_record){
		.id = importer_id(importer),
		.statement = importer->statement.id,
		.number = entry->number,
		.line = entry->line,
		.booked_on = booked_on,
		.value_on = date_known(entry->value_date) ? entry->value_date : booked_on,
		.currency = currency_known(entry->currency) ? entry->currency : importer->statement.currency,
		.amount_minor = entry->amount_minor,
		.bank_ref = copy(importer, entry->info.bank_ref),
		.bank_key = bank_key(importer, entry),
		.payment_from = importer->batch->payment_count,
	};
	record->occurrence = occurrence_of(importer, record);
	return record;
}

static void copy_pieces(struct importer *importer, struct payment *payment, const struct payment_info *info)
{
	const char **pieces = (const char **)payment->pieces;

	for (size_t i = 0; i < info->remittance_piece_count; i++)
		*ARENA_PUSH(importer->batch->arena, pieces, payment->piece_count) =
			copy(importer, info->remittance_pieces[i]);
	payment->pieces = pieces;
}

/* A payer who names several references pays several documents. */
static void copy_documents(struct importer *importer, struct payment *payment, const struct payment_info *info)
{
	struct remitted_document *documents =
		arena_array(importer->batch->arena, info->document_count + info->creditor_ref_count, sizeof *documents);

	for (size_t i = 1; i < info->creditor_ref_count; i++)
		documents[payment->document_count++].number = copy(importer, info->creditor_refs[i]);
	for (size_t i = 0; i < info->document_count; i++)
		if (info->documents[i].number)
			documents[payment->document_count++] =
				(struct remitted_document){ copy(importer, info->documents[i].number),
							    info->documents[i].amount_minor };
	payment->documents = documents;
}

/* What the bank says only of the entry holds for each of its transactions. */
static const char *either(struct importer *importer, const char *own, const char *entrys)
{
	return copy(importer, own ? own : entrys);
}

static struct payment_record *add_payment(struct importer *importer, const struct statement_entry *entry,
					  const struct entry_record *record, const struct payment_info *info,
					  int64_t amount_minor)
{
	struct payment_record *added =
		ARENA_PUSH(importer->batch->arena, importer->batch->payments, importer->batch->payment_count);
	struct payment *payment = &added->payment;

	payment->id = importer_id(importer);
	payment->amount_minor = amount_minor;
	payment->currency = record->currency;
	payment->booked_on = record->booked_on;
	payment->value_on = record->value_on;
	payment->creditor_ref = copy(importer, info->creditor_ref);
	payment->end_to_end_id = copy(importer, info->end_to_end_id);
	payment->mandate = copy(importer, info->mandate_id);
	payment->payer_name = copy(importer, info->counterparty.name);
	payment->payer_iban = copy(importer, info->counterparty.iban);
	payment->ultimate_name = copy(importer, info->counterparty.ultimate_name);
	payment->transaction_code = either(importer, info->transaction_code, entry->info.transaction_code);
	payment->instruction = either(importer, info->instruction_id, entry->info.instruction_id);
	payment->return_reason = either(importer, info->return_reason, entry->info.return_reason);
	payment->reversal = entry->reversal;
	payment->instructed_minor = info->instructed_minor;
	payment->instructed_currency = info->instructed_currency;
	payment->charges_minor = info->charges_minor;
	payment->charges_currency = info->charges_currency;
	copy_pieces(importer, payment, info);
	copy_documents(importer, payment, info);
	added->entry = record->id;
	added->entry_ref = record->bank_ref ? record->bank_ref
					    : arena_format(importer->batch->arena, "#%lld", (long long)record->number);
	added->text = copy(importer, info->remittance ? info->remittance : info->info);
	return added;
}

/* A batch booking whose transactions are known one by one and make up its amount. */
static bool details_add_up(const struct statement_entry *entry)
{
	int64_t sum = 0;

	for (size_t i = 0; i < entry->detail_count; i++) {
		if (!entry->details[i].amount_known || !currency_equal(entry->details[i].currency, entry->currency))
			return false;
		sum += entry->details[i].amount_minor;
	}
	return entry->detail_count >= 2 && sum == entry->amount_minor;
}

static void add_payments(struct importer *importer, const struct statement_entry *entry,
			 const struct entry_record *record)
{
	if (!details_add_up(entry)) {
		if (entry->amount_minor == 0) /* some banks report a zero line; it moves nothing */
			return;
		struct payment_record *added = add_payment(importer, entry, record, &entry->info, entry->amount_minor);

		for (size_t i = 0; entry->detail_count >= 2 && i < entry->detail_count; i++)
			copy_pieces(importer, &added->payment, &entry->details[i].info);
		return;
	}
	for (size_t i = 0; i < entry->detail_count; i++)
		if (entry->details[i].amount_minor != 0)
			add_payment(importer, entry, record, &entry->details[i].info, entry->details[i].amount_minor)
				->detail = (int32_t)i + 1;
}

/* ------------------------------------------------------------------ the sink */

static const char *keep(struct importer *importer, const char *text)
{
	return text ? arena_copy(importer->file_arena, text) : NULL;
}

static const char *const KINDS[] = {
	[STATEMENT_FINAL] = "final", [STATEMENT_NOTICE] = "notice", [STATEMENT_INTERIM] = "interim"
};

static struct err on_begin(void *context, const struct statement *statement)
{
	struct importer *importer = context;

	importer->statement = (struct statement_record){ .id = importer_id(importer),
							 .file = importer->request->file,
							 .kind = KINDS[statement->kind],
							 .account = keep(importer, statement->account),
							 .statement_id = keep(importer, statement->statement_id),
							 .sequence = statement->sequence,
							 .opening_on = DATE_NONE,
							 .closing_on = DATE_NONE,
							 .last_booked_on = DATE_NONE,
							 .file_name = importer->request->name };
	importer->result->file.format = keep(importer, statement->version ? statement->version : statement->format);
	importer->result->file.statements++;
	return OK;
}

/* Some statements say their currency only by their entries. */
static struct err account_open(struct importer *importer, struct currency currency)
{
	struct statement_record *record = &importer->statement;

	if (!id_zero(record->bank_account))
		return OK;
	record->currency = currency;
	TRY(bank_account_get(importer->tx, &importer->desk, record->account, &record->currency,
			     importer->request->adopt_account, &record->bank_account, &record->known_until));
	TRY(match_rules_load(importer->tx, &importer->desk, importer->file_arena, &importer->rules,
			     &importer->rule_count));
	return statement_insert(importer->tx, &importer->desk, record);
}

static struct err on_entry(void *context, const struct statement *statement, const struct statement_entry *entry)
{
	struct importer *importer = context;

	if (!entry_counts(statement, entry)) {
		importer->statement.announced++;
		return OK;
	}
	TRY(account_open(importer, currency_known(statement->currency) ? statement->currency : entry->currency));
	struct date booked_on = booking_date_of(statement, entry);

	if (!date_known(booked_on))
		return err_format(importer->file_arena, ERR_INVALID, "statement.undated",
				  arena_format(importer->file_arena, "line %lld", (long long)entry->line),
				  "entry %lld has no date, and neither has its statement", (long long)entry->number);
	struct entry_record *record = add_entry(importer, entry, booked_on);

	add_payments(importer, entry, record);
	record->payment_count = importer->batch->payment_count - record->payment_from;
	importer->statement.entries++;
	importer->statement.entries_minor += entry->amount_minor;
	if (!date_known(importer->statement.last_booked_on) ||
	    date_compare(importer->statement.last_booked_on, record->booked_on) < 0)
		importer->statement.last_booked_on = record->booked_on;
	if (importer->batch->entry_count >= importer->batch_entries ||
	    arena_used(importer->batch->arena) >= BATCH_ARENA_BYTES)
		return batch_turn(importer);
	return importer_pump(importer, importer->batch->entry_count);
}

static struct err on_end(void *context, const struct statement *statement)
{
	struct importer *importer = context;
	struct statement_record *record = &importer->statement;

	if (!importer->request->acceptance)
		TRY(statement_trust(importer->file_arena, statement));
	TRY(account_open(importer, statement->currency));
	TRY(batches_finish(importer));
	record->balanced = statement->balance == BALANCE_OK;
	if (statement->opening.known) {
		record->opening_on = statement->opening.date;
		record->opening_minor = statement->opening.amount_minor;
	}
	if (statement->closing.known) {
		record->closing_on = statement->closing.date;
		record->closing_minor = statement->closing.amount_minor;
	}
	TRY(statement_close(importer->tx, &importer->desk, importer->file_arena, record));
	if (importer->result->statement_count < IMPORT_STATEMENTS_MAX)
		*ARENA_PUSH(importer->file_arena, importer->result->statements, importer->result->statement_count) =
			*record;
	importer->result->file.entries += record->entries;
	importer->result->file.duplicates += record->duplicates;
	return statement_announce(importer->tx, &importer->desk, record, importer->request->trace_parent);
}

struct statement_sink importer_sink(struct importer *importer)
{
	return (struct statement_sink){ .begin = on_begin, .entry = on_entry, .end = on_end, .context = importer };
}
