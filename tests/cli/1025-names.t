#!/bin/sh
# SPDX-License-Identifier: MIT
# Odd and hostile names of folders, messages that carry another program's
# status fields, every flag: written in each format, read again and backed up,
# no message is new, every mailbox is there, flags are as they were.
. "$(dirname "$0")/lib.sh"

python3 - "$HOME" <<'EOF'
import json, os, sys
profile = sys.argv[1] + '/.thunderbird/p.default'
top = profile + '/Mail/Local Folders'
os.makedirs(top)
with open(profile + '/prefs.js', 'w') as f:
    f.write('user_pref("mail.server.server1.type", "none");\n'
            'user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/Local Folders");\n')
names = ['a/b', 'a_b', '..', '.', '_', '.hidden', 'with.dots', 'x' * 300, 'ü' * 150,
         'control\x01\n\x1b[31m', 'CON', 'nul.txt', 'INBOX', 'Inbox', 'a' * 119 + '.eml', 'a.mbox.mbox',
         'a.mbox', 'a.mbox.', 'a', 'a.eml.eml', 'a.eml', '12345', '1_', 'cur', 'new', 'tmp', 'trailing. ',
         'R&D', '&AOQ-', '日本語 📬', 'back\\slash', 'c:d*e?f"g<h>i|', '\u202egnp.exe', ' lead',
         '~tilde', '#hash', 'semi;colon', '.A.directory', '%2F', 'name.lock', '-rf', 'cur/new',
         'e\u0301', '\u00e9', '.mh_sequences', 'dovecot-keywords', 'maildirfolder']
heads = ['', 'X-Label: own\n', 'Status: RO\nX-Status: F\n', 'X-Keywords: own words\n', 'Content-Length: 5\nX-Label: b\n']
bodies = ['hello\n>From here\n>>From x\n', 'text\n', '\n', 'x\0y\n', 'Status: RO\n\nX-Status: F\n', '']
states = ['0000', '0001', '0002', '0005', '1001', '1007']
tags = ['', '$label1', 'urgent', 'a/b']
cache, n = {}, 0
def message():
    global n
    n += 1
    return ('From - Mon Nov 23 11:43:24 2026\r\nX-Mozilla-Status: %s\nX-Mozilla-Status2: 00000000\n'
            'X-Mozilla-Keys: %-80s\n%sFrom: a%d@example.org\nSubject: number %d / é\n'
            'Message-ID: <m%d@example.org>\n\n%s\r\n' %
            (states[n % 6], tags[n // 6 % 4], heads[n % 5], n, n, n, bodies[n // 2 % 6])).encode()
for i, name in enumerate(names):
    file = '%s/%08x' % (top, 0xa0000000 + i)
    with open(file, 'wb') as f:
        f.write(message() + message() + message())
    cache[file + '.msf'] = {'folderName': name}
    if name in ('a.mbox.mbox', '12345', 'cur', '..'):
        os.mkdir(file + '.sbd')
        with open(file + '.sbd/inner', 'wb') as f:
            f.write(message())
with open(profile + '/folderCache.json', 'w') as f:
    json.dump(cache, f)
EOF

# What is in the stores whose path matches: mailboxes, and flags and tags by message.
state() { # data, pattern, which: all, flags, none
	MAILCASK=$mailcask python3 - "$@" <<'EOF'
import json, os, re, subprocess, sys
data, pattern, which = sys.argv[1:]
def lines(*words):
    out = subprocess.run([os.environ['MAILCASK'], 'list', '--json', '--data', data, *words],
                         stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]
boxes = [m for m in lines() if re.search(pattern, m['store']) and m['messages']]
print(len(boxes), 'mailboxes')
found = sorted((m['id'], sorted(m['flags']) if which != 'none' else [],
                sorted(m['tags']) if which == 'all' else []) for box in boxes for m in lines(box['name']))
for line in found:
    print(*line)
EOF
}
number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" out; }

exits 0 "backup" backup --json
seen=$(number seen)
t "backup: all of them" is "$(number saved)" "$seen"
# A sequence of MH has room for letters and digits only, a file for no flag.
for format in mbox:all maildir:all mh:flags eml:none emlx:flags evolution:all kmail:all; do
	which=${format#*:} format=${format%:*}
	state "$HOME/.local/share/mailcask" thunderbird $which >want
	exits 0 "$format: restore" restore --to $format --format $format
	cp -R "$HOME/.local/share/mailcask" data-$format
	exits 0 "$format: backup" backup --json --data data-$format $format
	t "$format: each is there" is "$(number seen)" "$seen"
	t "$format: no message is new" is "$(number saved)" 0
	state data-$format "/$format$" $which >have
	t "$format: mailboxes, flags" diff want have
done
for file in all.zip all.tar.zst all.mbox; do
	cp -R "$HOME/.local/share/mailcask" data-$file
	exits 0 "$file: export" export subject:number --to $file --data data-$file
	exits 0 "$file: backup" backup --json --data data-$file $file
	t "$file: each is there" is "$(number seen)" "$seen"
	t "$file: no message is new" is "$(number saved)" 0
done
finish
