# SPDX-License-Identifier: MIT
"""Claws Mail: POP3 into MH, filed and marked by its filter rules; the IMAP cache."""
import contextlib
import os
import re

import oddmail
from mailcask import Decoration, Mail, compare_mail, compare_restored
from screen import Screen, wait_for

DECORATION = Decoration()
FOLDERS = ["Fetched", "Kept", "Kept/2024", "Übersicht", "日本語 メール 📬", "R&D & more", "with.dots", "12345",
           "two  blanks 100%", "L" * 140]
TAGS = {1: "Überfällig", 2: "to do"}
# What the rules do: numbers of messages, the action, and what is left to see of it.
RULES = [
    ("2[0-4]", "mark", {"flagged"}, set()),
    ("3[0-4]", "mark_as_read", {"seen"}, set()),
    ("4[0-2]", 'set_tag "Überfällig"', set(), {"Überfällig"}),
    ("42", 'set_tag "to do"', set(), {"to do"}),
    ("24", "mark_as_read", {"seen"}, set()),
]
MOVES = {"5[0-9]": "Kept", "6[0-4]": "Kept/2024", "7[0-2]": "Übersicht", "7[3-5]": "日本語 メール 📬",
         "7[6-7]": "R&D & more", "7[8-9]": "with.dots", "8[0-1]": "12345", "8[2-3]": "two  blanks 100%",
         "8[4-5]": "L" * 140}
COPIES = {"9[0-4]": "Kept/2024"}


def number_of(letter):
    found = re.search(rb"(?m)^Subject: (\d+)", letter)
    return found.group(1).decode() if found else ""


def prepare(server):
    server.add_user("bob", "maildir:~/Maildir")
    server.add_user("alice", "maildir:~/Maildir:LAYOUT=fs")


def settings(server):
    account = """[Account: {id}]
account_name={user}
name={user}
address={user}@example.org
protocol={protocol}
receive_server=127.0.0.1
user_id={user}
password=secret
inbox=#mh/Mail/inbox
set_{kind}port=1
{kind}_port={port}
ssl_{kind}=0
remove_mail=0
receive_at_get_all=1
filter_on_receive=1
"""
    folders = "".join(f'<folderitem type="normal" name="{os.path.basename(f)}" path="{f}"/>\n'
                      for f in FOLDERS if f not in ("Kept", "Kept/2024")).replace("&", "&amp;")
    rules = [f'enabled rulename "{n}" account 0 subject regexp "^{n} " {action}' for n, action, _, _ in RULES]
    # Copying makes Claws fetch and cache messages of the IMAP account.
    rules += ['enabled rulename "fetch" account 0 subject regexp "^3[0-9][0-9] " copy "#mh/Mail/Fetched"']
    rules += [f'enabled rulename "{n}" account 0 subject regexp "^{n} " {what} "#mh/Mail/{to}"'
              for what, table in (("copy", COPIES), ("move", MOVES)) for n, to in table.items()]
    return {
        "accountrc": account.format(id=1, user="bob", protocol=0, kind="pop", port=server.pop) +
        account.format(id=2, user="alice", protocol=3, kind="imap", port=server.imap),
        "folderlist.xml": f"""<?xml version="1.0" encoding="UTF-8"?>
<folderlist>
<folder type="mh" name="Mail" path="Mail" collapsed="0">
<folderitem type="inbox" name="inbox" path="inbox"/>
<folderitem type="outbox" name="sent" path="sent"/>
<folderitem type="draft" name="draft" path="draft"/>
<folderitem type="queue" name="queue" path="queue"/>
<folderitem type="trash" name="trash" path="trash"/>
<folderitem type="normal" name="Kept" path="Kept"><folderitem type="normal" name="2024" path="Kept/2024"/></folderitem>
{folders}</folder>
<folder type="imap" name="alice" account_id="2" collapsed="0">
<folderitem type="inbox" name="INBOX" path="INBOX"/>
</folder>
</folderlist>
""",
        "matcherrc": "[filtering]\n" + "\n".join(rules) + "\n",
        "tagsrc": f"max_id {max(TAGS)}\n" + "".join(f"{i}\t{name}\n" for i, name in TAGS.items()),
        "clawsrc": "[Common]\n",
    }


def expected(letters):
    """{folder: [Mail]} after the rules."""
    out = {("inbox",): []}
    for letter in letters:
        number = number_of(letter)
        flags, tags = set(), set()
        for pattern, _, more_flags, more_tags in RULES:
            if re.fullmatch(pattern, number):
                flags |= more_flags
                tags |= more_tags
        mail = Mail(DECORATION.essence(letter), frozenset(flags), frozenset(tags))
        home = next((to for n, to in MOVES.items() if re.fullmatch(n, number)), "inbox")
        out.setdefault(tuple(home.split("/")), []).append(mail)
        for pattern, to in COPIES.items():
            if re.fullmatch(pattern, number):
                out.setdefault(tuple(to.split("/")), []).append(mail)
    return out


def listed(mailcask, account):
    return {tuple(box["mailbox"]): mailcask.contents(box, DECORATION)
            for box in mailcask.mailboxes() if box["account"] == account}


@contextlib.contextmanager
def running(home, log):
    """Claws Mail on a screen of its own; it is told to quit at the end."""
    screen = Screen(home, log)
    try:
        claws = screen.start("claws-mail")
        wait_for("Claws Mail", lambda: screen.run("claws-mail", "--status")[:1].isdigit())
        yield screen
        screen.run("claws-mail", "--exit")
        wait_for("the end of Claws Mail", lambda: claws.poll() is not None, 30)
    finally:
        screen.close()


def drive(report, server, mailcask, work_directory):
    letters = oddmail.messages(150)
    server.folders("alice", oddmail.FOLDERS)
    server.deliver("bob", "Maildir", letters)
    online = [m for m in oddmail.messages(40, 300) if number_of(m)]
    server.deliver("alice", "Maildir", online)
    where = os.path.join(mailcask.home, ".claws-mail")
    os.makedirs(where)
    for name, text in settings(server).items():
        with open(os.path.join(where, name), "w", encoding="utf-8") as f:
            f.write(text)
    for name in ["inbox", "sent", "draft", "queue", "trash"] + FOLDERS:
        os.makedirs(os.path.join(mailcask.home, "Mail", name))
    log = os.path.join(work_directory, "claws.log")
    with running(mailcask.home, log) as screen:
        screen.run("claws-mail", "--receive-all")
        fetched = os.path.join(mailcask.home, "Mail", "Fetched")
        wait_for("the mail", lambda: len(os.listdir(fetched)) > len(online))
        report.check("running is said", all(row["running"] for row in mailcask.locate()))
        report.same("backup while it runs: nothing failed", mailcask.backup()["failed"], [])
    report.check("after quitting, running is not said", not any(r["running"] for r in mailcask.locate()))
    mailcask.backup()
    want = expected(letters)
    want["Fetched",] = [Mail(DECORATION.essence(m), frozenset(), frozenset()) for m in online]
    for name in ["inbox", "sent", "draft", "queue", "trash"] + FOLDERS:
        want.setdefault(tuple(name.split("/")), [])
    compare_mail(report, "first night", listed(mailcask, "Mail"), want)
    compare_mail(report, "IMAP cache", listed(mailcask, "alice"), {("INBOX",): want["Fetched",]})
    stores = [row["path"] for row in mailcask.locate()]
    compare_restored(report, mailcask, os.path.join(work_directory, "restored"), stores, r"/\.claws_cache$")

    with running(mailcask.home, log) as screen:
        # Every message of a folder is marked, which opens the first: it is read then.
        screen.run("claws-mail", "--select", "#mh/Mail/Kept")
        screen.press("ctrl+a", "asterisk")
    done = mailcask.backup()
    report.same("second night, flags only: nothing saved anew", (done["saved"], done["failed"]), (0, []))
    have = listed(mailcask, "Mail")
    report.check("second night: what was marked", all("flagged" in m.flags for m in have["Kept",]),
                 *have["Kept",])
    have["Kept",] = [m._replace(flags=frozenset()) for m in have["Kept",]]
    compare_mail(report, "second night", have, want)
