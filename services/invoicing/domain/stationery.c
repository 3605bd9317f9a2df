#include "invoicing/domain/stationery.h"

#include "common/base/payment_link.h"
#include "common/base/text.h"
#include "invoicing/domain/fields.h"

struct err stationery_check(const struct stationery *stationery)
{
	TRY(field_text("registration", stationery->registration, REGISTRATION_BYTES_MAX));
	return text_empty(stationery->payment_link) ? OK : payment_link_check(stationery->payment_link);
}
