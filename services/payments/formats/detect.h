#ifndef FORMATS_DETECT_H
#define FORMATS_DETECT_H

#include "payments/formats/format.h"

/* What a file is, by its first bytes: never by its name. `bytes` end with a zero byte that does not count. */

/* NULL where it is of no format. `profiles` may be NULL: then CSV is none. */
const struct format *detect_format(const char *bytes, size_t length, const struct csv_profiles *profiles);

/* What a file that is no statement is, and what to do about it, as a sentence for people; NULL where nothing is known.
 * A statement may begin alike: it is asked for files of no format, CSV and XML. */
const char *detect_other(const char *bytes, size_t length);

/* Zero bytes and ^Z at the end, with which old systems fill their blocks: how many there are. */
size_t fill_length(const char *bytes, size_t length);

#endif
