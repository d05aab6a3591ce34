#!/bin/sh
# SPDX-License-Identifier: MIT
# Encrypted archives: a machine that adds and cannot read, keys that are wrong,
# missing, added and removed.  (inv1, inv4, inv8)
. "$(dirname "$0")/lib.sh"
make_home
MAILCASK_ARCHIVE=$work/archive
export MAILCASK_ARCHIVE
identities=$HOME/.config/mailcask/identities

exits 0 "init" init --encrypt
key=$(echo "$identities"/*.txt)
t "the key is the owner's alone" is "$(stat -c %a "$key" "$key.sheet")" "600
600"
t "what its loss means is said" has out "Without them nobody"
t "where it is" has out "$key"
t "not in the archive" is "$(grep -rlF "$(tail -n 1 "$key")" archive)" ""
exits 1 "init again" init --encrypt
t "no second key is made" is "$(find "$identities" -type f | wc -l)" 2
mkdir safe && mv "$identities"/* safe && rmdir "$identities"
key=$work/safe/${key##*/}

# ---- The machine that adds ----

exits 0 "backup without the key" backup --quiet
t "nothing to say" empty err
t "all is encrypted" is "$(find archive -name '*.zst' | wc -l)" 0
t "and no name of it shows" is "$(grep -rlF -e example.org -e Subject archive)" ""
size=$(du -sb archive/packs | cut -f1)
printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: one more\n\nlater\n\n' \
    >>"$local_folders/Inbox"
exits 0 "the next night" backup --json
t "one is new" has out '"saved":1,'
t "and little is added" [ $(($(du -sb archive/packs | cut -f1) - size)) -lt 20000 ]
exits 0 "list" list
exits 0 "search" search "one more"
t "the catalog answers" has out "one more"
mkdir other && printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: o\n\no\n\n' >other/mbox
exits 0 "another mailbox only" backup --quiet "$work/other/mbox"
exits 0 "what was not looked at" list --json
t "stands as it did" has out '"thunderbird"'
exits 0 "check" check --read-data
t "by names" has err "compared with their names"
exits 0 "check, as JSON" check --json
t "it says so" has out '"contents":false'
exits 0 "status" status

# ---- Keys that are wrong or missing ----

age_key() { # a key of somebody else
	"$mailcask" key make --quiet "$1" >/dev/null && rm "$1.sheet"
}
age_key wrong.txt
printf '# nothing\n' >empty.txt
printf 'AGE-SECRET-KEY-1QQQ\n' >torn.txt
for verb in "restore --to lost" "show $(sed -n 's/^From: .*//p' /dev/null)x" "export letter --to lost.zip" \
    "check" "list" "backup" "status" "snapshots" "search letter"; do
	for wrong in wrong.txt empty.txt torn.txt missing.txt; do
		# shellcheck disable=SC2086
		exits 8 "$verb with $wrong" $verb --identity $wrong
		t "no output" empty out
	done
done
t "nothing was made" [ ! -e lost ] && [ ! -e lost.zip ]
# shellcheck disable=SC2086
exits 8 "restore without a key" restore --to lost
t "no output" empty out
t "what to do is said" has err "--identity"
t "nothing was made" [ ! -e lost ]
exits 8 "a new machine without a key" list --data new
t "no output" empty out
MAILCASK_IDENTITY=wrong.txt exits 8 "a wrong one in the environment" list
exits 8 "a command that fails" list --identity-command false
exits 8 "a command that prints something else" list --identity-command "echo x"

# ---- The right one, from everywhere ----

restored() { same_tree "$HOME/.thunderbird" "$1$HOME/.thunderbird" 2>/dev/null ||
    same_tree "$HOME/.thunderbird" "$1/.thunderbird"; }
exits 0 "restore" restore --to out1 --identity "$key"
t "every byte" restored out1
MAILCASK_IDENTITY=$key exits 0 "from the environment" restore --to out2 --data new2
t "every byte, on a new machine" restored out2
exits 0 "from a command" restore --to out3 --identity-command "cat '$key'"
t "every byte" restored out3
exits 0 "from the sheet" list --identity "$key.sheet" --data new3
MAILCASK_IDENTITY_COMMAND="cat '$key'" exits 0 "from a command in the environment" list --data new4
mkdir -p "$identities" && cp "$key" "$identities/mine.txt"
exits 0 "from the directory of keys" restore --to out5
exits 0 "check with it" check --read-data
t "all of it" has out "every byte is good"
rm "$identities/mine.txt"
if command -v age >/dev/null; then
	age-keygen -o theirs.txt 2>/dev/null
	exits 0 "init to a key of age's" init --recipient "$(grep -o 'age1.*' theirs.txt)" theirs
	exits 0 "backup" backup --quiet --archive theirs --data theirs-data
	t "age reads what we write" age -d -i theirs.txt -o plain.json.zst theirs/snapshots/*
	t "and it is what it was" sh -c 'zstd -dcq plain.json.zst | grep -q "\"snapshot\":1"'
else
	skip "with age" "there is no program age"
fi
exits 2 "init to no key" init --recipient age1nothing nowhere
t "nothing was made" [ ! -e nowhere ]

# ---- Retention ----

exits 8 "forget without the key" forget --keep-last 1
exits 0 "forget with it" forget --keep-last 1 --identity "$key"
exits 0 "the machine that adds goes on" backup --json
t "nothing is saved twice" has out '"saved":0,'
t "nothing to say" empty err
exits 0 "check" check --read-data
exits 0 "check with the key" check --read-data --identity "$key"
exits 0 "restore on a new machine" restore --to out7 --identity "$key" --data new7
t "every byte" restored out7

head -c 300000 /dev/urandom | base64 >noise
{ printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: noise\n\n'; cat noise; echo; } >>"$local_folders/Inbox"
exits 0 "a long message" backup --quiet
sed -i '/^Subject: noise$/,$d' "$local_folders/Inbox" && sleep 1
exits 0 "is gone" backup --quiet
exits 0 "forget" forget --quiet --keep-last 1 --drop-messages --identity "$key"
exits 8 "prune without the key" prune
exits 0 "prune" prune --identity "$key"
t "frees it" [ "$(du -sk archive/packs | cut -f1)" -lt 300 ]
exits 0 "the machine that adds goes on" backup --json
t "nothing is saved twice" has out '"saved":0,'
exits 0 "check with the key" check --read-data --identity "$key"
exits 0 "restore on a new machine" restore --to out8 --identity "$key" --data new8
t "every byte" restored out8

# ---- A passphrase, and the person ----

python3 - "$mailcask" "$key" >said 2>&1 <<'END'
import os, pty, subprocess, sys, time, select
mailcask, key = sys.argv[1:]
def talk(argv, answers, wants):
    pid, fd = pty.fork()
    if pid == 0:
        os.execv(argv[0], argv)
    text = b""
    answers = list(answers)
    while True:
        try:
            got = os.read(fd, 4096)
        except OSError:
            break
        if not got:
            break
        text += got
        if answers and text.rstrip().endswith(answers[0][0]):
            os.write(fd, answers.pop(0)[1] + b"\n")
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(argv[1:], status, text.decode(errors="replace"))
    assert status == wants, status
    return text
secret = open(key).read().split("\n")[-2].encode()
text = talk([mailcask, "snapshots", "--data", "asked"], [(b"SECRET-KEY-1...):", secret)], 0)
assert secret not in text
talk([mailcask, "snapshots", "--data", "asked2"], [(b"SECRET-KEY-1...):", b"AGE-SECRET-KEY-1X")], 8)
talk([mailcask, "snapshots", "--data", "asked3"], [(b"SECRET-KEY-1...):", b"\x03")], 8)
talk([mailcask, "key", "make", "locked.txt", "--passphrase"],
    [(b"new passphrase:", b"correct horse"), (b"once more:", b"correct horse")], 0)
talk([mailcask, "key", "make", "locked2.txt", "--passphrase"],
    [(b"new passphrase:", b"one"), (b"once more:", b"two")], 8)
assert not os.path.exists("locked2.txt")
assert b"SECRET" not in open("locked.txt", "rb").read()
text = talk([mailcask, "snapshots", "--data", "asked4", "--identity", "locked.txt"],
    [(b"passphrase of the identity:", b"correct horse")], 8)
assert b"not to this identity" in text and b"correct horse" not in text
text = talk([mailcask, "snapshots", "--data", "asked4", "--identity", "locked.txt"],
    [(b"passphrase of the identity:", b"wrong")], 8)
assert b"passphrase is wrong" in text
END
t "a person is asked, without echo" [ $? -eq 0 ]
[ ! -s said ] || sed 's/^/# /' said >.said
exits 8 "nobody is there to be asked" snapshots --data asked5 --identity locked.txt
t "that is said" has err "no terminal to ask"
exits 8 "nor in a backup" backup --identity locked.txt
t "that is said" has err "nobody is there"

# ---- The sheet, typed ----

lines=$(sed -n 's/^#  *\([1-4]: [A-Z0-9 ]*\)$/\1/p' "$key.sheet")
t "four lines" is "$(echo "$lines" | wc -l)" 4
echo "$lines" | tr '[:upper:]' '[:lower:]' | sed 's/^[0-9]: //; s/ /  /g' >typed
"$mailcask" key enter typed.txt <typed >out 2>err
t "typed" [ $? -eq 0 ]
t "it is the same key" is "$(tail -n 1 typed.txt)" "$(tail -n 1 "$key")"
# One letter of the second line is another.
sed '2s/^\(....\)./\1q/; 2s/^\(....\)q\(.*\)$/\1z\2/' typed >mistyped
"$mailcask" key enter typed2.txt <mistyped >out 2>err
t "mistyped: exit 8" [ $? -eq 8 ]
t "which line is said" has err "line 2 is mistyped"
t "no file" [ ! -e typed2.txt ]
{ sed -n 2p typed; sed -n 1p typed; sed -n '3,4p' typed; } >swapped
"$mailcask" key enter typed2.txt <swapped >out 2>err
t "lines that are swapped: exit 8" [ $? -eq 8 ]
head -n 3 typed | "$mailcask" key enter typed2.txt >out 2>err
t "one is missing: exit 8" [ $? -eq 8 ]
t "that is said" has err "line 4 is missing"
exits 1 "over a file that is there" key make typed.txt
finish
