/* What a file is, by its first bytes. */
#include "payments/formats/detect.h"

#include <string.h>
#include <strings.h>

#include "payments/formats/codepage.h"

#define SUBSTITUTE '\x1A' /* ^Z, the end of a text under CP/M */
#define WEB_PAGE "the file is a web page (HTML), as comes where a download has failed: download the statement again"

/* XML of any other kind is left to camt, which says what is wrong with it: so OFX is asked first. */
static const struct format *const FORMATS[] = { &FORMAT_OFX,  &FORMAT_CAMT, &FORMAT_MT940, &FORMAT_CFONB120,
						&FORMAT_BAI2, &FORMAT_CODA, &FORMAT_N43,   &FORMAT_QIF };

/* Zero bytes and ^Z at the end, with which old systems fill a block. */
size_t fill_length(const char *bytes, size_t length)
{
	size_t fill = 0;

	while (fill < length && (bytes[length - 1 - fill] == '\0' || bytes[length - 1 - fill] == SUBSTITUTE))
		fill++;
	return fill;
}

/* The text's beginning without what may stand around it. */
static void head_trim(const char **bytes, size_t *length)
{
	size_t skip = utf8_mark_length(*bytes, *length);

	*length -= fill_length(*bytes, *length);
	while (skip < *length && (*bytes)[skip] && strchr(" \t\r\n", (*bytes)[skip]))
		skip++;
	*length = *length > skip ? *length - skip : 0;
	*bytes += skip;
}

/* Records of 240 characters: the first is 31 (or 30, of LCR), a sequence number, and a code of operation. */
static bool cfonb240(const char *bytes, size_t length)
{
	size_t line = 0;

	while (line < length && !strchr("\r\n", bytes[line]))
		line++;
	return line >= 100 && line <= 240 && bytes[0] == '3' && strchr("01", bytes[1]) &&
	       strspn(bytes, "0123456789") >= 10;
}

/* What people drop beside statements, each with its answer. */
const char *detect_other(const char *bytes, size_t length)
{
	static const struct {
		const char *sign, *message;
	} SIGNS[] = {
		{ "PK\x03\x04", "the file is a ZIP archive or a spreadsheet: unpack it, or export it as CSV" },
		{ "\x1F\x8B", "the file is compressed (gzip): unpack it" },
		{ "%PDF", "the file is a PDF, which is for people: banks also give CAMT or MT940" },
		{ "\xD0\xCF\x11\xE0", "the file is an old Excel sheet: export it as CSV" },
		{ "BZh", "the file is compressed (bzip2): unpack it" },
		{ "\xFD"
		  "7zXZ",
		  "the file is compressed (xz): unpack it" },
		{ "7z\xBC\xAF\x27\x1C", "the file is a 7z archive: unpack it" },
		{ "-----BEGIN PGP", "the file is encrypted or signed (PGP): decrypt it" },
		{ "<!DOCTYPE html", WEB_PAGE },
		{ "<html", WEB_PAGE },
	};

	head_trim(&bytes, &length);
	for (size_t i = 0; i < sizeof SIGNS / sizeof SIGNS[0]; i++)
		if (length >= strlen(SIGNS[i].sign) && strncasecmp(bytes, SIGNS[i].sign, strlen(SIGNS[i].sign)) == 0)
			return SIGNS[i].message;
	return cfonb240(bytes, length)
		       ? "the file is CFONB 240, a list of operations that moves no account: the bank's statement is "
			 "CFONB 120 or CAMT"
		       : NULL;
}

/* CSV is what nothing else is, and only where there are profiles. */
const struct format *detect_format(const char *bytes, size_t length, const struct csv_profiles *profiles)
{
	head_trim(&bytes, &length);
	for (size_t i = 0; (!profiles || !profiles->only) && i < sizeof FORMATS / sizeof FORMATS[0]; i++)
		if (FORMATS[i]->detect(bytes, length))
			return FORMATS[i];
	return profiles && FORMAT_CSV.detect(bytes, length) ? &FORMAT_CSV : NULL;
}
