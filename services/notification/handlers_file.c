#include <string.h>

#include "common/io/clock.h"
#include "notification/channels/paper.h"
#include "notification/handlers.h"
#include "notification/policies.h"
#include "notification/store_file.h"
#include "notification/store_pause.h"
#include "notification/store_report.h"
#include "notification/templates.h"
#include "notification/wire.h"

/* The file of a customer, for an agency or a court. */

#define FILE_LINES_MAX 1000 /* reminders, agreements: a customer who is sued has a few dozen */

static struct err read_positions(struct rpc_call *call, const struct creditor *creditor,
				 const struct customer *customer, const struct policy_set *policies,
				 struct claim_file *file)
{
	struct currency *currencies;
	size_t count;

	TRY(customer_currencies(call->tx, creditor->letter.code, customer->id, &currencies, &count));
	file->positions = arena_array(call->arena, count + 1, sizeof *file->positions);
	for (size_t i = 0; i < count; i++) {
		struct position *position = arena_alloc(call->arena, sizeof *position);
		struct claim_invoice *invoices;

		TRY(position_load(call->tx,
				  &(struct position_ask){ .creditor = creditor,
							  .policies = policies,
							  .customer = customer->id,
							  .currency = currencies[i] },
				  position));
		invoices = arena_array(call->arena, position->count + 1, sizeof *invoices);
		TRY(claim_position_make(position, customer->letter.consumer, file->on,
					&file->positions[file->position_count++], invoices));
		for (size_t k = 0; k < position->count; k++)
			*ARENA_PUSH(call->arena, file->invoices, file->invoice_count) = invoices[k];
	}
	return claim_proofs_load(call->tx, creditor, file);
}

static struct err read_lists(struct rpc_call *call, const struct creditor *creditor, const char *customer_number,
			     struct claim_file *file)
{
	struct list_ask reminders = { .creditor = creditor->letter.code,
				      .customer_number = customer_number,
				      .limit = FILE_LINES_MAX };
	struct agreement_list_ask agreements = { .customer_number = customer_number,
						 .ended_too = true,
						 .limit = FILE_LINES_MAX };

	TRY(reminders_list(call->tx, &reminders, &file->reminders, &file->reminder_count));
	return agreements_list(call->tx, creditor, &agreements, &file->agreements, &file->agreement_count);
}

struct err get_dunning_file(struct rpc_call *call)
{
	struct creditor creditor;
	struct customer customer;
	struct policy_set policies;
	struct claim_file file = { 0 };
	struct pause_ask ask;

	TRY(wire_decode_file(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(customer_find(call->tx, creditor.letter.code, ask.customer_number, &customer));
	TRY(policies_in_force(call->tx, call->process, creditor.letter.code, &policies));
	file.creditor = &creditor.letter;
	file.customer = &customer.letter;
	file.on = date_known(ask.until) ? ask.until : creditor.today;
	TRY(read_positions(call, &creditor, &customer, &policies, &file));
	TRY(read_lists(call, &creditor, ask.customer_number, &file));
	wire_encode_file(call, &file);
	return OK;
}

/* ------------------------------------------------------------------ copies */

static struct err reminder_of(struct rpc_call *call, const struct creditor *creditor, struct id id,
			      struct reminder_view *reminder)
{
	struct list_ask ask = { .creditor = creditor->letter.code, .id = id, .limit = 1 };
	struct reminder_view *found;
	size_t count;

	TRY(reminders_list(call->tx, &ask, &found, &count));
	if (count == 0)
		return ERR(ERR_NOT_FOUND, "reminder.unknown", "id", "there is no such reminder");
	if (found[0].state != REMINDER_SENT || (found[0].channel != CHANNEL_MAIL && found[0].channel != CHANNEL_LETTER))
		return ERR(ERR_CONFLICT, "reminder.not_written", "id", "it did not reach the customer in writing");
	*reminder = found[0];
	return OK;
}

/* On paper where the customer has an address, else as the text of the mail. */
static struct err set_copy(struct rpc_call *call, const struct letter *letter, struct date sent_on, struct copy *copy)
{
	const struct notification *process = call->process;
	enum language language = language_find(letter->customer->language);
	struct letter_templates templates;
	struct letter_text text;
	struct document_made made;

	TRY(templates_find(process->templates, call->arena, language, letter->step->template, &templates));
	if (letter->customer->address_count == 0) {
		TRY(letter_render(call->arena, letter, language, &templates, &text));
		*copy = (struct copy){ "text/plain", text.text, strlen(text.text) };
		return OK;
	}
	TRY(letter_render_paper(call->arena, letter, language, &templates, &text));
	TRY(paper_make(call->arena,
		       &(struct paper){ .letter = letter,
					.text = &text,
					.language = language,
					.registered = letter->step->letter,
					.made_at = instant_from_date(sent_on) },
		       &made));
	*copy = (struct copy){ "application/pdf", made.pdf.data, made.pdf.length };
	return OK;
}

struct err get_reminder_copy(struct rpc_call *call)
{
	struct creditor creditor;
	struct customer customer;
	struct reminder_view reminder;
	struct policy_version policy;
	struct position position = { 0 };
	struct letter letter = { 0 };
	struct copy copy;
	struct ask ask;
	int minute;

	TRY(wire_decode_copy(call, &ask));
	TRY(creditor_find(call->tx, ask.creditor, &creditor));
	TRY(reminder_of(call, &creditor, ask.id, &reminder));
	TRY(customer_get(call->tx, creditor.letter.code, reminder.customer, &customer));
	TRY(policies_find(call->tx, call->process, creditor.letter.code, reminder.policy_version, &policy));
	TRY(currency_parse(reminder.currency, &position.currency));
	TRY(listed_position(call->tx, &creditor, &reminder, &position));
	TRY(clock_local(call->tx, reminder.done_at, customer.timezone, &letter.today, &minute));

	size_t *items = arena_array(call->arena, position.count + 1, sizeof *items);

	for (size_t i = 0; i < position.count; i++)
		items[i] = i;
	letter.creditor = &creditor.letter;
	letter.customer = &customer.letter;
	letter.position = &position;
	letter.items = items;
	letter.item_count = position.count;
	letter.amount_minor = reminder.amount_minor;
	letter.step = policy_planned_step(call->arena, &policy.policy, reminder.step, reminder.channel);
	TRY(set_copy(call, &letter, letter.today, &copy));
	wire_encode_copy(call, &copy);
	return OK;
}
