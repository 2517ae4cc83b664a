#!/bin/sh
# Sets up, builds, lets the system's python3 crash in a small program with threads and exceptions, and shows the report.
#
#     scripts/demo.sh
#
# Everything is left in build/demo: the core is there for other options of `pycore analyze`.
set -eu
tree=$(cd "$(dirname "$0")/.." && pwd)
build=$tree/build/demo

step() { printf '\n==> %s\n' "$*"; }
die() { echo "demo: $*" >&2; exit 1; }

step "What is needed (scripts/setup.sh)"
"$tree/scripts/setup.sh"

step "Building pycore in $build"
mkdir -p "$build"
[ -x "$tree/configure" ] || (cd "$tree" && autoreconf -i)
cd "$build"
[ -f Makefile ] || "$tree/configure" CFLAGS="-O2 -g" >configure.log || die "configure failed: see $build/configure.log"
make -s -j"$(nproc)"

# The interpreter itself, not a link or a wrapper: the core has to be its own.
python=$(readlink -f /usr/bin/python3)
[ -x "$python" ] || die "there is no /usr/bin/python3"

step "Letting $python crash: testdata/demo/crash.py"
rm -f core
python3 -B "$tree/scripts/takecore.py" "$build/core" "$python" "$tree/testdata/demo/crash.py" ||
    die "no core, no report"
ls -l core

step "pycore analyze core"
status=0
./pycore analyze core || status=$?

if [ "$status" -ne 0 ]; then
    echo
    echo "demo: pycore analyze ended with status $status (1: the report is partial, 2: no Python state was found)."
    name=$(basename "$python")
    have=$(dpkg-query -W -f '${Version}' "$name" 2>/dev/null || echo none)
    debug=$(dpkg-query -W -f '${Version}' "$name-dbg" 2>/dev/null || echo none)
    [ "$have" = "$debug" ] || echo "demo: the debug information of $name $have is missing: $name-dbg is $debug."
    exit 1
fi
