#!/bin/sh
# SPDX-License-Identifier: MIT
# An archive in an object store: a real one, OpenStack Swift, and a small one
# in memory, whose lists go over several pages in no time.
. "$(dirname "$0")/lib.sh"
contract=$(dirname "$mailcask")/tests/unit/targetcontract_test
unset AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION AWS_SESSION_TOKEN AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3
unset AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE

python3 "$tests/targets/faulty.py" "$work/port" "$work/plan" >/dev/null 2>&1 &
server=$!
trap 'kill $server; "$tests/targets/swift.sh" stop "$work/swift"; rm -rf "$work"' EXIT
for _ in $(seq 100); do [ -s port ] || sleep 0.1; done
url="s3://mail/archive?endpoint=http://127.0.0.1:$(cat port)"

# Keys: none, from a file, from ~/.aws, from the environment.
exits 2 "no keys" init "$url"
t "no keys: what to do" has err "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
exits 2 "a file of keys that is not there" init "$url&credentials=$work/none"
printf '[other]\naws_access_key_id = no\n[default]\naws_access_key_id = id\naws_secret_access_key = hidden\n' >keys
exits 0 "a file of keys" init "s3://mail/1?endpoint=http://127.0.0.1:$(cat port)&credentials=$work/keys"
mkdir "$HOME/.aws"
cp keys "$HOME/.aws/credentials"
printf '[default]\nendpoint_url = http://127.0.0.1:%s\nregion = eu-north-1\n' "$(cat port)" >"$HOME/.aws/config"
exits 0 "keys and endpoint of ~/.aws" init s3://mail/2
rm -r "$HOME/.aws"
AWS_ACCESS_KEY_ID=test:tester AWS_SECRET_ACCESS_KEY=testing
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
exits 0 "keys of the environment" init "$url"
exits 1 "an archive is there already" init "$url"
exits 2 "a setting that there is none of" init "$url&nonesuch=1"
exits 2 "no bucket" init "s3://"
exits 5 "nobody listens" list --archive "s3://mail/archive?endpoint=http://127.0.0.1:1"
echo "403 100" >plan
exits 5 "keys that are refused" list --archive "$url"
t "keys that are refused: says so" has err "the keys are wrong or give no right"
t "the secret is printed nowhere" lacks err testing
rm plan
t "the contract, with a list of three pages" "$contract" \
    "s3://mail/contract?endpoint=http://127.0.0.1:$(cat port)&part=5" 2500 20
exits 0 "object lock is asked for" init "s3://mail/3?endpoint=http://127.0.0.1:$(cat port)&lock=30d"

endpoint=$("$tests/targets/swift.sh" start "$work/swift" 2>why)
if [ $? -eq 77 ]; then
	skip "OpenStack Swift" "$(cat why)"
	finish
	exit 0
fi
t "a server runs" [ -n "$endpoint" ]
real="s3://mail/archive?endpoint=$endpoint"
exits 5 "no bucket" init "$real"
t "no bucket: what to do" has err "make the bucket first"
"$tests/targets/swift.sh" bucket "$work/swift" mail
t "the contract of every target" "$contract" "s3://mail/contract?endpoint=$endpoint&part=5" 120 12
exits 5 "no archive" list --archive "$real"
t "no archive: says so" has err "no archive here"
exits 0 "init" init "$real"
AWS_SECRET_ACCESS_KEY=wrong
exits 5 "a wrong secret" list --archive "$real"
t "a wrong secret: says so" has err "the keys are wrong or give no right"
AWS_SECRET_ACCESS_KEY=testing
make_home
exits 0 "backup" backup --archive "$real"
exits 0 "nothing new" backup --archive "$real"
t "nothing new: nothing saved" has out "saved 0"
exits 0 "check" check --read-data --archive "$real"
exits 0 "restore on a new machine" restore --archive "$real" --data "$work/data-new" --to "$work/back"
t "all is back" same_tree "$HOME/Maildir" "$work/back/Maildir"
finish
