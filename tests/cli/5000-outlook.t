#!/bin/sh
# SPDX-License-Identifier: MIT
# Outlook data files: read in a confined child, kept as they lie, given back.
. "$(dirname "$0")/lib.sh"
samples=$tests/fuzz/corpus/pst
mkdir mail
for kind in ansi unicode 4k; do cp "$samples/$kind" mail/$kind.pst; done

exits 0 "backup of one that is known by its look alone" backup --json "$samples/unicode" --data look
t "three items of it" grep -q '"seen":3,' out

exits 0 "backup of a directory of them" backup --json mail/ansi.pst mail/unicode.pst mail/4k.pst
t "nine items" grep -q '"seen":9,"saved":3,"had":6,' out
exits 0 "list" list
t "a folder in a folder" has out unicode.pst/Inbox/Empty
t "contacts are listed too" has out 4k.pst/Contacts
exits 0 "list a mailbox" list --json unicode.pst/Inbox
t "flags" grep -q '"flags":\["seen","answered","flagged"\],"tags":\["Red","to do"\]' out
t "attachments" grep -q '"attachments":\[[^]]*"numbers.bin"' out
exits 0 "search" search --json subject:"All of it"
t "found once, in three files" is "$(grep -c '"client":' out) $(grep -o '"mailbox":' out | wc -l)" "1 3"
id=$(sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p' out | head -n 1)
exits 0 "show" show "$id"
t "its text" has out "From here = there."
exits 0 "the message in the message" show "$id" --raw
t "is whole" has out "Subject: Inner one"

exits 0 "the next night" backup --json mail/ansi.pst mail/unicode.pst mail/4k.pst
t "nothing was read again" grep -q '"seen":9,"saved":0,"had":9,.*"bytes_read":0,' out
touch mail/unicode.pst
exits 0 "a night after it was opened" backup --json mail/unicode.pst
t "the same items give the same bytes" grep -q '"seen":3,"saved":0,"had":3,' out

exits 0 "restore as it was" restore --to back
for kind in ansi unicode 4k; do
	t "$kind: byte for byte" cmp "mail/$kind.pst" "back$PWD/mail/$kind.pst"
done
exits 0 "restore as mbox" restore --to boxes --format mbox
t "a folder is a file" [ -n "$(find boxes -path '*unicode.pst/Inbox.mbox')" -o -n "$(find boxes -name 'Inbox.mbox')" ]
exits 0 "restore as Maildir" restore unicode.pst/Inbox --to dirs --format maildir
t "with its flags" [ -n "$(find dirs -name '*:2,FRS*')" ]
t "python3 reads the parts" is "$(python3 - <<'PY'
import email, glob
for f in sorted(glob.glob('dirs/**/cur/*FRS*', recursive=True) + glob.glob('dirs/**/new/*FRS*', recursive=True)):
    m = email.message_from_binary_file(open(f, 'rb'))
    print([p.get_content_type() for p in m.walk()], m.defects)
    numbers = [p for p in m.walk() if p.get_filename() == 'numbers.bin'][0].get_payload(decode=True)
    print(numbers == b''.join(b'%d,' % i for i in range(1500)))
PY
)" "['multipart/mixed', 'multipart/related', 'multipart/alternative', 'text/plain', 'text/html', 'image/png', 'application/octet-stream', 'message/rfc822', 'text/plain', 'text/plain'] []
True"

# A byte that was changed: the rest is read, and it is said what is not whole.
cp mail/unicode.pst broken.pst
python3 - <<'PY'
b = bytearray(open('broken.pst', 'rb').read())
b[0x800] ^= 1
open('broken.pst', 'wb').write(b)
PY
exits 3 "damaged" backup --json broken.pst --data broken
t "said" grep -q '"failed":\[{' out
t "items are read all the same" grep -q '"saved":[1-9]' out
exits 0 "it is kept as it lies" restore --to back-broken --data broken
t "byte for byte" cmp broken.pst "back-broken$PWD/broken.pst"
head -c 700 mail/unicode.pst >cut.pst
exits 3 "cut" backup cut.pst --data cut
exits 0 "kept" restore --to back-cut --data cut
t "byte for byte" cmp cut.pst "back-cut$PWD/cut.pst"

# .msg files, alone and in a tree with others.
mkdir -p saved/letters
cp "$tests/fuzz/corpus/msg/narrow" saved/letters/one.msg
cp "$tests/fuzz/corpus/msg/wide" saved/letters/two.msg
printf 'Subject: a third\n\ntext\n' >saved/letters/three.eml
exits 0 "one .msg file" backup --json saved/letters/one.msg --data msg
t "its message" grep -q '"seen":1,"saved":1,' out
exits 0 "a tree of both kinds" backup --json saved --data msgs
t "three messages, two the same" grep -q '"seen":3,"saved":2,"had":1,' out
exits 0 "search" search --json from:anna --data msgs
t "found" has out '"subject":"A message in a file"'
exits 0 "restore as it was" restore --to back-saved --data msgs
t "byte for byte" same_tree saved "back-saved$PWD/saved"
exits 0 "the next night" backup --json saved --data msgs
t "nothing was read again" grep -q '"seen":3,"saved":0,"had":3,.*"bytes_read":0,' out

# The same in a zip.
(cd saved && zip -qr ../saved.zip letters)
exits 0 "a zip of them" backup --json saved.zip --data zip
t "the same three messages" grep -q '"seen":3,"saved":2,"had":1,' out
exits 0 "search" search --json from:anna --data zip
t "flags and tags" has out '"flags":["seen"],"tags":["Red","Wet"]'
head -c 2000 saved/letters/one.msg >saved/letters/cut.msg
(cd saved && zip -qr ../cut.zip letters)
exits 3 "a zip with one that is cut" backup --json cut.zip --data cutzip
t "the others are read" grep -q '"seen":4,"saved":2,"had":1,' out

# Who reads is confined: whatever it is given, it says something sane.
"$mailcask" --confined pst 18446744073709551615 0 <mail/unicode.pst | cat >told
t "a reader by hand" has told "Inbox"
"$mailcask" --confined nobody 1 2 <mail/unicode.pst >told
t "a reader that is not there" is "$? $(wc -c <told)" "1 0"

if [ -d "${MAILCASK_CORPUS:-}/pst" ]; then
	exits 0 "files that others wrote" backup "$MAILCASK_CORPUS"/pst/*.pst --data others
	exits 0 "and .msg files" backup "$MAILCASK_CORPUS"/msg-tnef/*.msg --data others
else
	skip "files that others wrote" "MAILCASK_CORPUS names no directory with pst below it"
fi
finish
