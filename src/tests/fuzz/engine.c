/* What libFuzzer and AFL++ call. `make fuzz` defines FUZZ_TARGET, the name of one target. */
#include "tests/fuzz/fuzz.h"

#ifndef FUZZ_TARGET
#define FUZZ_TARGET elf
#endif
#define JOIN(a, b) a##b
#define NAME(target) JOIN(fuzz_, target)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    NAME(FUZZ_TARGET)(data, size);
    return 0;
}
