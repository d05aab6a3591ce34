# SPDX-License-Identifier: MIT
"""Odd mail, the same at every run.

Each message is bytes with LF line ends, as a server would keep them.  Its
Subject begins with "N kind", so that a client can be told by number which
ones to mark, and a failure names what is odd about it.
"""
import base64
import random

KINDS = []


def kind(make):
    KINDS.append(make)
    return make


class Letter:
    """One message to be built: number, random generator, header and body."""

    def __init__(self, number, name):
        self.number = number
        self.random = random.Random(number)
        self.header = [
            b"From: Anna Berg <anna@example.org>",
            b"To: Pat Example <pat@example.org>",
            b"Subject: %d %s" % (number, name.encode()),
            b"Date: Tue, %02d Mar 2022 10:%02d:00 +0000" % (number % 28 + 1, number % 60),
            b"Message-ID: <odd%d@example.org>" % number,
        ]
        self.body = b"Letter %d.\nIt says nothing much.\n" % number

    def without(self, name):
        start = name.lower() + b":"
        self.header = [line for line in self.header if not line.lower().startswith(start)]
        return self

    def replace(self, name, value):
        self.without(name)
        self.header.append(name + b": " + value)
        return self

    def mime(self, content_type, encoding=None):
        self.header.append(b"MIME-Version: 1.0")
        self.header.append(b"Content-Type: " + content_type)
        if encoding:
            self.header.append(b"Content-Transfer-Encoding: " + encoding)
        return self

    def noise(self, count):
        return bytes(self.random.randrange(256) for _ in range(count))

    def bytes(self):
        return b"\n".join(self.header) + b"\n\n" + self.body


@kind
def plain(m):
    pass


@kind
def from_lines(m):
    m.body = (b"From the beginning to the end\n\nFrom anna@example.org Tue Mar  1 10:00:00 2022\n"
              b"Subject: no header\n\n>From quoted once\n>>From quoted twice\n From indented\nFrom\n")


@kind
def eight_bit(m):
    m.replace(b"Subject", b"%d eight_bit \xe5\xe4\xf6 without MIME" % m.number)
    m.body = b"Sm\xf6rg\xe5sbord \xa4 \x93quoted\x94 \xff\xfe\n"


@kind
def utf8_header(m):
    m.replace(b"Subject", b"%d utf8_header Gr\xc3\xbc\xc3\x9fe \xe8\xb5\xb7\xe9\x87\x8d" % m.number)
    m.mime(b"text/plain; charset=utf-8", b"8bit")
    m.body = "Grüße, 起重機 📬\n".encode()


@kind
def nul_bytes(m):
    m.body = b"before\0after\n\0\0\nend\n"


@kind
def long_line(m):
    m.body = b"x" * 70000 + b"\n" + b"y " * 3000 + b"\n"


@kind
def no_final_newline(m):
    m.body = b"the last line\nhas no end"


@kind
def headers_only(m):
    m.body = b""


@kind
def many_final_newlines(m):
    m.body = b"text\n\n\n\n"


@kind
def duplicate_id(m):
    m.replace(b"Message-ID", b"<always-the-same@example.org>")


@kind
def missing_id(m):
    m.without(b"Message-ID")


@kind
def missing_date(m):
    m.without(b"Date")


@kind
def old_date(m):
    m.replace(b"Date", b"Thu, 1 Jan 1969 00:00:00 -2359")


@kind
def attachment(m):
    m.mime(b'multipart/mixed; boundary="=_%d"' % m.number)
    data = base64.encodebytes(m.noise(3000 + m.number))
    m.body = (b"preamble\n--=_%d\nContent-Type: text/plain\n\nSee the file.\n--=_%d\n"
              b"Content-Type: application/octet-stream\n"
              b"Content-Disposition: attachment; filename*0*=utf-8''%%C3%%9Cber; filename*1=sicht.bin\n"
              b"Content-Transfer-Encoding: base64\n\n%s--=_%d--\nepilogue\n"
              % (m.number, m.number, data, m.number))


@kind
def binary_attachment_open_end(m):
    m.mime(b"multipart/mixed; boundary=open")
    m.body = (b"--open\nContent-Type: application/pdf; name=\"=?iso-8859-1?Q?R=E4kning.pdf?=\"\n"
              b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(m.noise(400)))


@kind
def flowed(m):
    m.mime(b"text/plain; charset=us-ascii; format=flowed; delsp=yes")
    m.body = b"> quoted and \n> flowed \n>> deeper\n-- \nPat  \n trailing blanks   \n"


@kind
def nested(m):
    m.mime(b"multipart/digest; boundary=d")
    inner = b"From: carl@example.org\nSubject: inner\n\nFrom here\n"
    m.body = b"--d\n\n" + inner + b"\n--d\nContent-Type: message/rfc822\n\n" + inner + b"\n--d--\n"


@kind
def charsets(m):
    charset, data = m.random.choice([
        (b"koi8-r", "Привет".encode("koi8-r")), (b"shift_jis", "日本語".encode("shift_jis")),
        (b"gb18030", "中文𠀀".encode("gb18030")), (b"x-unknown-set", b"\x80\x81\xfe"),
        (b"utf-7", b"+AOQ-"), (b"windows-1252", b"\x80 \x99"),
        (b"iso-2022-jp", "日本".encode("iso-2022-jp"))])
    m.mime(b"text/plain; charset=" + charset, b"8bit")
    m.body = data + b"\n"


@kind
def encoded_words(m):
    m.replace(b"Subject", b"%d encoded_words =?utf-8?B?w4TDlg==?= =?utf-8?Q?_and?=\n"
              b" =?iso-8859-1?Q?=E4=F6?= =?broken?X?abc?= =?utf-8?Q?cut=C3?=" % m.number)


@kind
def bare_cr(m):
    m.body = b"one\rtwo\rthree\nfour\r\rfive\n"


@kind
def dot_lines(m):
    m.body = b".\n..\n...\n.hidden\n.\n"


@kind
def folded_headers(m):
    m.replace(b"To", b",\n\t".join(b"P%d <p%d@example.org>" % (i, i) for i in range(300)))
    m.header.append(b"X-Empty:")
    m.header.append(b"X-Tab:\tvalue\n \n\tafter a blank line of one space")


@kind
def broken_header(m):
    m.header.append(b"this line is no header")
    m.header.append(b": no name")
    m.header.append(b"Name with blanks : value")


@kind
def client_headers(m):
    m.header[:0] = [b"X-Mozilla-Status: 0009", b"X-Mozilla-Status2: 00000000",
                    b"Status: RO", b"X-Status: AF", b"X-Keywords: stolen", b"X-UIDL: abc",
                    b"Content-Length: 7", b"Lines: 1"]


@kind
def html_only(m):
    m.mime(b"text/html; charset=utf-8", b"quoted-printable")
    m.body = b"<html><body><p>Caf=C3=A9 <img src=3D\"http://example.org/x\"></p>=\n</body></html>\n"


@kind
def uuencoded(m):
    m.body = b"begin 644 cat.txt\n#0V%T\n`\nend\n"


@kind
def deep_parts(m):
    depth = 30
    text = b"Content-Type: text/plain\n\nthe core\n"
    for level in range(depth):
        text = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n%s\n--b%d--\n"
                % (level, level, text, level))
    m.header.append(b"MIME-Version: 1.0")
    head, m.body = text.split(b"\n\n", 1)
    m.header.append(head)


@kind
def empty_subject(m):
    m.replace(b"Subject", b"")


@kind
def big(m):
    m.mime(b"application/octet-stream", b"base64")
    m.body = base64.encodebytes(m.noise(200000))


def messages(count, first=1):
    """count messages, their numbers from first on; all kinds come by turns."""
    made = []
    for number in range(first, first + count):
        make = KINDS[number % len(KINDS)]
        letter = Letter(number, make.__name__)
        make(letter)
        made.append(letter.bytes())
    return made


# Each name is a list of levels.  Not all clients and servers take all.
FOLDERS = [
    ["Archive"],
    ["Archive", "2023"],
    ["Übersicht"],
    ["日本語 メール 📬"],
    ["R&D & more"],
    ["with.dots"],
    ["two  blanks and 100%"],
    ["semi;colon, (brackets) #hash"],
    ["12345"],
    ["L" * 140],
]
