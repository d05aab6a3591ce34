#!/bin/sh
# SPDX-License-Identifier: MIT
# The encrypted archive that the first version with encryption wrote: read by
# this version with each of its keys, and not touched.
# (inv1, inv5, inv8; tests/data/archive-v2-encrypted.md)
. "$(dirname "$0")/lib.sh"
digests() { (cd "$1" && find . -type f -exec sha256sum {} + | LC_ALL=C sort); }
restored() { (cd "$1" && sha256sum --quiet --strict -c "$2" &&
    [ "$(find . -type f | wc -l)" = "$(wc -l <"$2")" ]); }

cp -R "$tests/data/archive-v2-encrypted" archive
digests archive >before
MAILCASK_ARCHIVE=$work/archive
export MAILCASK_ARCHIVE
for which in key second-key; do
	MAILCASK_IDENTITY=$tests/data/archive-v2-encrypted.$which MAILCASK_DATA=$work/data-$which
	export MAILCASK_IDENTITY MAILCASK_DATA
	exits 0 "snapshots, $which" snapshots --json
	t "there are two" is "$(wc -l <out)" 2
	first=$(python3 -c 'import json; print(json.loads(open("out").readline())["snapshot"])')
	rm -r "$MAILCASK_DATA"
	exits 0 "search" search --json leuchtturm
	t "a word of a body" has out '"lighthouse"'
	exits 0 "check" check --read-data
	for night in first second; do
		at=$([ $night = first ] && echo "--at $first")
		rm -r "$MAILCASK_DATA"
		# shellcheck disable=SC2086
		exits 0 "restore the $night night" restore $at --to "out-$which-$night"
		t "every byte of it" restored "out-$which-$night" "$tests/data/archive-v1.$night.sums"
	done
done
MAILCASK_DATA=$work/data-other
unset MAILCASK_IDENTITY
exits 8 "no key" list
for night in first second; do
	command -v age >/dev/null || { skip "the stranger" "there is no program age"; continue; }
	t "the stranger, the $night night" env IDENTITY="$tests/data/archive-v2-encrypted.key" \
	    sh "$tests/stranger.sh" archive "stranger-$night" $([ $night = first ] && echo "$first")
	t "every byte of it" restored "stranger-$night/home/pat" "$tests/data/archive-v1.$night.sums"
done
digests archive >after
t "the archive is as it was" cmp before after
finish
