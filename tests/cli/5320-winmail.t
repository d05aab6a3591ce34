#!/bin/sh
# SPDX-License-Identifier: MIT
# winmail.dat: Outlook's attachment with the attachments in it.  They are
# found, listed and taken out; the message is kept as it came.
. "$(dirname "$0")/lib.sh"
mkdir mail
python3 - "$tests/fuzz/corpus/tnef/sample" <<'PY'
import base64, struct, sys
# Long enough to be kept as a part of its own.
stream = open(sys.argv[1], 'rb').read()
for i in range(200):
    data = b'filler %04d' % (i * 7919 % 10000)
    stream += b'\1' + struct.pack('<II', 0x60000, len(data)) + data + struct.pack('<H', sum(data))
for name, text in (('one', ''), ('two', 'Own words.')):
    open('mail/%s.eml' % name, 'wb').write(
        ('From: ann@example.org\nSubject: %s\nMessage-ID: <%s@example.org>\n'
         'Content-Type: multipart/mixed; boundary=b\n\n--b\n\n%s\n--b\n'
         'Content-Type: application/ms-tnef; name="winmail.dat"\n'
         'Content-Transfer-Encoding: base64\n\n' % (name, name, text)).encode() +
        base64.encodebytes(stream) + b'--b--\n')
PY

exits 0 "backup" backup --json mail
t "both" grep -q '"seen":2,"saved":2,' out
exits 0 "list" list mail --json
t "attachments are listed" is "$(grep -c '"attachments":\["winmail.dat","OLD.TXT","läng .txt"' out)" 2
exits 0 "search by the name of one inside" search file:OLD
t "both are found" is "$(grep -c example.org out)" 2
exits 0 "search for a word inside" search "wide"
t "found" has out "one"
exits 0 "show" show '<one@example.org>'
t "the text, for there is no other" has out "The text"
t "an attachment" has out "Attachment 2.1: OLD.TXT, application/octet-stream, 3 B"
t "one in a message inside" has out "Attachment 2.4.1: deep.txt, application/octet-stream, 4 B"
exits 0 "show the other" show '<two@example.org>'
t "its own text" has out "Own words."
t "and not the same again" lacks out "The text"
exits 0 "one part" show '<one@example.org>' --part 2.4.1
t "is what it was" is "$(cat out)" deep
exits 0 "save" show '<one@example.org>' --save saved
t "all of them" is "$(ls saved | grep -c .)" 7
t "as they were" is "$(cat saved/OLD.TXT)" old
exits 0 "restore" restore --to back
t "as it came" cmp mail/one.eml "back$PWD/mail/one.eml"

# One that somebody saved is a message, alone and in an archive of files.
cp "$tests/fuzz/corpus/msg/tnef" winmail.dat
zip -q saved.zip winmail.dat
exits 0 "backup of one alone" backup --json winmail.dat saved.zip --data alone
t "the same message twice" grep -q '"seen":2,"saved":1,"had":1,' out
exits 0 "list" list winmail --json --data alone
t "who wrote it" has out 'ann@example.org'
t "flags and categories" grep -q '"flags":\["seen"\],"tags":\["Blue","Red"\]' out
t "attachments" has out '"old.bin"'
finish
