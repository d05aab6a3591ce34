#!/bin/sh
# SPDX-License-Identifier: MIT
# What a backup takes, what it says, what it does not do twice.
. "$(dirname "$0")/lib.sh"
make_home
plain() { # what changes from run to run, made the same
	sed -e "s|$work|WORK|g" -e 's/20[0-9-]*T[0-9]*Z-[0-9a-f]*/SNAPSHOT/g' \
	    -e 's/"seconds":[0-9.]*/"seconds":0/' -e 's/"bytes_added":[0-9]*/"bytes_added":0/' "$1"
}
number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" out; }

find "$HOME" -type f -printf '%P %A@ %T@ %C@ %m\n' | sort >facts
exits 0 "first backup" backup --json
t "its JSON" is "$(plain out)" '{"snapshot":"SNAPSHOT","stores":7,"mailboxes":17,"seen":35,"saved":15,"had":20,"failed":[],"bytes_read":84957,"bytes_added":0,"seconds":0}'
t "nothing of the clients' was touched" is \
    "$(find "$HOME" -path "$HOME/.local" -prune -o -type f -printf '%P %A@ %T@ %C@ %m\n' | sort)" \
    "$(cat facts)"
exits 0 "second backup" backup --json
t "nothing is saved twice" is "$(number saved)" 0
t "seen again" is "$(number seen)" 35
t "next to nothing was read" [ "$(number bytes_read)" -lt 20000 ]

# New mail, and a flag.
printf 'From - Tue Apr 16 10:00:00 2024\r\nX-Mozilla-Status: 0000\nX-Mozilla-Status2: 00000000\nSubject: brand new\n\nhello\n\r\n' \
    >>"$local_folders/Invoices"
exits 0 "a new message" backup --json
t "one is saved" is "$(number saved)" 1
sed -i '0,/X-Mozilla-Status: 0001/s//X-Mozilla-Status: 0003/' "$local_folders/Invoices"
mv "$HOME/Maildir/cur/1714000000.R1.harbour:2,S" "$HOME/Maildir/cur/1714000000.R1.harbour:2,FS"
exits 0 "flags" backup --json
t "flags: no message is new" is "$(number saved)" 0
exits 0 "the flag is known" list Invoices
t "the flag is known: answered" has out answered
exits 0 "restored with the flag" restore Invoices --to flag
t "the same bytes" cmp "$local_folders/Invoices" "flag/${local_folders#"$HOME"/}/Invoices"

# Without --json and --quiet: a person's summary that adds up.
exits 0 "summary" backup
t "the sum" has out "Seen 36 = saved 0 + had 36 + failed 0"

# By hand: whatever holds mail.
mkdir loose
printf 'From: a@example.org\nSubject: alone\n\ntext\n' >loose/one.eml
gzip <"$HOME/mail/received" >received.gz
command -v zip >/dev/null && (cd "$HOME/mail" && zip -q "$work/both.zip" received sent)
tar -C "$HOME" -czf tree.tgz mail
for path in loose loose/one.eml received.gz both.zip tree.tgz "$HOME/Maildir" "$HOME/Claws" \
    "$HOME/mail/received"; do
	[ -e "$path" ] || { skip "$path" "no zip here"; continue; }
	exits 0 "$path" backup --json --data hand "$path"
	t "$path: its mail" [ "$(number seen)" -gt 0 ]
	t "$path: only its" [ "$(number stores)" -le 8 ]
done
exits 0 "all of it is kept" list --data hand --json
t "what was not named this time is not gone" [ "$(grep -c . out)" -ge 8 ]
exits 1 "what is no mail" backup --data hand "$mailcask"
exits 1 "what is not there" backup --data hand "$work/nowhere"
t "what is not there: named" has err "$work/nowhere"

# Packs for stock tools.
for codec in zstd gzip; do
	exits 0 "$codec" backup --codec $codec --data $codec
	case $codec in zstd) unpack="zstd -dcq" suffix=zst ;; gzip) unpack="gzip -dc" suffix=gz ;; esac
	t "$codec: all packs say so" is "$(find $codec/archive/packs -type f ! -name "*.tar.$suffix")" ""
	mkdir un$codec
	for pack in $(find $codec/archive/packs -type f); do
		$unpack "$pack" | tar -xf - -C un$codec
	done
	t "$codec: messages are files, named by their bytes" sh -c 'cd "$1/messages" && for f in *.eml; do
		[ "$(sha256sum <"$f" | cut -c1-64).eml" = "$f" ] || exit 1; done' - un$codec
	t "$codec: an attachment is kept once" is "$(find un$codec/parts -type f -size +5k | wc -l)" 1
done
t "both hold the same" same_tree unzstd/messages ungzip/messages
finish
