#ifndef FORMATS_MT940_H
#define FORMATS_MT940_H

#include "common/base/arena.h"
#include "payments/formats/statement.h"

/* Field 86 of an MT940: what the bank tells about an entry. Read are
 *  - the German structure (DFUe agreement, annex 3): a code of three digits, then ?00 text, ?20-?29 and ?60-?63
 * purpose, ?30 bank, ?31 account, ?32 ?33 name, with any character for '?'; in the purpose SEPA's words EREF+, SVWZ+ …;
 *  - the Dutch and Nordic one: /EREF/…/IBAN/…/NAME/…/REMI/…, /CNTP/account/bank/name/city/;
 *  - anything else as free text, in which labels (IBAN: REK: BIC: NAAM: KENMERK: MACHTIGING: OMSCHRIJVING:) tell the
 * payer.
 *
 * `lines` are the lines of the field, UTF-8. Texts of `info` live in the arena; fields that the text does not have are
 * left as they are. */
void mt940_info_read(struct arena *arena, const char *const *lines, size_t count, struct payment_info *info);

#endif
