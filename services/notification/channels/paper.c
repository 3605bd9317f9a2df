#include "notification/channels/paper.h"

#include <string.h>

#include "common/base/text.h"
#include "common/document/country.h"
#include "common/document/epc.h"
#include "notification/domain/postal.h"

#define NUMBERS_IN_TEXT_MAX 8 /* invoice numbers in a transfer's text, which takes 140 characters */

/* What stands on every letter beside the template's words. */
static const struct words {
	const char *number, *issued, *due, *amount, *open, *unapplied, *total, *customer, *contact;
	const char *holder, *iban, *bic, *reference, *to_pay, *scan, *registered, *vat, *phone, *page, *on_invoice;
} words_of[LANGUAGE_COUNT] = {
	[LANGUAGE_EN] = { .number = "Invoice",
			  .issued = "Date",
			  .due = "Due",
			  .amount = "Amount",
			  .open = "Outstanding",
			  .unapplied = "received, not yet allocated to an invoice",
			  .total = "Total due",
			  .customer = "Customer",
			  .contact = "For",
			  .holder = "Account holder",
			  .iban = "IBAN",
			  .bic = "BIC",
			  .reference = "Reference",
			  .to_pay = "To pay",
			  .scan = "Scan to pay",
			  .registered = "REGISTERED LETTER WITH PROOF OF DELIVERY",
			  .vat = "VAT",
			  .phone = "Tel.",
			  .page = "Page %d of %d",
			  .on_invoice = "the account stated on the invoice" },
	[LANGUAGE_FR] = { .number = "Facture",
			  .issued = "Date",
			  .due = "Échéance",
			  .amount = "Montant",
			  .open = "Reste dû",
			  .unapplied = "reçu, non encore affecté à une facture",
			  .total = "Somme due",
			  .customer = "Client",
			  .contact = "À l'attention de",
			  .holder = "Titulaire",
			  .iban = "IBAN",
			  .bic = "BIC",
			  .reference = "Référence",
			  .to_pay = "À régler",
			  .scan = "À scanner pour payer",
			  .registered = "LETTRE RECOMMANDÉE AVEC AVIS DE RÉCEPTION",
			  .vat = "TVA",
			  .phone = "Tél.",
			  .page = "Page %d sur %d",
			  .on_invoice = "le compte indiqué sur la facture" },
	[LANGUAGE_DE] = { .number = "Rechnung",
			  .issued = "Datum",
			  .due = "Fällig",
			  .amount = "Betrag",
			  .open = "Offen",
			  .unapplied = "erhalten, noch keiner Rechnung zugeordnet",
			  .total = "Fälliger Betrag",
			  .customer = "Kunde",
			  .contact = "Zu Händen",
			  .holder = "Kontoinhaber",
			  .iban = "IBAN",
			  .bic = "BIC",
			  .reference = "Verwendungszweck",
			  .to_pay = "Zu zahlen",
			  .scan = "Zum Zahlen scannen",
			  .registered = "EINSCHREIBEN MIT RÜCKSCHEIN",
			  .vat = "USt-IdNr.",
			  .phone = "Tel.",
			  .page = "Seite %d von %d",
			  .on_invoice = "das auf der Rechnung genannte Konto" },
};

struct writing {
	struct arena *arena;
	const struct paper *paper;
	const struct letter *letter;
	const struct words *words;
	struct document document;
	struct document_block *blocks;
};

/* ------------------------------------------------------------------ addresses */

static void add_line(struct arena *arena, struct paper_address *address, const char *line)
{
	if (!text_empty(line))
		*ARENA_PUSH(arena, address->lines, address->count) = line;
}

struct paper_address paper_address(struct arena *arena, const struct letter *letter)
{
	const struct letter_customer *customer = letter->customer;
	enum language language = language_find(letter->creditor->language);
	struct paper_address address = { 0 };

	add_line(arena, &address, customer->name);
	for (size_t i = 0; i < customer->address_count; i++)
		add_line(arena, &address, customer->address[i]);
	if (!text_empty(customer->country) && !text_equal(customer->country, letter->creditor->country))
		add_line(arena, &address, country_line(customer->country, language));
	return address;
}

static const char *joined(struct arena *arena, const char *const *lines, size_t count, const char *between)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = arena_format(arena, "%s%s%s", text, *text ? between : "", lines[i]);
	return text;
}

static const char *legal_name(const struct letter_creditor *creditor)
{
	return text_empty(creditor->legal_name) ? creditor->name : creditor->legal_name;
}

/* ------------------------------------------------------------------ letterhead */

static void write_sender(struct writing *writing)
{
	const struct letter_creditor *creditor = writing->letter->creditor;
	struct document *document = &writing->document;
	struct arena *arena = writing->arena;
	struct paper_address sender = { 0 };
	const char *address = joined(arena, creditor->address, creditor->address_count, " · ");

	for (size_t i = 0; i < creditor->address_count; i++)
		add_line(arena, &sender, creditor->address[i]);
	add_line(arena, &sender,
		 text_empty(creditor->phone) ? NULL
					     : arena_format(arena, "%s %s", writing->words->phone, creditor->phone));
	add_line(arena, &sender, creditor->email);
	document->sender = creditor->name;
	document->sender_lines = sender.lines;
	document->sender_line_count = sender.count;
	document->return_line = arena_format(arena, "%s%s%s", creditor->name, *address ? " · " : "", address);
	document->footer =
		arena_format(arena, "%s%s%s%s%s", legal_name(creditor), *address ? " · " : "", address,
			     text_empty(creditor->vat_id) ? "" : arena_format(arena, "\n%s ", writing->words->vat),
			     text_empty(creditor->vat_id) ? "" : creditor->vat_id);
	document->page_format = writing->words->page;
}

static void write_facts(struct writing *writing)
{
	const struct letter_customer *customer = writing->letter->customer;
	struct document_pair *facts = NULL;
	size_t count = 0;

	*ARENA_PUSH(writing->arena, facts, count) =
		(struct document_pair){ writing->words->customer, customer->number };
	if (!text_empty(customer->contact))
		*ARENA_PUSH(writing->arena, facts, count) =
			(struct document_pair){ writing->words->contact, customer->contact };
	writing->document.facts = facts;
	writing->document.fact_count = count;
}

/* The town is the last line of the creditor's address without its postal code: "Paris, le 21 novembre 2026". */
static const char *date_line(const struct writing *writing)
{
	const struct letter_creditor *creditor = writing->letter->creditor;
	const char *date = wording_date(writing->arena, writing->paper->language, writing->letter->today);
	const char *town = creditor->address_count > 0 ? creditor->address[creditor->address_count - 1] : "";
	bool french = writing->paper->language == LANGUAGE_FR;

	if (!french)
		return date;
	town += strspn(town, "0123456789 ");
	return *town ? arena_format(writing->arena, "%s, le %s", town, date)
		     : arena_format(writing->arena, "Le %s", date);
}

/* ------------------------------------------------------------------ blocks */

static struct document_block *add_block(struct writing *writing, enum document_block_kind kind)
{
	struct document_block *block = ARENA_PUSH(writing->arena, writing->blocks, writing->document.block_count);

	block->kind = kind;
	return block;
}

static const char *money(const struct writing *writing, int64_t minor)
{
	return wording_money(writing->arena, writing->paper->language, minor, writing->letter->position->currency);
}

static struct document_row invoice_row(const struct writing *writing, const struct position_item *item)
{
	enum language language = writing->paper->language;

	return (struct document_row){ .cells = { item->number, wording_date(writing->arena, language, item->issued_on),
						 wording_date(writing->arena, language, item->due_on),
						 money(writing, item->amount_minor),
						 money(writing, position_item_asked(item)) } };
}

static void add_invoices(struct writing *writing)
{
	const struct letter *letter = writing->letter;
	struct document_table *table = &add_block(writing, BLOCK_TABLE)->table;
	struct document_column *columns = arena_array(writing->arena, 5, sizeof *columns);
	size_t shown = letter->item_count < LETTER_ITEMS_MAX ? letter->item_count : LETTER_ITEMS_MAX;
	int64_t unapplied_minor = policy_step_is_note(letter->step) ? 0 : letter->position->unapplied_minor;
	struct document_row *rows = NULL;
	size_t count = 0;

	columns[0] = (struct document_column){ writing->words->number, 0.20, SHEET_LEFT };
	columns[1] = (struct document_column){ writing->words->issued, 0.22, SHEET_LEFT };
	columns[2] = (struct document_column){ writing->words->due, 0.22, SHEET_LEFT };
	columns[3] = (struct document_column){ writing->words->amount, 0.18, SHEET_RIGHT };
	columns[4] = (struct document_column){ writing->words->open, 0.18, SHEET_RIGHT };
	for (size_t i = 0; i < shown; i++)
		*ARENA_PUSH(writing->arena, rows, count) =
			invoice_row(writing, &letter->position->items[letter->items[i]]);
	if (shown < letter->item_count)
		*ARENA_PUSH(writing->arena, rows, count) = (struct document_row){
			.cells = { arena_format(writing->arena, "+ %zu", letter->item_count - shown) }
		};
	if (unapplied_minor > 0)
		*ARENA_PUSH(writing->arena, rows, count) =
			(struct document_row){ .cells = { writing->words->unapplied, "", "", "",
							  money(writing, -unapplied_minor) } };
	*ARENA_PUSH(writing->arena, rows, count) =
		(struct document_row){ .cells = { writing->words->total, NULL, NULL, NULL,
						  money(writing, letter->amount_minor) },
				       .total = true };
	*table = (struct document_table){ columns, 5, rows, count };
}

/* One invoice is paid by its own reference, several by their numbers. */
static const char *transfer_text(const struct writing *writing)
{
	const struct letter *letter = writing->letter;
	const char *text = writing->letter->customer->number;

	for (size_t i = 0; i < letter->item_count && i < NUMBERS_IN_TEXT_MAX; i++)
		text = arena_format(writing->arena, "%s %s", text, letter->position->items[letter->items[i]].number);
	return text;
}

static void add_payment(struct writing *writing)
{
	const struct letter *letter = writing->letter;
	const struct letter_creditor *creditor = letter->creditor;
	const struct words *words = writing->words;
	struct document_payment *payment = &add_block(writing, BLOCK_PAYMENT)->payment;
	const char *own = letter->item_count == 1 ? letter->position->items[letter->items[0]].creditor_ref : NULL;
	struct epc epc = { .name = legal_name(creditor),
			   .iban = creditor->iban,
			   .bic = creditor->bic,
			   .currency = letter->position->currency,
			   .amount_minor = writing->paper->text->due_minor,
			   .reference = own,
			   .text = transfer_text(writing) };
	struct document_pair *pairs = NULL;
	size_t count = 0;

	*ARENA_PUSH(writing->arena, pairs, count) =
		(struct document_pair){ words->to_pay, money(writing, writing->paper->text->due_minor) };
	*ARENA_PUSH(writing->arena, pairs, count) = (struct document_pair){ words->holder, legal_name(creditor) };
	*ARENA_PUSH(writing->arena, pairs, count) =
		(struct document_pair){ words->iban, text_empty(creditor->iban)
							     ? words->on_invoice
							     : wording_iban(writing->arena, creditor->iban) };
	if (!text_empty(creditor->bic))
		*ARENA_PUSH(writing->arena, pairs, count) = (struct document_pair){ words->bic, creditor->bic };
	*ARENA_PUSH(writing->arena, pairs, count) =
		(struct document_pair){ words->reference,
					text_empty(own) ? transfer_text(writing) : wording_iban(writing->arena, own) };
	*payment = (struct document_payment){ .pairs = pairs,
					      .pair_count = count,
					      .qr_payload = epc_payload(writing->arena, &epc),
					      .qr_caption = words->scan };
}

/* Paragraphs are separated by empty lines. A mark stands alone in its paragraph. */
static void add_paragraph(struct writing *writing, const char *start, size_t length)
{
	const char *text = text_trim(writing->arena, arena_copy_n(writing->arena, start, length));

	if (text_equal(text, LETTER_INVOICES_MARK))
		add_invoices(writing);
	else if (text_equal(text, LETTER_PAYMENT_MARK))
		add_payment(writing);
	else if (*text)
		add_block(writing, BLOCK_TEXT)->text = text;
}

static void write_body(struct writing *writing)
{
	const char *text = writing->paper->text->text;

	while (*text) {
		const char *end = strstr(text, "\n\n");
		size_t length = end ? (size_t)(end - text) : strlen(text);

		add_paragraph(writing, text, length);
		text += length;
		text += strspn(text, "\n");
	}
	writing->document.blocks = writing->blocks;
}

struct err paper_make(struct arena *arena, const struct paper *paper, struct document_made *made)
{
	const struct letter *letter = paper->letter;
	struct writing writing = {
		.arena = arena, .paper = paper, .letter = letter, .words = &words_of[paper->language]
	};
	struct paper_address address = paper_address(arena, letter);

	if (!paper->mailed)
		TRY(postal_check(letter->customer->country, letter->customer->address,
				 letter->customer->address_count));
	writing.document = (struct document){ .window = document_window_of(letter->creditor->country),
					      .recipient_lines = address.lines,
					      .recipient_line_count = address.count,
					      .subject = paper->text->subject,
					      .postal_note = paper->registered ? writing.words->registered : NULL,
					      .made_at = paper->made_at };
	writing.document.date_line = date_line(&writing);
	write_sender(&writing);
	write_facts(&writing);
	write_body(&writing);
	return document_make(arena, &writing.document, made);
}
