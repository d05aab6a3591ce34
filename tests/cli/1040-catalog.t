#!/bin/sh
# SPDX-License-Identifier: MIT
# The catalog is a cache: lost, damaged, old or on a new machine, it is made
# again from the archive alone, and says the same.
. "$(dirname "$0")/lib.sh"
make_home
exits 0 "a first night" backup --quiet
sleep 1
printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: later\n\nlater\n\n' >>"$HOME/mail/received"
rm "$HOME/.thunderbird/x7k2m9.default-release/Mail/pop.example.org/Inbox"
exits 0 "a second night" backup --quiet
data=$HOME/.local/share/mailcask
answers() { # to all questions that a catalog is asked
	for question in "list --json" "list --gone" "snapshots --json" "search --json anna" \
	    "search --json is:deleted" "search schedule" "search --json crane date:2024-05" \
	    "search from:office" "list --json Invoices" "search --json has:attachment" \
	    "search --json quay" "search 月曜" "status --quiet"; do
		echo "== $question"
		"$mailcask" $question "$@" 2>&1
	done
}
answers >expected
t "there are answers" [ "$(grep -c . expected)" -gt 60 ]

rm -r "$data/catalogs"
answers >now
t "lost: the same answers" cmp expected now
catalog=$(find "$data/catalogs" -name '*.sqlite')
rm -f "$catalog-wal" "$catalog-shm"
head -c 3000 /dev/urandom | dd of="$catalog" bs=1 seek=100 conv=notrunc 2>/dev/null
"$mailcask" list >out 2>err
t "damaged: answers" is $? 0
answers >now
t "damaged: the same answers" cmp expected now
: >"$catalog"
answers >now
t "empty: the same answers" cmp expected now

# Older than the archive, which another machine wrote to.
cp -a "$data" other
printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: elsewhere\n\nelsewhere\n\n' >>"$HOME/mail/sent"
exits 0 "another machine" backup --quiet --data other --archive "$data/archive"
exits 0 "older: catches up" search elsewhere
t "older: found" has out elsewhere

# A new machine.
answers >expected
mkdir new
"$mailcask" list --data new --archive "$data/archive" >/dev/null
answers --data new --archive "$data/archive" >now
t "new machine: the same answers" cmp expected now
exits 0 "new machine: restore" restore --data newer --archive "$data/archive" --to restored
t "new machine: what was saved" cmp "$HOME/mail/sent" restored/mail/sent
exits 0 "the old one goes on" backup --quiet

# An older copy of the archive in its place: what it lacks is saved again.
cp -a "$data/archive" older
printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: rolled back\n\nback\n\n' >>"$HOME/mail/sent"
exits 0 "before the older copy" backup --quiet
rm -r "$data/archive"
cp -a older "$data/archive"
exits 0 "an older copy: list" list
t "an older copy: list says so" has err "the archive lacks the snapshot"
exits 6 "an older copy: backup" backup --quiet
t "an older copy: backup says so" has err "the archive lacks "
exits 0 "an older copy: all is there again" restore --data newest --archive "$data/archive" --to whole
t "an older copy: byte for byte" cmp "$HOME/mail/sent" whole/mail/sent
exits 0 "an older copy: once" backup --quiet
exits 0 "an older copy: check" check --read-data

# Reading changes nothing in the archive.
find "$data/archive" -type f -exec sha256sum {} + | sort >sums
exits 0 "reading" restore --to again
answers >/dev/null
"$mailcask" check --read-data >/dev/null
t "reading changes nothing in the archive" is "$(find "$data/archive" -type f -exec sha256sum {} + | sort)" \
    "$(cat sums)"
chmod -R a-w "$data/archive"
exits 0 "a read-only archive" search anna
finish
