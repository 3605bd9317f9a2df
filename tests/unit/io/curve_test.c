#include "unit/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "common/io/curve.h"

static char folder[64];

static int folder_make(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/relance-curve-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

static void a_pair_is_written_read_and_found_by_its_key(void **state)
{
	struct curve_key own, public;
	char path[128], name[CURVE_NAME_BYTES];
	uint8_t bytes[CURVE_KEY_BYTES];
	struct stat info;

	(void)state;
	assert_true(err_ok(curve_keys_new(folder, "payments")));
	assert_true(err_ok(curve_keys_new(folder, "gateway")));
	assert_true(err_ok(curve_secret_load(folder, "payments", &own)));
	assert_true(err_ok(curve_public_load(folder, "payments", &public)));
	assert_string_equal(own.public_key, public.public_key);
	assert_string_equal(public.secret_key, "");
	assert_non_null(zmq_z85_decode(bytes, public.public_key));
	assert_true(err_ok(curve_name_find(folder, bytes, name)));
	assert_string_equal(name, "payments");
	bytes[0] ^= 1;
	assert_string_equal(curve_name_find(folder, bytes, name).reason, "curve.unknown");
	snprintf(path, sizeof path, "%s/payments.key_secret", folder);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
}

static void what_cannot_be_is_refused(void **state)
{
	struct curve_key key;
	char path[128];
	static const struct {
		const char *sentence, *name, *reason;
	} TABLE[] = {
		{ "a second pair of a name", "payments", "curve.exists" },
		{ "a name that leaves the folder", "../payments", "curve.name" },
		{ "no name", "", "curve.name" },
		{ "a name that is too long", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "curve.name" },
	};

	(void)state;
	assert_true(err_ok(curve_keys_new(folder, "payments")));
	for (size_t i = 0; i < ROWS(TABLE); i++) {
		SAY(TABLE[i].sentence);
		assert_string_equal(curve_keys_new(folder, TABLE[i].name).reason, TABLE[i].reason);
	}
	assert_string_equal(curve_public_load(folder, "nobody", &key).reason, "curve.missing");
	snprintf(path, sizeof path, "%s/broken.key", folder);
	FILE *file = fopen(path, "w");

	fputs("curve\n    public-key = \"too short\"\n", file);
	fclose(file);
	assert_string_equal(curve_public_load(folder, "broken", &key).reason, "curve.malformed");
}

/* As czmq's zcert_save writes them. */
static void certificates_of_czmq_are_read(void **state)
{
	struct curve_key key;
	char path[128];

	(void)state;
	snprintf(path, sizeof path, "%s/other.key_secret", folder);
	FILE *file = fopen(path, "w");

	fputs("#   ****  Generated on 2026-11-01 08:00:00 by CZMQ  ****\n"
	      "#   ZeroMQ CURVE **Secret** Certificate\n"
	      "#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.\n\n"
	      "metadata\n    name = \"other\"\ncurve\n"
	      "    public-key = \"Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLX{hID\"\n"
	      "    secret-key = \"D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs\"\n",
	      file);
	fclose(file);
	assert_true(err_ok(curve_secret_load(folder, "other", &key)));
	assert_string_equal(key.public_key, "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLX{hID");
	assert_string_equal(key.secret_key, "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pair_is_written_read_and_found_by_its_key, folder_make,
						folder_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_refused, folder_make, folder_remove),
		cmocka_unit_test_setup_teardown(certificates_of_czmq_are_read, folder_make, folder_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
