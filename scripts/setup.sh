#!/bin/sh
# Installs what pycore is built and tested with, by package name, on Debian or Ubuntu.
#
#     scripts/setup.sh [--lint | --deb]
#
# Starts from next to nothing (a minbase chroot). Installs nothing, and asks no archive, when all is there already.
# --lint adds what `make lint` can use, --deb what `make deb` needs.
set -eu

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

command -v apt-get >/dev/null 2>&1 ||
    die "this is neither Debian nor Ubuntu; README.md names the libraries to install by hand"

build="gcc libc6-dev make autoconf automake pkg-config libdw-dev libelf-dev zlib1g-dev libjansson-dev libgmp-dev libzstd-dev
    liblzma-dev liblz4-dev libsqlite3-dev"
tests="libcunit1-dev python3 gdb zstd lz4"
# Without these the tests have skips and the demo has less to show, and both say so.
wanted="python3-jsonschema python3-dev strace dwz debuginfod libdebuginfod-dev jq"
[ "${1:-}" != --deb ] || build="$build build-essential dpkg-dev debhelper libdebuginfod-dev"
[ "${1:-}" != --lint ] || wanted="$wanted clang shellcheck mandoc"

installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -q '^installed$'; }
version_of() { dpkg-query -W -f '${Version}\n' "$1" 2>/dev/null; }
available() { apt-cache policy "$1" 2>/dev/null | grep -Eq '^  Candidate: [^(]'; }

# The package of the system's python3: python3.11, python3.12, ...
system_python() {
    if [ -x /usr/bin/python3 ]; then
        basename "$(readlink -f /usr/bin/python3)"
    else
        apt-cache depends python3 2>/dev/null | sed -n 's/^ *Depends: \(python3\.[0-9]*\)$/\1/p' | head -n 1
    fi
}

same_versions() { installed "$1" && installed "$1-dbg" && [ "$(version_of "$1")" = "$(version_of "$1-dbg")" ]; }

missing() {
    for package in "$@"; do
        # pkg-config became a name of pkgconf's: what counts is the command.
        [ "$package" = pkg-config ] && command -v pkg-config >/dev/null 2>&1 && continue
        installed "$package" || printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "packages have to be installed and this is neither root nor is there sudo: $*"
    fi
}

apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; }

# shellcheck disable=SC2086 # lists of words
required=$(missing $build $tests)
# shellcheck disable=SC2086
optional=$(missing $wanted)
python=$(system_python)
if [ -z "$required$optional" ] && [ -n "$python" ] && same_versions "$python"; then
    say "everything is installed"
    exit 0
fi

say "missing: $required$optional"
[ -z "$python" ] || same_versions "$python" || say "missing: $python-dbg of the very version of $python"
as_root apt-get update -q || say "the lists of packages could not be renewed; going on with the old ones"

if [ -n "$required" ]; then
    # shellcheck disable=SC2086
    apt_install $required || die "could not install: $required"
fi
for package in $optional; do
    if available "$package"; then
        apt_install "$package" || say "NOT installed: $package (tests that use it are skipped)"
    else
        say "NOT available in this machine's archives: $package (tests that use it are skipped)"
    fi
done

# Both in one go: the debug information has to be of the very same build as the interpreter, and an older
# interpreter is brought up to the version that the archive's debug information is for.
python=$(system_python)
if [ -n "$python" ] && ! same_versions "$python"; then
    if available "$python-dbg"; then
        apt_install "$python" "$python-dbg" || say "NOT installed: $python-dbg"
    else
        say "NOT available in this machine's archives: $python-dbg"
    fi
fi
if [ -n "$python" ] && ! same_versions "$python"; then
    say "$python is version $(version_of "$python" || echo none), $python-dbg is $(version_of "$python-dbg" || echo none):"
    say "they have to be the same for cores of /usr/bin/$python; tests of that interpreter are skipped"
fi
say "done"
