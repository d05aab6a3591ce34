#!/bin/sh
# SPDX-License-Identifier: MIT
# stranger.sh ARCHIVE DIRECTORY [SNAPSHOT]: restore what the newest snapshot or that one holds, as FORMAT.md
# says, with age and the file $IDENTITY if need be; python3 reads the JSON and writes down what is to be done.
set -eu && export LC_ALL=C
archive=$(cd "$1" && pwd) work=$(mktemp -d "${TMPDIR:-/tmp}/stranger.XXXXXX")
mkdir -p "$2" && out=$(cd "$2" && pwd) && trap 'rm -rf "$work"' EXIT
decrypt() { case $1 in *.age) age -d -i "$IDENTITY" "$1" ;; *) cat "$1" ;; esac; }
plain() { case $1 in *.zst*) decrypt "$1" | zstd -dcq ;; *) decrypt "$1" | gzip -dc ;; esac; }
verify() { # names in the directory $1 are digests
	ls "$1" | sed -n "s|^\([0-9a-f]\{64\}\)\(\.eml\)*\$|\1  $1/&|p" >sums
	[ ! -s sums ] || sha256sum --quiet -c sums; }
join() { # a recipe comes in, its message goes out
	read -r op a && [ "$op $a" = "mailcask-parts 1" ] && steps=
	while read -r op a b c && [ -n "$op" ]; do steps="$steps $op,$a,$b,$c"; done
	for step in $steps; do
		IFS=, && set -- $step && unset IFS
		case $1,${3-} in
		rest,) head -c "$2" ;;
		chunk,) cat "chunks/$2" ;;
		base64,lf) base64 -w "$2" "parts/$4" | head -c -1 ;;
		base64,crlf) base64 -w "$2" "parts/$4" | sed 's/$/\r/' | head -c -2 ;;
		*) return 1 ;; esac
	done
}
crlf() { # x keeps the last line as it is
	[ -e "$1.crlf" ] || { cat "$1.eml" && echo x; } | sed 's/$/\r/' | head -c -3 >"$1.crlf"
}
to() { [ -d "${1%/*}" ] || mkdir -p "${1%/*}"; exec >"$1"; }
own() { exec >&2 && chmod "$1" "$3" && touch -d "@$2" "$3"; } # mode, time, path
has() { [ "$(stat -c %s "$2")" = "$1" ] || { echo "$2: not $1 bytes" >&2; exit 1; }; }
cd "$work" && mkdir snapshots messages parts chunks listings && cd "$archive"
for file in packs/*/*.tar.*; do name=${file##*/}; echo "${name%%.*}  $file"; done | sha256sum --quiet -c
for file in packs/*/*.tar.*; do plain "$file" | tar xf - -C "$work"; done
for f in snapshots/*; do plain "$f" >"$work/snapshots/$(sha256sum <"$f" | cut -c1-64),${f##*/}"; done
cd "$work" && verify parts && verify chunks && verify listings
for file in messages/*.parts; do [ ! -e "$file" ] || join <"$file" >"${file%.parts}.eml"; done
verify messages
python3 - "$out" "${3-}" "$archive" >plan.sh <<'END'
import base64, json, os, sys
out, wanted, identity = os.fsencode(sys.argv[1]), sys.argv[2], json.load(open(sys.argv[3] + "/archive.json"))
say = lambda *words: sys.stdout.buffer.write(b" ".join(words) + b"\n")
raw = lambda v: v.encode() if isinstance(v, str) else base64.b64decode(v["raw"])
get = lambda o, key: o[key].encode() if key in o else base64.b64decode(o.get("raw_" + key, ""))
def quote(path): assert b".." not in path.split(b"/"); return b"'" + path.replace(b"'", b"'\\''") + b"'"
lines = lambda digest: [json.loads(line) for line in open("listings/" + digest, "rb")]
def place(o, home): return quote(out + (b"" if get(o, "path")[:1] == b"/" else home + b"/") + get(o, "path"))
time = lambda ns: b"%s%d.%09d" % (b"-"[ns >= 0:], *divmod(abs(ns), 10**9))
own = lambda o, path: say(b"own", o["mode"].encode(), time(o["mtime"]), path)
def stored(what, state): # say how to print the stored bytes
	if "chunk" in what: return say(b"cat chunks/" + what["chunk"].encode())
	file, at, steps = b"messages/" + what["id"].encode(), 0, []
	if what.get("crlf"): say(b"crlf", file)
	for offset, text in what.get("insert", []):
		steps += [b"cat"] if offset < 0 else [b"head -c %d" % (offset - at)] if offset > at else []
		text, at = raw(state["text"][text] if isinstance(text, int) else text), offset
		steps.append(b"printf '%s'" % b"".join(b"\\%03o" % byte for byte in text))
	say(b"{ %s; cat; } <%s%s" % (b"; ".join(steps or [b":"]), file, b".crlf" if what.get("crlf") else b".eml"))
snapshots = {f[65:92]: (json.load(open("snapshots/" + f)), f[:64]) for f in os.listdir("snapshots")}
(snapshot, _), gone = snapshots[wanted or max(set(snapshots) - {s.get("parent") for s, _ in snapshots.values()})], {n for s, _ in snapshots.values() for n in s.get("forgotten", [])}
assert identity["version"] < 3 and snapshot["snapshot"] == 1 and all(d[:8] == name[19:] and s.get("parent_digest") in
	(None, snapshots.get(s.get("parent"), (0, s.get("parent") in gone and s["parent_digest"]))[1]) for name, (s, d) in snapshots.items())
for store in snapshot["stores"]:
	for o in store["mailboxes"]:
		root, path, single = lines(o["listing"]), place(o, get(store, "home")), o["layout"] == "file"
		assert root[0]["listing"] == 1
		if single: say(b"to", path)
		for what, state in (x for r in root[1:] if o["layout"] != "extracted" for x in zip(lines(r["what"]), lines(r["state"])) if single or not {"id"} == {"id", "name", "raw_name"} & set(x[0])):
			file = path + quote(b"/" + get(state, "directory") + b"/" + get(what, "name") + get(state, "info"))
			if not single: say(b"to", file)
			stored(what, state)
			if not single: own(what, file)
		if single: own(o, path), say(b"has %d" % o["size"], path)
	for o, path in [(o, place(o, get(store, "home"))) for o in store["files"]]:
		say(b"to", path), say(b"cat /dev/null", *[b"chunks/" + c.encode() for c in o["chunks"]]), own(o, path)
directories = [(o, place(o, get(s, "home"))) for s in snapshot["stores"] for o in s["directories"]]
for o, path in directories: say(b"mkdir -p", path)
for o, path in directories[::-1]: own(o, path)
END
. ./plan.sh
