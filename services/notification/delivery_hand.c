#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/backoff.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/io/random.h"
#include "notification/channels/paper.h"
#include "notification/channels/spool.h"
#include "notification/channels/webhook.h"
#include "notification/delivery.h"
#include "notification/templates.h"
#include "notification/worker.h"

/* Letters into the spool, and the words of text messages. A repeat after a crash writes the same file, and has the same
 * webhook-id. */

#define ATTEMPT_METRIC(labels) METRIC_COUNTER_INIT("relance_delivery_attempts_total", "deliveries by outcome", labels)

static struct metric texts_sent = ATTEMPT_METRIC("channel=\"sms\",result=\"sent\"");
static struct metric texts_retried = ATTEMPT_METRIC("channel=\"sms\",result=\"again\"");
static struct metric texts_failed = ATTEMPT_METRIC("channel=\"sms\",result=\"failed\"");
static struct metric letters_spooled = ATTEMPT_METRIC("channel=\"letter\",result=\"sent\"");

#define MS_US INT64_C(1000)

/* ------------------------------------------------------------------ outcomes */

struct outcome outcome_put_back(int64_t wait_ms, const char *reason, bool uncounted)
{
	return (struct outcome){ .event = REMINDER_PUT_BACK,
				 .reason = reason,
				 .not_before_ms = wait_ms > 0 ? clock_system().us / MS_US + wait_ms : 0,
				 .uncounted = uncounted };
}

struct outcome outcome_away(const char *reason)
{
	return outcome_put_back(backoff_ms(3, WORKER_BACKOFF_BASE_MS, WORKER_AWAY_MAX_MS, random_u32()), reason, true);
}

/* What cannot be read or written now may be later; what cannot be worded never will. */
struct outcome delivery_failed(const struct delivery *delivery, struct err err)
{
	if (err.code == ERR_UNAVAILABLE || err.code == ERR_ABORTED || err.code == ERR_DEADLINE ||
	    err.code == ERR_EXHAUSTED) {
		log_warn("a message could not be made now", LOG_TEXT("at", err.field), LOG_ERR(err));
		return outcome_away(err.reason);
	}
	if (err.code == ERR_CONFLICT)
		return (struct outcome){ .event = REMINDER_REFUSED, .reason = err.reason };
	log_error("a reminder could not be worded", LOG_TEXT("step", delivery->step->name), LOG_TEXT("at", err.field),
		  LOG_ERR(err));
	return (struct outcome){ .event = REMINDER_GIVEN_UP, .reason = err.reason };
}

/* ------------------------------------------------------------------ what is said */

enum language delivery_language(const struct delivery *delivery)
{
	bool inside = delivery->step->channel == CHANNEL_INTERNAL_MAIL; /* our own people */

	return language_find(inside ? delivery->batch->creditor.letter.language : delivery->customer.letter.language);
}

struct letter delivery_letter(const struct delivery *delivery)
{
	return (struct letter){ .creditor = &delivery->batch->creditor.letter,
				.customer = &delivery->customer.letter,
				.position = &delivery->position,
				.items = delivery->gate.items,
				.item_count = delivery->gate.item_count,
				.amount_minor = delivery->gate.amount_minor,
				.step = delivery->step,
				.today = delivery->today,
				.attached = delivery->document_count,
				.statement = delivery->statement.length > 0 };
}

static struct err templates_of(const struct delivery *delivery, const char *name, struct letter_templates *templates)
{
	const struct bench *bench = delivery->batch->bench;

	return templates_find(bench->process->templates, delivery->message, delivery_language(delivery), name,
			      templates);
}

/* ------------------------------------------------------------------ letters */

static struct err print(const struct delivery *delivery, const struct letter *letter, struct paper paper,
			struct document_made *made)
{
	struct arena *arena = delivery->message;
	struct letter_templates templates;
	struct letter_text text;

	paper.letter = letter;
	paper.text = &text;
	paper.language = delivery_language(delivery);
	paper.made_at = instant_from_date(delivery->today);
	TRY(templates_of(delivery, letter->step->template, &templates));
	TRY(letter_render_paper(arena, letter, paper.language, &templates, &text));
	return paper_make(arena, &paper, made);
}

static struct err print_letter(const struct delivery *delivery, bool registered, struct document_made *made)
{
	struct letter letter = delivery_letter(delivery);

	return print(delivery, &letter, (struct paper){ .registered = registered }, made);
}

struct err delivery_statement(struct delivery *delivery)
{
	struct policy_step step = *delivery->step;
	struct letter letter = delivery_letter(delivery);
	struct document_made made;

	if (!step.statement || delivery->letter.pdf.length > 0 || delivery->document_count == delivery->gate.item_count)
		return OK;
	step.template = "statement";
	step.charges = false; /* the books hold none */
	letter.step = &step;
	TRY(print(delivery, &letter, (struct paper){ .mailed = true }, &made));
	delivery->statement = made.pdf;
	return OK;
}

static struct err post(const struct delivery *delivery, bool registered, const struct document_made *made)
{
	struct arena *arena = delivery->message;
	const char *folder = delivery->batch->bench->process->letters_folder;
	struct letter letter = delivery_letter(delivery);
	struct paper_address address = paper_address(arena, &letter);

	TRY(spool_put(arena, folder,
		      &(struct spool_letter){ .creditor = letter.creditor->code,
					      .reminder = delivery->claim.reminder.id,
					      .address = address.lines,
					      .address_count = address.count,
					      .country = letter.customer->country,
					      .reference = letter.customer->number,
					      .registered = registered,
					      .pages = made->pages,
					      .pdf = made->pdf }));
	metric_add(&letters_spooled, 1);
	return OK;
}

struct err delivery_letter_beside(struct delivery *delivery)
{
	struct err err = print_letter(delivery, true, &delivery->letter);

	if (err_ok(err) || err.code == ERR_UNAVAILABLE || err.code == ERR_EXHAUSTED)
		return err;
	log_warn("no letter beside the mail", LOG_TEXT("customer", delivery->claim.reminder.customer_number),
		 LOG_ERR(err));
	return OK;
}

void delivery_letter_post(const struct delivery *delivery)
{
	struct err err;

	if (delivery->letter.pdf.length == 0 || text_empty(delivery->batch->bench->process->letters_folder))
		return;
	err = post(delivery, true, &delivery->letter);
	if (!err_ok(err))
		log_error("the letter beside the mail is not in the spool",
			  LOG_TEXT("customer", delivery->claim.reminder.customer_number), LOG_ERR(err));
}

/* ------------------------------------------------------------------ text messages */

static struct err body_of(const struct delivery *delivery, const char **body)
{
	struct arena *arena = delivery->message;
	const struct reminder_view *reminder = &delivery->claim.reminder;
	struct letter letter = delivery_letter(delivery);
	struct letter_templates templates;
	char amount[MONEY_TEXT_BYTES];
	char *text;

	TRY(templates_of(delivery, delivery->step->template, &templates));
	TRY(letter_render_short(arena, &letter, delivery_language(delivery), &templates, &text));
	money_format(letter.amount_minor, letter.position->currency, amount);

	json_t *object = json_pack("{ss ss ss ss ss ss ss}", "kind", "sms", "to", reminder->recipient, "text", text,
				   "creditor", letter.creditor->code, "customer", letter.customer->number, "amount",
				   amount, "currency", letter.position->currency.code);

	CHECK(object != NULL);

	char *made = json_dumps(object, JSON_COMPACT);

	*body = arena_copy(arena, made);
	free(made);
	json_decref(object);
	if (strlen(*body) > WEBHOOK_BODY_BYTES_MAX)
		return ERR(ERR_INVALID, "webhook.too_large", NULL, "the message is larger than 20,000 bytes");
	return OK;
}

struct outcome delivery_message_judge(const struct delivery *delivery, const struct webhook_answer *answer)
{
	int attempt = delivery->claim.reminder.attempt;
	const char *reason = arena_copy(delivery->batch->bench->arena, answer->reason);
	int64_t wait_ms = backoff_ms(attempt - 1, WORKER_BACKOFF_BASE_MS, WORKER_BACKOFF_MAX_MS, random_u32());

	switch (answer->verdict) {
	case WEBHOOK_ACCEPTED:
		metric_add(&texts_sent, 1);
		return (struct outcome){ .event = REMINDER_DELIVERED };
	case WEBHOOK_REFUSED:
		metric_add(&texts_failed, 1);
		return (struct outcome){ .event = REMINDER_REFUSED, .reason = reason };
	case WEBHOOK_LATER:
		metric_add(&texts_retried, 1);
		if (attempt >= ATTEMPTS_MAX)
			return (struct outcome){ .event = REMINDER_GIVEN_UP, .reason = reason };
		return outcome_put_back(answer->retry_after_ms > wait_ms ? answer->retry_after_ms : wait_ms, reason,
					false);
	case WEBHOOK_AWAY:
		break;
	}
	metric_add(&texts_retried, 1);
	log_warn("provider away", LOG_TEXT("reason", reason));
	return outcome_away(reason);
}

struct err delivery_message(const struct delivery *delivery, struct webhook_message *message)
{
	struct arena *arena = delivery->message;
	const char *body;

	if (!delivery->batch->bench->webhook)
		return ERR(ERR_CONFLICT, "webhook.no_provider", NULL, "RELANCE_WEBHOOK names no provider");
	TRY(body_of(delivery, &body));
	*message = (struct webhook_message){ .id = id_format(delivery->claim.reminder.id,
							     arena_alloc(arena, ID_TEXT_BYTES)),
					     .timestamp_s = clock_system().us / US_PER_SECOND,
					     .body = body,
					     .length = strlen(body) };
	return OK;
}

struct outcome delivery_letter_out(struct delivery *delivery)
{
	struct document_made made;
	struct err err = ERR(ERR_CONFLICT, "letters.no_folder", NULL, "RELANCE_LETTERS names no folder");

	if (!text_empty(delivery->batch->bench->process->letters_folder))
		err = print_letter(delivery, delivery->step->letter, &made);
	if (err_ok(err))
		err = post(delivery, delivery->step->letter, &made);
	return err_ok(err) ? (struct outcome){ .event = REMINDER_DELIVERED } : delivery_failed(delivery, err);
}
