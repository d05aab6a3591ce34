#!/bin/sh
# SPDX-License-Identifier: MIT
# The archives that version 1 wrote: read by this version, and not touched.
# (inv1, inv5, inv8; tests/data/archive-v1.md)
. "$(dirname "$0")/lib.sh"
digests() { (cd "$1" && find . -type f -exec sha256sum {} + | LC_ALL=C sort); }
restored() { (cd "$1" && sha256sum --quiet --strict -c "$2" &&
    [ "$(find . -type f | wc -l)" = "$(wc -l <"$2")" ]); }

for archive in archive-v1 archive-v1-gzip; do
	cp -R "$tests/data/$archive" $archive
	digests $archive >before
	MAILCASK_ARCHIVE=$work/$archive MAILCASK_DATA=$work/data-$archive
	export MAILCASK_ARCHIVE MAILCASK_DATA
	# Each of these begins with no catalog.
	exits 0 "$archive: snapshots" snapshots --json
	t "there are two" is "$(wc -l <out)" 2
	first=$(python3 -c 'import json; print(json.loads(open("out").readline())["snapshot"])')
	rm -r "$MAILCASK_DATA"
	exits 0 "list" list --json
	t "mailboxes of the second night" is "$(wc -l <out)" 10
	rm -r "$MAILCASK_DATA"
	exits 0 "messages of a mailbox" list "thunderbird:Local Folders/Inbox" --json
	t "all but the deleted one" is "$(wc -l <out)" 4
	t "their subjects" has out '"harbour plan again"'
	t "their tags" has out '$label1'
	rm -r "$MAILCASK_DATA"
	exits 0 "search" search --json leuchtturm
	t "a word of a body" has out '"lighthouse"'
	exits 0 "search the past" search --json "subject:longer"
	t "what was deleted" has out '"deleted":true'
	exits 0 "check" check --read-data
	for night in first second; do
		at=$([ $night = first ] && echo "--at $first")
		rm -r "$MAILCASK_DATA"
		# shellcheck disable=SC2086
		exits 0 "restore the $night night" restore $at --to "out-$archive-$night"
		t "every byte of it" restored "out-$archive-$night" "$tests/data/archive-v1.$night.sums"
		t "the stranger's too" sh "$tests/stranger.sh" $archive "stranger-$archive-$night" \
		    $([ $night = first ] && echo "$first")
		t "every byte of it" restored "stranger-$archive-$night/home/pat" \
		    "$tests/data/archive-v1.$night.sums"
	done
	digests $archive >after
	t "$archive is as it was" cmp before after
done
finish
