/* What a person is told of a message that did not get through. */
#include "notification/domain/failure.h"
#include "unit/test.h"

static const struct {
	const char *sentence, *reason;
	enum policy_channel channel;
	const char *what, *todo;
	bool address;
} FAILURES[] = {
	{ "nobody of that name", "smtp.5.1.1", CHANNEL_MAIL, "the mailbox does not exist",
	  "Find a mail address that works", true },
	{ "not taken for one that begins alike", "smtp.5.1.10", CHANNEL_MAIL, "the domain takes no mail at all",
	  "Find a mail address that works", true },
	{ "a full mailbox needs no other address", "smtp.5.2.2", CHANNEL_MAIL, "the mailbox is full",
	  "Ask them to make room, or for another address", false },
	{ "nor does it when each try was put off", "smtp.4.2.2", CHANNEL_MAIL, "the mailbox is full",
	  "Ask them to make room, or for another address", false },
	{ "taken for spam", "smtp.5.7.1", CHANNEL_MAIL, "the mail server refuses it by its rules, as it does with spam",
	  "Ask them, by telephone, to let our mails through", false },
	{ "our own domain is at fault", "smtp.5.7.23", CHANNEL_MAIL, "our domain does not name our mail server (SPF)",
	  "Have our domain's SPF, DKIM and DMARC records and the mail server's name looked at", false },
	{ "our sender is at fault", "smtp.5.1.8", CHANNEL_MAIL, "the mail server does not take our sender's address",
	  "Give RELANCE_MAIL_FROM, or the creditor, an address that exists", false },
	{ "a subject without a known detail", "smtp.5.2.9", CHANNEL_MAIL, "the mailbox takes no mail now",
	  "Ask them whether their mail works, or for another address", false },
	{ "a server that says no more", "smtp.550", CHANNEL_MAIL, "the mail server does not take mail for this address",
	  "Find a mail address that works", true },
	{ "nor more than later", "smtp.450", CHANNEL_MAIL, "the mail server put it off each time",
	  "Ask them whether their mail works, or for another address", false },
	{ "a provider that refuses our key", "webhook.401", CHANNEL_SMS, "the provider does not know us",
	  "Check RELANCE_WEBHOOK_SECRET and the account at the provider", false },
	{ "a provider that refuses the message", "webhook.422", CHANNEL_SMS, "the provider refused the message",
	  "Check the telephone number, or ask the provider", true },
	{ "a letter without a postal code", "letter.no_postcode", CHANNEL_LETTER,
	  "the postal address has no postal code of its country", "Complete the postal address", true },
	{ "no address to write to", "no_contact", CHANNEL_MAIL, "no mail address is known",
	  "Find a mail address that works", true },
	{ "nor to post to", "no_contact", CHANNEL_LETTER, "no postal address is known", "Find it", true },
	{ "nor to text to", "no_contact", CHANNEL_SMS, "no telephone number is known", "Find it", true },
	{ "a template that is wrong", "template.missing_name", CHANNEL_MAIL, "the message cannot be worded",
	  "Put the templates right (relancectl template check)", false },
	{ "something new", "smtp.2", CHANNEL_MAIL, "it could not be delivered", "Look into the workers' logs", false },
	{ "nothing", NULL, CHANNEL_MAIL, "it could not be delivered", "Look into the workers' logs", false },
};

static void each_failure_says_what_and_what_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(FAILURES); i++) {
		struct failure failure = failure_of(FAILURES[i].reason, FAILURES[i].channel);

		SAY(FAILURES[i].sentence);
		assert_string_equal(failure.what, FAILURES[i].what);
		assert_string_equal(failure.todo, FAILURES[i].todo);
		assert_int_equal(failure.address, FAILURES[i].address);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_failure_says_what_and_what_to_do) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
