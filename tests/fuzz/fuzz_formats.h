#ifndef TESTS_FUZZ_FORMATS_H
#define TESTS_FUZZ_FORMATS_H

#include <stddef.h>
#include <stdint.h>

/* Reads `bytes` twice, whole and in pieces whose size the first byte gives, and aborts where
 *  - the two readings differ in what they deliver or in how they end,
 *  - a statement's sums are not those of its entries, or a text is empty or no UTF-8,
 *  - an error has no reason, line or sentence. */
void fuzz_statement(const uint8_t *bytes, size_t length);

#endif
