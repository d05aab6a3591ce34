# SPDX-License-Identifier: MIT
"""Make trees shaped like the disks of Windows 98, XP, 7 and 10, with stores of
Microsoft's mail clients as they lie there.

	windowsdisk.py DIRECTORY SAMPLES	SAMPLES holds data files of Outlook
"""
import os
import shutil
import struct
import sys

TOP, SAMPLES = sys.argv[1:3]


def write(path, data=b'x'):
    path = os.path.join(TOP, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def sample(path, kind):
    write(path, b'')
    shutil.copyfile(os.path.join(SAMPLES, kind), os.path.join(TOP, path))


def mail(subject):
    return '\r\n'.join(['From: ann@example.org', 'Subject: ' + subject,
                        'Message-ID: <%s@example.org>' % subject, '', 'Text of ' + subject, ''])


class Hive:
    """A registry hive: set(), then bytes()."""

    def __init__(self):
        self.tree = ({}, [])

    def set(self, path, name, kind, data):
        keys, values = self.tree
        for part in path.split('\\'):
            keys, values = keys.setdefault(part, ({}, []))
        values.append((name, kind, data))

    def text(self, path, name, text, kind=1):
        self.set(path, name, kind, (text + '\0').encode('utf-16-le'))

    def cell(self, data):
        at = len(self.bins)
        size = (len(data) + 4 + 7) // 8 * 8
        self.bins += struct.pack('<i', -size) + data.ljust(size - 4, b'\0')
        return at

    def key(self, name, node):
        below = [self.key(n, node[0][n]) for n in sorted(node[0])]
        keys = self.cell(b'lh' + struct.pack('<H', len(below)) +
                         b''.join(struct.pack('<II', k, 0) for k in below)) if below else 0xffffffff
        values = []
        for value, kind, data in node[1]:
            place = self.cell(data)
            values.append(self.cell(b'vk' + struct.pack('<HIIIHH', len(value), len(data), place, kind,
                                                        1, 0) + value.encode('latin-1')))
        listed = self.cell(struct.pack('<%dI' % len(values), *values)) if values else 0xffffffff
        raw = name.encode('latin-1')
        return self.cell(b'nk' + struct.pack('<HQIIIIIIIIIIIIIIIHH', 0x20, 0, 0, 0, len(below), 0, keys,
                                             0xffffffff, len(values), listed, 0xffffffff, 0xffffffff,
                                             0, 0, 0, 0, 0, len(raw), 0) + raw)

    def bytes(self):
        self.bins = b'hbin'.ljust(32, b'\0')
        root = self.key('ROOT', self.tree)
        size = (len(self.bins) + 4095) // 4096 * 4096
        head = b'regf'.ljust(0x24, b'\0') + struct.pack('<II', root, size)
        return head.ljust(4096, b'\0') + self.bins.ljust(size, b'\0')


class Dbx:
    """A file of Outlook Express, of messages or of folders."""

    def __init__(self, kind):
        self.data = bytearray(0x24BC)
        self.data[:8] = b'\xcf\xad\x12\xfe' + kind + b'\xfd\x74\x6f'
        self.records = []

    def message(self, text, flags):
        text, first, before = text.encode(), 0, 0
        for i in range(0, len(text), 512):
            at = len(self.data)
            part = text[i:i + 512]
            self.data += struct.pack('<IIHHI', at, 512, len(part), 0, 0) + part.ljust(512, b'\0')
            if before:
                struct.pack_into('<I', self.data, before + 12, at)
            first, before = first or at, at
        self.record([(0x81, flags), (0x84, first)], b'')

    def folder(self, number, parent, name, file='', root=''):
        texts = [t.encode('cp1252') + b'\0' for t in (name, file, root)]
        self.record([(0x80, number), (0x81, parent), (2, 0), (3, len(texts[0])),
                     (5, len(texts[0]) + len(texts[1]))], b''.join(texts))

    def record(self, attributes, data):
        at = len(self.data)
        data += b'\0' * (-len(data) % 4)
        self.data += struct.pack('<IIHBB', at, len(attributes) * 4 + len(data), 0, len(attributes), 0)
        self.data += b''.join(struct.pack('<I', tag | value << 8) for tag, value in attributes) + data
        self.records.append(at)

    def bytes(self):
        at = len(self.data)
        self.data += struct.pack('<IIIIBBHI', at, 0, 0, 0, 0, len(self.records), 0, 0)
        self.data += b''.join(struct.pack('<III', r, 0, 0) for r in self.records)
        struct.pack_into('<I', self.data, 0xC4, len(self.records))
        struct.pack_into('<I', self.data, 0xE4, at)
        return bytes(self.data)


def messages(*texts):
    d = Dbx(b'\xc5')
    for subject, flags in texts:
        d.message(mail(subject), flags)
    return d.bytes()


def identity(path):
    folders = Dbx(b'\xc6')
    folders.folder(1, 0, 'Local Folders', root='LocalStore')
    folders.folder(4, 1, 'Inbox', 'Inbox.dbx')
    folders.folder(5, 4, 'Müller & Söhne', 'Mller.dbx')
    write(path + '/Folders.dbx', folders.bytes())
    write(path + '/Inbox.dbx', messages(('x1', 0x80), ('x2', 0x80020)))
    write(path + '/Mller.dbx', messages(('x3', 0)))
    write(path + '/Pop3uidl.dbx', b'\xcf\xad\x12\xfe\xc7\xfd\x74\x6f')


def old(subject):
    text = mail(subject).encode()
    return b'JMF6'.ljust(84, b'\0') + struct.pack('<IIII', 0x7F007F00, 1, 16 + len(text),
                                                  len(text)) + text


def windows_98():
    write('98/WINDOWS/USER.DAT')
    write('98/WINDOWS/SYSTEM.DAT')
    data = '98/WINDOWS/Application Data/'
    write(data + 'Microsoft/Outlook Express/Mail/Inbox.mbx', old('o1'))
    write(data + 'Microsoft/Outlook Express/Mail/Inbox.idx')
    write(data + 'Microsoft/Address Book/Ann.wab')
    identity(data + 'Identities/{1}/Microsoft/Outlook Express')
    sample('98/WINDOWS/Local Settings/Application Data/Microsoft/Outlook/outlook.pst', 'ansi')


def windows_xp():
    home = 'xp/Documents and Settings/Ann/'
    write('xp/WINDOWS/system32/config/SOFTWARE')
    local = home + 'Local Settings/Application Data/'
    identity(local + 'Identities/{1}/Microsoft/Outlook Express')
    write('xp/Post/Inbox.dbx', messages(('p1', 0x80)))
    write(home + 'Application Data/Microsoft/Address Book/Ann.wab')
    sample(local + 'Microsoft/Outlook/Outlook.pst', 'ansi')
    sample('xp/Archive/2003.pst', 'ansi')
    hive = Hive()
    hive.text('Identities\\{1}', 'Username', 'Main Identity')
    hive.text('Identities\\{2}', 'Username', 'Büro')
    hive.text('Identities\\{2}\\Software\\Microsoft\\Outlook Express\\5.0', 'Store Root', 'C:\\Post\\',
              2)
    profile = 'Software\\Microsoft\\Windows NT\\CurrentVersion\\Windows Messaging Subsystem\\' \
        'Profiles\\Outlook\\0a0d'
    hive.text(profile, '001f6700', 'C:\\Archive\\2003.pst', 3)
    hive.text(profile, '001f3001', 'Archive Folders', 3)
    write(home + 'NTUSER.DAT', hive.bytes())


def windows_7():
    write('7/Windows/System32/config/SOFTWARE')
    home = '7/Users/Ann/'
    live = home + 'AppData/Local/Microsoft/Windows Live Mail/'
    write(live + 'Mail.MSMessageStore', b'\0\0\0\0\xef\xcd\xab\x89')
    write(live + 'Pop.exampl (ann) 111/account{2}.oeaccount', (
        '\ufeff<?xml version="1.0" encoding="utf-16"?><MessageAccount>'
        '<Account_Name type="SZ">ann@example.org</Account_Name>'
        '<POP3_Server type="SZ">pop.example.org</POP3_Server></MessageAccount>').encode('utf-16-le'))
    write(live + 'Pop.exampl (ann) 111/Inbox/1A2B3C4D-00000001.eml', mail('l1'))
    write(live + 'Storage Folders/Old/1A2B3C4D-00000002.eml', mail('l2'))
    write(live + 'Storage Folders/Old/winmail.fol')
    vista = home + 'AppData/Local/Microsoft/Windows Mail/'
    write(vista + 'Local Folders/Inbox/12345678-00000001.eml', mail('v1'))
    sample(home + 'Documents/Outlook Files/ann@example.org.pst', 'unicode')


def windows_10():
    write('10/Windows/System32/config/SOFTWARE')
    home = '10/Users/Ann/'
    sample(home + 'AppData/Local/Microsoft/Outlook/ann@example.org.ost', '4k')
    app = home + 'AppData/Local/Packages/microsoft.windowscommunicationsapps_8wekyb3d8bbwe/LocalState/'
    write(app + 'HxStore.hxd', b'Nostromoi')
    write(app + 'Files/S0/1/a.txt')
    os.symlink('/Users/Ann/AppData/Local', os.path.join(TOP, home, 'Local Settings'))


for make in (windows_98, windows_xp, windows_7, windows_10):
    make()
