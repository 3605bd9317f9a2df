/* relancectl inbound: messages that came back to the sender of reminders. */
#include "notification/domain/inbound.h"
#include "ctl/notification.h"

static int cmd_inbound_receive(struct ctl *ctl, int argc, char **argv);
static int cmd_inbound_reply(struct ctl *ctl, int argc, char **argv);
static int cmd_inbound_bounce(struct ctl *ctl, int argc, char **argv);

const struct ctl_command INBOUND_COMMANDS[] = {
	{ "inbound", "receive", "MESSAGE.eml", "takes in a message; its header says whether it is a reply or a bounce",
	  cmd_inbound_receive },
	{ "inbound", "reply", "MESSAGE.eml", "the debtor has answered: the ladder stops, somebody has a task",
	  cmd_inbound_reply },
	{ "inbound", "bounce", "MESSAGE.eml", "the mail came back: the ladder stops, somebody has a task",
	  cmd_inbound_bounce },
	{ 0 },
};

static const char *kind_text(NB(InboundKind) kind)
{
	static const char *const names[] = { "unspecified", "reply", "bounce", "automatic" };

	return names[(int)kind & 3];
}

static int inbound(struct ctl *ctl, int argc, char **argv, NB(InboundKind) kind)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 1, 1);
	struct table *table = table_new(ctl->arena);
	NB(ReceiveInboundRequest) request;
	NB(ReceiveInboundResponse) * reply;
	char *bytes;
	size_t length = 0;

	NB_INIT(receive_inbound_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.kind = kind;
	if (err_ok(err))
		err = ctl_read_file(ctl, argv[0], INBOUND_BYTES_MAX, &bytes, &length);
	if (err_ok(err)) {
		request.message.data = (uint8_t *)bytes;
		request.message.len = length;
		err = ctl_call(ctl, CTL_NOTIFICATION, "ReceiveInbound", &request.base,
			       NB_TYPE(receive_inbound_response), (ProtobufCMessage **)&reply);
	}
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	table_as_record(table);
	table_column(table, "kind", TABLE_TEXT);
	table_column(table, "customer_number", TABLE_TEXT);
	table_column(table, "step", TABLE_TEXT);
	table_column(table, "task", TABLE_TEXT);
	table_row(table);
	table_cell_text(table, kind_text(reply->kind));
	table_cell_text(table, text_or_null(reply->customer_number));
	table_cell_text(table, text_or_null(reply->step));
	table_cell_text(table, text_or_null(reply->task_id));
	return ctl_table(ctl, table);
}

static int cmd_inbound_receive(struct ctl *ctl, int argc, char **argv)
{
	return inbound(ctl, argc, argv, RELANCE__NOTIFICATION__V1__INBOUND_KIND__INBOUND_KIND_UNSPECIFIED);
}

static int cmd_inbound_reply(struct ctl *ctl, int argc, char **argv)
{
	return inbound(ctl, argc, argv, RELANCE__NOTIFICATION__V1__INBOUND_KIND__INBOUND_KIND_REPLY);
}

static int cmd_inbound_bounce(struct ctl *ctl, int argc, char **argv)
{
	return inbound(ctl, argc, argv, RELANCE__NOTIFICATION__V1__INBOUND_KIND__INBOUND_KIND_BOUNCE);
}
