#!/bin/sh
# SPDX-License-Identifier: MIT
# Mail on a disk that is mounted read-only: nothing of it needs writing.
. "$(dirname "$0")/lib.sh"

if [ "$(id -u)" -ne 0 ] || ! command -v unshare >/dev/null || ! unshare -m true 2>/dev/null; then
	skip "a read-only mount" "only root may mount"
	finish
	exit
fi
make_home
cat >seen.sh <<'EOF'
mount --bind "$HOME" "$HOME" && mount -o remount,ro,bind "$HOME" || exit 99
! touch "$HOME/x" 2>/dev/null || exit 98
"$1" locate --json >located || exit 1
"$1" backup --quiet --data data || exit 2
"$1" backup --quiet --data data || exit 3
"$1" restore --quiet --data data --to back || exit 4
EOF
unshare -m sh seen.sh "$mailcask" >out 2>err
status=$?
if [ $status -eq 99 ]; then
	skip "a read-only mount" "it cannot be made here"
	finish
	exit
fi
t "located, backed up twice, restored" is "$status" 0
t "not a word" empty err
t "the mail was seen" has located '"client":"thunderbird"'
(cd back 2>&1 && find . -type f) | while read -r file; do cmp -s "$HOME/$file" "back/$file" || echo "$file"; done >differ
t "every byte is back" empty differ
finish
