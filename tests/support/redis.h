#ifndef SUPPORT_REDIS_H
#define SUPPORT_REDIS_H

/* A Redis of the test's own, on a Unix socket in a folder that is gone when the test is. It keeps nothing on disk: a
 * restart has lost all, which is what the tests want to see survived. */

struct redis;

struct redis *redis_start(void);
void redis_stop(struct redis **redis);

void redis_down(struct redis *redis);
void redis_up(struct redis *redis);

/* "unix:/…/redis.sock", as cache_open takes it. */
const char *redis_url(const struct redis *redis);

#endif
