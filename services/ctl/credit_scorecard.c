#include "credit/domain/scorecard.h"

#include <math.h>
#include <stdio.h>

#include "common/base/buf.h"
#include "common/base/csv.h"
#include "common/base/text.h"
#include "ctl/credit.h"
#include "ctl/credit_table.h"

/* relancectl credit scorecard TRAIN.csv --label COLUMN [--test TEST.csv] [--id COLUMN] [--predictions OUT.csv]
 *
 * Fits the service's scorecard to a table of numbers and judges it on the test rows; without a test file, on the
 * training rows by forecasts of scorecards that have not seen them (cross-validation). */

#define PREDICTIONS_BYTES_MAX ((size_t)1 << 30)

/* The label's two values; of two texts, the rarer one is the bad one. */
struct label {
	const char *name;
	bool numeric; /* bad is the greater number */
	double good_number, bad_number;
	const char *good_text, *bad_text;
};

/* 1 bad, 0 good, -1 neither. */
static int label_read(const struct label *label, const struct credit_table *table, int column, size_t row)
{
	double number = table->numbers[column][row];
	const char *text = table->texts[column][row];

	if (label->numeric)
		return number == label->bad_number ? 1 : number == label->good_number ? 0 : -1;
	return text_equal(text, label->bad_text) ? 1 : text_equal(text, label->good_text) ? 0 : -1;
}

static struct err label_values(struct ctl *ctl, const struct credit_table *table, int column, struct label *label)
{
	const char *texts[2] = { NULL, NULL };
	double numbers[2] = { NAN, NAN };
	size_t counts[2] = { 0, 0 };

	label->numeric = !table->is_text[column];
	for (size_t row = 0; row < table->rows; row++) {
		const char *text = table->texts[column][row];
		double number = table->numbers[column][row];
		int k = 0;
		if (label->numeric ? isnan(number) : text[0] == '\0')
			continue;
		while (k < 2 && counts[k] > 0 && !(label->numeric ? numbers[k] == number : text_equal(texts[k], text)))
			k++;
		if (k == 2)
			return err_format(ctl->arena, ERR_INVALID, "scorecard.label", label->name,
					  "column %s has more than two values", label->name);
		texts[k] = text;
		numbers[k] = number;
		counts[k]++;
	}
	if (counts[1] == 0)
		return err_format(ctl->arena, ERR_CONFLICT, "scorecard.one_class", label->name,
				  "column %s has %s: there is nothing to tell apart", label->name,
				  counts[0] == 0 ? "no values" : "one value only");
	int bad = label->numeric ? numbers[1] > numbers[0] : counts[1] < counts[0];
	label->bad_text = texts[bad];
	label->good_text = texts[!bad];
	label->bad_number = numbers[bad];
	label->good_number = numbers[!bad];
	return OK;
}

/* ------------------------------------------------------------------ tables for the fit */

/* The training rows that have a label, and the columns that are numbers. */
struct training {
	struct number_table table;
	bool *bad;
	size_t *rows; /* of the file */
	const char **texts_left_out;
	size_t text_count;
};

static void training_make(struct arena *arena, const struct credit_table *file, const struct label *label,
			  int label_column, int id_column, struct training *training)
{
	const char **names = arena_array(arena, file->column_count, sizeof *names);
	const double **columns = arena_array(arena, file->column_count, sizeof *columns);
	size_t count = 0;

	training->bad = arena_array(arena, file->rows, sizeof *training->bad);
	training->rows = arena_array(arena, file->rows, sizeof *training->rows);
	for (size_t row = 0; row < file->rows; row++) {
		int value = label_read(label, file, label_column, row);
		if (value < 0)
			continue;
		training->bad[training->table.rows] = value == 1;
		training->rows[training->table.rows++] = row;
	}
	for (size_t column = 0; column < file->column_count; column++) {
		if ((int)column == label_column || (int)column == id_column)
			continue;
		if (file->is_text[column]) {
			*ARENA_PUSH(arena, training->texts_left_out, training->text_count) = file->names[column];
			continue;
		}
		double *numbers = arena_array(arena, training->table.rows, sizeof *numbers);
		for (size_t i = 0; i < training->table.rows; i++)
			numbers[i] = file->numbers[column][training->rows[i]];
		names[count] = file->names[column];
		columns[count++] = numbers;
	}
	training->table.names = names;
	training->table.columns = columns;
	training->table.column_count = count;
}

/* The test file's columns under the training's names; one that it lacks is missing in every row. */
static struct number_table test_table(struct arena *arena, const struct number_table *train,
				      const struct credit_table *file)
{
	const double **columns = arena_array(arena, train->column_count, sizeof *columns);

	for (size_t i = 0; i < train->column_count; i++) {
		int column = credit_table_find(file, train->names[i]);
		if (column >= 0) {
			columns[i] = file->numbers[column];
			continue;
		}
		double *missing = arena_array(arena, file->rows, sizeof *missing);
		for (size_t row = 0; row < file->rows; row++)
			missing[row] = NAN;
		columns[i] = missing;
	}
	return (struct number_table){ train->names, columns, train->column_count, file->rows };
}

/* ------------------------------------------------------------------ output */

static json_t *bins_json(const struct scorecard_column *column)
{
	const struct binning *binning = &column->binning;
	json_t *bins = json_array();

	for (int i = 0; i <= binning->count; i++) {
		const struct bin *bin = &binning->bins[i];
		bool missing = i == binning->count;
		json_t *above = missing || i == 0 ? json_null() : json_real(binning->cuts[i - 1]);
		json_t *upto = missing || i + 1 == binning->count ? json_null() : json_real(binning->cuts[i]);
		json_array_append_new(bins,
				      json_pack("{s:b, s:o, s:o, s:I, s:I, s:f, s:f}", "missing", missing, "above",
						above, "up_to", upto, "rows", (json_int_t)bin->rows, "bad",
						(json_int_t)bin->bad, "woe", bin->woe, "points", column->points[i]));
	}
	return bins;
}

static json_t *columns_json(const struct scorecard *scorecard)
{
	json_t *columns = json_array();

	for (size_t i = 0; i < scorecard->count; i++) {
		const struct scorecard_column *column = &scorecard->columns[i];
		json_array_append_new(columns, json_pack("{s:s, s:f, s:f, s:s, s:o}", "column", column->name, "iv",
							 column->binning.iv, "weight", column->weight, "shape",
							 column->binning.turns == 0 ? "monotone" : "u_shaped", "bins",
							 bins_json(column)));
	}
	return columns;
}

static json_t *names_json(const char *const *names, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(names[i]));
	return list;
}

static json_t *dropped_json(const struct scorecard *scorecard, const struct training *training)
{
	json_t *list = json_array();

	for (size_t i = 0; i < training->text_count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s}", "column", training->texts_left_out[i], "why", "text"));
	for (size_t i = 0; i < scorecard->dropped_count; i++) {
		const struct dropped_column *dropped = &scorecard->dropped[i];
		json_t *entry = json_pack("{s:s, s:s}", "column", dropped->name, "why", dropped_name(dropped->why));
		if (dropped->like != NULL)
			json_object_set_new(entry, "like", json_string(dropped->like));
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *number_json(double number)
{
	return isnan(number) ? json_null() : json_real(number);
}

static json_t *report_json(const struct scorecard *scorecard, const struct training *training,
			   const struct label *label, const struct metrics *metrics, const char *judged_on)
{
	json_t *report = json_pack("{s:s, s:I, s:I, s:f, s:s, s:I, s:I, s:o, s:o, s:o, s:o}", "label", label->name,
				   "train_rows", (json_int_t)scorecard->rows, "train_bad", (json_int_t)scorecard->bad,
				   "base_rate", scorecard->base_rate, "judged_on", judged_on, "n",
				   (json_int_t)metrics->n, "bad", (json_int_t)metrics->positives, "auc",
				   number_json(metrics->auc), "ks", number_json(metrics->ks), "brier",
				   number_json(metrics->brier), "log_loss", number_json(metrics->log_loss));
	if (label->numeric)
		json_object_set_new(report, "bad_is", json_real(label->bad_number));
	else
		json_object_set_new(report, "bad_is", json_string(label->bad_text));
	json_object_set_new(report, "intercept", json_real(scorecard->intercept));
	json_object_set_new(report, "penalty", json_real(scorecard->penalty));
	json_object_set_new(report, "scaling",
			    json_pack("{s:f, s:f, s:f}", "points", SCORECARD_POINTS, "at_odds", SCORECARD_ODDS,
				      "to_double", SCORECARD_DOUBLE));
	json_object_set_new(report, "columns", columns_json(scorecard));
	json_object_set_new(report, "left_out", dropped_json(scorecard, training));
	json_object_set_new(report, "suspects", names_json(scorecard->suspects, scorecard->suspect_count));
	json_object_set_new(report, "caution",
			    json_string("bins, choice and weights come from the training rows alone; whether a column "
					"was known when the label was still open, only its owner can tell"));
	return report;
}

struct err credit_write_file(struct ctl *ctl, const char *path, const struct buf *content)
{
	FILE *file = fopen(path, "w");
	bool written = file != NULL && fwrite(content->data, 1, content->length, file) == content->length;

	if (file != NULL && fclose(file) != 0)
		written = false;
	if (written && !content->full)
		return OK;
	return err_format(ctl->arena, ERR_INVALID, "file.unwritable", path, "%s cannot be written", path);
}

static struct err predictions_write(struct ctl *ctl, const char *path, const struct credit_table *file,
				    const size_t *rows, const double *p, size_t count, int id_column)
{
	BUF_SCOPE out;

	buf_init(&out, PREDICTIONS_BYTES_MAX);
	csv_append(&out, id_column >= 0 ? file->names[id_column] : "row");
	buf_append_text(&out, ",probability,points\n");
	for (size_t i = 0; i < count; i++) {
		size_t row = rows == NULL ? i : rows[i];
		if (id_column >= 0)
			csv_append(&out, file->texts[id_column][row]);
		else
			buf_append_format(&out, "%zu", row + 1);
		buf_append_format(&out, ",%.9g,%.1f\n", p[i], scorecard_points(p[i]));
	}
	return credit_write_file(ctl, path, &out);
}

/* ------------------------------------------------------------------ the command */

struct scorecard_options {
	const char *train, *test, *label, *id, *predictions;
};

static struct err column_named(struct ctl *ctl, const struct credit_table *table, const char *path, const char *name,
			       int *column)
{
	*column = credit_table_find(table, name);
	if (*column < 0)
		return err_format(ctl->arena, ERR_INVALID, "csv.no_column", name, "%s has no column %s", path, name);
	return OK;
}

static struct metrics judge(struct arena *arena, const double *p, const int *labels, size_t count)
{
	struct forecast *forecasts = arena_array(arena, count, sizeof *forecasts);
	size_t judged = 0;

	for (size_t i = 0; i < count; i++) {
		if (labels[i] >= 0)
			forecasts[judged++] = (struct forecast){ p[i], labels[i] == 1 };
	}
	return metrics_of(forecasts, judged);
}

static struct err on_test_file(struct ctl *ctl, const struct scorecard_options *options,
			       const struct training *training, const struct scorecard *scorecard,
			       const struct label *label, struct metrics *metrics)
{
	struct credit_table file;
	int id_column = -1;

	TRY(credit_table_read(ctl, options->test, &file));
	if (options->id != NULL)
		TRY(column_named(ctl, &file, options->test, options->id, &id_column));
	int label_column = credit_table_find(&file, options->label);
	struct number_table table = test_table(ctl->arena, &training->table, &file);
	double *p = arena_array(ctl->arena, file.rows, sizeof *p);
	int *labels = arena_array(ctl->arena, file.rows, sizeof *labels);
	for (size_t row = 0; row < file.rows; row++) {
		p[row] = scorecard_predict(scorecard, &table, row);
		labels[row] = label_column < 0 ? -1 : label_read(label, &file, label_column, row);
	}
	*metrics = judge(ctl->arena, p, labels, file.rows);
	if (options->predictions == NULL)
		return OK;
	return predictions_write(ctl, options->predictions, &file, NULL, p, file.rows, id_column);
}

static struct err on_training(struct ctl *ctl, const struct scorecard_options *options, const struct credit_table *file,
			      const struct training *training, const double *p, int id_column, struct metrics *metrics)
{
	int *labels = arena_array(ctl->arena, training->table.rows, sizeof *labels);

	for (size_t i = 0; i < training->table.rows; i++)
		labels[i] = training->bad[i];
	*metrics = judge(ctl->arena, p, labels, training->table.rows);
	if (options->predictions == NULL)
		return OK;
	return predictions_write(ctl, options->predictions, file, training->rows, p, training->table.rows, id_column);
}

static struct err scorecard_run(struct ctl *ctl, const struct scorecard_options *options, json_t **report)
{
	struct credit_table file;
	struct training training = { 0 };
	struct scorecard scorecard;
	struct metrics metrics;
	struct label label = { .name = options->label };
	int label_column, id_column = -1;

	TRY(credit_table_read(ctl, options->train, &file));
	TRY(column_named(ctl, &file, options->train, options->label, &label_column));
	if (options->id != NULL)
		TRY(column_named(ctl, &file, options->train, options->id, &id_column));
	TRY(label_values(ctl, &file, label_column, &label));
	training_make(ctl->arena, &file, &label, label_column, id_column, &training);
	double *out_of_fold = arena_array(ctl->arena, training.table.rows, sizeof *out_of_fold);
	TRY(scorecard_fit(ctl->arena, &training.table, training.bad, &scorecard, out_of_fold));
	if (options->test != NULL)
		TRY(on_test_file(ctl, options, &training, &scorecard, &label, &metrics));
	else
		TRY(on_training(ctl, options, &file, &training, out_of_fold, id_column, &metrics));
	*report = report_json(&scorecard, &training, &label, &metrics, options->test ? "test" : "cross_validation");
	return OK;
}

static int cmd_credit_scorecard(struct ctl *ctl, int argc, char **argv)
{
	struct scorecard_options given = { 0 };
	json_t *report;
	const struct ctl_option options[] = {
		CTL_OPTION_TEXT("--label", &given.label),
		CTL_OPTION_TEXT("--test", &given.test),
		CTL_OPTION_TEXT("--id", &given.id),
		CTL_OPTION_TEXT("--predictions", &given.predictions),
	};
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 1, 1);

	if (err_ok(err) && given.label == NULL)
		err = ctl_usage(ctl, "--label COLUMN is required");
	if (!err_ok(err))
		return ctl_exit(ctl, err);
	given.train = argv[0];
	err = scorecard_run(ctl, &given, &report);
	return err_ok(err) ? ctl_json(ctl, report) : ctl_exit(ctl, err);
}

const struct ctl_command CREDIT_SCORECARD_COMMANDS[] = {
	{ "credit", "scorecard", "TRAIN.csv --label COLUMN [--test TEST.csv] [--id COLUMN] [--predictions OUT.csv]",
	  "fit the service's scorecard to a table of numbers; offline", cmd_credit_scorecard },
	{ 0 },
};
