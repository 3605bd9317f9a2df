/* How a bank file comes: known by its digest before it is sent, its parts packed or plain. */
#include <lz4.h>
#include <string.h>

#include "common/base/text.h"
#include "common/io/random.h"
#include "common/io/sha256.h"
#include "desk.h"

#define COUNT(lines) (sizeof(lines) / sizeof((lines)[0]))
#define MANY 1000 /* more than the reader keeps until it knows the format */
#define ABSENT "0000000000000000000000000000000000000000000000000000000000000000"

static const struct line LINES[] = {
	{ "B1", 2, 10000, "INV-2026-000001", NULL, NULL },
	{ "B2", 3, 4000, "INV-2026-000002", NULL, NULL },
	{ "B3", 4, 6000, "INV-2026-000002", NULL, NULL },
};

static const char *digest_of(const char *text)
{
	SHA256_SCOPE *sha = sha256_begin();
	char *hex = arena_alloc(here.arena, SHA256_HEX_BYTES);

	sha256_add(sha, text, strlen(text));
	sha256_end(sha, hex);
	return hex;
}

static struct err import(struct import_request *request, const char *sha256, struct import_result *result)
{
	request->sha256 = sha256;
	return import_file(here.db, here.arena, request, result);
}

static void a_file_that_is_in_the_books_need_not_be_sent(void **state)
{
	const char *text = statement_text("S1", 0, LINES, COUNT(LINES), 0), *sha256 = digest_of(text);
	struct import_request sent, unsent;
	struct import_result first, again;

	(void)state;
	assert_done(upload("feb.xml", text, &sent));
	unsent = sent;
	unsent.file = id_fresh();
	assert_refused(import(&unsent, sha256, &again), ERR_NOT_FOUND, "file.unknown");
	assert_done(import(&sent, sha256, &first));
	assert_int_equal(first.file.state, FILE_IMPORTED);
	assert_string_equal(first.file.sha256, sha256);
	const char *books = books_text();

	assert_done(import(&unsent, sha256, &again));
	assert_true(again.already_imported);
	assert_true(id_equal(again.file.id, first.file.id));
	assert_string_equal(books_text(), books);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file"), 1);
	assert_books_hold();
}

static void refused_for_its_digest(const char *text)
{
	const char *books = books_text();
	struct import_request request;
	struct import_result result;

	assert_done(upload("feb.xml", text, &request));
	assert_refused(import(&request, ABSENT, &result), ERR_CONFLICT, "file.sha256");
	pg_execute(here.pg, "DELETE FROM payments.file WHERE state = 'received'");
	assert_string_equal(books_text(), books);
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file"), 0);
}

static void a_file_of_another_digest_than_told_is_neither_booked_nor_kept(void **state)
{
	const char *text = statement_text("S1", 0, LINES, COUNT(LINES), 0);

	(void)state;
	SAY("one that could be booked");
	refused_for_its_digest(text);
	SAY("one that cannot be read");
	refused_for_its_digest("customer_number,amount\nK1,100\n");
	SAY("one that is not read to its end");
	struct line *many = arena_array(here.arena, MANY, sizeof *many);

	for (size_t i = 0; i < MANY; i++)
		many[i] = LINES[0];
	pg_execute(here.pg, "UPDATE invoicing.creditor SET iban = NULL");
	refused_for_its_digest(statement_text("S1", 0, many, MANY, 0));
}

/* In parts of 300 bytes, every other one packed. */
static struct err upload_packed(const char *text, size_t claimed_more, struct import_request *request)
{
	size_t size = strlen(text), length;
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	int64_t stored = 0;
	char packed[400];
	struct desk desk;

	*request = (struct import_request){
		.creditor = "", .name = "packed.xml", .file = id_fresh(), .size_bytes = (int64_t)size
	};
	TRY(desk_open(&tx, "", &desk));
	for (size_t at = 0, part = 0; at < size; at += length, part++) {
		length = size - at < 300 ? size - at : 300;
		struct part_bytes bytes = { text + at, length, 0 };

		if (part % 2 == 0) {
			int packed_length = LZ4_compress_default(text + at, packed, (int)length, (int)sizeof packed);

			assert_true(packed_length > 0);
			bytes = (struct part_bytes){ packed, (size_t)packed_length, length + claimed_more };
		}
		TRY(file_part_save(&tx, &desk, request->file, (int64_t)at, &bytes, &stored));
		assert_int_equal(stored, at + length);
	}
	return db_commit(&tx);
}

static void packed_parts_are_the_bytes_they_hold(void **state)
{
	const char *text = statement_text("S1", 0, LINES, COUNT(LINES), 0);
	struct import_request request;
	struct import_result result;

	(void)state;
	assert_done(upload_packed(text, 0, &request));
	assert_done(import(&request, digest_of(text), &result));
	assert_int_equal(result.file.state, FILE_IMPORTED);
	assert_int_equal(result.file.entries, COUNT(LINES));
	assert_int_equal(open_of(1) + open_of(2), 0);
	assert_done(upload("feb.xml", text, &request));
	assert_done(import(&request, NULL, &result));
	assert_true(result.already_imported);
	assert_books_hold();
}

static void a_part_that_holds_less_than_it_says_is_refused(void **state)
{
	struct import_request request;

	(void)state;
	assert_refused(upload_packed(statement_text("S1", 0, LINES, COUNT(LINES), 0), 1, &request), ERR_INVALID,
		       "file.part_broken");
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM payments.file"), 0);
}

/* Whatever the page's size, each once and in the same order. */
static void allocations_come_page_by_page(void **state)
{
	const char *text = statement_text("S1", 0, LINES, COUNT(LINES), 0);
	const char *refs = "";
	struct import_result result;
	struct page page = { .size = 1, .after = "" };
	size_t count = 1;

	(void)state;
	assert_done(take("feb.xml", text, &result));
	while (count > 0) {
		DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
		struct allocation_record *list;
		char payment[ID_TEXT_BYTES], id[ID_TEXT_BYTES];
		struct desk desk;

		assert_done(desk_open(&tx, "", &desk));
		assert_done(allocations_page(&tx, &desk, NULL, NULL, &page, &list, &count));
		if (count == 0)
			break;
		refs = arena_format(here.arena, "%s%s ", refs, list[0].entry_ref);
		page.after = arena_format(here.arena, "%s/%s", id_format(list[0].payment, payment),
					  id_format(list[0].id, id));
	}
	assert_string_equal(refs, "B1 B2 B3 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_that_is_in_the_books_need_not_be_sent, desk_reset),
		cmocka_unit_test_setup(a_file_of_another_digest_than_told_is_neither_booked_nor_kept, desk_reset),
		cmocka_unit_test_setup(packed_parts_are_the_bytes_they_hold, desk_reset),
		cmocka_unit_test_setup(a_part_that_holds_less_than_it_says_is_refused, desk_reset),
		cmocka_unit_test_setup(allocations_come_page_by_page, desk_reset),
	};

	return cmocka_run_group_tests(tests, desk_start, desk_stop);
}
