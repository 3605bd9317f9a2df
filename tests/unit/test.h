#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

/* What every cmocka program includes, in the order cmocka wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* Rows of a table test are sentences: a failing row says its own. */
#define SAY(sentence) print_message("  - %s\n", (sentence))

#endif
