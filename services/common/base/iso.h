#ifndef BASE_ISO_H
#define BASE_ISO_H

#include <stdbool.h>

/* The code lists that records name things by. A code of the right shape that no list has is a slip of the pen ("EUU",
 * "GE" for Germany is Georgia and stays so), and is refused where a person or another system gives it. */

/* ISO 4217, upper case: the currencies in use, and those that ended since 2013, in which old invoices may be owed. */
bool iso_currency(const char *code);

/* ISO 3166-1 alpha-2, upper case; with XK (Kosovo), which the EU uses, and XI (Northern Ireland), which VAT uses. */
bool iso_country(const char *code);

/* ISO 639-1, lower case. */
bool iso_language(const char *code);

#endif
