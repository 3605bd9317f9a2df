#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* Assertions for our own bugs. They stay on in release builds, have no side effects, and are never used to
 * judge input: bad input is a `struct err`. */

_Noreturn void check_failed(const char *expression, const char *file, int line);

#define CHECK(expression) ((expression) ? (void)0 : check_failed(#expression, __FILE__, __LINE__))

#endif
