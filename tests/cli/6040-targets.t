#!/bin/sh
# SPDX-License-Identifier: MIT
# Several targets for one archive: added, filled, away, back, in each other's
# place, full, cut off in the middle.
. "$(dirname "$0")/lib.sh"
make_home
archive=$HOME/.local/share/mailcask/archive
same_files() { # a copy has what the archive has
	for part in packs index snapshots; do
		diff -r "$archive/$part" "$1/$part" || return 1
	done
}
letter() { # number: one more in the Maildir
	printf 'From: anna@example.org\nTo: pat@example.org\nSubject: Letter %s\n\nNumber %s.\n' "$1" "$1" \
	    >"$HOME/Maildir/cur/19$1.M1P1.host:2,S"
}

exits 0 "the first backup" backup
exits 1 "no other target" push
t "no other target: what to do" has err "mailcask target add"
exits 0 "an empty list" target list
t "an empty list: nothing" empty out

# Adding: an empty place, one that is not there yet; nothing else.
mkdir empty other
echo notes >other/notes.txt
exits 0 "an empty directory" target add "$work/empty"
t "it has an identity of its own" grep -q '"format":"mailcask target"' empty/target.json
t "and the archive's" cmp empty/archive.json "$archive/archive.json"
exits 0 "a directory that is not there yet" target add "$work/new/copy"
exits 1 "a directory with other files" target add "$work/other"
t "it is left alone" is "$(ls -A other)" notes.txt
exits 2 "the archive itself" target add "$archive"
mc init "$work/second"
exits 1 "another archive" target add "$work/second"
t "another archive: says so" has err "another archive lies there"
exits 2 "add what?" target add
exits 2 "no such doing" target frobnicate
exits 0 "two are listed" target list --json
t "two are listed: lines" is "$(wc -l <out)" 2
t "two are listed: not filled yet" is "$(grep -c '"pushed":null' out)" 2

# Filling.
exits 0 "push" push
t "push: has all" same_files empty
t "push: has all" same_files new/copy
exits 0 "push again" push
t "push again: nothing new" has out "Nothing new for $work/empty"
exits 0 "a copy proves" check --read-data --archive "$work/empty" --data "$work/data-empty"
exits 0 "everything comes back from a copy" restore --archive "$work/new/copy" --data "$work/data-new" --to "$work/back"
t "all is back" same_tree "$HOME/Maildir" "$work/back/Maildir"
letter 1
exits 0 "backup fills them" backup
t "backup: says so" has out "to $work/empty"
t "backup: has all" same_files empty
exits 0 "status" status
t "status: all have it" is "$(grep -c 'has all' out)" 2
exits 0 "backup --json" backup --json
t "backup --json: targets in the last line" grep -q '"targets":\[{"id":"[0-9a-f]*","url":"'"$work"'/empty"' out

# Away, and an empty mount point.
mv empty drawer
mkdir empty
letter 2
exits 0 "one is away" backup
t "one is away: said" has out "Not there: $work/empty"
t "one is away: the mount point stays empty" is "$(ls -A empty)" ""
exits 0 "one is away: nobody is woken" backup --quiet
t "one is away --quiet: nothing" empty out
t "one is away --quiet: nothing" empty err
exits 0 "away, but not for long" backup --quiet --max-age 1h
sleep 2
exits 5 "away for too long" backup --quiet --max-age 1s
t "away for too long: named" has err "$work/empty has been away for longer than 1s"
exits 5 "status: away for too long" status --quiet --max-age 1s --data "$HOME/.local/share/mailcask"
exits 5 "push to it alone" push "$work/empty"
exits 0 "push to all: one takes it" push
mv new/copy new/away
exits 5 "push: none is there" push
mv new/away new/copy
rmdir empty
mv drawer empty
exits 0 "back" push
t "back: caught up" same_files empty

# Two disks that take turns at one place.
mv empty disk-1
exits 0 "a second disk at that place" target add "$work/empty"
t "each is known by its id" is "$("$mailcask" target list --json | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/' | sort -u | wc -l)" 3
exits 0 "the second disk" push
t "the second disk: filled" same_files empty
mv empty disk-2
mv disk-1 empty
letter 3
exits 0 "the first disk again" backup
t "the first disk: filled" same_files empty
t "the second is away" is "$(grep -c "Not there: $work/empty" out)" 1
exits 2 "remove: two are at that place" target remove "$work/empty"
id=$("$mailcask" target list --json | tail -n 1 | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
exits 0 "remove by id" target remove "$id"
exits 1 "remove what is not known" target remove "$id"
t "remove leaves its files alone" [ -f disk-2/archive.json ]
# A directory that was copied by hand, without being added.
cp -a "$archive" new/copied
exits 0 "a copy made by hand" target add "$work/new/copied"
exits 0 "a copy made by hand is filled" push
t "a copy made by hand: has all" same_files new/copied
exits 0 "by a path from here" target remove new/copied

# Cut off: whatever durable call fails, the copy proves, and the next push
# brings the rest.
letter 4
"$mailcask" target remove "$work/empty" && "$mailcask" target remove "$work/new/copy"
exits 0 "backup without targets" backup
exits 0 "one target for the faults" target add "$work/new/copy"
cp -a new/copy new/before
cp -a "$HOME/.local/share/mailcask/targets.json" before.json
cut_off() { # kind, every so manieth call
	n=1 bad=0
	while [ $n -lt 60 ]; do
		rm -rf new/copy
		cp -a new/before new/copy
		cp before.json "$HOME/.local/share/mailcask/targets.json"
		(env MAILCASK_FAULT=$n:"$1" "$mailcask" push --quiet --transfers 1) >said 2>&1
		was=$?
		"$mailcask" check --read-data --archive "$work/new/copy" --data "$work/data-$1-$n" \
		    --quiet >>said 2>&1 || { bad=$((bad + 1)); echo "$1 $n: check"; cat said; }
		rm -rf "$work/data-$1-$n"
		"$mailcask" push --quiet >>said 2>&1 && same_files new/copy >>said 2>&1 || {
			bad=$((bad + 1)); echo "$1 $n: the next push"; cat said; }
		[ $was -ne 0 ] || break
		n=$((n + $2))
	done
	[ $n -gt 8 ] && [ $n -lt 60 ] && [ $bad -eq 0 ] || { echo "$1: $n calls, $bad bad"; false; }
}
t "killed at every durable call" cut_off kill 1
t "a full disk at every third durable call" cut_off ENOSPC 3
t "an error at every third durable call" cut_off EIO 3
t "half written at every third durable call" cut_off short 3

# The archive itself is away: a copy that has all takes the backup, and the
# archive gets it back.
"$mailcask" push --quiet
exits 0 "a second copy" target add "$work/new/second"
exits 0 "filled" push
mv "$archive" "$work/away"
letter 6
exits 0 "the archive is away" backup
t "the archive is away: where it went" has err "the backup goes to $work/new/copy"
t "the archive is away: nothing saved twice" has out "saved 1 "
t "the archive is away: not made anew" [ ! -e "$archive" ]
t "the archive is away: the other copy has it too" diff -r new/copy/snapshots new/second/snapshots
letter 7
exits 0 "still away" backup --quiet
mv "$work/away" "$archive"
letter 8
exits 0 "the archive is back" backup
t "the archive is back: says nothing" empty err
t "the archive is back: nothing saved twice" has out "saved 1 "
t "the archive is back: all have all" same_files new/copy
t "the archive is back: all have all" same_files new/second
exits 0 "the archive proves" check --read-data
mv "$archive" "$work/away"
mv new/copy new/gone
mv new/second new/gone-too
exits 5 "all are away" backup
mv new/gone new/copy
mv new/gone-too new/second
mv "$work/away" "$archive"
# A copy that lacks the newest does not stand in.
mv new/copy new/gone
mv new/second new/gone-too
letter 9
exits 0 "both copies are away" backup --quiet
mv new/gone new/copy
mv "$archive" "$work/away"
exits 5 "a copy that lacks something does not stand in" backup
mv "$work/away" "$archive"
mv new/gone-too new/second
"$mailcask" push --quiet
"$mailcask" target remove "$work/new/second"

# What is damaged here is not spread.
letter 5
"$mailcask" backup --quiet --data "$work/data-x" --archive "$archive" >/dev/null 2>&1
pack=$(cd "$archive" && for p in packs/*/*; do [ -e "$work/new/copy/$p" ] || echo "$p"; done | head -n 1)
chmod u+w "$archive/$pack"
printf X | dd of="$archive/$pack" bs=1 seek=40 conv=notrunc 2>/dev/null
exits 6 "a damaged pack" push
t "a damaged pack: named" has err "$pack: damaged in the archive, so not copied"
t "a damaged pack: not spread" [ ! -e "new/copy/$pack" ]
finish
