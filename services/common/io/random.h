#ifndef IO_RANDOM_H
#define IO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/id.h"

/* Randomness of the kernel (getrandom), buffered by thread. */
void random_bytes(void *to, size_t length);
uint32_t random_u32(void);

/* A fresh row id for now. */
struct id id_fresh(void);

#endif
