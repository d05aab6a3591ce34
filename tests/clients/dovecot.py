# SPDX-License-Identifier: MIT
"""Dovecot's own stores, each as the mail of a user's home."""
import base64
import os
import re

import oddmail
from mailcask import Decoration, Mail, Mailcask, compare_mail, compare_restored

STORES = {
    "maildir": "maildir:~/Maildir",
    "tree": "maildir:~/Maildir:LAYOUT=fs",
    "mbox": "mbox:~/mail:INBOX=~/mbox",
    "sdbox": "sdbox:~/sdbox",
    "mdbox": "mdbox:~/mdbox",
}
FLAGS = {r"\Seen": "seen", r"\Answered": "answered", r"\Flagged": "flagged", r"\Deleted": "deleted",
         r"\Draft": "draft", "$Forwarded": "forwarded"}
PLAIN = Decoration()
SDBOX = Decoration(envelope=rb"(?s)^2 M[^\n]*\n\001\002N[^\n]*\n(.*)\n\001\003\n.*")
MBOX = Decoration([rb"Status", rb"X-Status", rb"X-Keywords", rb"X-UID", rb"X-IMAP", rb"X-IMAPbase",
                   rb"Content-Length", rb"Lines"], from_line=True)


def prepare(server):
    # A copy can be made between stores of the same separator only.
    server.add_user("slash", "maildir:~/Maildir:LAYOUT=fs")
    server.add_user("dot", "maildir:~/Maildir")
    for user, location in STORES.items():
        server.add_user(user, location)


def decoded(name):
    """A mailbox name of IMAP's, without its quotes, in Unicode."""
    def wide(found):
        packed = found.group(1).replace(",", "/")
        return base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("utf-16-be") if packed else "&"
    name = name[1:-1].replace('\\"', '"').replace("\\\\", "\\") if name.startswith('"') else name
    return re.sub("&([^-]*)-", wide, name)


def work(server, user):
    """What a person does through IMAP."""
    imap = server.login(user)
    imap.select("INBOX")
    for numbers, flags in (("20:24", r"\Flagged"), ("30:34", r"\Answered"), ("32:39", r"\Seen"),
                           ("40:42", "wichtig"), ("42", "$Label1"), ("43", "$Forwarded"),
                           ("44", r"\Draft"), ("70:71", r"\Deleted")):
        imap.store(numbers, "+FLAGS", f"({flags})")
    imap.expunge()
    imap.copy("50:54", '"12345"')
    imap.store("72:73", "+FLAGS", r"(\Deleted)")
    imap.check()
    imap.unselect()
    imap.logout()


def expected(server, user, decoration):
    out = {}
    for name, messages in server.contents(user).items():
        levels = tuple(decoded(name).split(server.separators[user]))
        out[levels] = [
            Mail(decoration.essence(data), frozenset(FLAGS[f] for f in flags if f in FLAGS),
                 frozenset(f for f in flags if f not in FLAGS and f != r"\Recent"))
            for data, flags in messages]
    return out


def drive(report, server, mailcask, work_directory):
    # An mbox cannot have folders inside.
    folders = [f for f in oddmail.FOLDERS if f != ["Archive", "2023"]]
    server.folders("slash", folders)
    server.folders("dot", [f for f in oddmail.FOLDERS if f != ["with.dots"]], ".")
    for user, archive in (("slash", "Archive"), ("dot", ".Archive")):
        server.deliver(user, "Maildir", oddmail.messages(116))
        server.deliver(user, "Maildir/" + archive, oddmail.messages(20, 300))
    sources = {"slash": f"maildir:{server.home('slash')}/Maildir:LAYOUT=fs",
               "dot": f"maildir:{server.home('dot')}/Maildir"}
    for user in STORES:
        report.client = f"dovecot {user}"
        server.doveadm("backup", "-R", "-u", user, sources["dot" if user == "maildir" else "slash"])
        work(server, user)
        one = Mailcask(mailcask.program, server.home(user), os.path.join(work_directory, "data-" + user))
        decoration = {"mbox": MBOX, "sdbox": SDBOX}.get(user, PLAIN)

        def listed():
            out = {tuple(box["mailbox"]): one.contents(box, decoration) for box in one.mailboxes()}
            # Nothing in the home says that ~/mbox is what Dovecot calls INBOX.
            if user == "mbox":
                out["INBOX",] = out.pop(("mbox",))
            return out
        report.same("backup: nothing failed", one.backup()["failed"], [])
        compare_restored(report, one, os.path.join(work_directory, "restored"),
                         [row["path"] for row in one.locate()], r"dovecot[.-](?!keywords|uidlist)")
        compare_mail(report, "first night", listed(), expected(server, user, decoration))
        imap = server.login(user)
        imap.select("INBOX")
        imap.store("60:69", "+FLAGS", r"(\Flagged)")
        imap.check()
        imap.logout()
        done = one.backup()
        report.same("second night, flags only: nothing saved anew", (done["saved"], done["failed"]), (0, []))
        compare_mail(report, "second night", listed(), expected(server, user, decoration))
