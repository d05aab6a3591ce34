#!/bin/sh
# SPDX-License-Identifier: MIT
# repair: what can be mended is, the rest is named, and nothing is thrown away.
. "$(dirname "$0")/lib.sh"
make_home
archive=$work/archive
export MAILCASK_ARCHIVE="$archive"
exits 0 "init" init "$archive"
exits 0 "backup" backup --quiet
sleep 1.1
printf 'From x@example.org Tue Apr 16 10:00:00 2024\nSubject: later\n\nlater\n\n' >>"$HOME/mail/received"
exits 0 "backup of the next night" backup --quiet
cp -a "$archive" good
cp -a "$HOME/.local/share/mailcask" good-data
exits 0 "nothing to mend" repair
t "in words" has out "nothing to mend"
t "nothing is changed" diff -r -x tmp "$archive" good
exits 2 "what it takes" repair now

anew() {
	chmod -R u+w "$archive"
	rm -rf "$archive" "$HOME/.local/share/mailcask"
	cp -a good "$archive"
	cp -a good-data "$HOME/.local/share/mailcask"
}
spoil() { # file, how
	case $2 in
	flip) printf '\377\001' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") / 2)) conv=notrunc 2>/dev/null ;;
	cut) truncate -s $(($(stat -c %s "$1") - 40)) "$1" ;;
	remove) rm "$1" ;;
	esac
}
find good -path good/tmp -prune -o -type f -printf '%P\n' | sort >files
while read -r file; do
	for how in flip cut remove; do
		anew
		chmod u+w "$archive/$file"
		spoil "$archive/$file" $how
		cp "$archive/$file" spoilt 2>/dev/null
		# With another copy all of it comes back, byte for byte.
		case $file,$how in archive.json,remove) continue ;; esac
		exits 0 "$file $how: repair from a copy" repair --from "$work/good" </dev/null
		t "$file $how: as it was" cmp "good/$file" "$archive/$file"
		exits 0 "$file $how: check" check --read-data </dev/null
		[ $how = remove ] || t "$file $how: what was damaged is kept" cmp spoilt "$archive/quarantine/$file"
	done
done <files

# Without one: what is good in a damaged pack stays, and the rest is named.
while read -r file; do
	case $file in archive.json) continue ;; esac
	for how in flip cut; do
		anew
		chmod u+w "$archive/$file"
		spoil "$archive/$file" $how
		mc restore --to before </dev/null
		mc repair --json </dev/null
		case $file in
		README.txt | index/*) t "$file $how: mended" is $status 0 ;;
		*) t "$file $how: mended or named" [ $status = 0 -o $status = 6 ] ;;
		esac
		mc restore --to after </dev/null
		t "$file $how: nothing more is missing" is "$(diff -rq before after 2>/dev/null | grep '^Only in before')" ""
		t "$file $how: no file is wrong" is "$(cd "$archive" && sha256sum packs/*/* index/* | while read -r sum name; do
			case $name in *$sum*) ;; *) echo "$name" ;; esac; done)" ""
		rm -rf before after
		# The stores still have it: the next backup makes the newest whole again.
		exits 0 "$file $how: backup" backup --quiet </dev/null
		exits 0 "$file $how: restore" restore --to again </dev/null
		t "$file $how: every byte of the mail" diff -r "$HOME/mail" again/mail
		t "$file $how: and of Thunderbird's" diff -rq "$local_folders" "again/${local_folders#"$HOME"/}"
		rm -rf again
		# What older backups alone had stays lost.
		mc repair --quiet </dev/null
		t "$file $how: repair again" [ $status = 0 -o $status = 6 ]
	done
done <files

# A snapshot that is lost leaves no gap in the chain, here or on another machine.
anew
exits 0 "another machine" list --data "$work/second"
first=$(find "$archive/snapshots" -type f | sort | head -n 1)
rm "$first"
exits 6 "check" check
exits 0 "repair" repair
exits 0 "check" check --read-data
exits 0 "check of the other machine" check --data "$work/second"

# A copy that was added is asked without being named; one that is away is not missed.
anew
exits 0 "a copy" target add "$work/copy"
exits 0 "another one" target add "$work/copy2"
exits 0 "both are filled" push
rm -rf copy2
pack=$(find "$archive/packs" -type f | sort | head -n 1)
chmod u+w "$pack"
spoil "$pack" flip
exits 6 "check" check --read-data
exits 0 "repair" repair
t "it says from where" has out "fetched from $work/copy"
t "as it was" cmp "good/${pack#"$archive"/}" "$pack"
exits 0 "check" check --read-data

# A copy of another archive is none of this.
unset MAILCASK_ARCHIVE
exits 0 "another archive" init "$work/foreign"
MAILCASK_ARCHIVE=$archive
export MAILCASK_ARCHIVE
exits 2 "from another archive" repair --from "$work/foreign"
t "it is said" has err "another archive"
exits 5 "from nowhere" repair --from "$work/nowhere"
finish
