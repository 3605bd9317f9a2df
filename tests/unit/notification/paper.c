/* Reminders on paper: what stands on the pages, as pdftotext reads them, and that a repeat gives the same bytes. */
#include "unit/notification/paper.h"

#include <string.h>
#include <unistd.h>

#include "common/document/epc.h"

#define TEXT_BYTES ((size_t)64 * 1024)

/* The text of a PDF, laid out as on the page; NULL where pdftotext is not installed. */
static char *text_of(struct arena *arena, const struct document_made *made)
{
	char path[] = "/tmp/relance-paper-XXXXXX";
	int fd = mkstemp(path);
	char *text = arena_alloc(arena, TEXT_BYTES);

	assert_true(fd >= 0 && write(fd, made->pdf.data, made->pdf.length) == (ssize_t)made->pdf.length);
	close(fd);

	FILE *pipe = popen(arena_format(arena, "pdftotext -layout %s - 2>/dev/null", path), "r");

	assert_non_null(pipe);
	size_t length = fread(text, 1, TEXT_BYTES - 1, pipe);
	int status = pclose(pipe);

	unlink(path);
	text[length] = '\0';
	return status == 0 ? text : NULL;
}

static const struct {
	const char *sentence, *language, *country;
	size_t items;
	int pages;
	const char *words[8];
} LETTERS[] = {
	{ "a French creditor to a French reader",
	  "fr",
	  "FR",
	  1,
	  1,
	  { "Atelier Brun", "Lyon, le 21 novembre 2026", "FA-2026-0117", "1 234,50", "FR14 2004 1010",
	    "RF18 5390 0754 7034", "RECOMMANDÉE", "Page 1 sur" } },
	{ "a German creditor to an English reader",
	  "en",
	  "DE",
	  3,
	  1,
	  { "Nordlicht Handels GmbH", "21 November 2026", "FA-2026-0119", "€1,431.92", "DE89 3704 0044", "FRANCE",
	    "REGISTERED", "Page 1 of" } },
	{ "a German creditor to a German reader",
	  "de",
	  "DE",
	  2,
	  1,
	  { "Nordlicht Handels GmbH", "21. November 2026", "FA-2026-0118", "1.333,21", "EINSCHREIBEN", "Zu zahlen",
	    "Seite 1 von 1" } },
	{ "many invoices take many pages, each with its number",
	  "fr",
	  "FR",
	  120,
	  5,
	  { "FA-2026-0117", "FA-2026-0236", "Page 5 sur", NULL } },
};

static void letters_say_what_they_must(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(LETTERS); i++) {
		ARENA_SCOPE arena = arena_new(0);
		struct document_made made, again;
		struct err err = paper_sample(arena, LETTERS[i].language, LETTERS[i].country, LETTERS[i].items,
					      "Café Łódź & Fils", &made);

		SAY(LETTERS[i].sentence);
		assert_int_equal(err.code, ERR_OK);
		if (LETTERS[i].pages > 0)
			assert_int_equal(made.pages, LETTERS[i].pages);
		assert_true(err_ok(paper_sample(arena, LETTERS[i].language, LETTERS[i].country, LETTERS[i].items,
						"Café Łódź & Fils", &again)));
		assert_int_equal(made.pdf.length, again.pdf.length);
		assert_memory_equal(made.pdf.data, again.pdf.data, made.pdf.length);

		const char *text = text_of(arena, &made);

		if (!text)
			skip();
		assert_non_null(strstr(text, "Café Łódź & Fils"));
		for (size_t w = 0; w < 8 && LETTERS[i].words[w]; w++) {
			if (!strstr(text, LETTERS[i].words[w]))
				fail_msg("%s: the letter lacks \"%s\"", LETTERS[i].sentence, LETTERS[i].words[w]);
		}
	}
}

static void a_name_that_no_font_has_is_refused(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	struct document_made made = { 0 };
	struct err err = paper_sample(arena, "fr", "FR", 1, "\xF0\x92\x80\x80 SA", &made); /* cuneiform */

	(void)state;
	assert_string_equal(err.reason, "document.missing_glyphs");
	assert_null(made.pdf.data);
}

static const struct {
	const char *sentence;
	struct epc epc;
	const char *payload;
} CODES[] = {
	{ "a reference of ISO 11649 stands in its own line",
	  { "Nordlicht Handels GmbH",
	    "DE89 3704 0044 0532 0130 00",
	    "COBADEFFXXX",
	    { "EUR" },
	    186330,
	    "RF18 5390 0754 7034",
	    "x" },
	  "BCD\n002\n1\nSCT\nCOBADEFFXXX\nNordlicht Handels "
	  "GmbH\nDE89370400440532013000\nEUR1863.30\n\nRF18539007547034\n" },
	{ "else the text, of one line",
	  { "A", "DE89370400440532013000", "", { "EUR" }, 1, "INV-1", "INV-1\nINV-2" },
	  "BCD\n002\n1\nSCT\n\nA\nDE89370400440532013000\nEUR0.01\n\n\nINV-1 INV-2" },
	{ "no code for pounds", { "A", "DE89370400440532013000", "", { "GBP" }, 100, "", "" }, NULL },
	{ "none over nothing", { "A", "DE89370400440532013000", "", { "EUR" }, 0, "", "" }, NULL },
	{ "none over more than the standard's amount",
	  { "A", "DE89370400440532013000", "", { "EUR" }, EPC_MINOR_MAX + 1, "", "" },
	  NULL },
	{ "none to an account that cannot be", { "A", "DE88370400440532013000", "", { "EUR" }, 100, "", "" }, NULL },
};

static void payment_codes_follow_epc069(void **state)
{
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(CODES); i++) {
		const char *payload = epc_payload(arena, &CODES[i].epc);

		SAY(CODES[i].sentence);
		if (CODES[i].payload)
			assert_string_equal(payload, CODES[i].payload);
		else
			assert_null(payload);
	}
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
		cmocka_unit_test(letters_say_what_they_must),
		cmocka_unit_test(a_name_that_no_font_has_is_refused),
		cmocka_unit_test(payment_codes_follow_epc069),
	};

	return cmocka_run_group_tests(tests, NULL, release);
}
