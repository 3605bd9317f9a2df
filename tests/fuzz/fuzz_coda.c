#include "fuzz/fuzz_formats.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	fuzz_statement(bytes, length);
	return 0;
}
