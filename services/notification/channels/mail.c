#include "notification/channels/mail.h"

#include <gmime/gmime.h>
#include <string.h>

#include "common/base/text.h"

#define ADDRESS_BYTES_MAX 254 /* RFC 5321, 4.5.3.1.3, less the brackets */

void mail_init(void)
{
	g_mime_init();
}

bool mail_address_valid(const char *address)
{
	const char *at = text_empty(address) ? NULL : strchr(address, '@');

	if (!at || at == address || at[1] == '\0' || strchr(at + 1, '@') || strlen(address) > ADDRESS_BYTES_MAX)
		return false;
	for (const char *c = address; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 127 || strchr("<>()[],;:\\\"", *c))
			return false;
	}
	return true;
}

const char *mail_domain(const char *address)
{
	const char *at = address ? strrchr(address, '@') : NULL;

	return at && at[1] ? at + 1 : "localhost";
}

static void set_content(GMimePart *part, const void *data, size_t length, GMimeContentEncoding encoding)
{
	GMimeStream *bytes = g_mime_stream_mem_new_with_buffer(data, length);
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(bytes, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, encoding);
	g_object_unref(content);
	g_object_unref(bytes);
}

/* A GMimeTextPart would look at each character for the charset that it can be written in: it is UTF-8, always. */
static GMimeObject *part(const char *subtype, const char *text)
{
	GMimePart *made = g_mime_part_new_with_type("text", subtype);

	g_mime_object_set_content_type_parameter(GMIME_OBJECT(made), "charset", "utf-8");
	set_content(made, text, strlen(text), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	return GMIME_OBJECT(made);
}

/* The boundary is the message's, so that a repeat gives the same bytes. */
static GMimeMultipart *multipart(struct arena *arena, const struct mail *mail, const char *subtype)
{
	GMimeMultipart *made = g_mime_multipart_new_with_subtype(subtype);

	g_mime_multipart_set_boundary(made, arena_format(arena, "=_%c%016llx", subtype[0],
							 text_hash(mail->message_id, strlen(mail->message_id))));
	return made;
}

static void add_part(GMimeMultipart *to, GMimeObject *made)
{
	g_mime_multipart_add(to, made);
	g_object_unref(made);
}

static GMimeObject *attachment(const struct mail_attachment *from)
{
	GMimePart *made = g_mime_part_new_with_type("application", "pdf");

	set_content(made, from->data, from->length, GMIME_CONTENT_ENCODING_BASE64);
	g_mime_object_set_disposition(GMIME_OBJECT(made), GMIME_DISPOSITION_ATTACHMENT);
	g_mime_part_set_filename(made, from->name);
	return GMIME_OBJECT(made);
}

static void set_body(GMimeMessage *message, struct arena *arena, const struct mail *mail)
{
	GMimeMultipart *words = multipart(arena, mail, "alternative");
	GMimeMultipart *whole = mail->attachment_count > 0 ? multipart(arena, mail, "mixed") : NULL;

	add_part(words, part("plain", mail->text));
	add_part(words, part("html", mail->html));
	g_mime_message_set_mime_part(message, GMIME_OBJECT(whole ? whole : words));
	if (whole)
		g_mime_multipart_add(whole, GMIME_OBJECT(words));
	for (size_t i = 0; i < mail->attachment_count; i++)
		add_part(whole, attachment(&mail->attachments[i]));
	g_object_unref(words);
	if (whole)
		g_object_unref(whole);
}

static void set_date(GMimeMessage *message, struct instant date)
{
	GDateTime *utc = g_date_time_new_from_unix_utc(date.us / US_PER_SECOND);

	g_mime_message_set_date(message, utc);
	g_date_time_unref(utc);
}

/* "<a> <b>" of "a b". */
static const char *bracketed(struct arena *arena, const char *ids)
{
	char *text = arena_copy(arena, "");

	while (!text_empty(ids)) {
		size_t length = strcspn(ids, " ");

		text = arena_format(arena, "%s%s<%.*s>", text, *text ? " " : "", (int)length, ids);
		ids += length + (ids[length] == ' ');
	}
	return text;
}

static void set_headers(GMimeMessage *message, struct arena *arena, const struct mail *mail)
{
	GMimeObject *object = GMIME_OBJECT(message);

	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM, mail->from_name, mail->from);
	if (!text_empty(mail->reply_to))
		g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_REPLY_TO, mail->from_name, mail->reply_to);
	g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_TO, mail->to_name, mail->to);
	g_mime_message_set_subject(message, mail->subject, "utf-8");
	set_date(message, mail->date);
	g_mime_message_set_message_id(message, mail->message_id);
	if (!text_empty(mail->in_reply_to))
		g_mime_object_set_header(object, "In-Reply-To", bracketed(arena, mail->in_reply_to), NULL);
	if (!text_empty(mail->references))
		g_mime_object_set_header(object, "References", bracketed(arena, mail->references), NULL);
	g_mime_object_set_header(object, "Auto-Submitted", "auto-generated", NULL); /* RFC 3834 */
	g_mime_object_set_header(object, "X-Auto-Response-Suppress", "OOF, AutoReply", NULL);
	g_mime_object_set_header(object, "Content-Language", mail->language, NULL);
}

struct mail_bytes mail_compose(struct arena *arena, const struct mail *mail)
{
	GMimeMessage *message = g_mime_message_new(TRUE);
	GMimeFormatOptions *format = g_mime_format_options_new();

	set_headers(message, arena, mail);
	set_body(message, arena, mail);
	g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_DOS);

	char *made = g_mime_object_to_string(GMIME_OBJECT(message), format);
	struct mail_bytes bytes = { arena_copy(arena, made), strlen(made) };

	g_free(made);
	g_mime_format_options_free(format);
	g_object_unref(message);
	return bytes;
}
