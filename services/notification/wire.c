#include "notification/wire.h"

#include "common/base/text.h"
#include "notification/wire_parts.h"

const ProtobufCServiceDescriptor *const NOTIFICATION_SERVICE =
	&relance__notification__v1__notification_service__descriptor;

_Static_assert((int)RELANCE__NOTIFICATION__V1__REMINDER_STATE__REMINDER_STATE_CANCELLED == (int)REMINDER_CANCELLED,
	       "one numbering");
_Static_assert((int)RELANCE__NOTIFICATION__V1__CHANNEL__CHANNEL_SMS == (int)CHANNEL_SMS, "one numbering");

struct err wire_page_check(int32_t size, int *page_size)
{
	if (size < 0 || size > PAGE_SIZE_MAX)
		return ERR(ERR_INVALID, "page.size", "page_size", "a page has at most 1000 lines");
	*page_size = size == 0 ? PAGE_SIZE_DEFAULT : size;
	return OK;
}

struct err wire_id_check(const char *text, struct id *id)
{
	return err_ok(id_parse(text, id)) ? OK : ERR(ERR_INVALID, "id.malformed", "id", "an id is a UUID");
}

struct err wire_decode_creditor(const struct rpc_call *call, struct ask *ask)
{
	/* These requests have the one field `creditor`, and no other. */
	const Relance__Notification__V1__QueueStatusRequest *request = (const void *)call->request;

	*ask = (struct ask){ .creditor = request->creditor };
	return OK;
}

struct err wire_decode_retry(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__RetryReminderRequest *request = (const void *)call->request;
	struct ask found = { .creditor = request->creditor };

	TRY(wire_id_check(request->id, &found.id));
	*ask = found;
	return OK;
}

struct err wire_decode_list_reminders(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__ListRemindersRequest *request = (const void *)call->request;
	struct ask found = { .creditor = request->creditor,
			     .customer_number = request->customer_number,
			     .page_token = request->page_token };

	if ((int)request->state < 0 || (int)request->state >= REMINDER_STATE_COUNT)
		return ERR(ERR_INVALID, "reminder.state", "state", "there is no such state");
	found.state = (enum reminder_state)request->state;
	TRY(wire_page_check(request->page_size, &found.page_size));
	*ask = found;
	return OK;
}

struct err wire_decode_preview(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__PreviewDunningRequest *request = (const void *)call->request;

	if (request->days < 0 || request->days > PREVIEW_DAYS_MAX)
		return ERR(ERR_RANGE, "preview.days", "days", "a preview looks 0 to 366 days ahead");
	*ask = (struct ask){ .creditor = request->creditor,
			     .customer_number = request->customer_number,
			     .days = request->days,
			     .flag = request->changes_only,
			     .page_size = PAGE_SIZE_MAX,
			     .page_token = request->page_token };
	return OK;
}

struct err wire_decode_apply_policy(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__ApplyPolicyRequest *request = (const void *)call->request;

	*ask = (struct ask){ .creditor = request->creditor,
			     .text = request->text,
			     .file_name = text_empty(request->file_name) ? "policy" : request->file_name,
			     .flag = request->check_only,
			     .open_cases = request->open_cases };
	return OK;
}

struct err wire_decode_get_policy(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__GetPolicyRequest *request = (const void *)call->request;

	if (request->version < 0)
		return ERR(ERR_INVALID, "policy.unknown_version", "version", "versions count from 1");
	*ask = (struct ask){ .creditor = request->creditor, .version = request->version, .name = request->name };
	return OK;
}

struct err wire_decode_retire_policy(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__RetirePolicyRequest *request = (const void *)call->request;

	*ask = (struct ask){ .creditor = request->creditor, .name = request->name };
	return OK;
}

struct err wire_decode_list_tasks(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__ListTasksRequest *request = (const void *)call->request;
	struct ask found = { .creditor = request->creditor,
			     .flag = request->include_done,
			     .by_risk = request->by_risk,
			     .page_token = request->page_token };

	TRY(wire_page_check(request->page_size, &found.page_size));
	if (request->by_risk && !text_empty(request->page_token))
		return ERR(ERR_INVALID, "page.token", "page_token", "a worklist by risk has one page");
	*ask = found;
	return OK;
}

struct err wire_decode_complete_task(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__CompleteTaskRequest *request = (const void *)call->request;
	struct ask found = { .creditor = request->creditor };

	TRY(wire_id_check(request->id, &found.id));
	*ask = found;
	return OK;
}

struct err wire_decode_preview_template(const struct rpc_call *call, struct ask *ask)
{
	const Relance__Notification__V1__PreviewTemplateRequest *request = (const void *)call->request;

	if (text_empty(request->step) || text_empty(request->customer_number))
		return ERR(ERR_INVALID, "template.incomplete", "step", "name the step and the customer");
	*ask = (struct ask){ .creditor = request->creditor,
			     .customer_number = request->customer_number,
			     .step = request->step,
			     .language = request->language };
	return OK;
}
