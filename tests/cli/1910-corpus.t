#!/bin/sh
# SPDX-License-Identifier: MIT
# Mail that others wrote: whatever is taken comes back byte for byte, and every
# message is readable; what is no mail, or cannot be read, is named.
# MAILCASK_CORPUS names a directory of such mail, sorted into directories by
# format.
. "$(dirname "$0")/lib.sh"

if [ -z "${MAILCASK_CORPUS:-}" ]; then
	skip "mail that others wrote" "MAILCASK_CORPUS names no directory"
	finish
	exit 0
fi
cp -R "$MAILCASK_CORPUS" corpus
chmod -R u+w corpus

# Every file or directory: listed with a count or with a reason.
for path in corpus/*/ corpus/*/*; do
	mc locate --json "$path"
	[ $status -eq 0 -o $status -eq 1 ] && grep -q '"supported":true\|"reason":".' out ||
	    echo "$path: $status" >>unlisted
done
t "everything is listed, or a reason given" [ ! -e unlisted ]

for kind in corpus/*/; do
	kind=${kind#corpus/} kind=${kind%/}
	mc backup --json --data data-$kind corpus/$kind
	t "$kind: backup" [ $status -eq 0 -o $status -eq 3 -o $status -eq 1 ]
	if [ $status -eq 1 ]; then
		t "$kind: the reason" grep -q 'no mailbox of a known format' err
		continue
	fi
	t "$kind: the sum" python3 -c 'import json
r = json.load(open("out"))
assert r["seen"] == r["saved"] + r["had"] + len(r["failed"]) and r["stores"] > 0, r'
	exits 0 "$kind: restore" restore --data data-$kind --to back-$kind
	(cd back-$kind && find . -type f) | while read -r file; do
		cmp "/$file" "back-$kind/$file" || echo "$file" >>differ
	done
	t "$kind: byte for byte" [ ! -e differ ]
	mc backup --json --data data-$kind corpus/$kind
	t "$kind: nothing is saved twice" grep -q '"saved":0,' out
	"$mailcask" list --data data-$kind --json | sed 's/^{"name":"\([^"]*\)".*/\1/' | head -n 20 |
	while read -r name; do
		"$mailcask" list --json --data data-$kind "$name" </dev/null | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/' |
		    head -n 5
	done >ids
	while read -r id; do
		"$mailcask" show --data data-$kind "$id" >shown 2>err </dev/null || cat err >>unreadable
	done <ids
	t "$kind: messages are read" [ ! -e unreadable ]
	exits 0 "$kind: check" check --read-data --data data-$kind
done

# python3's mailbox counts the same, for the files that begin as an mbox.
"$mailcask" list --json --data data-mbox >list
t "mbox: as many messages as python3 counts" python3 -c 'import gzip, json, mailbox, os
ours = {m["mailbox"][-1]: m["messages"] for m in map(json.loads, open("list"))}
bad = []
for name in sorted(os.listdir("corpus/mbox")):
    data = open("corpus/mbox/" + name, "rb").read()
    data = gzip.decompress(data) if name.endswith(".gz") else data
    if data.startswith(b"From ") and name in ours:
        open("one", "wb").write(data)
        n = len(mailbox.mbox("one"))
        if n != ours[name]: bad.append((name, n, ours[name]))
assert not bad, bad'
finish
