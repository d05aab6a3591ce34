#!/bin/sh
# SPDX-License-Identifier: MIT
# Mail that others wrote: whatever is taken comes back byte for byte, and every
# message is readable.  MAILCASK_CORPUS names a directory of such mail, with
# mbox, eml, maildir and mh below it.
. "$(dirname "$0")/lib.sh"

if [ -z "${MAILCASK_CORPUS:-}" ]; then
	skip "mail that others wrote" "MAILCASK_CORPUS names no directory"
	finish
	exit 0
fi
cp -R "$MAILCASK_CORPUS" corpus
chmod -R u+w corpus
for kind in mbox eml maildir mh; do
	[ -d corpus/$kind ] || continue
	mc backup --json --data data-$kind corpus/$kind
	t "$kind: backup" [ $status -eq 0 -o $status -eq 3 ]
	t "$kind: the sum" python3 -c 'import json
r = json.load(open("out"))
assert r["seen"] == r["saved"] + r["had"] + len(r["failed"]) and r["seen"] > 0, r'
	exits 0 "$kind: restore" restore --data data-$kind --to back-$kind
	(cd back-$kind && find . -type f) | while read -r file; do
		cmp "/$file" "back-$kind/$file" || echo "$file" >>differ
	done
	t "$kind: byte for byte" [ ! -e differ ]
	exits 0 "$kind: nothing is new" backup --json --data data-$kind corpus/$kind
	t "$kind: nothing is saved twice" grep -q '"saved":0,' out
	"$mailcask" list --data data-$kind --json | sed 's/^{"name":"\([^"]*\)".*/\1/' | head -n 20 |
	while read -r name; do
		"$mailcask" list --json --data data-$kind "$name" </dev/null | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/' |
		    head -n 5
	done >ids
	while read -r id; do
		"$mailcask" show --data data-$kind "$id" >shown 2>err </dev/null || cat err >>unreadable
	done <ids
	t "$kind: messages are read" [ -s ids -a ! -e unreadable ]
	exits 0 "$kind: check" check --read-data --data data-$kind
done
finish
