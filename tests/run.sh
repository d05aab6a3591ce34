#!/bin/sh
# SPDX-License-Identifier: MIT
# Run tests, as many at a time as there are processors, and add up what they
# say:
#
#	run.sh BUILD TEST...
#
# A TEST is a program of tests/unit (its last line counts), a script of
# tests/cli (TAP), or a fuzz target (BUILD/tests/fuzz/NAME_fuzz), which is
# given its corpus.  Each has a directory of its own in TMPDIR, a time limit
# and a ceiling on its memory.
set -u

one() { # log-directory build test
	logs=$1 build=$2 test=$3
	name=$(basename "$test")
	log=$logs/$name.log
	# A memory ceiling turns an unchecked length into a failing test; servers
	# that a test starts lift it for themselves.  (ASan reserves terabytes.)
	case $build in *asan*) ;; *) ulimit -S -v 1048576 ;; esac
	TMPDIR=$logs/$name.dir
	export TMPDIR
	mkdir "$TMPDIR"
	set -- "$test"
	case $test in *_fuzz)
		corpus=tests/fuzz/corpus/${name%_fuzz}
		[ -d "$corpus" ] && set -- "$test" "$corpus"/* ;;
	esac
	timeout -k 5 "${MAILCASK_TEST_SECONDS:-300}" "$@" >"$log" 2>&1 </dev/null
	status=$?
	case $test in
	*.t)
		passed=$(grep -c '^ok' "$log")
		failed=$(grep -c '^not ok' "$log")
		planned=$(sed -n 's/^1\.\.//p' "$log")
		[ "${planned:-none}" = $((passed + failed)) ] || failed=$((failed + 1)) ;;
	*)
		passed=$(sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log" | tail -n 1)
		failed=$(sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log" | tail -n 1)
		passed=${passed:-0} failed=${failed:-0} ;;
	esac
	[ $status -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
	echo "$passed $failed" >"$logs/$name.count"
	if [ "$failed" -gt 0 ]; then
		echo "FAILED $test: $failed of $((passed + failed)), exit $status"
		grep -v '^ok' "$log" | tail -n 40 | sed 's/^/    /'
	else
		sed -n "s|^ok.*# SKIP|skipped: $name:|p" "$log"
	fi
	chmod -R u+rwx "$TMPDIR" 2>/dev/null
	rm -rf "$TMPDIR"
}

if [ "$1" = --one ]; then
	shift
	one "$@"
	exit 0
fi
build=$1
shift
logs=$(mktemp -d "${TMPDIR:-/tmp}/mailcask-tests.XXXXXX") || exit 1
trap 'rm -rf "$logs"' EXIT
trap 'exit 1' INT TERM
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 "$0" --one "$logs" "$build"
cat "$logs"/*.count | awk '{ p += $1; f += $2 } END {
	printf "%d passed, %d failed\n", p, f; exit f > 0 || p == 0 }'
