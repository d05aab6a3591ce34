#!/bin/sh
# SPDX-License-Identifier: MIT
# A mounted disk of Windows XP: its clients' stores are found where they lie, in
# whatever letters; read with flags and folder names; stored once; given back as
# they were, with what was kept beside.
. "$(dirname "$0")/lib.sh"
python3 "$tests/cli/xpdisk.py" "$work/disk" || { echo "Bail out! no disk"; exit 1; }

exits 0 "locate" locate --root "$work/disk" --json
python3 - <<'EOP' >located
import json
for line in open('out'):
    p = json.loads(line)
    print(p['client'], p['account'], p['format'], p['mailboxes'], p['supported'], sep='|')
EOP
while read -r want; do
	t "locate: $want" has located "$want"
done <<'EOW'
the-bat|Home|tbb|2|True
pegasus|ann|pegasus|2|True
becky|Work|becky|1|True
foxmail|ann|foxmail|1|True
eudora|ann@example.org|eudora|2|True
opera-mail|Opera home|mbs|2|True
em-client|ann@example.org|em-client|2|True
EOW
t "locate: nothing else" is "$(wc -l <located)" 7

# Deleted messages are seen as well.
exits 0 "backup" backup --root "$work/disk" --json
sed -n 's/.*"seen":\([0-9]*\),"saved":\([0-9]*\),.*/\1 \2/p' out >seen
t "backup: each message once" is "$(cat seen)" "21 15"
exits 0 "again" backup --root "$work/disk" --json
t "again: no message is new" has out '"saved":0,'

exits 0 "list" list --json
python3 - "$mailcask" <<'EOP' >listed 2>&1
import json, subprocess, sys
for line in open('out'):
    m = json.loads(line)
    rows = subprocess.run([sys.argv[1], 'list', m['name'], '--json'], capture_output=True, text=True)
    for row in rows.stdout.splitlines():
        r = json.loads(row)
        print(m['client'], '/'.join(m['mailbox']), r['subject'], ','.join(sorted(r['flags'])), sep='|')
EOP
while read -r want; do
	t "list: $want" has listed "$want"
done <<'EOW'
the-bat|Inbox|t1|flagged,seen
the-bat|Inbox|sent to all|forwarded
the-bat|Inbox/Kräne|t3|answered,seen
pegasus|Tray/Kräne|p1|seen
pegasus|Tray/Kräne|p2|
pegasus|New mail|p3|
becky|Inbox|b1|seen
becky|Inbox|sent to all|
foxmail|in|f1|
foxmail|in|sent to all|
eudora|In|e1|answered,seen
eudora|In|e2|forwarded,seen
eudora|Post/Büro|e3|
opera-mail|All messages|o1|seen
opera-mail|All messages|sent to all|forwarded
opera-mail|2008/03/07|o2|answered,seen
em-client|INBOX|sent to all|flagged,seen
em-client|INBOX/Kräne|m1|seen
EOW
t "list: what was deleted is not listed" is "$(wc -l <listed)" 18

exits 0 "search" search subject:sent
t "search: found in each client" has out "sent to all"
exits 0 "search: a deleted one" search t2
mc search b1 --json
id=$(sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p' out)
exits 0 "show: dots are as they were sent" show "$id"
t "show: one dot" has out ".Text of b1"
t "show: not two" lacks out "..Text"

exits 0 "restore" restore --to back
here=back$work/disk
for place in PMAIL Becky! Foxmail; do
	t "restore: $place" same_tree "disk/$place" "$here/$place"
done
t "restore: Application Data" same_tree "disk/Documents and Settings/ann/Application Data" \
    "back/Application Data"
finish
