#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdint.h>

/* The frame's own speed, each figure beside its limit: what ZeroMQ alone, and PostgreSQL alone, do on this machine in
 * the same minutes. Limit and frame take turns, round by round, since the machine is not ours alone; medians count. */

#define BODY_BYTES 200
#define IN_FLIGHT 64
#define CLIENTS 8

struct latency {
	double p50_us, p99_us;
};

/* The bus. `keys` is a folder with the certificates "echo" and "caller". */
struct bus_bench {
	const char *keys, *raw_endpoint, *echo_endpoint;
	double seconds; /* a round */
};

_Noreturn void raw_serve(const char *keys);
struct latency raw_latency(const struct bus_bench *bench);
struct latency echo_latency(const struct bus_bench *bench);
double raw_rate(const struct bus_bench *bench);
double echo_rate(const struct bus_bench *bench);

/* The database. */
struct store_bench {
	const char *keys, *pg, *store_endpoint;
	double seconds;
};

void store_prepare(const char *admin_pg, const char *schema);
double insert_rate(const struct store_bench *bench);
double store_rate(const struct store_bench *bench);

/* Ends the program. */
_Noreturn void bench_fail(const char *what, const char *why);

#endif
