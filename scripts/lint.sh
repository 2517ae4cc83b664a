#!/bin/sh
# Called by `make lint`, which hands over CPPFLAGS and CFLAGS. A tool that is not installed is said, not an error.
set -u
tree=${1:-$(dirname "$0")/..}
status=0

have() {
    command -v "$1" >/dev/null 2>&1 && return 0
    echo "lint: NOT RUN: $1 is not installed"
    return 1
}

python3 "$tree/scripts/check-includes" "$tree" || status=1

if have clang; then
    # shellcheck disable=SC2086 # the flags are lists of words
    find "$tree/src" -name '*.c' | sort | while read -r file; do
        clang $CPPFLAGS $CFLAGS -Werror -Wno-unknown-warning-option -fsyntax-only -Wimplicit-fallthrough \
            -Wunreachable-code -Wcomma -Wassign-enum -Wstrict-prototypes "$file" || echo "$file"
    done | grep . && status=1
    echo "lint: clang: done"
fi

if have shellcheck; then
    (cd "$tree" && shellcheck -x scripts/*.sh .ci/run) || status=1
    echo "lint: shellcheck: done"
fi

if have mandoc; then
    # STYLE remarks are about the spelling of our own words and the order of sections; warnings and errors count.
    mandoc -Tlint -Wwarning "$tree"/man/*.[1-9] || status=1
    echo "lint: mandoc: done"
fi

[ "$status" -eq 0 ] && echo "lint: clean"
exit "$status"
