#!/bin/sh
# SPDX-License-Identifier: MIT
# Stores of clients on a disk of macOS that is mounted somewhere: found by
# their own records, read with flags, tags and folder names, stored once, given
# back as they were.
. "$(dirname "$0")/lib.sh"
python3 "$tests/cli/machome.py" "$work/disk" || { echo "Bail out! no disk"; exit 1; }
home=$work/disk/Users/ann

# locate: client, account, format, mailboxes, messages
exits 0 "locate" locate --root disk --json
python3 - <<'EOP' >located
import json
for line in open('out'):
    p = json.loads(line)
    print(p['client'], p['account'], p['format'], p['mailboxes'], p['messages'], p['supported'], sep='|')
EOP
while read -r want; do
	t "locate: $want" has located "$want"
done <<'EOW'
apple-mail|Work ü|emlx|5|7|True
apple-mail|On My Mac|emlx|1|1|True
apple-mail|ann@pop.example.org|emlx|1|1|True
apple-mail|On My Mac|emlx|1|None|True
outlook-mac|Main Profile|olk|2|2|True
outlook-mac|Main Identity|olk|1|1|True
mailmate|ann@example.org@imap.example.org|mailmate|2|1|True
EOW
t "locate: nothing twice" is "$(sed -n 's/.*"path":"\([^"]*\)".*/\1/p' out | sort | uniq -d)" ""
t "locate: nothing else" is "$(wc -l <located)" 7

exits 0 "backup" backup --root disk --json
t "backup: all messages" has out '"seen":14,'
exits 0 "again" backup --root disk --json
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
apple-mail|INBOX|m1|flagged,seen|$MailFlagBit1
apple-mail|INBOX|m2|answered,forwarded|
apple-mail|INBOX|m3||$Junk
apple-mail|INBOX|p1|seen|
apple-mail|INBOX|p2|seen|
apple-mail|Projects/Büro|m4||
apple-mail|[Gmail]/All Mail|m5|seen|Projects/Büro
apple-mail|Archive|m6|flagged,seen|
apple-mail|INBOX|m7|seen|
apple-mail|Old|m8||
outlook-mac|Inbox|o1|seen|
outlook-mac|Inbox/Wörk|o2||
outlook-mac|Message Sources|o3||
mailmate|INBOX/B%üro|mm1||
EOW
exits 0 "search" search "Text of m3"
t "search: found" has out m3

# a message whose attachment lies in a file of its own is whole again
exits 0 "attachment" search subject:p1 --json
id=$(sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p' out)
t "attachment: one message" is "$(echo "$id" | wc -l)" 1
exits 0 "attachment: saved" show "$id" --part 2 --save saved
t "attachment: its bytes" cmp saved/report.bin \
    "$home/Library/Mail/V10/0A1B2C3D-0000-1111-2222-333344445555/INBOX.mbox/AAAA-BBBB/Data/Attachments/3/2/report.bin"
exits 0 "one that was never fetched" search subject:p2 --json
t "one that was never fetched: found" has out '"subject":"p2"'

# in the original places, byte for byte, with modes and times
exits 0 "restore" restore --to back
metas() { (cd "$1" && find . -mindepth 1 -printf '%P %y %m %T@\n' | LC_ALL=C sort); }
for place in Library/Mail/V10 Library/Mail/V2 Library/Mail/Mailboxes Library/Accounts \
    Library/Containers/com.apple.mail/Data/Library/Preferences "Library/Group Containers" \
    "Documents/Microsoft User Data" "Library/Application Support/MailMate"; do
	t "restore: $place" same_tree "$home/$place" "back/$place"
	t "restore: modes and times of $place" is "$(metas "back/$place")" "$(metas "$home/$place")"
done
# One message more: what is known of the rest need not be read again.
inbox=$home/Library/Mail/V10/0A1B2C3D-0000-1111-2222-333344445555/INBOX.mbox/AAAA-BBBB/Data
cp "$inbox/Messages/1.emlx" "$inbox/Messages/11.emlx"
exits 0 "one more" backup --root disk --json
t "one more: seen" has out '"seen":15,'
exits 0 "one more: restore" restore --to more
t "one more: the same" same_tree "$home/Library/Mail/V10" more/Library/Mail/V10
exits 0 "restore: as mbox" restore "apple-mail:Work ü/INBOX" --to mbox --format mbox
t "restore: as mbox, with the attachment" [ "$(find mbox -name '*.mbox' -size +12k | wc -l)" -eq 1 ]
exits 0 "check" check --read-data
if command -v zstd >/dev/null; then
	t "a stranger" sh "$tests/stranger.sh" "$HOME/.local/share/mailcask/archive" stranger
	t "a stranger: the same" same_tree "$home/Library/Mail" "stranger$home/Library/Mail"
else
	skip "a stranger" "no zstd"
fi
finish
