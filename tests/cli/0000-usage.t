#!/bin/sh
# SPDX-License-Identifier: MIT
# Wrong command lines: exit 2, a sentence, where help is; nothing is touched.
. "$(dirname "$0")/lib.sh"

usage() { # name, words that stand on standard error, arguments
	name=$1 words=$2
	shift 2
	exits 2 "$name" "$@"
	t "$name: nothing on standard output" empty out
	t "$name: says why" has err "$words"
}

mc
t "no command: exit 2" is "$status" 2
t "no command: where help is" has err "Try 'mailcask --help'"
usage "unknown command" 'there is no command "frobnicate"' frobnicate
usage "near command" 'did you mean "search"?' serach x
usage "near command, cut short" 'did you mean "snapshots"?' snap
usage "option before the command" 'there is no option --json before the command' --json list
usage "unknown option" 'there is no option --frobnicate' list --frobnicate
usage "near option" 'did you mean --json?' list --jsn
usage "an abbreviation is not accepted" 'did you mean --archive?' list --arch x
usage "short options do not exist" 'there is no option -x' list -x
t "a wrong option says where help is" has err "Try 'mailcask list --help'"
usage "value missing" '--at needs a value' list --at
usage "value empty" '--at needs a value' list --at=
usage "value for a switch" '--json takes no value' list --json=yes
usage "no number" '--limit needs a number, not "many"' search --limit many x
usage "restore without --to" 'say where to: --to DIR, or --in-place' restore Inbox
usage "restore to two places" 'exclude each other' restore --to x --in-place
usage "restore in place in another format" '--in-place keeps the original layout' \
    restore --in-place --format mbox
usage "restore in an unknown format" 'there is no format "pst" to write' restore --to x --format pst
usage "export without --to" 'say where to: --to FILE or DIR' export hello
usage "export of nothing" 'say what: a query, or --mailbox' export --to x
usage "export of two things" 'exclude each other' export hello --mailbox Inbox --to x
usage "search for nothing" 'say what to look for' search
usage "show nothing" 'name a message' show
usage "show two" 'one message at a time' show 12345678 23456789
usage "show --raw --json" '--raw goes with none of' show 12345678 --raw --json
usage "list two" 'one mailbox at a time' list Inbox Sent
usage "snapshots of something" 'it takes no "Inbox"' snapshots Inbox
usage "unknown codec" 'lzma' backup --codec lzma
usage "unknown codec at init" 'lzma' init --codec lzma x
usage "alarm over 100" 'a number from 0 to 100' backup --alarm-percent 101
usage "age without a unit" '--max-age needs a number and a unit' status --max-age 36
usage "no such hour" '--time needs hours and minutes' schedule install --time 25:00
usage "two ways to schedule" 'exclude each other' schedule install --cron --systemd
usage "init of two" 'one archive at a time' init a b
usage "init named twice" 'named twice' init a --archive b
t "nothing was written" is "$(ls -A "$HOME")" ""
finish
