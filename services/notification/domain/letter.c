#include "notification/domain/letter.h"

#include <string.h>

#include "common/base/payment_link.h"
#include "common/base/text.h"
#include "notification/domain/agreement.h"
#include "notification/domain/template.h"

/* ------------------------------------------------------------------ late charges */

struct charges {
	int64_t interest_minor, compensation_minor;
	struct decimal rate; /* where all invoices bear the same one rate */
	bool one_rate;
};

static struct err charges_add(struct charges *charges, const struct letter *letter, const struct position_item *item)
{
	struct late_terms terms = item->terms;
	struct late_charges late;

	if (letter->customer->consumer)
		terms.compensation_minor = 0;
	TRY(late_charges_quote(&terms, item->due_on, letter->today, position_item_asked(item), &late));
	charges->interest_minor += late.interest_minor;
	charges->compensation_minor += late.compensation_minor;
	for (size_t i = 0; i < late.period_count; i++) {
		if (charges->rate.millionths == 0)
			charges->rate = late.periods[i].rate;
		charges->one_rate = charges->one_rate && charges->rate.millionths == late.periods[i].rate.millionths;
	}
	return OK;
}

static struct err put_charges(struct arena *arena, const struct letter *letter, enum language language,
			      struct template_value *data, int64_t *due_minor)
{
	struct currency currency = letter->position->currency;
	struct charges charges = { .one_rate = true };

	for (size_t i = 0; letter->step->charges && i < letter->item_count; i++)
		TRY(charges_add(&charges, letter, &letter->position->items[letter->items[i]]));

	int64_t together = charges.interest_minor + charges.compensation_minor;

	*due_minor = letter->amount_minor + together;
	if (together == 0) {
		template_put_flag(data, "charges", false);
		return OK;
	}

	struct template_value *object = template_put_object(data, "charges");
	const char *compensation = wording_money(arena, language, charges.compensation_minor, currency);

	template_put_text(object, "interest", wording_money(arena, language, charges.interest_minor, currency));
	template_put_text(object, "compensation", charges.compensation_minor > 0 ? compensation : "");
	template_put_text(object, "total_with", wording_money(arena, language, *due_minor, currency));
	template_put_text(object, "rate", charges.one_rate ? wording_percent(arena, language, charges.rate) : "");
	template_put_flag(object, "french_law", text_equal(letter->creditor->country, "FR"));
	return OK;
}

/* ------------------------------------------------------------------ data */

static void put_creditor(struct arena *arena, const struct letter_creditor *creditor, struct template_value *data)
{
	struct template_value *object = template_put_object(data, "creditor");
	struct template_value *address = template_put_list(object, "address");

	template_put_text(object, "name", creditor->name);
	template_put_text(object, "legal_name",
			  text_empty(creditor->legal_name) ? creditor->name : creditor->legal_name);
	template_put_text(object, "iban", wording_iban(arena, creditor->iban));
	template_put_text(object, "bic", creditor->bic);
	template_put_text(object, "vat_id", creditor->vat_id);
	template_put_text(object, "email", creditor->email);
	template_put_text(object, "phone", creditor->phone);
	for (size_t i = 0; i < creditor->address_count; i++)
		template_put_text(template_list_append(address), "line", creditor->address[i]);
}

static void put_customer(const struct letter_customer *customer, struct template_value *data)
{
	struct template_value *object = template_put_object(data, "customer");

	template_put_text(object, "number", customer->number);
	template_put_text(object, "name", customer->name);
}

static void put_item(struct arena *arena, const struct letter *letter, enum language language,
		     const struct position_item *item, struct template_value *object)
{
	struct currency currency = letter->position->currency;
	int days_late = date_days_between(item->due_on, letter->today);
	int64_t disputed_minor = item->open_minor - position_item_asked(item);

	template_put_text(object, "number", item->number);
	template_put_text(object, "issued_on", wording_date(arena, language, item->issued_on));
	template_put_text(object, "due_on", wording_date(arena, language, item->due_on));
	template_put_text(object, "amount", wording_money(arena, language, item->amount_minor, currency));
	template_put_text(object, "open", wording_money(arena, language, position_item_asked(item), currency));
	template_put_flag(object, "part_paid", position_item_asked(item) < item->amount_minor);
	template_put_text(object, "disputed",
			  disputed_minor > 0 ? wording_money(arena, language, disputed_minor, currency) : "");
	template_put_text(object, "days_late", days_late > 0 ? arena_format(arena, "%d", days_late) : "");
	template_put_text(object, "paid_on",
			  date_known(item->paid_on) ? wording_date(arena, language, item->paid_on) : "");
	template_put_text(object, "rest",
			  item->rest_minor > 0 ? wording_money(arena, language, item->rest_minor, currency) : "");
	template_put_text(object, "reference", item->creditor_ref);
	template_put_text(object, "order_reference", item->order_reference);
	template_put_text(object, "link",
			  payment_link_make(arena, letter->creditor->payment_link,
					    &(struct payment_link){ .number = item->number,
								    .reference = item->creditor_ref,
								    .customer = letter->customer->number,
								    .amount_minor = position_item_asked(item),
								    .currency = currency }));
}

static void put_items(struct arena *arena, const struct letter *letter, enum language language,
		      struct template_value *data)
{
	struct template_value *invoices = template_put_list(data, "invoices");
	struct template_value *references = template_put_list(data, "references");
	struct template_value *links = template_put_list(data, "links");
	size_t shown = letter->item_count < LETTER_ITEMS_MAX ? letter->item_count : LETTER_ITEMS_MAX;
	size_t hidden = letter->item_count - shown, listed = 0;

	for (size_t i = 0; i < shown; i++) {
		const struct position_item *item = &letter->position->items[letter->items[i]];

		put_item(arena, letter, language, item, template_list_append(invoices));
		if (listed++ >= LETTER_REFERENCES_MAX)
			continue;
		if (!text_empty(item->creditor_ref))
			put_item(arena, letter, language, item, template_list_append(references));
		if (!text_empty(letter->creditor->payment_link))
			put_item(arena, letter, language, item, template_list_append(links));
	}
	put_item(arena, letter, language, &letter->position->items[letter->items[0]],
		 template_put_object(data, "first"));
	template_put_text(data, "more", hidden > 0 ? arena_format(arena, "%zu", hidden) : "");
}

/* What a step offers that proposes a plan: the same that is recorded, for the debtor to accept. */
static void put_instalments(struct arena *arena, const struct letter *letter, enum language language,
			    struct template_value *data)
{
	struct template_value *list = template_put_list(data, "instalments");
	struct instalment instalments[AGREEMENT_PROPOSED_INSTALMENTS];

	agreement_propose(letter->amount_minor, letter->today, instalments);
	for (int i = 0; i < AGREEMENT_PROPOSED_INSTALMENTS; i++) {
		struct template_value *instalment = template_list_append(list);

		template_put_text(instalment, "due_on", wording_date(arena, language, instalments[i].due_on));
		template_put_text(
			instalment, "amount",
			wording_money(arena, language, instalments[i].amount_minor, letter->position->currency));
	}
}

static struct err letter_data(struct arena *arena, const struct letter *letter, enum language language,
			      struct template_value *data, int64_t *due_minor)
{
	const struct position *position = letter->position;
	int64_t unapplied_minor = policy_step_is_note(letter->step) ? 0 : position->unapplied_minor;
	int64_t fee_minor = policy_step_fee_minor(letter->step, position);

	put_creditor(arena, letter->creditor, data);
	put_customer(letter->customer, data);
	put_items(arena, letter, language, data);
	template_put_flag(data, "plan", letter->step->propose_plan);
	template_put_flag(data, "offer_mediation", letter->step->offer_mediation);
	template_put_flag(data, "thanks", letter->step->thanks);
	template_put_text(data, "fee",
			  fee_minor > 0 ? wording_money(arena, language, fee_minor, position->currency) : "");
	template_put_flag(data, "note", policy_step_is_note(letter->step));
	template_put_text(data, "attached", letter->attached > 0 ? arena_format(arena, "%zu", letter->attached) : "");
	template_put_flag(data, "statement", letter->statement);
	template_put_flag(data, "attached_all", letter->attached == letter->item_count);
	template_put_text(data, "contact", letter->customer->contact);
	template_put_text(data, "count", arena_format(arena, "%zu", letter->item_count));
	template_put_flag(data, "single", letter->item_count == 1);
	template_put_flag(data, "several", letter->item_count > 1);
	template_put_text(data, "total", wording_money(arena, language, letter->amount_minor, position->currency));
	template_put_text(data, "unapplied",
			  unapplied_minor > 0 ? wording_money(arena, language, unapplied_minor, position->currency)
					      : "");
	template_put_text(data, "today", wording_date(arena, language, letter->today));
	template_put_text(data, "deadline",
			  wording_date(arena, language, date_add_days(letter->today, LETTER_DEADLINE_DAYS)));
	TRY(put_charges(arena, letter, language, data, due_minor));
	put_instalments(arena, letter, language, data);
	return OK;
}

/* ------------------------------------------------------------------ texts */

static struct err render(struct arena *arena, const struct template_part *part, enum template_escape escape,
			 const struct template_value *data, char **text)
{
	struct template_source source = { part->name, part->text, escape };
	BUF_SCOPE out;

	buf_init(&out, TEMPLATE_OUTPUT_BYTES_MAX);
	TRY(template_render(arena, &source, data, &out));
	*text = arena_copy(arena, buf_text(&out));
	return OK;
}

/* Invoices and payment details are the same in every letter: rendered first, they stand as blocks in the body, which
 * stands in the layout. */
static struct err render_body(struct arena *arena, const struct letter_templates *templates,
			      enum template_escape escape, struct template_value *data, char **body)
{
	bool html = escape == TEMPLATE_HTML;
	struct template_value *scope = template_object(arena);
	char *text;

	TRY(render(arena, html ? &templates->invoices_html : &templates->invoices_text, escape, data, &text));
	template_put_text(scope, "invoices_block", text_trim(arena, text));
	TRY(render(arena, html ? &templates->payment_html : &templates->payment_text, escape, data, &text));
	template_put_text(scope, "payment_block", html ? text : arena_format(arena, "  %s", text_trim(arena, text)));
	template_extend(scope, data);
	TRY(render(arena, html ? &templates->html : &templates->text, escape, scope, &text));
	template_put_text(scope, "body", text);
	return render(arena, html ? &templates->layout_html : &templates->layout_text, escape, scope, body);
}

/* One line, whatever the template says: a subject with a line break would open a door into the header. */
static char *one_line(char *text)
{
	for (char *c = text; *c; c++) {
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	}
	return text;
}

/* One empty line where sections that are not shown have left several. */
static char *squeezed(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool third = *from == '\n' && to - text >= 2 && to[-1] == '\n' && to[-2] == '\n';

		if (!third)
			*to++ = *from;
	}
	*to = '\0';
	return text;
}

static struct err render_subject(struct arena *arena, const struct letter_templates *templates,
				 const struct template_value *data, char **subject)
{
	TRY(render(arena, &templates->subject, TEMPLATE_PLAIN, data, subject));
	*subject = one_line(text_trim(arena, *subject));
	return OK;
}

struct err letter_render_paper(struct arena *arena, const struct letter *letter, enum language language,
			       const struct letter_templates *templates, struct letter_text *text)
{
	struct template_value *data = template_object(arena);
	struct letter_text made = { 0 };

	TRY(letter_data(arena, letter, language, data, &made.due_minor));
	template_put_flag(data, "printed", true);
	TRY(render_subject(arena, templates, data, &made.subject));
	template_put_text(data, "subject", made.subject);
	template_put_text(data, "invoices_block", LETTER_INVOICES_MARK);
	template_put_text(data, "payment_block", LETTER_PAYMENT_MARK);
	TRY(render(arena, &templates->text, TEMPLATE_PLAIN, data, &made.text));
	*text = made;
	return OK;
}

struct err letter_render_short(struct arena *arena, const struct letter *letter, enum language language,
			       const struct letter_templates *templates, char **text)
{
	struct template_value *data = template_object(arena);
	int64_t due_minor;
	char *made;

	TRY(letter_data(arena, letter, language, data, &due_minor));
	template_put_flag(data, "printed", false);
	TRY(render(arena, &templates->short_text, TEMPLATE_PLAIN, data, &made));
	*text = one_line(text_trim(arena, made));
	return OK;
}

struct err letter_render(struct arena *arena, const struct letter *letter, enum language language,
			 const struct letter_templates *templates, struct letter_text *text)
{
	struct template_value *data = template_object(arena);
	struct letter_text made;

	TRY(letter_data(arena, letter, language, data, &made.due_minor));
	template_put_flag(data, "printed", false);
	TRY(render_subject(arena, templates, data, &made.subject));
	template_put_text(data, "subject", made.subject);
	TRY(render_body(arena, templates, TEMPLATE_PLAIN, data, &made.text));
	made.text = squeezed(made.text);
	TRY(render_body(arena, templates, TEMPLATE_HTML, data, &made.html));
	*text = made;
	return OK;
}

/* ------------------------------------------------------------------ checking templates */

/* A letter that has everything: charges, a reference, a link, an address line. */
static struct err sample_data(struct arena *arena, enum language language, struct template_value *data)
{
	static const char *address[] = { "12 rue des Lilas" };
	static const struct letter_creditor creditor = { .code = "MAIN",
							 .name = "Atelier",
							 .language = "fr",
							 .country = "FR",
							 .payment_link = "https://pay.example.com/{number}",
							 .address = address,
							 .address_count = 1 };
	static const struct letter_customer customer = { .number = "C1", .name = "Client", .language = "fr" };
	static const struct policy_step step = { .name = "check", .channel = CHANNEL_MAIL, .charges = true };
	static const size_t first = 0;
	struct position_item item = { .number = "1",
				      .creditor_ref = "RF18539007547034",
				      .issued_on = date_add_days((struct date){ 0 }, 20000), /* in 2024 */
				      .due_on = date_add_days((struct date){ 0 }, 20030),
				      .paid_on = DATE_NONE,
				      .amount_minor = 10000,
				      .open_minor = 10000,
				      .terms = late_terms_statutory("FR") };
	struct position position = { .currency = { "EUR" }, .items = &item, .count = 1 };
	struct letter letter = { .creditor = &creditor,
				 .customer = &customer,
				 .position = &position,
				 .items = &first,
				 .item_count = 1,
				 .amount_minor = item.open_minor,
				 .step = &step,
				 .today = date_add_days(item.due_on, 30) };
	int64_t due_minor;

	TRY(letter_data(arena, &letter, language, data, &due_minor));
	template_put_flag(data, "printed", false);
	return OK;
}

static struct err part_check(struct arena *arena, const struct template_part *part, const struct template_value *data)
{
	struct template_source source = { part->name, part->text, TEMPLATE_PLAIN };

	return template_check(arena, &source, data);
}

/* The blocks know the facts, the body the blocks too, the layout the body too. */
struct err letter_check(struct arena *arena, enum language language, const struct letter_templates *templates)
{
	struct template_value *data = template_object(arena);

	TRY(sample_data(arena, language, data));
	TRY(part_check(arena, &templates->subject, data));
	TRY(part_check(arena, &templates->short_text, data));
	TRY(part_check(arena, &templates->invoices_text, data));
	TRY(part_check(arena, &templates->invoices_html, data));
	TRY(part_check(arena, &templates->payment_text, data));
	TRY(part_check(arena, &templates->payment_html, data));
	template_put_text(data, "subject", "");
	template_put_text(data, "invoices_block", "");
	template_put_text(data, "payment_block", "");
	TRY(part_check(arena, &templates->text, data));
	TRY(part_check(arena, &templates->html, data));
	template_put_text(data, "body", "");
	TRY(part_check(arena, &templates->layout_text, data));
	return part_check(arena, &templates->layout_html, data);
}
