#!/bin/sh
# SPDX-License-Identifier: MIT
# What comes back is what was there: names, bytes, modes, times.
. "$(dirname "$0")/lib.sh"
make_home
chmod 640 "$HOME/mail/received"
chmod 600 "$local_folders/Invoices"
chmod 750 "$HOME/Claws/inbox"
find "$HOME" -type f | sort | awk '{ printf "%s\0%d\n", $0, 1600000000 + NR * 1000 }' >times
python3 - <<'EOF'
import os
for line in open('times', 'rb').read().split(b'\n')[:-1]:
    path, at = line.split(b'\0')
    os.utime(path, ns=(int(at) * 10**9, int(at) * 10**9 + 123456789))
EOF
cp -a "$HOME" before

exits 0 "backup" backup
exits 0 "restore everything" restore --to all
t "restore: nothing on standard error" empty err
rm -rf "$HOME/.local"
mv "$HOME" home.was
mkdir "$HOME"
mv home.was/.[a-z]* home.was/* "$HOME"
facts() { # of every file below, but directories' times: those change with what is put in them
	(cd "$1" && find . -type f -printf '%P %m %T@\n' | sort)
}
t "bytes and names" same_tree before all
t "modes and times of files" is "$(facts all)" "$(facts before)"
t "modes of directories" is "$(cd all && find . -mindepth 1 -type d -printf '%P %m\n' | sort)" \
    "$(cd before && find . -mindepth 1 -type d -printf '%P %m\n' | sort)"

exits 0 "backup anew" backup
exits 0 "again into the same place" restore --to all --json
t "nothing is written twice" is "$(sed 's/.*"files":\([0-9]*\).*/\1/' out)" 0
t "and no message" is "$(sed 's/.*"messages":\([0-9]*\).*/\1/' out)" 0
t "and nothing changed" same_tree before all
# A full or read-only disk does not matter to what stands there: the data
# directory, the lock and the last sync are all that is tried.
MAILCASK_FAULT_COUNT=$work/calls "$mailcask" restore --to all --quiet
t "hardly anything is tried" [ "$(cat calls)" -le 6 ]

# What is there is not replaced.
echo changed >>all/mail/received
exits 3 "a file that differs" restore --to all
t "a file that differs: named" has err "mail/received"
t "it stays" is "$(tail -n 1 all/mail/received)" changed
exits 0 "--overwrite" restore --to all --overwrite
t "--overwrite: as it was" same_tree before all
mkdir -p outside linked
ln -s "$work/outside" linked/mail
exits 3 "a link in the way" restore --to linked
t "a link in the way: not followed" is "$(ls outside)" ""

# One mailbox, one store.
exits 0 "one mailbox" restore Invoices --to one
t "only that" is "$(cd one && find . -type f | sed 's|.*/||' | sort | tr '\n' ' ')" "Invoices "
t "one mailbox: the same bytes" cmp "$local_folders/Invoices" \
    "one/${local_folders#"$HOME"/}/Invoices"
exits 0 "one store" restore claws-mail:Office --mail-only --to store
t "one store: only that" is "$(cd store && ls)" Claws
t "one store: its mail" same_tree before/Claws/inbox store/Claws/inbox
exits 0 "by path" restore "$HOME/mail/received" --to path
t "by path: it" cmp before/mail/received path/mail/received
exits 0 "without companions" restore --mail-only --to mail-only
t "without companions: no settings" is "$(find mail-only -name prefs.js -o -name accountrc)" ""
exits 1 "a name that is none" restore Nonesuch --to none
t "a name that is none: nothing is made" [ ! -e none ]

# As of an earlier backup.
first=$("$mailcask" snapshots --json | sed -n '1s/.*"snapshot":"\([^"]*\)".*/\1/p')
sleep 1
printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: later\n\nlater\n\n' >>"$HOME/mail/received"
rm "$local_folders/Invoices"
exits 0 "backup of the next night" backup
exits 0 "the newest" restore --to newest
t "the newest: with what is new" cmp "$HOME/mail/received" newest/mail/received
t "the newest: without what is gone" [ ! -e "newest/${local_folders#"$HOME"/}/Invoices" ]
exits 0 "--at" restore --at "$first" --to then
t "--at: all as it was" same_tree before then
exits 0 "--at with the beginning of a name" restore --at "${first%????}" --to then2
exits 0 "--at a day" restore --at "$(date +%F)" --to today
t "--at a day: the last backup of it" same_tree newest today
exits 1 "--at before the first" restore --at 2001-01-01 --to never

# Two homes stay apart.
mkdir homes
cp -a before homes/anna
cp -a before homes/bob
echo x >>homes/bob/mail/received
exits 0 "two homes" backup --data two --home homes/anna --home homes/bob
exits 0 "two homes restored" restore --data two --to both
t "two homes: each by itself" [ "$(find both -name received | wc -l)" = 2 ]
for home in anna bob; do
	found=$(find both -path "*$home*/mail/received")
	t "two homes: $home's mail" cmp "homes/$home/mail/received" "$found"
done
finish
