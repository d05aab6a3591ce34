#!/bin/sh
# SPDX-License-Identifier: MIT
# export: what a query finds, in every format and container.
. "$(dirname "$0")/lib.sh"
make_home
exits 0 "backup" backup --quiet

subjects() { # of all messages below a directory, whatever the format
	"$mailcask" backup --quiet --data "data-$1" "$1" &&
	    "$mailcask" search --json --data "data-$1" 'invoice OR kranplan OR berth' |
	    sed 's/.*"message_id":"\([^@"]*\).*/\1/' | sort | tr '\n' ' '
}
want="inv117 inv131 note1 note2 plan4 "
query='invoice OR kranplan OR berth'
for format in mbox maildir mh eml; do
	exits 0 "$format" export "$query" --to "as-$format" --format $format
	t "$format: all of them" is "$(subjects as-$format)" "$want"
	exits 1 "$format: not again" export "$query" --to "as-$format" --format $format
done
for file in file.mbox file.zip file.tar file.tar.gz file.tgz file.tar.zst; do
	exits 0 "$file" export "$query" --to $file --json
	t "$file: counted" has out '"messages":5'
	t "$file: all of them" is "$(subjects $file)" "$want"
	before=$(sha256sum <$file)
	exits 1 "$file: not again" export "$query" --to $file
	t "$file: not replaced" is "$(sha256sum <$file)" "$before"
done
t "zip: for everybody" unzip -qt file.zip
t "tar.zst: for everybody" sh -c 'zstd -dcq file.tar.zst | tar -tf - >/dev/null'
t "names are UTF-8 without a locale" python3 -c 'import tarfile, zipfile
assert any("für" in n for n in zipfile.ZipFile("file.zip").namelist())
assert any("für" in n for n in tarfile.open("file.tar").getnames())'
t "the owner's only" is "$(find . -maxdepth 1 -name 'file.*' -perm /077)" ""
exits 0 "a mailbox" export --mailbox Invoices --to invoices.mbox
t "a mailbox: its messages" is "$(grep -c '^From ' invoices.mbox)" 2
exits 0 "--quiet" export invoice --to quiet.mbox --quiet
t "--quiet: nothing" empty out
exits 0 "no message" export nothinglikethis --to nothing.mbox

# Messages that lie nowhere any more can be had, too.
: >"$HOME/.thunderbird/x7k2m9.default-release/Mail/pop.example.org/Inbox"
exits 0 "the next night" backup --quiet --alarm-percent 0
exits 0 "deleted mail" export is:deleted --to deleted.mbox
t "deleted mail: it" grep -q 'Message-ID: <esc@example.com>' deleted.mbox
finish
