/* Invoices, credit notes and statements as PDF: what stands on the pages, as pdftotext reads them. */
#include "unit/invoicing/paper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES ((size_t)128 * 1024)

/* The text of a PDF, laid out as on the page, with plain blanks; NULL where pdftotext is not installed. */
static char *text_of(struct arena *arena, const struct document_made *made)
{
	char path[] = "/tmp/relance-invoice-XXXXXX";
	int fd = mkstemp(path);
	char *text = arena_alloc(arena, TEXT_BYTES);

	assert_true(fd >= 0 && write(fd, made->pdf.data, made->pdf.length) == (ssize_t)made->pdf.length);
	close(fd);

	FILE *pipe = popen(arena_format(arena,
					"pdftotext -layout %s - 2>/dev/null | sed 's/\xE2\x80\xAF/ /g; s/\xC2\xA0/ "
					"/g; s/  */ /g'",
					path),
			   "r");

	assert_non_null(pipe);
	size_t length = fread(text, 1, TEXT_BYTES - 1, pipe);
	int status = pclose(pipe);

	unlink(path);
	text[length] = '\0';
	return status == 0 && length > 0 ? text : NULL;
}

static const struct {
	const char *sentence;
	struct paper_sample sample;
	int pages;
	const char *words[12], *never[4];
} PAPERS[] = {
	{ "a French invoice says what French law asks for",
	  { .language = "fr", .country = "FR", .lines = 3, .customer_name = "Café Łódź & Fils" },
	  1,
	  { "Facture FA-2026-000117", "SAS au capital de 10 000 €", "N° de TVA FR40303265045",
	    "Votre n° de TVA FR83404833048", "Votre commande BC-77812", "Échéance 4 novembre 2026",
	    "Total HT 1 430,83 €", "Total TTC 1 695,49 €", "Pas d'escompte pour paiement anticipé",
	    "majoré de 10 points, soit 12,15 %", "40,00 € pour frais de recouvrement", "RF18 5390 0754 7034" },
	  { "Autoliquidation", "Avoir" } },
	{ "VAT stands by rate",
	  { .language = "fr", .country = "FR", .lines = 3, .customer_name = "Café Łódź & Fils" },
	  1,
	  { "TVA 20 % sur 1 282,50 € 256,50 €", "TVA 5,5 % sur 148,33 € 8,16 €", "12,5 h", "148,3333" },
	  { NULL } },
	{ "a discount stands with its day, and what is then to be paid",
	  { .language = "fr", .country = "FR", .lines = 3, .customer_name = "A", .discount = true },
	  1,
	  { "Escompte de 33,90 €", "15 octobre 2026", "1 661,59 €" },
	  { "Pas d'escompte" } },
	{ "a German invoice to a German reader",
	  { .language = "de", .country = "DE", .lines = 2, .customer_name = "Bäckerei Öttinger" },
	  1,
	  { "Rechnung FA-2026-000117", "Leistungsdatum 5. Oktober 2026", "Summe netto", "zuzüglich 8 Prozentpunkten",
	    "USt-IdNr. DE123456789", "HRB 12345", "FRANCE", "DE89 3704 0044", "Seite 1 von 1" },
	  { "Skonto" } },
	{ "across the border without VAT, the recipient owes it",
	  { .language = "en", .country = "DE", .lines = 3, .customer_name = "Acme", .no_vat = true },
	  1,
	  { "Invoice FA-2026-000117", "VAT reverse charge", "article 196", "VAT 0% on €1,430.83 €0.00" },
	  { NULL } },
	{ "forty lines flow over pages, the sums stay together",
	  { .language = "fr", .country = "FR", .lines = 40, .customer_name = "Acme" },
	  3,
	  { "Page 1 sur 3", "Page 3 sur 3", "Total TTC 23 466,35 €" },
	  { NULL } },
	{ "a credit note names its invoice, and asks for nothing",
	  { .language = "fr",
	    .country = "FR",
	    .lines = 3,
	    .customer_name = "A",
	    .kind = PAPER_CREDIT_NOTE,
	    .released_minor = 50000 },
	  1,
	  { "Avoir AV-2026-000009", "Annule la facture FA-2026-000117", "Motif : Marchandise retournée",
	    "500,00 € avaient déjà été réglés" },
	  { "IBAN", "À régler", "escompte", "pénalités" } },
	{ "an imported item is stated, not invoiced",
	  { .language = "de", .country = "FR", .lines = 3, .customer_name = "A", .kind = PAPER_COPY, .imported = true },
	  1,
	  { "Kontoauszug zur Rechnung FA-2026-000117", "Dies ist keine Rechnung", "Beglichen -200,00 €",
	    "Offen am 21. November 2026 1.495,49 €", "FR14 2004 1010" },
	  { "USt. 20", "Summe netto" } },
	{ "without an account no code is printed",
	  { .language = "en", .country = "FR", .lines = 1, .customer_name = "A", .no_account = true },
	  1,
	  { "Pay online https://pay.example.com/atelier/RF18539007547034" },
	  { "IBAN", "Scan" } },
};

static void papers_say_what_they_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(PAPERS); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct document_made made, again;

		SAY(PAPERS[i].sentence);
		assert_true(err_ok(paper_sample(arena, &PAPERS[i].sample, &made)));
		assert_int_equal(made.pages, PAPERS[i].pages);
		assert_true(err_ok(paper_sample(arena, &PAPERS[i].sample, &again)));
		assert_int_equal(made.pdf.length, again.pdf.length);
		assert_memory_equal(made.pdf.data, again.pdf.data, made.pdf.length);

		const char *text = text_of(arena, &made);

		if (!text)
			skip();
		for (size_t w = 0; w < ROWS(PAPERS[i].words) && PAPERS[i].words[w]; w++) {
			if (!strstr(text, PAPERS[i].words[w]))
				fail_msg("%s: \"%s\" is missing in\n%s", PAPERS[i].sentence, PAPERS[i].words[w], text);
		}
		for (size_t w = 0; w < ROWS(PAPERS[i].never) && PAPERS[i].never[w]; w++) {
			if (strstr(text, PAPERS[i].never[w]))
				fail_msg("%s: \"%s\" stands in\n%s", PAPERS[i].sentence, PAPERS[i].never[w], text);
		}
	}
}

static void a_text_that_no_font_has_is_refused(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct document_made made = { 0 };
	struct paper_sample sample = {
		.language = "fr", .country = "FR", .lines = 1, .customer_name = "\xF0\x92\x80\x80 SA" /* cuneiform */
	};
	struct err err = paper_sample(arena, &sample, &made);

	(void)state;
	assert_string_equal(err.reason, "document.missing_glyphs");
	assert_null(made.pdf.data);
}

static int release(void **state)
{
	(void)state;
	sheet_fonts_release();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(papers_say_what_they_must),
		cmocka_unit_test(a_text_that_no_font_has_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
