#ifndef DOCUMENT_SHEET_H
#define DOCUMENT_SHEET_H

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/err.h"

/* A4 pages of a PDF and what is drawn on them, in millimetres from the upper left corner. The same drawing gives the
 * same bytes. Texts are plain UTF-8, never markup. */

#define SHEET_WIDTH_MM 210.0
#define SHEET_HEIGHT_MM 297.0
#define SHEET_BYTES_MAX ((size_t)8 * 1024 * 1024)

struct sheet;

struct sheet_facts {
	const char *title, *author;
	struct instant made_at; /* the document's date, not the clock's: a repeat gives the same bytes */
};

enum sheet_align { SHEET_LEFT, SHEET_RIGHT };

struct sheet_style {
	double size_pt, width_mm;
	double grey;    /* 0 black … 1 white */
	double spacing; /* line height over the font's own; 0: 1.0 */
	bool bold;
	enum sheet_align align;
};

struct sheet *sheet_new(const struct sheet_facts *facts);
void sheet_destroy(struct sheet **sheet);

/* Draws a text whose upper left corner is (x, y), wrapped at the width, and gives its height. */
double sheet_text(struct sheet *sheet, double x_mm, double y_mm, const struct sheet_style *style, const char *text);

/* The height it would take. */
double sheet_measure(struct sheet *sheet, const struct sheet_style *style, const char *text);

/* Draws the lines that fit into `room_mm`, and gives what is left of the text: "" where all of it stands. */
const char *sheet_text_part(struct sheet *sheet, double x_mm, double y_mm, double room_mm,
			    const struct sheet_style *style, const char *text);

void sheet_rule(struct sheet *sheet, double x_mm, double y_mm, double width_mm, double grey);
void sheet_box(struct sheet *sheet, double x_mm, double y_mm, double width_mm, double height_mm, double grey);

/* A QR code, error correction M, within a square with the quiet zone that ISO/IEC 18004 asks for. */
void sheet_qr(struct sheet *sheet, double x_mm, double y_mm, double size_mm, const char *payload);

/* Ends the page; the next begins. */
void sheet_page_end(struct sheet *sheet);

struct sheet_bytes {
	const void *data;
	size_t length;
};

/* The document's bytes, in the arena; nothing can be drawn afterwards. ERR_INVALID "document.missing_glyphs" where the
 * fonts lack a character: no letter leaves with empty boxes in an address. ERR_EXHAUSTED "document.too_large". */
MUST_USE struct err sheet_finish(struct sheet *sheet, struct arena *arena, struct sheet_bytes *bytes);

/* Gives back the fonts that are kept between documents. At the end of a process, when no thread draws any more: leak
 * checkers then see only leaks. */
void sheet_fonts_release(void);

#define SHEET_SCOPE __attribute__((cleanup(sheet_destroy))) struct sheet *

#endif
