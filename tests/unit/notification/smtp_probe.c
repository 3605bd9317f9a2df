/* smtp_probe URL TLS USER PASSWORD CA PAUSE_MS TO…: sends a mail to each, one after the other over one smtp, with a pause
 * between them; prints "VERDICT REASON" for each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notification/channels/smtp.h"

static const char *const VERDICTS[] = { "accepted", "refused", "later", "away", "stopped" };

static bool may_send(void *with)
{
	(void)with;
	return true;
}

static struct smtp_answer sent(struct smtp *smtp, const char *to)
{
	static const char TEXT[] = "From: <a@firm.example>\r\nSubject: probe\r\n\r\nbody\r\n";
	struct smtp_answer answer;
	void *with;

	smtp_start(smtp, &(struct smtp_mail){ .from = "bounces+1@firm.example",
					      .to = to,
					      .mail = { TEXT, strlen(TEXT) },
					      .may_send = may_send });
	while (!smtp_next(smtp, 1000, &answer, &with))
		continue;
	return answer;
}

int main(int argc, char **argv)
{
	if (argc < 8)
		return 64;

	struct smtp_options options = { argv[1], argv[3], argv[4], argv[2], argv[5] };
	long pause_ms = atol(argv[6]);
	struct timespec pause = { pause_ms / 1000, pause_ms % 1000 * 1000000 };

	smtp_init();

	struct smtp *smtp = smtp_new(&options);

	for (int i = 7; i < argc; i++) {
		struct smtp_answer answer = sent(smtp, argv[i]);

		printf("%s %s\n", VERDICTS[answer.verdict], answer.reason);
		if (i + 1 < argc)
			nanosleep(&pause, NULL);
	}
	smtp_destroy(&smtp);
	return 0;
}
