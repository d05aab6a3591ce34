# SPDX-License-Identifier: MIT
"""OfflineIMAP: an IMAP account in a tree of Maildirs, folders inside folders."""
import os
import re

import oddmail
from delivery import run, write
from dovecot import FLAGS, decoded
from mailcask import Decoration, Mail, compare_mail, compare_restored
from mbsync import store

PLAIN = Decoration([rb"X-OfflineIMAP"])
REWRITTEN = [rb"binary_attachment_open_end", rb"bare_cr", rb"folded_headers", rb"broken_header"]
SETTINGS = """[general]
accounts = A
ui = quiet
[Account A]
localrepository = Local
remoterepository = Remote
[Repository Local]
type = Maildir
localfolders = ~/Mail/alice
sep = /
[Repository Remote]
type = IMAP
remotehost = 127.0.0.1
remoteport = {imap}
remoteuser = alice
remotepass = secret
ssl = no
starttls = no
auth_mechanisms = LOGIN
"""


def prepare(server):
    server.add_user("alice", "maildir:~/Maildir:LAYOUT=fs")


def expected(server):
    """{(folder ...): [Mail]}: OfflineIMAP carries no keywords."""
    return {tuple(decoded(name).split("/")): [
        Mail(PLAIN.essence(data), frozenset(FLAGS[f] for f in flags if f in FLAGS and f[0] == "\\"), None)
        for data, flags in messages] for name, messages in server.contents("alice").items()}


def listed(mailcask):
    return {tuple(box["mailbox"]): mailcask.contents(box, PLAIN) for box in mailcask.mailboxes()}


def letters(count, first=1):
    """Without those that Python's mail parser writes anew."""
    return [x for x in oddmail.messages(count, first)
            if not re.search(rb"(?m)^Subject: \d+ (" + rb"|".join(REWRITTEN) + rb")", x)]


def drive(report, server, mailcask, work_directory):
    server.folders("alice", oddmail.FOLDERS)
    server.deliver("alice", "Maildir", letters(160))
    server.deliver("alice", "Maildir/Archive", letters(28, 300))
    server.deliver("alice", "Maildir/Archive/2023", letters(28, 330))
    for numbers, flags in (("20:24", r"\Flagged"), ("30:34", r"\Answered"), ("32:39", r"\Seen"),
                           ("44", r"\Draft"), ("70:71", r"\Deleted")):
        store(server, numbers, flags)
    home, log = mailcask.home, os.path.join(work_directory, "offlineimap.log")
    write(home, ".offlineimaprc", SETTINGS.format(imap=server.imap))
    os.makedirs(os.path.join(home, "Mail"))
    run(home, log, "/usr/bin/offlineimap", "-o")
    report.same("backup: nothing failed", mailcask.backup()["failed"], [])
    compare_restored(report, mailcask, os.path.join(work_directory, "restored"),
                     [row["path"] for row in mailcask.locate()], None)
    compare_mail(report, "first night", listed(mailcask), expected(server))
    store(server, "60:69", r"\Flagged \Seen")
    run(home, log, "/usr/bin/offlineimap", "-o")
    done = mailcask.backup()
    report.same("second night, flags only: nothing saved anew", (done["saved"], done["failed"]), (0, []))
    compare_mail(report, "second night", listed(mailcask), expected(server))
