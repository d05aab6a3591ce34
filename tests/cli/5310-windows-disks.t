#!/bin/sh
# SPDX-License-Identifier: MIT
# Microsoft's clients on mounted disks of Windows 98 to 10: found, read, kept,
# stored once, given back as they were.
. "$(dirname "$0")/lib.sh"
python3 "$tests/cli/windowsdisk.py" "$work/disks" "$tests/fuzz/corpus/pst" ||
    { echo "Bail out! no disks"; exit 1; }

# client, account, format, mailboxes, kind of place
locate() { # disk
	exits 0 "locate $1" locate --json --root "disks/$1"
	python3 - <<'EOP' >located
import json
for line in open('out'):
    p = json.loads(line)
    print(p['client'], p['account'], p['format'], p['mailboxes'], p['supported'], sep='|')
EOP
	while read -r want; do
		t "$1: $want" has located "$want"
	done
	t "$1: nothing else" is "$(wc -l <located)" "$2"
	t "$1: nothing twice" is "$(sed -n 's/.*"path":"\([^"]*\)".*/\1/p' out | sort | uniq -d)" ""
}
locate 98 3 <<'EOW'
outlook-express|{1}|dbx|2|True
outlook-express|Main Identity|dbx|1|True
outlook|outlook.pst|pst|
EOW
locate xp 4 <<'EOW'
outlook-express|Main Identity|dbx|2|True
outlook-express|Büro|dbx|1|True
outlook|Archive Folders|pst|
outlook|Outlook.pst|pst|
EOW
locate 7 4 <<'EOW'
windows-live-mail|ann@example.org|eml|1|True
windows-live-mail|Storage Folders|eml|1|True
windows-mail|Local Folders|eml|1|True
outlook|ann@example.org|pst|
EOW
locate 10 2 <<'EOW'
outlook|ann@example.org|pst|
windows-mail|HxStore.hxd|hxstore|0|False
EOW

for disk in 98 xp 7 10; do
	exits 0 "backup $disk" backup --json --root "disks/$disk" --data "$disk"
	sed -n 's/.*"seen":\([0-9]*\),.*/\1/p' out >>seen
	exits 0 "backup $disk again" backup --json --root "disks/$disk" --data "$disk"
	t "$disk: nothing was read again" grep -q '"saved":0,.*"bytes_read":0,' out
	exits 0 "restore $disk" restore --to "back$disk" --data "$disk"
	python3 - "disks/$disk" "back$disk" >differ <<'EOP'
import os, sys
def files(top):
    for at, _, names in os.walk(top):
        for name in names:
            path = os.path.join(at, name)
            if not os.path.islink(path):
                yield name, open(path, 'rb').read()
back = set(files(sys.argv[2]))
# What belongs to Windows itself stays there.
for name, data in files(sys.argv[1]):
    if (name, data) not in back and name not in ('USER.DAT', 'SYSTEM.DAT', 'SOFTWARE'):
        print(name)
EOP
	t "$disk: as it was" empty differ
done
t "messages seen" is "$(tr '\n' ' ' <seen)" "7 10 6 3 "
exits 0 "list" list --json --data xp
python3 - "$mailcask" <<'EOP' >listed 2>&1
import json, subprocess, sys
for line in open('out'):
    m = json.loads(line)
    if m['client'] != 'outlook-express':
        continue
    rows = subprocess.run([sys.argv[1], 'list', m['name'], '--json', '--data', 'xp'],
                          capture_output=True, text=True)
    for row in rows.stdout.splitlines():
        r = json.loads(row)
        print(m['account'], '/'.join(m['mailbox']), r['subject'], ','.join(sorted(r['flags'])), sep='|')
EOP
while read -r want; do
	t "list: $want" has listed "$want"
done <<'EOW'
Main Identity|Inbox|x1|seen
Main Identity|Inbox|x2|answered,flagged
Main Identity|Inbox/Müller & Söhne|x3|
Büro|Inbox|p1|seen
EOW
finish
