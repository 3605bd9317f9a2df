#include "common/base/text.h"
#include "notification/delivery.h"
#include "notification/queue_limit.h"
#include "notification/worker.h"

#define RATES_EACH 4

/* `per_minute` messages, of which a minute's worth may leave at once. */
static struct queue_rate rate_of(const char *subject, int64_t per_minute)
{
	return (struct queue_rate){ subject, 60 * US_PER_SECOND / per_minute, per_minute };
}

/* What takes messages at one rate: a mail domain, or the channel's one provider. */
static const char *domain_of(const struct delivery *delivery)
{
	bool mail = delivery->step->channel == CHANNEL_MAIL || delivery->step->channel == CHANNEL_INTERNAL_MAIL;

	return mail ? mail_domain(delivery->claim.reminder.recipient) : policy_channel_name(delivery->step->channel);
}

static void rates_of(const struct delivery *delivery, struct queue_rate rates[static RATES_EACH])
{
	const struct bench *bench = delivery->batch->bench;
	const char *to = delivery->claim.reminder.recipient;

	rates[0] = rate_of("provider", bench->process->mails_per_minute);
	rates[1] = rate_of(arena_format(bench->arena, "creditor:%s", delivery->entry.creditor), RATE_CREDITOR);
	rates[2] = rate_of(arena_format(bench->arena, "domain:%s", domain_of(delivery)), RATE_DOMAIN);
	rates[3] = rate_of(arena_format(bench->arena, "recipient:%s", to), RATE_RECIPIENT);
}

struct err deliveries_limit(struct delivery *const *deliveries, size_t count, int64_t *waits_ms)
{
	struct bench *bench = deliveries[0]->batch->bench;
	struct queue_rate *rates = arena_array(bench->arena, count * RATES_EACH, sizeof *rates);

	for (size_t i = 0; i < count; i++)
		rates_of(deliveries[i], &rates[i * RATES_EACH]);
	return queue_allow(bench->cache, bench->arena, rates, RATES_EACH, count, waits_ms);
}
