#!/bin/sh
# SPDX-License-Identifier: MIT
# check: whole archives are whole, damaged ones say what it costs.
. "$(dirname "$0")/lib.sh"
make_home
exits 0 "backup" backup --quiet
sleep 1
printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: later\n\nlater\n\n' >>"$HOME/mail/received"
exits 0 "backup of the next night" backup --quiet
archive=$HOME/.local/share/mailcask/archive

exits 0 "check" check
t "check: in words" has out "all there"
exits 0 "check --read-data" check --read-data
t "check --read-data: in words" has out "every byte is good"
exits 0 "a share" check --read-data=2/3
t "it is said which" has out "share 2 of 3"
exits 0 "a part" check --read-data=5%
t "in twenty nights" grep -q 'share [0-9]* of 20 ' out
exits 0 "all" check --read-data=1/1
t "every byte" has out "every byte is good"
for share in 0/3 4/3 1/0 3 5 0% 101% % / x/y 1/3x; do
	exits 2 "$share" check --read-data=$share
done
# A pack of messages that is damaged is found by one share, and by no other
# (one of listings by all, for they are always read).
for pack in $(find "$archive/packs" -type f); do
	zstd -dqc "$pack" | tar -tf - 2>/dev/null | grep -q '^messages/' && break
done
cp "$pack" whole-pack
printf x | dd of="$pack" bs=1 seek=100 conv=notrunc 2>/dev/null
found=
for n in 1 2 3 4 5; do
	mc check --read-data=$n/5
	found=$found$status
done
t "by one of five" is "$(echo "$found" | tr -d 0)" 6
cp whole-pack "$pack"
exits 0 "check --quiet" check --quiet
t "check --quiet: nothing" empty out
exits 0 "check --json" check --json
t "its JSON" is "$(sed 's/:[0-9][0-9]*/:N/g' out)" '{"objects":N,"bytes":N,"damaged":[]}'

# Each file of the archive, damaged in several ways.
cp -a "$archive" good
find good -path good/tmp -prune -o -type f -printf '%P\n' | sort >files
while read -r file; do
	size=$(stat -c %s "good/$file")
	for damage in flip truncate remove; do
		chmod -R u+w "$archive"
		cp "good/$file" "$archive/$file"
		case $damage in
		flip) python3 -c 'import sys
f = open(sys.argv[1], "r+b"); f.seek(int(sys.argv[2])); b = f.read(1); f.seek(-1, 1); f.write(bytes([b[0] ^ 4]))' \
		    "$archive/$file" $((size / 2)) ;;
		truncate) truncate -s $((size - 1)) "$archive/$file" ;;
		remove) rm "$archive/$file" ;;
		esac
		mc check --read-data </dev/null
		case $file,$damage in
		archive.json,remove) t "$file $damage: exit 5" is $status 5 ;;
		*) t "$file $damage: exit 6" is $status 6
			t "$file $damage: named" grep -q -e "$(basename "$file" | cut -c1-40)" -e identity out err ;;
		esac
	done
	cp "good/$file" "$archive/$file"
done <files
exits 0 "all is back" check --read-data

# What damage costs, in messages and mailboxes.
pack=$(for p in $(ls -S $(find "$archive/packs" -type f)); do
	zstd -dcq "$p" | tar -tf - | grep -q '^messages/' && echo "$p"
done | head -n 1)
chmod u+w "$(dirname "$pack")" "$pack"
rm "$pack"
exits 6 "a lost pack, in JSON" check --json
t "its messages are named" python3 -c 'import json
d = json.load(open("out"))["damaged"]
assert len(set(m for x in d for m in x["messages"])) > 5, d
assert any("thunderbird:Local Folders/Invoices" in x["mailboxes"] for x in d), d'
exits 3 "restore gives the rest back" restore --to rest
t "what is lost is named" has err "Invoices"
t "companions came back" [ -e rest/.muttrc ]

cp "good/${pack#"$archive"/}" "$pack"

# What an index said is in the packs too: without any, and without a catalog,
# all is there; the next backup writes one that will do.
mc list "mutt:~/mail/received" --json
t "listed with its subject" has out later
subjects() { grep -o '"subject":"[^"]*"' out | sort; }
subjects >listed
find "$archive/index" -type f -exec rm -f {} +
rm -rf "$HOME/.local/share/mailcask/catalogs"
exits 0 "list without an index" list "mutt:~/mail/received" --json
t "the messages as before" is "$(subjects)" "$(cat listed)"
exits 0 "restore without an index" restore --to whole
t "every byte" same_tree "$HOME/mail" whole/mail
exits 6 "check without an index" check
rm -rf "$HOME/.local/share/mailcask/catalogs"
exits 0 "backup" backup --quiet
exits 0 "check with a new one" check --read-data
rm -r "$archive"
cp -a good "$archive"

# One listing that cannot be read costs one mailbox.
listings=$(for p in $(find "$archive/packs" -type f); do
	zstd -dcq "$p" | tar -tf - | grep -q '^listings/' && echo "$p"
done | head -n 1)
rm -rf "$listings" "$HOME/.local/share/mailcask/catalogs"
mc list --json
t "the others are listed" [ "$(wc -l <out)" -ge 5 ]
mc restore --to others
t "what is no mail is there" [ -e others/.muttrc ]
rm -r "$archive" "$HOME/.local/share/mailcask/catalogs"
cp -a good "$archive"

# Files that came from elsewhere are not ours.
mkdir -p "$archive/tmp"
echo x >"$archive/tmp/left-over"
echo x >"$archive/note.txt"
exits 0 "other files" check --read-data
finish
