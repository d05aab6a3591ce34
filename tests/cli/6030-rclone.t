#!/bin/sh
# SPDX-License-Identifier: MIT
# An archive at a remote of the program rclone: one that is a directory here.
. "$(dirname "$0")/lib.sh"
contract=$(dirname "$mailcask")/tests/unit/targetcontract_test
exits 2 "no remote" init rclone:/tmp/x
exits 2 "a remote made of options" init "rclone::local:$work/x"
if ! command -v rclone >/dev/null; then
	skip "rclone" "there is no rclone"
	finish
	exit 0
fi
mkdir "$work/nothing"
PATH=$work/nothing "$mailcask" init "rclone:here:$work/x" 2>err
t "no program: says so" has err "the program rclone is not installed"
RCLONE_CONFIG=$work/rclone.conf
export RCLONE_CONFIG
printf '[here]\ntype = local\n' >"$RCLONE_CONFIG"
url="rclone:here:$work/files/with a blank; and 'quotes'"
exits 5 "an unknown remote" init rclone:nonesuch:x
t "an unknown remote: says why" has err "didn't find section in config file"
t "the contract of every target" "$contract" "rclone:here:$work/contract" 3 3
exits 0 "init" init "$url"
make_home
exits 0 "backup" backup --archive "$url"
exits 0 "check" check --archive "$url"
exits 0 "restore on a new machine" restore --archive "$url" --data "$work/data-new" --to "$work/back"
t "all is back" same_tree "$HOME/Maildir" "$work/back/Maildir"
exits 0 "the same archive as a directory" check --read-data --archive "$work/files/with a blank; and 'quotes'" --data "$work/data-local"
finish
