/* relancectl creditor: the legal entities that invoice. */
#include "common/base/text.h"
#include "ctl/invoicing.h"

static int cmd_creditor_create(struct ctl *ctl, int argc, char **argv);
static int cmd_creditor_set(struct ctl *ctl, int argc, char **argv);
static int cmd_creditor_list(struct ctl *ctl, int argc, char **argv);

#define CREDITOR_OPTIONS                                                                                               \
	"[--legal-name NAME] [--country FR] [--language fr] [--timezone ZONE] [--currency EUR] [--iban IBAN] "         \
	"[--bic BIC] [--vat-id ID] [--email ADDRESS] [--phone N] [--address \"LINE; LINE\"] [--invoice-prefix INV] "   \
	"[--credit-note-prefix CN]"

const struct ctl_command CREDITOR_COMMANDS[] = {
	{ "creditor", "create", "CODE --name NAME " CREDITOR_OPTIONS, "a legal entity that invoices",
	  cmd_creditor_create },
	{ "creditor", "set", "CODE [--name NAME] " CREDITOR_OPTIONS,
	  "changes what is given, and empties what is given as \"\"", cmd_creditor_set },
	{ "creditor", "list", "", "all creditors", cmd_creditor_list },
	{ 0 },
};

const char *or_null(const char *text)
{
	return text_empty(text) ? NULL : text;
}

void texts_overlay(ProtobufCMessage *record, const ProtobufCMessage *given)
{
	for (unsigned i = 0; i < record->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &record->descriptor->fields[i];
		const char *const *from = (const void *)((const char *)given + field->offset);

		if (field->type == PROTOBUF_C_TYPE_STRING && field->label == PROTOBUF_C_LABEL_NONE &&
		    *from != protobuf_c_empty_string)
			*(const char **)(void *)((char *)record + field->offset) = *from;
	}
}

const char *counted(struct ctl *ctl, int64_t count, const char *noun)
{
	return arena_format(ctl->arena, "%lld %s%s", (long long)count, noun, count == 1 ? "" : "s");
}

char *date_text(struct ctl *ctl, struct date date)
{
	char *text = arena_alloc(ctl->arena, DATE_TEXT_BYTES);

	date_format(date, text);
	return text;
}

static struct table *creditor_table(struct ctl *ctl)
{
	static const char *const COLUMNS[] = { "code",     "name",     "country", "language",
					       "timezone", "currency", "iban",    "email" };
	struct table *table = table_new(ctl->arena);

	for (size_t i = 0; i < sizeof COLUMNS / sizeof COLUMNS[0]; i++)
		table_column(table, COLUMNS[i], TABLE_TEXT);
	return table;
}

static void creditor_row(struct table *table, const PB(Creditor) * creditor)
{
	const char *const cells[] = { creditor->code,     creditor->name,     creditor->country, creditor->language,
				      creditor->timezone, creditor->currency, creditor->iban,    creditor->email };

	table_row(table);
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		table_cell_text(table, or_null(cells[i]));
}

char **address_lines(struct ctl *ctl, const char *address, size_t *count)
{
	char **lines = NULL;

	*count = 0;
	for (char *at = arena_copy(ctl->arena, address), *next; at && *at; at = next) {
		next = at;
		while (*next && *next != ';')
			next++;
		next = *next ? (*next = '\0', next + 1) : NULL;
		*ARENA_PUSH(ctl->arena, lines, *count) = text_trim(ctl->arena, at);
	}
	return lines;
}

/* *address is NULL where none is given. */
static struct err creditor_options(struct ctl *ctl, int *argc, char **argv, PB(Creditor) * creditor,
				   const char **address)
{
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--name", (const char **)&creditor->name),
		CTL_OPTION_TEXT("--legal-name", (const char **)&creditor->legal_name),
		CTL_OPTION_TEXT("--country", (const char **)&creditor->country),
		CTL_OPTION_TEXT("--language", (const char **)&creditor->language),
		CTL_OPTION_TEXT("--timezone", (const char **)&creditor->timezone),
		CTL_OPTION_TEXT("--currency", (const char **)&creditor->currency),
		CTL_OPTION_TEXT("--iban", (const char **)&creditor->iban),
		CTL_OPTION_TEXT("--bic", (const char **)&creditor->bic),
		CTL_OPTION_TEXT("--vat-id", (const char **)&creditor->vat_id),
		CTL_OPTION_TEXT("--email", (const char **)&creditor->email),
		CTL_OPTION_TEXT("--phone", (const char **)&creditor->phone),
		CTL_OPTION_TEXT("--address", address),
		CTL_OPTION_TEXT("--invoice-prefix", (const char **)&creditor->invoice_prefix),
		CTL_OPTION_TEXT("--credit-note-prefix", (const char **)&creditor->credit_note_prefix),
	};

	TRY(ctl_options(ctl, options, sizeof options / sizeof options[0], argc, argv, 1, 1));
	creditor->code = argv[0];
	if (*address)
		creditor->address_lines = address_lines(ctl, *address, &creditor->n_address_lines);
	return OK;
}

static int creditor_tell(struct ctl *ctl, const PB(Creditor) * creditor)
{
	struct table *table = creditor_table(ctl);

	table_as_record(table);
	creditor_row(table, creditor);
	return ctl_table(ctl, table);
}

static int cmd_creditor_create(struct ctl *ctl, int argc, char **argv)
{
	PB(CreateCreditorRequest) request;
	PB(CreateCreditorResponse) * reply;
	PB(Creditor) creditor;
	const char *address = NULL;

	PB_INIT(creditor)(&creditor);
	PB_INIT(create_creditor_request)(&request);
	request.creditor = &creditor;
	struct err err = creditor_options(ctl, &argc, argv, &creditor, &address);

	if (err_ok(err) && text_empty(creditor.name))
		err = ctl_usage(ctl, "--name is missing");
	if (err_ok(err))
		err = CALL(ctl, "CreateCreditor", create_creditor, &request, &reply);
	return err_ok(err) ? creditor_tell(ctl, reply->creditor) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ set */

static struct err creditor_find(struct ctl *ctl, const char *code, PB(Creditor) * *creditor)
{
	PB(ListCreditorsRequest) request;
	PB(ListCreditorsResponse) * reply;

	PB_INIT(list_creditors_request)(&request);
	TRY(CALL(ctl, "ListCreditors", list_creditors, &request, &reply));
	for (size_t i = 0; i < reply->n_creditors; i++)
		if (text_equal(reply->creditors[i]->code, code)) {
			*creditor = reply->creditors[i];
			return OK;
		}
	return err_format(ctl->arena, ERR_NOT_FOUND, "creditor.unknown", "creditor", "there is no creditor '%s'", code);
}

static struct err creditor_change(struct ctl *ctl, const PB(Creditor) * given, bool address,
				  PB(ChangeCreditorResponse) * *reply)
{
	PB(ChangeCreditorRequest) request;

	PB_INIT(change_creditor_request)(&request);
	TRY(creditor_find(ctl, given->code, &request.creditor));
	if (text_equal(request.creditor->legal_name, request.creditor->name))
		request.creditor->legal_name = (char *)protobuf_c_empty_string; /* it follows the name */
	texts_overlay(&request.creditor->base, &given->base);
	if (address) {
		request.creditor->address_lines = given->address_lines;
		request.creditor->n_address_lines = given->n_address_lines;
	}
	return CALL(ctl, "ChangeCreditor", change_creditor, &request, reply);
}

static int cmd_creditor_set(struct ctl *ctl, int argc, char **argv)
{
	PB(ChangeCreditorResponse) * reply;
	PB(Creditor) given;
	const char *address = NULL;

	PB_INIT(creditor)(&given);
	struct err err = creditor_options(ctl, &argc, argv, &given, &address);

	if (err_ok(err))
		err = creditor_change(ctl, &given, address != NULL, &reply);
	return err_ok(err) ? creditor_tell(ctl, reply->creditor) : ctl_exit(ctl, err);
}

/* ------------------------------------------------------------------ list */

static int cmd_creditor_list(struct ctl *ctl, int argc, char **argv)
{
	PB(ListCreditorsRequest) request;
	PB(ListCreditorsResponse) * reply;
	struct table *table = creditor_table(ctl);
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 0);

	PB_INIT(list_creditors_request)(&request);
	if (err_ok(err))
		err = CALL(ctl, "ListCreditors", list_creditors, &request, &reply);
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	for (size_t i = 0; i < reply->n_creditors; i++)
		creditor_row(table, reply->creditors[i]);
	return ctl_table(ctl, table);
}
