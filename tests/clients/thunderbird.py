# SPDX-License-Identifier: MIT
"""Thunderbird: POP3, IMAP kept offline, Local Folders; mbox and maildir stores."""
import base64
import os

import oddmail
from mailcask import Decoration, Mail, compare_mail, compare_restored
from marionette import Marionette

HEADERS = [rb"X-Mozilla-Status2?", rb"X-Mozilla-Keys", rb"X-Account-Key", rb"X-UIDL"]
DECORATION = {"mbox": Decoration(HEADERS, from_line=True, quoting=rb"^>(>*From )"),
              "maildir": Decoration(HEADERS)}
LOCAL = [["Kept mail"], ["Kept mail", "2024"], ["a/b slash"], ["trailing dot."], [".leading dot"],
         ["R" * 138], ["日本語 メール"], ["R&D 100%"], ["With \"quotes\" <and> more: *?|"], ["Empty"]]
NOT_LISTED = [["notes.sbd"], ["Inbox.msf"]]     # by Thunderbird itself, once it was restarted
SOURCE = os.path.join(os.path.dirname(__file__), "thunderbird.js")


class Thunderbird(Marionette):
    def do(self, call, *arguments):
        with open(SOURCE, encoding="utf-8") as f:
            return self.run(f.read() + f"return {call}(...args);", *arguments)

    def accounts(self, users, paths=None):
        """{(account, folder, ...): [Mail]} as Thunderbird shows it.

        An IMAP folder that was never opened has no mailbox: those that are
        not among the paths are left out, where these are given.
        """
        out = {}
        for user in users:
            for folder in self.do("dump", user):
                if folder["noSelect"] or paths is not None and folder["path"] not in paths:
                    continue
                key = (user or "Local Folders", *folder["names"])
                out[key] = [
                    Mail(DECORATION["maildir"].essence(base64.b64decode(m["raw"])), frozenset(m["flags"]),
                         frozenset(m["tags"]))
                    for m in folder["messages"]]
        return out


def prepare(server):
    server.add_user("bob", "maildir:~/Maildir")
    server.add_user("greta", "maildir:~/Maildir")
    server.add_user("alice", "maildir:~/Maildir:LAYOUT=fs")
    server.add_user("heidi", "maildir:~/Maildir")


def deliver(server):
    server.folders("alice", oddmail.FOLDERS)
    server.folders("heidi", [["a/b slash"], ["sub", "dotted"], ["Übersicht"]], ".")
    server.deliver("bob", "Maildir", oddmail.messages(250))
    server.deliver("greta", "Maildir", oddmail.messages(60, 500))
    server.deliver("alice", "Maildir", oddmail.messages(120))
    for number, levels in enumerate(oddmail.FOLDERS):
        server.deliver("alice", "Maildir/" + "/".join(mutf7(level) for level in levels),
                       oddmail.messages(8, 1000 + 10 * number))
    server.deliver("heidi", "Maildir", oddmail.messages(40, 600))
    server.deliver("heidi", "Maildir/.sub.dotted", oddmail.messages(10, 700))


def mutf7(name):
    from server import quoted
    return quoted(name)[1:-1]


def work(tb, server):
    """What a person does in the first session."""
    tb.run("ChromeUtils.importESModule('resource:///modules/MailServices.sys.mjs')"
           ".MailServices.accounts.createLocalMailAccount();")
    tb.do("addAccount", "pop3", "bob", server.pop, "mbox")
    tb.do("addAccount", "imap", "alice", server.imap, "mbox")
    tb.do("addAccount", "pop3", "greta", server.pop, "maildir")
    tb.do("addAccount", "imap", "heidi", server.imap, "maildir")
    overdue = tb.do("addTag", "Überfällig")
    tb.do("fetchPop", "bob")
    tb.do("fetchPop", "greta")
    tb.do("discover", "alice", len(oddmail.FOLDERS) + 1)
    tb.do("discover", "heidi", 5)
    tb.do("fetchImap", "alice", [[["INBOX"], 120]] + [[levels, 8] for levels in oddmail.FOLDERS])
    tb.do("fetchImap", "heidi", [[["INBOX"], 40], [["sub", "dotted"], 10]])
    for names in LOCAL + NOT_LISTED:
        tb.do("makeFolder", None, names)

    pop, imap = ["bob", ["Inbox"]], ["alice", ["INBOX"]]
    tb.do("transfer", pop, [None, ["Kept mail"]], list(range(1, 31)), True)
    tb.do("transfer", pop, [None, ["Kept mail", "2024"]], list(range(31, 51)), True)
    tb.do("transfer", [None, ["Kept mail"]], [None, ["a/b slash"]], list(range(1, 6)), True)
    tb.do("remove", [None, ["Kept mail"]], [7, 8])
    for at, names in enumerate(LOCAL[3:9] + NOT_LISTED):
        tb.do("transfer", imap, [None, names], list(range(60 + 3 * at, 63 + 3 * at)), False)
    tb.do("remove", pop, [60, 61, 62])
    tb.do("remove", imap, [20, 21, 22])
    tb.do("transfer", imap, ["alice", ["Archive"]], [30, 31, 32], True)
    tb.do("remove", ["greta", ["Inbox"]], [510, 511])
    tb.do("remove", ["heidi", ["INBOX"]], [610, 611])
    for user, inbox, first in (("bob", "Inbox", 100), ("alice", "INBOX", 50), ("greta", "Inbox", 520),
                               ("heidi", "INBOX", 615)):
        marks = ["read", "starred", "replied", "forwarded", "$label1", "$label4 " + overdue]
        for number, what in enumerate(marks):
            # Two of each, and one message that has it all.
            tb.do("mark", [user, [inbox]], [first + 2 * number, first + 2 * number + 1, first + 15], what)
    tb.do("compact", [None, ["Kept mail", "2024"]])


def listed(mailcask, tb_users):
    out = {}
    for box in mailcask.mailboxes():
        user = box["account"].split("@")[0]
        names = tuple(box["mailbox"])
        out[(user if user in tb_users else box["account"], *names)] = mailcask.contents(box, DECORATION[box["format"]])
    return out


def drive(report, server, mailcask, work_directory):
    users = ["bob", "alice", "greta", "heidi", None]
    log = os.path.join(work_directory, "thunderbird.log")
    deliver(server)
    tb = Thunderbird(mailcask.home, log)
    try:
        work(tb, server)
        report.check("running is said", all(row["running"] for row in mailcask.locate()))
        done = mailcask.backup()
        report.same("backup while it runs: nothing failed", done["failed"], [])
    finally:
        tb.quit()
    report.check("after quitting, running is not said", not any(r["running"] for r in mailcask.locate()))
    mailcask.backup()
    have = listed(mailcask, users)
    paths = {os.path.join(d, n) for d, dirs, files in os.walk(mailcask.home) for n in dirs + files}
    stores = [row["path"] for row in mailcask.locate()]
    compare_restored(report, mailcask, os.path.join(work_directory, "restored"), stores, None)

    tb = Thunderbird(mailcask.home, log)
    try:
        tb.do("login", users[:-1])
        for user in ("alice", "heidi"):
            tb.do("settle", user)
        want = tb.accounts(users, paths)
        for names in NOT_LISTED:
            key = ("Local Folders", *names)
            report.check(f"{names[0]} is found, which Thunderbird has forgotten", len(have.pop(key, [])) == 3)
            want.pop(key, None)
        compare_mail(report, "first night", have, want)
        tb.do("mark", ["bob", ["Inbox"]], list(range(200, 210)), "starred")
        tb.do("mark", ["alice", ["INBOX"]], list(range(90, 100)), "read")
        tb.do("mark", [None, ["Kept mail"]], [12, 13], "$label2")
        tb.do("mark", ["greta", ["Inbox"]], [540, 541], "replied")
        want = tb.accounts(users, paths)
    finally:
        tb.quit()
    done = mailcask.backup()
    report.same("second night, flags only: nothing saved anew", (done["saved"], done["failed"]), (0, []))
    have = listed(mailcask, users)
    for names in NOT_LISTED:
        have.pop(("Local Folders", *names), None)
        want.pop(("Local Folders", *names), None)
    compare_mail(report, "second night", have, want)
