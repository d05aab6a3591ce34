#!/bin/sh
# SPDX-License-Identifier: MIT
# Restored in another format, backed up again: the same messages, none new.
. "$(dirname "$0")/lib.sh"
make_home
exits 0 "backup" backup
first=$("$mailcask" snapshots --json | sed -n 's/.*"snapshot":"\([^"]*\)".*/\1/p')
number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" out; }
for format in mbox maildir mh eml emlx evolution kmail; do
	exits 0 "$format: restore" restore --at "$first" --to $format \
	    --format $format --json
	messages=$(number messages)
	t "$format: all live messages" is "$messages" 34
	exits 0 "$format: backup of what was restored" backup --json $format
	t "$format: no message is new" is "$(number saved)" 0
	t "$format: each is there" is "$(number seen)" 34
	exits 0 "$format: one mailbox" restore Invoices --at "$first" --to one-$format --format $format
	exits 1 "$format: into what exists" restore Invoices --at "$first" --to one-$format --format $format
done
t "maildir: names in modified UTF-7" [ -d "maildir/.Local Folders.Projekte.Kr&AOQ-ne &jXdRzWpf-" -o \
    -n "$(find maildir -type d -name '*Kr&AOQ-ne &*')" ]
t "mh: numbers" [ -n "$(find mh -path '*Kräne*/1')" ]
t "maildir: flags" [ -n "$(find one-maildir -name '*:2,FS*')" ]
flags() { "$mailcask" list "$1" --json | sed -n 's/.*"id":"\([0-9a-f]*\)".*"flags":\(\[[^]]*\]\).*/\1 \2/p' | sort -u; }
exits 0 "emlx: flags" backup emlx
t "emlx: the flags are those of the original" is "$(flags "emlx/thunderbird-Local Folders/Invoices")" \
    "$(flags "thunderbird:Local Folders/Invoices")"
exits 0 "names" list --json
python3 - >names <<'EOF'
import json
for line in open('out'):
    m = json.loads(line)
    print(m['account'], '/'.join(m['mailbox']), m['messages'], m['unread'], sep='|')
EOF
for format in evolution kmail; do
	t "$format: names as they were" has names "$format|thunderbird-Local Folders/Projekte/Kräne 起重機|2|0"
	t "$format: a name with a dot, and flags" has names "$format|thunderbird-pat@example.se/Inbox|2|1"
done
t "evolution: escapes" [ -d "evolution/.thunderbird-Local Folders.Projekte.Kräne 起重機/cur" -a \
    -d "evolution/.thunderbird-pat@example_2Ese.Inbox/cur" -a -f evolution/..maildir++ ]
t "kmail: directories" [ -d "kmail/.thunderbird-Local Folders.directory/.Projekte.directory/Kräne 起重機/cur" -a \
    -d "kmail/.thunderbird-Local Folders.directory/Projekte/cur" ]
t "mbox: python3 reads as many" is "$(python3 - <<'EOF'
import mailbox, os
print(sum(len(mailbox.mbox(os.path.join(d, f), create=False)) for d, _, fs in os.walk('mbox') for f in fs))
EOF
)" 34
finish
