#ifndef IO_CONFIG_FORM_H
#define IO_CONFIG_FORM_H

#include "common/io/config.h"

/* Whether a setting's value has the form that its kind asks for. Only the form: nothing is resolved or reached. */

/* What the value must be, as the end of a sentence ("must be host:port"); NULL where it is, or where the kind asks for
 * nothing. An empty value of an optional setting is no mistake. */
const char *config_form_mistake(const struct setting *setting, const char *value);

#endif
