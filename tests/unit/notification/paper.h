#ifndef UNIT_NOTIFICATION_PAPER_H
#define UNIT_NOTIFICATION_PAPER_H

#include "notification/channels/paper.h"
#include "notification/templates.h"
#include "unit/notification/books.h"

/* A formal notice on paper, of a creditor in `country` to a customer who reads `language`. */

#define PAPER_ITEMS_MAX 200

static inline struct err paper_sample(struct arena *arena, const char *language, const char *country, size_t items,
				      const char *customer_name, struct document_made *made)
{
	static const char *lines_fr[] = { "12 rue des Lilas", "69003 Lyon" },
			  *lines_de[] = { "Hafenstraße 12", "20457 Hamburg" },
			  *to[] = { "Service comptabilité", "7 quai de la Fosse", "44000 Nantes" };
	bool french = country[0] == 'F';
	struct letter_creditor creditor = { .code = "MAIN",
					    .name = french ? "Atelier Brun" : "Nordlicht Handel",
					    .legal_name = french ? "Atelier Brun SAS" : "Nordlicht Handels GmbH",
					    .language = french ? "fr" : "en",
					    .country = country,
					    .iban = french ? "FR1420041010050500013M02606" : "DE89370400440532013000",
					    .bic = french ? "PSSTFRPPXXX" : "COBADEFFXXX",
					    .vat_id = french ? "FR40303265045" : "DE123456789",
					    .email = "compta@atelier-brun.example",
					    .phone = french ? "+33 4 72 00 00 00" : "+49 40 000000",
					    .address = french ? lines_fr : lines_de,
					    .address_count = 2 };
	struct letter_customer customer = { .number = "C-1042",
					    .name = customer_name,
					    .language = language,
					    .contact = "Éloïse Łuczak",
					    .country = "FR",
					    .address = to,
					    .address_count = 3 };
	struct position_item books[PAPER_ITEMS_MAX];
	size_t all[PAPER_ITEMS_MAX];
	struct position position = position_of(books, items);
	struct policy policy = default_policy(arena);
	struct letter_templates parts;
	struct letter_text text;
	struct templates *templates;
	struct letter letter = { .creditor = &creditor,
				 .customer = &customer,
				 .position = &position,
				 .items = all,
				 .item_count = items,
				 .step = policy_step_find(&policy, "formal_notice"),
				 .today = on("2026-11-21") };

	for (size_t i = 0; i < items; i++) {
		books[i] =
			item(arena_format(arena, "FA-2026-%04zu", i + 117), "2026-10-05", 123450 + 9871 * (int64_t)i);
		books[i].terms = late_terms_statutory(country);
		books[i].creditor_ref = "RF18539007547034";
		all[i] = i;
		letter.amount_minor += books[i].open_minor;
	}
	assert_true(err_ok(
		templates_read(arena_format(arena, "%s/deploy/templates", getenv("RELANCE_SOURCE")), &templates)));
	assert_true(err_ok(templates_find(templates, arena, language_find(language), "formal_notice", &parts)));

	struct err err = letter_render_paper(arena, &letter, language_find(language), &parts, &text);
	struct paper paper = { .letter = &letter,
			       .text = &text,
			       .language = language_find(language),
			       .registered = true,
			       .made_at = instant_from_date(letter.today) };

	if (err_ok(err))
		err = paper_make(arena, &paper, made);
	templates_destroy(&templates);
	return err;
}

#endif
