#ifndef UNIT_INVOICING_PAPER_H
#define UNIT_INVOICING_PAPER_H

#include "invoicing/paper.h"
#include "unit/test.h"

/* Invoices to be looked at: the facts of one, in a language, with many lines or few. */

#define PAPER_LINES_MAX 200
#define SAMPLE_LONG_LINE                                                                                                \
	"Livraison et montage à Nantes, deux personnes, y compris l'évacuation des emballages et la remise en état " \
	"des lieux"

struct paper_sample {
	const char *language; /* the customer's */
	const char *country;  /* the creditor's */
	enum paper_kind kind;
	size_t lines;
	const char *customer_name;
	bool no_vat, discount, imported, no_account;
	int64_t released_minor;
};

static inline struct decimal decimal_of(const char *text)
{
	struct decimal decimal;

	assert_true(err_ok(decimal_parse(text, &decimal)));
	return decimal;
}

static inline struct date day_of(const char *text)
{
	struct date day;

	assert_true(err_ok(date_parse(text, &day)));
	return day;
}

static inline void sample_lines(struct invoice *invoice, size_t count, bool no_vat)
{
	static const char *const WHAT[] = { "Conseil et conception d'un poste de travail", "Chêne massif, huilé, 28 mm",
					    SAMPLE_LONG_LINE };
	static struct invoice_line lines[PAPER_LINES_MAX];

	for (size_t i = 0; i < count; i++)
		lines[i] = (struct invoice_line){ .description = WHAT[i % 3],
						  .unit = i % 3 == 0   ? "h"
							  : i % 3 == 1 ? "m²"
								       : "",
						  .quantity = decimal_of(i % 3 == 0 ? "12.5" : "1"),
						  .unit_price = decimal_of(i % 3 == 1 ? "148.3333" : "95"),
						  .vat_rate = decimal_of(no_vat       ? "0"
									 : i % 3 == 1 ? "5.5"
										      : "20") };
	invoice->lines = lines;
	invoice->line_count = count;
	assert_true(err_ok(invoice_total(invoice)));
}

static inline struct err paper_sample(struct arena *arena, const struct paper_sample *sample,
				      struct document_made *made)
{
	static const char *lines_fr[] = { "12 rue des Lilas", "69003 Lyon" },
			  *lines_de[] = { "Hafenstraße 12", "20457 Hamburg" },
			  *to[] = { "Service comptabilité", "7 quai de la Fosse", "44000 Nantes" };
	bool french = sample->country[0] == 'F';
	struct creditor creditor = { .code = "MAIN",
				     .name = french ? "Atelier Brun" : "Nordlicht Handel",
				     .legal_name = french ? "Atelier Brun SAS" : "Nordlicht Handels GmbH",
				     .language = french ? "fr" : "en",
				     .country = sample->country,
				     .currency = { "EUR" },
				     .vat_id = french ? "FR40303265045" : "DE123456789",
				     .email = "compta@atelier-brun.example",
				     .phone = french ? "+33 4 72 00 00 00" : "+49 40 000000",
				     .address_lines = french ? lines_fr : lines_de,
				     .address_line_count = 2 };
	struct customer customer = { .number = "C-1042",
				     .name = sample->customer_name,
				     .language = sample->language,
				     .country = "FR",
				     .vat_id = "FR83404833048",
				     .address_lines = to,
				     .address_line_count = 3 };
	struct stationery stationery = { .registration =
						 french ? "SAS au capital de 10 000 € · RCS Lyon 303 265 045"
							: "Amtsgericht Hamburg HRB 12345 · Geschäftsführer: J. Nord",
					 .payment_link =
						 "https://pay.example.com/atelier/{reference}?amount={amount_minor}",
					 .iban = sample->no_account ? NULL
						 : french           ? "FR1420041010050500013M02606"
								    : "DE89370400440532013000",
					 .bic = sample->no_account ? NULL
						: french           ? "PSSTFRPPXXX"
								   : "COBADEFFXXX" };
	struct receivable_detail detail = { .head = { .number = "FA-2026-000117",
						      .customer_number = "C-1042",
						      .customer_name = sample->customer_name,
						      .currency = { "EUR" },
						      .issued_on = day_of("2026-10-05"),
						      .due_on = day_of("2026-11-04"),
						      .imported = sample->imported,
						      .creditor_ref = "RF18539007547034",
						      .order_reference = "BC-77812",
						      .discount_until = DATE_NONE },
					    .invoice = { .currency = { "EUR" },
							 .supplied_on = DATE_NONE,
							 .late = late_terms_statutory(sample->country) } };
	struct credit_note note = { .number = "AV-2026-000009",
				    .reason = "Marchandise retournée",
				    .issued_on = day_of("2026-10-20"),
				    .released_minor = sample->released_minor };
	struct paper paper = { .kind = sample->kind,
			       .creditor = &creditor,
			       .customer = &customer,
			       .stationery = &stationery,
			       .detail = &detail,
			       .note = &note,
			       .today = day_of("2026-11-21") };

	sample_lines(&detail.invoice, sample->lines, sample->no_vat);
	detail.head.amount_minor = detail.head.open_minor = detail.invoice.gross_minor;
	if (sample->imported)
		detail.head.open_minor -= 20000;
	if (sample->discount) {
		detail.head.discount_minor = detail.invoice.gross_minor / 50;
		detail.head.discount_until = day_of("2026-10-15");
	}
	return paper_make(arena, &paper, made);
}

#endif
