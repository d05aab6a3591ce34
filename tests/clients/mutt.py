# SPDX-License-Identifier: MIT
"""mutt: mail copied from IMAP into mbox, Maildir and MH, then marked, moved and deleted."""
import os
import re

import oddmail
import terminal
from claws import number_of
from mailcask import Decoration, Mail, compare_mail, compare_restored

LATER = "6[0-4]"
HEADERS = [rb"Status", rb"X-Status", rb"Content-Length", rb"Lines"]
DECORATION = {"mbox": Decoration(HEADERS, from_line=True), "maildir": Decoration(HEADERS),
              "mh": Decoration(HEADERS)}
# One mailbox of each kind, and what is moved out of each of them.
KINDS = {"mbox": "Büro & more", "Maildir": "dir with blanks", "MH": "12345"}
MARKS = {"2[0-4]": ("<set-flag>!", {"flagged"}), "3[0-4]": ("<set-flag>r", {"answered", "seen"}),
         "3[2-6]": ("<clear-flag>N", {"seen"})}
MOVED, DELETED = "4[0-9]", "5[0-2]"


def prepare(server):
    server.add_user("alice", "maildir:~/Maildir:LAYOUT=fs")


def settings():
    boxes = " ".join(f'"={name}"' for box in KINDS.values() for name in (box, box + " kept"))
    return f"""set folder=~/mail
set spoolfile="=inbox" mbox=~/mbox record="=sent"
set delete=yes quit=yes move=no confirmappend=no confirmcreate=no wait_key=no
set header_cache=~/.cache/mutt sort=mailbox-order ssl_starttls=no ssl_force_tls=no
set imap_pass=secret
mailboxes {boxes}
"""


def push(keys):
    """Quotes in the keys must survive the string that they stand in."""
    return 'push "' + keys.replace("\\", "\\\\").replace('"', '\\"') + '"'


def mutt(mailcask, log, box, kind, keys):
    terminal.run([mailcask.client, "-n", "-e", f"set mbox_type={kind}", "-e", push(keys), "-f", box],
                 mailcask.home, log)


def typed(name):
    """As typed at a prompt, where a blank would complete the name."""
    return name.replace(" ", "<quote-char> ")


def matching(pattern):
    return f'<tag-pattern>~s "^{pattern} "<enter>'


def fill(mailcask, server, log):
    """All mail of the server's inbox into a mailbox of each kind, then a person's work on it."""
    for kind, box in KINDS.items():
        inbox = f"imap://alice@127.0.0.1:{server.imap}/INBOX"
        mutt(mailcask, log, inbox, kind, f"<tag-pattern>~A<enter><tag-prefix><copy-message>={typed(box)}<enter><quit>")
        keys = ""
        for pattern, (action, _) in MARKS.items():
            keys += f"{matching(pattern)}<tag-prefix>{action}<untag-pattern>~A<enter>"
        keys += f"{matching(MOVED)}<tag-prefix><save-message>={typed(box + ' kept')}<enter>"
        keys += f'<delete-pattern>~s "^{DELETED} "<enter><quit>'
        mutt(mailcask, log, "=" + box, kind, keys)


def expected(letters, marks):
    """{folder: [Mail]}.  mutt believes flags in the header, and ends a header at a line that is none."""
    out = {}
    for kind, box in KINDS.items():
        decoration = DECORATION[kind.lower()]
        for letter in letters:
            number = number_of(letter)
            flags = {flag for n, (_, more) in marks.items() if re.fullmatch(n, number) for flag in more}
            tags = frozenset()
            if b"\nX-Status: AF\n" in letter:
                flags |= {"answered", "flagged", "seen"}
                # mutt leaves X-Keywords alone, by which c-client and Dovecot would go.
                tags = frozenset({"stolen"} if kind == "mbox" else ())
            stored = letter.replace(b"\nthis line is no header", b"\n\nthis line is no header")
            mail = Mail(decoration.essence(stored), frozenset(flags), tags)
            if not re.fullmatch(DELETED, number):
                name = box + " kept" if re.fullmatch(MOVED, number) else box
                out.setdefault((name,), []).append(mail)
    return out


def listed(mailcask):
    return {tuple(box["mailbox"]): mailcask.contents(box, DECORATION[box["format"]])
            for box in mailcask.mailboxes()}


def drive(report, server, mailcask, work_directory, program="mutt"):
    mailcask.client = program
    letters = oddmail.messages(116)
    server.deliver("alice", "Maildir", letters)
    log = os.path.join(work_directory, "terminal.log")
    os.makedirs(os.path.join(mailcask.home, "mail"))
    os.makedirs(os.path.join(mailcask.home, ".mutt"))
    with open(os.path.join(mailcask.home, ".muttrc"), "w", encoding="utf-8") as f:
        f.write(settings())
    fill(mailcask, server, log)
    report.same("backup: nothing failed", mailcask.backup()["failed"], [])
    compare_mail(report, "first night", listed(mailcask), expected(letters, MARKS))
    stores = [row["path"] for row in mailcask.locate()]
    compare_restored(report, mailcask, os.path.join(work_directory, "restored"), stores, None)

    for kind, box in KINDS.items():
        keys = f'{matching(LATER)}<tag-prefix><set-flag>!<untag-pattern>~A<enter><quit>'
        mutt(mailcask, log, "=" + box, kind, keys)
    done = mailcask.backup()
    report.same("second night, flags only: nothing saved anew", (done["saved"], done["failed"]), (0, []))
    marks = {**MARKS, LATER: ("<set-flag>!", {"flagged"})}
    compare_mail(report, "second night", listed(mailcask), expected(letters, marks))
