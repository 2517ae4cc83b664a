#!/bin/sh
# Puts the layout tables into one file, which becomes a part of the program (src/layout/built_in.c): a line "NAME SIZE" for each,
# an empty line, then the tables, each packed by gzip.
#
#     pack-tables.sh OUTPUT TABLE...
set -eu
output=$1
shift
parts=$output.parts
rm -rf "$parts"
mkdir "$parts"
for table in "$@"; do
    gzip -9n <"$table" >"$parts/${table##*/}"
    echo "${table##*/} $(wc -c <"$parts/${table##*/}" | tr -d ' ')"
done >"$output.new"
echo >>"$output.new"
for table in "$@"; do
    cat "$parts/${table##*/}"
done >>"$output.new"
rm -r "$parts"
mv "$output.new" "$output"
