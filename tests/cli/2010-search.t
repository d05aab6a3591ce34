#!/bin/sh
# SPDX-License-Identifier: MIT
# The query language, on the invented mail.
. "$(dirname "$0")/lib.sh"
make_home
exits 0 "backup" backup --quiet

finds() { # the Message-IDs found, sorted, without what follows "@"; the query
	wanted=$1
	shift
	"$mailcask" search --json "$@" >out 2>err
	t "search $*" is "$? $(sed 's/.*"message_id":"\([^@"]*\).*/\1/' out | sort | tr '\n' ' ')" "0 $wanted"
}
finds "inv117 inv131 " invoice
finds "inv117 inv131 " INVOICE
finds "inv117 " invoice dues
finds "inv117 inv131 " 'inv*'
finds "inv117 " '"harbour dues"'
finds "" '"dues harbour"'
finds "inv131 note4 " crane
finds "inv131 " crane has:attachment from:anna
finds "plan4 " from:juergen kran
finds "plan4 " subject:kranplan
finds "plan4 " subject:fur
finds "plan4 " grüße köln
finds "plan4 " GRUSSE OR grüsse OR Grüße
finds "kaigi " 月曜の会議
finds "kaigi " 会議
finds "news12 " café
finds "news12 " cafe may
finds "" navy
finds "" track.gif
finds "var " vårstädning
finds "var " varstadning
finds "inv117 inv131 " subject:invoice has:attachment
finds "inv131 " file:crane.svg subject:invoice
finds "inv131 plan4 " file:svg
finds "inv131 " file:invoice-131.pdf
finds "inv117 inv131 " folder:invoices
finds "inv117 inv131 " 'tag:$label2'
finds "inv117 inv131 " tag:work
finds "plan4 " folder:Übersicht
finds "inv131 note3 note6 note8 " account:office
finds "inv131 note3 note4 note6 note8 " 'account:office OR subject:minutes'
finds "inv131 " account:office has:attachment
finds "inv131 " client:claws-mail invoice
finds "note2 " from:pat
finds "note2 " to:anna
finds "inv131 " date:2024-05
finds "inv117 " date:2024-03-04
finds "inv117 plan4 " 'date:2024-03..2024-04 has:attachment'
finds "inv131 " after:2024-05-01
finds "" before:2024-01-01
finds "inv131 " larger:10k
finds "inv117 inv131 " id:inv117@example.org OR id:inv131@example.org
finds "inv131 " is:flagged invoice
finds "inv117 " invoice -crane
finds "inv117 " invoice NOT hire
finds "inv117 " 'invoice (dues OR rope)'
finds "" is:deleted
t "no result: exit 0, no answer" empty out

# Whatever is typed is a query.
for query in '"' '"unclosed' '(' ')' '((' 'OR' 'AND' 'NOT' '-' '*' 'a*b' ':' 'from:' 'from:"' 'x:y' \
    "'" ';' 'NEAR(a b)' '^a' '{' '}' '+' 'a AND OR b' '"a" "b' 'subject:(' "%" "\\" "a'; DROP TABLE messages" \
    'rank:1' 'rowid:2' '-(' '- -' 'NOT NOT' "$(printf 'a\001b')" "$(printf '\377\376')"; do
	exits 0 "query <$(printf %s "$query" | tr '\001\377\376' '???')>" search -- "$query"
	t "it says nothing" empty err
done

exits 0 "--limit" search --json --limit 3 the
t "--limit: so many" is "$(grep -c . out)" 3
"$mailcask" search --json 'has:attachment' | sed 's/.*"date":"\([^"]*\).*/\1/' >dates
t "the newest first" is "$(sort -r dates)" "$(cat dates)"
"$mailcask" search --json --oldest-first 'has:attachment' | sed 's/.*"date":"\([^"]*\).*/\1/' >dates
t "--oldest-first" is "$(sort dates)" "$(cat dates)"
exits 0 "a table" search invoice
t "its rows" is "$(cat out)" 'id          date        mailbox   from                          subject
b949689013  2024-05-07  Invoices  Anna Berg <anna@example.org>  Invoice 2024-131 for crane hire
3d415acee6  2024-03-04  Inbox     Anna Berg <anna@example.org>  Invoice 2024-117 for harbour dues'

# What is deleted at the source is found, and marked.
: >"$HOME/.thunderbird/x7k2m9.default-release/Mail/pop.example.org/Inbox"
sleep 1
exits 0 "the next night" backup --quiet --alarm-percent 0
finds "esc note1 note2 note5 " is:deleted OR subject:berth
finds "esc " trick
t "marked in JSON" has out '"deleted":true'
exits 0 "deleted, in a table" search trick
t "marked in the table" grep -q "deleted $(date +%F): Inbox" out

# A message without date has that of its separator line, or of its file.
printf 'Subject: undated\n\nx\n' >"$HOME/Claws/inbox/400"
touch -d 2019-02-03T04:05:06Z "$HOME/Claws/inbox/400"
printf 'From ann@example.org Mon Nov 23 12:29:40 2020\nSubject: undated\n\ny\n\n' >"$HOME/mail/undated"
exits 0 "undated" backup --quiet --alarm-percent 0
"$mailcask" search --json undated | sed 's/.*"date":"\([^"]*\).*/\1/' >dates
t "undated: as of their mailboxes" is "$(tr '\n' ' ' <dates)" "2020-11-23T12:29:40Z 2019-02-03T04:05:06Z "
finish
