#include <string.h>
#include <time.h>

#include "common/base/backoff.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/io/random.h"
#include "notification/delivery.h"
#include "notification/templates.h"
#include "notification/worker.h"

#define RECORD_PAUSE_MS 200

static struct metric mails_sent = METRIC_COUNTER_INIT("relance_delivery_attempts_total", "deliveries by outcome",
						      "channel=\"mail\",result=\"sent\"");
static struct metric mails_retried = METRIC_COUNTER_INIT("relance_delivery_attempts_total", "deliveries by outcome",
							 "channel=\"mail\",result=\"again\"");
static struct metric mails_failed = METRIC_COUNTER_INIT("relance_delivery_attempts_total", "deliveries by outcome",
							"channel=\"mail\",result=\"failed\"");
static struct histogram smtp_seconds =
	HISTOGRAM_INIT("relance_smtp_duration_seconds", "time that the mail server took for a message", NULL);

/* ------------------------------------------------------------------ rendering */

static enum language language_of(const struct delivery *delivery)
{
	bool inside = delivery->step->channel == CHANNEL_INTERNAL_MAIL; /* our own people */

	return language_find(inside ? delivery->creditor.letter.language : delivery->customer.letter.language);
}

static struct err compose(struct delivery *delivery, struct mail_bytes *bytes)
{
	struct arena *arena = delivery->bench->arena;
	const struct claim *claim = &delivery->claim;
	bool inside = delivery->step->channel == CHANNEL_INTERNAL_MAIL;
	enum language language = language_of(delivery);
	struct letter letter = { .creditor = &delivery->creditor.letter,
				 .customer = &delivery->customer.letter,
				 .position = &delivery->position,
				 .items = delivery->gate.items,
				 .item_count = delivery->gate.item_count,
				 .amount_minor = delivery->gate.amount_minor,
				 .step = delivery->step,
				 .today = delivery->today };
	struct letter_templates templates;
	struct letter_text text;

	TRY(templates_find(delivery->bench->process->templates, arena, language, delivery->step->template, &templates));
	TRY(letter_render(arena, &letter, language, &templates, &text));

	struct mail mail = { .from_name = delivery->creditor.letter.name,
			     .from = delivery_sender(delivery),
			     .reply_to = mail_address_valid(delivery->creditor.letter.email)
						 ? delivery->creditor.letter.email
						 : NULL,
			     .to_name = inside ? NULL : delivery->customer.letter.name,
			     .to = claim->reminder.recipient,
			     .subject = text.subject,
			     .text = text.text,
			     .html = text.html,
			     .language = language_code(language),
			     .message_id = claim->reminder.message_id,
			     .in_reply_to = inside ? NULL : claim->in_reply_to,
			     .references = inside ? NULL : claim->thread,
			     .date = delivery->creditor.now };

	*bytes = mail_compose(arena, &mail);
	return OK;
}

/* ------------------------------------------------------------------ limits */

/* `per_minute` mails, of which a minute's worth may leave at once. */
static struct queue_rate rate_of(const char *subject, int64_t per_minute)
{
	return (struct queue_rate){ subject, 60 * US_PER_SECOND / per_minute, per_minute };
}

static struct err limits_allow(struct delivery *delivery, int64_t *wait_ms)
{
	struct arena *arena = delivery->bench->arena;
	const char *to = delivery->claim.reminder.recipient;
	const struct queue_rate rates[] = {
		rate_of("provider", delivery->bench->process->mails_per_minute),
		rate_of(arena_format(arena, "creditor:%s", delivery->entry.creditor), RATE_CREDITOR),
		rate_of(arena_format(arena, "domain:%s", mail_domain(to)), RATE_DOMAIN),
		rate_of(arena_format(arena, "recipient:%s", to), RATE_RECIPIENT),
	};

	return queue_allow(delivery->bench->cache, arena, rates, sizeof rates / sizeof *rates, wait_ms);
}

/* ------------------------------------------------------------------ delivery */

/* Keeps the lease while the mail server is silent; false once it is lost. */
static bool keep_lease(void *with)
{
	struct delivery *delivery = with;
	struct bench *bench = delivery->bench;
	int64_t now_us = clock_monotonic_us();
	bool held = false;

	if (now_us - delivery->last_beat_us < HEARTBEAT_MS * 1000)
		return true;
	delivery->last_beat_us = now_us;

	DB_TX_SCOPE tx = db_begin(bench->db, bench->arena, DB_WRITE);
	struct err err = claim_heartbeat(&tx, delivery->entry.creditor, &delivery->claim, &held);

	if (err_ok(err))
		err = db_commit(&tx);
	return err_ok(err) && held;
}

static int64_t system_ms(void)
{
	return clock_system().us / 1000;
}

static struct outcome put_back(int64_t wait_ms, const char *reason, bool uncounted)
{
	return (struct outcome){ .event = REMINDER_PUT_BACK,
				 .reason = reason,
				 .not_before_ms = system_ms() + wait_ms,
				 .uncounted = uncounted };
}

static struct outcome judge(struct delivery *delivery, const struct smtp_answer *answer)
{
	struct arena *arena = delivery->bench->arena;
	int attempt = delivery->claim.reminder.attempt;
	const char *reason = arena_copy(arena, answer->reason);

	switch (answer->verdict) {
	case SMTP_ACCEPTED:
		metric_add(&mails_sent, 1);
		return (struct outcome){ .event = REMINDER_DELIVERED };
	case SMTP_REFUSED:
		metric_add(&mails_failed, 1);
		return (struct outcome){ .event = REMINDER_REFUSED, .reason = reason };
	case SMTP_LATER:
		metric_add(&mails_retried, 1);
		if (attempt >= ATTEMPTS_MAX)
			return (struct outcome){ .event = REMINDER_GIVEN_UP, .reason = reason };
		return put_back(backoff_ms(attempt - 1, WORKER_BACKOFF_BASE_MS, WORKER_BACKOFF_MAX_MS, random_u32()),
				reason, false);
	case SMTP_AWAY:
	case SMTP_STOPPED:
		break;
	}
	metric_add(&mails_retried, 1);
	log_warn("mail server away", LOG_TEXT("error", answer->detail));
	return put_back(backoff_ms(3, WORKER_BACKOFF_BASE_MS, WORKER_AWAY_MAX_MS, random_u32()), reason, true);
}

static void pause_ms(int64_t ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/* What the mail server has taken must be known before the lease is over: the database is asked until then. */
static struct err record(struct delivery *delivery, const struct outcome *outcome)
{
	int64_t until_us = clock_monotonic_us() + LEASE_MS * 1000;
	struct err err = delivery_record(delivery, outcome);

	while ((err.code == ERR_UNAVAILABLE || err.code == ERR_ABORTED) && clock_monotonic_us() < until_us) {
		pause_ms(RECORD_PAUSE_MS);
		err = db_ensure(delivery->bench->db);
		if (err_ok(err))
			err = delivery_record(delivery, outcome);
	}
	return err;
}

static struct err finish(struct delivery *delivery, const struct outcome *outcome, enum delivery_next *next)
{
	bool again = outcome->event == REMINDER_PUT_BACK;

	delivery->entry.due_ms = outcome->not_before_ms;
	*next = again ? DELIVERY_PUT_BACK : DELIVERY_DONE;
	TRY(record(delivery, outcome));
	if (outcome->event == REMINDER_GIVEN_UP)
		return queue_bury(delivery->bench->cache, delivery->bench->arena, &delivery->entry);
	return OK;
}

struct err delivery_mail(struct delivery *delivery, enum delivery_next *next)
{
	struct bench *bench = delivery->bench;
	struct smtp_heartbeat heartbeat = { keep_lease, delivery };
	struct mail_bytes mail;
	struct outcome outcome;
	int64_t wait_ms;
	struct err err = compose(delivery, &mail);

	if (!err_ok(err)) {
		log_error("a reminder could not be worded", LOG_TEXT("step", delivery->step->name),
			  LOG_TEXT("at", err.field), LOG_ERR(err));
		outcome = (struct outcome){ .event = REMINDER_GIVEN_UP, .reason = err.reason };
		return finish(delivery, &outcome, next);
	}
	TRY(limits_allow(delivery, &wait_ms));
	if (wait_ms > 0) {
		outcome = put_back(wait_ms, "rate_limited", true);
		return finish(delivery, &outcome, next);
	}
	delivery->last_beat_us = clock_monotonic_us();

	struct smtp_answer answer = smtp_send(bench->smtp, delivery_sender(delivery),
					      delivery->claim.reminder.recipient, &mail, &heartbeat);

	histogram_observe_us(&smtp_seconds, clock_monotonic_us() - delivery->last_beat_us);
	outcome = judge(delivery, &answer);
	return finish(delivery, &outcome, next);
}
