#include "unit/test.h"

#include <stdlib.h>

#include "common/base/arena.h"
#include "payments/formats/pain002.h"
#include "payments/formats/pain008.h"

/* ------------------------------------------------------------------ SEPA's characters */

static void characters(void **state)
{
	static const struct {
		const char *from, *to;
		size_t most;
	} TEXTS[] = {
		{ "Société Müller & Fils", "Societe Muller + Fils", 70 },
		{ "Straße 1, Łódź", "Strasse 1, Lodz", 70 },
		{ "/slash//at/both/ends/", "slash/at/both/ends", 70 },
		{ "<script>\"x\"</script>", ".script..x../script.", 70 },
		{ "日本 GmbH", ".. GmbH", 70 },
		{ "", ".", 70 },
		{ "abcdefgh", "abcde", 5 },
		{ "abcd œ", "abcd o", 6 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(TEXTS); i++) {
		BUF_SCOPE to;

		buf_init(&to, 1000);
		sepa_text_append(&to, TEXTS[i].from, TEXTS[i].most);
		SAY(TEXTS[i].to);
		assert_string_equal(buf_text(&to), TEXTS[i].to);
		assert_null(strpbrk(buf_text(&to), "<>&\""));
	}
}

/* ------------------------------------------------------------------ status reports */

struct heard {
	struct arena *arena;
	const char *text;
};

static const char *word(const char *text)
{
	return text ? text : "-";
}

static struct err hear(void *context, const struct status_line *line)
{
	struct heard *heard = context;

	heard->text = arena_format(heard->arena, "%s[%d %s %s %s %s]", heard->text, (int)line->level,
				   word(line->level == STATUS_FILE    ? line->original_message_id
					: line->level == STATUS_BATCH ? line->batch_id
								      : line->end_to_end_id),
				   word(line->status), word(line->reason), word(line->reason_text));
	return OK;
}

/* Fed whole, or byte by byte. */
static struct err read_text(struct arena *arena, const char *text, size_t length, size_t piece, const char **heard_text)
{
	struct heard heard = { .arena = arena, .text = "" };
	const struct status_sink sink = { .line = hear, .context = &heard };
	PAIN002_SCOPE reader = pain002_new(&sink);

	for (size_t at = 0; at < length; at += piece)
		TRY(pain002_feed(reader, text + at, length - at < piece ? length - at : piece));
	TRY(pain002_finish(reader));
	*heard_text = heard.text;
	return OK;
}

static void reports(void **state)
{
	static const struct {
		const char *sentence, *text, *heard, *reason;
	} REPORTS[] = {
		{ "a file and its reason",
		  "<Document><CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><GrpSts>RJCT</"
		  "GrpSts><StsRsnInf><Rsn>"
		  "<Cd>FF01</Cd></Rsn><AddtlInf> bad "
		  "</AddtlInf></StsRsnInf></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>",
		  "[0 M RJCT FF01 bad]", NULL },
		{ "a transaction inherits its group's reason",
		  "<x:Document xmlns:x='urn:x'><x:CstmrPmtStsRpt><x:OrgnlGrpInfAndSts><x:OrgnlMsgId>M</x:OrgnlMsgId>"
		  "</x:OrgnlGrpInfAndSts><x:OrgnlPmtInfAndSts><x:OrgnlPmtInfId>P</x:OrgnlPmtInfId><x:PmtInfSts>PART</"
		  "x:PmtInfSts>"
		  "<x:StsRsnInf><x:Rsn><x:Cd>AC04</x:Cd></x:Rsn></x:StsRsnInf><x:TxInfAndSts><x:OrgnlEndToEndId>E"
		  "</x:OrgnlEndToEndId><x:TxSts>RJCT</x:TxSts></x:TxInfAndSts></x:OrgnlPmtInfAndSts></x:CstmrPmtStsRpt>"
		  "</x:Document>",
		  "[0 M - - -][1 P PART AC04 -][2 E RJCT AC04 -]", NULL },
		{ "a mandate's reason is not the transaction's",
		  "<Document><CstmrPmtStsRpt><OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>E</"
		  "OrgnlEndToEndId><TxSts>RJCT</TxSts>"
		  "<StsRsnInf><Rsn><Cd>MD01</Cd></Rsn></StsRsnInf><OrgnlTxRef><MndtRltdInf><MndtId>X</"
		  "MndtId><Rsn><Cd>AM04</Cd>"
		  "</Rsn></MndtRltdInf></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>",
		  "[1 - - - -][2 E RJCT MD01 -]", NULL },
		{ "no report", "<html/>", NULL, "report.none" },
		{ "cut off", "<Document><CstmrPmtStsRpt><GrpHdr>", NULL, "report.truncated" },
		{ "a document type", "<!DOCTYPE x [<!ENTITY a 'b'>]><Document/>", NULL, "report.document_type" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(REPORTS); i++)
		for (size_t piece = 1; piece <= 1000; piece += 999) {
			ARENA_SCOPE arena = arena_new(0);
			const char *heard = "";
			struct err err = read_text(arena, REPORTS[i].text, strlen(REPORTS[i].text), piece, &heard);

			SAY(REPORTS[i].sentence);
			if (REPORTS[i].reason)
				assert_string_equal(err.reason, REPORTS[i].reason);
			else
				assert_string_equal(heard, REPORTS[i].heard);
		}
}

/* Files of real banks: not ours to publish, skipped where they are missing beside the source. */
static void real_reports(void **state)
{
	static const struct {
		const char *path, *heard;
	} FILES[] = {
		{ "oca-pain002/pain002p-rejected.xml",
		  "[0 2017/1013 - - -][1 P000030 RJCT - -][2 Ltest RJCT AC01 1080407;Payment rejected.]" },
		{ "svapnil/cross_river_pain_002_debit_accepted.xml",
		  "[0 DD1 ACTC - -][1 DD1-1 ACTC - -][2 DD1-1 ACSP - -][2 DD1-2 ACSP - -][2 DD1-3 ACSP - -]" },
	};
	const char *shared = getenv("RELANCE_SHARED"), *source = getenv("RELANCE_SOURCE");

	(void)state;
	for (size_t i = 0; i < ROWS(FILES); i++) {
		ARENA_SCOPE arena = arena_new(0);
		const char *heard = "";
		char text[8192];
		const char *folder = shared ? shared : arena_format(arena, "%s/../shared", source ? source : ".");
		FILE *file = fopen(arena_format(arena, "%s/data/bank/pain/%s", folder, FILES[i].path), "rb");

		if (!file) {
			arena_destroy(&arena); /* skip() jumps over the end of the scope */
			skip();
		}
		size_t length = fread(text, 1, sizeof text, file);

		fclose(file);
		struct err err = read_text(arena, text, length, 100, &heard);

		SAY(FILES[i].path);
		assert_true(err_ok(err));
		assert_string_equal(heard, FILES[i].heard);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters),
		cmocka_unit_test(reports),
		cmocka_unit_test(real_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
