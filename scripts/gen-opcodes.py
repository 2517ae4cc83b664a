#!/usr/bin/env python3
"""Writes src/python/opcode_tables.c: what each CPython's instructions are and do to the evaluation stack.

    scripts/gen-opcodes.py -o src/python/opcode_tables.c PYTHON...

runs itself (with --dialect) under every PYTHON, one per minor version, in the order of the versions: each interpreter
says itself what its instructions are (opcode, dis) and what they do (dis.stack_effect). An effect that depends on the
argument is fitted to one of the forms of src/python/opcodes.h over many arguments; one that fits none is an error, not
a guess. So is an instruction of a new version that jumps in a way that is not known here.

By hand, below, is only what an interpreter does not say: all effects of 2.7, which has no stack_effect; those of the
block instructions up to 3.8, where stack_effect gives the worst case of several; PRECALL and RETURN_GENERATOR, where it
gives what suits the compiler's sum rather than what happens at the instruction.

The part for --dialect has to run under 2.7, too.
"""
from __future__ import print_function

import argparse
import dis
import opcode
import subprocess
import sys

VERSION = sys.version_info[:2]

# What 2.7's instructions do, from their semantics. ("linear", c, k): c + k * argument, and so on as in opcodes.h.
EFFECTS_27 = {
    0: """NOP ROT_TWO ROT_THREE ROT_FOUR UNARY_POSITIVE UNARY_NEGATIVE UNARY_NOT UNARY_CONVERT UNARY_INVERT SLICE+0
        GET_ITER PRINT_NEWLINE YIELD_VALUE POP_BLOCK LOAD_ATTR JUMP_FORWARD JUMP_ABSOLUTE SETUP_LOOP SETUP_EXCEPT
        SETUP_FINALLY DELETE_NAME DELETE_GLOBAL DELETE_FAST EXTENDED_ARG BREAK_LOOP CONTINUE_LOOP RETURN_VALUE
        RAISE_VARARGS STOP_CODE""",
    1: """DUP_TOP LOAD_LOCALS LOAD_CONST LOAD_NAME LOAD_GLOBAL LOAD_FAST LOAD_CLOSURE LOAD_DEREF BUILD_MAP IMPORT_FROM
        FOR_ITER SETUP_WITH""",
    -1: """POP_TOP BINARY_POWER BINARY_MULTIPLY BINARY_DIVIDE BINARY_MODULO BINARY_ADD BINARY_SUBTRACT BINARY_SUBSCR
        BINARY_FLOOR_DIVIDE BINARY_TRUE_DIVIDE INPLACE_FLOOR_DIVIDE INPLACE_TRUE_DIVIDE SLICE+1 SLICE+2 DELETE_SLICE+0
        INPLACE_ADD INPLACE_SUBTRACT INPLACE_MULTIPLY INPLACE_DIVIDE INPLACE_MODULO BINARY_LSHIFT BINARY_RSHIFT
        BINARY_AND BINARY_XOR BINARY_OR INPLACE_POWER INPLACE_LSHIFT INPLACE_RSHIFT INPLACE_AND INPLACE_XOR INPLACE_OR
        PRINT_EXPR PRINT_ITEM PRINT_NEWLINE_TO IMPORT_STAR STORE_NAME DELETE_ATTR STORE_GLOBAL COMPARE_OP IMPORT_NAME
        STORE_FAST STORE_DEREF LIST_APPEND SET_ADD JUMP_IF_FALSE_OR_POP JUMP_IF_TRUE_OR_POP POP_JUMP_IF_FALSE
        POP_JUMP_IF_TRUE END_FINALLY WITH_CLEANUP""",
    -2: """SLICE+3 STORE_SLICE+0 DELETE_SLICE+1 DELETE_SLICE+2 STORE_MAP DELETE_SUBSCR PRINT_ITEM_TO BUILD_CLASS
        STORE_ATTR MAP_ADD""",
    -3: "STORE_SLICE+1 STORE_SLICE+2 DELETE_SLICE+3 STORE_SUBSCR EXEC_STMT",
    -4: "STORE_SLICE+3",
    ("linear", 0, 1): "DUP_TOPX",
    ("linear", -1, 1): "UNPACK_SEQUENCE",
    ("linear", 1, -1): "BUILD_TUPLE BUILD_LIST BUILD_SET",
    ("linear", 0, -1): "MAKE_FUNCTION",
    ("linear", -1, -1): "MAKE_CLOSURE",
    ("equal", -1, -1, 3): "BUILD_SLICE",
    ("pairs", 0, -1): "CALL_FUNCTION",
    ("pairs", -1, -1): "CALL_FUNCTION_VAR CALL_FUNCTION_KW",
    ("pairs", -2, -1): "CALL_FUNCTION_VAR_KW",
}

# Effects on the way the instruction goes on, where stack_effect's answer is not that. Until 3.8 what a finally body is
# entered with counts as one value (see bytecode.c).
FALLTHROUGH = {
    "FOR_ITER": 1, "JUMP_IF_FALSE_OR_POP": -1, "JUMP_IF_TRUE_OR_POP": -1, "SETUP_LOOP": 0, "SETUP_EXCEPT": 0,
    "SETUP_FINALLY": 0, "SETUP_WITH": 1, "SETUP_ASYNC_WITH": 0, "POP_EXCEPT": -3, "BEGIN_FINALLY": 1,
    "CALL_FINALLY": 0, "POP_FINALLY": -1, "END_FINALLY": -1, "WITH_CLEANUP_START": 1, "WITH_CLEANUP_FINISH": -2,
    "EXTENDED_ARG": 0, "NOP": 0,
} if VERSION <= (3, 8) else {
    "PRECALL": 0,                   # 3.11 counts the arguments as gone here: CALL takes them
    "CALL": ("linear", -1, -1),     # the callable's two slots and the arguments go, the result comes
    "RETURN_GENERATOR": 1,          # when it is gone on with, send() has pushed its value
}

# The same where it jumps (until 3.7 stack_effect cannot be asked), or enters the handler of its block.
JUMP = {
    "FOR_ITER": -1, "JUMP_IF_FALSE_OR_POP": 0, "JUMP_IF_TRUE_OR_POP": 0, "POP_JUMP_IF_FALSE": -1,
    "POP_JUMP_IF_TRUE": -1, "JUMP_FORWARD": 0, "JUMP_ABSOLUTE": 0, "SETUP_LOOP": 0, "SETUP_FINALLY": 1,
    "SETUP_WITH": 1, "SETUP_ASYNC_WITH": 0, "SETUP_EXCEPT": 3 if VERSION < (3, 0) else 6,
} if VERSION <= (3, 7) else {
    "SETUP_FINALLY": 6, "SETUP_WITH": 1, "SETUP_ASYNC_WITH": 0,
} if VERSION == (3, 8) else {}

STOP = "RETURN_VALUE RETURN_CONST RAISE_VARARGS RERAISE INTERPRETER_EXIT BREAK_LOOP CONTINUE_LOOP STOP_CODE".split()
JUMPS = "JUMP_FORWARD JUMP_ABSOLUTE JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT".split()
NO_JUMPS = ("END_ASYNC_FOR",)   # since 3.14 its argument says where a jump to it comes from
ROTATE = {"ROT_TWO": 2, "ROT_THREE": 3, "ROT_FOUR": 4, "ROT_N": 0}
KINDS = {
    "EXTENDED_ARG": "EXTENDED_ARG", "INSTRUMENTED_LINE": "LINE_EVENT", "INSTRUMENTED_INSTRUCTION": "INSTRUCTION_EVENT",
    "ENTER_EXECUTOR": "EXECUTOR", "RESUME": "RESUME", "MAKE_CELL": "MAKE_CELL", "COPY_FREE_VARS": "COPY_FREE_VARS",
    "GEN_START": "GEN_START", "PUSH_EXC_INFO": "PUSH_EXC_INFO", "SWAP": "SWAP", "COPY": "COPY",
}
if VERSION >= (3, 11):
    KINDS["POP_EXCEPT"] = "POP_EXCEPT"
if VERSION >= (3, 14):
    KINDS.update({"RETURN_VALUE": "RETURN", "LOAD_CONST": "CONSTANT", "LOAD_SMALL_INT": "CONSTANT",
                  "LOAD_COMMON_CONSTANT": "CONSTANT"})
if VERSION <= (3, 8):
    KINDS.update({name: name for name in """SETUP_EXCEPT SETUP_FINALLY SETUP_WITH BEGIN_FINALLY CALL_FINALLY
        POP_FINALLY END_FINALLY WITH_CLEANUP WITH_CLEANUP_START""".split()})
    KINDS.update({"SETUP_WITH": "SETUP_FINALLY", "SETUP_ASYNC_WITH": "SETUP_FINALLY"})
if VERSION == (3, 8):
    KINDS["SETUP_FINALLY"] = "SETUP_TRY"

# TRACE_RECORD (3.15) is what the optimizer dispatches to while it records, never in code.
NOT_EXECUTED = ("CACHE", "RESERVED", "<0>", "TRACE_RECORD")
PROBES = sorted(set(list(range(0, 270)) + [510, 511, 512, 513, 1000, 4095, 4096, 32767]))


def value_of(form, argument):
    name, effect, factor, parameter = form
    if name == "constant":
        return effect
    if name == "linear":
        return effect + factor * argument
    if name == "bits":
        return effect + factor * bin(argument & parameter).count("1")
    if name == "equal":
        return effect + factor * (argument == parameter)
    assert name == "bytes"
    return effect + factor * ((argument & 0xff) + (argument >> 8))


def fit(name, effect_of):
    """The form that gives effect_of(argument) for all probed arguments."""
    zero = effect_of(0)
    bits = [bit for bit in range(8) if effect_of(1 << bit) != zero]
    candidates = [("constant", zero, 0, 0), ("linear", zero, effect_of(1) - zero, 0),
                  ("bytes", zero, effect_of(1) - zero, 0)]
    if bits:
        candidates.append(("bits", zero, effect_of(1 << bits[0]) - zero, sum(1 << bit for bit in bits)))
    for argument in PROBES[:16]:
        candidates.append(("equal", zero, effect_of(argument) - zero, argument))
    for form in candidates:
        if all(value_of(form, argument) == effect_of(argument) for argument in PROBES):
            return form
    sys.exit("{}.{}: the stack effect of {} fits no form".format(VERSION[0], VERSION[1], name))


def hand_form(effect):
    if isinstance(effect, tuple):
        return (effect + (0,))[:4]
    return ("constant", effect, 0, 0)


def effect_form(name, number):
    """How the depth changes when the instruction does not jump."""
    if name in STOP or KINDS.get(name) in ("LINE_EVENT", "INSTRUCTION_EVENT", "EXECUTOR"):
        return hand_form(0)
    if VERSION == (2, 7):
        for effect, names in EFFECTS_27.items():
            if name in names.split():
                return hand_form(effect)
        sys.exit("2.7: the stack effect of {} is not known".format(name))
    if name in FALLTHROUGH:
        return hand_form(FALLTHROUGH[name])
    has_argument = number in opcode.hasarg if VERSION >= (3, 12) else number >= opcode.HAVE_ARGUMENT
    options = {"jump": False} if VERSION >= (3, 8) else {}
    if not has_argument:
        return hand_form(opcode.stack_effect(number, **options))
    return fit(name, lambda argument: opcode.stack_effect(number, argument, **options))


def jump_effect(name, number):
    if VERSION <= (3, 7) or name in JUMP:
        if name not in JUMP:
            sys.exit("{}.{}: what {} does when it jumps is not known".format(VERSION[0], VERSION[1], name))
        return JUMP[name]
    form = fit(name, lambda argument: opcode.stack_effect(number, argument, jump=True))
    if form[0] != "constant":
        sys.exit("{}: its jump's effect depends on the argument".format(name))
    return form[1]


def row(name, number, caches):
    kind, jump, jumped = KINDS.get(name, "PLAIN"), "NONE", 0
    form = effect_form(name, number)
    if name in ROTATE:
        kind, form = "ROTATE", form[:3] + (ROTATE[name],)
    if name in STOP:
        kind = KINDS.get(name, "STOP")
    elif (number in opcode.hasjrel or number in opcode.hasjabs) and name not in NO_JUMPS:
        if kind == "PLAIN":
            kind = "JUMP" if name in JUMPS else "BRANCH"
        jump = "ABSOLUTE" if number in opcode.hasjabs else "BACKWARD" if "JUMP_BACKWARD" in name else "FORWARD"
        # dis tells a backward jump by the same name.
        if "POP_JUMP_BACKWARD" in name:
            jump = "BACKWARD"
        if kind != "CALL_FINALLY":
            jumped = jump_effect(name, number)
    return '{{"{}", PC_OPCODE_{}, PC_JUMP_{}, {}, {}, PC_EFFECT_{}, {}, {}, {}, {}}}'.format(
        name, kind, jump, caches, number, form[0].upper(), form[1], form[2], form[3], jumped)


def print_dialect():
    opmap = dict((name, number) for name, number in opcode.opmap.items() if number < 256 and name not in NOT_EXECUTED)
    caches = getattr(opcode, "_inline_cache_entries", {})
    if isinstance(caches, list):    # until 3.12 by number
        caches = dict((name, caches[number]) for name, number in opmap.items() if caches[number])
    derived = {}
    if VERSION >= (3, 11):
        for name, base in dis.deoptmap.items():
            derived[name] = (dis._all_opmap[name], base)
    for name in opmap:
        base = name.replace("INSTRUMENTED_", "", 1)
        if base != name and name not in KINDS:
            derived[name] = (opmap[name], base)
    rows = {}
    for name, number in opmap.items():
        if name not in derived:
            rows[number] = row(name, number, caches.get(name, 0))
    for name, (number, base) in derived.items():
        if number in rows:
            sys.exit("{} and another instruction have the number {}".format(name, number))
        rows[number] = '{{.name = "{}", .base = {}}}'.format(name, opmap[base])
    print("    {{ /* {}.{}, from {} */".format(VERSION[0], VERSION[1], sys.version.split()[0]))
    print("        .major = {}, .minor = {}, .have_argument = {}, .jump_scale = {}, .exception_table = {},".format(
        VERSION[0], VERSION[1], opcode.HAVE_ARGUMENT if VERSION < (3, 6) else 0, 2 if VERSION >= (3, 10) else 1,
        "true" if VERSION >= (3, 11) else "false"))
    print("        .opcodes = {")
    for number in sorted(rows):
        print("            [{}] = {},".format(number, rows[number]))
    print("        },\n    },")


HEADER = """/* Written by scripts/gen-opcodes.py, not by hand. Again, after the script or the versions have changed:
 *
 *     scripts/gen-opcodes.py -o src/python/opcode_tables.c python2.7 python3.6 ... python3.15
 *
 * The columns are those of pc_opcode in opcodes.h. */
#include "python/opcodes.h"

const pc_bytecode_dialect pc_bytecode_dialects[] = {"""

FOOTER = """};

const size_t pc_bytecode_dialect_count = PC_ARRAY_SIZE(pc_bytecode_dialects);"""


def main():
    parser = argparse.ArgumentParser(description="Write the opcode tables of the bytecode analyzer.")
    parser.add_argument("-o", "--output", help="the file to write")
    parser.add_argument("--dialect", action="store_true", help="print the table of the running interpreter")
    parser.add_argument("python", nargs="*", help="interpreters, one per minor version, oldest first")
    arguments = parser.parse_args()
    if arguments.dialect:
        print_dialect()
        return
    if not arguments.output or not arguments.python:
        parser.error("an output file and interpreters are needed")
    parts = [subprocess.check_output([python, sys.argv[0], "--dialect"], universal_newlines=True)
             for python in arguments.python]
    with open(arguments.output, "w") as out:
        out.write(HEADER + "\n" + "".join(parts) + FOOTER + "\n")


main()
