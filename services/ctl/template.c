/* relancectl template: how a step's message reads for a real customer, and whether all messages can be read. */
#include <stdio.h>
#include <stdlib.h>

#include "common/base/text.h"
#include "ctl/notification.h"
#include "notification/templates.h"

static int cmd_template_preview(struct ctl *ctl, int argc, char **argv);
static int cmd_template_check(struct ctl *ctl, int argc, char **argv);

const struct ctl_command TEMPLATE_COMMANDS[] = {
	{ "template", "preview", "STEP CUSTOMER [--language fr|en|de] [--html]",
	  "a step's message as the customer would get it today; sends nothing", cmd_template_preview },
	{ "template", "check", "[FOLDER]",
	  "whether every message is whole in each language and uses only names that messages have; needs no service",
	  cmd_template_check },
	{ 0 },
};

#define TEMPLATES_FOLDER "/usr/share/relance/templates" /* as relance-notification's setting */

static int cmd_template_check(struct ctl *ctl, int argc, char **argv)
{
	struct err err = ctl_options(ctl, NULL, 0, &argc, argv, 0, 1);
	const char *folder = getenv("RELANCE_TEMPLATES");
	struct templates *templates = NULL;

	if (argc > 0)
		folder = argv[0];
	if (!folder)
		folder = TEMPLATES_FOLDER;
	if (err_ok(err))
		err = templates_read(folder, &templates);
	if (err_ok(err))
		err = templates_check_languages(ctl->arena, folder);
	if (err_ok(err))
		ctl_note(ctl, "%zu messages in %d languages", templates_count(templates), (int)LANGUAGE_COUNT);

	int exit = ctl_exit(ctl, err);

	templates_destroy(&templates);
	return exit;
}

static int message_print(struct ctl *ctl, const NB(PreviewTemplateResponse) * reply, bool html)
{
	if (!text_equal(reply->language, reply->language_asked))
		fprintf(stderr, "relancectl: there are no messages in %s for this step: it is in %s\n",
			reply->language_asked, reply->language);
	if (ctl->format != TABLE_FORMAT_PEOPLE)
		return ctl_json(ctl, json_pack("{s:s, s:s, s:s, s:s, s:s}", "subject", reply->subject, "text",
					       reply->text, "html", reply->html, "language", reply->language,
					       "language_asked", reply->language_asked));
	if (html)
		return fputs(reply->html, stdout) < 0 ? CTL_REFUSED : CTL_DONE;
	return printf("Subject: %s\n\n%s", reply->subject, reply->text) < 0 ? CTL_REFUSED : CTL_DONE;
}

static int cmd_template_preview(struct ctl *ctl, int argc, char **argv)
{
	const char *language = "";
	bool html = false;
	const struct ctl_option options[] = { CTL_OPTION_TEXT("--language", &language),
					      CTL_OPTION_FLAG("--html", &html) };
	struct err err = ctl_options(ctl, options, sizeof options / sizeof options[0], &argc, argv, 2, 2);
	NB(PreviewTemplateRequest) request;
	NB(PreviewTemplateResponse) * reply;

	NB_INIT(preview_template_request)(&request);
	request.creditor = arena_copy(ctl->arena, ctl->creditor);
	request.step = argv[0];
	request.customer_number = argv[1];
	request.language = arena_copy(ctl->arena, language);
	if (err_ok(err))
		err = ctl_call(ctl, CTL_NOTIFICATION, "PreviewTemplate", &request.base,
			       NB_TYPE(preview_template_response), (ProtobufCMessage **)&reply);
	return err_ok(err) ? message_print(ctl, reply, html) : ctl_exit(ctl, err);
}
