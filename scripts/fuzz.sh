#!/bin/sh
# Called by `make fuzz` in the build folder: one target for some seconds, by the engine that it was built for. What reaches new
# code is kept in fuzz/TARGET/corpus, what crashes, hangs or takes too much memory in fuzz/TARGET/found.
#
#     fuzz.sh SOURCE-TREE TARGET SECONDS [ENGINE-OPTION]...
set -eu
tree=$1 target=$2 seconds=$3
shift 3
program=src/tests/fuzz/$target
folder=fuzz/$target
mkdir -p "$folder/seeds" "$folder/corpus" "$folder/found"
for seed in "$tree/testdata/hostile/fuzz-$target"/*; do
    case $seed in
    *.pack) ./src/tests/fuzz/replay --unpack "$seed" "$folder/seeds" ;;
    *.gz) name=${seed##*/}; gzip -dc "$seed" >"$folder/seeds/${name%.gz}" ;;
    *) cp "$seed" "$folder/seeds/" ;;
    esac
done
dictionary=$tree/src/tests/fuzz/$target.dict
if "$program" -help=1 2>&1 | grep -q max_total_time; then
    [ ! -e "$dictionary" ] || set -- "-dict=$dictionary" "$@"
    exec "$program" -max_total_time="$seconds" -artifact_prefix="$folder/found/" -timeout=20 -rss_limit_mb=1024 \
        -malloc_limit_mb=1024 -print_final_stats=1 "$@" "$folder/corpus" "$folder/seeds"
fi
# AFL++ keeps its own folder; its limit of memory cannot be had together with a sanitizer.
[ ! -e "$dictionary" ] || set -- -x "$dictionary" "$@"
ASAN_OPTIONS=abort_on_error=1:symbolize=0 UBSAN_OPTIONS=abort_on_error=1:symbolize=0 \
    AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 \
    exec afl-fuzz -V "$seconds" -t 20000 -m none -i "$folder/seeds" -o "$folder/afl" "$@" -- "$program"
