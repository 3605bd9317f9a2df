#include "common/document/document.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"

#define MARGIN_LEFT_MM 25.0
#define MARGIN_RIGHT_MM 20.0
#define BODY_MM (SHEET_WIDTH_MM - MARGIN_LEFT_MM - MARGIN_RIGHT_MM)
#define LETTERHEAD_Y_MM 16.0
#define WINDOW_Y_MM 45.0
#define WINDOW_LEFT_X_MM 25.0   /* DIN 5008: 20 mm, and 5 mm that the text keeps from the edge */
#define WINDOW_RIGHT_X_MM 110.0 /* NF Z 11-001 */
#define WINDOW_WIDTH_MM 80.0
#define RECIPIENT_Y_MM 62.7 /* DIN 5008, form B: the field's lower zone */
#define RECIPIENT_RIGHT_Y_MM 53.0
#define FACTS_WIDTH_MM 62.0
#define DATE_Y_MM 91.0
#define SUBJECT_Y_MM 101.0
#define NEXT_PAGE_Y_MM 25.0
#define BODY_END_MM 268.0
#define FOOTER_Y_MM 274.0
#define PARAGRAPH_GAP_MM 3.2
#define FEW_LINES_MM 30.0
#define TIGHT 0.6 /* of the gaps and of what lines are apart beyond the font's own height */
#define ROW_GAP_MM 1.4
#define CELL_GAP_MM 3.0
#define QR_MM 28.0
#define PAD_MM 3.5
#define FOLD_MARK_1_MM 105.0 /* DIN 5008, form B */
#define FOLD_MARK_2_MM 210.0
#define HOLE_MARK_MM 148.5
#define INK 0.1
#define FADED 0.42
#define LINE 0.75
#define FAINT 0.9
#define TINT 0.955
#define HEADER_PT 8.0
#define ROW_PT 9.0

static const struct sheet_style body_style = { .size_pt = 9.5, .width_mm = BODY_MM, .grey = INK, .spacing = 1.1 };
static const struct sheet_style terms_style = { .size_pt = 7.5, .width_mm = BODY_MM, .grey = 0.25, .spacing = 1.15 };
static const struct sheet_style subject_style = { .size_pt = 11.5, .width_mm = BODY_MM, .grey = INK, .bold = true };
static const struct sheet_style name_style = { .size_pt = 15, .width_mm = 90, .grey = INK, .bold = true };
static const struct sheet_style small_style = { .size_pt = 7, .width_mm = WINDOW_WIDTH_MM, .grey = FADED };
static const struct sheet_style footer_style = {
	.size_pt = 7, .width_mm = BODY_MM - 30, .grey = FADED, .spacing = 1.1
};
static const struct sheet_style page_style = { .size_pt = 7, .width_mm = 30, .grey = FADED, .align = SHEET_RIGHT };
static const struct sheet_style sender_style = {
	.size_pt = 8, .width_mm = 70, .grey = FADED, .spacing = 1.1, .align = SHEET_RIGHT
};
static const struct sheet_style recipient_style = {
	.size_pt = 10, .width_mm = WINDOW_WIDTH_MM, .grey = 0, .spacing = 1.05
};
static const struct sheet_style note_style = { .size_pt = 8, .width_mm = WINDOW_WIDTH_MM, .grey = INK, .bold = true };

/* The pages as they fill. */
struct flow {
	struct sheet *sheet;
	const struct document *document;
	double y;
	int page, pages; /* pages: 1 while they are counted */
	double loose;    /* 1, or TIGHT */
};

enum document_window document_window_of(const char *country)
{
	static const char *const right[] = { "FR", "MC", "BE", "LU" };

	for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
		if (text_equal(country, right[i]))
			return WINDOW_RIGHT;
	}
	return WINDOW_LEFT;
}

/* ------------------------------------------------------------------ pages */

static void draw_footer(const struct flow *flow)
{
	const struct document *document = flow->document;
	char pages[64];
	const char *format = document->page_format;
	const char *second = strstr(format, "%d") ? strstr(strstr(format, "%d") + 2, "%d") : NULL;

	CHECK(second != NULL);
	snprintf(pages, sizeof pages, "%.*s%d%.*s%d%s", (int)(strstr(format, "%d") - format), format, flow->page,
		 (int)(second - strstr(format, "%d") - 2), strstr(format, "%d") + 2, flow->pages, second + 2);
	sheet_rule(flow->sheet, MARGIN_LEFT_MM, FOOTER_Y_MM - 2, BODY_MM, LINE);
	sheet_text(flow->sheet, MARGIN_LEFT_MM, FOOTER_Y_MM, &footer_style, document->footer);
	sheet_text(flow->sheet, SHEET_WIDTH_MM - MARGIN_RIGHT_MM - page_style.width_mm, FOOTER_Y_MM, &page_style,
		   pages);
}

static void next_page(struct flow *flow)
{
	draw_footer(flow);
	sheet_page_end(flow->sheet);
	flow->page++;
	flow->y = NEXT_PAGE_Y_MM;
}

static void make_room(struct flow *flow, double height_mm)
{
	if (flow->y + height_mm > BODY_END_MM && flow->y > NEXT_PAGE_Y_MM)
		next_page(flow);
}

/* ------------------------------------------------------------------ the first page's head */

static double draw_lines(struct sheet *sheet, double x, double y, const struct sheet_style *style,
			 const char *const *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		y += sheet_text(sheet, x, y, style, lines[i]) + 0.4;
	return y;
}

static void draw_letterhead(const struct flow *flow)
{
	const struct document *document = flow->document;
	double x = SHEET_WIDTH_MM - MARGIN_RIGHT_MM - sender_style.width_mm;

	sheet_text(flow->sheet, MARGIN_LEFT_MM, LETTERHEAD_Y_MM, &name_style, document->sender);
	draw_lines(flow->sheet, x, LETTERHEAD_Y_MM, &sender_style, document->sender_lines, document->sender_line_count);
}

/* German folders and envelopes; nobody else knows the marks. */
static void draw_marks(const struct flow *flow)
{
	if (flow->document->window != WINDOW_LEFT)
		return;
	sheet_rule(flow->sheet, 4, FOLD_MARK_1_MM, 4, LINE);
	sheet_rule(flow->sheet, 4, HOLE_MARK_MM, 6, LINE);
	sheet_rule(flow->sheet, 4, FOLD_MARK_2_MM, 4, LINE);
}

static void draw_recipient(const struct flow *flow)
{
	const struct document *document = flow->document;
	bool right = document->window == WINDOW_RIGHT;
	double x = right ? WINDOW_RIGHT_X_MM : WINDOW_LEFT_X_MM, y = right ? WINDOW_Y_MM : WINDOW_Y_MM + 3;
	size_t count = document->recipient_line_count < DOCUMENT_ADDRESS_LINES_MAX ? document->recipient_line_count
										   : DOCUMENT_ADDRESS_LINES_MAX;

	y += sheet_text(flow->sheet, x, y, &small_style, document->return_line) + 1;
	if (document->postal_note)
		sheet_text(flow->sheet, x, right ? y : RECIPIENT_Y_MM - 5, &note_style, document->postal_note);
	draw_lines(flow->sheet, x, right ? RECIPIENT_RIGHT_Y_MM + (document->postal_note ? 2 : 0) : RECIPIENT_Y_MM,
		   &recipient_style, document->recipient_lines, count);
}

/* Beside the address, on the side where no window is. */
static void draw_facts(const struct flow *flow)
{
	const struct document *document = flow->document;
	double x =
		document->window == WINDOW_RIGHT ? MARGIN_LEFT_MM : SHEET_WIDTH_MM - MARGIN_RIGHT_MM - FACTS_WIDTH_MM;
	double y = document->window == WINDOW_RIGHT ? RECIPIENT_RIGHT_Y_MM : WINDOW_Y_MM + 5;
	struct sheet_style label = { .size_pt = 8, .width_mm = 26, .grey = FADED };
	struct sheet_style value = { .size_pt = 8.5, .width_mm = FACTS_WIDTH_MM - 27, .grey = INK };

	for (size_t i = 0; i < document->fact_count; i++) {
		double height = sheet_text(flow->sheet, x + 27, y, &value, document->facts[i].value);

		sheet_text(flow->sheet, x, y + 0.15, &label, document->facts[i].label);
		y += height + 0.9;
	}
}

static void draw_head(struct flow *flow)
{
	const struct document *document = flow->document;
	struct sheet_style date = body_style;
	bool right = document->window == WINDOW_RIGHT;

	draw_letterhead(flow);
	draw_marks(flow);
	draw_recipient(flow);
	draw_facts(flow);
	date.align = right ? SHEET_LEFT : SHEET_RIGHT;
	date.width_mm = right ? WINDOW_WIDTH_MM : BODY_MM;
	sheet_text(flow->sheet, right ? WINDOW_RIGHT_X_MM : MARGIN_LEFT_MM, DATE_Y_MM, &date, document->date_line);
	flow->y = SUBJECT_Y_MM;
	flow->y += sheet_text(flow->sheet, MARGIN_LEFT_MM, flow->y, &subject_style, document->subject) + 6;
}

/* ------------------------------------------------------------------ blocks */

/* A paragraph stays whole where a page can hold it. */
static void draw_text(struct flow *flow, const struct sheet_style *normal, const char *text)
{
	struct sheet_style tight = *normal, *style = &tight;
	double height;

	tight.spacing = 1 + (normal->spacing - 1) * flow->loose;
	height = sheet_measure(flow->sheet, style, text);

	make_room(flow, height);
	while (flow->y + height > BODY_END_MM) {
		text = sheet_text_part(flow->sheet, MARGIN_LEFT_MM, flow->y, BODY_END_MM - flow->y, style, text);
		next_page(flow);
		height = sheet_measure(flow->sheet, style, text);
	}
	flow->y += sheet_text(flow->sheet, MARGIN_LEFT_MM, flow->y, style, text) + PARAGRAPH_GAP_MM * flow->loose;
}

struct cell {
	struct sheet_style style;
	double x;
};

/* A cell takes over the room of those to its right that are NULL. */
static struct cell cell_of(const struct document_table *table, const struct document_row *row, size_t column,
			   double size_pt, double grey)
{
	double x = MARGIN_LEFT_MM, share = table->columns[column].share;
	size_t next = column + 1;

	for (size_t i = 0; i < column; i++)
		x += table->columns[i].share * BODY_MM;
	for (; next < table->column_count && !row->cells[next]; next++)
		share += table->columns[next].share;
	return (struct cell){ { .size_pt = size_pt,
				.width_mm = share * BODY_MM - (next < table->column_count ? CELL_GAP_MM : 0),
				.grey = grey,
				.bold = row->total,
				.align = table->columns[column].align },
			      x };
}

static double row_height(struct flow *flow, const struct document_table *table, const struct document_row *row,
			 double size_pt)
{
	double height = 0;

	for (size_t i = 0; i < table->column_count; i++) {
		struct cell cell = cell_of(table, row, i, size_pt, INK);
		double taken = row->cells[i] ? sheet_measure(flow->sheet, &cell.style, row->cells[i]) : 0;

		height = taken > height ? taken : height;
	}
	return height;
}

static void draw_cells(struct flow *flow, const struct document_table *table, const struct document_row *row,
		       double size_pt, double grey)
{
	double height = row_height(flow, table, row, size_pt);

	for (size_t i = 0; i < table->column_count; i++) {
		struct cell cell = cell_of(table, row, i, size_pt, grey);

		if (row->cells[i])
			sheet_text(flow->sheet, cell.x, flow->y, &cell.style, row->cells[i]);
	}
	flow->y += height + ROW_GAP_MM;
	if (!row->sum)
		sheet_rule(flow->sheet, MARGIN_LEFT_MM, flow->y, BODY_MM, row->total ? LINE : FAINT);
	flow->y += row->sum ? 0 : ROW_GAP_MM;
}

static void draw_header(struct flow *flow, const struct document_table *table)
{
	struct document_row titles = { .total = true };

	for (size_t i = 0; i < table->column_count; i++)
		titles.cells[i] = table->columns[i].title;
	draw_cells(flow, table, &titles, HEADER_PT, FADED);
}

static void draw_row(struct flow *flow, const struct document_table *table, const struct document_row *row)
{
	if (flow->y + row_height(flow, table, row, ROW_PT) + 2 * ROW_GAP_MM > BODY_END_MM) {
		next_page(flow);
		draw_header(flow, table);
	}
	draw_cells(flow, table, row, ROW_PT, INK);
}

/* The sums that end a table, from row `first`: whole, on this page or the next. */
static void draw_sums(struct flow *flow, const struct document_table *table, size_t first)
{
	double height = 0;

	for (size_t i = first; i < table->row_count; i++)
		height += row_height(flow, table, &table->rows[i], ROW_PT) + ROW_GAP_MM;
	make_room(flow, height);
	for (size_t i = first; i < table->row_count; i++)
		draw_cells(flow, table, &table->rows[i], ROW_PT, INK);
}

static void draw_table(struct flow *flow, const struct document_table *table)
{
	size_t row = 0;

	CHECK(table->column_count <= DOCUMENT_COLUMNS_MAX);
	make_room(flow, 24); /* a header and its first rows stay together */
	flow->y += 1;
	draw_header(flow, table);
	for (; row < table->row_count && !table->rows[row].sum; row++)
		draw_row(flow, table, &table->rows[row]);
	draw_sums(flow, table, row);
	flow->y += PARAGRAPH_GAP_MM * flow->loose;
}

static double pairs_height(struct flow *flow, const struct document_payment *payment, const struct sheet_style *value)
{
	double height = 0;

	for (size_t i = 0; i < payment->pair_count; i++)
		height += sheet_measure(flow->sheet, value, payment->pairs[i].value) + 1.1;
	return height;
}

static void draw_pairs(struct flow *flow, const struct document_payment *payment, const struct sheet_style *value,
		       double x, double y, double label_mm)
{
	struct sheet_style label = { .size_pt = 8.5, .width_mm = label_mm, .grey = FADED };

	for (size_t i = 0; i < payment->pair_count; i++) {
		sheet_text(flow->sheet, x, y + 0.2, &label, payment->pairs[i].label);
		y += sheet_text(flow->sheet, x + label_mm, y, value, payment->pairs[i].value) + 1.1;
	}
}

static void draw_payment(struct flow *flow, const struct document_payment *payment)
{
	const double label_mm = 33; /* "Verwendungszweck" */
	bool coded = payment->qr_payload != NULL;
	double width = BODY_MM - 2 * PAD_MM - (coded ? QR_MM + PAD_MM : 0), x = MARGIN_LEFT_MM + PAD_MM;
	struct sheet_style value = { .size_pt = 9.5, .width_mm = width - label_mm, .grey = INK };
	struct sheet_style caption = { .size_pt = 7, .width_mm = QR_MM, .grey = FADED };
	double code_mm = coded ? QR_MM + 1 + sheet_measure(flow->sheet, &caption, payment->qr_caption) : 0;
	double inner = pairs_height(flow, payment, &value);

	inner = inner < code_mm ? code_mm : inner;
	make_room(flow, inner + 2 * PAD_MM);
	sheet_box(flow->sheet, MARGIN_LEFT_MM, flow->y, BODY_MM, inner + 2 * PAD_MM, TINT);
	draw_pairs(flow, payment, &value, x, flow->y + PAD_MM, label_mm);
	if (coded) {
		sheet_qr(flow->sheet, x + width + PAD_MM, flow->y + PAD_MM, QR_MM, payment->qr_payload);
		sheet_text(flow->sheet, x + width + PAD_MM, flow->y + PAD_MM + QR_MM + 1, &caption,
			   payment->qr_caption);
	}
	flow->y += inner + 2 * PAD_MM + (PARAGRAPH_GAP_MM + 1.5) * flow->loose;
}

static void draw_block(struct flow *flow, const struct document_block *block)
{
	switch (block->kind) {
	case BLOCK_TEXT:
		draw_text(flow, &body_style, block->text);
		break;
	case BLOCK_SMALL_TEXT:
		draw_text(flow, &terms_style, block->text);
		break;
	case BLOCK_TABLE:
		draw_table(flow, &block->table);
		break;
	case BLOCK_PAYMENT:
		draw_payment(flow, &block->payment);
		break;
	}
}

/* ------------------------------------------------------------------ the document */

struct drawn {
	int pages;
	double end_mm; /* of what stands on the last */
};

static struct drawn draw(struct sheet *sheet, const struct document *document, int pages, double loose)
{
	struct flow flow = { .sheet = sheet, .document = document, .page = 1, .pages = pages, .loose = loose };

	draw_head(&flow);
	for (size_t i = 0; i < document->block_count; i++)
		draw_block(&flow, &document->blocks[i]);
	draw_footer(&flow);
	sheet_page_end(sheet);
	return (struct drawn){ flow.page, flow.y };
}

static struct drawn draw_anew(struct sheet **sheet, const struct sheet_facts *facts, const struct document *document,
			      int pages, double loose)
{
	sheet_destroy(sheet);
	*sheet = sheet_new(facts);
	return draw(*sheet, document, pages, loose);
}

/* Most documents have one page. Of the others, the first drawing only tells how many there are: a few lines too many
 * for a page are brought in by setting all a little tighter. */
struct err document_make(struct arena *arena, const struct document *document, struct document_made *made)
{
	struct sheet_facts facts = { document->subject, document->sender, document->made_at };
	SHEET_SCOPE sheet = sheet_new(&facts);
	struct drawn drawn = draw(sheet, document, 1, 1);
	int pages = drawn.pages;

	if (pages > 1 && drawn.end_mm < NEXT_PAGE_Y_MM + FEW_LINES_MM &&
	    draw_anew(&sheet, &facts, document, pages - 1, TIGHT).pages == pages - 1)
		pages--;
	else if (pages > 1)
		(void)draw_anew(&sheet, &facts, document, pages, 1);
	TRY(sheet_finish(sheet, arena, &made->pdf));
	made->pages = pages;
	return OK;
}
