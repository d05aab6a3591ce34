#!/bin/sh
# SPDX-License-Identifier: MIT
# Files among mail that begin with rubbish, or hold no mail at all: what is in
# them is found, and every byte of them comes back.
. "$(dirname "$0")/lib.sh"

profile="$HOME/.thunderbird/p"
folders="$profile/Mail/Local Folders"
mkdir -p "$folders" "$HOME/mail"
: >"$profile/prefs.js"
mail='From pat@example.org Mon Nov 23 11:43:24 2026
From: pat@example.org
Subject: behind the rubbish
Date: Mon, 23 Nov 2026 11:43:24 +0000

Text
'
printf 'rubbish of a crash\n%s' "$mail" >"$folders/Inbox"
printf 'nothing but rubbish' >"$folders/Sent"
printf '<p>log</p>' >"$folders/filterlog.html"
printf '\377\376rubbish\n\n%s' "$mail" >"$HOME/mail/lists"
printf 'a note' >"$HOME/mail/note"
exits 0 "backup" backup --quiet
t "without a word" empty err
mc list
t "the folder of Thunderbird is there" has out "Local Folders/Inbox"
t "and the one in ~/mail" has out "lists"
mc search '"behind the rubbish"' --json
t "the message is found, once" is "$(grep -c . out)" 1
t "with both places" is "$(grep -o '"mailbox":' out | wc -l)" 2
exits 0 "restore" restore --to "$work/back"
rm -rf "$HOME/.local"
t "every byte is back" same_tree "$HOME" "$work/back"

rm -r "$HOME/.thunderbird" "$HOME/mail/lists"
mc locate --json
t "a file that is no mail is named" has out '"path":"'"$HOME"'/mail/note"'
t "with a sentence" has out '"supported":false,"reason":"No mail was recognised in it'
exits 0 "backup of it" backup --data "$work/data"
t "says so" has err "$HOME/mail/note: No mail was recognised in it"
exits 0 "restore of it" restore --data "$work/data" --to "$work/back2"
t "comes back too" cmp "$HOME/mail/note" "$work/back2/mail/note"
finish
