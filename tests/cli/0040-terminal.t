#!/bin/sh
# SPDX-License-Identifier: MIT
# Control characters of mail never reach a terminal, nor a pipe that may lead
# to one: C0, C1, DEL, bidi controls, separators, bytes that are not UTF-8.
. "$(dirname "$0")/lib.sh"

# Each as it may stand in a header, a name and a text.
evil=$(printf 'a\001\033[31mb\033]0;t\007c\177d\302\233e\342\200\256f\342\201\246g\342\200\250h\330\234i\377j\010k')
mkdir -p "$HOME/Maildir/cur" "$HOME/Maildir/new" "$HOME/Maildir/tmp"
box="$HOME/Maildir/.$evil"
mkdir -p "$box/cur" "$box/new" "$box/tmp"
for n in 1 2 3; do
	{
		printf 'From: %s <x@example.org>\nTo: %s\nSubject: %s number%s\n' "$evil" "$evil" "$evil" $n
		printf 'Message-ID: <%s%s@example.org>\nDate: Mon, 15 Apr 2024 10:00:00 +0000\n' "$evil" $n
		printf 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n%s\n' "$evil"
		printf -- '--b\nContent-Type: %s/plain\n' "$evil"
		printf 'Content-Disposition: attachment; filename="%s.txt"\n\nattached\n--b--\n' "$evil"
	} >"$box/cur/$n.M$n.host:2,S$evil"
done
# Encoded words bring them in as well.
printf 'From: =?utf-8?q?=1B[2J=C2=9B=E2=80=AE?= <y@example.org>\nSubject: =?utf-8?b?%s?=\n\n%s\n' \
    "$(printf %s "$evil" | base64 -w0)" "$evil" >"$box/new/4.M4.host"

for tool in python3 script; do
	command -v $tool >/dev/null || { skip "terminal" "no $tool here"; finish; exit 0; }
done

exits 0 "backup" backup
id=$("$mailcask" search --json number1 | sed -n 's/.*"id":"\([0-9a-f]*\)".*/\1/p')
box_name=$("$mailcask" list --json | python3 -c 'import json, sys
print(max((json.loads(l)["name"] for l in sys.stdin), key=len))')
mkdir shown
quote() { # words, for a shell
	for word; do
		printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
	done
}
on_terminal() { # columns, arguments: what a terminal would get (script(1) makes one)
	columns=$1
	shift
	script -qec "stty -onlcr cols $columns; $(quote "$mailcask" "$@")" /dev/null </dev/null 2>/dev/null
}
# What is printed is looked at in one go, further down.
pipe_and_terminal() { # name, arguments
	mc_count=$((mc_count + 1))
	what=shown/$(printf %03d $mc_count)
	echo "$1" >$what.name
	shift
	mc "$@"
	cp out $what.out
	cp err $what.err
	case " $* " in *" --json "*) cp out $what.json ;; esac
	on_terminal 80 "$@" >$what.tty
}
mc_count=0
pipe_and_terminal "locate" locate
pipe_and_terminal "locate --json" locate --json
pipe_and_terminal "locate of an evil path" locate "$box"
pipe_and_terminal "backup" backup
pipe_and_terminal "backup of an evil path" backup "$work/none$evil"
pipe_and_terminal "backup --json" backup --json
pipe_and_terminal "snapshots" snapshots
pipe_and_terminal "list" list
pipe_and_terminal "list --json" list --json
pipe_and_terminal "list --gone" list --gone
pipe_and_terminal "list of a mailbox" list "$box_name"
pipe_and_terminal "list of a mailbox --json" list "$box_name" --json
pipe_and_terminal "list of no mailbox" list "$evil"
pipe_and_terminal "search" search number1
pipe_and_terminal "search --json" search number1 --json
pipe_and_terminal "search for it" search "$evil"
pipe_and_terminal "show" show "$id"
pipe_and_terminal "show --json" show "$id" --json
pipe_and_terminal "show none" show "$evil"
pipe_and_terminal "show a part that is not there" show "$id" --part "$evil"
pipe_and_terminal "show --save" show "$id" --save "$work/saved"
pipe_and_terminal "restore" restore --to "$work/restored"
pipe_and_terminal "restore --json" restore --to "$work/restored2" --json
pipe_and_terminal "restore to an evil place" restore --to "$work/$evil"
pipe_and_terminal "restore over other files" restore --to "$work/restored" --format mbox
pipe_and_terminal "export" export number1 --to "$work/$evil.mbox"
pipe_and_terminal "check" check
pipe_and_terminal "check --json" check --json
pipe_and_terminal "status" status
pipe_and_terminal "an unknown option" list "--$evil"
pipe_and_terminal "an unknown command" "$evil"
pack=$(find "$HOME/.local/share/mailcask/archive/packs" -type f | head -n 1)
rm "$pack"
pipe_and_terminal "check of a damaged archive" check
pipe_and_terminal "check --json of a damaged archive" check --json
pipe_and_terminal "restore from a damaged archive" restore --to "$work/restored3"

# No byte below 0x20 but tab and newline, no DEL, valid UTF-8 without C1 and
# bidi controls.  The line of progress is drawn with CR and erased with ESC [ K.
python3 - <<'EOF'
import glob, json, re, unicodedata
def bad(data):
    text = data.decode('utf-8')
    return sorted({c for c in text if (unicodedata.category(c) in ('Cc', 'Zl', 'Zp') and c not in '\n\t')
                   or c in '\u200e\u200f\u061c' or '\u202a' <= c <= '\u202e' or '\u2066' <= c <= '\u2069'})
for name in glob.glob('shown/*.name'):
    stem = name[:-5]
    data = {kind: open(stem + '.' + kind, 'rb').read() for kind in ('out', 'err', 'tty')}
    data['tty'] = re.sub(rb'\r[^\r\n]*\x1b\[K', b'', data['tty'])
    why = ['%s: %r' % (kind, bad(data[kind])) for kind in data if bad(data[kind])]
    if not data['out'] + data['err'] or not data['tty']:
        why.append('nothing was printed')
    for path in glob.glob(stem + '.json'):
        for line in open(path, encoding='utf-8'):
            json.loads(line)
    open(stem + '.why', 'w').write('\n'.join(why))
EOF
for name in shown/*.name; do
	t "$(cat "$name")" sh -c '[ -e "$1" ] && [ ! -s "$1" ] || { cat "$1"; false; }' - "${name%.name}.why"
done

# The terminal's width is kept.
fits() { # arguments
	on_terminal 70 "$@" >"tty.$1"
	t "$1 fits the terminal" python3 -c 'import sys
rows = open(sys.argv[1], encoding="utf-8").read().split("\n")
wide = [r for r in rows if len(r) > 70 and not r.startswith("mailcask: ")]
sys.exit(repr(wide or rows) if wide or len(rows) < 3 else 0)' "tty.$1"
}
fits list "$box_name"
fits locate
fits search number1
mc locate
t "elsewhere nothing is cut" has out "~/Maildir"
finish
