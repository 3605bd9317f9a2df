#include "invoicing/paper.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/payment_link.h"
#include "common/base/text.h"
#include "common/document/country.h"
#include "common/document/epc.h"
#include "invoicing/paper_words.h"

/* A page in the making. */
struct writing {
	struct arena *arena;
	const struct paper *paper;
	const struct receivable *head;
	const struct invoice *invoice;
	const struct paper_words *words;
	enum language language;
	struct document document;
	struct document_block *blocks;
	struct document_pair *pairs; /* facts, then those of the payment */
	size_t pair_count;
};

/* ------------------------------------------------------------------ words */

static const char *date_of(const struct writing *writing, struct date date)
{
	return wording_date(writing->arena, writing->language, date);
}

static const char *money_of(const struct writing *writing, int64_t minor)
{
	return wording_money(writing->arena, writing->language, minor, writing->head->currency);
}

static const char *percent_of(const struct writing *writing, struct decimal percent)
{
	return wording_percent(writing->arena, writing->language, percent);
}

static bool french_law(const struct writing *writing)
{
	return text_equal(writing->paper->creditor->country, "FR");
}

static const char *document_number_of(const struct paper *paper)
{
	return paper->kind == PAPER_CREDIT_NOTE ? paper->note->number : paper->detail->head.number;
}

static struct date document_date(const struct paper *paper)
{
	if (paper->kind == PAPER_COPY)
		return paper->today;
	return paper->kind == PAPER_CREDIT_NOTE ? paper->note->issued_on : paper->detail->head.issued_on;
}

static const char *legal_name(const struct creditor *creditor)
{
	return text_empty(creditor->legal_name) ? creditor->name : creditor->legal_name;
}

/* ------------------------------------------------------------------ letterhead */

struct lines {
	const char **lines;
	size_t count;
};

static void line_add(struct writing *writing, struct lines *lines, const char *line)
{
	if (!text_empty(line))
		*ARENA_PUSH(writing->arena, lines->lines, lines->count) = line;
}

static const char *address_line(struct writing *writing, const struct creditor *creditor)
{
	const char *text = "";

	for (size_t i = 0; i < creditor->address_line_count; i++)
		text = arena_format(writing->arena, "%s%s%s", text, *text ? " · " : "", creditor->address_lines[i]);
	return text;
}

static const char *footer(struct writing *writing, const char *address)
{
	const struct creditor *creditor = writing->paper->creditor;
	const char *registration = writing->paper->stationery->registration;
	const char *vat = text_empty(creditor->vat_id) ? ""
						       : arena_format(writing->arena, "%s %s",
								      writing->words->vat_id_short, creditor->vat_id);

	return arena_format(writing->arena, "%s%s%s\n%s%s%s", legal_name(creditor), *address ? " · " : "", address,
			    text_empty(registration) ? "" : registration,
			    text_empty(registration) || text_empty(vat) ? "" : " · ", vat);
}

static void write_sender(struct writing *writing)
{
	const struct creditor *creditor = writing->paper->creditor;
	struct document *document = &writing->document;
	const char *address = address_line(writing, creditor);
	struct lines lines = { 0 };

	for (size_t i = 0; i < creditor->address_line_count; i++)
		line_add(writing, &lines, creditor->address_lines[i]);
	if (!text_empty(creditor->phone))
		line_add(writing, &lines,
			 arena_format(writing->arena, "%s %s", writing->words->phone, creditor->phone));
	line_add(writing, &lines, creditor->email);
	document->sender = creditor->name;
	document->sender_lines = lines.lines;
	document->sender_line_count = lines.count;
	document->return_line = arena_format(writing->arena, "%s%s%s", creditor->name, *address ? " · " : "", address);
	document->footer = footer(writing, address);
	document->page_format = writing->words->page;
}

static void write_recipient(struct writing *writing)
{
	const struct customer *customer = writing->paper->customer;
	const struct creditor *creditor = writing->paper->creditor;
	struct lines lines = { 0 };

	line_add(writing, &lines, customer->name);
	for (size_t i = 0; i < customer->address_line_count; i++)
		line_add(writing, &lines, customer->address_lines[i]);
	if (!text_equal(customer->country, creditor->country))
		line_add(writing, &lines, country_line(customer->country, language_find(creditor->language)));
	writing->document.recipient_lines = lines.lines;
	writing->document.recipient_line_count = lines.count;
}

/* The town is the last line of the creditor's address without its postal code: "Paris, le 21 novembre 2026". */
static const char *town_and_date(const struct writing *writing)
{
	const struct creditor *creditor = writing->paper->creditor;
	const char *date = date_of(writing, document_date(writing->paper));
	const char *town =
		creditor->address_line_count > 0 ? creditor->address_lines[creditor->address_line_count - 1] : "";

	town += strspn(town, "0123456789 ");
	return *town ? arena_format(writing->arena, writing->words->town_and_date, town, date) : date;
}

/* ------------------------------------------------------------------ facts */

static void pair_add(struct writing *writing, const char *label, const char *value)
{
	if (!text_empty(value))
		*ARENA_PUSH(writing->arena, writing->pairs, writing->pair_count) =
			(struct document_pair){ label, value };
}

static void write_facts(struct writing *writing)
{
	const struct receivable *head = writing->head;
	const struct paper_words *words = writing->words;
	bool invoice = writing->paper->kind == PAPER_INVOICE;

	if (invoice && date_known(writing->invoice->supplied_on))
		pair_add(writing, words->supplied, date_of(writing, writing->invoice->supplied_on));
	else if (invoice)
		pair_add(writing, words->supplied, date_of(writing, head->issued_on));
	if (invoice)
		pair_add(writing, words->due, date_of(writing, head->due_on));
	if (writing->paper->kind == PAPER_CREDIT_NOTE)
		pair_add(writing, words->cancels,
			 arena_format(writing->arena, "%s\n%s", head->number, date_of(writing, head->issued_on)));
	pair_add(writing, words->customer, head->customer_number);
	pair_add(writing, words->order, head->order_reference);
	pair_add(writing, words->vat_id, writing->paper->customer->vat_id);
	writing->document.facts = writing->pairs;
	writing->document.fact_count = writing->pair_count;
	writing->pairs = NULL;
	writing->pair_count = 0;
}

/* ------------------------------------------------------------------ tables */

static struct document_block *block_add(struct writing *writing, enum document_block_kind kind)
{
	struct document_block *block = ARENA_PUSH(writing->arena, writing->blocks, writing->document.block_count);

	*block = (struct document_block){ .kind = kind };
	return block;
}

static void text_add(struct writing *writing, enum document_block_kind kind, const char *text)
{
	if (!text_empty(text))
		block_add(writing, kind)->text = text;
}

static struct document_table *table_add(struct writing *writing, const struct document_column *columns, size_t count)
{
	struct document_table *table = &block_add(writing, BLOCK_TABLE)->table;

	*table = (struct document_table){ .columns = columns, .column_count = count };
	return table;
}

static struct document_row *row_add(struct writing *writing, struct document_table *table)
{
	struct document_row *rows = (struct document_row *)table->rows;
	struct document_row *row = ARENA_PUSH(writing->arena, rows, table->row_count);

	*row = (struct document_row){ 0 };
	table->rows = rows;
	return row;
}

#define LINE_COLUMNS 5

static void line_row(struct writing *writing, struct document_table *table, const struct invoice_line *line)
{
	struct arena *arena = writing->arena;
	const char *quantity = wording_number(arena, writing->language, line->quantity, 0);
	bool unit = !text_empty(line->unit);

	*row_add(writing, table) = (struct document_row){
		.cells = { line->description,
			   arena_format(arena, "%s%s%s", quantity, unit ? " " : "", unit ? line->unit : ""),
			   wording_number(arena, writing->language, line->unit_price,
					  currency_decimals(writing->head->currency)),
			   percent_of(writing, line->vat_rate), money_of(writing, line->net_minor) }
	};
}

/* A sum stands under the amounts, its label to the left of it. */
static void sum_row(struct writing *writing, struct document_table *table, const char *label, int64_t minor, bool total)
{
	struct document_row *row = row_add(writing, table);

	*row = (struct document_row){ .cells = { "", label }, .total = total, .sum = true };
	row->cells[table->column_count - 1] = money_of(writing, minor);
}

static void write_lines(struct writing *writing)
{
	const struct invoice *invoice = writing->invoice;
	const struct paper_words *words = writing->words;
	struct document_column *columns = arena_array(writing->arena, LINE_COLUMNS, sizeof *columns);
	struct document_table *table = table_add(writing, columns, LINE_COLUMNS);

	columns[0] = (struct document_column){ words->description, 0.42, SHEET_LEFT };
	columns[1] = (struct document_column){ words->quantity, 0.15, SHEET_RIGHT };
	columns[2] = (struct document_column){ words->unit_price, 0.16, SHEET_RIGHT };
	columns[3] = (struct document_column){ words->vat, 0.09, SHEET_RIGHT };
	columns[4] = (struct document_column){ words->amount, 0.18, SHEET_RIGHT };
	for (size_t i = 0; i < invoice->line_count; i++)
		line_row(writing, table, &invoice->lines[i]);
	sum_row(writing, table, words->net, invoice->net_minor, false);
	for (size_t i = 0; i < invoice->vat_count; i++)
		sum_row(writing, table,
			arena_format(writing->arena, words->vat_of, percent_of(writing, invoice->vat[i].rate),
				     money_of(writing, invoice->vat[i].net_minor)),
			invoice->vat[i].vat_minor, false);
	sum_row(writing, table, words->gross, invoice->gross_minor, true);
}

/* What is known of an invoice of another system: no lines, no VAT. */
static void write_account(struct writing *writing)
{
	const struct receivable *head = writing->head;
	const struct paper_words *words = writing->words;
	struct document_column *columns = arena_array(writing->arena, LINE_COLUMNS, sizeof *columns);
	struct document_table *table = table_add(writing, columns, 4);

	columns[0] = (struct document_column){ "", 0.30, SHEET_LEFT };
	columns[1] = (struct document_column){ words->date, 0.25, SHEET_RIGHT };
	columns[2] = (struct document_column){ words->due, 0.25, SHEET_RIGHT };
	columns[3] = (struct document_column){ words->claimed, 0.20, SHEET_RIGHT };
	*row_add(writing, table) = (struct document_row){ .cells = { head->number, date_of(writing, head->issued_on),
								     date_of(writing, head->due_on),
								     money_of(writing, head->amount_minor) } };
	if (head->open_minor != head->amount_minor)
		sum_row(writing, table, words->paid, head->open_minor - head->amount_minor, false);
	sum_row(writing, table, arena_format(writing->arena, words->open, date_of(writing, writing->paper->today)),
		head->open_minor, true);
}

/* ------------------------------------------------------------------ VAT */

static bool in_vat_union(const char *country)
{
	static const char MEMBERS[] =
		"AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

	return !text_empty(country) && strlen(country) == 2 && strstr(MEMBERS, country) != NULL;
}

static bool without_vat(const struct invoice *invoice)
{
	for (size_t i = 0; i < invoice->vat_count; i++) {
		if (invoice->vat[i].rate.millionths != 0)
			return false;
	}
	return true;
}

/* Why no VAT is charged, where the facts leave one reason only; else it is for the invoice's note to say. */
static const char *vat_reason(const struct writing *writing)
{
	const struct creditor *creditor = writing->paper->creditor;
	const struct customer *customer = writing->paper->customer;
	bool abroad = !text_equal(creditor->country, customer->country);

	if (!without_vat(writing->invoice) || !text_empty(writing->invoice->note))
		return NULL;
	if (text_empty(creditor->vat_id) && french_law(writing))
		return writing->words->small_firm_french;
	if (text_empty(creditor->vat_id) && text_equal(creditor->country, "DE"))
		return writing->words->small_firm_german;
	if (abroad && in_vat_union(creditor->country) && in_vat_union(customer->country) &&
	    !text_empty(creditor->vat_id) && !text_empty(customer->vat_id))
		return writing->words->reverse_charge;
	return NULL;
}

/* ------------------------------------------------------------------ payment */

static bool discounted(const struct writing *writing)
{
	return writing->head->discount_minor > 0 && date_known(writing->head->discount_until);
}

static void write_amounts(struct writing *writing, int64_t to_pay_minor)
{
	const struct receivable *head = writing->head;
	const struct paper_words *words = writing->words;

	pair_add(writing, words->to_pay, money_of(writing, to_pay_minor));
	if (writing->paper->kind != PAPER_INVOICE)
		return;
	pair_add(writing, words->by, date_of(writing, head->due_on));
	if (discounted(writing))
		pair_add(writing, words->with_discount,
			 arena_format(writing->arena, words->with_discount_by,
				      money_of(writing, to_pay_minor - head->discount_minor),
				      date_of(writing, head->discount_until)));
}

static const char *payment_link_of(const struct writing *writing, int64_t to_pay_minor)
{
	const struct receivable *head = writing->head;
	struct payment_link facts = { .number = head->number,
				      .reference = head->creditor_ref,
				      .customer = head->customer_number,
				      .amount_minor = to_pay_minor,
				      .currency = head->currency };

	return payment_link_make(writing->arena, writing->paper->stationery->payment_link, &facts);
}

static void write_payment(struct writing *writing, int64_t to_pay_minor)
{
	const struct receivable *head = writing->head;
	const struct stationery *stationery = writing->paper->stationery;
	const struct paper_words *words = writing->words;
	const char *holder = legal_name(writing->paper->creditor), *link = payment_link_of(writing, to_pay_minor);
	struct epc epc = { .name = holder,
			   .iban = stationery->iban,
			   .bic = stationery->bic,
			   .currency = head->currency,
			   .amount_minor = to_pay_minor,
			   .reference = head->creditor_ref,
			   .text = head->number };

	if (to_pay_minor <= 0 || (text_empty(stationery->iban) && !link))
		return;
	write_amounts(writing, to_pay_minor);
	if (!text_empty(stationery->iban)) {
		pair_add(writing, words->holder, holder);
		pair_add(writing, words->iban, wording_iban(writing->arena, stationery->iban));
		pair_add(writing, words->bic, stationery->bic);
	}
	pair_add(writing, words->reference,
		 text_empty(head->creditor_ref) ? head->number : wording_iban(writing->arena, head->creditor_ref));
	pair_add(writing, words->online, link);
	block_add(writing, BLOCK_PAYMENT)->payment =
		(struct document_payment){ .pairs = writing->pairs,
					   .pair_count = writing->pair_count,
					   .qr_payload = epc_payload(writing->arena, &epc),
					   .qr_caption = words->scan };
}

/* ------------------------------------------------------------------ terms */

static const char *interest_terms(const struct writing *writing)
{
	const struct late_terms *late = &writing->invoice->late;
	const struct paper_words *words = writing->words;
	const char *law = french_law(writing) ? words->interest_law_french : words->interest_law_eu;
	struct decimal reference;
	bool confirmed;

	if (late->rule == INTEREST_FIXED)
		return arena_format(writing->arena, words->interest_fixed, percent_of(writing, late->rate), law);
	if (late->rule != INTEREST_STATUTORY ||
	    !err_ok(reference_rate_find(writing->head->issued_on, &reference, &confirmed)))
		return "";
	reference.millionths += late->rate.millionths;
	return arena_format(writing->arena, words->interest_statutory,
			    wording_number(writing->arena, writing->language, late->rate, 0),
			    percent_of(writing, reference), law);
}

static const char *compensation_terms(const struct writing *writing)
{
	const struct paper_words *words = writing->words;
	int64_t minor = writing->invoice->late.compensation_minor;

	if (minor == 0)
		return "";
	return arena_format(writing->arena, words->compensation, money_of(writing, minor),
			    french_law(writing) ? words->compensation_law_french : words->compensation_law_eu);
}

/* French law asks to say so where there is no discount (L441-9); elsewhere silence says it. */
static const char *discount_terms(const struct writing *writing)
{
	if (discounted(writing))
		return arena_format(writing->arena, writing->words->discount,
				    money_of(writing, writing->head->discount_minor),
				    date_of(writing, writing->head->discount_until));
	return french_law(writing) ? writing->words->no_discount : "";
}

static void write_terms(struct writing *writing)
{
	const char *discount = discount_terms(writing), *interest = interest_terms(writing);
	const char *compensation = compensation_terms(writing);

	text_add(writing, BLOCK_SMALL_TEXT,
		 arena_format(writing->arena, "%s%s%s%s%s", discount, *discount && *interest ? " " : "", interest,
			      *compensation ? " " : "", compensation));
}

/* ------------------------------------------------------------------ the documents */

static void write_invoice(struct writing *writing)
{
	write_lines(writing);
	text_add(writing, BLOCK_TEXT, writing->invoice->note);
	text_add(writing, BLOCK_TEXT, vat_reason(writing));
	write_payment(writing, writing->invoice->gross_minor);
	write_terms(writing);
}

static void write_credit_note(struct writing *writing)
{
	const struct credit_note *note = writing->paper->note;

	write_lines(writing);
	text_add(writing, BLOCK_TEXT, vat_reason(writing));
	text_add(writing, BLOCK_TEXT, arena_format(writing->arena, writing->words->reason, note->reason));
	if (note->released_minor > 0)
		text_add(writing, BLOCK_TEXT,
			 arena_format(writing->arena, writing->words->released,
				      money_of(writing, note->released_minor)));
}

static void write_copy(struct writing *writing)
{
	text_add(writing, BLOCK_TEXT, writing->words->copy);
	write_account(writing);
	write_payment(writing, writing->head->open_minor);
}

struct err paper_make(struct arena *arena, const struct paper *paper, struct document_made *made)
{
	enum language language = language_find(paper->customer->language);
	struct writing writing = { .arena = arena,
				   .paper = paper,
				   .head = &paper->detail->head,
				   .invoice = &paper->detail->invoice,
				   .words = paper_words_of(language),
				   .language = language };
	static void (*const write[])(struct writing *) = {
		[PAPER_INVOICE] = write_invoice, [PAPER_CREDIT_NOTE] = write_credit_note, [PAPER_COPY] = write_copy
	};

	CHECK(paper->kind == PAPER_COPY || !paper->detail->head.imported);
	writing.document = (struct document){ .window = document_window_of(paper->creditor->country),
					      .subject = arena_format(arena, writing.words->title[paper->kind],
								      document_number_of(paper)),
					      .date_line = town_and_date(&writing),
					      .made_at = instant_from_date(document_date(paper)) };
	write_sender(&writing);
	write_recipient(&writing);
	write_facts(&writing);
	write[paper->kind](&writing);
	writing.document.blocks = writing.blocks;
	return document_make(arena, &writing.document, made);
}
