#!/bin/sh
# SPDX-License-Identifier: MIT
# An object store with an S3 interface on the loopback: OpenStack Swift, one
# node without replicas.
#
#	swift.sh start DIR	all its state lies in DIR; prints its endpoint
#	swift.sh stop DIR
#	swift.sh bucket DIR NAME	make a bucket
#
# The keys are test:tester and testing, the region is us-east-1.  Where a
# program it takes is not installed: status 77.
set -u
action=$1 dir=$2
PATH=$PATH:/usr/sbin:/sbin
parts="account container object"
case $action in
stop)
	for file in "$dir"/*.pid; do
		[ ! -s "$file" ] || kill "$(cat "$file")" 2>/dev/null
		rm -f "$file"
	done
	exit 0 ;;
bucket)
	# By its own interface: a bucket is one of its containers.
	endpoint=$(cat "$dir/endpoint")
	token=$(curl -sfi -H 'X-Auth-User: test:tester' -H 'X-Auth-Key: testing' \
	    "$endpoint/auth/v1.0" | tr -d '\r' | sed -n 's/^X-Auth-Token: //p')
	exec curl -sf -o /dev/null -X PUT -H "X-Auth-Token: $token" "$endpoint/v1/AUTH_test/$3" ;;
esac
for program in memcached swift-ring-builder swift-proxy-server swift-account-server \
    swift-container-server swift-object-server curl; do
	command -v $program >/dev/null || { echo "there is no $program" >&2; exit 77; }
done
# They read more addresses than they use.
ulimit -S -v unlimited 2>/dev/null
mkdir -p "$dir/etc" "$dir/disks/one" "$dir/cache"
dir=$(cd "$dir" && pwd)
me=$(id -un)
base=$((21000 + $$ % 5000 * 8))
proxy=$base cache=$((base + 1)) account=$((base + 2)) container=$((base + 3)) object=$((base + 4))

cat >"$dir/etc/swift.conf" <<CONF
[swift-hash]
swift_hash_path_prefix = tests
swift_hash_path_suffix = mailcask
[storage-policy:0]
name = single
default = yes
CONF
cat >"$dir/etc/proxy.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $proxy
workers = 1
user = $me
swift_dir = $dir/etc
log_level = WARNING
[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth copy slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$cache
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
s3_acl = false
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
CONF
for part in $parts; do
	eval port=\$$part
	cat >"$dir/etc/$part.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
workers = 1
user = $me
swift_dir = $dir/etc
devices = $dir/disks
mount_check = false
recon_cache_path = $dir/cache
[pipeline:main]
pipeline = $part-server
[app:$part-server]
use = egg:swift#$part
CONF
	(cd "$dir/etc" && swift-ring-builder $part.builder create 4 1 1 &&
	    swift-ring-builder $part.builder add "r1z1-127.0.0.1:$port/one" 1 &&
	    swift-ring-builder $part.builder rebalance) >"$dir/$part.ring.log" 2>&1 || {
		cat "$dir/$part.ring.log" >&2
		exit 1
	}
done

memcached -u "$me" -l 127.0.0.1 -p $cache >"$dir/memcached.log" 2>&1 &
echo $! >"$dir/memcached.pid"
for part in $parts proxy; do
	swift-$part-server "$dir/etc/$part.conf" >"$dir/$part.log" 2>&1 </dev/null &
	echo $! >"$dir/$part.pid"
done
echo "http://127.0.0.1:$proxy" >"$dir/endpoint"
tries=0
until curl -s -o /dev/null "http://127.0.0.1:$proxy/"; do
	tries=$((tries + 1))
	if [ $tries -gt 150 ]; then
		echo "the object store does not answer" >&2
		tail -n 5 "$dir"/*.log >&2
		"$0" stop "$dir"
		exit 1
	fi
	sleep 0.2
done
cat "$dir/endpoint"
