#!/bin/sh
# SPDX-License-Identifier: MIT
# forget, prune and repair of an encrypted archive: with the key as of a plain one,
# without it they say so.
. "$(dirname "$0")/lib.sh"
make_home
archive=$work/archive
MAILCASK_ARCHIVE=$archive
export MAILCASK_ARCHIVE
exits 0 "init" init --encrypt --identity "$work/key.txt"
for night in 1 2 3; do
	printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: night %s\n\nnight %s\n\n' $night $night \
	    >"$HOME/mail/received"
	exits 0 "backup of night $night" backup --quiet --alarm-percent 0
	sleep 1.1
done
exits 8 "forget without the key" forget --keep-last 1
exits 8 "prune without the key" prune
t "nothing is gone" is "$(find "$archive/snapshots" -type f | wc -l)" 3
packs=$(find "$archive/packs" -type f | wc -l)
exits 0 "forget" forget --keep-last 1 --identity "$work/key.txt"
exits 0 "prune" prune --identity "$work/key.txt"
t "there are fewer packs" [ "$(find "$archive/packs" -type f | wc -l)" -lt "$packs" ]
t "all of them encrypted" is "$(find "$archive/packs" "$archive/index" "$archive/snapshots" -type f ! -name '*.age')" ""
exits 0 "check" check --read-data --identity "$work/key.txt"
exits 0 "restore on a new machine" restore --to new --data "$work/new" --identity "$work/key.txt"
t "as it is" diff -r "$HOME/mail" new/mail
exits 0 "what was deleted is found there" search 'subject:"night 1"' --data "$work/new" --identity "$work/key.txt" --json
t "once" is "$(wc -l <out)" 1
# The machine that has no key goes on.
printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: night 4\n\nnight 4\n\n' >>"$HOME/mail/received"
exits 0 "backup without the key" backup --quiet
exits 0 "check" check --read-data --identity "$work/key.txt"

cp -a "$archive" good
pack=$(find "$archive/packs" -type f | sort | tail -n 1)
chmod u+w "$pack"
printf 'xxxx' | dd of="$pack" bs=1 seek=$(($(stat -c %s "$pack") / 2)) conv=notrunc 2>/dev/null
exits 6 "check finds the damage" check --read-data --identity "$work/key.txt"
exits 0 "repair from a copy" repair --from "$work/good" --identity "$work/key.txt"
exits 0 "check" check --read-data --identity "$work/key.txt"
exits 0 "restore" restore --to mended --data "$work/another" --identity "$work/key.txt"
t "as it is" diff -r "$HOME/mail" mended/mail
finish
