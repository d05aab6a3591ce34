#!/bin/sh
# SPDX-License-Identifier: MIT
# The main job on one screen, with mail in the layouts of several clients:
# find it, back it up, list, search, lose a mailbox, restore it, prove it.
#
#	demo.sh MAILCASK
set -eu
case $1 in /*) mailcask=$1 ;; *) mailcask=$PWD/$1 ;; esac
fixture=$PWD/tests/data/demo/home
work=$(mktemp -d "${TMPDIR:-/tmp}/mailcask-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp -R "$fixture" "$work/home"
# A Maildir has empty directories, which the fixture cannot hold.
find "$work/home/Maildir" -name cur -type d | while read -r cur; do
	mkdir -p "${cur%cur}new" "${cur%cur}tmp"
done
HOME=$work/home USER=pat LOGNAME=pat
export HOME USER LOGNAME
unset MAILCASK_ARCHIVE MAILCASK_DATA XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME MAIL MAILDIR
cd "$work"
run() { # what a person would type
	echo "\$ mailcask $*"
	"$mailcask" "$@"
}

echo "A home with mail of Thunderbird, Claws Mail and mutt: $HOME"
run locate
run backup --data data
run list --data data
run search from:anna invoice --data data
box="$HOME/.thunderbird/x7k2m9.default-release/Mail/Local Folders/Invoices"
echo "\$ rm Invoices  # by accident; its sha256sum was:"
before=$(sha256sum <"$box")
echo "$before"
rm "$box"
run restore Invoices --in-place --data data
after=$(sha256sum <"$box")
echo "$after"
[ "$before" = "$after" ] || { echo "demo: the mailbox came back with other bytes" >&2; exit 1; }
echo "The restored mailbox is byte-identical."
run check --read-data --data data
