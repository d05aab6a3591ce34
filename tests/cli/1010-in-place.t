#!/bin/sh
# SPDX-License-Identifier: MIT
# Putting mail back where its client will find it.
. "$(dirname "$0")/lib.sh"
make_home
cp -a "$HOME" before
exits 0 "backup" backup
inbox=$HOME/.thunderbird/x7k2m9.default-release/Mail/pop.example.org/Inbox

rm "$local_folders/Invoices" "$inbox"
rm -r "$HOME/Claws"
exits 0 "lost mailboxes" restore Invoices claws-mail:Office --in-place
t "they are back" cmp "$local_folders/Invoices" \
    "before/${local_folders#"$HOME"/}/Invoices"
t "a store is back" same_tree before/Claws "$HOME/Claws"
t "what was not named is not touched" [ ! -e "$inbox" ]
exits 0 "everything" restore --in-place
t "everything is back" sh -c 'cd "$1" && find . -path ./.local -prune -o -type f -exec cmp {} "$2/{}" \;' - \
    "$HOME" "$work/before"

echo "written since" >>"$inbox"
exits 3 "a mailbox that was written to since" restore --in-place
t "named" has err "pop.example.org/Inbox"
t "and left alone" is "$(tail -n 1 "$inbox")" "written since"
exits 0 "--overwrite" restore --in-place --overwrite
t "--overwrite: as it was" cmp "$inbox" before/"${inbox#"$HOME"/}"

# A directory that several stores share gets its mode and time back once.
chmod 750 "$HOME/.thunderbird"
touch -d 2020-01-02 "$HOME/.thunderbird"
exits 0 "another backup" backup --alarm-percent 0
facts=$(find "$HOME/.thunderbird" -type d -printf '%P %m %T@\n' | sort)
mv "$HOME/.thunderbird" thunderbird.was
exits 0 "a whole client is put back" restore thunderbird --in-place
t "its directories are as they were" is \
    "$(find "$HOME/.thunderbird" -type d -printf '%P %m %T@\n' | sort)" "$facts"

# While the client runs.
rm "$local_folders/Invoices"
ln -s "127.0.1.1:+$$" "$HOME/.thunderbird/x7k2m9.default-release/lock"
flock_py='import fcntl, sys, time
f = open(sys.argv[1], "w"); fcntl.lockf(f, fcntl.LOCK_EX); print("held", flush=True); time.sleep(60)'
python3 -c "$flock_py" "$HOME/.thunderbird/x7k2m9.default-release/.parentlock" >held &
until [ -s held ]; do sleep 0.1; done
mc locate --json
t "locate: it is running" has out '"running":true'
exits 2 "while the client runs" restore Invoices --in-place
t "nothing was put back" [ ! -e "$local_folders/Invoices" ]
exits 0 "another client does not mind" restore claws-mail:Office --in-place
exits 0 "and a backup runs" backup --alarm-percent 0 --quiet
kill $!
wait $! 2>/dev/null
finish
