#ifndef CTL_PAYMENTS_H
#define CTL_PAYMENTS_H

#include "relance/payments/v1/payments.pb-c.h"

/* The wire's states as relancectl prints and takes them: "allocated", "auto", "held". */

const char *payment_state_word(int number);
const char *allocation_state_word(int number);
const char *file_state_word(int number);

#endif
