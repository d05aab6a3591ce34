#!/bin/sh
# SPDX-License-Identifier: MIT
# Names out of mail and out of clients' files never lead a restore outside its
# directory, in any mode, and make names that every file system takes.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { skip "hostile names" "no python3 here"; finish; exit 0; }

# 500 hostile names: as folder names that only folderCache.json knows, as
# percent escapes of file names, as Maildir and MH directories, as subjects.
python3 - "$HOME" <<'EOF'
import json, os, sys, urllib.parse
home = sys.argv[1]
parts = ['..', '.', '', '/', '//', '\\', '..\\', '/etc', 'etc/passwd', '~', '~root', '-rf', '--', '*', '?',
         'CON', 'nul', 'aux.txt', 'COM1', 'lpt9.eml', 'a:b', 'x' * 300, 'é' * 200, '\u202egpj.exe', '\u200f',
         'tab\there', 'line\nbreak', '\x1b[2J', '\x7f', 'trailing.', 'trailing ', ' leading', '.hidden', '%2e%2e',
         '%00', '\ufffe', 'Ａ', 'e\u0301', 'é', 'É', 'cur', 'new', 'tmp', '.mh_sequences', '1', '0001', 'INBOX',
         'Inbox.msf', 'a.sbd', 'maildirfolder']
names = []
for first in parts:
    for second in ('', '/..', '/../../evil', '\\..\\evil', '\0evil', '/' + 'y' * 250 + '/z', '/.', '//', '/evil', ':evil'):
        names.append(first + second)
assert len(names) == 500
profile = os.path.join(home, '.thunderbird', 'p.default')
local = os.path.join(profile, 'Mail', 'Local Folders')
os.makedirs(local)
open(os.path.join(home, '.thunderbird', 'profiles.ini'), 'w').write(
    '[Profile0]\nName=p\nIsRelative=1\nPath=p.default\n')
open(os.path.join(profile, 'prefs.js'), 'w').write(''.join('user_pref("%s", "%s");\n' % pair for pair in (
    ('mail.accountmanager.accounts', 'account1'), ('mail.account.account1.server', 'server1'),
    ('mail.server.server1.type', 'none'), ('mail.server.server1.name', '../../../evil'),
    ('mail.server.server1.directory-rel', '[ProfD]Mail/Local Folders'))))
cache = {}
def message(number, name):
    subject = name.replace('\0', '').replace('\n', ' ')
    return 'From - Mon Apr 15 10:00:00 2024\nSubject: %s\nMessage-ID: <%d@example.org>\n\nhostile %d\n\n' % (
        subject, number, number)
def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'wb').write(text.encode('utf-8', 'surrogatepass'))
for number, name in enumerate(names):
    base = 'f%08x' % number
    write(os.path.join(local, base), message(number, name))
    cache[os.path.join(local, base + '.msf')] = {'folderName': name}
    escaped = urllib.parse.quote(name, safe='')
    if len(escaped) < 200 and escaped.strip('.'):
        write(os.path.join(local, escaped.replace('.', '%2E')), message(number, name))
json.dump(cache, open(os.path.join(profile, 'folderCache.json'), 'w'))
for name in names:      # what a file system itself lets be a name
    plain = name.replace('/', '_').replace('\0', '_')
    if plain not in ('', '.', '..') and len(plain.encode()) < 250:
        write(os.path.join(home, 'Mail', plain, '1'), 'Subject: %s\n\nmh\n' % plain.replace('\n', ' '))
write(os.path.join(home, '.mh_profile'), 'Path: Mail\n')
EOF
cp -a "$HOME" before
exits 0 "backup" backup --quiet
t "there is a mailbox for each" [ "$("$mailcask" list --json | grep -c .)" -gt 700 ]

# Whatever leaves its directory lands in the directories around it.
mkdir -p around/1/2/3/4
everything() { (cd around && find . -not -path './1/2/3/4/*' | sort); }
outside=$(everything; ls / /etc /tmp 2>/dev/null | grep -c evil)
stays() { # name
	t "$1: nothing lies outside" is "$(everything; ls / /etc /tmp 2>/dev/null | grep -c evil)" "$outside"
	t "$1: no links" is "$(find around -type l)" ""
}
exits 0 "original layout" restore --to around/1/2/3/4/original
stays "original layout"
# (A name such as "~" is none of a folder to the client.)
t "original layout: the same" python3 -c 'import os
there, count = "around/1/2/3/4/original", 0
for d, _, files in os.walk(there):
    for f in files:
        path = os.path.join(d, f)
        count += 1
        assert open(path, "rb").read() == open(os.path.join("before", os.path.relpath(path, there)), "rb").read(), path
assert count > 700, count'
for format in mbox maildir mh eml emlx evolution kmail; do
	exits 0 "$format" restore --format $format --to around/1/2/3/4/$format --json
	t "$format: all messages" is "$(sed 's/.*"messages":\([0-9]*\).*/\1/' out)" \
	    "$("$mailcask" list --json | sed 's/.*"messages":\([0-9]*\).*/\1/' | awk '{ n += $1 } END { print n }')"
	stays "$format"
	t "$format: names that every file system takes" is \
	    "$(find around/1/2/3/4/$format -printf '%f\n' | LC_ALL=C grep -cE '[[:cntrl:]\\?*<>"|]|.{256}')" 0
	rm -r around/1/2/3/4/$format
	exits 0 "$format: export" export hostile --format $format --to around/1/2/3/4/out-$format
	stays "$format: export"
done
exits 0 "zip" export hostile --to around/1/2/3/4/out.zip
t "zip: no name leads out" python3 -c 'import zipfile
bad = [n for n in zipfile.ZipFile("around/1/2/3/4/out.zip").namelist()
       if n.startswith("/") or ".." in n.split("/") or "\\" in n]
assert not bad, bad[:5]'
stays "zip"
for suffix in tar tar.zst mbox; do
	exits 0 "$suffix" export hostile --to around/1/2/3/4/out.$suffix
	stays "$suffix"
done
t "tar: no name leads out" python3 -c 'import tarfile
bad = [m.name for m in tarfile.open("around/1/2/3/4/out.tar")
       if m.name.startswith("/") or ".." in m.name.split("/") or not (m.isreg() or m.isdir())]
assert not bad, bad[:5]'

# A link that somebody puts into the way.
mkdir -p trap/.thunderbird
ln -s "$work/around" trap/.thunderbird/p.default
mc restore --to trap
t "a link in the way: partial" is $status 3
stays "a link in the way"

# In place the home is what nothing may lead out of.
mv "$HOME/.thunderbird" "$HOME/Mail" "$work"
mkdir "$HOME/.thunderbird"
ln -s "$work/around" "$HOME/Mail"
mc restore --in-place
t "in place: partial" is $status 3
stays "in place"
t "in place: the rest is back" cmp "before/.thunderbird/p.default/Mail/Local Folders/f00000000" \
    "$HOME/.thunderbird/p.default/Mail/Local Folders/f00000000"
finish
