#include "credit/domain/backtest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/csv.h"
#include "common/base/text.h"
#include "ctl/credit.h"

/* relancectl credit backtest FILE.csv [--train-until DATE | --split 0.7] [--predictions OUT.csv]
 *
 * Takes an open items CSV with `settled_date` and lives through it: see credit/domain/backtest.h. */

#define FILE_BYTES_MAX ((size_t)1 << 30)
#define PREDICTIONS_BYTES_MAX ((size_t)1 << 30)
#define SPLIT_DEFAULT "0.7"

enum field { CUSTOMER, NUMBER, ISSUED, DUE, AMOUNT, CURRENCY, SETTLED, COUNTRY, FIELDS };

static const struct {
	const char *name;
	bool required;
} COLUMNS[FIELDS] = {
	[CUSTOMER] = { "customer_number", true },
	[NUMBER] = { "invoice_number", true },
	[ISSUED] = { "issue_date", true },
	[DUE] = { "due_date", true },
	[AMOUNT] = { "amount", true },
	[CURRENCY] = { "currency", true },
	[SETTLED] = { "settled_date", true },
	[COUNTRY] = { "country", false },
};

struct invoices {
	struct late_invoice *items;
	size_t count;
	size_t left_out; /* credits and zeros: nobody can be late with them */
};

struct reading {
	struct ctl *ctl;
	const char *path;
	struct csv csv;
	int columns[FIELDS];
};

static struct err at_line(struct reading *reading, struct err err, const char *column)
{
	return err_format(reading->ctl->arena, err.code, err.reason, column, "%s, line %d%s%s: %s", reading->path,
			  csv_line(&reading->csv), column != NULL ? ", " : "", column != NULL ? column : "",
			  err.message != NULL ? err.message : err.reason);
}

/* In the row's own place: `TRY` of a cell that names line and column. */
#define TRY_CELL(field, expression)                                                                                    \
	do {                                                                                                           \
		struct err cell_err_ = (expression);                                                                   \
		if (!err_ok(cell_err_))                                                                                \
			return at_line(reading, cell_err_, COLUMNS[field].name);                                       \
	} while (0)

static const char *cell(struct reading *reading, enum field field)
{
	return text_trim(reading->ctl->arena, csv_field(&reading->csv, reading->columns[field]));
}

static struct err header_read(struct reading *reading)
{
	bool more;
	struct err err = csv_next(&reading->csv, &more);

	if (!err_ok(err))
		return at_line(reading, err, NULL);
	for (int field = 0; field < FIELDS; field++) {
		reading->columns[field] = csv_find(&reading->csv, COLUMNS[field].name);
		if (reading->columns[field] < 0 && COLUMNS[field].required)
			return err_format(reading->ctl->arena, ERR_INVALID, "csv.no_column", COLUMNS[field].name,
					  "%s has no column %s", reading->path, COLUMNS[field].name);
	}
	return OK;
}

static struct err row_read(struct reading *reading, struct invoices *invoices)
{
	struct late_invoice invoice = { .settled_on = DATE_NONE };
	const char *settled = cell(reading, SETTLED);

	invoice.customer = cell(reading, CUSTOMER);
	invoice.number = cell(reading, NUMBER);
	if (invoice.customer[0] == '\0')
		return at_line(reading, ERR(ERR_INVALID, "csv.empty_cell", NULL, "a customer number is needed"),
			       COLUMNS[CUSTOMER].name);
	TRY_CELL(ISSUED, date_parse(cell(reading, ISSUED), &invoice.issued_on));
	TRY_CELL(DUE, date_parse(cell(reading, DUE), &invoice.due_on));
	TRY_CELL(CURRENCY, currency_parse(cell(reading, CURRENCY), &invoice.currency));
	TRY_CELL(AMOUNT, money_parse(cell(reading, AMOUNT), invoice.currency, &invoice.amount_minor));
	if (settled[0] != '\0')
		TRY_CELL(SETTLED, date_parse(settled, &invoice.settled_on));
	invoice.segment = arena_format(reading->ctl->arena, "%s %s", cell(reading, COUNTRY), invoice.currency.code);
	if (invoice.amount_minor <= 0)
		invoices->left_out++;
	else
		*ARENA_PUSH(reading->ctl->arena, invoices->items, invoices->count) = invoice;
	return OK;
}

static struct err rows_read(struct reading *reading, struct invoices *invoices)
{
	TRY(header_read(reading));
	for (;;) {
		bool more;
		struct err err = csv_next(&reading->csv, &more);
		if (!err_ok(err))
			return at_line(reading, err, NULL);
		if (!more)
			return OK;
		TRY(row_read(reading, invoices));
	}
}

/* Invoices of one day in an order that does not depend on the file's. */
static int by_issue(const void *a, const void *b)
{
	const struct late_invoice *left = a, *right = b;
	int order = date_compare(left->issued_on, right->issued_on);

	return order != 0 ? order : strcmp(left->number, right->number);
}

static struct err invoices_read(struct ctl *ctl, const char *path, struct invoices *invoices)
{
	struct reading reading = { .ctl = ctl, .path = path };
	struct csv_memory memory = { 0 };
	char *bytes;

	TRY(ctl_read_file(ctl, path, FILE_BYTES_MAX, &bytes, &memory.length));
	memory.bytes = bytes;
	csv_init(&reading.csv, csv_from_memory, &memory);
	struct err err = rows_read(&reading, invoices);
	csv_release(&reading.csv);
	TRY(err);
	if (invoices->count == 0)
		return err_format(ctl->arena, ERR_CONFLICT, "backtest.no_training", path, "%s has no invoices", path);
	qsort(invoices->items, invoices->count, sizeof *invoices->items, by_issue);
	return OK;
}

/* ------------------------------------------------------------------ output */

static json_t *number_json(double number)
{
	return isnan(number) ? json_null() : json_real(number);
}

static json_t *models_json(const struct backtest_result *result)
{
	json_t *models = json_object();

	for (int i = 0; i < BACKTEST_MODELS; i++) {
		const struct metrics *metrics = &result->metrics[i];
		json_object_set_new(models, BACKTEST_MODEL_NAMES[i],
				    json_pack("{s:o, s:o, s:o, s:o, s:o}", "auc", number_json(metrics->auc), "brier",
					      number_json(metrics->brier), "log_loss", number_json(metrics->log_loss),
					      "ks", number_json(metrics->ks), "mae_days",
					      number_json(result->mae_days[i])));
	}
	return models;
}

/* What the model looks at: information value and weight by column. */
static json_t *features_json(const struct backtest_result *result)
{
	json_t *features = json_array();

	for (size_t i = 0; result->fitted && i < result->scorecard.count; i++) {
		const struct scorecard_column *column = &result->scorecard.columns[i];
		json_array_append_new(features, json_pack("{s:s, s:f, s:f}", "feature", column->name, "iv",
							  column->binning.iv, "weight", column->weight));
	}
	return features;
}

static json_t *report_json(const struct backtest_result *result, const struct invoices *invoices)
{
	char until[DATE_TEXT_BYTES];

	return json_pack("{s:I, s:o, s:s, s:I, s:f, s:I, s:I, s:I, s:o, s:o}", "n", (json_int_t)result->judged,
			 "late_rate", number_json(result->late_rate), "train_until",
			 date_format(result->train_until, until), "train_n", (json_int_t)result->train_count,
			 "train_late_rate", result->train_late_rate, "after_split", (json_int_t)result->test_count,
			 "settled", (json_int_t)result->settled, "left_out", (json_int_t)invoices->left_out, "models",
			 models_json(result), "features", features_json(result));
}

static struct err predictions_write(struct ctl *ctl, const char *path, const struct backtest_result *result)
{
	char issued[DATE_TEXT_BYTES];
	BUF_SCOPE out;

	buf_init(&out, PREDICTIONS_BYTES_MAX);
	buf_append_text(&out, "customer_number,invoice_number,issue_date,model,p_late,delay_days\n");
	for (size_t i = 0; i < result->test_count; i++) {
		const struct late_invoice *invoice = &result->test[i];
		for (int model = 0; model < BACKTEST_MODELS; model++) {
			const struct prediction *prediction = &result->predictions[i][model];
			csv_append(&out, invoice->customer);
			buf_append_char(&out, ',');
			csv_append(&out, invoice->number);
			buf_append_format(&out, ",%s,%s,%.9g,%.6g\n", date_format(invoice->issued_on, issued),
					  BACKTEST_MODEL_NAMES[model], prediction->p_late, prediction->delay_days);
		}
	}
	return credit_write_file(ctl, path, &out);
}

/* ------------------------------------------------------------------ the command */

struct backtest_options {
	const char *path, *split, *predictions;
	struct date train_until;
};

static struct err split_find(struct ctl *ctl, const struct backtest_options *options, const struct invoices *invoices,
			     struct date *train_until)
{
	char *end;
	double share = strtod(options->split != NULL ? options->split : SPLIT_DEFAULT, &end);

	if (date_known(options->train_until) && options->split != NULL)
		return ctl_usage(ctl, "give --train-until or --split, not both");
	if (*end != '\0' || !(share > 0 && share < 1))
		return ctl_usage(ctl, "--split is a share between 0 and 1");
	*train_until = date_known(options->train_until) ? options->train_until
							: backtest_split(invoices->items, invoices->count, share);
	return OK;
}

static struct err backtest(struct ctl *ctl, const struct backtest_options *options, json_t **report)
{
	struct invoices invoices = { 0 };
	struct backtest_result result;
	struct date train_until = DATE_NONE;

	TRY(invoices_read(ctl, options->path, &invoices));
	TRY(split_find(ctl, options, &invoices, &train_until));
	TRY(backtest_run(ctl->arena, invoices.items, invoices.count, train_until, &result));
	if (options->predictions != NULL)
		TRY(predictions_write(ctl, options->predictions, &result));
	*report = report_json(&result, &invoices);
	return OK;
}

static int cmd_credit_backtest(struct ctl *ctl, int argc, char **argv)
{
	struct backtest_options given = { .train_until = DATE_NONE };
	json_t *report;
	const struct ctl_option options[] = {
		CTL_OPTION_DATE("--train-until", &given.train_until),
		CTL_OPTION_TEXT("--split", &given.split),
		CTL_OPTION_TEXT("--predictions", &given.predictions),
	};
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, 1);

	if (!err_ok(err))
		return ctl_exit(ctl, err);
	given.path = argv[0];
	err = backtest(ctl, &given, &report);
	return err_ok(err) ? ctl_json(ctl, report) : ctl_exit(ctl, err);
}

const struct ctl_command CREDIT_BACKTEST_COMMANDS[] = {
	{ "credit", "backtest", "FILE.csv [--train-until DATE | --split 0.7] [--predictions OUT.csv]",
	  "how well late payment is foretold on a payment history; offline", cmd_credit_backtest },
	{ 0 },
};
