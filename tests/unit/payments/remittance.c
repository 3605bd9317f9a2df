/* From texts to candidate references. */
#include "payments/domain/remittance.h"
#include "unit/test.h"

struct row {
	const char *sentence;
	const char *text;
	const char *wanted; /* a key that must be among the candidates */
	enum reference_source source;
};

static const struct row FOUND[] = {
	{ "a number as printed", "Rechnung INV-2026-000017", "INV2026000017", SOURCE_TEXT },
	{ "a number in lower case without separators", "inv2026000017", "INV2026000017", SOURCE_TEXT },
	{ "a number with slashes", "FACT F26/01/000017 DU 05/01/26", "F2601000017", SOURCE_TEXT },
	{ "a number of digits alone", "Zahlung 20260000017 Dank", "20260000017", SOURCE_TEXT },
	{ "a number glued to a SWIFT-like tag", "SVWZ+RE20260000017EREF+41234567", "RE20260000017", SOURCE_TEXT },
	{ "a number with a blank inside", "INV-2026-00 0017", "INV2026000017", SOURCE_TEXT },
	{ "an RF reference in blanks", "RF18 5390 0754 7034", "RF18539007547034", SOURCE_RF_TEXT },
	{ "the number inside an RF reference", "RF18 5390 0754 7034", "539007547034", SOURCE_RF_TEXT },
	{ "an RF reference with text behind it", "rf18539007547034 merci", "RF18539007547034", SOURCE_RF_TEXT },
	{ "the end of a second number", "INV-2026-000013/16/52", "INV2026000016", SOURCE_ABBREVIATED },
	{ "the end of a third number", "INV-2026-000013/16/52", "INV2026000052", SOURCE_ABBREVIATED },
	{ "ends behind a plus", "INV-2026-000013 + 16", "INV2026000016", SOURCE_ABBREVIATED },
};

static const struct row ABSENT[] = {
	{ "an RF reference with wrong check digits", "RF19 5390 0754 7034", "RF19539007547034", SOURCE_RF_TEXT },
	{ "the day of a date behind a number", "INV-2026-000013/ 16.01.2026", "INV2026000016", SOURCE_ABBREVIATED },
	{ "a word without digits", "Dauerauftrag", "DAUERAUFTRAG", SOURCE_TEXT },
	{ "a number of two digits", "Nr 17", "NR17", SOURCE_TEXT },
};

static bool has(const struct remittance *remittance, const char *key, enum reference_source source)
{
	for (int i = 0; i < remittance->reading_count; i++)
		for (size_t k = 0; k < remittance->readings[i].count; k++)
			if (remittance->readings[i].references[k].source == source &&
			    strcmp(remittance->readings[i].references[k].key, key) == 0)
				return true;
	return false;
}

static struct remittance read_pieces(struct arena *arena, const char *const *pieces, size_t count)
{
	struct payment payment = { .pieces = pieces, .piece_count = count };
	struct remittance remittance;

	remittance_read(arena, &payment, &remittance);
	return remittance;
}

static void candidates_are_found(void **state)
{
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(FOUND); i++) {
		struct remittance remittance = read_pieces(arena, &FOUND[i].text, 1);

		SAY(FOUND[i].sentence);
		assert_true(has(&remittance, FOUND[i].wanted, FOUND[i].source));
	}
}

static void what_is_no_reference_is_none(void **state)
{
	ARENA_SCOPE arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ROWS(ABSENT); i++) {
		struct remittance remittance = read_pieces(arena, &ABSENT[i].text, 1);

		SAY(ABSENT[i].sentence);
		assert_false(has(&remittance, ABSENT[i].wanted, ABSENT[i].source));
	}
}

static void a_text_cut_at_35_characters_has_two_readings(void **state)
{
	ARENA_SCOPE arena = arena_new(0);
	const char *pieces[] = { "Sammelzahlung INV-2026-000013/16/17", "5/180 Danke" };

	(void)state;
	assert_int_equal(strlen(pieces[0]), 35);
	struct remittance remittance = read_pieces(arena, pieces, 2);

	assert_int_equal(remittance.reading_count, 2);
	assert_true(has(&remittance, "INV2026000175", SOURCE_ABBREVIATED));
	assert_true(has(&remittance, "INV2026000017", SOURCE_ABBREVIATED));
}

static void a_hostile_text_is_bounded(void **state)
{
	ARENA_SCOPE arena = arena_new((size_t)64 * 1024 * 1024);
	char *text = arena_alloc(arena, 60001);

	(void)state;
	for (size_t i = 0; i < 60000; i++)
		text[i] = "1/"[i % 2];
	const char *piece = text;
	struct remittance remittance = read_pieces(arena, &piece, 1);

	assert_true(remittance.readings[0].count < (size_t)RUNS_MAX * NUMBER_RUNS_MAX * (1 + ABBREVIATIONS_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(candidates_are_found),
		cmocka_unit_test(what_is_no_reference_is_none),
		cmocka_unit_test(a_text_cut_at_35_characters_has_two_readings),
		cmocka_unit_test(a_hostile_text_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
