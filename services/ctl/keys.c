#include "common/io/curve.h"
#include "ctl/ctl.h"

static int cmd_keys_new(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 2, 2);

	if (err_ok(err))
		err = curve_keys_new(argv[0], argv[1]);
	if (err_ok(err))
		ctl_note(ctl,
			 "%s/%s.key and .key_secret made; who holds %s.key knows this peer, and may be called by it",
			 argv[0], argv[1], argv[1]);
	return ctl_exit(ctl, err);
}

const struct ctl_command KEYS_COMMANDS[] = {
	{ "keys", "new", "FOLDER NAME", "make a certificate of the bus for a process", cmd_keys_new },
	{ 0 },
};
