#!/bin/sh
# SPDX-License-Identifier: MIT
# forget: backups go by rules, the mail that was in them stays or goes, and every
# machine that knew them learns that it was done on purpose.
. "$(dirname "$0")/lib.sh"
mkdir -p "$HOME/mail"
letter() { # number
	printf 'From anna@example.org Tue Apr 16 10:00:00 2024\n'
	printf 'From: anna@example.org\nTo: pat@example.org\nSubject: letter %s\n' "$1"
	printf 'Date: Tue, 16 Apr 2024 10:00:00 +0000\nMessage-ID: <%s@forget.example.org>\n\n' "$1"
	printf 'This is number %s, of %s pages.\n\n' "$1" "$(($1 * 7))"
}
night() { # the letters that are there
	for n in "$@"; do letter "$n"; done >"$HOME/mail/letters"
	mc backup --archive "$archive" --quiet --alarm-percent 0 "$HOME/mail/letters" || cat err
	[ $status -eq 0 ] || echo "backup: $status"
	sleep 1.1
}
ids() { "$mailcask" snapshots --archive "$archive" --json | sed -n 's/.*"snapshot":"\([^"]*\)".*/\1/p'; }
archive=$work/archive
exits 0 "init" init "$archive"
night 1 2 3 4
night 1 2 3 4 5
night 1 2 3
night 1 2 3 6
night 1 2 6
ids >all
t "five backups" is "$(wc -l <all)" 5
# A second machine has seen all of them.
exits 0 "a second machine" search letter --archive "$archive" --data "$work/second" --json
t "finds what is deleted" is "$(wc -l <out)" 6

exits 2 "no rule" forget --archive "$archive"
exits 2 "a rule that is none" forget --archive "$archive" --keep-within 3q
exits 2 "both" forget --archive "$archive" --keep-last 1 --keep-messages --drop-messages
exits 0 "dry run" forget --archive "$archive" --keep-last 2 --dry-run --json
t "three would go" is "$(grep -c '"kept":false' out)" 3
t "two stay, and why" is "$(grep -c '"why":\[\("newest",\)*"last"\]' out)" 2
t "nothing went" is "$(ids)" "$(cat all)"
exits 0 "dry run of dropping" forget --archive "$archive" --keep-last 2 --drop-messages --dry-run
t "letter 4 would go" has out "letter 4"
t "letter 5 would go" has out "letter 5"
t "letter 3 would not" lacks out "letter 3"
t "in words" has out "3 backups would be forgotten, 2 kept; 2 messages would be dropped."

exits 0 "forget" forget --archive "$archive" --keep-last 2
t "in words" has out "3 backups forgotten, 2 kept; 2 messages of them stay to be found."
t "the last two are left" is "$(ids)" "$(tail -n 2 all)"
t "and no others at the target but what says so" is "$(find "$archive/snapshots" -type f | wc -l)" 3
exits 0 "check" check --read-data --archive "$archive"
exits 0 "the second machine does not cry" check --archive "$archive" --data "$work/second"
t "nor says anything" empty err
exits 0 "nor does its list" list --archive "$archive" --data "$work/second"
t "nothing said" empty err
for data in "$HOME/.local/share/mailcask" "$work/second" "$work/third"; do
	exits 0 "search" search letter --archive "$archive" --data "$data" --json
	t "all six are found" is "$(wc -l <out)" 6
	exits 0 "deleted ones" search 'is:deleted letter' --archive "$archive" --data "$data" --json
	t "three are deleted" is "$(sed -n 's/.*"subject":"\([^"]*\)".*/\1/p' out | sort | tr '\n' ,)" "letter 3,letter 4,letter 5,"
	sed -n 's/.*"subject":"letter 5".*"mailboxes":\[\(.*\)\].*/\1/p' out >"seen-$(basename "$data")"
	exits 0 "export of letter 4" export 'subject:"letter 4"' --archive "$archive" --data "$data" --to "four-$(basename "$data").mbox"
	t "it is whole" has "four-$(basename "$data").mbox" "This is number 4, of 28 pages."
	exits 0 "show of letter 5" show 5@forget.example.org --archive "$archive" --data "$data"
	exits 0 "raw" show 5@forget.example.org --raw --archive "$archive" --data "$data"
	t "it is whole" has out "This is number 5, of 35 pages."
	exits 0 "status" status --archive "$archive" --data "$data" --json
	t "the newest is the newest backup" has out "$(tail -n 1 all)"
done
t "a new machine knows where and when" is "$(cat seen-third)" "$(cat seen-mailcask)"
t "so does the second" is "$(cat seen-second)" "$(cat seen-mailcask)"
exits 2 "one that was forgotten" restore --archive "$archive" --at "$(head -n 1 all)" --to gone
exits 0 "one that was kept" restore --archive "$archive" --at "$(sed -n 4p all)" --to fourth
t "it holds what it held" is "$(grep -c '^Subject' "fourth$HOME/mail/letters")" 4
exits 0 "the newest" restore --archive "$archive" --to newest
t "as it is" same_tree "$HOME/mail" "newest$HOME/mail"

# What reads only FORMAT.md goes on.
t "a stranger restores the newest" "$tests/stranger.sh" "$archive" "$work/strange"
t "as it is" same_tree "$HOME/mail" "strange$HOME/mail"

# The chain goes on behind it; a second forget takes the first one's place.
night 1 2 6 7
exits 0 "check" check --read-data --archive "$archive"
ids >all
t "three backups" is "$(wc -l <all)" 3
exits 0 "nothing to forget" forget --archive "$archive" --keep-last 3
t "in words" has out "0 backups forgotten, 3 kept"
exits 0 "by name" forget --archive "$archive" "$(head -n 1 all)"
t "it is gone" is "$(ids)" "$(tail -n 2 all)"
exits 2 "the newest stays" forget --archive "$archive" "$(tail -n 1 all)"
t "one that says so" is "$(find "$archive/snapshots" -type f | wc -l)" 3
exits 0 "check" check --read-data --archive "$archive"
exits 0 "a machine that missed the first" check --archive "$archive" --data "$work/second"
t "says nothing" empty err
exits 0 "letter 4 is there still" search 'subject:"letter 4"' --archive "$archive" --data "$work/fourth" --json
t "once" is "$(wc -l <out)" 1

# Dropping: what was kept goes too.
exits 0 "drop" forget --archive "$archive" --keep-last 1 --drop-messages
t "in words" has out "3 messages dropped"
for data in "$HOME/.local/share/mailcask" "$work/second" "$work/fifth"; do
	exits 0 "search" search 'is:deleted letter' --archive "$archive" --data "$data" --json
	t "nothing deleted is found" empty out
	exits 0 "search" search letter --archive "$archive" --data "$data" --json
	t "what is there is" is "$(grep -c '"deleted":false' out)" 4
done
# A letter that was dropped comes again.
night 1 2 6 7 4
exits 0 "search" search 'subject:"letter 4"' --archive "$archive" --json
t "it is found once" is "$(wc -l <out)" 1
exits 0 "the second machine" search 'subject:"letter 4"' --archive "$archive" --data "$work/second" --json
t "finds it once" is "$(grep -c '"deleted":false' out)" 1
exits 0 "check" check --read-data --archive "$archive"

# Taking files away is still found out.
rm "$archive/snapshots/$(ids | tail -n 1)"*
exits 6 "a snapshot that somebody took" check --archive "$archive"
finish
