#ifndef GATEWAY_TRANSCODE_BASE64_H
#define GATEWAY_TRANSCODE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"

/* RFC 4648. Written with the standard alphabet (section 4); read in that or the URL alphabet (section 5), with or
 * without padding. */

void base64_append(struct buf *to, const void *bytes, size_t length, bool padded);

/* Appends the bytes; false where the text is no base64 (`to` may then hold a part). */
bool base64_decode(struct buf *to, const char *text, size_t length);

#endif
