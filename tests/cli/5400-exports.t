#!/bin/sh
# SPDX-License-Identifier: MIT
# What servers' mailboxes are exported to: labels become tags, and mailboxes
# beside the heap that all messages lie in.
. "$(dirname "$0")/lib.sh"
cat >make.py <<'EOP'
import gzip, json, os, sqlite3, zipfile
def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())
def mail(subject):
    return f'From: bob@example.org\nMessage-ID: <{subject}@example.org>\nSubject: {subject}\n\nText of {subject}\n'
def one(number, labels, subject):
    return (f'From {number}@xxx Thu Jan 30 22:30:31 +0000 2020\r\nX-GM-THRID: {number}\r\nX-Gmail-Labels: {labels}\r\n'
            + mail(subject).replace('\n', '\r\n') + '\r\n')
takeout = (one(1, 'Inbox,Unread,Projects/Crane', 't1') + one(2, 'Inbox,Opened,Starred,Important', 't2')
           + one(3, '=?UTF-8?Q?B=C3=BCro,Archived,Category_Promotions?=', 't3'))
write('Takeout/Mail/All mail Including Spam and Trash.mbox', takeout)
write('Takeout/Mail/Inbox.mbox', one(1, 'Inbox,Unread,Projects/Crane', 't1') + one(2, 'Inbox,Opened,Starred,Important', 't2'))
with zipfile.ZipFile('takeout-1.zip', 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr('Takeout/Mail/All mail.mbox', takeout)
os.system('tar czf takeout-1.tgz Takeout')
write('proton/mail_1/labels.json', json.dumps({'Version': 1, 'Payload': [{'ID': 'L1', 'Path': ['Work', 'Crane']}]}))
write('proton/mail_1/m1.eml', mail('p1'))
write('proton/mail_1/m1.metadata.json', json.dumps({'Version': 1, 'Payload': {'LabelIDs': ['0', '5', 'L1'], 'Unread': 0}}))
write('vault/.info/x', 'x')
write('vault/db/2014-02/1.eml.gz', gzip.compress(mail('v1').encode()))
write('vault/db/2014-02/1.meta', json.dumps({'labels': ['\\Inbox'], 'flags': ['\\Seen'], 'internal_date': 1393513380}))
write('vault/db/2014-02/2.eml.crypt', b'secret')
write('gyb/2020/1/30/1.eml', mail('g1'))
db = sqlite3.connect('gyb/msg-db.sqlite')
db.executescript("CREATE TABLE messages (message_num INTEGER PRIMARY KEY, message_filename TEXT, message_internaldate TIMESTAMP);"
                 "CREATE TABLE labels (message_num INTEGER, label TEXT);"
                 "INSERT INTO messages VALUES (1, '2020/1/30/1.eml', '2020-01-30 22:30:31');"
                 "INSERT INTO labels VALUES (1, 'UNREAD'), (1, 'SENT');")
EOP
python3 make.py || { echo "Bail out! no exports"; exit 1; }
listed() { # what all mailboxes of the newest backup hold
	"$mailcask" list --json >mailboxes
	python3 - "$mailcask" <<'EOP'
import json, subprocess, sys
for line in open('mailboxes'):
    m = json.loads(line)
    rows = subprocess.run([sys.argv[1], 'list', m['name'], '--json'], capture_output=True, text=True)
    for row in rows.stdout.splitlines():
        r = json.loads(row)
        print(m['account'], '/'.join(m['mailbox']), r['subject'], ','.join(sorted(r['flags'])),
              ','.join(sorted(r['tags'])), sep='|')
EOP
}
exits 0 "takeout" backup --json Takeout/Mail takeout-1.zip takeout-1.tgz
t "takeout: three messages, each stored once" has out '"seen":13,"saved":3,'
listed >rows
while read -r want; do
	t "takeout: $want" has rows "$want"
done <<'EOW'
Mail|All mail Including Spam and Trash.mbox|t1||Inbox,Projects/Crane
Mail|Inbox|t1||Inbox,Projects/Crane
Mail|Inbox|t2|flagged,seen|Important,Inbox
Mail|Projects/Crane|t1||Inbox,Projects/Crane
Mail|Büro|t3|seen|Archived,Büro,Category Promotions
takeout-1.zip|Inbox|t2|flagged,seen|Important,Inbox
takeout-1.tgz|Büro|t3|seen|Archived,Büro,Category Promotions
EOW
t "takeout: a message that lies twice has its label once" is "$(grep -c '^Mail|Inbox|t1' rows)" 1
t "takeout: states are no mailboxes" is "$(grep -cE '^[^|]*\|(Important|Archived|Unread|Opened|Category)' rows)" 0
exits 0 "again" backup --json Takeout/Mail takeout-1.zip takeout-1.tgz
t "again: nothing is new" has out '"saved":0,'
listed >again
t "again: the labels stay" cmp rows again
exits 0 "restore" restore Mail/Inbox --to box --format maildir --json
t "restore: a label's messages" has out '"messages":2,'
exits 2 "restore: a label has no file" restore "Mail/Projects/Crane" --to none
t "restore: a label has no file: said" has err "--format"
exits 0 "restore: the files" restore Mail takeout-1.zip --to back
t "restore: the same" same_tree Takeout "back$work/Takeout"
t "restore: the same zip" cmp takeout-1.zip "back$work/takeout-1.zip"

exits 3 "others" backup --json proton vault gyb
t "others: the encrypted one is named" has out "2.eml.crypt"
t "others: the encrypted one is named: why" has out "is encrypted"
listed >rows
while read -r want; do
	t "others: $want" has rows "$want"
done <<'EOW'
proton|mail_1|p1|seen|Inbox,Work/Crane
proton|Work/Crane|p1|seen|Inbox,Work/Crane
vault|vault|v1|seen|Inbox
vault|Inbox|v1|seen|Inbox
gyb|gyb|g1||SENT
gyb|SENT|g1||SENT
EOW
exits 0 "others: restore" restore proton vault gyb --to back
for place in proton vault gyb; do
	t "others: the same $place" same_tree "$place" "back$work/$place"
done
exits 3 "others: again" backup --json proton vault gyb
t "others: nothing is new" has out '"saved":0,'
# An export of Outlook for Mac is no mail that can be read, and said to be none.
python3 -c '
import zipfile
with zipfile.ZipFile("mail.olm", "w") as z:
    z.writestr("Accounts/ann/com.microsoft.__Messages/Inbox/message_00000.xml", "<emails/>")'
exits 3 "olm" backup --json mail.olm
t "olm: said" has out "takes messages apart"
exits 0 "olm: restore" restore --to olm
t "olm: kept" cmp mail.olm "olm$work/mail.olm"

exits 0 "check" check --read-data
finish
