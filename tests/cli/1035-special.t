#!/bin/sh
# SPDX-License-Identifier: MIT
# What stands where mail should and is none: named, never waited for, and the
# rest is saved.
. "$(dirname "$0")/lib.sh"
mkdir -p "$HOME/Maildir/cur" "$HOME/Maildir/new" "$HOME/Maildir/tmp" "$HOME/Mail/inbox" "$HOME/mail"
message() { printf 'From: a@example.org\nSubject: %s\n\nx\n' "$1"; }
for n in 1 2 3; do
	message "maildir $n" >"$HOME/Maildir/cur/$n.host:2,S"
	message "mh $n" >"$HOME/Mail/inbox/$n"
done
echo 'Path: Mail' >"$HOME/.mh_profile"
message linked >elsewhere
ln -s "$work/elsewhere" "$HOME/Maildir/cur/4.host:2,"
exits 0 "a link to a message" backup --json
t "a link to a message: it is saved" has out '"seen":7'

mkfifo "$HOME/Maildir/new/5.host" "$HOME/Mail/inbox/4"
ln -s 6.host "$HOME/Maildir/new/6.host"
python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$HOME/Maildir/cur/7.host:2," 2>/dev/null
mkdir "$HOME/Maildir/cur/8.host:2," "$HOME/Mail/inbox/9"
ln -s nowhere "$HOME/Maildir/cur/9.host:2,"
for night in "a night" "the next night"; do
	exits 3 "$night" backup --json
	t "$night: all messages are seen" has out '"saved":0,"had":7'
	for name in "Maildir/new/5.host: not a regular file" "Mail/inbox/4: not a regular file" \
	    "Maildir/new/6.host: open: Too many levels"; do
		t "$night: $name" has err "$name"
	done
	[ ! -S "$HOME/Maildir/cur/7.host:2," ] ||
	    t "$night: a socket" has err "7.host:2,: not a regular file"
	t "$night: a directory and a link to nothing are no mail" lacks err "/[89]"
done
exits 0 "restored" restore --to back
t "restored: a message each" is "$(find back -type f -path '*cur*' | wc -l)" 4
exits 0 "locate" locate --json
t "locate counts messages only" has out '"mailboxes":1,"messages":3'

# What may not be read.
if [ "$(id -u)" = 0 ]; then
	skip "what may not be read" "root may"
	finish
	exit
fi
rm -rf "$HOME/Maildir/new/"* "$HOME/Maildir/cur/"[4-9]* "$HOME/Mail/inbox/"[49]
mkdir -p "$HOME/Maildir/.closed/cur" "$HOME/Maildir/.closed/new" "$HOME/Maildir/.closed/tmp"
chmod 0 "$HOME/Maildir/cur/2.host:2,S" "$HOME/Maildir/.closed/cur"
printf 'From a@b Tue Apr 16 10:00:00 2024\nSubject: open\n\nx\n\n' >"$HOME/mail/open"
cp "$HOME/mail/open" "$HOME/mail/closed"
echo 'set folder=~/mail
mailboxes =open =closed' >"$HOME/.muttrc"
chmod 0 "$HOME/mail/closed"
exits 3 "what may not be read" backup
t "a file: named" has err "cur/2.host:2,S: open: Permission denied"
t "a mailbox: named once, and what is wrong" is "$(grep "not saved.*mail/closed" err)" \
    "mailcask: backup: not saved: $HOME/mail/closed: open: Permission denied"
t "a directory: named" has err ".closed/cur: open: Permission denied"
finish
