#ifndef IO_RPC_WIRE_H
#define IO_RPC_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Protocol Buffers bytes, field by field, without copying or allocating.
 * Source: the encoding page of the Protocol Buffers documentation. */

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct wire_reader {
	const uint8_t *at, *end;
};

struct wire_field {
	uint32_t number;
	enum wire_type type;
	uint64_t value;       /* WIRE_VARINT, WIRE_64, WIRE_32 */
	const uint8_t *bytes; /* WIRE_BYTES; inside what is read */
	size_t length;
};

bool wire_take_varint(struct wire_reader *reader, uint64_t *value);

/* True while there is a field; `broken` tells a malformed end from the end. Groups are malformed. */
bool wire_next(struct wire_reader *reader, struct wire_field *field, bool *broken);

/* Writing into memory of known size: first add the sizes up, then put. */
#define WIRE_VARINT_BYTES_MAX 10
size_t wire_varint_size(uint64_t value);
size_t wire_number_size(uint32_t number, uint64_t value); /* 0 for the default, which is not sent */
size_t wire_bytes_size(uint32_t number, size_t length);   /* likewise */
uint8_t *wire_put_varint(uint8_t *to, uint64_t value);
uint8_t *wire_put_number(uint8_t *to, uint32_t number, uint64_t value);
uint8_t *wire_put_bytes(uint8_t *to, uint32_t number, const void *bytes, size_t length);

#endif
