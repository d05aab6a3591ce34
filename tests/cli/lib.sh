# SPDX-License-Identifier: MIT
# The kit of the command line's tests: TAP on standard output.  Each script
# sources it, works in a directory of its own ($work), and ends with "finish".
# shellcheck shell=sh
set -u
mailcask=${MAILCASK:-build/mailcask}
case $mailcask in /*) ;; *) mailcask=$PWD/$mailcask ;; esac
[ -x "$mailcask" ] || { echo "Bail out! no program $mailcask"; exit 1; }
tests=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/mailcask-cli.XXXXXX") || exit 1
trap 'chmod -R u+rwx "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
unset MAILCASK_ARCHIVE MAILCASK_DATA MAILCASK_FAULT MAILCASK_FAULT_COUNT MAIL MAILDIR
unset MAILCASK_IDENTITY MAILCASK_IDENTITY_COMMAND
unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR
HOME=$work/home TZ=UTC LC_ALL=C
export HOME TZ LC_ALL
mkdir "$HOME"
USER=pat LOGNAME=pat
export USER LOGNAME
count=0

make_home() { # the invented mail of tests/data/demo, in HOME
	cp -R "$tests/data/demo/home/." "$HOME"
	# A Maildir has empty directories, which a repository cannot hold.
	find "$HOME/Maildir" -name cur -type d | while read -r cur; do
		mkdir -p "${cur%cur}new" "${cur%cur}tmp"
	done
	local_folders="$HOME/.thunderbird/x7k2m9.default-release/Mail/Local Folders"
}
t() { # name, command: passes when the command succeeds
	count=$((count + 1)) t_name=$1
	shift
	if "$@" >"$work/.said" 2>&1; then
		echo "ok $count - $t_name"
	else
		echo "not ok $count - $t_name"
		sed 's/^/#   /' "$work/.said"
		[ ! -s "$work/err" ] || sed 's/^/#   stderr: /' "$work/err"
	fi
}
skip() { # name, why
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}
mc() { "$mailcask" "$@" >"$work/out" 2>"$work/err"; status=$?; }
is() { [ "$1" = "$2" ] || { echo "have: $1"; echo "want: $2"; false; }; }
has() { grep -qF -e "$2" "$1" || { echo "$1 lacks: $2"; cat "$1"; false; }; }
lacks() { ! grep -F -e "$2" "$1"; }
empty() { [ ! -s "$1" ] || { cat "$1"; false; }; }
exits() { # status, name, arguments: run it
	exits_want=$1 exits_name=$2
	shift 2
	mc "$@"
	t "$exits_name: exit $exits_want" is "$status" "$exits_want"
}
same_tree() { diff -r --no-dereference "$1" "$2"; }
finish() { echo "1..$count"; }
