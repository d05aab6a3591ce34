#!/bin/sh
# SPDX-License-Identifier: MIT
# A WebDAV server on the loopback, for the user pat with the password secret.
#
#	webdav.sh start apache|rclone DIR	prints its port; files lie in DIR/files
#	webdav.sh stop apache|rclone DIR
#
# Where the program is not installed: status 77.
set -u
action=$1 kind=$2 dir=$3
PATH=$PATH:/usr/sbin:/sbin
if [ "$action" = stop ]; then
	[ ! -s "$dir/pid" ] || kill "$(cat "$dir/pid")" 2>/dev/null
	exit 0
fi
case $kind in
apache) program=apache2 package=apache2-bin ;;
rclone) program=rclone package=rclone ;;
*) exit 2 ;;
esac
command -v $program >/dev/null || { echo "there is no $program ($package)" >&2; exit 77; }
command -v curl >/dev/null || { echo "there is no curl" >&2; exit 77; }
ulimit -S -v unlimited 2>/dev/null
mkdir -p "$dir/files" "$dir/state"
dir=$(cd "$dir" && pwd)
port=$((22000 + $$ % 20000))

apache() {
	modules=${APACHE_MODULES:-/usr/lib/apache2/modules}
	# pat:secret, as htpasswd -s writes it.
	echo 'pat:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=' >"$dir/passwords"
	cat >"$dir/config" <<-CONFIG
	ServerRoot $dir
	ServerName 127.0.0.1
	Listen 127.0.0.1:$port
	PidFile $dir/pid
	ErrorLog $dir/log
	Mutex file:$dir/state
	StartServers 1
	ServerLimit 2
	ThreadsPerChild 16
	MaxRequestWorkers 32
	LoadModule mpm_event_module $modules/mod_mpm_event.so
	LoadModule authn_core_module $modules/mod_authn_core.so
	LoadModule authn_file_module $modules/mod_authn_file.so
	LoadModule authz_core_module $modules/mod_authz_core.so
	LoadModule authz_user_module $modules/mod_authz_user.so
	LoadModule auth_basic_module $modules/mod_auth_basic.so
	LoadModule dav_module $modules/mod_dav.so
	LoadModule dav_fs_module $modules/mod_dav_fs.so
	DocumentRoot $dir/files
	DavLockDB $dir/state/locks
	<Directory $dir/files>
		Dav On
		AuthType Basic
		AuthName tests
		AuthUserFile $dir/passwords
		Require valid-user
	</Directory>
	CONFIG
	# It serves nothing as root.
	if [ "$(id -u)" -eq 0 ]; then
		printf 'User www-data\nGroup www-data\n' >>"$dir/config"
		chown www-data "$dir/files" "$dir/state"
		chmod 755 "$dir" "$dir/files"
		above=$dir
		while above=$(dirname "$above") && [ "$above" != / ]; do
			chmod a+x "$above"
		done
	fi
	apache2 -d "$dir" -f "$dir/config" -k start 2>>"$dir/log"
}

rclone_server() {
	RCLONE_CONFIG=$dir/rclone.conf rclone serve webdav "$dir/files" --addr "127.0.0.1:$port" \
	    --user pat --pass secret >"$dir/log" 2>&1 </dev/null &
	echo $! >"$dir/pid"
}

case $kind in
apache) apache || { cat "$dir/log" >&2; exit 1; } ;;
rclone) rclone_server ;;
esac
tries=0
until curl -s -o /dev/null "http://127.0.0.1:$port/"; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { cat "$dir/log" >&2; exit 1; }
	sleep 0.1
done
echo "$port"
