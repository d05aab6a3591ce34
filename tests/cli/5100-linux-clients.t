#!/bin/sh
# SPDX-License-Identifier: MIT
# Stores of clients on Linux, as they lie in a home: found by their own
# records, read with flags, tags and folder names, stored once, given back as
# they were.
. "$(dirname "$0")/lib.sh"
python3 "$tests/cli/linuxhome.py" "$HOME" || { echo "Bail out! no home"; exit 1; }

# locate: client, account, format, mailboxes, messages
exits 0 "locate" locate --json
python3 - <<'EOP' >located
import json
for line in open('out'):
    p = json.loads(line)
    print(p['client'], p['account'], p['format'], p['mailboxes'], p['messages'], p['supported'], sep='|')
EOP
while read -r want; do
	t "locate: $want" has located "$want"
done <<'EOW'
evolution|On This Computer|maildir|3|3|True
evolution|Work ü|evolution|3|3|True
kmail|Local Folders|maildir|2|2|True
kmail|Akonadi|akonadi|1|2|True
geary|Home|geary|2|2|True
alpine|~/mail/saved|mbx|1|None|True
alpine|~/mail/mixed|mix|1|None|True
dovecot|~/sdbox|sdbox|1|2|True
gnus|~/Post|mh|1|2|True
mailspring|Mailspring|mailspring|0|None|False
EOW
t "locate: nothing twice" is "$(sed -n 's/.*"path":"\([^"]*\)".*/\1/p' out | sort | uniq -d)" ""

exits 0 "backup" backup --json
sed -n 's/.*"seen":\([0-9]*\),.*/\1/p' out >seen
t "backup: all messages" is "$(cat seen)" 18
t "backup: what cannot be read is said" has err "Mailspring does not keep messages"
exits 0 "again" backup --json
t "again: no message is new" has out '"saved":0,'

# flags, tags and folder names
exits 0 "list" list --json
python3 - "$mailcask" <<'EOP' >listed 2>&1
import json, subprocess, sys
for line in open('out'):
    m = json.loads(line)
    rows = subprocess.run([sys.argv[1], 'list', m['name'], '--json'], capture_output=True, text=True)
    for row in rows.stdout.splitlines():
        r = json.loads(row)
        print(m['client'], '/'.join(m['mailbox']), r['subject'], ','.join(sorted(r['flags'])),
              ','.join(sorted(r['tags'])), sep='|')
EOP
while read -r want; do
	t "list: $want" has listed "$want"
done <<'EOW'
evolution|INBOX|e1|seen|$Labelwork
evolution|Projects/A.b|e2|forwarded,seen|
evolution|INBOX|i1|answered,seen|$Labelimportant
evolution|Büro/Sub|i3||
kmail|inbox/Ärger|k2|flagged|
kmail|inbox|k1|answered,seen|$TODO,wichtig ü
kmail|ann@example.org/INBOX|a1|flagged,seen|
kmail|ann@example.org/INBOX|a2|seen|wichtig ü
geary|INBOX|g1|seen|
geary|INBOX/Alt|g2|flagged|wichtig
alpine|saved|m1|seen|work
alpine|mixed|x1|answered|
dovecot|INBOX|d1|seen|
dovecot|INBOX|d2||
gnus|mail/misc|n1|answered,seen|
gnus|mail/misc|n2||
EOW

# in the original places, byte for byte
exits 0 "restore" restore --to back
for place in .local/share/evolution/mail .cache/evolution/mail .local/share/local-mail \
    .local/share/akonadi .local/share/geary mail sdbox Post .config/Mailspring/edgehill.db \
    .config/evolution/sources .newsrc.eld; do
	t "restore: $place" same_tree "$HOME/$place" "back/$place"
done

# a database that a client has open
if python3 - "$HOME" <<'EOP'
import os, sqlite3, sys
path = os.path.join(sys.argv[1], '.local/share/geary/account_01/geary.db')
db = sqlite3.connect(path)
db.execute('PRAGMA journal_mode=WAL')
db.execute("INSERT INTO MessageTable VALUES (9, 1023, 'Subject: late' || char(10,10), 'x', '', 1)")
db.execute('INSERT INTO MessageLocationTable VALUES (9, 9, 1, 9, 0)')
db.commit()
os._exit(0)         # as a client that crashed: the log stays
EOP
then
	before=$(ls -la --time-style=full-iso "$HOME/.local/share/geary/account_01")
	exits 0 "open database" backup
	exits 0 "open database: what is in its log alone" search late
	t "open database: found" has out late
	t "open database: nothing is written beside it" is \
	    "$(ls -la --time-style=full-iso "$HOME/.local/share/geary/account_01")" "$before"
	exits 0 "open database: locate" locate --json
	t "open database: running" [ -n "$(grep '"client":"geary"' out | grep '"running":true')" ]
fi
finish
