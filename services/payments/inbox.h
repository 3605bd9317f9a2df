#ifndef PAYMENTS_INBOX_H
#define PAYMENTS_INBOX_H

#include "common/io/service.h"

/* The drop folder: bank files that an EBICS client or SFTP server puts into RELANCE_INBOX.
 *
 *     FILE                       of the only creditor there is
 *     CREDITOR/FILE              of that creditor
 *     ../done/[CREDITOR/]…       imported, or imported before
 *     ../rejected/[CREDITOR/]…   not booked; NAME.reason.txt beside it says why, at which line, and how a file that is
 *                                held is booked all the same
 *
 * done/ and rejected/ lie beside the folder, so that a rename takes files there; all are made where they are missing. A
 * file is taken once it has not changed for INBOX_QUIET_S seconds, one that looks cut short after INBOX_CUT_QUIET_S;
 * hidden files and those that end in .part or .tmp are left alone. A file is moved after its import has committed:
 * whoever dies in between finds it again, and the import recognises it. */

#define INBOX_QUIET_S 3
#define INBOX_CUT_QUIET_S 12 /* an upload that stalls */
#define INBOX_POLL_MS 2000
#define INBOX_LEADER 0x7061792e696e626f /* "pay.inbo": one copy at a time reads the folder */

/* RELANCE_INBOX; "": no drop folder. */
extern const char *inbox_folder;
extern bool inbox_adopt;

struct err inbox_round(struct service_context *context, int64_t *again_ms);

#endif
