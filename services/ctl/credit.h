#ifndef CTL_CREDIT_H
#define CTL_CREDIT_H

#include "common/base/buf.h"
#include "ctl/ctl.h"

/* The files of `relancectl credit` among themselves. */

/* ERR_INVALID "file.unwritable". */
MUST_USE struct err credit_write_file(struct ctl *ctl, const char *path, const struct buf *content);

#endif
