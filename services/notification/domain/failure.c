#include "notification/domain/failure.h"

#include <string.h>

#include "common/base/text.h"

#define FIND_MAILBOX "Find a mail address that works"
#define MAKE_ROOM "Ask them to make room, or for another address"
#define SEND_LESS "Send the documents another way"
#define OUR_NAME "Have our domain's SPF, DKIM and DMARC records and the mail server's name looked at"
#define ASK_THEM "Ask them, by telephone, to let our mails through"
#define OUR_SENDER "Give RELANCE_MAIL_FROM, or the creditor, an address that exists"
#define THEIR_SERVER "Ask them whether their mail works, or for another address"
#define OUR_TEXTS "Put the templates right (relancectl template check)"
#define POSTAL_ADDRESS "Complete the postal address"
#define OUR_KEYS "Check RELANCE_WEBHOOK_SECRET and the account at the provider"

/* A reason that begins so; the first that fits. Of mail, behind the class 4 or 5: subject and detail. */
static const struct {
	const char *begin;
	struct failure failure;
} reasons[] = {
	{ "smtp.?.1.7", { "the mail server does not take our sender's address", OUR_SENDER, false } },
	{ "smtp.?.1.8", { "the mail server does not take our sender's address", OUR_SENDER, false } },
	{ "smtp.?.1.10", { "the domain takes no mail at all", FIND_MAILBOX, true } },
	{ "smtp.?.1.1", { "the mailbox does not exist", FIND_MAILBOX, true } },
	{ "smtp.?.1.2", { "the domain of the address does not exist", FIND_MAILBOX, true } },
	{ "smtp.?.1.3", { "the address is not written as addresses are", FIND_MAILBOX, true } },
	{ "smtp.?.1.6", { "the mailbox has moved", FIND_MAILBOX, true } },
	{ "smtp.?.1.", { "the mail server does not take this address", FIND_MAILBOX, true } },
	{ "smtp.?.2.1", { "the mailbox is closed", FIND_MAILBOX, true } },
	{ "smtp.?.2.2", { "the mailbox is full", MAKE_ROOM, false } },
	{ "smtp.?.2.3", { "the message is larger than the mailbox takes", SEND_LESS, false } },
	{ "smtp.?.2.", { "the mailbox takes no mail now", THEIR_SERVER, false } },
	{ "smtp.?.3.4", { "the message is larger than the mail server takes", SEND_LESS, false } },
	{ "smtp.?.3.", { "the mail server is in trouble", THEIR_SERVER, false } },
	{ "smtp.?.4.", { "the mail server of the address cannot be reached", THEIR_SERVER, false } },
	{ "smtp.?.5.", { "the mail servers did not understand each other", THEIR_SERVER, false } },
	{ "smtp.?.6.", { "the mail server does not take such content", SEND_LESS, false } },
	{ "smtp.?.7.20", { "the mail server misses a signature (DKIM) of our domain", OUR_NAME, false } },
	{ "smtp.?.7.21", { "the mail server misses a signature (DKIM) of our domain", OUR_NAME, false } },
	{ "smtp.?.7.22", { "the mail server misses a signature (DKIM) of our domain", OUR_NAME, false } },
	{ "smtp.?.7.23", { "our domain does not name our mail server (SPF)", OUR_NAME, false } },
	{ "smtp.?.7.24", { "our domain's SPF record is wrong", OUR_NAME, false } },
	{ "smtp.?.7.25", { "our mail server's address has no name", OUR_NAME, false } },
	{ "smtp.?.7.26", { "neither SPF nor DKIM of our domain holds", OUR_NAME, false } },
	{ "smtp.?.7.27", { "our sender's domain takes no mail itself", OUR_SENDER, false } },
	{ "smtp.?.7.", { "the mail server refuses it by its rules, as it does with spam", ASK_THEM, false } },
	{ "smtp.451", { "the mail server put it off each time", THEIR_SERVER, false } },
	{ "smtp.452", { "the mail server has no room", MAKE_ROOM, false } },
	{ "smtp.552", { "the mailbox is full, or the message too large for it", MAKE_ROOM, false } },
	{ "smtp.553", { "the mail server does not take this address", FIND_MAILBOX, true } },
	{ "smtp.554", { "the mail server refuses it, as it does with spam", ASK_THEM, false } },
	{ "smtp.4", { "the mail server put it off each time", THEIR_SERVER, false } },
	{ "smtp.5", { "the mail server does not take mail for this address", FIND_MAILBOX, true } },
	{ "webhook.401", { "the provider does not know us", OUR_KEYS, false } },
	{ "webhook.402", { "the provider asks for its own money first", OUR_KEYS, false } },
	{ "webhook.403", { "the provider does not allow it", OUR_KEYS, false } },
	{ "webhook.404", { "the provider has nothing at that URL", "Check RELANCE_WEBHOOK", false } },
	{ "webhook.410", { "the provider has nothing at that URL any more", "Check RELANCE_WEBHOOK", false } },
	{ "webhook.3", { "the provider has moved", "Give RELANCE_WEBHOOK its new URL", false } },
	{ "webhook.4",
	  { "the provider refused the message", "Check the telephone number, or ask the provider", true } },
	{ "webhook.5", { "the provider failed each time", "Ask the provider", false } },
	{ "webhook.no_provider", { "there is no provider of text messages", "Set RELANCE_WEBHOOK", false } },
	{ "webhook.private",
	  { "the provider's URL leads into a private network", "Set RELANCE_WEBHOOK_PRIVATE", false } },
	{ "webhook.too_large", { "the text message is too long", "Shorten its template", false } },
	{ "letter.no_address", { "the postal address lacks a street or a town", POSTAL_ADDRESS, true } },
	{ "letter.no_postcode", { "the postal address has no postal code of its country", POSTAL_ADDRESS, true } },
	{ "letter.long_address", { "the postal address has more lines than a window shows", "Shorten it", true } },
	{ "letters.", { "letters cannot be put where they are printed from", "Look at RELANCE_LETTERS", false } },
	{ "document.", { "the letter cannot be set", "Look for letters that no font here has in its names", false } },
	{ "template.", { "the message cannot be worded", OUR_TEXTS, false } },
	{ "too_many_attempts", { "no worker came to its end with it", "Look into the workers' logs", false } },
};

/* `begin`, in which a '?' is any character. */
static bool begins(const char *text, const char *begin)
{
	for (; *begin; begin++, text++) {
		if (*text == '\0' || (*begin != '?' && *begin != *text))
			return false;
	}
	return true;
}

static struct failure nobody_there(enum policy_channel channel)
{
	switch (channel) {
	case CHANNEL_LETTER:
		return (struct failure){ "no postal address is known", "Find it", true };
	case CHANNEL_SMS:
		return (struct failure){ "no telephone number is known", "Find it", true };
	default:
		return (struct failure){ "no mail address is known", FIND_MAILBOX, true };
	}
}

struct failure failure_of(const char *reason, enum policy_channel channel)
{
	if (text_equal(reason, "no_contact"))
		return nobody_there(channel);
	for (size_t i = 0; reason && i < sizeof reasons / sizeof *reasons; i++) {
		if (begins(reason, reasons[i].begin))
			return reasons[i].failure;
	}
	return (struct failure){ "it could not be delivered", "Look into the workers' logs", false };
}
