#!/bin/sh
# SPDX-License-Identifier: MIT
# prune: what no backup needs goes, what any needs stays, whoever looks and
# whenever the run is stopped.
. "$(dirname "$0")/lib.sh"
mkdir -p "$HOME/mail"
letter() { # number
	printf 'From anna@example.org Tue Apr 16 10:00:00 2024\n'
	printf 'From: anna@example.org\nTo: pat@example.org\nSubject: letter %s\n' "$1"
	printf 'Message-ID: <%s@prune.example.org>\nMIME-Version: 1.0\n' "$1"
	printf 'Content-Type: application/octet-stream; name=a%s.bin\n' "$1"
	printf 'Content-Transfer-Encoding: base64\n\n'
	awk -v n="$1" 'BEGIN { srand(n); for (i = 0; i < 20000; i++) printf "%c", 33 + int(rand() * 90) }' | base64
	printf '\n'
}
night() { # the letters that are there
	for n in "$@"; do letter "$n"; done >"$HOME/mail/letters"
	exits 0 "backup of $*" backup --archive "$archive" --quiet --alarm-percent 0 "$HOME/mail/letters"
	sleep 1.1
}
same_files() { diff -rq --no-dereference "$1" "$2"; }
packs() { find "$archive/packs" -type f | wc -l; }
bytes() { find "$archive/packs" -type f -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; }
archive=$work/archive
exits 0 "init" init "$archive"
night 1 2 3 4
night 2 3 4 5
night 3 4 5 6
night 4 5 6 7
exits 0 "a second machine" search letter --archive "$archive" --data "$work/second"
t "nine packs and more" [ "$(packs)" -ge 9 ]
before=$(bytes)

# All is needed: small packs are put together.
cp -a "$archive" "$work/kept"
exits 0 "dry run" prune --archive "$archive" --dry-run
t "nothing is done" same_tree "$archive" "$work/kept"
exits 0 "prune" prune --archive "$archive"
t "in words" has out "small ones"
t "three packs are left, one of each sort" is "$(packs)" 3
t "of about the same size" [ "$(bytes)" -gt $((before * 9 / 10)) ]
exits 0 "check" check --read-data --archive "$archive"
exits 0 "the second machine does not cry" check --archive "$archive" --data "$work/second"
t "nor says anything" empty err
exits 0 "again" prune --archive "$archive" --json
t "there is nothing to do" has out '"unneeded_packs":0,"unneeded_bytes":0,"repacked_packs":0'

# A reader whose catalog is of yesterday.
exits 0 "a third machine" list --archive "$archive" --data "$work/third"
cp -a "$work/third" "$work/stale"
night 4 6 7
exits 0 "forget" forget --archive "$archive" --keep-last 1 --drop-messages
exits 0 "prune" prune --archive "$archive" --json
t "packs went or were made anew" [ "$(packs)" -le 3 ]
t "space is free" [ "$(bytes)" -lt $((before * 6 / 10)) ]
exits 0 "check" check --read-data --archive "$archive"
for data in "$HOME/.local/share/mailcask" "$work/second" "$work/third" "$work/new"; do
	exits 0 "restore" restore --archive "$archive" --data "$data" --to "of-$(basename "$data")"
	t "as it is" same_files "$HOME/mail" "of-$(basename "$data")$HOME/mail"
	t "nothing is said" lacks err lacks
	exits 0 "search" search letter --archive "$archive" --data "$data" --json
	t "three are found" is "$(wc -l <out)" 3
done
# A backup does not rely on what is gone: letters 1 and 5 come again.
night 1 4 5 6 7
exits 0 "check" check --read-data --archive "$archive"
exits 0 "restore" restore --archive "$archive" --to again
t "as it is" same_files "$HOME/mail" "again$HOME/mail"
letter 2 >"$HOME/mail/letters"
exits 0 "a backup by a machine that saw neither" backup --archive "$archive" --data "$work/stale" --quiet --alarm-percent 0 "$HOME/mail/letters"
exits 0 "check" check --read-data --archive "$archive"
exits 0 "restore" restore --archive "$archive" --to two
t "as it is" same_files "$HOME/mail" "two$HOME/mail"
t "a stranger restores it" "$tests/stranger.sh" "$archive" "$work/strange"
t "as it is" same_files "$HOME/mail" "strange$HOME/mail"

# While another works nothing is touched.
exits 0 "forget" forget --archive "$archive" --keep-last 1
{ flock 9; touch locked; exec sleep 60; } 9>"$archive/tmp/lock" &
locker=$!
while [ ! -e locked ]; do sleep 0.1; done
exits 7 "another run is at work" prune --archive "$archive"
kill $locker
wait $locker 2>/dev/null
exits 0 "the lock of a dead one blocks nobody" prune --archive "$archive"
exits 2 "no such threshold" prune --archive "$archive" --threshold 101

# Nothing is freed while it is not known what is needed.
exits 0 "check" check --read-data --archive "$archive"
cp -a "$archive" "$work/good"
for file in $(cd "$archive" && find index snapshots -type f); do
	printf x | dd of="$archive/$file" bs=1 seek=20 conv=notrunc 2>/dev/null
	rm -rf "$work/broken"
	cp -a "$archive/packs" "$work/broken"
	exits 6 "with a damaged $(dirname "$file")" prune --archive "$archive" --data "$work/none"
	t "the packs are as they were" same_tree "$work/broken" "$archive/packs"
	rm -rf "$archive"
	cp -a "$work/good" "$archive"
done
finish
