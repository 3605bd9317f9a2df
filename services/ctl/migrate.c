/* relancectl migrate: brings the database to the newest schema. Speaks to PostgreSQL itself, as the schema's owner; no
 * service need run. */
#include "common/io/migrate.h"

#include <stdlib.h>

#include "common/base/text.h"
#include "ctl/ctl.h"

#define FOLDER_DEFAULT "deploy/schema"

static int cmd_migrate(struct ctl *ctl, int argc, char **argv);

const struct ctl_command MIGRATE_COMMANDS[] = {
	{ "migrate", NULL, "[--dir DIR]", "bring the database (RELANCE_PG) to the newest schema", cmd_migrate },
	{ 0 },
};

static void row_append(void *context, const char *file, enum migrate_state state)
{
	struct table *table = context;

	table_row(table);
	table_cell_text(table, file);
	table_cell_text(table, state == MIGRATE_APPLIED ? "applied" : "present");
}

static struct err migrate(struct ctl *ctl, int argc, char **argv, struct table *table)
{
	const char *folder = FOLDER_DEFAULT, *pg = getenv("RELANCE_PG");
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--dir", &folder) };

	TRY(ctl_options(ctl, options, 1, &argc, argv, 0, 0));
	if (text_empty(pg))
		return ctl_usage(ctl, "RELANCE_PG names the database, as libpq takes it");
	return migrate_run(pg, folder, ctl->arena, row_append, table);
}

static int cmd_migrate(struct ctl *ctl, int argc, char **argv)
{
	struct table *table = table_new(ctl->arena);

	table_column(table, "file", TABLE_TEXT);
	table_column(table, "state", TABLE_TEXT);
	struct err err = migrate(ctl, argc, argv, table);

	/* What came before a failure has been done, and is shown. */
	if (!err_ok(err) && !text_equal(err.reason, "migrate.failed"))
		return ctl_exit(ctl, err);
	int printed = ctl_table(ctl, table);

	return err_ok(err) ? printed : ctl_exit(ctl, err);
}
