#include "notification/recipient.h"

#include "notification/channels/mail.h"

static const char *postal_address(struct arena *arena, const struct letter_customer *customer)
{
	const char *text = NULL;

	for (size_t i = 0; i < customer->address_count; i++)
		text = arena_format(arena, "%s, %s", text ? text : customer->name, customer->address[i]);
	return text;
}

const char *recipient_find(struct arena *arena, const struct creditor *creditor, const struct customer *customer,
			   enum policy_channel channel)
{
	switch (channel) {
	case CHANNEL_MAIL:
		return mail_address_valid(customer->email) ? customer->email : NULL;
	case CHANNEL_LETTER:
		return postal_address(arena, &customer->letter);
	case CHANNEL_SMS:
		return customer->phone;
	case CHANNEL_INTERNAL_MAIL:
		return mail_address_valid(customer->sales_email) ? customer->sales_email : creditor->letter.email;
	default:
		return NULL;
	}
}
