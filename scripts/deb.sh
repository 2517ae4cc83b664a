#!/bin/sh
# Called by `make deb` in the build folder: makes the package of this machine's Debian or Ubuntu from the packed sources, and leaves
# it in deb/.
#
#     deb.sh PACKED-SOURCES VERSION
set -eu
sources=$1 version=$2

die() { echo "deb: $*" >&2; exit 1; }

for command in dpkg-buildpackage dh; do
    command -v "$command" >/dev/null 2>&1 || die "there is no $command: scripts/setup.sh --deb installs all that is needed"
done
rm -rf deb
mkdir deb
cp "$sources" "deb/pycore_$version.orig.tar.gz"
tar -xzf "$sources" -C deb
cd "deb/pycore-$version"
cp -R contrib/debian debian
# The date of what is packed, so that the same sources make the same package.
date=$(date -u -R -d "@${SOURCE_DATE_EPOCH:-$(stat -c %Y NEWS)}")
printf 'pycore (%s-1) unstable; urgency=medium\n\n  * See NEWS.\n\n -- The pycore authors <pycore@localhost>  %s\n' "$version" "$date" >debian/changelog
dpkg-buildpackage -b -us -uc
cd ..
rm -rf "pycore-$version" "pycore_$version.orig.tar.gz"
ls -l -- *.deb
