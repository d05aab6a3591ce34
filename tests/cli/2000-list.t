#!/bin/sh
# SPDX-License-Identifier: MIT
# list, locate and snapshots; their JSON whole, because it is an interface.
. "$(dirname "$0")/lib.sh"
make_home
plain() {
	sed -e "s|$work|WORK|g" -e 's/20[0-9-]*T[0-9]*Z-[0-9a-f]*/SNAPSHOT/g' \
	    -e 's/"\(time\|first_seen\|last_seen\)":"[^"]*"/"\1":"TIME"/g' \
	    -e 's/"bytes":[0-9]*/"bytes":N/' -e 's/"host":"[^"]*"/"host":"HOST"/' out
}

exits 0 "locate --json" locate --json
t "its JSON" is "$(plain)" '{"client":"thunderbird","account":"pat@example.org","format":"mbox","path":"WORK/home/.thunderbird/x7k2m9.default-release/Mail/pop.example.org","home":"WORK/home","mailboxes":2,"messages":null,"bytes":N,"supported":true,"running":false}
{"client":"thunderbird","account":"pat@example.net","format":"mbox","path":"WORK/home/.thunderbird/x7k2m9.default-release/ImapMail/imap.example.net","home":"WORK/home","mailboxes":2,"messages":null,"bytes":N,"supported":true,"running":false}
{"client":"thunderbird","account":"Local Folders","format":"mbox","path":"WORK/home/.thunderbird/x7k2m9.default-release/Mail/Local Folders","home":"WORK/home","mailboxes":4,"messages":null,"bytes":N,"supported":true,"running":false}
{"client":"thunderbird","account":"pat@example.se","format":"maildir","path":"WORK/home/.thunderbird/x7k2m9.default-release/Mail/pop.example.se","home":"WORK/home","mailboxes":1,"messages":2,"bytes":N,"supported":true,"running":false}
{"client":"claws-mail","account":"Office","format":"mh","path":"WORK/home/Claws","home":"WORK/home","mailboxes":2,"messages":4,"bytes":N,"supported":true,"running":false}
{"client":"mutt","account":"~/mail","format":"mbox","path":"WORK/home/mail","home":"WORK/home","mailboxes":2,"messages":null,"bytes":N,"supported":true,"running":false}
{"client":"mutt","account":"~/Maildir","format":"maildir","path":"WORK/home/Maildir","home":"WORK/home","mailboxes":4,"messages":10,"bytes":N,"supported":true,"running":false}'
t "locate wrote nothing" [ ! -e "$HOME/.local" ]
exits 0 "locate" locate
t "locate: below the home" has out "  ~/Claws"
exits 0 "locate --home" locate --home "$HOME"
exits 0 "locate a path" locate --json "$HOME/mail/received"
t "locate a path: only it" is "$(plain)" '{"client":"path","account":"received","format":"mbox","path":"WORK/home/mail/received","home":null,"mailboxes":1,"messages":null,"bytes":N,"supported":true,"running":false}'
mkdir empty
exits 0 "locate nothing" locate --home empty
t "locate nothing: says so" has err "no mail was found"
t "locate nothing: no answer" empty out

# A disk of another system.
mkdir -p disk/home disk/etc "disk/home/pat"
echo 'pat:x:1000:1000::/home/pat:/bin/sh' >disk/etc/passwd
cp -a "$HOME/." disk/home/pat
exits 0 "locate --root" locate --root disk --json
t "locate --root: all stores" is "$(grep -c "\"home\":\"$work/disk/home/pat\"" out)" 7

exits 0 "backup" backup --quiet
exits 0 "list --json" list --json
t "its JSON" is "$(plain | grep -E '"(Office|Local Folders)"')" '{"name":"claws-mail:Office/Büro & Co","client":"claws-mail","account":"Office","store":"WORK/home/Claws","mailbox":["Büro & Co"],"format":"mh","messages":1,"unread":1,"bytes":N,"snapshot":"SNAPSHOT"}
{"name":"claws-mail:Office/inbox","client":"claws-mail","account":"Office","store":"WORK/home/Claws","mailbox":["inbox"],"format":"mh","messages":3,"unread":1,"bytes":N,"snapshot":"SNAPSHOT"}
{"name":"thunderbird:Local Folders/Invoices","client":"thunderbird","account":"Local Folders","store":"WORK/home/.thunderbird/x7k2m9.default-release/Mail/Local Folders","mailbox":["Invoices"],"format":"mbox","messages":2,"unread":0,"bytes":N,"snapshot":"SNAPSHOT"}
{"name":"thunderbird:Local Folders/Projekte","client":"thunderbird","account":"Local Folders","store":"WORK/home/.thunderbird/x7k2m9.default-release/Mail/Local Folders","mailbox":["Projekte"],"format":"mbox","messages":0,"unread":0,"bytes":N,"snapshot":"SNAPSHOT"}
{"name":"thunderbird:Local Folders/Projekte/Kräne 起重機","client":"thunderbird","account":"Local Folders","store":"WORK/home/.thunderbird/x7k2m9.default-release/Mail/Local Folders","mailbox":["Projekte","Kräne 起重機"],"format":"mbox","messages":2,"unread":0,"bytes":N,"snapshot":"SNAPSHOT"}
{"name":"thunderbird:Local Folders/Trash","client":"thunderbird","account":"Local Folders","store":"WORK/home/.thunderbird/x7k2m9.default-release/Mail/Local Folders","mailbox":["Trash"],"format":"mbox","messages":0,"unread":0,"bytes":N,"snapshot":"SNAPSHOT"}'
exits 0 "list" list
t "list: a row a mailbox" is "$(grep -c . out)" 18

# Every name that list prints is taken, and is unambiguous.
"$mailcask" list --json | sed 's/^{"name":"\([^"]*\)".*"messages":\([0-9]*\).*/\2 \1/' >names
while read -r messages name; do
	"$mailcask" list --json "$name" >one </dev/null
	t "list \"$name\"" is "$? $(grep -c . one)" "0 $messages"
done <names
for name in Invoices "Projekte/Kräne 起重機" "Kräne 起重機" "Local Folders/Invoices" "$local_folders/Invoices"; do
	exits 0 "by \"$name\"" list "$name"
done

exits 0 "the messages of one" list --json Invoices
t "their JSON" is "$(plain)" '{"id":"3d415acee65f7de7de8c8bc99c9449b1957e79bba580af0716949db7f3b62013","message_id":"inv117@example.org","date":"2024-03-04T08:12:00Z","from":"Anna Berg <anna@example.org>","to":"Pat Example <pat@example.org>","subject":"Invoice 2024-117 for harbour dues","size":4035,"attachments":["invoice-117.pdf"],"flags":["seen"],"tags":["$label2","Work"],"mailboxes":[{"client":"thunderbird","account":"pat@example.org","mailbox":["Inbox"],"first_seen":"TIME","last_seen":"TIME","deleted":false},{"client":"thunderbird","account":"Local Folders","mailbox":["Invoices"],"first_seen":"TIME","last_seen":"TIME","deleted":false},{"client":"mutt","account":"~/mail","mailbox":["received"],"first_seen":"TIME","last_seen":"TIME","deleted":false}]}
{"id":"b949689013446d2b'"$("$mailcask" search --json id:inv131@example.org | sed 's/.*"id":"b949689013446d2b\([0-9a-f]*\).*/\1/')"'","message_id":"inv131@example.org","date":"2024-05-07T12:00:21Z","from":"Anna Berg <anna@example.org>","to":"Pat Example <pat@example.org>","subject":"Invoice 2024-131 for crane hire","size":11523,"attachments":["invoice-131.pdf","crane.svg"],"flags":["seen","flagged"],"tags":["$label2","Work"],"mailboxes":[{"client":"thunderbird","account":"Local Folders","mailbox":["Invoices"],"first_seen":"TIME","last_seen":"TIME","deleted":false},{"client":"claws-mail","account":"Office","mailbox":["inbox"],"first_seen":"TIME","last_seen":"TIME","deleted":false},{"client":"mutt","account":"~/Maildir","mailbox":["INBOX"],"first_seen":"TIME","last_seen":"TIME","deleted":false}]}'
exits 0 "the messages of one, as a table" list Invoices
t "the oldest first, with flags" is "$(sed 1d out)" \
'3d415acee6  2024-03-04  Anna Berg <anna@example.org>  Invoice 2024-117 for harbour dues
b949689013  2024-05-07  Anna Berg <anna@example.org>  Invoice 2024-131 for crane hire    flagged'

exits 0 "snapshots --json" snapshots --json
t "its JSON" is "$(plain)" '{"snapshot":"SNAPSHOT","time":"TIME","host":"HOST","user":"pat","mailboxes":17,"seen":35,"saved":15,"had":20,"failed":0,"alarm":null}'
exits 0 "status --json" status --json
t "its JSON" is "$(plain | sed 's/"age":[0-9]*/"age":N/')" '{"snapshot":"SNAPSHOT","time":"TIME","age":N,"failed":0,"alarm":null}'

# A mailbox that is gone.
first=$("$mailcask" snapshots --json | sed 's/.*"snapshot":"\([^"]*\)".*/\1/')
rm "$local_folders/Invoices"
sleep 1
exits 0 "the next night" backup --quiet
exits 0 "list" list
t "gone from the list" lacks out "Invoices"
exits 0 "list --gone" list --gone
t "list --gone has it, with its day" grep -q "Invoices .* $(date +%F)$" out
exits 0 "list --gone --json" list --gone --json
t "list --gone --json: when it was seen" grep -q "Invoices.*$first" out
exits 0 "list --at" list --at "$first"
t "list --at has it" has out Invoices
exits 0 "its messages as last seen" list Invoices
t "both" is "$(sed 1d out | grep -c .)" 2
exits 1 "as of now it is not there" list --at "$(date +%F)" Invoices

# Two homes with the same accounts: each mailbox has a name of its own.
mkdir two
cp -a "$HOME/." two/pat
cp -a "$HOME/." two/ann
exits 0 "two homes" backup --quiet --home two/pat --home two/ann --data "$work/data2"
exits 0 "two homes: list" list --json --data "$work/data2"
sed 's/.*"name":"\([^"]*\)".*/\1/' out >names
t "two homes: no name twice" is "$(sort -u names | grep -c .)" "$(grep -c . names)"
while IFS= read -r name; do
	exits 0 "two homes: list $name" list --data "$work/data2" "$name"
done <names
exits 2 "two homes: the name of both" list --data "$work/data2" "claws-mail:Office/inbox"
t "two homes: how to say which" has err "$work/two/ann/Claws/inbox"

# A file, or a folder of MH, that is an account of its own is named once.
mkdir -p three/mail/12345
printf 'From: a@example.org\n\nx\n' >three/mail/12345/1
printf 'From a Mon Nov 23 11:43:24 2026\nSubject: x\n\nx\n' | tee three/mbox >three/mail/in
printf 'set folder=~/mail\nmailboxes =12345 =in\n' >three/.muttrc
exits 0 "named by its path" backup --quiet --home three --data "$work/data3"
exits 0 "named by its path: list" list --json --data "$work/data3"
sed 's/.*"name":"\([^"]*\)".*/\1/' out >names
t "named by its path: each once" is "$(sort names | tr '\n' ' ')" \
    "mutt:~/mail/12345 mutt:~/mail/in mutt:~/mbox "
while IFS= read -r name; do
	exits 0 "named by its path: list $name" list --data "$work/data3" "$name"
done <names

# One wide subject does not widen all rows.
{ printf 'Subject: wide '; printf 'x%.0s' $(seq 400); printf '\n\nx\n'; } >"$HOME/Claws/inbox/400"
exits 0 "a wide subject" backup --quiet
exits 0 "a wide subject: list" list claws-mail:Office/inbox
t "a wide subject: whole" has out "$(printf 'x%.0s' $(seq 400))"
t "a wide subject: its row only" is "$(grep -c '.\{400\}' out)" 1
finish
