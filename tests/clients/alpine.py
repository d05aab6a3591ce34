# SPDX-License-Identifier: MIT
"""Alpine: an mbox that is its inbox, marked, with mail copied out of it into folders."""
import os
import re

import oddmail
import terminal
from delivery import write
from mailcask import Decoration, Mail, compare_mail, compare_restored

MBOX = Decoration([rb"Status", rb"X-Status", rb"X-Keywords", rb"X-UID", rb"X-IMAP", rb"X-IMAPbase",
                   rb"Content-Length", rb"Lines"], from_line=True, quoting=rb"^>(From )")
# By itself it would go to the home that the system knows.
SETTINGS = """inbox-path={home}/incoming
folder-collections={home}/mail/[]
user-domain=example.org
feature-list=enable-aggregate-command-set,enable-flag-cmd,quit-without-confirm,
\texpunge-without-confirm,expunge-without-confirm-everywhere,save-will-not-delete,
\tno-enable-mouse-in-xterm,quell-content-id
last-version-used=9.99
last-time-prune-questioned=199.12
sort-key=arrival
"""
SEPARATOR = b"From anna@example.org Tue Mar  1 10:00:00 2022\n"
COPIED = {"kept": "20-49", "more": "60-69"}
MARKS = [("20-24", b"*", "flagged"), ("30-34", b"A", "answered")]
DELETED = "50-52"


def prepare(_):
    pass


def numbers(text):
    first, last = text.split("-")
    return range(int(first), int(last) + 1)


def as_mbox(letters):
    return b"".join(SEPARATOR + re.sub(rb"(?m)^From ", b">From ", letter.rstrip(b"\n")) + b"\n\n"
                    for letter in letters)


def alpine(home, log, keys):
    typed = [(4, keys[0])] + [(1, key) for key in keys[1:]] + [(2, b"Q")]
    terminal.run(["alpine", "-p", os.path.join(home, ".pinerc"), "-i"], home, log, typed, 110)


def selecting(these, *keys):
    return [b";", b"N", these.encode() + b"\r", b"A", *keys, b";", b"A"]


def expected(letters):
    """{(folder,): [Mail]}.  What a letter says of itself is believed."""
    mails = {}
    for number, letter in enumerate(letters, 1):
        flags = {flag for these, _, flag in MARKS if number in numbers(these)}
        if b"\nX-Status: AF\n" in letter:
            flags |= {"answered", "flagged", "seen"}
        mails[number] = Mail(MBOX.essence(letter, True), frozenset(flags), None)
    out = {(name,): [mails[n] for n in numbers(these)] for name, these in COPIED.items()}
    return {**out, ("incoming",): [mail for n, mail in mails.items() if n not in numbers(DELETED)]}


def listed(mailcask):
    return {tuple(box["mailbox"]): mailcask.contents(box, MBOX) for box in mailcask.mailboxes()}


def drive(report, _, mailcask, work_directory):
    home, log = mailcask.home, os.path.join(work_directory, "terminal.log")
    letters = oddmail.messages(116)
    write(home, ".pinerc", SETTINGS.format(home=home))
    for name in COPIED:
        write(home, "mail/" + name, "")
    with open(os.path.join(home, "incoming"), "wb") as f:
        f.write(as_mbox(letters))
    keys = []
    for these, key, _ in MARKS:
        keys += selecting(these, b"*", key)
    for name, these in COPIED.items():
        keys += selecting(these, b"S", name.encode() + b"\r")
    alpine(home, log, keys + selecting(DELETED, b"D"))
    report.same("backup: nothing failed", mailcask.backup()["failed"], [])
    compare_mail(report, "after a day's work", listed(mailcask), expected(letters))
    compare_restored(report, mailcask, os.path.join(work_directory, "restored"),
                     [row["path"] for row in mailcask.locate()], None)
