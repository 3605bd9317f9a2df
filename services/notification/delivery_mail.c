#include <string.h>
#include <time.h>

#include "common/base/backoff.h"
#include "common/base/check.h"
#include "common/base/text.h"
#include "common/io/clock.h"
#include "common/io/log.h"
#include "common/io/metrics.h"
#include "common/io/random.h"
#include "notification/attachments.h"
#include "notification/delivery.h"
#include "notification/templates.h"
#include "notification/worker.h"

#define RECORD_PAUSE_MS 200
#define TURN_MS 5                /* between mails and text messages */
#define RECORD_PATIENCE_MS 60000 /* how long the database is asked to record; none can claim meanwhile but by it */
#define MS_US INT64_C(1000)

static struct metric mails_sent = METRIC_COUNTER_INIT("relance_delivery_attempts_total", "deliveries by outcome",
						      "channel=\"mail\",result=\"sent\"");
static struct metric mails_retried = METRIC_COUNTER_INIT("relance_delivery_attempts_total", "deliveries by outcome",
							 "channel=\"mail\",result=\"again\"");
static struct metric mails_failed = METRIC_COUNTER_INIT("relance_delivery_attempts_total", "deliveries by outcome",
							"channel=\"mail\",result=\"failed\"");
static struct histogram smtp_seconds =
	HISTOGRAM_INIT("relance_smtp_duration_seconds", "time that the mail server took for a message", NULL);

/* The mails of a batch on their way. */
struct mailing {
	struct batch *batch;
	struct delivery **mails;    /* all that the batch has to send */
	size_t count, next;         /* next: the first that is not begun */
	int under_way, posting;     /* mails, text messages */
	struct delivery **answered; /* decided, not yet recorded */
	size_t answered_count;
	int64_t answered_us;          /* since when */
	int64_t beat_us;              /* of the last heartbeat that was tried */
	bool smtp_away, webhook_away; /* the rest of its messages waits */
};

/* ------------------------------------------------------------------ rendering */

static struct err compose(struct delivery *delivery, struct mail_bytes *bytes)
{
	const struct batch *batch = delivery->batch;
	const struct letter_creditor *creditor = &batch->creditor.letter;
	struct arena *arena = delivery->message;
	const struct claim *claim = &delivery->claim;
	bool inside = delivery->step->channel == CHANNEL_INTERNAL_MAIL;
	enum language language = delivery_language(delivery);
	struct letter letter = delivery_letter(delivery);
	struct letter_templates templates;
	struct letter_text text;
	struct mail_attachment *attachments = NULL;
	size_t attachment_count;

	TRY(attachments_read(delivery, &attachments, &attachment_count));
	TRY(templates_find(batch->bench->process->templates, arena, language, delivery->step->template, &templates));
	TRY(letter_render(arena, &letter, language, &templates, &text));

	struct mail mail = { .from_name = creditor->name,
			     .from = batch_sender(batch),
			     .reply_to = mail_address_valid(creditor->email) ? creditor->email : NULL,
			     .to_name = inside ? NULL : delivery->customer.letter.name,
			     .to = claim->reminder.recipient,
			     .subject = text.subject,
			     .text = text.text,
			     .html = text.html,
			     .language = language_code(language),
			     .message_id = claim->reminder.message_id,
			     .in_reply_to = inside ? NULL : claim->in_reply_to,
			     .references = inside ? NULL : claim->thread,
			     .date = batch->creditor.now,
			     .attachments = attachments,
			     .attachment_count = attachment_count };

	*bytes = mail_compose(arena, &mail);
	return OK;
}

/* ------------------------------------------------------------------ outcomes */

/* What a server says may be anything: a line of text is kept. */
static const char *said(struct arena *arena, const char *reply)
{
	char *words = arena_copy(arena, text_utf8_valid(reply, strlen(reply)) ? reply : "");

	words[strcspn(words, "\r\n")] = '\0';
	for (char *c = words; *c; c++)
		*c = (unsigned char)*c < ' ' || *c == 127 ? ' ' : *c;
	return words;
}

static struct outcome judge(struct delivery *delivery, const struct smtp_answer *answer)
{
	int attempt = delivery->claim.reminder.attempt;
	struct arena *arena = delivery->batch->bench->arena;
	const char *reason = arena_copy(arena, answer->reason), *words = said(arena, answer->detail);

	switch (answer->verdict) {
	case SMTP_ACCEPTED:
		metric_add(&mails_sent, 1);
		return (struct outcome){ .event = REMINDER_DELIVERED };
	case SMTP_REFUSED:
		metric_add(&mails_failed, 1);
		return (struct outcome){ .event = REMINDER_REFUSED, .reason = reason, .said = words };
	case SMTP_LATER:
		metric_add(&mails_retried, 1);
		if (attempt >= ATTEMPTS_MAX)
			return (struct outcome){ .event = REMINDER_GIVEN_UP, .reason = reason, .said = words };
		return outcome_put_back(
			backoff_ms(attempt - 1, WORKER_BACKOFF_BASE_MS, WORKER_BACKOFF_MAX_MS, random_u32()), reason,
			false);
	case SMTP_AWAY:
	case SMTP_STOPPED:
		break;
	}
	metric_add(&mails_retried, 1);
	return outcome_away(reason);
}

/* With its answer a message is forgotten: a batch takes the memory of those that are on the wire, SMTP_CONNECTIONS and
 * WEBHOOK_CONNECTIONS at most, not of all that it has to send. */
static void answered(struct mailing *mailing, struct delivery *delivery, struct outcome outcome)
{
	arena_destroy(&delivery->message);
	delivery->outcome = outcome;
	delivery->outcome.today = delivery->today;
	delivery->decided = true;
	delivery->next = outcome.event == REMINDER_PUT_BACK ? DELIVERY_PUT_BACK : DELIVERY_DONE;
	delivery->entry.due_ms = outcome.not_before_ms;
	if (mailing->answered_count == 0)
		mailing->answered_us = clock_monotonic_us();
	mailing->answered[mailing->answered_count++] = delivery;
}

static struct err record_once(struct mailing *mailing)
{
	struct batch *batch = mailing->batch;
	DB_TX_SCOPE tx = db_begin(batch->bench->db, batch->bench->arena, DB_WRITE);

	TRY(batch_record(batch, &tx, mailing->answered, mailing->answered_count));
	return db_commit(&tx);
}

static void pause_a_little(void)
{
	static const struct timespec pause = { .tv_nsec = RECORD_PAUSE_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* What the mail server has taken must be known: the database is asked until it can hear it. */
static struct err record(struct mailing *mailing)
{
	struct bench *bench = mailing->batch->bench;
	int64_t began_us = clock_monotonic_us();
	struct err err = record_once(mailing);

	while (err.code == ERR_UNAVAILABLE || err.code == ERR_ABORTED) {
		int64_t patience_ms = atomic_load(bench->stopping) ? LEASE_MS : RECORD_PATIENCE_MS;

		if (clock_monotonic_us() - began_us > patience_ms * MS_US)
			break;
		pause_a_little();
		err = db_ensure(bench->db);
		if (err_ok(err))
			err = record_once(mailing);
	}
	TRY(err);
	mailing->answered_count = 0;
	return OK;
}

/* ------------------------------------------------------------------ limits */

/* Keeps those of the mails that all limits allow; the others come again when theirs does. */
static struct err apply_limits(struct mailing *mailing)
{
	int64_t *waits_ms = arena_array(mailing->batch->bench->arena, mailing->count + 1, sizeof *waits_ms);
	size_t allowed = 0;

	TRY(deliveries_limit(mailing->mails, mailing->count, waits_ms));
	for (size_t i = 0; i < mailing->count; i++) {
		if (waits_ms[i] > 0)
			answered(mailing, mailing->mails[i], outcome_put_back(waits_ms[i], "rate_limited", true));
		else
			mailing->mails[allowed++] = mailing->mails[i];
	}
	mailing->count = allowed;
	return OK;
}

/* ------------------------------------------------------------------ leases */

static bool lease_safe(const struct batch *batch)
{
	return clock_monotonic_us() - batch->held_us < (LEASE_MS - HEARTBEAT_MS) * MS_US;
}

/* The process may have slept since the mail was begun: nothing leaves under a lease that may be over. */
static bool may_send(void *with)
{
	const struct delivery *delivery = with;

	return lease_safe(delivery->batch);
}

static void drop_lost(struct mailing *mailing, const bool *held, size_t under_way)
{
	size_t kept = mailing->next;

	for (size_t i = mailing->next; i < mailing->count; i++) {
		if (held[under_way + i - mailing->next])
			mailing->mails[kept++] = mailing->mails[i];
		else
			mailing->mails[i]->next = DELIVERY_DONE; /* another worker's now */
	}
	mailing->count = kept;
}

/* Keeps the leases of what is not yet answered; what was lost and is not begun, is not begun. */
static struct err beat(struct mailing *mailing)
{
	struct batch *batch = mailing->batch;
	struct arena *arena = batch->bench->arena;
	const struct claim **claims = arena_array(arena, mailing->count + 1, sizeof(struct claim *));
	bool *held = arena_array(arena, mailing->count + 1, sizeof *held);
	int64_t now_us = clock_monotonic_us();
	size_t count = 0, under_way;
	DB_TX_SCOPE tx = db_begin(batch->bench->db, arena, DB_WRITE);

	mailing->beat_us = now_us;
	for (size_t i = 0; i < mailing->next; i++) {
		if (!mailing->mails[i]->decided)
			claims[count++] = &mailing->mails[i]->claim;
	}
	under_way = count;
	for (size_t i = mailing->next; i < mailing->count; i++)
		claims[count++] = &mailing->mails[i]->claim;
	TRY(claims_heartbeat(&tx, batch->creditor.letter.code, claims, count, held));
	TRY(db_commit(&tx));
	drop_lost(mailing, held, under_way);
	batch->held_us = now_us;
	return OK;
}

/* A heartbeat that fails leaves the leases to run out, unless a later one succeeds. */
static void beat_when_due(struct mailing *mailing)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - mailing->batch->held_us < HEARTBEAT_MS * MS_US ||
	    now_us - mailing->beat_us < RECORD_PAUSE_MS * MS_US)
		return;
	if (!err_ok(beat(mailing)))
		(void)db_ensure(mailing->batch->bench->db).code;
}

/* The envelope's sender names the reminder, so that a failure tells which one it was (VERP). */
static const char *return_path(const struct delivery *delivery)
{
	const char *path = delivery->batch->bench->process->return_path;
	char id[ID_TEXT_BYTES];

	if (text_empty(path))
		return batch_sender(delivery->batch);
	return arena_format(delivery->message, "%.*s+%s@%s", (int)strcspn(path, "@"), path,
			    id_format(delivery->claim.reminder.id, id), mail_domain(path));
}

/* ------------------------------------------------------------------ the mailing */

static bool texts(const struct delivery *delivery)
{
	return delivery->step->channel == CHANNEL_SMS;
}

static void start_text(struct mailing *mailing, struct delivery *delivery)
{
	const struct bench *bench = mailing->batch->bench;
	struct webhook_message message;
	struct err err = delivery_message(delivery, &message);

	if (!err_ok(err)) {
		answered(mailing, delivery, delivery_failed(delivery, err));
		return;
	}
	webhook_start(bench->webhook, delivery->message, &message, delivery);
	mailing->posting++;
}

static void start_mail(struct mailing *mailing, struct delivery *delivery)
{
	struct mail_bytes bytes;
	struct err err = delivery->step->letter ? delivery_letter_beside(delivery) : OK;

	if (err_ok(err) && delivery->step->channel == CHANNEL_MAIL)
		err = delivery_statement(delivery);
	if (err_ok(err))
		err = compose(delivery, &bytes);
	if (!err_ok(err)) {
		answered(mailing, delivery, delivery_failed(delivery, err));
		return;
	}
	delivery->started_us = clock_monotonic_us();
	smtp_start(mailing->batch->bench->smtp, &(struct smtp_mail){ .from = return_path(delivery),
								     .to = delivery->claim.reminder.recipient,
								     .mail = bytes,
								     .may_send = may_send,
								     .with = delivery });
	mailing->under_way++;
}

static void start(struct mailing *mailing, struct delivery *delivery)
{
	delivery->message = arena_new(0);
	if (delivery->step->channel == CHANNEL_LETTER)
		answered(mailing, delivery, delivery_letter_out(delivery));
	else if (texts(delivery))
		start_text(mailing, delivery);
	else
		start_mail(mailing, delivery);
}

static bool has_room(const struct mailing *mailing, const struct delivery *delivery)
{
	const struct bench *bench = mailing->batch->bench;

	return texts(delivery) ? !bench->webhook || webhook_free(bench->webhook) : smtp_free(bench->smtp);
}

/* Why a message need not be begun: a server that is away would only refuse it. NULL: it may. */
static const char *away(const struct mailing *mailing, const struct delivery *delivery)
{
	if (texts(delivery))
		return mailing->webhook_away ? "webhook.unreachable" : NULL;
	return mailing->smtp_away && delivery->step->channel != CHANNEL_LETTER ? "smtp.unreachable" : NULL;
}

/* Begins what can be begun; what a stopping worker has not begun goes back at once. */
static void start_more(struct mailing *mailing)
{
	bool stop = atomic_load(mailing->batch->bench->stopping);

	for (; mailing->next < mailing->count; mailing->next++) {
		struct delivery *delivery = mailing->mails[mailing->next];
		const char *reason = away(mailing, delivery);

		if (stop)
			answered(mailing, delivery, outcome_put_back(0, NULL, true));
		else if (reason)
			answered(mailing, delivery, outcome_away(reason));
		else if (has_room(mailing, delivery) && lease_safe(mailing->batch))
			start(mailing, delivery);
		else
			return;
	}
}

static void take_mails(struct mailing *mailing, int timeout_ms)
{
	struct smtp_answer answer;
	void *with;

	while (mailing->under_way > 0 && smtp_next(mailing->batch->bench->smtp, timeout_ms, &answer, &with)) {
		struct delivery *delivery = with;

		timeout_ms = 0;
		mailing->under_way--;
		histogram_observe_us(&smtp_seconds, clock_monotonic_us() - delivery->started_us);
		if (answer.verdict == SMTP_AWAY && !mailing->smtp_away)
			log_warn("mail server away", LOG_TEXT("error", answer.detail));
		mailing->smtp_away = mailing->smtp_away || answer.verdict == SMTP_AWAY;
		if (answer.verdict == SMTP_ACCEPTED || answer.verdict == SMTP_REFUSED)
			delivery_letter_post(delivery);
		answered(mailing, delivery, judge(delivery, &answer));
	}
}

static void take_texts(struct mailing *mailing, int timeout_ms)
{
	struct webhook_answer answer;
	void *with;

	while (mailing->posting > 0 && webhook_next(mailing->batch->bench->webhook, timeout_ms, &answer, &with)) {
		struct delivery *delivery = with;

		timeout_ms = 0;
		mailing->posting--;
		mailing->webhook_away = mailing->webhook_away || answer.verdict == WEBHOOK_AWAY;
		answered(mailing, delivery, delivery_message_judge(delivery, &answer));
	}
}

/* Neither waits for the other: while both are under way, each is looked at every few milliseconds. */
static void take_answers(struct mailing *mailing, int timeout_ms)
{
	bool both = mailing->under_way > 0 && mailing->posting > 0;

	if (both && timeout_ms > TURN_MS)
		timeout_ms = TURN_MS;
	take_texts(mailing, mailing->under_way > 0 ? 0 : timeout_ms);
	take_mails(mailing, timeout_ms);
}

static int window_left_ms(const struct mailing *mailing)
{
	int64_t passed_us = clock_monotonic_us() - mailing->answered_us;

	if (mailing->answered_count == 0)
		return RECORD_PAUSE_MS;
	return passed_us >= RECORD_WINDOW_MS * MS_US ? 0 : (int)(RECORD_WINDOW_MS - passed_us / MS_US);
}

static bool unfinished(const struct mailing *mailing)
{
	return mailing->next < mailing->count || mailing->under_way + mailing->posting > 0;
}

static struct err send_all(struct mailing *mailing)
{
	while (unfinished(mailing)) {
		beat_when_due(mailing);
		start_more(mailing);
		if (mailing->under_way + mailing->posting > 0)
			take_answers(mailing, window_left_ms(mailing));
		else if (!lease_safe(mailing->batch)) /* the database does not say whether it is ours still */
			pause_a_little();
		if (mailing->answered_count > 0 && (window_left_ms(mailing) == 0 || !unfinished(mailing)))
			TRY(record(mailing));
	}
	return mailing->answered_count > 0 ? record(mailing) : OK;
}

static struct err bury_given_up(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++) {
		const struct delivery *delivery = &batch->deliveries[i];

		if (delivery->decided && delivery->outcome.event == REMINDER_GIVEN_UP)
			TRY(queue_bury(batch->bench->cache, batch->bench->arena, &delivery->entry));
	}
	return OK;
}

/* Text messages last: their provider never holds up a mail. */
static void line_up(struct mailing *mailing)
{
	struct batch *batch = mailing->batch;

	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < batch->count; i++) {
			struct delivery *delivery = &batch->deliveries[i];

			if (delivery->next == DELIVERY_MAIL && texts(delivery) == (turn == 1))
				mailing->mails[mailing->count++] = delivery;
		}
	}
}

/* What was under way when the batch broke off. */
static void forget_messages(struct batch *batch)
{
	smtp_abandon(batch->bench->smtp);
	if (batch->bench->webhook)
		webhook_abandon(batch->bench->webhook);
	for (size_t i = 0; i < batch->count; i++)
		arena_destroy(&batch->deliveries[i].message);
}

struct err batch_mail(struct batch *batch)
{
	struct arena *arena = batch->bench->arena;
	struct mailing mailing = { .batch = batch };

	mailing.mails = arena_array(arena, batch->count, sizeof(struct delivery *));
	mailing.answered = arena_array(arena, batch->count, sizeof(struct delivery *));
	line_up(&mailing);
	if (mailing.count == 0)
		return OK;
	TRY(apply_limits(&mailing));

	struct err err = send_all(&mailing);

	forget_messages(batch);
	TRY(err);
	return bury_given_up(batch);
}
