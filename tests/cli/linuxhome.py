# SPDX-License-Identifier: MIT
"""Make a home with stores as clients on Linux leave them, and a message or
two in each mailbox."""
import os
import sqlite3
import sys

HOME = sys.argv[1]


def write(path, data):
    path = os.path.join(HOME, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def mail(subject, eol='\n'):
    return eol.join(['From: ann@example.org', 'Subject: ' + subject, '', 'Text of ' + subject, ''])


def database(path, sql):
    write(path, b'')
    os.remove(os.path.join(HOME, path))
    db = sqlite3.connect(os.path.join(HOME, path))
    db.executescript(sql)
    db.commit()
    db.close()


def maildir(path):
    for part in ('cur', 'new', 'tmp'):
        os.makedirs(os.path.join(HOME, path, part), exist_ok=True)


def evolution():
    data, cache = '.local/share/evolution/mail/local', '.cache/evolution/mail/work'
    summary = '(uid TEXT PRIMARY KEY, flags INTEGER, labels TEXT)'
    write('.config/evolution/sources/work.source',
          '[Data Source]\nDisplayName=Work ü\n[Mail Account]\nBackendName=imapx\n')
    for folder in ('', '/.Projects.A_2Eb', '/.Empty'):
        maildir(data + folder)
    write(data + '/..maildir++', 'maildir++ 1')
    write(data + '/cur/1.R1.host:2,S', mail('e1'))
    write(data + '/new/3.R1.host', mail('e3'))
    write(data + '/.Projects.A_2Eb/cur/2.R1.host:2,S', mail('e2'))
    database(data + '/folders.db',
             'CREATE TABLE folders (folder_name TEXT PRIMARY KEY);'
             f"CREATE TABLE '.' {summary}; CREATE TABLE 'Projects/A.b' {summary};"
             "INSERT INTO '.' VALUES ('1.R1.host', 16, '$Labelwork');"
             "INSERT INTO 'Projects/A.b' VALUES ('2.R1.host', 1040, '');")
    write(cache + '/folders/INBOX/cur/07/7', mail('i1', '\r\n'))
    write(cache + '/folders/INBOX/cur/08/8', mail('i2', '\r\n'))
    write(cache + '/folders/Büro/subfolders/Sub/cur/01/1', mail('i3', '\r\n'))
    database(cache + '/folders.db',
             'CREATE TABLE folders (folder_name TEXT PRIMARY KEY);'
             f"CREATE TABLE 'INBOX' {summary};"
             "INSERT INTO 'INBOX' VALUES ('7', 17, '$Labelimportant'), ('8', 0, '');")


def kmail():
    tree = '.local/share/local-mail'
    write('.config/akonadi_maildir_resource_0rc',
          '[General]\nPath[$e]=$HOME/.local/share/local-mail/\n')
    write('.config/akonadi/agent_config_akonadi_maildir_resource_0',
          '[Agent]\nName=Local Folders\n')
    maildir(tree + '/inbox')
    maildir(tree + '/.inbox.directory/Ärger')
    write(tree + '/inbox/cur/1795.R34.vm:2,S', mail('k1'))
    write(tree + '/.inbox.directory/Ärger/cur/1796.R34.vm:2,F', mail('k2'))
    with open(os.path.join(os.path.dirname(__file__), '../unit/akonadikit.h')) as f:
        lines = f.read().split('akonadi_sql =')[1].split(';\n\n')[0]
    sql = ''.join(part.split('"')[1] for part in lines.splitlines() if '"' in part)
    database('.local/share/akonadi/akonadi.db', sql.replace('\\\\', '\\') +
             f"UPDATE PartTable SET data = CAST('{mail('a1')}' AS BLOB) "
             "WHERE pimItemId = 2 AND partTypeId = 1;"
             "DELETE FROM CollectionTable WHERE id = 5;")
    write('.local/share/akonadi/file_db_data/34/1234_r2', mail('a2'))


def geary():
    write('.config/geary/account_01/geary.ini', '[Account]\nlabel=Home\n')
    write('.local/share/geary/account_01/attachments/1/1/a.txt', 'x')
    database('.local/share/geary/account_01/geary.db',
             'CREATE TABLE FolderTable (id INTEGER PRIMARY KEY, name TEXT, parent_id INTEGER);'
             'CREATE TABLE MessageTable (id INTEGER PRIMARY KEY, fields INTEGER, header TEXT, '
             'body TEXT, flags TEXT, internaldate_time_t INTEGER);'
             'CREATE TABLE MessageLocationTable (id INTEGER PRIMARY KEY, message_id INTEGER, '
             'folder_id INTEGER, ordering INTEGER, remove_marker INTEGER);'
             "INSERT INTO FolderTable VALUES (1, 'INBOX', NULL), (2, 'Alt', 1);"
             "INSERT INTO MessageTable VALUES (1, 1023, 'Subject: g1' || char(10,10), 'x', "
             "'\\Seen', 5), (2, 96, 'Subject: g2' || char(10,10), 'x', '\\Flagged wichtig', 5);"
             'INSERT INTO MessageLocationTable VALUES (1, 1, 1, 1, 0), (2, 2, 2, 1, 0);')


def alpine():
    head = b'*mbx*\r\n6b06b86000000001\r\nwork\r\n' + b'\r\n' * 29
    text = mail('m1', '\r\n')
    line = f'23-Nov-2026 11:43:24 +0000,{len(text)};000000010001-00000001\r\n'
    write('.pinerc', 'folder-collections=mail/[]\n')
    write('mail/saved', head.ljust(2038, b'\0') + b'00000000\r\n' + (line + text).encode())
    text = mail('x1', '\r\n')
    front = f':msg:00000001:20261123114324+0000:{len(text):08x}:\r\n'
    write('mail/mixed/.mixmeta', 'S1\r\nV1\r\nL1\r\nN00000001\r\n')
    write('mail/mixed/.mixindex', f'S1\r\n:00000001:20261123114324+0000:{len(text):08x}:00000001:'
          f'00000000:{len(front):08x}:00000010:\r\n')
    write('mail/mixed/.mixstatus', 'S1\r\n:00000001:00000000:0008:1:\r\n')
    write('mail/mixed/.mix00000001', front + text)


def dovecot():
    box = 'sdbox/mailboxes/INBOX/dbox-Mails/'
    for uid, subject in ((1, 'd1'), (2, 'd2')):
        text = mail(subject)
        write(box + f'u.{uid}', '2 M1e C6b06ba30\n' + f'\x01\x02N          {len(text):016X}\n' +
              text + '\n\x01\x03\nR6b06ba23\nV10\n\n')

    def record(kind, *words):
        size = 2 + len(words)
        head = bytes([0x80, 0x80, 0x80 | size >> 7, 0x80 | size & 0x7f])
        return head + b''.join(w.to_bytes(4, 'little') for w in (kind | 0x10000000,) + words)
    log = b'\x01\x03\x28\x00' + b''.join(w.to_bytes(4, 'little') for w in (7, 1, 0, 0, 0, 0, 0, 1, 0))
    write(box + 'dovecot.index.log', log + record(2, 1, 8, 2, 0))


def gnus():
    write('.gnus.el', '(setq nnml-directory "~/Post/")\n')
    write('Post/mail/misc/1', mail('n1'))
    write('Post/mail/misc/2', mail('n2'))
    write('.newsrc.eld',
          "(setq gnus-newsrc-alist '((\"nnml:mail.misc\" 3 ((1 . 1)) ((reply 1)))))\n")


def mailspring():
    write('.config/Mailspring/edgehill.db', 'x')


evolution()
kmail()
geary()
alpine()
dovecot()
gnus()
mailspring()
