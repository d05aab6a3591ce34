# SPDX-License-Identifier: MIT
"""Make a disk of macOS with stores as clients there leave them:
machome.py DIRECTORY makes DIRECTORY/Users/ann and what marks the disk."""
import os
import plistlib
import sqlite3
import sys

ROOT = sys.argv[1]
HOME = os.path.join(ROOT, 'Users/ann')
WORK = '0A1B2C3D-0000-1111-2222-333344445555'
MAC = '2A1B2C3D-0000-1111-2222-333344445555'


ATTACHED = bytes(range(256)) * 40
LINES = -(-len(ATTACHED) // 57)
PARTIAL = f"""From: Bob <bob@example.org>
Subject: p1
Message-ID: <p1@example.org>
Date: Thu, 30 Jan 2020 22:30:31 +0000
Content-Type: multipart/mixed; boundary=b

--b

Text of p1
--b
Content-Type: application/octet-stream
Content-Disposition: attachment; filename=report.bin
Content-Transfer-Encoding: base64
X-Apple-Content-Length: {-(-len(ATTACHED) // 3) * 4 + 2 * LINES}


--b--
"""


def write(path, data, root=HOME):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def mail(subject, eol='\n'):
    return eol.join(['From: Bob <bob@example.org>', 'Subject: ' + subject,
                     f'Message-ID: <{subject}@example.org>', 'Date: Thu, 30 Jan 2020 22:30:31 +0000',
                     '', 'Text of ' + subject, ''])


def database(path, sql):
    write(path, b'')
    os.remove(os.path.join(HOME, path))
    db = sqlite3.connect(os.path.join(HOME, path))
    db.executescript(sql)
    db.commit()
    db.close()


def emlx(message, flags, binary=False):
    values = {'date-received': 1580423431, 'flags': flags, 'remote-id': '7'}
    message = message.encode()
    return b'%-10d\n' % len(message) + message + plistlib.dumps(
        values, fmt=plistlib.FMT_BINARY if binary else plistlib.FMT_XML)


def apple():
    version = 'Library/Mail/V10/'
    inbox = version + WORK + '/INBOX.mbox/AAAA-BBBB/Data/'
    write(inbox + 'Messages/1.emlx', emlx(mail('m1'), 1))
    write(inbox + 'Messages/2.emlx', emlx(mail('m2'), 4 | 256, binary=True))
    write(inbox + '1/4/Messages/41567.emlx', emlx(mail('m3'), 1 << 24))
    write(inbox + 'Messages/.DS_Store', b'\0x')
    write(inbox + 'Messages/3.partial.emlx', emlx(PARTIAL, 1))
    write(inbox + 'Attachments/3/2/report.bin', ATTACHED)
    write(inbox + 'Attachments/3/3/empty', b'')
    write(inbox + 'Attachments/3/4/long.bin', ATTACHED * 100)
    write(inbox + 'Messages/4.partial.emlx', emlx(PARTIAL.replace('p1', 'p2'), 1))
    os.makedirs(os.path.join(HOME, inbox, '2/Messages'), exist_ok=True)
    write(version + WORK + '/INBOX.mbox/Info.plist', plistlib.dumps({'a': 1}))
    write(version + WORK + '/Projects.mbox/Bu\u0308ro.mbox/AAAA/Data/Messages/5.emlx', emlx(mail('m4'), 0))
    write(version + WORK + '/[Gmail].mbox/All Mail.mbox/A/Data/Messages/6.emlx', emlx(mail('m5'), 1))
    write(version + WORK + '/.OfflineCache/1', 'x')
    write(version + MAC + '/Archive.mbox/A/Data/Messages/7.emlx', emlx(mail('m6'), 17))
    write(version + 'MailData/SyncedRules.plist', plistlib.dumps({'rules': []}))
    write(version + 'MailData/Signatures/A.mailsignature', 'Ann')
    database(version + 'MailData/Envelope Index',
             'CREATE TABLE mailboxes (ROWID INTEGER PRIMARY KEY, url TEXT);'
             f"INSERT INTO mailboxes VALUES (1, 'imap://{WORK}/INBOX'), (2, 'local://{MAC}/Archive'),"
             f" (3, 'imap://{WORK}/%5BGmail%5D/All%20Mail'), (4, 'imap://{WORK}/Projects/B%C3%BCro');"
             'CREATE TABLE messages (ROWID INTEGER PRIMARY KEY, mailbox INTEGER, flags INTEGER,'
             ' read INTEGER, flagged INTEGER, deleted INTEGER, flag_color INTEGER);'
             'INSERT INTO messages VALUES (1, 1, 1, 1, 1, 0, 2), (6, 3, 1, 1, 0, 0, 0);'
             'CREATE TABLE labels (message_id INTEGER, mailbox_id INTEGER);'
             'INSERT INTO labels VALUES (6, 4);')
    database('Library/Accounts/Accounts4.sqlite',
             'CREATE TABLE ZACCOUNT (Z_PK INTEGER, ZPARENTACCOUNT INTEGER, ZIDENTIFIER TEXT,'
             ' ZACCOUNTDESCRIPTION TEXT, ZUSERNAME TEXT);'
             f"INSERT INTO ZACCOUNT VALUES (1, NULL, '{WORK}', 'Work ü', 'ann@example.org');")
    write('Library/Mail/V2/POP-ann@pop.example.org/INBOX.mbox/Messages/8.emlx', emlx(mail('m7'), 1))
    write('Library/Mail/Mailboxes/Old.mbox/mbox',
          'From bob@example.org Thu Jan 30 22:30:31 2020\n' + mail('m8') + '\n')
    write('Library/Mail/Mailboxes/Old.mbox/table_of_contents', '')
    write('Library/Containers/com.apple.mail/Data/Library/Preferences/com.apple.mail.plist',
          plistlib.dumps({'a': 1}, fmt=plistlib.FMT_BINARY))


def outlook():
    head = b'\xd0\x0d\0\0' + bytes(36)
    data = 'Library/Group Containers/UBF8T346G9.Office/Outlook/Outlook 15 Profiles/Main Profile/Data/'
    write(data + 'Message Sources/1/A.olk15MsgSource', head + mail('o1').encode())
    write(data + 'Message Sources/2/B.olk15MsgSource', head + mail('o2', '\r').encode())
    write(data + 'Messages/1/A.olk15Message', b'\xd0\x0d own form')
    database(data + 'Outlook.sqlite',
             'CREATE TABLE Folders (Record_RecordID INTEGER, Folder_ParentID INTEGER, Folder_Name TEXT);'
             "INSERT INTO Folders VALUES (1, NULL, 'Root'), (2, 1, 'Inbox'), (3, 2, 'Wörk');"
             'CREATE TABLE Mail (Record_RecordID INTEGER, Record_FolderID INTEGER,'
             ' Message_ReadFlag INTEGER, Message_TimeReceived INTEGER);'
             'INSERT INTO Mail VALUES (11, 2, 1, 1580423431), (12, 3, 0, 1580423431);'
             'CREATE TABLE Blocks (BlockID TEXT, PathToDataFile TEXT);'
             "INSERT INTO Blocks VALUES ('a', 'Message Sources/1/A.olk15MsgSource'),"
             " ('b', 'Message Sources/2/B.olk15MsgSource');"
             'CREATE TABLE Mail_OwnedBlocks (Record_RecordID INTEGER, BlockID TEXT);'
             "INSERT INTO Mail_OwnedBlocks VALUES (11, 'a'), (12, 'b');")
    write('Documents/Microsoft User Data/Office 2011 Identities/Main Identity/Data Records/'
          'Message Sources/0T/0B/x_1.olk14MsgSource', b'\1\2\0' + mail('o3').encode())
    write('Documents/Microsoft User Data/Office 2011 Identities/Main Identity/Database', b'own form')


def mailmate():
    write('Library/Application Support/MailMate/Messages.noindex/IMAP/ann%40example.org@imap.example.org/'
          'INBOX.mailbox/B%25%C3%BCro.mailbox/Messages/1.eml', mail('mm1', '\r\n'))
    write('Library/Application Support/MailMate/Sources.plist', plistlib.dumps({'a': 1}))


write('System/Library/CoreServices/SystemVersion.plist', plistlib.dumps({'ProductVersion': '14.1'}), ROOT)
os.makedirs(os.path.join(ROOT, 'Users/Shared'))
apple()
outlook()
mailmate()
for directory, _, files in os.walk(HOME, topdown=False):
    for name in files:
        os.utime(os.path.join(directory, name), ns=(0, 1580423431123456789))
        os.chmod(os.path.join(directory, name), 0o640)
    os.utime(directory, ns=(0, 1580000000987654321))
