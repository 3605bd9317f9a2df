#ifndef CTL_PAYMENTS_H
#define CTL_PAYMENTS_H

#include "ctl/ctl.h"
#include "relance/payments/v1/payments.pb-c.h"

/* The wire's states as relancectl prints and takes them: "allocated", "auto", "held". */

const char *payment_state_word(int number);
const char *chain_word(int number);
const char *allocation_state_word(int number);
const char *file_state_word(int number);

int cmd_payments_statements(struct ctl *ctl, int argc, char **argv);

/* payments_cash.c */
int cmd_payments_undo(struct ctl *ctl, int argc, char **argv);
int cmd_payments_undone(struct ctl *ctl, int argc, char **argv);
int cmd_payments_reject(struct ctl *ctl, int argc, char **argv);
int cmd_payments_worklist(struct ctl *ctl, int argc, char **argv);
int cmd_payments_learned(struct ctl *ctl, int argc, char **argv);

/* The currency of a payment, given by its id or entry_ref: payment_show.c asks for it. */
MUST_USE struct err payment_currency(struct ctl *ctl, const char *payment, struct currency *currency);

struct table *payment_table(struct ctl *ctl);
void payment_row(struct table *table, const Relance__Payments__V1__Payment *payment);

#endif
