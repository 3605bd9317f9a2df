#ifndef DOCUMENT_COUNTRY_H
#define DOCUMENT_COUNTRY_H

#include "common/base/wording.h"

/* A country as the last line of a postal address, in capitals, as the post of the sender's country reads it (UPU S42);
 * the code (ISO 3166-1 alpha-2) where it is not listed. */
const char *country_line(const char *code, enum language language);

#endif
