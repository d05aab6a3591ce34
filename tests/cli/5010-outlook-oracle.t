#!/bin/sh
# SPDX-License-Identifier: MIT
# What two other programs read from real data files of Outlook, readpst and
# pffexport, is there as well: items and the bytes of attachments.
. "$(dirname "$0")/lib.sh"
corpus=${MAILCASK_CORPUS:-/nowhere}/pst
if [ ! -d "$corpus" ]; then
	skip "real files" "MAILCASK_CORPUS names no directory with pst below it"
	finish
	exit 0
fi
for program in readpst pffexport; do
	command -v $program >/dev/null && continue
	skip "real files" "$program is not installed (pst-utils, pff-tools)"
	finish
	exit 0
done
for file in "$corpus"/*.pst; do
	name=$(basename "$file" .pst)
	mkdir "$name"
	readpst -q -r -e -D -o "$name" "$file" >/dev/null 2>&1
	pffexport -q -m items -t "$name/pff" "$file" >/dev/null 2>&1
	exits 0 "$name" backup --json "$file" --data "data-$name"
	exits 0 "$name: restore" restore --to "$name/ours" --format eml --data "data-$name"
	t "$name: nothing is missing" is "$(python3 - "$name" <<'PY'
import email, os, sys
from email import policy

def files(top):
    for at, _, names in os.walk(top):
        for name in names:
            yield os.path.join(at, name)

def parse(path):
    return email.message_from_binary_file(open(path, 'rb'), policy=policy.default)

def bytes_of(message):
    """The decoded parts, those of messages inside too."""
    for part in message.walk():
        if not part.is_multipart():
            yield part.get_payload(decode=True) or b''

name = sys.argv[1]
ours = [f for f in files(name + '/ours') if f.endswith('.eml')]
have = {b for f in ours for b in bytes_of(parse(f))}
# readpst makes an item of the folder that has no folder's name; it is empty.
theirs = [f for f in files(name) if not f.startswith((name + '/ours', name + '/pff')) and
          b'From: <MAILER-DAEMON>' not in open(f, 'rb').read(200)]
pff = [d for d, _, _ in os.walk(name + '/pff.export') if '/Attachments/' not in d and
       os.path.basename(d)[:-5] in ('Message', 'Contact', 'Appointment', 'Note', 'Task', 'Meeting')]
if len(ours) < max(len(theirs), len(pff)):
    print(len(ours), 'items of', len(theirs), 'and', len(pff))
for f in files(name + '/pff.export'):
    if os.path.dirname(f).endswith('/Attachments') and open(f, 'rb').read() not in have:
        print('pffexport has', f)
for f in theirs:
    for part in parse(f).walk() if f.endswith('.eml') else ():
        # A body in RTF that holds HTML or text is unwrapped here.
        if part.get_filename() not in (None, 'rtf-body.rtf') and not part.is_multipart() and \
                part.get_payload(decode=True) not in have:
            print('readpst has', f, part.get_filename())
PY
)" ""
done
finish
