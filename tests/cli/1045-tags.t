#!/bin/sh
# SPDX-License-Identifier: MIT
# Thunderbird keeps keys with its messages; people know the names.
. "$(dirname "$0")/lib.sh"
profile=$HOME/.thunderbird/p.default
inbox=$profile/Mail/local/Inbox
files=$profile/Mail/files
imap=$profile/ImapMail/imap.example.org
mkdir -p "$profile/Mail/local" "$files/Inbox/cur" "$imap"
printf '[Profile0]\nName=default\nIsRelative=1\nPath=p.default\n' >"$HOME/.thunderbird/profiles.ini"

server() { # number, type, directory, store
	cat <<-END
		user_pref("mail.account.account$1.server", "server$1");
		user_pref("mail.server.server$1.type", "$2");
		user_pref("mail.server.server$1.name", "${3##*/}");
		user_pref("mail.server.server$1.directory-rel", "[ProfD]$3");
		user_pref("mail.server.server$1.storeContractID", "@mozilla.org/msgstore/$4;1");
	END
}
prefs() { # what the tag "projekt" is called, and more lines
	{
		server 1 none Mail/local berkeleystore
		server 2 pop3 Mail/files maildirstore
		server 3 imap ImapMail/imap.example.org berkeleystore
		printf 'user_pref("mailnews.tags.projekt.tag", "%s");\n' "$1"
		printf 'user_pref("mailnews.tags.projekt.color", "#3333FF");\n%s\n' "${2-}"
	} >"$profile/prefs.js"
}
mail() { # id, keys
	printf 'X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: %-80s\n' "$2"
	printf 'Message-ID: <%s@example.org>\nFrom: ann@example.org\nSubject: %s\n\nText of %s\n' "$1" "$1" "$1"
}
box() { # id and keys, as often as wanted
	while [ $# -gt 0 ]; do
		printf 'From - Tue Apr 16 10:00:00 2024\n'
		mail "$1" "$2"
		echo
		shift 2
	done
}
box m1 '$label1 projekt' m2 '' m3 projekt >"$inbox"
box other '' >"$profile/Mail/local/Plain"
mail f1 projekt >"$files/Inbox/cur/1713123400.M1P1Q0.host.eml"
mail f2 '' >"$files/Inbox/cur/1713123401.M1P1Q1.host.eml"
echo '// <!-- <mdb:mork:z v="1.4"/> -->' >"$files/Inbox.msf"
# On IMAP the file never learns of a tag: the summary has it.
box i1 '' >"$imap/INBOX"
cat >"$imap/INBOX.msf" <<'END'
// <!-- <mdb:mork:z v="1.4"/> -->
< <(a=c)> (80=ns:msg:db:row:scope:msgs:all)(88=flags)(96=ns:msg:db:table:kind:msgs)
(B4=storeToken)(B8=keywords)>
<(81=1)(82=0)(83=$label4 Projekt)>
{1:^80 {(k^96:c)(s=9)} [1(^88^81)(^B4^82)(^B8^83)]}
END
prefs 'Projekt Übersee'

number() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" out; }
tags_of() { # mailbox: the Message-IDs with their tags
	mc list "$1" --json
	sed 's/.*"message_id":"\([^@]*\)@.*"tags":\(\[[^]]*\]\).*/\1\2/' out | sort | tr '\n' ' '
}
finds() { # the Message-IDs found, sorted, without what follows "@"; the query
	wanted=$1
	shift
	"$mailcask" search --json "$@" >out 2>err
	t "search $*" is "$? $(sed 's/.*"message_id":"\([^@"]*\).*/\1/' out | sort | tr '\n' ' ')" "0 $wanted"
}
data=$HOME/.local/share/mailcask
objects() { find "$data/archive" -type f ! -path '*/snapshots/*' | wc -l; }

exits 0 "backup" backup --json
t "all are saved" is "$(number saved)" 7
t "an mbox" is "$(tags_of thunderbird:local/Inbox)" \
    'm1["$label1","Important","Projekt Übersee","projekt"] m2[] m3["Projekt Übersee","projekt"] '
t "a Maildir" is "$(tags_of thunderbird:files/Inbox)" 'f1["Projekt Übersee","projekt"] f2[] '
t "IMAP" is "$(tags_of thunderbird:imap.example.org/INBOX)" \
    'i1["$label4","Projekt","Projekt Übersee","To Do"] '
finds "f1 i1 m1 m3 " 'tag:"Projekt Übersee"'
finds "f1 i1 m1 m3 " tag:projekt
finds "m1 " 'tag:$label1'
finds "m1 " tag:important
finds "i1 " 'tag:"to do"'
finds "" tag:later
exits 0 "restored" restore thunderbird:local --to out1
t "the bytes are the client's" cmp "$inbox" "out1/${inbox#"$HOME"/}"

before=$(objects)
exits 0 "a second night" backup --json
t "nothing was read" is "$(number saved) $(number bytes_read)" "0 0"
t "nothing was stored" is "$(objects)" "$before"
prefs 'Projekt Übersee' 'user_pref("mail.lastmsg", 7);'
exits 0 "another preference" backup --json
t "no mailbox was opened" is "$(number bytes_read)" "$(wc -c <"$profile/prefs.js" | tr -d ' ')"

prefs 'Brückenbau 橋' 'user_pref("mailnews.tags.$label4.tag", "Demnächst");'
exits 0 "a tag that is called otherwise" backup --json
t "no message is new" is "$(number saved)" 0
t "only mailboxes that have tags were read" is "$(number bytes_read)" \
    "$(cat "$inbox" "$files/Inbox/cur"/* "$imap/INBOX" "$profile/prefs.js" | wc -c | tr -d ' ')"
t "an mbox: the new name" is "$(tags_of thunderbird:local/Inbox)" \
    'm1["$label1","Brückenbau 橋","Important","projekt"] m2[] m3["Brückenbau 橋","projekt"] '
t "a Maildir: the new name" is "$(tags_of thunderbird:files/Inbox)" 'f1["Brückenbau 橋","projekt"] f2[] '
t "IMAP: the new name" is "$(tags_of thunderbird:imap.example.org/INBOX)" \
    'i1["$label4","Brückenbau 橋","Demnächst","Projekt"] '
finds "f1 i1 m1 m3 " 'tag:"Brückenbau 橋"'
finds "f1 i1 m1 m3 " tag:brucken*
finds "" 'tag:"Projekt Übersee"'
finds "f1 i1 m1 m3 " tag:projekt
before=$(objects)
exits 0 "the night after" backup --json
t "nothing was read then" is "$(number bytes_read)" 0
t "nothing was stored then" is "$(objects)" "$before"

first=$("$mailcask" snapshots --json | sed -n '1s/.*"snapshot":"\([^"]*\)".*/\1/p')
exits 0 "as it was" list thunderbird:local/Inbox --json --at "$first"
t "as it was: the old name" has out '"Projekt Übersee"'
rm -r "$data/catalogs"
finds "f1 i1 m1 m3 " 'tag:"Brückenbau 橋"'
finish
