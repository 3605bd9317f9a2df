#include "payments/formats/pain008.h"

#include <string.h>

#include "common/base/text.h"

#define NAMESPACE "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
#define WORD_MAX 256

/* ------------------------------------------------------------------ SEPA's characters */

/* Latin letters beyond ASCII, U+00C0 to U+017F, as their plain letters; two letters where that is usual. */
static const char *const LATIN[] = {
	"A", "A", "A", "A", "A", "A", "AE", "C",  "E", "E", "E", "E",  "I", "I", "I",  "I",  "D", "N", "O",  "O",
	"O", "O", "O", "x", "O", "U", "U",  "U",  "U", "Y", "T", "ss", "a", "a", "a",  "a",  "a", "a", "ae", "c",
	"e", "e", "e", "e", "i", "i", "i",  "i",  "d", "n", "o", "o",  "o", "o", "o",  ".",  "o", "u", "u",  "u",
	"u", "y", "t", "y", "A", "a", "A",  "a",  "A", "a", "C", "c",  "C", "c", "C",  "c",  "C", "c", "D",  "d",
	"D", "d", "E", "e", "E", "e", "E",  "e",  "E", "e", "E", "e",  "G", "g", "G",  "g",  "G", "g", "G",  "g",
	"H", "h", "H", "h", "I", "i", "I",  "i",  "I", "i", "I", "i",  "I", "i", "IJ", "ij", "J", "j", "K",  "k",
	"k", "L", "l", "L", "l", "L", "l",  "L",  "l", "L", "l", "N",  "n", "N", "n",  "N",  "n", "n", "N",  "n",
	"O", "o", "O", "o", "O", "o", "OE", "oe", "R", "r", "R", "r",  "R", "r", "S",  "s",  "S", "s", "S",  "s",
	"S", "s", "T", "t", "T", "t", "T",  "t",  "U", "u", "U", "u",  "U", "u", "U",  "u",  "U", "u", "U",  "u",
	"W", "w", "Y", "y", "Y", "Z", "z",  "Z",  "z", "Z", "z", "s",
};

/* One character of valid UTF-8. */
static unsigned code_point(const char **at)
{
	const unsigned char *bytes = (const unsigned char *)*at;
	int more = bytes[0] >= 0xF0 ? 3 : bytes[0] >= 0xE0 ? 2 : bytes[0] >= 0xC0 ? 1 : 0;
	unsigned code = more == 3 ? bytes[0] & 7U : more == 2 ? bytes[0] & 15U : more == 1 ? bytes[0] & 31U : bytes[0];

	for (int i = 1; i <= more && bytes[i]; i++)
		code = code << 6 | (bytes[i] & 63U);
	for (*at += 1; (**at & 0xC0) == 0x80; *at += 1)
		;
	return code;
}

static const char *plain(unsigned code, char one[static 2])
{
	if (code >= 0xC0 && code - 0xC0 < sizeof LATIN / sizeof LATIN[0])
		return LATIN[code - 0xC0];
	if (code == '&')
		return "+";
	if (code == '\t' || code == '\n' || code == '\r' || code == 0xA0)
		return " ";
	if (code < 0x80 && (strchr("/-?:().,'+ ", (int)code) || (code >= '0' && code <= '9') ||
			    (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z'))) {
		one[0] = (char)code;
		one[1] = '\0';
		return one;
	}
	return ".";
}

void sepa_text_append(struct buf *to, const char *text, size_t most)
{
	char word[WORD_MAX];
	size_t length = 0;

	most = most < WORD_MAX ? most : WORD_MAX - 1;
	while (text && *text && length < most) {
		char one[2];
		const char *piece = plain(code_point(&text), one);

		for (; *piece && length < most; piece++) {
			bool doubled = *piece == '/' && (length == 0 || word[length - 1] == '/');

			if (!doubled && !(*piece == ' ' && length == 0))
				word[length++] = *piece;
		}
	}
	while (length > 0 && (word[length - 1] == '/' || word[length - 1] == ' '))
		length--;
	if (length == 0)
		word[length++] = '.';
	buf_append(to, word, length);
}

/* ------------------------------------------------------------------ elements */

static void element(struct buf *to, const char *name, const char *text)
{
	buf_append_format(to, "<%s>%s</%s>", name, text, name);
}

/* The apostrophe is the only character of SEPA's that XML could mistake, and not inside an element. */
static void element_text(struct buf *to, const char *name, const char *text, size_t most)
{
	buf_append_format(to, "<%s>", name);
	sepa_text_append(to, text, most);
	buf_append_format(to, "</%s>", name);
}

static void element_date(struct buf *to, const char *name, struct date date)
{
	char text[DATE_TEXT_BYTES];

	element(to, name, date_format(date, text));
}

static const char *euro(int64_t minor, char text[static MONEY_TEXT_BYTES])
{
	return money_format(minor, (struct currency){ "EUR" }, text);
}

static void totals(struct buf *to, size_t count, int64_t minor)
{
	char text[MONEY_TEXT_BYTES];

	buf_append_format(to, "<NbOfTxs>%zu</NbOfTxs>", count);
	element(to, "CtrlSum", euro(minor, text));
}

static void account(struct buf *to, const char *name, const char *iban)
{
	buf_append_format(to, "<%s><Id><IBAN>%s</IBAN></Id></%s>", name, iban, name);
}

static void agent(struct buf *to, const char *name, const char *bic)
{
	if (text_empty(bic))
		buf_append_format(to, "<%s><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></%s>", name,
				  name);
	else
		buf_append_format(to, "<%s><FinInstnId><BICFI>%s</BICFI></FinInstnId></%s>", name, bic, name);
}

static void remittance(struct buf *to, const struct pain008_collection *collection)
{
	buf_append_text(to, "<RmtInf>");
	if (text_empty(collection->creditor_ref))
		element_text(to, "Ustrd", collection->text, PAIN008_TEXT_MAX);
	else
		buf_append_format(to,
				  "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>ISO</Issr></Tp>"
				  "<Ref>%s</Ref></CdtrRefInf></Strd>",
				  collection->creditor_ref);
	buf_append_text(to, "</RmtInf>");
}

static void collection_write(const struct pain008_collection *collection, struct buf *to)
{
	char amount[MONEY_TEXT_BYTES];

	buf_append_format(to,
			  "<DrctDbtTxInf><PmtId><EndToEndId>%s</EndToEndId></PmtId><InstdAmt Ccy=\"EUR\">%s</InstdAmt>",
			  collection->end_to_end_id, euro(collection->amount_minor, amount));
	buf_append_text(to, "<DrctDbtTx><MndtRltdInf>");
	element(to, "MndtId", collection->mandate_reference);
	element_date(to, "DtOfSgntr", collection->signed_on);
	buf_append_text(to, "</MndtRltdInf></DrctDbtTx>");
	agent(to, "DbtrAgt", collection->bic);
	buf_append_text(to, "<Dbtr>");
	element_text(to, "Nm", collection->debtor_name, PAIN008_NAME_MAX);
	buf_append_text(to, "</Dbtr>");
	account(to, "DbtrAcct", collection->iban);
	remittance(to, collection);
	buf_append_text(to, "</DrctDbtTxInf>\n");
}

static int64_t batch_sum(const struct pain008_batch *batch)
{
	int64_t sum = 0;

	for (size_t i = 0; i < batch->count; i++)
		sum += batch->collections[i].amount_minor;
	return sum;
}

static void batch_write(const struct pain008_file *file, const struct pain008_batch *batch, struct buf *to)
{
	buf_append_text(to, "<PmtInf>");
	element(to, "PmtInfId", batch->id);
	buf_append_text(to, "<PmtMtd>DD</PmtMtd><BtchBookg>true</BtchBookg>");
	totals(to, batch->count, batch_sum(batch));
	buf_append_format(to,
			  "<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>%s</Cd></LclInstrm><SeqTp>%s</SeqTp>"
			  "</PmtTpInf>",
			  batch->instrument, batch->sequence_type);
	element_date(to, "ReqdColltnDt", batch->collect_on);
	buf_append_text(to, "<Cdtr>");
	element_text(to, "Nm", file->creditor_name, PAIN008_NAME_MAX);
	buf_append_text(to, "</Cdtr>");
	account(to, "CdtrAcct", file->iban);
	agent(to, "CdtrAgt", file->bic);
	buf_append_format(to,
			  "<ChrgBr>SLEV</ChrgBr><CdtrSchmeId><Id><PrvtId><Othr><Id>%s</Id><SchmeNm><Prtry>SEPA</Prtry>"
			  "</SchmeNm></Othr></PrvtId></Id></CdtrSchmeId>\n",
			  file->scheme_id);
	for (size_t i = 0; i < batch->count; i++)
		collection_write(&batch->collections[i], to);
	buf_append_text(to, "</PmtInf>\n");
}

void pain008_write(const struct pain008_file *file, struct buf *to)
{
	char made_at[INSTANT_TEXT_BYTES];
	size_t count = 0;
	int64_t sum = 0;

	for (size_t i = 0; i < file->count; i++) {
		count += file->batches[i].count;
		sum += batch_sum(&file->batches[i]);
	}
	buf_append_text(to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"" NAMESPACE
			    "\"><CstmrDrctDbtInitn><GrpHdr>");
	element(to, "MsgId", file->message_id);
	element(to, "CreDtTm", instant_format(file->made_at, made_at));
	totals(to, count, sum);
	buf_append_text(to, "<InitgPty>");
	element_text(to, "Nm", file->creditor_name, PAIN008_NAME_MAX);
	buf_append_text(to, "</InitgPty></GrpHdr>\n");
	for (size_t i = 0; i < file->count; i++)
		batch_write(file, &file->batches[i], to);
	buf_append_text(to, "</CstmrDrctDbtInitn></Document>\n");
}
