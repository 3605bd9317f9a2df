#include "gateway/transcode/protoset.h"

extern const char protoset_bytes[], protoset_end[];

/* The assembler copies the file in; as a C array it would be ten times as long and slow to compile. */
__asm__(".pushsection .rodata\n"
	".balign 16\n"
	"protoset_bytes:\n"
	".incbin \"" RELANCE_PROTOSET "\"\n"
	"protoset_end:\n"
	".popsection\n");

struct err protoset_load(struct arena *arena, const struct schema **schema)
{
	return schema_load(arena, protoset_bytes, (size_t)(protoset_end - protoset_bytes), schema);
}
