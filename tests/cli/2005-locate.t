#!/bin/sh
# SPDX-License-Identifier: MIT
# locate: each store once, whatever is named and however many clients know it.
. "$(dirname "$0")/lib.sh"
make_home
profile=$HOME/.thunderbird/x7k2m9.default-release
separator='From ann@example.org Mon Nov 23 11:43:24 2026'

exits 0 "--home" locate --json --home "$HOME"
cp out wanted
exits 0 "a home as PATH" locate --json "$HOME"
t "a home as PATH: the same" diff wanted out
grep '"client":"thunderbird"' wanted | sed 's/"home":"[^"]*"/H/' >thunderbird
for path in "$HOME/.thunderbird" "$profile"; do
	exits 0 "${path##*/} as PATH" locate --json "$path"
	sed 's/"home":"[^"]*"/H/' out >have
	t "${path##*/} as PATH: its accounts" diff thunderbird have
done

# A home with Claws Mail, mutt and a Maildir, of which each names the other's.
mkdir -p other/.claws-mail other/Mail/inbox/cur.d other/Mail/old other/Maildir/cur other/Maildir/new
cat >other/.claws-mail/folderlist.xml <<'EOF'
<?xml version="1.0"?>
<folderlist><folder type="mh" name="Mail" path="Mail"/></folderlist>
EOF
cat >other/.muttrc <<'EOF'
set folder=~/Mail spoolfile=/var/mail/nobody mbox=~/mbox
mailboxes =inbox =archive ~/Maildir ~/mbox
EOF
printf 'From: a@example.org\nTo: b\nSubject: in mh\n\n' >other/Mail/inbox/1
printf '%s\nFrom: a@example.org\nSubject: in an mbox\n\n' "$separator" | tee other/mbox other/Mail/archive >/dev/null
printf 'From: a@example.org\nTo: b\nSubject: in a maildir\n\n' >other/Maildir/new/1
ln -s Maildir other/.maildir
ln other/mbox other/Mailbox
exits 0 "clients that share" backup --quiet --home other --data data
t "clients that share: each message once, two for the two mbox files" is \
    "$("$mailcask" list --json --data data | sed 's/.*"messages":\([0-9]*\).*/\1/' | tr '\n' '+')" "1+0+0+1+1+1+"

# A directory of everything is read whole.
mkdir -p all/letters all/Maildir/cur all/Maildir/new all/deep/er
cp other/Mail/inbox/1 all/letters/one.eml
cp other/Mail/inbox/1 all/Maildir/cur/1:2,S
cp other/mbox all/box
cp other/mbox all/deep/er/box
exits 0 "a mixed directory" backup --quiet --data mixed all
t "a mixed directory: all of it" is "$("$mailcask" list --json --data mixed | wc -l)" 4
t "a mixed directory: flags" is "$("$mailcask" list --json --data mixed | grep Maildir | grep -c '"unread":0')" 1

# In a tar file a message that Dovecot copied is a hard link to the first one.
mkdir -p linked/cur linked/new linked/.Copy/cur linked/.Zopy/cur
cp other/Mail/inbox/1 linked/.Copy/cur/1:2,S
ln linked/.Copy/cur/1:2,S linked/cur/1:2,F
ln linked/.Copy/cur/1:2,S linked/.Zopy/cur/2:2,R
tar cf linked.tar linked/.Zopy linked/cur linked/.Copy
exits 0 "hard links in a tar file" backup --quiet --data linked-data linked.tar
t "hard links in a tar file: each place" is \
    "$("$mailcask" list --json --data linked-data | sed 's/.*"messages":\([0-9]*\).*/\1/' | tr '\n' '+')" "1+1+1+"
t "hard links in a tar file: the message" is \
    "$("$mailcask" search --json --data linked-data subject:mh | grep -c '"in mh"')" 1
finish
