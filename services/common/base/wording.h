#ifndef BASE_WORDING_H
#define BASE_WORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/date.h"
#include "common/base/decimal.h"
#include "common/base/money.h"

/* Dates, amounts and rates as a careful letter or invoice writes them, by language. French follows the Imprimerie
 * nationale's usage ("1er mars 2026", "1 234,50 €" with no-break blanks), English the British one ("1 March 2026",
 * "€1,234.50"), German DIN 5008 ("1. März 2026", "1.234,50 €"). Unknown languages are worded in English. Results live
 * in the arena. */

enum language { LANGUAGE_EN, LANGUAGE_FR, LANGUAGE_DE, LANGUAGE_COUNT };

/* By ISO 639-1 code. */
enum language language_find(const char *code);
const char *language_code(enum language language);
bool language_known(const char *code);

const char *wording_date(struct arena *arena, enum language language, struct date date);
const char *wording_money(struct arena *arena, enum language language, int64_t minor, struct currency currency);
/* "1 234,5"; with `decimals` decimals at least. */
const char *wording_number(struct arena *arena, enum language language, struct decimal number, int decimals);
/* "12,15 %", "12.15%" */
const char *wording_percent(struct arena *arena, enum language language, struct decimal percent);
/* An IBAN in groups of four. */
const char *wording_iban(struct arena *arena, const char *iban);

#endif
