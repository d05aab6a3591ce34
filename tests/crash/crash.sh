#!/bin/sh
# SPDX-License-Identifier: MIT
# Stop a backup at its n-th durable system call, for n = 1, 2, 3 ... until a
# run ends untouched; once by killing it, and with EIO, ENOSPC and short
# writes, once and from then on.  After each stop:
#
#	the snapshot before still restores, byte for byte;
#	what was reported saved restores;
#	the archive is whole (check --read-data);
#	the next run finishes the job, and what it saved restores.
#
# Then the same for restore and for export: nothing half done stands under a
# final name, and the next run makes what an untouched one makes.
#
# Then the same with an encrypted archive, where backups have no key and each
# look at the archive is a new machine's, which has; and for making the key
# and adding one.
#
# And for forget, prune and repair: the backups that are kept restore at every
# moment, and the next run finishes.
#
#	crash.sh [--plain|--encrypted|--tending] [STEP [KIND ...]]
#					every STEP-th point only (default 1: all)
set -u
only=
case ${1:-} in --plain | --encrypted | --tending) only=${1#--}; shift ;; esac
mailcask=${MAILCASK:-build/mailcask}
case $mailcask in /*) ;; *) mailcask=$PWD/$mailcask ;; esac
step=${1:-1}
[ $# -gt 0 ] && shift
kinds=${*:-kill EIO ENOSPC short +EIO +ENOSPC +short}
# The faults are the program's own, not the disk's: in memory a sync costs nothing.
[ -n "${TMPDIR:-}" ] || [ ! -w /dev/shm ] || TMPDIR=/dev/shm
work=$(mktemp -d "${TMPDIR:-/tmp}/mailcask-crash.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
passed=0
failed=0

bad() {
	failed=$((failed + 1))
	echo "FAILED $*"
}

letter() { # number: a message with an attachment now and then
	printf 'From: anna%d@example.org\nTo: pat@example.org\nSubject: Letter %d\n' "$1" "$1"
	printf 'Date: Mon, 02 Mar 2020 10:00:00 +0000\nMessage-ID: <%d@crash.example.org>\n' "$1"
	if [ $(($1 % 4)) -eq 0 ]; then
		printf 'MIME-Version: 1.0\nContent-Type: application/octet-stream; name=a.bin\n'
		printf 'Content-Transfer-Encoding: base64\n\n'
		yes "attachment $1 " | head -c 3000 | base64
	else
		printf '\nThis is letter number %d.\n>From the start to the end.\n' "$1"
	fi
}

mozilla() { # number status
	printf 'From - Mon Mar 02 10:00:00 2020\r\nX-Mozilla-Status: %s\nX-Mozilla-Status2: 00000000\n' "$2"
	letter "$1"
	printf '\r\n'
}

make_home() {
	profile=$work/home/.thunderbird/ab.default
	mkdir -p "$profile/Mail/Local Folders" "$work/home/Maildir/cur" "$work/home/Maildir/new" \
	    "$work/home/Maildir/tmp"
	printf '[Profile0]\nName=default\nIsRelative=1\nPath=ab.default\nDefault=1\n' \
	    >"$work/home/.thunderbird/profiles.ini"
	printf '%s\n' 'user_pref("mail.accountmanager.accounts", "account1");' \
	    'user_pref("mail.account.account1.server", "server1");' \
	    'user_pref("mail.server.server1.type", "none");' \
	    'user_pref("mail.server.server1.name", "Local Folders");' \
	    'user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/Local Folders");' \
	    >"$profile/prefs.js"
	for n in 1 2 3 4 5 6 7 8; do mozilla $n 0001; done >"$profile/Mail/Local Folders/Inbox"
	for n in 3 8 9 10 11 12; do letter $n >"$work/home/Maildir/cur/15$n.M1P1.host:2,S"; done
}

change_home() {
	inbox=$work/home/.thunderbird/ab.default/Mail/Local\ Folders/Inbox
	sed -i '0,/X-Mozilla-Status: 0001/s//X-Mozilla-Status: 0005/' "$inbox"
	for n in 21 22 24; do mozilla $n 0000; done >>"$inbox"
	mv "$work/home/Maildir/cur/159.M1P1.host:2,S" "$work/home/Maildir/cur/159.M1P1.host:2,RS"
	letter 28 >"$work/home/Maildir/new/1528.M1P1.host"
}

# In a shell of its own, which says "Killed" into the file.
backup() {
	(
		env HOME="$work/home" "$mailcask" backup --data "$work/data" --home "$work/home"
		exit $?
	) >"$work/out" 2>"$work/err"
}
# What reads: with an encrypted archive another machine, which has the key.
reading() { # verb, options
	verb_read=$1
	shift
	if [ -n "$key" ]; then
		rm -rf "$work/reader"
		set -- "$@" --archive "$work/data/archive" --data "$work/reader" --identity "$key"
	else
		set -- "$@" --data "$work/data"
	fi
	env HOME="$work/home" "$mailcask" "$verb_read" "$@"
}
restored() { # expected tree, what, options of restore
	expected=$1
	what=$2
	shift 2
	rm -rf "$work/restored"
	if ! reading restore --to "$work/restored" "$@" >/dev/null 2>"$work/err2"; then
		bad "$what: restore: $(cat "$work/err2")"
		return 1
	fi
	diff -r "$expected" "$work/restored" >"$work/diff" || { bad "$what: $(head -3 "$work/diff")"; return 1; }
}

try() { # fault expected-before snapshot-before
	rm -rf "$work/data"
	cp -a "$work/start" "$work/data"
	MAILCASK_FAULT=$1 MAILCASK_FAULT_COUNT=$work/count
	export MAILCASK_FAULT MAILCASK_FAULT_COUNT
	rm -f "$work/count"
	backup
	status=$?
	unset MAILCASK_FAULT MAILCASK_FAULT_COUNT
	what="$4 $1 (exit $status)"
	before=$failed
	if [ -n "$3" ]; then
		restored "$2" "$what: the snapshot before" --at "$3"
	fi
	case $status in
	0) restored "$work/tree2" "$what: reported saved" ;;
	1 | 3 | 5 | 6 | 137) ;;
	*) bad "$what: unexpected exit: $(cat "$work/err")" ;;
	esac
	backup || bad "$what: the next run: exit $?: $(cat "$work/err")"
	restored "$work/tree2" "$what: after the next run"
	reading check --read-data >/dev/null 2>"$work/err" ||
	    bad "$what: check: $(cat "$work/err")"
	[ $failed -eq $before ] && passed=$((passed + 1))
}

count_calls() { # how many durable calls the run makes
	rm -rf "$work/data"
	cp -a "$work/start" "$work/data"
	MAILCASK_FAULT_COUNT=$work/count backup || { bad "a run without faults: $(cat "$work/err")"; exit 1; }
	cat "$work/count"
}

each_fault() { # calls, a command that is given the fault
	calls=$1
	shift
	for kind in $kinds; do
		n=1
		while [ "$n" -le "$calls" ]; do
			case $kind in
			+*) "$@" "$n+:${kind#+}" ;;
			*) "$@" "$n:$kind" ;;
			esac
			n=$((n + step))
		done
	done
}

all_points() { # label expected-before snapshot-before
	label=$1 tree_before=$2 snapshot_before=$3
	each_fault "$(count_calls)" one_point
	echo "$label: $calls durable calls, every $step. of them"
}
one_point() { try "$1" "$tree_before" "$snapshot_before" "$label"; }

# ---- Giving back ----

give_back() { # "restore", "convert" or "export", with the variables of faults set or not
	to=$work/out-$1/$place
	case $1 in
	restore) set -- restore ;;
	convert) set -- restore --format maildir ;;
	export) set -- export letter ;;
	esac
	(
		env HOME="$work/home" "$mailcask" "$@" --data "$work/data" --to "$to"
		exit $?
	) >"$work/out" 2>"$work/err"
}
stands() { # file or directory: there, and nothing of ours left in it
	[ -e "$1" ] && { [ ! -d "$1" ] || [ -n "$(ls -A "$1")" ]; } &&
	    [ -z "$(find "$1" -maxdepth 1 -name '.mailcask-*')" ]
}
# What stands in a directory, but for what the next run sweeps away; of a zip
# what is in it, for it tells the time.
standing() {
	(
		cd "$1" || exit
		find . -name '.mailcask-*' -prune -o -name '*.zip' -o -type f -exec sha256sum {} + | sort -k 2
		for zip in *.zip; do
			[ ! -e "$zip" ] || { unzip -Z1 "$zip" | sort; unzip -p "$zip" | sha256sum; } 2>&1
		done
	)
}

give_back_stopped() { # verb fault
	verb=$1
	rm -rf "$work/out-$verb"
	mkdir "$work/out-$verb"
	MAILCASK_FAULT=$2 MAILCASK_FAULT_COUNT=$work/count
	export MAILCASK_FAULT MAILCASK_FAULT_COUNT
	give_back "$verb"
	status=$?
	unset MAILCASK_FAULT MAILCASK_FAULT_COUNT
	what="$verb $2 (exit $status)"
	before=$failed
	case $status in
	0) standing "$work/out-$verb" | cmp -s - "$work/want-$verb" || bad "$what: reported done" ;;
	1 | 3 | 137) ;;
	*) bad "$what: unexpected exit: $(cat "$work/err")" ;;
	esac
	standing "$work/out-$verb" | sort | comm -23 - "$work/want-$verb.sorted" >"$work/diff"
	[ ! -s "$work/diff" ] || bad "$what: half done: $(head -3 "$work/diff")"
	# What has been put in its place is whole, and is not replaced.
	expected=0
	[ "$verb" = restore ] || ! stands "$work/out-$verb/$place" || expected=1
	give_back "$verb"
	status=$?
	[ $status -eq $expected ] || bad "$what: the next run: exit $status: $(cat "$work/err")"
	standing "$work/out-$verb" | cmp -s - "$work/want-$verb" || bad "$what: after the next run"
	[ -z "$(find "$work/out-$verb" -name '.mailcask-*')" ] || bad "$what: something is left behind"
	[ $failed -eq $before ] && passed=$((passed + 1))
}

all_giving_back() { # verb, place
	verb=$1 place=$2
	rm -rf "$work/out-$verb"
	mkdir "$work/out-$verb"
	MAILCASK_FAULT_COUNT=$work/count give_back "$verb" || { bad "$verb: $(cat "$work/err")"; return; }
	standing "$work/out-$verb" >"$work/want-$verb"
	sort "$work/want-$verb" >"$work/want-$verb.sorted"
	each_fault "$(cat "$work/count")" give_back_stopped "$verb"
	echo "$verb to $place: $calls durable calls, every $step. of them"
}

# ---- Keys ----

make_key() { # the new archive's, with the variables of faults set or not
	( env HOME="$work/home" "$mailcask" init --quiet --encrypt --identity "$work/new/key.txt" \
	    --data "$work/new/data"; exit $? ) >"$work/out" 2>"$work/err"
}
# An archive that is there can be read: its key was there before it.
make_key_stopped() { # fault
	rm -rf "$work/new"
	mkdir "$work/new"
	MAILCASK_FAULT=$1 MAILCASK_FAULT_COUNT=$work/count
	export MAILCASK_FAULT MAILCASK_FAULT_COUNT
	make_key
	status=$?
	unset MAILCASK_FAULT MAILCASK_FAULT_COUNT
	what="init $1 (exit $status)"
	before=$failed
	if [ ! -e "$work/new/data/archive/archive.json" ]; then
		[ $status -ne 0 ] || bad "$what: reported done"
		rm -f "$work"/new/key.txt*
		make_key || bad "$what: the next run: $(cat "$work/err")"
	fi
	env HOME="$work/home" "$mailcask" backup --home "$work/home" --data "$work/new/data" \
	    >/dev/null 2>"$work/err" || bad "$what: backup: $(cat "$work/err")"
	env HOME="$work/home" "$mailcask" list --archive "$work/new/data/archive" \
	    --data "$work/new/reader" --identity "$work/new/key.txt" >/dev/null 2>"$work/err" ||
	    bad "$what: list: $(cat "$work/err")"
	[ $failed -eq $before ] && passed=$((passed + 1))
}

add_key() {
	( env HOME="$work/home" "$mailcask" key add "$second" --data "$work/data" --identity "$key"
	exit $? ) >"$work/out" 2>"$work/err"
}
add_key_stopped() { # fault
	rm -rf "$work/data"
	cp -a "$work/start" "$work/data"
	MAILCASK_FAULT=$1 MAILCASK_FAULT_COUNT=$work/count
	export MAILCASK_FAULT MAILCASK_FAULT_COUNT
	add_key
	status=$?
	unset MAILCASK_FAULT MAILCASK_FAULT_COUNT
	what="key add $1 (exit $status)"
	before=$failed
	restored "$work/tree1" "$what: with the first"
	[ $status -eq 0 ] || add_key || bad "$what: the next run: $(cat "$work/err")"
	first_key=$key key=$work/second.txt
	restored "$work/tree1" "$what: with the second"
	key=$first_key
	[ $failed -eq $before ] && passed=$((passed + 1))
}

all_keys() {
	mkdir "$work/new"
	MAILCASK_FAULT_COUNT=$work/count make_key || { bad "init: $(cat "$work/err")"; return; }
	each_fault "$(cat "$work/count")" make_key_stopped
	second=$(env HOME="$work/home" "$mailcask" key make --quiet "$work/second.txt")
	rm -rf "$work/data"
	cp -a "$work/start" "$work/data"
	MAILCASK_FAULT_COUNT=$work/count add_key || { bad "key add: $(cat "$work/err")"; return; }
	each_fault "$(cat "$work/count")" add_key_stopped
	echo "init --encrypt, key add: every $step. of their durable calls"
}

# ---- Tending the archive ----

tend() { # a command and its options
	(
		env HOME="$work/home" "$mailcask" "$@" --data "$work/data" --quiet
		exit $?
	) >"$work/out" 2>"$work/err"
}

kept_restore() { # what
	restored "$work/kept2" "$1: the backup before" --at "$second"
	restored "$work/kept3" "$1: the newest"
}

tend_stopped() { # fault
	rm -rf "$work/data"
	cp -a "$work/start" "$work/data"
	MAILCASK_FAULT=$1 MAILCASK_FAULT_COUNT=$work/count
	export MAILCASK_FAULT MAILCASK_FAULT_COUNT
	# shellcheck disable=SC2086
	tend $verb
	status=$?
	unset MAILCASK_FAULT MAILCASK_FAULT_COUNT
	what="$verb $1 (exit $status)"
	before=$failed
	case $status in
	0 | 1 | 3 | 5 | 6 | 137) ;;
	*) bad "$what: unexpected exit: $(cat "$work/err")" ;;
	esac
	# What is damaged cannot be given back before it is mended.
	case $verb in repair*) ;; *) kept_restore "$what" ;; esac
	# shellcheck disable=SC2086
	tend $verb || bad "$what: the next run: exit $?: $(cat "$work/err")"
	kept_restore "$what: after the next run"
	env HOME="$work/home" "$mailcask" check --read-data --data "$work/data" >/dev/null 2>"$work/err" ||
	    bad "$what: check: $(cat "$work/err")"
	[ $failed -eq $before ] && passed=$((passed + 1))
}

all_tending() { # a command and its options; the archive is in start
	verb=$*
	rm -rf "$work/data"
	cp -a "$work/start" "$work/data"
	MAILCASK_FAULT_COUNT=$work/count tend "$@" || { bad "$verb: $(cat "$work/err")"; return; }
	each_fault "$(cat "$work/count")" tend_stopped
	echo "$verb: $calls durable calls, every $step. of them"
}

# Three nights; on the third one mail was deleted.  Then what the first had is forgotten.
all_tendings() {
	rm -rf "$work/home"
	make_home
	begin
	backup || exit 1
	change_home
	sleep 1
	backup || exit 1
	second=$(env HOME="$work/home" "$mailcask" snapshots --json --data "$work/data" |
	    sed -n 's/.*"snapshot":"\([^"]*\)".*/\1/p' | tail -n 1)
	restore_tree "$work/kept2"
	rm "$work"/home/Maildir/cur/1510.* "$work"/home/Maildir/cur/1512.*
	letter 30 >"$work/home/Maildir/new/1530.M1P1.host"
	sleep 1
	backup || exit 1
	restore_tree "$work/kept3"
	rm -rf "$work/start"
	cp -a "$work/data" "$work/start"
	all_tending forget --keep-last 2
	all_tending forget --keep-last 2 --drop-messages
	tend forget --keep-last 2 --drop-messages || exit 1
	rm -rf "$work/start"
	cp -a "$work/data" "$work/start"
	all_tending prune --threshold 90
	# A pack is damaged and an index is gone; a copy has both.
	cp -a "$work/start/archive" "$work/copy"
	chmod -R u+w "$work/start/archive"
	pack=$(find "$work/start/archive/packs" -type f | sort | head -n 1)
	printf 'xxxx' | dd of="$pack" bs=1 seek=60 conv=notrunc 2>/dev/null
	rm "$(find "$work/start/archive/index" -type f | sort | head -n 1)"
	all_tending repair --from "$work/copy"
}

# ---- All of it ----

restore_tree() { # into $1, of the newest snapshot; the mail must be the home's
	rm -rf "$1"
	reading restore --to "$1" >/dev/null || exit 1
	diff -r "$work/home" "$1" || { echo "restored mail differs"; exit 1; }
}
begin() { # what a first backup begins with: nothing, or an encrypted archive
	rm -rf "$work/data"
	mkdir "$work/data"
	if [ -n "$key" ]; then
		rm -f "$key" "$key.sheet"
		env HOME="$work/home" "$mailcask" init --quiet --encrypt --identity "$key" \
		    --data "$work/data" || exit 1
	fi
	rm -rf "$work/start"
	cp -a "$work/data" "$work/start"
}

all_backups() {
	rm -rf "$work/home"
	make_home
	# The first backup: there is nothing before it.
	begin
	backup || { echo "the first backup failed: $(cat "$work/err")"; exit 1; }
	restore_tree "$work/tree2"
	all_points "first${key:+, encrypted}" "" ""

	# A later one.
	begin
	backup || exit 1
	restore_tree "$work/tree1"
	first=$(reading snapshots --json | sed -n 's/.*"snapshot":"\([^"]*\)".*/\1/p' | tail -n 1)
	rm -rf "$work/start"
	cp -a "$work/data" "$work/start"
	change_home
	sleep 1
	backup || exit 1
	restore_tree "$work/tree2"
	all_points "later${key:+, encrypted}" "$work/tree1" "$first"
}

if [ "$only" = tending ]; then
	key=
	all_tendings
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
	exit
fi
if [ "$only" != plain ]; then
	key=$work/key.txt
	all_backups
	all_keys
fi
key=
if [ "$only" = encrypted ]; then
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
	exit
fi
all_backups
env HOME="$work/home" "$mailcask" list --data "$work/data" >/dev/null || exit 1
all_giving_back restore tree
all_giving_back export letters.mbox
all_giving_back export letters.zip
all_giving_back export letters
all_giving_back convert tree

[ "$only" = plain ] || all_tendings

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
