#!/bin/sh
# SPDX-License-Identifier: MIT
# Giving back from an archive with damaged packs: what cannot be read is named
# and left out, the rest comes back, as it lay and in every format.
. "$(dirname "$0")/lib.sh"

if ! command -v python3 >/dev/null; then
	skip "a damaged pack" "needs python3 to make the mail"
	finish
	exit
fi
cat >make.py <<'EOF'
# Messages too different to be compressed, so that each frame holds a few.
import os, random
random.seed(1)
os.makedirs("mh")
for d in ("cur", "new", "tmp"):
    os.makedirs("Maildir/" + d)
with open("box", "wb") as box:
    for i in range(120):
        text = "".join(random.choice("abcdefghijklmnopqrstuvwxyz \n") for _ in range(40000))
        for name in ("box", "maildir", "mh"):
            mail = ("From: a@example.org\nSubject: %s %d\nDate: Mon, 23 Nov 2026 11:43:24 +0000\n\n%s\n"
                    % (name, i, text[::-1] if name == "mh" else text[7:] if name == "box" else text))
            if name == "box":
                box.write(("From a@example.org Mon Nov 23 11:43:24 2026\n" + mail + "\n").encode())
            elif name == "mh":
                open("mh/%d" % (i + 1), "w").write(mail)
            else:
                open("Maildir/cur/%d.host:2,S" % (1700000000 + i), "w").write(mail)
EOF
python3 make.py
: >mh/.mh_sequences
exits 0 "backup" backup --quiet --data data box Maildir mh
cat >damage.py <<'EOF'
# Flip a byte in the middle of each of the large packs.
import os
for where, _, names in os.walk("data/archive/packs"):
    for name in names:
        path = os.path.join(where, name)
        size = os.path.getsize(path)
        if size > 1000000:
            os.chmod(path, 0o600)
            for part in (0.2, 0.5, 0.8):
                with open(path, "r+b") as f:
                    f.seek(int(size * part))
                    byte = f.read(1)
                    f.seek(-1, 1)
                    f.write(bytes([byte[0] ^ 0x10]))
EOF
python3 damage.py
exits 6 "the damage is found" check --read-data --data data
mc check --read-data --json --data data
lost=$(python3 -c 'import json
d = json.loads(open("out").readlines()[-1])["damaged"]
print(len({str(m) for o in d for m in o["messages"]}))')
t "some messages are lost, not all: $lost" [ "$lost" -gt 3 -a "$lost" -lt 180 ]

# What came back is what was there, message by message, and the lost ones are named.
cat >compare.py <<'EOF'
import os, re, sys
def mails(top):
    found = set()
    for where, _, names in os.walk(top):
        for name in names:
            data = open(os.path.join(where, name), "rb").read()
            for m in re.split(rb"(?m)^From \S+ Mon Nov 23 11:43:24 2026\n", data):
                m = m[m.find(b"From:"):].strip() if b"\nSubject:" in m else b""
                m = re.sub(rb"(?m)^(Status|X-Status|X-Keywords):.*\n", b"", m)
                found.add(m)
    return found - {b""}
have = mails(sys.argv[1])
want = mails("box.d") | mails("Maildir") | mails("mh")
named = len(set(re.findall("message ([0-9a-f]{64})", open("err").read())))
print(len(have - want), len(want) - len(have), named)
EOF
mkdir box.d
ln box box.d/box
gives_back() { # what, arguments of restore
	back_name=$1
	shift
	rm -rf back
	exits 3 "$back_name" restore --data data --to back "$@"
	t "$back_name: nothing invented, $lost lost and named" \
	    is "$(python3 compare.py back)" "0 $lost $lost"
}
gives_back "as it lay"
for format in mbox maildir mh eml; do
	gives_back "as $format" --format $format
done
rm -rf back
exits 3 "export" export --data data date:2026 --to back
t "export: nothing invented, $lost lost and named" is "$(python3 compare.py back)" "0 $lost $lost"
finish
