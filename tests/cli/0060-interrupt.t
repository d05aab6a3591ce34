#!/bin/sh
# SPDX-License-Identifier: MIT
# A run that is told to stop says so, leaves nothing half done behind, and
# dies of the signal.  The signal comes before the n-th durable call.
. "$(dirname "$0")/lib.sh"
make_home
# Enough that packs are written while mailboxes are still being read.
for n in 1 2 3 4 5 6; do
	printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: long %d\n\n' $n
	head -c 700000 /dev/urandom | base64
	echo
done >"$HOME/mail/aaa"
left() { # what no run may leave behind
	find "$@" -name '.mailcask-*' -o -path '*/archive/tmp/mailcask-*' 2>/dev/null
}
each_call() { # step, words of the message, arguments: until a run ends by itself
	step=$1 words=$2
	shift 2
	said=0 bad='' n=0
	while
		n=$((n + step))
		rm -rf data out-dir out.zip
		[ ! -e kept ] || cp -a kept data
		MAILCASK_FAULT=$n:term "$mailcask" "$@" --data data >out 2>err
		status=$?
		[ $status -ne 0 ]
	do
		[ $status -eq 143 ] || bad="$bad $n:exit-$status"
		[ ! -s out ] || bad="$bad $n:stdout"
		# The handler is there only while there is something to tidy up.
		if grep -qF "$words" err; then
			said=$((said + 1))
			[ -z "$(left data out-dir .)" ] || bad="$bad $n:$(left data out-dir .)"
		elif grep -q mailcask err; then
			bad="$bad $n:$(cat err)"
		fi
	done
	t "$1: dies of the signal, tidily" is "$bad" ""
	t "$1: says so" [ $said -gt 0 ]
	t "$1: ended by itself at last" [ $n -gt $step ]
}

each_call 6 "interrupted; nothing is lost, the next run goes on from here" backup
exits 0 "the next run" backup --data data
t "the next run has all" has out "Seen 41 ="
exits 0 "a whole archive" check --read-data --data data
cp -a data kept
each_call 4 "interrupted; run it again to go on" restore --to out-dir
MAILCASK_FAULT=20:term "$mailcask" restore --to again --data data >out 2>err
exits 0 "restored again" restore --to again --data data
t "and all is there" same_tree out-dir again
each_call 5 "interrupted" restore --format mbox --to out-dir
each_call 3 "interrupted" export anna --to out.zip
MAILCASK_FAULT=8:term "$mailcask" export anna --to out2.zip --data data >out 2>err
t "no file under the final name" [ ! -e out2.zip ]

# Who is told not to hear it (nohup) goes on.
rm -rf data
(
	trap '' TERM
	MAILCASK_FAULT=20:term "$mailcask" backup --data data >out 2>err
	echo $? >status
)
t "ignored signals stay ignored" is "$(cat status)" 0
finish
