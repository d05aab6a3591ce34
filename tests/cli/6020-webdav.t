#!/bin/sh
# SPDX-License-Identifier: MIT
# An archive on a WebDAV server: Apache's mod_dav, and the one of rclone.
. "$(dirname "$0")/lib.sh"
contract=$(dirname "$mailcask")/tests/unit/targetcontract_test
unset MAILCASK_WEBDAV_USER MAILCASK_WEBDAV_PASSWORD NETRC
trap 'for k in apache rclone; do "$tests/targets/webdav.sh" stop $k "$work/$k"; done; rm -rf "$work"' EXIT
make_home

one() { # apache or rclone
	port=$("$tests/targets/webdav.sh" start "$1" "$work/$1" 2>why </dev/null)
	if [ $? -eq 77 ]; then
		skip "$1" "$(cat why)"
		return
	fi
	t "$1: a server runs" [ -n "$port" ]
	url=webdav://127.0.0.1:$port/mail/archive
	exits 5 "$1: no password" init "$url"
	t "$1: no password: where it may stand" has err "write them into ~/.netrc"
	exits 2 "$1: a password in the URL" init "webdav://pat:secret@127.0.0.1:$port/mail"
	t "$1: a password in the URL is not printed" lacks err secret
	printf 'machine elsewhere login pat password wrong\nmachine 127.0.0.1\n\tlogin pat\n\tpassword secret\n' \
	    >"$HOME/.netrc"
	exits 0 "$1: a password in ~/.netrc" init "$url"
	rm "$HOME/.netrc"
	MAILCASK_WEBDAV_USER=pat MAILCASK_WEBDAV_PASSWORD=secret
	export MAILCASK_WEBDAV_USER MAILCASK_WEBDAV_PASSWORD
	t "$1: the contract of every target" "$contract" "webdav://127.0.0.1:$port/contract" 1100 12
	exits 5 "$1: no archive" list --archive "webdav://127.0.0.1:$port/none"
	exits 0 "$1: backup" backup --archive "$url" --data "$work/data-$1"
	exits 0 "$1: check" check --read-data --archive "$url" --data "$work/data-$1"
	exits 0 "$1: restore on a new machine" restore --archive "$url" --data "$work/data-new-$1" \
	    --to "$work/back-$1"
	t "$1: all is back" same_tree "$HOME/Maildir" "$work/back-$1/Maildir"
	unset MAILCASK_WEBDAV_USER MAILCASK_WEBDAV_PASSWORD
}
one apache
one rclone
finish
