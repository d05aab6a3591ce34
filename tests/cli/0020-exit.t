#!/bin/sh
# SPDX-License-Identifier: MIT
# Every exit status that can come, provoked.  (2: 0000-usage.t.  8 comes with
# encryption.)
. "$(dirname "$0")/lib.sh"

# 5: there is no archive.
exits 5 "no backup yet" list
t "no backup yet: says what to do" has err '"mailcask backup" makes the first'
t "no backup yet: nothing is made" is "$(ls -A "$HOME")" ""
exits 5 "archive at no place" backup --archive "$work/nowhere"
mkdir mountpoint
exits 5 "archive not mounted" backup --archive "$work/mountpoint"
t "archive not mounted: nothing is written there" is "$(ls -A mountpoint)" ""
mkdir -p otherdisk/packs
echo photographs >otherdisk/notes.txt
exits 5 "another disk is mounted" backup --archive "$work/otherdisk"
t "another disk is mounted: nothing is written there" is "$(find otherdisk | sort | tr '\n' ' ')" \
    "otherdisk otherdisk/notes.txt otherdisk/packs "
exits 5 "another disk is mounted, to check" check --archive "$work/otherdisk"
exits 1 "no archive is made where other files lie" init "$work/otherdisk"
rm -rf "$HOME/.local"

# 1: nothing saved.
exits 1 "no mail at all" backup
t "no mail at all: says so" has err "no mail was found"
t "no mail at all: nothing is made" is "$(ls -A "$HOME")" ""
exits 1 "a mailbox that is not there" backup "$work/none/mbox"
t "a mailbox that is not there: named" has err "$work/none/mbox: No such file or directory"
t "a mailbox that is not there: nothing is made" is "$(ls -A "$HOME")" ""
exits 1 "no mail at all in a home that is not there" backup --home "$work/none" --data "$work/none/data"
t "a home that is not there: named once" is "$(cat err)" "mailcask: backup: --home $work/none: no such directory"
exits 1 "to be located" locate --home "$work/none"
t "to be located: named once" is "$(cat err)" "mailcask: locate: --home $work/none: no such directory"
exits 1 "a disk that is not there" locate --root "$work/none"
t "a disk that is not there: named" is "$(cat err)" "mailcask: locate: --root $work/none: no such directory"
exits 2 "a home that is a file" locate --home "$mailcask"
t "a home that is a file: named" is "$(cat err)" "mailcask: locate: --home $mailcask: not a directory"
mc_home=$HOME HOME=$work/none
exits 1 "one's own home is not there" locate
t "one's own home is not there: named once" is "$(cat err)" \
    "mailcask: locate: the home directory: $work/none: no such directory"
HOME=$mc_home
mkdir shut
chmod 0 shut
if ls shut >/dev/null 2>&1; then
	skip "a home that may not be looked into" "this user may look into anything"
else
	exits 1 "a home that may not be looked into" locate --home "$work/shut"
	t "a home that may not be looked into: named" is "$(cat err)" \
	    "mailcask: locate: --home $work/shut: Permission denied"
fi
t "no home is made" [ ! -e "$work/none" ]

# 0
make_home
exits 0 "backup" backup
t "backup: nothing on standard error" empty err
exits 0 "backup again" backup --quiet
t "backup --quiet: nothing on standard output" empty out
t "backup --quiet: nothing on standard error" empty err
exits 0 "status" status
exits 0 "young enough" status --quiet --max-age 1h
t "young enough --quiet: nothing" empty out
exits 1 "no such message" show 0123456789abcdef
exits 1 "no such mailbox" list Nonesuch
exits 1 "no such snapshot" list --at 2001-01-01
exits 2 "senseless time" list --at soon
exits 2 "several mailboxes" list Inbox
t "several mailboxes: named" has err "thunderbird:pat@example.se/Inbox"
exits 2 "senseless date in a query" search date:2024-99
sleep 2
exits 1 "too old" status --max-age 1s
t "too old: says so" has err "is older than 1s"
if command -v zstd >/dev/null; then
	cp -a "$HOME/.local/share/mailcask/archive" future
	newest=$(find future/snapshots -type f | sort | tail -n 1)
	zstd -dcq "$newest" | sed 's/"time":"[^"]*"/"time":"2099-01-01T00:00:00Z"/' | zstd -cq >newest
	mv newest "future/snapshots/2099-01-01T000000Z-$(sha256sum <newest | cut -c1-8).json.zst"
	exits 0 "a backup from the future" status --data "$work/data-future" --archive "$work/future"
	t "a backup from the future: says so" has out "in the future, by this clock"
	exits 1 "a backup from the future is not young" status --quiet --max-age 36h \
	    --data "$work/data-future" --archive "$work/future"
	t "a backup from the future is not young: says why" has err "a clock is wrong"
else
	skip "a backup from the future" "no zstd here"
fi

# 3: something failed, the rest is saved.
mkdir good
printf 'From: a@example.org\nSubject: whole\n\ntext\n' >good/whole.eml
printf 'From a@example.org Mon Apr 15 10:00:00 2024\nSubject: cut\n\n%s\n' "$(seq 2000)" |
    gzip >whole.mbox.gz
head -c 3000 whole.mbox.gz >cut.mbox.gz
exits 3 "a damaged mailbox" backup --data "$work/data3" good cut.mbox.gz
t "a damaged mailbox: named" has err "$work/cut.mbox.gz"
exits 3 "a damaged mailbox, quiet" backup --quiet --data "$work/data3" good cut.mbox.gz
t "a damaged mailbox, quiet: named" has err "cut.mbox.gz"
t "a damaged mailbox, quiet: no answer" empty out
exits 3 "a PATH that is no mail" backup --data "$work/data3" good "$tests/run.sh" nowhere
t "a PATH that is no mail: named" has err "run.sh: this is no mailbox of a known format"
t "a PATH that is not there: named" has err "not saved: $work/nowhere: No such file or directory"
exits 1 "nothing but such PATHs" backup --data "$work/data3" "$tests/run.sh" nowhere
t "nothing but such PATHs: no snapshot" lacks out Snapshot
exits 3 "locate: a PATH that is no mail" locate --json good "$tests/run.sh"
t "locate: it is listed" grep -q '"supported":false,"reason":"this is no mailbox of a known format"' out
exits 1 "locate: nothing but such PATHs" locate nowhere
exits 0 "the rest was saved" search --data "$work/data3" whole
t "the rest was saved: found" has out "whole"

# 4: mail has disappeared.
rm -rf "$HOME/.local"
exits 0 "before it disappears" backup
inbox=$HOME/.thunderbird/x7k2m9.default-release/Mail/pop.example.org/Inbox
rm "$HOME/Maildir/cur/1714000000.R1.harbour:2,S"
exits 0 "a message that lies elsewhere, too" backup
: >"$inbox"
exits 4 "mail has disappeared" backup --quiet
t "mail has disappeared: says where" has err "thunderbird:pat@example.org/Inbox"
t "mail has disappeared: says what to do" has err "mailcask restore --at SNAPSHOT"
mv "$HOME/Maildir" gone
exits 4 "a store has disappeared, though its mail lies elsewhere too" backup --quiet
t "a store has disappeared: says which" has err "the whole store $HOME/Maildir is not there any more"
exits 0 "a store has disappeared: told once" backup --quiet
mv gone "$HOME/Maildir"
exits 0 "a store is back" backup --quiet
exits 0 "what disappeared is found" search is:deleted trick
t "what disappeared is found: marked" has out "deleted 20"
rm -rf "$HOME/.local"
cp "$tests/data/demo/home/${inbox#$HOME/}" "$inbox"
exits 0 "mail is back" backup
: >"$inbox"
exits 0 "a drop that is allowed" backup --alarm-percent 0
rm -rf "$HOME/.thunderbird" "$HOME/.claws-mail" "$HOME/Claws" "$HOME/mail" "$HOME/Maildir" \
    "$HOME/.muttrc"
exits 4 "all mail has disappeared" backup --quiet

# 7: another run.
flock "$HOME/.local/share/mailcask/lock" sleep 20 &
sleep 0.5
exits 7 "another run" backup
t "another run: says so" has err "lock"
exits 0 "readers do not wait" list --at "$(date +%F)"
kill $!
wait $! 2>/dev/null
MAILCASK_FAULT=3:kill "$mailcask" backup --data "$work/data7" good >/dev/null 2>&1
exits 0 "a dead run's lock blocks nobody" backup --data "$work/data7" good

# 6: damage.
pack=$(find "$work/data3/archive/packs" -type f | sort | head -n 1)
cp "$pack" pack.good
chmod u+w "$pack"
printf 'X' | dd of="$pack" bs=1 seek=40 conv=notrunc 2>/dev/null
exits 6 "a damaged pack" check --read-data --data "$work/data3"
t "a damaged pack: named" has out "$(basename "$pack")"
rm "$pack"
exits 6 "a missing pack" check --data "$work/data3"
t "a missing pack: named" has out "$(basename "$pack")"
cp pack.good "$pack"
exits 0 "the pack is back" check --read-data --data "$work/data3"

# 1: a newer version.
identity=$work/data3/archive/archive.json
chmod u+w "$identity"
sed -i 's/"version":1/"version":99/; s/"digest":"[0-9a-f]*"/"digest":"'"$(printf '%064d' 0)"'"/' "$identity"
sed -i 's/"digest":"0*"/"digest":"'"$(sha256sum <"$identity" | cut -c1-64)"'"/' "$identity"
exits 1 "a newer version" list --data "$work/data3"
t "a newer version: says so" has err "version"
finish
