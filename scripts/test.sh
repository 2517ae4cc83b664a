#!/bin/bash
# Sets up, builds and runs all tests.
#
#     scripts/test.sh [--strict] [--no-setup]
#
#   1. with gcc's address and undefined-behaviour sanitizers: unit tests, include directions, end-to-end tests
#   2. make distcheck: packs the sources, builds them without sanitizers from a read-only tree, runs the tests again
#      but for those that take long, installs, uninstalls
#   3. make lint, as far as its tools are installed
#
# --strict: an interpreter or tool that the tests want and that is not there is a failure. --no-setup: install nothing.
# Logs are left in build/test. The last line is the sum: N passed, N failed, N skipped.
set -u
tree=$(cd "$(dirname "$0")/.." && pwd)
build=$tree/build/test
strict=
setup=yes
for argument; do
    case $argument in
    --strict) strict=--strict ;;
    --no-setup) setup= ;;
    *) echo "usage: scripts/test.sh [--strict] [--no-setup]" >&2; exit 64 ;;
    esac
done

passed=0 failed=0 skipped=0
started=$SECONDS

step() { printf '\n==> %s\n' "$*"; }

# ran NAME COMMAND...: a step that counts as one test.
ran() {
    local name=$1 status
    shift
    "$@"
    status=$?
    if [ $status -eq 0 ]; then
        passed=$((passed + 1))
        echo "PASS: $name"
    else
        failed=$((failed + 1))
        echo "FAIL: $name (status $status)"
    fi
    return $status
}

# add_counts LOG: adds the closing lines of the suites in it: "unit: 9 passed, 0 failed, 0 skipped".
add_counts() {
    local line counts=0
    while read -r line; do
        [[ $line =~ ^([a-z0-9]+:\ )?([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]] || continue
        counts=$((counts + 1))
        passed=$((passed + BASH_REMATCH[2]))
        failed=$((failed + BASH_REMATCH[3]))
        skipped=$((skipped + BASH_REMATCH[4]))
    done < "$1"
    return $((counts == 0))
}

finish() {
    printf '\ntook %d s\n' $((SECONDS - started))
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
    exit
}

give_up() {
    echo "test: $*" >&2
    failed=$((failed + 1))
    finish
}

if [ -n "$setup" ]; then
    step "What is needed (scripts/setup.sh)"
    "$tree/scripts/setup.sh" ${strict:+--lint} || give_up "setting up failed"
fi

sanitizers="--enable-asan --enable-ubsan"
e2e=
if [ ! -r /proc/self/cmdline ]; then
    # Sanitizers read their options and the list of threads there, the programs of the end-to-end tests what they are.
    echo "test: /proc is not mounted: building WITHOUT sanitizers and leaving the end-to-end tests OUT"
    echo "test: (as root, in a chroot too: mount -t proc proc /proc)"
    sanitizers=
    e2e=--disable-e2e
    if [ -n "$strict" ]; then failed=$((failed + 1)); else skipped=$((skipped + 1)); fi
fi

step "Building ${sanitizers:+with sanitizers }in $build"
mkdir -p "$build" || give_up "$build cannot be made"
cd "$build" || give_up "$build cannot be entered"
(cd "$tree" && autoreconf -i) > autoreconf.log 2>&1 || { cat autoreconf.log; give_up "autoreconf failed"; }
# shellcheck disable=SC2086 # a list of words
"$tree/configure" $sanitizers $e2e --enable-werror CFLAGS="-O2 -g" > configure.log 2>&1 ||
    { tail -n 30 configure.log; give_up "configure failed"; }
ran "build" make -s -j"$(nproc)" || give_up "pycore was not built"

ran "build of the tests" make -s -j"$(nproc)" check-programs || give_up "the tests were not built"

step "make check"
ulimit -c "$(ulimit -H -c)"
make -s -k check E2E_FLAGS="$strict" 2>&1 | tee check.log
check_status=${PIPESTATUS[0]}
failed_before=$failed
add_counts check.log || give_up "make check ran no tests"
# A suite that died without its closing line must not pass for a suite that had nothing to say.
if [ "$check_status" -ne 0 ] && [ "$failed" -eq "$failed_before" ]; then
    failed=$((failed + 1))
    echo "FAIL: make check (status $check_status)"
fi

# All interpreters have been run by now: this is about the packed sources.
step "make distcheck"
if make -s -j"$(nproc)" distcheck E2E_FLAGS="$strict --quick --only-interpreter 3.12 --only-interpreter system" DISTCHECK_CONFIGURE_FLAGS="$e2e" > distcheck.log 2>&1; then
    passed=$((passed + 1))
    echo "PASS: distcheck"
else
    failed=$((failed + 1))
    tail -n 40 distcheck.log
    echo "FAIL: distcheck"
fi

step "make lint"
ran "lint" make -s lint

finish
