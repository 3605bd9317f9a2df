#ifndef BASE_REFERENCE_H
#define BASE_REFERENCE_H

#include <stdbool.h>

/* Check digits of bank references. Blanks between characters are allowed, letters may be of either case. */

/* ISO 11649 creditor reference: "RF", two check digits by ISO 7064 mod 97-10, up to 21 letters or digits. */
bool reference_rf_valid(const char *text);

/* Makes "RFnn<body>" from up to 21 letters or digits; other characters of `body` are left out. */
#define REFERENCE_RF_BYTES 26
const char *reference_rf_make(const char *body, char text[static REFERENCE_RF_BYTES]);

/* ISO 13616 IBAN: two letters, two check digits, 11 to 30 letters or digits, mod 97-10. */
bool reference_iban_valid(const char *text);

/* The IBAN of a country's (two capital letters) own account number: up to 30 letters or digits, without blanks. */
#define REFERENCE_IBAN_BYTES 35
const char *reference_iban_make(const char *country, const char *bban, char text[static REFERENCE_IBAN_BYTES]);

#endif
