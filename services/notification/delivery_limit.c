#include "common/base/text.h"
#include "notification/delivery.h"
#include "notification/queue_limit.h"
#include "notification/worker.h"

#define RATES_EACH 5

/* `per_minute` messages, of which a minute's worth may leave at once. */
static struct queue_rate rate_of(const char *subject, int64_t per_minute)
{
	return (struct queue_rate){ subject, 60 * US_PER_SECOND / per_minute, per_minute };
}

static void rates_of(const struct delivery *delivery, struct queue_rate rates[static RATES_EACH])
{
	const struct bench *bench = delivery->batch->bench;
	enum policy_channel channel = delivery->step->channel;
	bool mail = channel == CHANNEL_MAIL || channel == CHANNEL_INTERNAL_MAIL;
	const char *name = policy_channel_name(channel), *to = delivery->claim.reminder.recipient;

	rates[0] = mail ? rate_of("provider:smtp", bench->process->mails_per_minute)
			: rate_of(arena_format(bench->arena, "provider:%s", name), RATE_PROVIDER);
	rates[1] = rate_of(arena_format(bench->arena, "channel:%s", name), RATE_CHANNEL);
	rates[2] = rate_of(arena_format(bench->arena, "creditor:%s", delivery->entry.creditor), RATE_CREDITOR);
	rates[3] = rate_of(arena_format(bench->arena, "domain:%s", mail ? mail_domain(to) : name), RATE_DOMAIN);
	rates[4] = rate_of(arena_format(bench->arena, "recipient:%s", to), RATE_RECIPIENT);
}

struct err deliveries_limit(struct delivery *const *deliveries, size_t count, int64_t *waits_ms)
{
	struct bench *bench = deliveries[0]->batch->bench;
	struct queue_rate *rates = arena_array(bench->arena, count * RATES_EACH, sizeof *rates);

	for (size_t i = 0; i < count; i++)
		rates_of(deliveries[i], &rates[i * RATES_EACH]);
	return queue_allow(bench->cache, bench->arena, rates, RATES_EACH, count, waits_ms);
}
