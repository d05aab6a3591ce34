#!/bin/sh
# SPDX-License-Identifier: MIT
# Messages made to cost memory: no command takes more than 130 MB for them.
. "$(dirname "$0")/lib.sh"

MAX_KB=130000

if ! command -v python3 >/dev/null; then
	skip "hostile messages" "needs python3 to make them"
	finish
	exit
fi
case $mailcask in *asan*)
	skip "hostile messages" "the address sanitizer keeps freed memory"
	finish
	exit ;;
esac
cat >make.py <<'EOF'
import base64, os, random
random.seed(1)
for d in ("cur", "new", "tmp"):
    os.makedirs("Maildir/" + d)
def mail(name, fields, body):
    head = ("From: a@example.org\nTo: b@example.org\nSubject: %s\n"
            "Date: Mon, 23 Nov 2026 11:43:24 +0000\nMIME-Version: 1.0\n%s\n" % (name, fields))
    # One behind the other: what is left of one is there with the next.
    n = len(os.listdir("Maildir/cur"))
    with open("Maildir/cur/17000000%02d.%s:2,S" % (n, name), "wb") as f:
        f.write(head.encode() + (body if isinstance(body, bytes) else body.encode()))
mixed = "Content-Type: multipart/mixed; boundary=b\n"
noise = random.randbytes(10 << 20)
mail("deep", "", "".join('Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i)
     for i in range(5000)) + "\nhi\n")
mail("inside", "", "Content-Type: message/rfc822\n\nSubject: x\n" * 20000)
mail("parts", mixed, "--b\nContent-Type: text/plain\n\nx\n" * 200000 + "--b--\n")
mail("names", mixed, "".join('--b\nContent-Type: application/x; name="%s%d"\n\nx\n' %
     ("\x01" * 900, i) for i in range(10000)))
mail("fields", "".join("X-%d: %s\n" % (i, "v" * 60) for i in range(720000)), "x\n")
mail("field", "X-Long: " + "y" * (50 << 20) + "\n", "x\n")
mail("recipients", "Cc: " + ",\n ".join('"P %d" <p%d@example.org>' % (i, i)
     for i in range(10000)) + "\n", "x\n")
mail("html", "Content-Type: text/html; charset=utf-8\n", "<div><p>w\xf6rd <b>x</b>&amp;" * 600000)
mail("open", "Content-Type: text/html\n", "<" * (15 << 20))
mail("words", "Content-Type: text/plain; charset=utf-8\n",
     b"".join(b"%08x word %d\n" % (random.getrandbits(32), i) for i in range(700000)))
mail("line", "Content-Type: application/x\nContent-Transfer-Encoding: base64\n",
     base64.b64encode(noise) + b"\n")
mail("base64", mixed, b"--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\n" +
     base64.encodebytes(noise) + b"\n--b--\n")
mail("wide", "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n",
     base64.encodebytes(("ab " * 1800000).encode("utf-16le")))
mail("japanese", "Content-Type: text/plain; charset=iso-2022-jp\n",
     ("\u65e5\u672c text " * 900000).encode("iso-2022-jp"))
mail("quoted", "Content-Type: text/plain; charset=windows-1252\n"
     "Content-Transfer-Encoding: quoted-printable\n", "=E4=F6=FC=\n" * 1400000)
mail("zeros", "", b"\0" * (16 << 20))
EOF
python3 make.py

cat >peak.py <<'EOF'
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, status)
EOF
stays_small() { # name, arguments
	small_name=$1
	shift
	# shellcheck disable=SC2046
	set -- $(python3 peak.py "$mailcask" "$@" --data data 2>err)
	t "$small_name: exit 0, peak of $1 kB" test "$1" -le $MAX_KB -a "$2" -eq 0
}
stays_small "backup" backup --quiet Maildir
stays_small "backup again" backup --quiet Maildir
stays_small "list" list Maildir/INBOX
stays_small "search" search example.org
for subject in fields names words html; do
	mc search --data data --json "subject:$subject"
	id=$(sed -n 's/^{"id":"\([0-9a-f]*\)".*/\1/p' out)
	stays_small "show" show "$id"
done
stays_small "restore" restore --to back
t "every byte is back" same_tree Maildir "back$PWD/Maildir"
rm -r back
stays_small "restore as an mbox" restore --to back.mbox --format mbox
stays_small "export" export date:2026 --to mail.zip
stays_small "check" check --read-data
rm -r back.mbox mail.zip data/catalogs
stays_small "the catalog anew" search example.org
stays_small "with its text" backup --quiet Maildir
finish
