#!/bin/sh
# SPDX-License-Identifier: MIT
# stranger.sh, which knows the format and nothing of ours, gives everything
# back: contents, names, modes, times.  (inv2, inv8)
. "$(dirname "$0")/lib.sh"
make_home
python3 - "$HOME" <<'END'
# Mail that is odd in every way that a listing or a recipe has a word for.
import base64, gzip, os, sys
home = os.fsencode(sys.argv[1])
def write(name, data, mode=0o644, time=None):
    path = os.path.join(home, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)
    if time is not None:
        os.utime(path, ns=(time, time))
part = base64.encodebytes(bytes(i * i % 251 for i in range(9001)))
def message(i, eol=b"\n"):
    return (b"From: a@example.org\nTo: b@example.org\nSubject: number %d\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=xx\n\n--xx\nContent-Type: text/plain\n\n"
        b"body %d, 100%% and \\101\0NUL\n>From here\n--xx\nContent-Type: application/pdf\n"
        b"Content-Transfer-Encoding: base64\n\n%s--xx--\n" % (i, i, part)).replace(b"\n", eol)
def mbox(*messages):
    return b"".join(b"From x@example.org Tue Apr 16 10:00:00 2024\nStatus: RO\n" + m + b"\n"
        for m in messages)
some = mbox(*map(message, range(5)))
long = b"Subject: long\n\n" + b"".join(b"%060d\n" % (i * 7919 % 10007) for i in range(290000))
write(b"mail/plain", some, 0o600, 1000000000000000001)
write(b"mail/with crlf", some.replace(b"\n", b"\r\n"), 0o640)
write(b"mail/b\xe4d 'name'", some + b"From x@example.org Tue Apr 16 10:00:00 2024\nno end")
write(b"mail/long", mbox(message(1), long, message(2)))
write(b"mail/old.mbox.gz", gzip.compress(some))
write(b"mail/empty", b"", 0o644, -5)
write(b"Maildir/cur/1600000000.M1.h\xf6st:2,RS", message(50))
write(b"Maildir/new/1600000001.M2.host", message(51, b"\r\n"), 0o600)
write(b"Maildir/new/1600000001.M3.host", message(52, b"\r\n").rstrip() , 0o600)
write(b"Maildir/cur/1600000002.M1.host:2,", b"")
END
find "$HOME" -mindepth 1 -printf '%P %y %m %T@\n' | sort >had
for codec in zstd gzip; do
	exits 0 "backup, $codec" backup --quiet --data "$codec" --codec $codec
	t "stranger.sh, $codec" sh "$tests/stranger.sh" "$codec/archive" "out-$codec"
	t "every byte is back" same_tree "$HOME" "out-$codec$HOME"
	find "out-$codec$HOME" -mindepth 1 -printf '%P %y %m %T@\n' | sort >have
	t "every name, mode and time" cmp had have
done
# Encrypted, with age.
for codec in zstd gzip; do
	command -v age >/dev/null || { skip "stranger.sh, encrypted" "there is no program age"; continue; }
	exits 0 "init, $codec" init --quiet --encrypt --codec $codec --identity "$codec-key" --data "$codec-age"
	exits 0 "backup" backup --quiet --data "$codec-age"
	t "stranger.sh" env IDENTITY="$work/$codec-key" sh "$tests/stranger.sh" "$codec-age/archive" "out-$codec-age"
	t "every byte is back" same_tree "$HOME" "out-$codec-age$HOME"
	find "out-$codec-age$HOME" -mindepth 1 -printf '%P %y %m %T@\n' | sort >have
	t "every name, mode and time" cmp had have
	t "not with another key" sh -c "! IDENTITY='$HOME/mail/empty' sh '$tests/stranger.sh' '$codec-age/archive' no"
done
# As of a night before, too.
id=$("$mailcask" snapshots --data zstd --json | python3 -c 'import json, sys
print(json.loads(sys.stdin.readline())["snapshot"])')
cp -a "$HOME" before
printf 'From x@example.org Tue Apr 16 10:00:00 2024\n\nlater\n\n' >>"$HOME/mail/received"
exits 0 "backup of the next night" backup --quiet --data zstd
t "the newest" sh "$tests/stranger.sh" zstd/archive newest
t "is as it is now" same_tree "$HOME" "newest$HOME"
t "the one before" sh "$tests/stranger.sh" zstd/archive older "$id"
t "is as it was" same_tree before "older$HOME"
# It is no test if it does not look at what it gives back.
pack=$(find zstd/archive/packs -name '*.zst' -size -40k | head -n 1)
chmod u+w "$pack" && echo >>"$pack"
sh "$tests/stranger.sh" zstd/archive damaged >/dev/null 2>&1
t "a damaged pack is noticed" [ $? -ne 0 ]
finish
