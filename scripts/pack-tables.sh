#!/bin/sh
# Puts the layout tables into one file, which becomes a part of the program (src/layout/built_in.c): a line "NAME HEAD PACKED" for
# each, an empty line, then of each table what stands before its first module, as it is, for all of them are looked at to find the
# one that is needed (HEAD bytes), and all of it, packed by gzip (PACKED bytes).
#
#     pack-tables.sh OUTPUT TABLE...
set -eu
output=$1
shift
parts=$output.parts
rm -rf "$parts"
mkdir "$parts"
for table in "$@"; do
    sed '/^module /,$d' <"$table" >"$parts/${table##*/}.head"
    gzip -9n <"$table" >"$parts/${table##*/}"
    echo "${table##*/} $(wc -c <"$parts/${table##*/}.head" | tr -d ' ') $(wc -c <"$parts/${table##*/}" | tr -d ' ')"
done >"$output.new"
echo >>"$output.new"
for table in "$@"; do
    cat "$parts/${table##*/}.head" "$parts/${table##*/}"
done >>"$output.new"
rm -r "$parts"
mv "$output.new" "$output"
