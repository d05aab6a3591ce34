#!/bin/sh
# SPDX-License-Identifier: MIT
# An SSH server with SFTP on a high port of the loopback, with keys and a
# configuration of its own; it takes whoever runs it.
#
#	sshd.sh start DIR	all it needs lies in DIR; prints its port
#	sshd.sh stop DIR
#
# Afterwards DIR/client and DIR/host.pub are the key that is let in and the
# server's own.  Without a server on this machine: status 77.
set -u
action=$1 dir=$2
PATH=$PATH:/usr/sbin:/sbin
if [ "$action" = stop ]; then
	[ ! -s "$dir/pid" ] || kill "$(cat "$dir/pid")" 2>/dev/null
	exit 0
fi
program=$(command -v sshd) || { echo "there is no sshd (openssh-server)" >&2; exit 77; }
command -v ssh-keygen >/dev/null || { echo "there is no ssh-keygen (openssh-client)" >&2; exit 77; }
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
for key in host client; do
	[ -f "$dir/$key" ] || ssh-keygen -q -t ed25519 -N '' -C "$key of a test" -f "$dir/$key" || exit 1
done
cp "$dir/client.pub" "$dir/authorized"
# Where root starts it, it wants this directory.
[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
port=$((20000 + $$ % 20000))
for _ in 1 2 3 4 5 6 7 8 9 10; do
	cat >"$dir/config" <<-CONFIG
	Port $port
	ListenAddress 127.0.0.1
	HostKey $dir/host
	PidFile $dir/pid
	AuthorizedKeysFile $dir/authorized
	StrictModes no
	UsePAM no
	PermitRootLogin yes
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	MaxStartups 100
	Subsystem sftp internal-sftp
	CONFIG
	rm -f "$dir/pid"
	"$program" -f "$dir/config" -E "$dir/log" || exit 1
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ ! -s "$dir/pid" ] || { echo "$port"; exit 0; }
		sleep 0.1
	done
	port=$((port + 1))
done
cat "$dir/log" >&2
exit 1
