#include "desk.h"

#include "common/base/buf.h"
#include "common/base/text.h"
#include "common/io/random.h"

struct store here;
struct payer payer;
const char *mandate;

static const char RESET[] =
	"SET client_min_messages = warning; "
	"ALTER TABLE ledger.posting DISABLE TRIGGER USER; ALTER TABLE ledger.compound_entry DISABLE TRIGGER USER; "
	"TRUNCATE payments.bank_account, payments.file_acceptance, payments.file, payments.file_part, "
	"payments.statement, payments.entry, "
	"  payments.payment, payments.allocation, payments.payer_account, payments.payer_name, payments.undo, "
	"payments.payout, payments.refund, "
	"feed.outbox, ledger.posting, ledger.compound_entry, "
	"  ledger.open_item, ledger.balance, invoicing.creditor CASCADE; "
	"ALTER TABLE ledger.posting ENABLE TRIGGER USER; ALTER TABLE ledger.compound_entry ENABLE TRIGGER USER; "
	"INSERT INTO invoicing.creditor (code, name, legal_name, language, country, timezone, currency, iban) "
	"VALUES ('MAIN', 'Main', 'Main SA', 'fr', 'FR', 'Europe/Paris', 'EUR', '" ACCOUNT "'); "
	"INSERT INTO invoicing.customer (creditor, id, number, name, language, country, timezone) "
	"SELECT 'MAIN', ('01970000-0000-7000-8000-00000000000' || n)::uuid, 'K' || n, 'Customer ' || n, 'fr', 'FR', "
	"       'Europe/Paris' FROM generate_series(1, 2) n; "
	"SELECT ledger.add_items('MAIN', (SELECT jsonb_agg(jsonb_build_object('id', "
	"  ('01970000-0000-7000-8000-1' || lpad(n::text, 11, '0'))::uuid, 'number', 'INV-2026-' || lpad(n::text, 6, "
	"'0'), "
	"  'customer', '01970000-0000-7000-8000-00000000000' || (2 - n % 2), 'customer_number', 'K' || (2 - n % 2), "
	"  'currency', 'EUR', 'issued_on', '2026-01-05', 'due_on', '2026-02-04', 'amount_minor', 10000)) "
	"  FROM generate_series(1, 100) n)); "
	"SELECT ledger.post('MAIN', array_agg(i.id), array_agg('opening'::text), array_agg(i.issued_on), "
	"array_agg(i.id), "
	"  array_agg(NULL::uuid), array_agg(i.id) || array_agg(i.id), "
	"  array_agg('receivable'::text) || array_agg('opening'::text), array_agg(i.id) || array_agg(NULL::uuid), "
	"  array_agg('EUR'::text) || array_agg('EUR'::text), array_agg(10000::bigint) || array_agg(-10000::bigint)) "
	"  FROM ledger.open_item i;";

int desk_start(void **state)
{
	(void)state;
	here.pg = pg_start();
	here.db = pg_connect(here.pg, "relance_payments");
	here.arena = arena_new(0);
	return 0;
}

int desk_stop(void **state)
{
	(void)state;
	db_close(&here.db);
	arena_destroy(&here.arena);
	pg_stop(&here.pg);
	return 0;
}

int desk_reset(void **state)
{
	(void)state;
	arena_reset(here.arena);
	pg_execute(here.pg, RESET);
	payer = (struct payer){ 0 };
	mandate = NULL;
	return 0;
}

/* ------------------------------------------------------------------ bank files */

static void put_balance(struct buf *to, const char *kind, int64_t minor, const char *day)
{
	int64_t units = minor < 0 ? -minor : minor;

	buf_append_format(to,
			  "<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">%lld.%02lld</Amt>"
			  "<CdtDbtInd>%s</CdtDbtInd><Dt><Dt>%s</Dt></Dt></Bal>\n",
			  kind, (long long)(units / 100), (long long)(units % 100), minor < 0 ? "DBIT" : "CRDT", day);
}

static void put_line(struct buf *to, const struct line *line)
{
	int64_t units = line->minor < 0 ? -line->minor : line->minor;
	const char *side = line->minor < 0 ? "DBIT" : "CRDT";

	buf_append_format(to,
			  "<Ntry><Amt Ccy=\"EUR\">%lld.%02lld</Amt><CdtDbtInd>%s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
			  "<BookgDt><Dt>2026-02-%02d</Dt></BookgDt><ValDt><Dt>2026-02-%02d</Dt></ValDt>",
			  (long long)(units / 100), (long long)(units % 100), side, line->day, line->day);
	if (line->ref)
		buf_append_format(to, "<AcctSvcrRef>%s</AcctSvcrRef>", line->ref);
	buf_append_format(to, "<NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId>",
			  line->end_to_end_id ? line->end_to_end_id : "NOTPROVIDED");
	if (mandate)
		buf_append_format(to, "<MndtId>%s</MndtId>", mandate);
	buf_append_text(to, "</Refs>");
	if (payer.name || payer.iban) {
		const char *role = line->minor < 0 ? "Cdtr" : "Dbtr";

		buf_append_format(to, "<RltdPties><%s><Pty><Nm>%s</Nm></Pty></%s>", role, payer.name ? payer.name : "",
				  role);
		if (payer.iban)
			buf_append_format(to, "<%sAcct><Id><IBAN>%s</IBAN></Id></%sAcct>", role, payer.iban, role);
		buf_append_text(to, "</RltdPties>");
	}
	buf_append_format(to, "<RmtInf><Ustrd>%s</Ustrd></RmtInf>", line->text);
	if (line->return_reason)
		buf_append_format(to, "<RtrInf><Rsn><Cd>%s</Cd></Rsn></RtrInf>", line->return_reason);
	buf_append_text(to, "</TxDtls></NtryDtls></Ntry>\n");
}

const char *statement_text(const char *id, int64_t opening_minor, const struct line *lines, size_t count,
			   int64_t closing_off)
{
	BUF_SCOPE text;
	int64_t closing = opening_minor + closing_off;

	buf_init(&text, (size_t)256 * 1024 * 1024);
	buf_append_text(&text,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document "
			"xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>M"
			"</MsgId><CreDtTm>2026-02-28T06:00:00</CreDtTm></GrpHdr>\n");
	buf_append_format(&text,
			  "<Stmt><Id>%s</Id><CreDtTm>2026-02-28T06:00:00</CreDtTm><Acct><Id><IBAN>" ACCOUNT
			  "</IBAN></Id><Ccy>EUR</Ccy></Acct>\n",
			  id);
	for (size_t i = 0; i < count; i++)
		closing += lines[i].minor;
	put_balance(&text, "OPBD", opening_minor, "2026-02-01");
	put_balance(&text, "CLBD", closing, "2026-02-28");
	for (size_t i = 0; i < count; i++)
		put_line(&text, &lines[i]);
	buf_append_text(&text, "</Stmt></BkToCstmrStmt></Document>\n");
	return arena_copy(here.arena, buf_text(&text));
}

static struct err part_upload(struct id file, size_t at, const char *bytes, size_t length)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_WRITE);
	struct desk desk;
	int64_t stored;

	TRY(desk_open(&tx, "", &desk));
	TRY(file_part_save(&tx, &desk, file, (int64_t)at, &(struct part_bytes){ bytes, length, 0 }, &stored));
	return db_commit(&tx);
}

struct err upload(const char *name, const char *text, struct import_request *request)
{
	size_t size = strlen(text);

	*request = (struct import_request){
		.creditor = "", .name = name, .file = id_fresh(), .size_bytes = (int64_t)size
	};
	for (size_t at = 0; at < size; at += FILE_PART_BYTES_MAX) {
		size_t length = size - at < FILE_PART_BYTES_MAX ? size - at : FILE_PART_BYTES_MAX;

		TRY(part_upload(request->file, at, text + at, length));
	}
	return OK;
}

struct err take(const char *name, const char *text, struct import_result *result)
{
	struct import_request request;

	TRY(upload(name, text, &request));
	return import_file(here.db, here.arena, &request, result);
}

/* ------------------------------------------------------------------ the books */

const char *books_text(void)
{
	return arena_copy(
		here.arena,
		pg_value(here.pg,
			 "SELECT concat_ws(' | ', "
			 "(SELECT string_agg(i.number || '=' || i.open_minor, ',' ORDER BY i.number) FROM "
			 "ledger.open_item i), "
			 "(SELECT string_agg(format('%s %s', b.account, b.amount_minor), ',' ORDER BY b.account, "
			 "b.amount_minor) "
			 "   FROM ledger.balance b), "
			 "(SELECT string_agg(format('%s %s %s', p.entry_ref, p.state, p.rest_minor), ',' ORDER BY "
			 "p.entry_ref, "
			 "   p.amount_minor, p.state) FROM payments.payment p), "
			 "(SELECT string_agg(format('%s %s %s', a.invoice_number, a.amount_minor, a.state), ',' "
			 "   ORDER BY a.invoice_number, a.amount_minor, a.state) FROM payments.allocation a), "
			 "(SELECT format('%s files %s statements %s entries', (SELECT count(*) FROM payments.file), "
			 "   (SELECT count(*) FROM payments.statement), (SELECT count(*) FROM payments.entry))), "
			 "(SELECT string_agg(format('%s %s', o.type, o.subject), ',' ORDER BY o.type, o.subject) "
			 "   FROM feed.unnumbered o), "
			 "(SELECT sum(e.amount_minor) FROM ledger.entry e WHERE e.account = 'bank'))"));
}

void assert_books_hold(void)
{
	DB_TX_SCOPE tx = db_begin(here.db, here.arena, DB_READ);
	struct check_row checks[CHECKS_MAX];
	struct desk desk;
	size_t count;

	assert_done(desk_open(&tx, "", &desk));
	assert_done(checks_run(&tx, &desk, checks, &count));
	assert_true(count >= 7);
	for (size_t i = 0; i < count; i++)
		if (!checks[i].ok)
			fail_msg("%s: %s", checks[i].name, checks[i].detail);
	assert_string_equal(pg_value(here.pg,
				     "SELECT string_agg(name || ': ' || detail, '; ') FROM ledger.check_books('MAIN') "
				     "WHERE NOT ok"),
			    "");
}

int64_t open_of(int invoice)
{
	return pg_number(here.pg, arena_format(here.arena,
					       "SELECT open_minor FROM ledger.open_item WHERE number = 'INV-2026-%06d'",
					       invoice));
}
