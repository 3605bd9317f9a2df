/*
 * bench_frame keys FOLDER				makes the certificates
 * bench_frame raw-server FOLDER			prints its endpoint, serves until it is ended
 * bench_frame prepare CONNINFO SCHEMA			makes the tables, as a superuser
 * bench_frame bus FOLDER RAW ECHO ROUNDS SECONDS	measures the bus
 * bench_frame store FOLDER CONNINFO ECHO ROUNDS SECONDS	measures writes
 *
 * tests/bench/frame calls these; see there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/frame_bench.h"
#include "common/io/curve.h"

#define ROUNDS_MAX 99

void bench_fail(const char *what, const char *why)
{
	fprintf(stderr, "bench_frame: %s: %s\n", what, why);
	exit(1);
}

static int ascending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof values[0], ascending);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* `ratio` is how much of the limit the frame reaches, whichever way the figure points. */
static void print_row(const char *what, const char *unit, double limit, double frame, double ratio)
{
	printf("%-44s %10.0f %10.0f  %-6s %5.2f of the limit%s\n", what, limit, frame, unit, ratio,
	       ratio >= 0.5 ? "" : "   BELOW THE GOAL OF 0.50");
}

static void measure_bus(const struct bus_bench *bench, int rounds)
{
	static double raw50[ROUNDS_MAX], raw99[ROUNDS_MAX], rpc50[ROUNDS_MAX], rpc99[ROUNDS_MAX];
	static double raw_many[ROUNDS_MAX], rpc_many[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		struct latency raw = raw_latency(bench), rpc = echo_latency(bench);

		raw50[i] = raw.p50_us, raw99[i] = raw.p99_us, rpc50[i] = rpc.p50_us, rpc99[i] = rpc.p99_us;
		raw_many[i] = raw_rate(bench);
		rpc_many[i] = echo_rate(bench);
	}
	printf("%-44s %10s %10s\n", "echo of 200 bytes, CURVE, tcp loopback", "raw zmq", "rpc");
	double raw = median(raw50, rounds), rpc = median(rpc50, rounds);

	print_row("  one at a time, p50", "us", raw, rpc, raw / rpc);
	raw = median(raw99, rounds), rpc = median(rpc99, rounds);
	print_row("  one at a time, p99", "us", raw, rpc, raw / rpc);
	raw = median(raw_many, rounds), rpc = median(rpc_many, rounds);
	print_row("  64 in flight", "per s", raw, rpc, rpc / raw);
}

static void measure_store(const struct store_bench *bench, int rounds)
{
	static double bare[ROUNDS_MAX], rpc[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		bare[i] = insert_rate(bench);
		rpc[i] = store_rate(bench);
	}
	double limit = median(bare, rounds), frame = median(rpc, rounds);

	printf("%-44s %10s %10s\n", "a row of 200 bytes, 8 clients, durable", "bare", "rpc");
	print_row("  committed (rpc: row, event and key)", "per s", limit, frame, frame / limit);
}

static int rounds_of(const char *text)
{
	int rounds = atoi(text);

	if (rounds < 1 || rounds > ROUNDS_MAX)
		bench_fail("rounds", "1 to 99");
	return rounds;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "keys") == 0 && argc == 3)
		return curve_keys_new(argv[2], "echo").code || curve_keys_new(argv[2], "caller").code;
	if (strcmp(what, "raw-server") == 0 && argc == 3)
		raw_serve(argv[2]);
	if (strcmp(what, "prepare") == 0 && argc == 4) {
		store_prepare(argv[2], argv[3]);
		return 0;
	}
	if (strcmp(what, "bus") == 0 && argc == 7) {
		const struct bus_bench bench = {
			.keys = argv[2], .raw_endpoint = argv[3], .echo_endpoint = argv[4], .seconds = atof(argv[6])
		};

		measure_bus(&bench, rounds_of(argv[5]));
		return 0;
	}
	if (strcmp(what, "store") == 0 && argc == 7) {
		const struct store_bench bench = {
			.keys = argv[2], .pg = argv[3], .store_endpoint = argv[4], .seconds = atof(argv[6])
		};

		measure_store(&bench, rounds_of(argv[5]));
		return 0;
	}
	fprintf(stderr, "usage: see the head of frame_main.c; tests/bench/frame runs it\n");
	return 2;
}
