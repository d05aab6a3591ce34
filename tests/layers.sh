#!/bin/sh
# SPDX-License-Identifier: MIT
# The architecture, as a table.  Every #include "..." is written from the root,
# so a file's layer and the layers it may see can be read off its include lines.
set -u
allowed() {
	case $1 in
	core/base)    echo core/base ;;
	core/mail)    echo core/base core/mail ;;
	core/port)    echo core/base core/mail core/port ;;
	core/archive) echo core/base core/mail core/port core/archive ;;
	core/catalog) echo core/base core/mail core/catalog ;;
	core/job)     echo core/base core/mail core/port core/archive core/catalog core/job ;;
	backends/*)   echo core/base core/mail core/port "$1" ;;
	backends)     echo core/base core/port backends backends/clients backends/formats backends/targets ;;
	cmd)          echo core/base core/mail core/port core/archive core/catalog core/job backends cmd ;;
	tests*)       echo any ;;
	esac
}
bad=0
for f in $(find cmd core backends tests -name '*.[ch]' | sort); do
	layer=$(dirname "$f") ok=$(allowed "$(dirname "$f")")
	[ -n "$ok" ] || { echo "$f: folder $layer has no place in the house"; bad=1; continue; }
	[ "$ok" = any ] && continue
	for inc in $(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$f"); do
		case " $ok " in *" $(dirname "$inc") "*) ;; *) echo "$f: may not include $inc"; bad=1 ;; esac
	done
done
# Each foreign library has one door.
door() { # header, files that may include it
	for f in $(grep -lE "^[ \t]*#[ \t]*include[ \t]*<$1" $(find cmd core backends -name '*.[ch]')); do
		echo "$f" | grep -qE "^($2)$" || { echo "$f: <$1> belongs in $2"; bad=1; }
	done
}
# The databases of clients are read through one file.
door sqlite3.h 'core/catalog/.*|core/base/sqlitefile\.c'
door gmime/ 'core/mail/libgmime\.h'
door glib 'none'
door zlib.h 'core/base/codec[a-z_]*\.c'
door zstd.h 'core/base/codec[a-z_]*\.c'
door openssl/ 'core/base/digest\.c|core/archive/agecipher\.c'
door xxhash.h 'core/base/digest\.c'
door qrencode.h 'core/base/qr\.c'
door jansson.h 'core/base/json[a-z_]*\.c'
door archive 'core/base/libarchive\.h'
door libssh/ 'backends/targets/sshlink\.c'
door curl/ 'backends/targets/http\.c'
exit $bad
