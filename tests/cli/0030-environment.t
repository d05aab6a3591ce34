#!/bin/sh
# SPDX-License-Identifier: MIT
# From cron: no terminal, no locale, hardly any environment.
. "$(dirname "$0")/lib.sh"
make_home

env -i "$mailcask" backup --quiet --home "$HOME" --data "$work/bare" >out 2>err
t "an empty environment" is $? 0
t "an empty environment: not a word" empty err
env -i "$mailcask" list --data "$work/bare" >out 2>err
t "names are UTF-8 without a locale" has out "Kräne 起重機"

# Without HOME the user database knows where home is.
person=$(getent passwd "$(id -u)" | cut -d: -f6)
env -i "$mailcask" status >out 2>err
t "without HOME: looks below the home in the user database" \
    [ -e "$person/.local/share/mailcask/archive/archive.json" -o $? -ge 1 ]

XDG_DATA_HOME=$work/xdg "$mailcask" backup --quiet
t "XDG_DATA_HOME" [ -e "$work/xdg/mailcask/archive/archive.json" ]
XDG_DATA_HOME=relative "$mailcask" backup --quiet
t "a relative XDG_DATA_HOME does not count" [ -e "$HOME/.local/share/mailcask/archive/archive.json" ]
MAILCASK_DATA=$work/env "$mailcask" backup --quiet
t "MAILCASK_DATA" [ -e "$work/env/archive/archive.json" ]
MAILCASK_DATA=$work/env2 "$mailcask" backup --quiet --data "$work/option"
t "--data comes before MAILCASK_DATA" [ -e "$work/option/archive/archive.json" -a ! -e "$work/env2" ]
exits 0 "init" init "$work/disk/archive"
MAILCASK_ARCHIVE=$work/disk/archive "$mailcask" backup --quiet --data "$work/data"
t "MAILCASK_ARCHIVE" [ "$(find "$work/disk/archive/snapshots" -type f | wc -l)" = 1 ]
exits 1 "init where an archive is" init "$work/disk/archive"

# Nobody else may read mail.
t "data is the owner's only" is "$(find "$HOME/.local/share/mailcask" -perm /077 -type d)" ""
t "packs are the owner's only" is "$(find "$HOME/.local/share/mailcask" -perm /077 -type f)" ""

# Standard output that cannot be written.
for words in "list" "list --json" "search anna" "snapshots" "--help" "list --help" "check" "locate"; do
	"$mailcask" $words >/dev/full 2>err
	t "$words: a full disk is noticed" is $? 1
	t "$words: a full disk is said" has err "standard output: No space left on device"
done
"$mailcask" show inv117@example.org >/dev/full 2>err
t "show: a full disk is noticed" is $? 1
"$mailcask" show inv117@example.org --raw >/dev/full 2>err
t "show --raw: a full disk is noticed" is $? 1
"$mailcask" backup >/dev/full 2>err
t "backup: a full disk is noticed" is $? 1
"$mailcask" list >&- 2>err
t "standard output closed" is $? 1
"$mailcask" backup --quiet <&- >&- 2>&-
t "all three closed, nothing to say" is $? 0
t "no file of the archive took their place" "$mailcask" check --read-data
# As others do: by the signal, or where that is ignored with a failure.
gone_reader() { # trap, status, arguments
	gone_trap=$1 gone_status=$2
	shift 2
	(trap "$gone_trap" PIPE; sleep 0.2; "$mailcask" "$@" 2>err; echo $? >status) | true
	t "$*: a reader that went away: exit $gone_status" is "$(cat status)" "$gone_status"
	t "$*: a reader that went away: not a word" empty err
}
for words in "list" "list --json" "search example.org" "show inv117@example.org" "backup" "snapshots" \
    "--help" "show inv117@example.org --raw" "show inv117@example.org --part 1"; do
	# shellcheck disable=SC2086
	gone_reader - 141 $words
done
gone_reader '' 1 list
gone_reader '' 1 show inv117@example.org
finish
