#ifndef NOTIFICATION_LETTER_H
#define NOTIFICATION_LETTER_H

#include "common/base/wording.h"
#include "notification/domain/policy.h"
#include "notification/domain/position.h"

/* A reminder as text: the facts of one customer's position, worded in their language by the templates of the step.
 * The names that templates may use are those that letter.c puts; a name of another kind is an error. */

#define LETTER_ITEMS_MAX 200     /* invoices listed; more are counted */
#define LETTER_REFERENCES_MAX 12 /* payment references listed */
#define LETTER_DEADLINE_DAYS 8   /* of a formal notice, and of the first instalment that is proposed */

struct letter_creditor {
	const char *code, *name, *legal_name, *language, *country, *iban, *bic, *vat_id, *email, *phone;
	const char *payment_link; /* a template of base/payment_link.h; NULL: none */
	const char **address;
	size_t address_count;
};

struct letter_customer {
	const char *number, *name, *language, *contact;
	bool consumer; /* owes no fixed compensation: that is for businesses (Directive 2011/7/EU, article 1) */
	const char *country;
	const char **address; /* postal, without the name */
	size_t address_count;
};

struct letter {
	const struct letter_creditor *creditor;
	const struct letter_customer *customer;
	const struct position *position;
	const size_t *items; /* indices into the position */
	size_t item_count;
	int64_t amount_minor;
	const struct policy_step *step;
	struct date today;
	size_t attached; /* documents of the invoices that go with it */
	bool statement;  /* a statement of account goes with it */
};

/* The texts of one step in one language, as read from their files. */
struct letter_templates {
	enum language language; /* that the step's own text is in: English stands in for others */
	struct template_part {
		const char *name, *text;
	} subject, text, html, layout_text, layout_html, invoices_text, invoices_html, payment_text, payment_html,
		short_text;
};

struct letter_text {
	char *subject, *text, *html;
	int64_t due_minor; /* what the letter asks for: the invoices, and late charges where it states them */
};

/* The subject and the body for paper: no layout, and where invoices and payment details belong, a line that is
 * LETTER_INVOICES_MARK or LETTER_PAYMENT_MARK (of Unicode's private use area: no text has them). `html` is NULL. */
#define LETTER_INVOICES_MARK "\xEE\x80\x80" /* U+E000 */
#define LETTER_PAYMENT_MARK "\xEE\x80\x81"  /* U+E001 */
MUST_USE struct err letter_render_paper(struct arena *arena, const struct letter *letter, enum language language,
					const struct letter_templates *templates, struct letter_text *text);

/* A line or two, for a text message: of the step's short template, else its subject. */
MUST_USE struct err letter_render_short(struct arena *arena, const struct letter *letter, enum language language,
					const struct letter_templates *templates, char **text);

/* Every name that the templates use, in whatever section, is one that letters have. Errors are those of
 * template_render. */
MUST_USE struct err letter_check(struct arena *arena, enum language language, const struct letter_templates *templates);

/* Errors are those of template_render, ERR_RANGE "interest.…". The texts live in the arena. */
MUST_USE struct err letter_render(struct arena *arena, const struct letter *letter, enum language language,
				  const struct letter_templates *templates, struct letter_text *text);

#endif
