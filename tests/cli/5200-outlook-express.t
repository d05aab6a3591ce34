#!/bin/sh
# SPDX-License-Identifier: MIT
# A folder of Outlook Express: read in a confined child, kept, given back.
. "$(dirname "$0")/lib.sh"
mkdir mail
python3 - <<'PY'
import struct
text = b'From: a@example.org\r\nSubject: one\r\nMessage-ID: <1@example.org>\r\n\r\nHello.\r\n'
b = bytearray(0x24BC)
b[:8] = bytes.fromhex('cfad12fec5fd746f')
block = len(b)
b += struct.pack('<IIHHI', block, 512, len(text), 0, 0) + text.ljust(512, b'\0')
record = len(b)
b += struct.pack('<IIHBB', record, 8, 0, 2, 0) + b'\x81\xa0\0\0' + b'\x84' + struct.pack('<I', block)[:3]
node = len(b)
b += struct.pack('<IIIIBBHI', node, 0, 0, 0, 0, 1, 0, 0) + struct.pack('<III', record, 0, 0)
struct.pack_into('<I', b, 0xC4, 1)
struct.pack_into('<I', b, 0xE4, node)
open('mail/Inbox.dbx', 'wb').write(b)
PY

exits 0 "backup" backup --json mail/Inbox.dbx
t "one message" grep -q '"seen":1,' out
exits 0 "list" list --json Inbox
t "with its flags" grep -q '"flags":\["seen","flagged"\]' out
exits 0 "the next night" backup --json mail/Inbox.dbx
t "nothing was read again" grep -q '"seen":1,"saved":0,"had":1,.*"bytes_read":0,' out
touch mail/Inbox.dbx
exits 0 "read once more" backup --json mail/Inbox.dbx
t "nothing was added" grep -q '"seen":1,"saved":0,"had":1,' out
exits 0 "restore as it was" restore --to back
t "byte for byte" cmp mail/Inbox.dbx "back$PWD/mail/Inbox.dbx"
finish
