#include "common/document/sheet.h"

#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/check.h"

#define FONTS "Inter, DejaVu Sans"
#define POINTS_PER_INCH 72.0
#define MM_PER_INCH 25.4
#define RULE_PT 0.5
#define QR_QUIET 4 /* modules on each side (ISO/IEC 18004, 5.3.8) */

struct sheet {
	cairo_surface_t *surface;
	cairo_t *cairo;
	PangoContext *context;
	struct buf bytes;
	int missing_glyphs;
};

static double points(double mm)
{
	return mm * POINTS_PER_INCH / MM_PER_INCH;
}

static double millimetres(int pango_units)
{
	return pango_units / (double)PANGO_SCALE * MM_PER_INCH / POINTS_PER_INCH;
}

static cairo_status_t write_bytes(void *with, const unsigned char *data, unsigned int length)
{
	struct sheet *sheet = with;

	buf_append(&sheet->bytes, data, length);
	return CAIRO_STATUS_SUCCESS;
}

/* A PDF has no pixels: 72 dpi makes a point a point, and hinting would move letters to a grid that is not there. */
static PangoContext *context_new(cairo_t *cairo)
{
	PangoContext *context = pango_cairo_create_context(cairo);
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	pango_cairo_context_set_font_options(context, options);
	pango_cairo_context_set_resolution(context, POINTS_PER_INCH);
	pango_context_set_round_glyph_positions(context, FALSE);
	cairo_font_options_destroy(options);
	return context;
}

struct sheet *sheet_new(const struct sheet_facts *facts)
{
	struct sheet *sheet = calloc(1, sizeof *sheet);
	char made_at[INSTANT_TEXT_BYTES];

	CHECK(sheet != NULL);
	buf_init(&sheet->bytes, SHEET_BYTES_MAX);
	sheet->surface = cairo_pdf_surface_create_for_stream(write_bytes, sheet, points(SHEET_WIDTH_MM),
							     points(SHEET_HEIGHT_MM));
	cairo_pdf_surface_restrict_to_version(sheet->surface, CAIRO_PDF_VERSION_1_5);
	cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_TITLE, facts->title);
	cairo_pdf_surface_set_metadata(sheet->surface, CAIRO_PDF_METADATA_AUTHOR, facts->author);
	cairo_pdf_surface_set_metadata(
		sheet->surface, CAIRO_PDF_METADATA_CREATE_DATE,
		instant_format((struct instant){ facts->made_at.us - facts->made_at.us % US_PER_SECOND }, made_at));
	sheet->cairo = cairo_create(sheet->surface);
	sheet->context = context_new(sheet->cairo);
	return sheet;
}

void sheet_destroy(struct sheet **sheet)
{
	if (!*sheet)
		return;
	g_object_unref((*sheet)->context);
	cairo_destroy((*sheet)->cairo);
	cairo_surface_destroy((*sheet)->surface);
	buf_release(&(*sheet)->bytes);
	free(*sheet);
	*sheet = NULL;
}

/* ------------------------------------------------------------------ text */

static PangoLayout *layout_new(struct sheet *sheet, const struct sheet_style *style, const char *text)
{
	PangoLayout *layout = pango_layout_new(sheet->context);
	PangoFontDescription *font = pango_font_description_from_string(FONTS);
	PangoAttrList *attributes = pango_attr_list_new();

	pango_font_description_set_size(font, (int)(style->size_pt * PANGO_SCALE));
	pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(layout, font);
	pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1")); /* digits that stand in columns */
	pango_layout_set_attributes(layout, attributes);
	pango_layout_set_width(layout, (int)(points(style->width_mm) * PANGO_SCALE));
	pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
	pango_layout_set_alignment(layout, style->align == SHEET_RIGHT ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
	pango_layout_set_line_spacing(layout, style->spacing > 0 ? (float)style->spacing : 1.0F);
	pango_layout_set_text(layout, text ? text : "", -1);
	pango_attr_list_unref(attributes);
	pango_font_description_free(font);
	return layout;
}

static double layout_height(PangoLayout *layout)
{
	int height;

	pango_layout_get_size(layout, NULL, &height);
	return millimetres(height);
}

double sheet_measure(struct sheet *sheet, const struct sheet_style *style, const char *text)
{
	PangoLayout *layout = layout_new(sheet, style, text);
	double height = layout_height(layout);

	g_object_unref(layout);
	return height;
}

double sheet_text(struct sheet *sheet, double x_mm, double y_mm, const struct sheet_style *style, const char *text)
{
	PangoLayout *layout = layout_new(sheet, style, text);
	double height = layout_height(layout);

	sheet->missing_glyphs += pango_layout_get_unknown_glyphs_count(layout);
	cairo_set_source_rgb(sheet->cairo, style->grey, style->grey, style->grey);
	cairo_move_to(sheet->cairo, points(x_mm), points(y_mm));
	pango_cairo_show_layout(sheet->cairo, layout);
	g_object_unref(layout);
	return height;
}

/* Bytes of the lines that fit. */
static size_t bytes_that_fit(PangoLayout *layout, double room_mm)
{
	PangoLayoutIter *line = pango_layout_get_iter(layout);
	size_t bytes = strlen(pango_layout_get_text(layout));

	do {
		int top, bottom;

		pango_layout_iter_get_line_yrange(line, &top, &bottom);
		if (millimetres(bottom) > room_mm) {
			bytes = (size_t)pango_layout_iter_get_line_readonly(line)->start_index;
			break;
		}
	} while (pango_layout_iter_next_line(line));
	pango_layout_iter_free(line);
	return bytes;
}

const char *sheet_text_part(struct sheet *sheet, double x_mm, double y_mm, double room_mm,
			    const struct sheet_style *style, const char *text)
{
	PangoLayout *layout = layout_new(sheet, style, text);
	size_t bytes = bytes_that_fit(layout, room_mm);
	char *part = g_strndup(text, bytes);

	g_object_unref(layout);
	sheet_text(sheet, x_mm, y_mm, style, part);
	g_free(part);
	return text + bytes;
}

/* ------------------------------------------------------------------ lines and areas */

void sheet_rule(struct sheet *sheet, double x_mm, double y_mm, double width_mm, double grey)
{
	cairo_set_source_rgb(sheet->cairo, grey, grey, grey);
	cairo_set_line_width(sheet->cairo, RULE_PT);
	cairo_move_to(sheet->cairo, points(x_mm), points(y_mm));
	cairo_line_to(sheet->cairo, points(x_mm + width_mm), points(y_mm));
	cairo_stroke(sheet->cairo);
}

void sheet_box(struct sheet *sheet, double x_mm, double y_mm, double width_mm, double height_mm, double grey)
{
	cairo_set_source_rgb(sheet->cairo, grey, grey, grey);
	cairo_rectangle(sheet->cairo, points(x_mm), points(y_mm), points(width_mm), points(height_mm));
	cairo_fill(sheet->cairo);
}

static void qr_modules(struct sheet *sheet, const QRcode *code, double x_mm, double y_mm, double module_mm)
{
	double side = points(module_mm);

	for (int row = 0; row < code->width; row++) {
		for (int column = 0; column < code->width; column++) {
			if (code->data[row * code->width + column] & 1)
				cairo_rectangle(sheet->cairo, points(x_mm) + column * side, points(y_mm) + row * side,
						side, side);
		}
	}
}

void sheet_qr(struct sheet *sheet, double x_mm, double y_mm, double size_mm, const char *payload)
{
	QRcode *code = QRcode_encodeString8bit(payload, 0, QR_ECLEVEL_M);

	CHECK(code != NULL); /* payloads are bounded: EPC_PAYLOAD_BYTES_MAX fits version 13 */

	double module_mm = size_mm / (code->width + 2 * QR_QUIET);

	sheet_box(sheet, x_mm, y_mm, size_mm, size_mm, 1);
	cairo_set_source_rgb(sheet->cairo, 0, 0, 0);
	/* Without antialiasing, viewers show no white seams between the modules. */
	cairo_set_antialias(sheet->cairo, CAIRO_ANTIALIAS_NONE);
	qr_modules(sheet, code, x_mm + QR_QUIET * module_mm, y_mm + QR_QUIET * module_mm, module_mm);
	cairo_fill(sheet->cairo);
	cairo_set_antialias(sheet->cairo, CAIRO_ANTIALIAS_DEFAULT);
	QRcode_free(code);
}

void sheet_page_end(struct sheet *sheet)
{
	cairo_show_page(sheet->cairo);
}

struct err sheet_finish(struct sheet *sheet, struct arena *arena, struct sheet_bytes *bytes)
{
	cairo_surface_finish(sheet->surface);
	CHECK(cairo_surface_status(sheet->surface) == CAIRO_STATUS_SUCCESS);
	if (sheet->missing_glyphs > 0)
		return ERR(ERR_INVALID, "document.missing_glyphs", NULL, "no font has all characters of the document");
	if (sheet->bytes.full)
		return ERR(ERR_EXHAUSTED, "document.too_large", NULL, "the document is larger than 8 MiB");
	*bytes = (struct sheet_bytes){ arena_copy_n(arena, sheet->bytes.data, sheet->bytes.length),
				       sheet->bytes.length };
	return OK;
}

void sheet_fonts_release(void)
{
	pango_cairo_font_map_set_default(NULL);
	cairo_debug_reset_static_data();
	FcFini();
}
