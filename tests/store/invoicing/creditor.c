/* Creditors and customers on a real database: what is refused, and what a change leaves behind. */
#include "store/invoicing/calls.h"

static PB(Creditor) main_creditor(void)
{
	PB(Creditor) creditor;

	PB_INIT(creditor)(&creditor);
	creditor.code = "MAIN";
	creditor.name = "Main";
	return creditor;
}

static struct err change(PB(Creditor) * creditor, PB(ChangeCreditorResponse) * *reply)
{
	PB(ChangeCreditorRequest) request;

	PB_INIT(change_creditor_request)(&request);
	request.creditor = creditor;
	return run(change_creditor, &request.base, reply);
}

static void test_change(void **state)
{
	(void)state;
	PB(Creditor) creditor = main_creditor();
	PB(ChangeCreditorResponse) *reply = NULL;
	char *lines[] = { "1 New Street", "Lyon" };

	assert_done(change(&creditor, &reply));
	assert_false(reply->changed);
	creditor.name = "Main & Sons";
	creditor.iban = "FR14 2004 1010 0505 0001 3M02 606";
	creditor.address_lines = lines;
	creditor.n_address_lines = 2;
	assert_done(change(&creditor, &reply));
	assert_true(reply->changed);
	assert_string_equal(reply->creditor->iban, "FR1420041010050500013M02606");
	assert_done(change(&creditor, &reply));
	assert_false(reply->changed);
	assert_string_equal(pg_value(here.pg, "SELECT name || ' ' || array_to_string(address_lines, ', ') "
					      "FROM invoicing.creditor"),
			    "Main & Sons 1 New Street, Lyon");
	assert_int_equal(
		pg_number(here.pg, "SELECT count(*) FROM feed.unnumbered WHERE type = 'relance.creditor.changed.v1'"),
		1);
	creditor.code = "NOBODY";
	assert_refused(change(&creditor, &reply), ERR_NOT_FOUND, "creditor.unknown");
}

static void country(PB(Creditor) * creditor)
{
	creditor->country = "UK";
}

static void language(PB(Creditor) * creditor)
{
	creditor->language = "xx";
}

static void currency(PB(Creditor) * creditor)
{
	creditor->currency = "EUU";
}

static void timezone_of(PB(Creditor) * creditor)
{
	creditor->timezone = "Europe/Lyon";
}

static void iban(PB(Creditor) * creditor)
{
	creditor->iban = "FR1420041010050500013M02607";
}

static void email(PB(Creditor) * creditor)
{
	creditor->email = "billing";
}

static const struct {
	const char *sentence;
	void (*spoil)(PB(Creditor) *);
	const char *field, *reason;
} REFUSED[] = {
	{ "no such country", country, "country", "field.country" },
	{ "no such language", language, "language", "field.language" },
	{ "no such currency", currency, "currency", "currency.unknown" },
	{ "no such time zone", timezone_of, "timezone", "clock.zone" },
	{ "wrong check digits", iban, "iban", "field.iban" },
	{ "no mail address", email, "email", "field.email" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(REFUSED); i++) {
		PB(Creditor) creditor = main_creditor();
		PB(CreateCreditorRequest) create;
		PB(ChangeCreditorResponse) * reply;

		SAY(REFUSED[i].sentence);
		REFUSED[i].spoil(&creditor);
		struct err err = change(&creditor, &reply);

		assert_refused(err, ERR_INVALID, REFUSED[i].reason);
		assert_string_equal(err.field, REFUSED[i].field);
		PB_INIT(create_creditor_request)(&create);
		creditor.code = "OTHER";
		create.creditor = &creditor;
		assert_refused(run(create_creditor, &create.base, NULL), ERR_INVALID, REFUSED[i].reason);
	}
}

static struct err save(const char *segment, const char *zone)
{
	PB(UpsertCustomerRequest) upsert;
	PB(Customer) customer;

	PB_INIT(upsert_customer_request)(&upsert);
	PB_INIT(customer)(&customer);
	customer.number = "C1";
	customer.name = "Alpha";
	customer.segment_code = (char *)segment;
	customer.timezone = (char *)zone;
	upsert.customer = &customer;
	return run(upsert_customer, &upsert.base, NULL);
}

static void test_customers(void **state)
{
	(void)state;
	assert_done(save("key-account", "America/New_York"));
	assert_string_equal(pg_value(here.pg, "SELECT segment || ' ' || segment_code FROM invoicing.customer"),
			    "business key-account");
	assert_refused(save("Consumer", ""), ERR_INVALID, "field.segment");
	assert_refused(save("key account", ""), ERR_INVALID, "field.segment");
	assert_refused(save("", "Mars/Olympus"), ERR_INVALID, "clock.zone");
	assert_done(save("", ""));
	assert_int_equal(pg_number(here.pg, "SELECT count(*) FROM invoicing.customer WHERE segment_code IS NULL"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_change, books_open),
		cmocka_unit_test_setup(test_refused, books_open),
		cmocka_unit_test_setup(test_customers, books_open),
	};
	return cmocka_run_group_tests_name("invoicing/creditor", tests, start, stop);
}
