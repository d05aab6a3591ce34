#!/bin/sh
# SPDX-License-Identifier: MIT
# The nightly run: installed, shown, removed, by systemd or by cron.  systemctl
# and crontab are stood in for by scripts that write down what they are told.
. "$(dirname "$0")/lib.sh"

mkdir bin
PATH=$work/bin:$PATH
cat >bin/crontab <<'EOF'
#!/bin/sh
case $1 in
-l) [ -e "$HOME/crontab" ] || { echo "no crontab for pat" >&2; exit 1; }
	[ ! -e "$HOME/broken" ] || { echo "cannot read it" >&2; exit 1; }
	cat "$HOME/crontab" ;;
-) cat >"$HOME/crontab" ;;
esac
EOF
cat >bin/systemctl <<'EOF'
#!/bin/sh
[ -e "$HOME/systemd-runs" ] || { echo "Failed to connect to bus" >&2; exit 1; }
echo "$@" >>"$HOME/systemctl.log"
EOF
chmod +x bin/*
units=$HOME/.config/systemd/user

# cron
exits 0 "nothing is scheduled" schedule
t "nothing is scheduled: nothing shown" empty out
exits 0 "install where no systemd runs" schedule install --time 03:05
t "a line in the crontab" is "$(cat "$HOME/crontab")" \
    "5 3 * * * '$mailcask' 'backup' '--quiet' # mailcask nightly"
exits 0 "show" schedule show
t "show: the line" has out "'backup' '--quiet'"
printf 'MAILTO=pat\n0 1 * * * true # other' >"$HOME/crontab"
exits 0 "install beside other lines" schedule install --archive "$work/a 100%'s" --home "$work/h"
t "other lines stay" is "$(sed -n '1,2p' "$HOME/crontab")" 'MAILTO=pat
0 1 * * * true # other'
t "what the shell and cron would eat is quoted" is "$(sed -n '3s/.*--archive. //p' "$HOME/crontab")" \
    "'$work/a 100\\%'\\''s' '--home' '$work/h' # mailcask nightly"
exits 0 "install again" schedule install --quiet
t "install --quiet: nothing" empty out
t "only one line of ours" is "$(grep -c mailcask "$HOME/crontab")" 1
touch "$HOME/broken"
before=$(cat "$HOME/crontab")
exits 1 "a crontab that cannot be read" schedule install
t "it is left alone" is "$(cat "$HOME/crontab")" "$before"
rm "$HOME/broken"
exits 0 "remove" schedule remove
t "removed, and nothing else" is "$(cat "$HOME/crontab")" 'MAILTO=pat
0 1 * * * true # other'
exits 0 "remove when there is none" schedule remove

# Nothing that runs programs by the clock.
path=$PATH
PATH=$work/nobin
exits 1 "neither systemd nor cron" schedule install --data "$HOME/100% mine"
PATH=$path
t "says what to do" has err "neither a systemd user session nor a crontab here: install cron"
t "and what else to run" is "$(sed -n 's/^ //p' err)" \
    "'$mailcask' 'backup' '--quiet' '--data' '$HOME/100% mine'"
PATH=$work/nobin
exits 1 "no cron" schedule install --cron
PATH=$path
t "no cron: says so" has err "there is no crontab here: install cron"
exits 1 "no systemd" schedule install --systemd
t "no systemd: says how else" has err "--cron"

# The line runs: the shell makes of it what was meant.
make_home
exits 0 "install with a data directory" schedule install --cron --data "$work/o'dd 5%"
line=$(sed -n 's/^30 2 \* \* \* //p' "$HOME/crontab" | sed 's/\\%/%/g')
sh -c "$line" >out 2>err
t "the line runs" is "$? $(cat out err)" "0 "
t "and saves where it was told" [ -e "$work/o'dd 5%/archive/archive.json" ]

# systemd
touch "$HOME/systemd-runs"
MAILCASK_DATA="$work/d\"q \$HOME %h" "$mailcask" schedule install --time 04:00 >out 2>err
t "install where systemd runs" is "$?" 0
t "the line of cron is gone" is "$(grep -c mailcask "$HOME/crontab")" 0
t "the timer" has "$units/mailcask.timer" "OnCalendar=*-*-* 04:00"
t "the service" has "$units/mailcask.service" \
    "ExecStart=\"$mailcask\" \"backup\" \"--quiet\" \"--data\" \"$work/d\\\"q \$\$HOME %%h\""
t "systemd was told" is "$(tail -n 3 "$HOME/systemctl.log" | tr '\n' ';')" \
    "--user daemon-reload;--user enable mailcask.timer;--user restart mailcask.timer;"
exits 0 "show the timer" schedule show
t "show: the timer" has out "mailcask.timer"
if command -v systemd-analyze >/dev/null; then
	t "systemd understands both" env XDG_RUNTIME_DIR="$work" systemd-analyze verify --user --man=no \
	    "$units/mailcask.service" "$units/mailcask.timer"
	mkdir packaged
	for unit in "$tests"/../packaging/systemd/*; do
		sed "s|/usr/bin/mailcask|$mailcask|" "$unit" >"packaged/${unit##*/}"
	done
	t "and the packaged ones" env XDG_RUNTIME_DIR="$work" systemd-analyze verify --user --man=no packaged/*
else
	skip "systemd understands both" "no systemd-analyze here"
fi
exits 0 "remove the timer" schedule remove
t "no unit is left" is "$(ls "$units")" ""
rm "$HOME/systemd-runs"
exits 1 "--systemd where none runs" schedule install --systemd
t "--systemd where none runs: says so" has err "Failed to connect to bus"
t "--systemd where none runs: nothing is written" is "$(ls "$units")" ""
finish
