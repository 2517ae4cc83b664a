/* The unit tests: one suite per unit, one file per suite. A new suite is a line here and a file in Makefile.am. */
#ifndef PC_TESTS_UNIT_H
#define PC_TESTS_UNIT_H

/* In the order of the folders. suite_NAME() adds its CUnit suite and its tests to the registry. */
#define UNIT_SUITES(SUITE) \
    SUITE(base) \
    SUITE(json) \
    SUITE(text) \
    SUITE(secrets) \
    SUITE(memory) \
    SUITE(stored) \
    SUITE(core) \
    SUITE(core_hostile) \
    SUITE(distilled) \
    SUITE(signals) \
    SUITE(sysroot) \
    SUITE(image) \
    SUITE(modules) \
    SUITE(layout) \
    SUITE(dwarf) \
    SUITE(table) \
    SUITE(cache) \
    SUITE(fields) \
    SUITE(str) \
    SUITE(number) \
    SUITE(dict) \
    SUITE(type) \
    SUITE(version) \
    SUITE(repr) \
    SUITE(repr_c_types) \
    SUITE(extensions) \
    SUITE(library) \
    SUITE(numpy_format) \
    SUITE(code) \
    SUITE(objects_hostile) \
    SUITE(lines) \
    SUITE(printable) \
    SUITE(bytecode) \
    SUITE(exceptions) \
    SUITE(frames) \
    SUITE(attributes) \
    SUITE(signature) \
    SUITE(report_text) \
    SUITE(report_json) \
    SUITE(scan) \
    SUITE(compare) \
    SUITE(state) \
    SUITE(workers)

#define UNIT_DECLARE(name) void suite_##name(void);
UNIT_SUITES(UNIT_DECLARE)
#undef UNIT_DECLARE

#endif
