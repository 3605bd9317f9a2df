#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"

/* Texts are UTF-8 with a terminating zero. */

bool text_empty(const char *text);                    /* NULL or "" */
bool text_equal(const char *a, const char *b);        /* NULL equals NULL only */
bool text_equal_nocase(const char *a, const char *b); /* ASCII letters */
/* The place of a name in a table of names, such as that of an enum: a name that is not there is our own bug (CHECK). */
int text_place(const char *const *names, int count, const char *name);
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

/* Valid UTF-8 of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_utf8_valid(const char *bytes, size_t length);

/* Copies with every invalid byte read as Windows-1252, so that the result is valid UTF-8. */
char *text_to_utf8(struct arena *arena, const char *bytes, size_t length);

/* Without blanks (space, tab, CR, LF) at both ends. */
char *text_trim(struct arena *arena, const char *text);

/* Letters and digits only, upper case: how references and invoice numbers are compared. Non-ASCII is left out. */
char *text_normalise(struct arena *arena, const char *text);

/* Copies at most size - 1 bytes, never half a UTF-8 character; always terminates. True if all of it fitted. */
bool text_copy(char *to, size_t size, const char *from);

/* A whole number in decimal, nothing before or after. ERR_INVALID "number.malformed", ERR_RANGE "number.range". */
MUST_USE struct err text_to_int64(const char *text, long long min, long long max, long long *value);

/* 64 bit FNV-1a. Not for secrets or untrusted keys in open tables. */
unsigned long long text_hash(const void *bytes, size_t length);

/* The same on every machine, eight bytes a step; stored beside idempotency keys, so it stays as it is. Not for
 * untrusted keys either. */
unsigned long long text_hash_quick(const void *bytes, size_t length);

#endif
