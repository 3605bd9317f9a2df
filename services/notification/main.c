/*
 * relance-notification(8)
 *
 * NAME
 *	relance-notification - who is reminded of what, when, and whether it got there
 *
 * SYNOPSIS
 *	RELANCE_ROLE=planner relance-notification
 *	RELANCE_ROLE=worker relance-notification
 *
 * DESCRIPTION
 *	Owns the schema `notification`: dunning policies, cases, the reminder schedule, tasks for people.
 *
 *	The planner looks at the customers whose position may have moved, opens and closes cases, and schedules the
 *	policy's next step. What is due it hands to the workers through Redis, which it fills again whenever Redis has
 *	forgotten. One copy plans at a time; all copies answer the rpcs of relance.notification.v1.
 *
 *	A worker takes what is due, claims it in one transaction that reads the position again (whoever has paid is
 *	spared, and the reason recorded), sends the mail, and records the outcome. Any number of workers may run; one
 *	that dies is succeeded after its lease, by the same message with the same Message-ID.
 *
 *	Of several policies of a creditor, a customer is reminded under the one that names most of what the customer is;
 *	a case keeps the version that it began under.
 *
 *	Reads the feed as "notification": a payment whose value date lies before reminders that were sent voids them,
 *	their rungs and fees, and tells the debtor so; where it paid a part, they stand for the rest, and the debtor is
 *	told the part; whoever pays well is thanked; a direct debit that came back is a task. A payment that is taken
 *	back, by a person or with the money, takes all of that back: whenever the planner looks at a position, the case
 *	that had ended goes on at its rung (resume.c).
 *
 *	At the start of a creditor's day the planner keeps what the coming week would bring: `dunning preview` tells
 *	what has changed since.
 *
 *	Writes relance.reminder.sent.v1, .spared.v1, .failed.v1 and .voided.v1, relance.case.opened.v1 and .closed.v1,
 *	relance.task.created.v1, relance.dunning.hold_requested.v1, relance.terms.proposed.v1; relance.promise.made.v1,
 *	.kept.v1, .broken.v1 and .cancelled.v1, and the same of relance.plan, beside relance.plan.proposed.v1.
 *
 *	Holds, promises, plans and answers of debtors suspend the ladder: an invoice under a pause keeps its case on its
 *	rung. What a promise says is judged by what comes in; a broken one asks the credit service for a hold.
 *
 * SOURCE
 *	domain/policy.c chooses the policy, domain/dunning.c decides, domain/gate.c decides again at the claim,
 *	domain/reminder.c is the table of moves; planner.c and preview.c (through domain/outlook.c) ask the same
 *	functions; correct.c takes back what a payment had overtaken; worker.c, delivery.c, effects.c and channels/
 *	carry out; domain/template.c and domain/letter.c word it. deploy/policies/default.yaml is the ladder,
 *	deploy/templates its texts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/base/text.h"
#include "common/document/sheet.h"
#include "common/io/log.h"
#include "common/io/service.h"
#include "notification/calendar_file.h"
#include "notification/channels/smtp.h"
#include "notification/correct.h"
#include "notification/handlers.h"
#include "notification/planner.h"
#include "notification/policy_file.h"
#include "notification/templates.h"
#include "notification/wire.h"
#include "notification/worker.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define THREADS_MAX 64
#define THREADS_DEFAULT 2

static struct notification notification;

static const struct setting settings[] = {
	{ "RELANCE_ROLE", SETTING_TEXT, NULL, "planner or worker", 0, 0, { .text = &notification.role } },
	{ "RELANCE_REDIS",
	  SETTING_REDIS,
	  NULL,
	  "unix:/path, redis://host:port, sentinel://host:port,…/name or cluster://host:port,…",
	  0,
	  0,
	  { .text = &notification.redis } },
	{ "RELANCE_SMTP",
	  SETTING_SMTP,
	  "smtp://127.0.0.1:25",
	  "the mail server",
	  0,
	  0,
	  { .text = &notification.smtp } },
	{ "RELANCE_SMTP_USER",
	  SETTING_TEXT,
	  "",
	  "login at the mail server",
	  0,
	  0,
	  { .text = &notification.smtp_user } },
	{ "RELANCE_SMTP_PASSWORD", SETTING_SECRET, "", "its password", 0, 0, { .text = &notification.smtp_password } },
	{ "RELANCE_SMTP_TLS",
	  SETTING_TEXT,
	  "try",
	  "STARTTLS: none, try (with a user: require) or require; smtps:// begins with TLS",
	  0,
	  0,
	  { .text = &notification.smtp_tls } },
	{ "RELANCE_SMTP_CA",
	  SETTING_TEXT,
	  "",
	  "file of certificates that the mail server's may be signed by; else the system's",
	  0,
	  0,
	  { .text = &notification.smtp_ca } },
	{ "RELANCE_MAIL_FROM",
	  SETTING_TEXT,
	  "",
	  "sender of mails; else the creditor's address",
	  0,
	  0,
	  { .text = &notification.mail_from } },
	{ "RELANCE_RETURN_PATH",
	  SETTING_TEXT,
	  "",
	  "where failures to deliver come back: b@firm.example, sent as b+<id of the reminder>@firm.example",
	  0,
	  0,
	  { .text = &notification.return_path } },
	{ "RELANCE_MAILS_PER_MINUTE",
	  SETTING_INT,
	  "60000",
	  "what the mail server takes",
	  1,
	  10000000,
	  { .number = &notification.mails_per_minute } },
	{ "RELANCE_LETTERS",
	  SETTING_TEXT,
	  "",
	  "folder that letters are printed from",
	  0,
	  0,
	  { .text = &notification.letters_folder } },
	{ "RELANCE_WEBHOOK",
	  SETTING_TEXT,
	  "",
	  "URL of the provider of text messages",
	  0,
	  0,
	  { .text = &notification.webhook.url } },
	{ "RELANCE_WEBHOOK_SECRET",
	  SETTING_SECRET,
	  "",
	  "whsec_…, shared with it",
	  0,
	  0,
	  { .text = &notification.webhook.secret } },
	{ "RELANCE_WEBHOOK_PRIVATE",
	  SETTING_BOOL,
	  "0",
	  "it may be on a private network",
	  0,
	  0,
	  { .flag = &notification.webhook.private_allowed } },
	{ "RELANCE_TEMPLATES",
	  SETTING_TEXT,
	  "/usr/share/relance/templates",
	  "folder of the templates",
	  0,
	  0,
	  { .text = &notification.templates_folder } },
	{ "RELANCE_POLICIES",
	  SETTING_TEXT,
	  "/usr/share/relance/policies",
	  "folder of default.yaml",
	  0,
	  0,
	  { .text = &notification.policies_folder } },
};

/* The policy that creditors start with: read and checked at start, not at the first reminder. */
static struct err read_default_policy(struct notification *process)
{
	ARENA_SCOPE arena = arena_new(0);
	const char *path = arena_format(arena, "%s/default.yaml", process->policies_folder);
	char *text = arena_alloc(arena, POLICY_FILE_BYTES_MAX + 2);
	FILE *file = fopen(path, "rb");
	struct policy policy;

	if (!file)
		return ERR(ERR_INVALID, "policy.unreadable", "RELANCE_POLICIES", "default.yaml cannot be read");

	size_t length = fread(text, 1, POLICY_FILE_BYTES_MAX + 1, file);

	fclose(file);

	struct err err = policy_file_read(arena, path, text, length, &policy);

	if (!err_ok(err)) {
		log_error("the default policy is wrong", LOG_TEXT("at", err.field), LOG_ERR(err));
		return ERR(ERR_INVALID, err.reason, "RELANCE_POLICIES", "the default policy is wrong");
	}
	process->default_policy = strdup(text);
	CHECK(process->default_policy != NULL);
	return OK;
}

static struct err check_settings(const struct notification *process)
{
	const char *tls = process->smtp_tls;

	if (!text_equal(tls, "none") && !text_equal(tls, "try") && !text_equal(tls, "require"))
		return ERR(ERR_INVALID, "settings.smtp_tls", "RELANCE_SMTP_TLS", "it is none, try or require");
	if (!text_empty(process->return_path) && !mail_address_valid(process->return_path))
		return ERR(ERR_INVALID, "settings.return_path", "RELANCE_RETURN_PATH", "it is a mail address");
	if (!text_starts(process->smtp, "smtp://") && !text_starts(process->smtp, "smtps://"))
		return ERR(ERR_INVALID, "settings.smtp", "RELANCE_SMTP", "it is smtp://host:port or smtps://host:port");
	return text_empty(process->webhook.url) ? OK : webhook_check(&process->webhook);
}

static struct err start(void **process)
{
	TRY(check_settings(&notification));
	TRY(templates_read(notification.templates_folder, &notification.templates));
	TRY(read_default_policy(&notification));
	TRY(calendar_read(notification.policies_folder, &notification.calendar));
	smtp_init();
	mail_init();
	*process = &notification;
	return OK;
}

static void stop(void **process)
{
	struct notification *stopped = *process;

	cache_close(&stopped->cache);
	templates_destroy(&stopped->templates);
	calendar_destroy(&stopped->calendar);
	free(stopped->default_policy);
	sheet_fonts_release();
	*process = NULL;
}

static int threads(void)
{
	const char *asked = getenv("RELANCE_WORKERS");
	long long number = THREADS_DEFAULT;

	return asked && err_ok(text_to_int64(asked, 1, THREADS_MAX, &number)) ? (int)number : THREADS_DEFAULT;
}

int main(int argc, char **argv)
{
	const struct rpc_method methods[] = {
		{ NOTIFICATION_SERVICE, "RunPlanner", RPC_OWN, run_planner },
		{ NOTIFICATION_SERVICE, "QueueStatus", RPC_READ, queue_status },
		{ NOTIFICATION_SERVICE, "RetryReminder", RPC_WRITE, retry_reminder },
		{ NOTIFICATION_SERVICE, "ListReminders", RPC_READ, list_reminders },
		{ NOTIFICATION_SERVICE, "PreviewDunning", RPC_READ, preview_dunning },
		{ NOTIFICATION_SERVICE, "SimulateDunning", RPC_READ, simulate_dunning },
		{ NOTIFICATION_SERVICE, "ApplyPolicy", RPC_WRITE, apply_policy },
		{ NOTIFICATION_SERVICE, "GetPolicy", RPC_READ, get_policy },
		{ NOTIFICATION_SERVICE, "ListPolicies", RPC_READ, list_policies },
		{ NOTIFICATION_SERVICE, "RetirePolicy", RPC_WRITE, retire_policy },
		{ NOTIFICATION_SERVICE, "ListTasks", RPC_READ, list_tasks },
		{ NOTIFICATION_SERVICE, "CompleteTask", RPC_WRITE, complete_task },
		{ NOTIFICATION_SERVICE, "PreviewTemplate", RPC_READ, preview_template },
		{ NOTIFICATION_SERVICE, "MakeAgreement", RPC_WRITE, make_agreement },
		{ NOTIFICATION_SERVICE, "AcceptAgreement", RPC_WRITE, accept_agreement },
		{ NOTIFICATION_SERVICE, "CancelAgreement", RPC_WRITE, cancel_agreement },
		{ NOTIFICATION_SERVICE, "ListAgreements", RPC_READ, list_agreements },
		{ NOTIFICATION_SERVICE, "HoldDunning", RPC_WRITE, hold_dunning },
		{ NOTIFICATION_SERVICE, "ReleaseDunning", RPC_WRITE, release_dunning },
		{ NOTIFICATION_SERVICE, "ReceiveInbound", RPC_WRITE, receive_inbound },
		{ NOTIFICATION_SERVICE, "RecordDelivery", RPC_WRITE, record_delivery },
		{ NOTIFICATION_SERVICE, "GetDunningFile", RPC_READ, get_dunning_file },
		{ NOTIFICATION_SERVICE, "GetReminderCopy", RPC_READ, get_reminder_copy },
		{ NOTIFICATION_SERVICE, "ListPauses", RPC_READ, list_pauses },
		{ NOTIFICATION_SERVICE, "Verify", RPC_READ, verify },
	};
	const struct service_job plan = { .name = "plan", .run = planner_pass, .leader_key = PLANNER_LEADER };
	const struct service_job deliver = { .name = "deliver", .run = worker_run, .threads = threads() };
	const char *role = getenv("RELANCE_ROLE");
	bool worker = text_equal(role, "worker");
	const struct service service = {
		.name = "notification",
		.summary = "who is reminded of what, when, and whether it got there",
		.settings = settings,
		.setting_count = COUNT(settings),
		.methods = methods,
		.method_count = worker ? 0 : COUNT(methods),
		.reader = worker ? NULL : &NOTIFICATION_READER,
		.jobs = worker ? &deliver : &plan,
		.job_count = 1,
		.start = start,
		.stop = stop,
	};

	if (argc == 1 && !worker && !text_equal(role, "planner")) {
		fputs("relance-notification: RELANCE_ROLE must be planner or worker\n", stderr);
		return CONFIG_EXIT;
	}
	return service_run(&service, argc, argv);
}
