/* A reader's memory does not grow with the file. */
#include "unit/test.h"

#include <sys/resource.h>

#include "common/base/buf.h"
#include "payments/formats/statement.h"

#define FILE_BYTES ((size_t)200 * 1000 * 1000)
#define GROWTH_KIB_MAX ((long)64 * 1024)

static long peak_kib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

static struct err on_entry(void *context, const struct statement *statement, const struct statement_entry *entry)
{
	int64_t *entries = context;

	(void)statement;
	(void)entry;
	(*entries)++;
	return OK;
}

static void feed(struct statement_reader *reader, const char *text)
{
	assert_true(err_ok(statement_reader_feed(reader, text, strlen(text))));
}

static void write_entry(struct buf *to, int64_t number)
{
	buf_clear(to);
	buf_append_format(
		to,
		"<Ntry><NtryRef>%lld</NtryRef><Amt Ccy='EUR'>12.34</Amt><CdtDbtInd>CRDT</CdtDbtInd>"
		"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-01-05</Dt></BookgDt><NtryDtls><TxDtls>"
		"<Refs><EndToEndId>E2E-%lld</EndToEndId></Refs><RltdPties><Dbtr><Pty><Nm>Customer %lld</Nm></Pty>"
		"</Dbtr></RltdPties><RmtInf><Ustrd>invoice F-%lld of January</Ustrd></RmtInf></TxDtls></NtryDtls>"
		"<SplmtryData><Envlp><Unknown>%0512d</Unknown></Envlp></SplmtryData></Ntry>\n",
		(long long)number, (long long)number, (long long)number, (long long)number, 0);
}

static void a_file_of_200_mb_takes_little_memory(void **state)
{
	BUF_SCOPE entry;
	int64_t seen = 0, written = 0;
	const struct statement_sink sink = { .entry = on_entry, .context = &seen };
	STATEMENT_READER_SCOPE reader = statement_reader_new(&sink);

	(void)state;
	buf_init(&entry, 4096);
	feed(reader, "<Document><BkToCstmrStmt><Stmt><Id>1</Id>");
	long before = peak_kib();

	for (size_t bytes = 0; bytes < FILE_BYTES; bytes += entry.length) {
		write_entry(&entry, ++written);
		feed(reader, buf_text(&entry));
	}
	feed(reader, "</Stmt></BkToCstmrStmt></Document>");
	assert_true(err_ok(statement_reader_finish(reader)));
	assert_int_equal(seen, written);
	print_message("  %lld entries, %ld KiB more\n", (long long)seen, peak_kib() - before);
	assert_in_range(peak_kib() - before, 0, GROWTH_KIB_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_200_mb_takes_little_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
