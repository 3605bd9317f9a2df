#include "notification/attachments.h"

#include <string.h>

#include "notification/store_attachment.h"

/* The items of a mail to a customer; the documents of others are no business of theirs. */
static size_t items_of(const struct delivery *delivery)
{
	bool mail = delivery->next == DELIVERY_MAIL && delivery->step->channel == CHANNEL_MAIL;

	return mail && delivery->gate.item_count <= LETTER_ITEMS_MAX ? delivery->gate.item_count : 0;
}

/* From the weights of the delivery's items. */
static void choose(struct delivery *delivery, const struct id *items, const int64_t *bytes)
{
	int64_t weight = 0;

	delivery->documents = arena_array(delivery->batch->bench->arena, ATTACHMENTS_MAX, sizeof *delivery->documents);
	for (size_t i = 0; i < items_of(delivery); i++) {
		if (bytes[i] == 0)
			continue;
		weight += bytes[i];
		if (delivery->document_count == ATTACHMENTS_MAX || weight > ATTACHMENTS_BYTES_MAX) {
			delivery->document_count = 0;
			return;
		}
		delivery->documents[delivery->document_count++] = items[i];
	}
}

struct err attachments_choose(struct db_tx *tx, struct delivery *const *deliveries, size_t count)
{
	struct id *items;
	int64_t *bytes;
	size_t all = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		all += items_of(deliveries[i]);
	items = arena_array(tx->arena, all + 1, sizeof *items);
	bytes = arena_array(tx->arena, all + 1, sizeof *bytes);
	for (size_t i = 0; i < count; i++) {
		for (size_t item = 0; item < items_of(deliveries[i]); item++)
			items[at++] = deliveries[i]->position.items[deliveries[i]->gate.items[item]].id;
	}
	if (all == 0)
		return OK;
	TRY(documents_weigh(tx, deliveries[0]->batch->creditor.letter.code, items, all, bytes));
	at = 0;
	for (size_t i = 0; i < count; i++) {
		choose(deliveries[i], items + at, bytes + at);
		at += items_of(deliveries[i]);
	}
	return OK;
}

/* A file name of letters, digits, '-', '_' and '.': numbers may have slashes and blanks. */
static const char *file_name(struct arena *arena, const char *number)
{
	char *name = arena_format(arena, "%s.pdf", number);

	for (char *c = name; *c; c++) {
		bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
			     strchr("-_.", *c);

		*c = plain ? *c : '_';
	}
	return name;
}

static struct mail_attachment *add(const struct delivery *delivery, struct mail_attachment **attachments, size_t *count)
{
	return ARENA_PUSH(delivery->message, *attachments, *count);
}

static void add_sheet(const struct delivery *delivery, const char *what, const struct sheet_bytes *sheet,
		      struct mail_attachment **attachments, size_t *count)
{
	struct arena *arena = delivery->message;
	const char *name = arena_format(arena, "%s-%s", what, delivery->customer.letter.number);

	if (sheet->length > 0)
		*add(delivery, attachments, count) =
			(struct mail_attachment){ file_name(arena, name), sheet->data, sheet->length };
}

static struct err add_documents(const struct delivery *delivery, struct mail_attachment **attachments, size_t *count)
{
	struct arena *arena = delivery->message;
	struct document_kept *documents;
	size_t found;
	DB_TX_SCOPE tx = db_begin(delivery->batch->bench->db, arena, DB_READ);

	TRY(documents_get(&tx, delivery->batch->creditor.letter.code, delivery->documents, delivery->document_count,
			  &documents, &found));
	for (size_t i = 0; i < found; i++)
		*add(delivery, attachments, count) =
			(struct mail_attachment){ .name = file_name(arena, documents[i].number),
						  .data = documents[i].pdf,
						  .length = documents[i].length };
	return db_commit(&tx);
}

struct err attachments_read(const struct delivery *delivery, struct mail_attachment **attachments, size_t *count)
{
	*attachments = NULL;
	*count = 0;
	add_sheet(delivery, delivery->step->name, &delivery->letter.pdf, attachments, count);
	add_sheet(delivery, "statement", &delivery->statement, attachments, count);
	return delivery->document_count > 0 ? add_documents(delivery, attachments, count) : OK;
}
