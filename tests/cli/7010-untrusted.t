#!/bin/sh
# SPDX-License-Identifier: MIT
# A place that is not trusted, and a machine without the key: what it has lost
# or cannot read, and what somebody did to the archive.  (inv6)
. "$(dirname "$0")/lib.sh"
message() { printf 'From x@example.org Tue Apr 16 10:00:00 2024\nFrom: a@example.org\nSubject: %s\n\nthis is %s\n\n' "$1" "$1"; }
mkdir "$HOME/mail"
night() { # number: one more message, and a backup
	message "$1" >>"$HOME/mail/inbox"
	exits 0 "night $1" backup --quiet
	sleep 1
}
MAILCASK_ARCHIVE=$work/archive
export MAILCASK_ARCHIVE
exits 0 "init" init --quiet --encrypt --identity "$work/key.txt"
night one && night two
cp -a archive two
cp -a .local two.local 2>/dev/null || cp -a "$HOME/.local" two.local
night three
cp -a archive three
cp -a "$HOME/.local" three.local
as_after() { # two or three: the archive and what the machine knows
	rm -rf archive "$HOME/.local"
	cp -a "$1" archive
	cp -a "$1.local" "$HOME/.local"
}
name() { ls archive/snapshots | sed -n "$1p"; }

# ---- Removed, rolled back, replayed, swapped ----

as_after three
rm -rf archive && cp -a two archive
exits 6 "check after it was rolled back" check
t "what is missing is named" has out "this machine has seen it"
exits 6 "with the key too" check --identity key.txt
exits 6 "backup after it was rolled back" backup
t "that is said" has err "older copy"
exits 0 "and all is saved that was lost" restore --to out-rolled --identity key.txt --data fresh
t "every byte" cmp out-rolled/mail/inbox "$HOME/mail/inbox"
exits 6 "check does not forget it" check --identity key.txt

as_after three
rm "archive/snapshots/$(name 1)"
exits 6 "the first snapshot removed: check" check
exits 6 "with the key" check --identity key.txt
as_after three
rm "archive/snapshots/$(name 3)"
exits 6 "the last snapshot removed: check" check
exits 6 "with the key" check --identity key.txt
as_after three
mv "archive/snapshots/$(name 1)" x && mv "archive/snapshots/$(name 2)" "archive/snapshots/$(name 1)" 2>/dev/null
exits 6 "another in its place: check" check
exits 6 "with the key" check --identity key.txt
as_after three
rm -f x && rm "$(find archive/index -name '*.age' | head -n 1)"
exits 6 "an index removed: check" check
exits 6 "with the key" check --identity key.txt
exits 6 "backup" backup
exits 0 "and the next" backup
as_after three
pack=$(find archive/packs -name '*.age' | head -n 1)
printf x | dd of="$pack" bs=1 seek=300 conv=notrunc 2>/dev/null
exits 6 "a byte of a pack: check --read-data" check --read-data
exits 6 "with the key" check --read-data --identity key.txt
as_after three
rm "$pack"
exits 6 "a pack removed: check" check
t "it is named" has out "${pack#archive/}"
exits 6 "with the key" check --identity key.txt
# A snapshot of which all that its name tells is right, and which is another:
# eight digits can be tried out.
as_after three
python3 - "$HOME/.local/share/mailcask/catalogs" <<'END'
import glob, sqlite3, sys
db = sqlite3.connect(glob.glob(sys.argv[1] + "/*.sqlite")[0])
id, digest = db.execute("SELECT id, digest FROM seen ORDER BY id LIMIT 1").fetchone()
db.execute("UPDATE seen SET digest = ? WHERE id = ?", (digest[:4] + bytes(28), id))
db.commit()
END
exits 6 "a forged snapshot: check" check
t "it is named" has out "not the one that this machine has seen"
exits 6 "with the key" check --identity key.txt
as_after three
exits 0 "as it was: check" check --read-data
exits 0 "with the key" check --read-data --identity key.txt

# ---- Another recipient, another archive ----

"$mailcask" key make --quiet thief.txt >thief
as_after three
python3 - "$(cat thief)" <<'END'
import hashlib, json, sys
text = open("archive/archive.json").read()
doc = json.loads(text)
text = text.replace(doc["recipients"][0], sys.argv[1]).replace(doc["digest"], "0" * 64)
open("archive/archive.json", "w").write(text.replace("0" * 64, hashlib.sha256(text.encode()).hexdigest()))
END
files=$(find archive -type f | sort)
exits 6 "archive.json names somebody else: backup" backup
t "that is said" has err "keys of somebody else"
t "nothing was written" is "$(find archive -type f | sort)" "$files"
exits 0 "list warns" list
t "that is said" has err "keys of somebody else"
exits 0 "accepted" key trust
t "it is shown whom" has out "$(cat thief)"
exits 0 "then it is written to" backup --quiet
as_after three
echo x >"$(echo "$HOME"/.local/share/mailcask/trusted/*.json)"
exits 1 "what is remembered is damaged: backup" backup
t "what to do is said" has err "key trust"
exits 0 "accepted" key trust
exits 0 "backup" backup --quiet
as_after three
rm -rf archive && "$mailcask" init --quiet --data elsewhere archive
exits 6 "a plain archive in its place: backup" backup
t "that is said" has err "another archive stands here"
t "nothing was written" [ ! -e archive/packs ]
exits 0 "accepted" key trust
exits 0 "backup" backup --quiet
as_after three
rm -rf archive && "$mailcask" init --quiet --data elsewhere2 --recipient "$(cat thief)" archive
exits 6 "another encrypted archive in its place: backup" backup
exits 0 "accepted" key trust
exits 0 "disks that rotate: backup" backup --quiet
rm -rf archive && cp -a three archive
exits 0 "and the first again" backup --quiet

# ---- A catalog that was lost ----

as_after three
rm -rf "$HOME/.local"
exits 0 "without a catalog and a key: backup" backup --json
t "all is saved anew" has out '"saved":3,'
t "that is said" has err "is new or was lost"
t "and what to do" has err "--identity"
exits 0 "check" check --read-data --identity key.txt
exits 0 "the next night" backup --json
t "knows what it has saved" has out '"saved":0,'
t "and has nothing to say" empty err
exits 0 "restore, on a new machine" restore --to out-anew --identity key.txt --data fresh2
t "every byte" cmp out-anew/mail/inbox "$HOME/mail/inbox"
as_after three
rm -rf "$HOME/.local"
exits 0 "without a catalog, with the key: backup" backup --json --identity key.txt
t "nothing is saved anew" has out '"saved":0,'
exits 0 "and later without it" backup --json
t "nothing is saved anew" has out '"saved":0,'

# ---- Two machines that add ----

as_after three
message four >"$work/four"
exits 0 "another machine adds" backup --quiet --data "$work/second" "$work/four"
exits 0 "this one goes on" backup --json
t "it is told once" has err "another machine"
exits 0 "and again" backup --json
t "and not again" empty err
exits 8 "but it cannot list what it cannot know" list
exits 0 "with the key" list --identity key.txt
t "it lists all" has out four
exits 0 "and gives all back" restore --to out-four --identity key.txt
t "every byte" cmp "out-four$work/four" "$work/four"
exits 0 "from then on without" list
t "it lists all" has out four
exits 0 "check" check --read-data --identity key.txt

# ---- Keys that are added and removed ----

as_after three
"$mailcask" key make --quiet new.txt >new
exits 8 "the new key opens nothing yet" list --data fresh3 --identity new.txt
exits 2 "add no key" key add age1nothing
exits 8 "add, with a wrong key" key add "$(cat new)" --identity thief.txt
exits 0 "add, without the key" key add "$(cat new)"
t "what it does not do is said" has out "from now on"
night four
exits 0 "show" key show
t "both" is "$(grep -c '^age1' out)" 2
exits 0 "show, as JSON" key show --json
t "the new one is no first" has out "\"recipient\":\"$(cat new)\",\"first\":false,\"used\":true"
exits 6 "the new key opens what is new, and the past is named" check --data fresh4 --identity new.txt
t "as what it is" has out "encrypted to other keys"
exits 8 "repair takes nothing for damaged that is another key's" repair --data fresh4 --identity new.txt
t "and takes nothing away" [ ! -e archive/quarantine ]
files=$(find archive -type f ! -path '*/tmp/*' | sort | xargs sha256sum)
exits 0 "add, with the key" key add "$(cat new)" --identity key.txt
t "no file was changed" is "$(find archive -type f ! -path '*/tmp/*' ! -path '*/headers/*' | sort | xargs sha256sum)" "$files"
exits 0 "restore with the new key" restore --to out-new --data fresh5 --identity new.txt
t "every byte" cmp out-new/mail/inbox "$HOME/mail/inbox"
exits 0 "check with it" check --read-data --data fresh6 --identity new.txt
exits 0 "check with the first" check --read-data --data fresh7 --identity key.txt
if command -v age >/dev/null; then
	python3 - <<'END'
import json, glob, subprocess
count = 0
for name in glob.glob("archive/headers/*.jsonl"):
    for line in list(open(name))[1:]:
        o = json.loads(line)
        data = o["header"].encode() + open("archive/" + o["file"], "rb").read()[o["nonce"]:]
        subprocess.run(["age", "-d", "-i", "new.txt"], input=data, stdout=subprocess.DEVNULL, check=True)
        count += 1
assert count > 8, count
END
	t "the headers are age's" [ $? -eq 0 ]
else
	skip "the headers are age's" "there is no program age"
fi
header=$(echo archive/headers/*)
printf x >>"$header"
exits 6 "a damaged file of headers: check" check --data fresh8 --identity key.txt
t "it is named" has out headers/
truncate -s -1 "$header"
exits 2 "remove a key that is none of its" key remove "$(cat thief)"
exits 0 "remove the first" key remove "$(sed -n 's/.*public key: //p' key.txt)"
exits 2 "and the last" key remove "$(cat new)"
t "that is said" has err "the only one"
night five
exits 0 "the new key reads it" list --data fresh9 --identity new.txt
t "five" has out 5
exits 0 "show says what was" key show
t "the first is so no more" has out "not any more"
rm -rf plain && exits 0 "a plain archive" init --quiet plain
exits 2 "has no keys" key show --archive plain --data plain-data
finish
