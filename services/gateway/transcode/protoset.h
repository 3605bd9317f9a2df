#ifndef GATEWAY_TRANSCODE_PROTOSET_H
#define GATEWAY_TRANSCODE_PROTOSET_H

#include "gateway/transcode/schema.h"

/* The contracts of all services, embedded in the program as the descriptor set that the build makes of proto/. */
MUST_USE struct err protoset_load(struct arena *arena, const struct schema **schema);

#endif
