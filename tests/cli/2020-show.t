#!/bin/sh
# SPDX-License-Identifier: MIT
# show: a message for reading, its stored bytes, its parts.
. "$(dirname "$0")/lib.sh"
make_home
exits 0 "backup" backup --quiet
id=$("$mailcask" search --json id:inv131@example.org | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')

exits 0 "show" show "$id"
t "what it says" is "$(cat out)" "Date: 2024-05-07 12:00
From: Anna Berg <anna@example.org>
To: Pat Example <pat@example.org>
Subject: Invoice 2024-131 for crane hire
Message-ID: inv131@example.org
Id: $id
Mailbox: thunderbird:Local Folders/Invoices
Mailbox: claws-mail:Office/inbox
Mailbox: mutt:~/Maildir/INBOX

Dear Pat,

invoice 131, with the load plan once more.

Anna

Attachment 2: invoice-131.pdf, application/pdf, 2.6 kB
Attachment 3: crane.svg, image/svg+xml, 5.5 kB"
exits 0 "by the beginning of its id" show "$(echo "$id" | cut -c1-8)"
exits 0 "by its Message-ID" show inv131@example.org
exits 0 "by its Message-ID in brackets" show '<inv131@example.org>'
exits 0 "HTML as text" show news12@example.com
t "HTML as text: read" has out "The café opens in May."
t "HTML as text: no tags" lacks out "<b>"
exits 0 "a charset of long ago" show kaigi@example.com
t "a charset of long ago: read" has out "月曜の会議は十時からです。"
exits 0 "JSON" show --json "$id"
t "its text and parts" has out '"text":"Dear Pat,\n\ninvoice 131, with the load plan once more.\n\nAnna","parts":[{"part":"1","type":"text/plain","name":null,"size":'

# The exact bytes.
exits 0 "--raw" show --raw "$id" --mailbox claws-mail:Office/inbox
t "--raw: the file of an MH folder" cmp out "$HOME/Claws/inbox/2"
exits 0 "--raw of a Maildir" show --raw "$id" --mailbox "mutt:~/Maildir/INBOX"
t "--raw: the file of a Maildir" cmp out "$HOME/Maildir/new/1714000003.R22.harbour"
exits 0 "--raw of an mbox" show --raw "$id" --mailbox Invoices
t "--raw: a piece of the mbox, its separator included" python3 -c 'import sys
sys.exit(open("out", "rb").read() not in open(sys.argv[1], "rb").read())' "$local_folders/Invoices"
exits 0 "--raw of the first" show --raw "$id"
exits 1 "--raw of a mailbox it is not in" show --raw "$id" --mailbox Sent

# Parts.
exits 0 "--part" show --part 2 "$id"
t "--part: decoded" is "$(head -c 8 out)" "%PDF-1.4"
exits 0 "--save --part" show --part 3 --save saved "$id"
t "--save --part: that one" is "$(ls saved)" "crane.svg"
exits 0 "--part to compare" show --part 3 "$id"
t "--save: the same bytes" cmp out saved/crane.svg
exits 0 "--save" show --save all "$id"
t "--save: all attachments" is "$(ls all | tr '\n' ' ')" "crane.svg invoice-131.pdf "
t "--save: each named" is "$(grep -c . out)" 2
echo mine >all/invoice-131.pdf
exits 0 "--save again" show --save all "$id"
t "--save: nothing is replaced" is "$(cat all/invoice-131.pdf)" mine
t "--save: a number where the name is taken" is "$(ls all | tr '\n' ' ')" \
    "crane-3.svg crane.svg invoice-131-2.pdf invoice-131.pdf "
exits 2 "a part that is not there" show --part 9 "$id"
exits 0 "none to save" show --save none note1@example.org
t "none to save: says so" has err "no attachments"

# Hostile names of attachments.
i=0
printf '%s\n' '../../evil' '/etc/evil' 'a/b' '..' '.' 'CON' 'nul.txt' '.bashrc' '-rf' 'a\b' 'C:evil' \
    "$(printf 'x%0.s' $(seq 300))" "$(printf 'tab\there')" 'trailing.' 'q?*<>|"' "$(printf '\342\200\256gpj.exe')" |
while IFS= read -r name; do
	i=$((i + 1))
	printf 'Subject: hostile %s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename="%s"\n\nx\n--b--\n' \
	    $i "$(printf %s "$name" | sed 's/["\\]/\\&/g')" >"$HOME/Claws/inbox/$((100 + i))"
done
exits 0 "hostile names" backup --quiet
"$mailcask" search --json hostile | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/' >ids
t "hostile names: all there" is "$(grep -c . ids)" 16
while read -r id; do
	"$mailcask" show --save "deep/er/$id" "$id" >/dev/null 2>>err
done <ids
t "hostile names: each saved" is "$(find deep/er -type f | wc -l)" 16
t "hostile names: nowhere else" is "$(find deep -type f | grep -vc '^deep/er/[0-9a-f]*/[^/]*$')" 0
t "hostile names: safe on every file system" is \
    "$(find deep/er -type f -printf '%f\n' | LC_ALL=C grep -E '[]\\/:*?"<>|[:cntrl:]]|^\.|\.$|^.{130}')" ""

# Two messages of one Message-ID: both are kept, and named.
for n in 1 2; do
	printf 'Message-ID: <twin@example.org>\nSubject: twin %s\n\nbody %s\n' $n $n >"$HOME/Claws/inbox/20$n"
done
exits 0 "twins" backup --quiet
exits 2 "a Message-ID of two" show twin@example.org
t "both ids are said" is "$(grep -cE '[0-9a-f]{64}$' err)" 2
for id in $(sed -n 's/.*\([0-9a-f]\{64\}\)$/\1/p' err); do
	exits 0 "one of them" show "$id"
done

# Backups within one second: the bytes of what is gone lie in the first.
printf 'Subject: fleeting\n\nbody\n' >"$HOME/Claws/inbox/300"
cp "$HOME/Claws/inbox/300" kept
exits 0 "there" backup --quiet
rm "$HOME/Claws/inbox/300"
exits 0 "gone" backup --quiet --alarm-percent 0
id=$("$mailcask" search --json fleeting | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
exits 0 "--raw of a deleted message" show --raw "$id"
t "--raw of a deleted message: as it lay" cmp out kept

# A message inside is a part, and with a name an attachment.
printf '%s\n' 'Subject: outer' 'Content-Type: multipart/mixed; boundary=b' '' '--b' '' 'see below' '--b' \
    'Content-Type: message/rfc822; name="Re: crane.eml"' '' 'Subject: inner' '' 'hook and rope' '--b--' \
    >"$HOME/Claws/inbox/301"
exits 0 "a message inside" backup --quiet
id=$("$mailcask" search --json 'rope file:crane.eml has:attachment' | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
exits 0 "a message inside: --part" show --part 2 "$id"
t "a message inside: its bytes" is "$(cat out)" "$(printf 'Subject: inner\n\nhook and rope')"
exits 0 "a message inside" show "$id"
t "a message inside: listed" has out "Attachment 2: Re: crane.eml, message/rfc822, 29 B"
exits 0 "a message inside: --save" show --save inside "$id"
t "a message inside: its name" is "$(ls inside)" "Re_ crane.eml"
finish
