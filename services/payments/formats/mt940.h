#ifndef FORMATS_MT940_H
#define FORMATS_MT940_H

#include "common/base/arena.h"
#include "payments/formats/statement.h"

/* Field 61 of an MT940: dates, amount, code and references of an entry whose currency is set. Texts live in the arena.
 * Errors: ERR_INVALID "statement.malformed", "statement.date", "statement.amount" and what amounts give. */
MUST_USE struct err mt940_line_read(struct arena *arena, const char *const *lines, size_t count,
				    struct statement_entry *entry);

/* Field 86 of an MT940: what the bank tells about an entry. Read are
 *  - the German structure (DFUe agreement, annex 3): a code of three digits, then ?00 text, ?20-?29 and ?60-?63
 * purpose, ?30 bank, ?31 account, ?32 ?33 name, ?34 why it came back, with any character for '?'; in the purpose SEPA's
 * words EREF+, SVWZ+ …;
 *  - the Dutch and Nordic one: /EREF/…/IBAN/…/NAME/…/REMI/…, /CNTP/account/bank/name/city/;
 *  - anything else as free text, in which labels (IBAN: REK: BIC: NAAM: KENMERK: MACHTIGING: OMSCHRIJVING:) tell the
 * payer.
 *
 * `lines` are the lines of the field, UTF-8. Texts of `info` live in the arena; fields that the text does not have are
 * left as they are. */
void mt940_info_read(struct arena *arena, const char *const *lines, size_t count, struct payment_info *info);

/* Why a payment came back, by the German structure: the ISO code ("AC04") of `supplement` (?34), unless the bank's
 * `words` say it; a supplement that is not known as it stands; NULL where `business`, the code of three digits, is no
 * return's or nothing is given. `supplement` and `words` may be NULL. */
const char *mt940_return_reason(struct arena *arena, const char *business, const char *supplement, const char *words);

#endif
