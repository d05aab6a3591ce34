#!/bin/sh
# SPDX-License-Identifier: MIT
# An archive on an SFTP server: a real sshd on the loopback.
. "$(dirname "$0")/lib.sh"
contract=$(dirname "$mailcask")/tests/unit/targetcontract_test
port=$("$tests/targets/sshd.sh" start "$work/sshd" 2>why)
if [ $? -eq 77 ]; then
	skip "SFTP" "$(cat why)"
	finish
	exit 0
fi
trap '"$tests/targets/sshd.sh" stop "$work/sshd"; rm -rf "$work"' EXIT
t "a server runs" [ -n "$port" ]

mkdir -p "$HOME/.ssh"
chmod 700 "$HOME/.ssh"
unset SSH_AUTH_SOCK
cp "$work/sshd/client" "$HOME/.ssh/id_ed25519"
known() { # which key stands in known_hosts
	printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d' ' -f1,2 "$1")" >"$HOME/.ssh/known_hosts"
}
url=sftp://127.0.0.1:$port$work/server/archive

# A host that nobody knows, and one that is another than it was.
exits 5 "an unknown host key" init "$url"
t "an unknown host key: what to do" has err 'is not in ~/.ssh/known_hosts; log in once with "ssh -p'
t "an unknown host key: its fingerprint" has err "$(ssh-keygen -lf "$work/sshd/host.pub" | cut -d' ' -f2)"
t "an unknown host key: nothing is made" [ ! -e server ]
ssh-keygen -q -t ed25519 -N '' -f "$work/other"
known "$work/other.pub"
exits 5 "a changed host key" init "$url"
t "a changed host key: what it means" has err "the host key has changed to SHA256:"
t "a changed host key: nothing is made" [ ! -e server ]
known "$work/sshd/host.pub"

# Keys.
mv "$HOME/.ssh/id_ed25519" key
exits 5 "no key" init "$url"
t "no key: what to do" has err "ssh-add"
exits 2 "a password in the URL" init "sftp://pat:secret@127.0.0.1:$port/x"
t "a password in the URL is not printed" lacks err secret
exits 2 "no directory" init "sftp://127.0.0.1:$port"
exits 5 "nobody listens" init "sftp://127.0.0.1:1/x"
t "nobody listens: says so" has err "Connection refused"
eval "$(ssh-agent -s)" >/dev/null
chmod 600 key
ssh-add -q key 2>/dev/null
exits 0 "a key of the agent" init "$url"
kill "$SSH_AGENT_PID"
unset SSH_AUTH_SOCK SSH_AGENT_PID
t "an archive is there" [ -f server/archive/archive.json ]
t "the mode of what is there" is "$(stat -c %a server/archive/archive.json)" 600
mv key "$HOME/.ssh/another-name"
cat >"$HOME/.ssh/config" <<CONFIG
Host nas
	HostName 127.0.0.1
	Port $port
	User $(id -un)
	IdentityFile $HOME/.ssh/another-name
CONFIG
nas=sftp://nas$work/server/archive
exits 1 "a name, port and key of the configuration" init "$nas"
t "an archive is there already" has err "an archive is here already"
exits 5 "no archive" list --archive "sftp://nas$work/server/none"
t "no archive: says so" has err "no such directory there"
mkdir server/empty
exits 5 "an empty directory" list --archive "sftp://nas$work/server/empty"
t "an empty directory stays empty" is "$(ls -A server/empty)" ""

# The contract, and mail.
t "the contract of every target" "$contract" "sftp://nas$work/server/contract" 1100 20
make_home
exits 0 "backup" backup --archive "$nas"
exits 0 "nothing new" backup --archive "$nas"
t "nothing new: nothing saved" has out "saved 0"
t "no temporary is left" is "$(ls -A server/archive/tmp)" ""
# What runs that died left there goes once nobody can be at it any more.
touch -d '3 days ago' server/archive/tmp/mailcask-old server/archive/tmp/notes
touch server/archive/tmp/mailcask-new
exits 0 "a backup after others died" backup --archive "$nas"
t "what died long ago is gone" [ ! -e server/archive/tmp/mailcask-old ]
t "what may be at work stays" [ -e server/archive/tmp/mailcask-new ]
t "and what is not ours" [ -e server/archive/tmp/notes ]
exits 0 "check" check --read-data --archive "$nas"
exits 0 "the same archive as a directory" check --read-data --archive "$work/server/archive" --data "$work/data-local"
exits 0 "restore on a new machine" restore --archive "$nas" --data "$work/data-new" --to "$work/back"
t "all is back" same_tree "$HOME/Maildir" "$work/back/Maildir"

# Copies on the server; one on a machine that lets nobody in and says nothing
# (its queue of connections is full), and one on a machine that falls silent.
cat >silent.py <<'PYTHON'
import socket, sys, time
full = socket.socket(); full.bind(("127.0.0.1", 0)); full.listen(0)
waiting = []
for _ in range(4):
    one = socket.socket(); one.setblocking(False)
    try: one.connect(full.getsockname())
    except BlockingIOError: pass
    waiting.append(one)
with open(sys.argv[1], "w") as f: f.write("%d\n" % full.getsockname()[1])
time.sleep(600)
PYTHON
exits 0 "an archive here" backup
exits 0 "a copy on the server" target add "sftp://nas$work/server/copy"
exits 0 "backup to both" backup
t "the copy proves" "$mailcask" check --read-data --quiet --archive "sftp://nas$work/server/copy" --data "$work/data-copy"
if command -v python3 >/dev/null; then
	python3 silent.py "$work/silent" &
	silent=$!
	for _ in $(seq 50); do [ -s silent ] || sleep 0.1; done
	sed -i "s|sftp://nas$work/server/copy|sftp://127.0.0.1:$(cat silent)/copy|" "$HOME/.local/share/mailcask/targets.json"
	exits 0 "a machine that does not answer" backup
	t "a machine that does not answer: away" has out "Not there: sftp://127.0.0.1:$(cat silent)/copy"
	kill $silent
fi

# A line that breaks, a server that is gone.
"$tests/targets/sshd.sh" stop "$work/sshd"
exits 5 "the server is gone" list --archive "$nas" --data "$work/data-gone"
finish
