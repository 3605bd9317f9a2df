#ifndef NOTIFICATION_PAPER_H
#define NOTIFICATION_PAPER_H

#include "common/document/document.h"
#include "notification/domain/letter.h"

/* A reminder as a letter on paper: the words of the mail's template, the invoices as a table, how to pay with a code
 * for banking apps, in the customer's language, folded for the envelopes of the creditor's country. */

struct paper {
	const struct letter *letter;
	const struct letter_text *text; /* of letter_render_paper */
	enum language language;
	bool registered;
	bool mailed;            /* beside a mail: no postal address is asked for */
	struct instant made_at; /* the reminder's: a repeat gives the same bytes */
};

/* As an address: name, street, town; and the country where it is another than the creditor's. */
struct paper_address {
	const char **lines;
	size_t count;
};
struct paper_address paper_address(struct arena *arena, const struct letter *letter);

/* Errors are those of document_make and postal_check. */
MUST_USE struct err paper_make(struct arena *arena, const struct paper *paper, struct document_made *made);

#endif
