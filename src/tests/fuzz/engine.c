/* What libFuzzer and AFL++ call. `make fuzz` defines FUZZ_TARGET, the name of one target. */
#include "tests/fuzz/patches.h"

#ifndef FUZZ_TARGET
#define FUZZ_TARGET elf
#endif
#define JOIN(a, b) a##b
#define NAME(target) JOIN(fuzz_, target)
#define HEAD(target) JOIN(FUZZ_HEAD_, target)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    NAME(FUZZ_TARGET)(data, size);
    return 0;
}

#if HEAD(FUZZ_TARGET)
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak)); /* AFL++ has none */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (seed % 8 == 0 && LLVMFuzzerMutate)
        return LLVMFuzzerMutate(data, size, max_size);
    return fuzz_patches_mutate(data, size, max_size, HEAD(FUZZ_TARGET), seed);
}
#endif
