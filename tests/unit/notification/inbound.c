/* What comes back: answers, failures to deliver, and machines that answer. */
#include "notification/domain/inbound.h"
#include "unit/notification/books.h"

#define ID "0197f3a0-1111-8222-8333-444455556666"

static const struct {
	const char *sentence, *message;
	enum inbound_kind kind;
	size_t ids;
} ROWS_OF_MESSAGES[] = {
	{ "an answer", "From: a@b\nIn-Reply-To: <" ID "@firm.example>\n\nWe dispute this.\n", INBOUND_REPLY, 1 },
	{ "an id that comes twice is one", "In-Reply-To: <" ID "@f>\nReferences: <" ID "@f>\n\n", INBOUND_REPLY, 1 },
	{ "out of office is nobody's answer", "Auto-Submitted: auto-replied\nIn-Reply-To: <" ID "@f>\n\n",
	  INBOUND_AUTOMATIC, 1 },
	{ "Auto-Submitted: no is a person", "Auto-Submitted: no\n\n", INBOUND_REPLY, 0 },
	{ "a failure report",
	  "Content-Type: multipart/report;\n report-type=delivery-status\nAuto-Submitted: auto-replied\n\n"
	  "Action: failed\nStatus: 5.1.1\n\nMessage-ID: <" ID "@f>\n",
	  INBOUND_BOUNCE, 1 },
	{ "with CRLF", "Content-Type: multipart/report\r\n\r\nAction: failed\r\nMessage-ID: <" ID "@f>\r\n",
	  INBOUND_BOUNCE, 1 },
	{ "a report of a delay", "Content-Type: multipart/report\n\nAction: delayed\n", INBOUND_AUTOMATIC, 0 },
	{ "an old server's report", "From: MAILER-DAEMON@mx.example\n\nuser unknown " ID "@f\n", INBOUND_BOUNCE, 1 },
	{ "a word in the text makes no report", "From: a@b\n\nContent-Type: multipart/report\n", INBOUND_REPLY, 0 },
	{ "nothing at all", "", INBOUND_REPLY, 0 },
	{ "an id cut off", "In-Reply-To: <0197f3a0-1111-8222-8333-44445555", INBOUND_REPLY, 0 },
};

static void what_comes_back_is_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_MESSAGES); i++) {
		struct id ids[INBOUND_IDS_MAX];

		SAY(ROWS_OF_MESSAGES[i].sentence);
		assert_int_equal(inbound_kind_of(ROWS_OF_MESSAGES[i].message), ROWS_OF_MESSAGES[i].kind);
		assert_int_equal(inbound_ids(ROWS_OF_MESSAGES[i].message, ids), ROWS_OF_MESSAGES[i].ids);
	}
}

static const struct {
	const char *sentence, *message, *reason;
} ROWS_OF_FAILURES[] = {
	{ "as a server would say it", "Content-Type: multipart/report\n\nAction: failed\nStatus: 5.2.2 (full)\n",
	  "smtp.5.2.2" },
	{ "with CRLF", "Content-Type: multipart/report\r\n\r\nStatus: 5.1.10\r\n", "smtp.5.1.10" },
	{ "no status", "Content-Type: multipart/report\n\nAction: failed\n", "" },
	{ "a header field of that name is another's", "Status: 5.1.1\n\nAction: failed\n", "" },
	{ "success is no failure", "A: b\n\nStatus: 2.0.0\n", "" },
	{ "nonsense", "A: b\n\nStatus: 5.123456789.123456789\n", "" },
};

static void a_report_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ROWS_OF_FAILURES); i++) {
		char reason[INBOUND_REASON_BYTES];

		SAY(ROWS_OF_FAILURES[i].sentence);
		inbound_failure(ROWS_OF_FAILURES[i].message, reason);
		assert_string_equal(reason, ROWS_OF_FAILURES[i].reason);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_comes_back_is_told_apart),
					    cmocka_unit_test(a_report_says_why) };

	return cmocka_run_group_tests_name("inbound", tests, NULL, NULL);
}
