# SPDX-License-Identifier: MIT
"""Make a disk of Windows XP with stores of its time's clients, and one message
that all of them have."""
import os
import sqlite3
import struct
import sys

DISK = sys.argv[1]
HOME = 'Documents and Settings/ann'
DATA = HOME + '/Application Data'


def write(path, data):
    path = os.path.join(DISK, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def mail(subject, dotted=False):
    return '\r\n'.join(['From: bob@example.org', 'Subject: ' + subject, '',
                        ('..' if dotted else '.') + 'Text of ' + subject, '']).encode()


SAME = 'sent to all'


def the_bat():
    def record(status, text):
        return struct.pack('<12I', 0x19700921, 48, 1, 1100000000, 1, status, 0, 0, 0, len(text), 0,
                           0) + text
    head = struct.pack('<IH', 0x19790620, 3080).ljust(3080, b'\0')
    place = DATA + '/The Bat!/MAIL/Home/'
    write(place + 'Inbox/MESSAGES.TBB', head + record(0x42, mail('t1')) + record(0x80, mail(SAME)))
    write(place + 'Inbox/MESSAGES.TBI', b'index')
    write(place + 'Inbox/Kräne/messages.tbb', head + record(3, mail('t2')) + record(6, mail('t3')))
    write(place + 'Attach/offer.doc', 'x')
    write(place + 'ACCOUNT.CFN', 'x')


def pegasus():
    place = 'PMAIL/MAIL/ann/'
    head = b'The name here'.ljust(86, b'\0') + b'R1:0A:FOL1'.ljust(42, b'\0')
    first, second = mail('p1'), mail(SAME)

    def entry(flags, at, n):
        return struct.pack('<II', flags, at).ljust(114, b'\0') + struct.pack('<I', n)
    write(place + 'FOL1.PMM', head + first + b'\x1a' + second + b'\x1a' + mail('p2') + b'\x1a')
    write(place + 'FOL1.PMI', entry(0x80, 128, len(first)) +
          entry(0, 128 + len(first) + 1 + len(second) + 1, len(mail('p2'))))
    write(place + 'HIERARCH.PM', '2,1,"B:My mailbox","","My mailbox"\r\n'
          '1,1,"T:t","B:My mailbox","Tray"\r\n'.encode() +
          '0,0,"R1:0A:FOL1","T:t","Kräne"\r\n'.encode('cp1252'))
    write(place + '9A.CNM', mail('p3'))
    write(place + 'BOOK.PMR', 'x')


def becky():
    place = 'Becky!/ann/4cbb.mb/'
    status = b'X-Becky-Status: %s,000000,3\r\n\r\n'
    write(place + 'Mailbox.ini', '[Account]\r\nName=Work\r\n')
    write(place + '!!!!Inbox/1.bmf', mail('b1', True).replace(b'\r\n\r\n', b'\r\n' +
          status % b'010001') + b'.\r\n' + mail(SAME, True) + b'.\r\n')
    write(place + '!!!!Inbox/Folder.idx', b'\1')
    write(place + '#Attach/a/plan.pdf', 'x')


def foxmail():
    mark = bytes([0x10] * 7 + [0x11] * 6 + [0x53, 0x0d, 0x0a])
    place = 'Foxmail/mail/ann/'
    write(place + 'in.BOX', mark + mail('f1') + mark + mail(SAME))
    write(place + 'in.IND', 'x')


def eudora():
    place = DATA + '/Qualcomm/Eudora/'
    separator = b'From ???@??? Mon Nov 23 11:43:24 2026\r\n'
    boxes = [separator + mail(s) for s in ('e1', SAME, 'e2')]

    def entry(at, n, state):
        return struct.pack('<IIIH', at, n, 0, state).ljust(218, b'\0')
    write(place + 'eudora.ini', '[Settings]\r\nPOPAccount=ann@example.org\r\n')
    write(place + 'descmap.pce', 'In,In.mbx,S,N\r\nPost,Post.fol,F,N\r\n')
    write(place + 'Post.fol/descmap.pce', 'Büro,bro.mbx,M,N\r\n'.encode('cp1252'))
    write(place + 'Post.fol/bro.mbx', separator + mail('e3'))
    write(place + 'In.mbx', b''.join(boxes))
    write(place + 'In.toc', b'\x30'.ljust(104, b'\0') + entry(0, len(boxes[0]), 2) +
          entry(len(boxes[0]) + len(boxes[1]), len(boxes[2]), 3))
    write(place + 'Attach/photo.jpg', 'x')


def opera():
    place = DATA + '/Opera/Opera/mail/'
    head = (b'From foo@bar Mon Nov 23 11:43:24 2026\r\nX-Opera-Status: 05000000000000000700000001'
            b'00000200%08x00000100\r\n')
    write(place + 'accounts.ini', '[Account1]\r\nAccount Name=Opera home\r\n')
    write(place + 'omailbase.dat', 'x')
    write(place + 'store/account1/2009/05/12/1.mbs', head % 1 + mail('o1') + b'\r\n')
    write(place + 'store/account1/2009/05/12/2.mbs', head % 4 + mail(SAME) + b'\r\n')
    write(place + 'store/account1/2008/03/07.mbs', head % 3 + mail('o2') + b'\r\n')


def database(path, sql):
    write(path, b'')
    os.remove(os.path.join(DISK, path))
    db = sqlite3.connect(os.path.join(DISK, path))
    db.executescript(sql)
    db.commit()
    db.close()


def em_client():
    place = DATA + '/eM Client/8f1e/77aa/'
    head, body = mail(SAME).decode().split('\r\n\r\n')
    write(DATA + '/eM Client/8f1e/ann@example.org.acn', 'x')
    database(place + 'folders.dat',
             'CREATE TABLE Folders (id INTEGER PRIMARY KEY, name TEXT, parentFolderId INTEGER);'
             "INSERT INTO Folders VALUES (1, '/', NULL), (2, 'INBOX', 1), (3, 'Kräne', 2);")
    database(place + 'mail_index.dat',
             'CREATE TABLE MailItems (id INTEGER PRIMARY KEY, folder INTEGER, flags INTEGER, '
             'receivedDate INTEGER, size INTEGER);'
             'INSERT INTO MailItems VALUES (7, 2, 6, 5, 9), (8, 3, 2, 5, 9), (9, 3, 0, 5, 9);')
    database(place + 'mail_data.dat',
             'CREATE TABLE LocalMailContents (id INTEGER, partName TEXT, partHeader BLOB, '
             'partBody BLOB);'
             f"INSERT INTO LocalMailContents VALUES (7, 'TEXT', '{head}', '{body}'), "
             f"(8, 'TEXT', 'Subject: m1', 'text'), (9, 'TEXT', 'Subject: m2', NULL);")


def disk():
    os.makedirs(os.path.join(DISK, 'WINDOWS/system32/config'), exist_ok=True)


disk()
the_bat()
pegasus()
becky()
foxmail()
eudora()
opera()
em_client()
