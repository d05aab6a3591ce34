# SPDX-License-Identifier: MIT
"""Sylpheed: POP3 into MH, filed and marked by its filter rules."""
import contextlib
import os
import re

import oddmail
from claws import COPIES, DECORATION, FOLDERS, MOVES, number_of
from mailcask import Mail, compare_mail, compare_restored
from screen import Screen, wait_for

# Numbers of messages, the action of the rule, and the flag that is left of it.
RULES = [("2[0-4]", "mark", "flagged"), ("3[0-4]", "mark-as-read", "seen")]
SPECIAL = {"inbox": "inbox", "sent": "outbox", "draft": "draft", "queue": "queue", "trash": "trash",
           "junk": "junk"}


def prepare(server):
    server.add_user("bob", "maildir:~/Maildir")


def settings(server):
    folders = "".join(f'<folderitem type="{kind}" name="{name}" path="{name}"/>\n'
                      for name, kind in SPECIAL.items())
    folders += "".join(f'<folderitem type="normal" name="{os.path.basename(f)}" path="{f}"/>\n'
                       for f in FOLDERS if f not in ("Kept", "Kept/2024")).replace("&", "&amp;")

    def rule(pattern, action):
        return (f'<rule name="{pattern}" timing="any" enabled="true"><condition-list bool="and">'
                f'<match-header type="regex" name="Subject">^{pattern} </match-header></condition-list>'
                f'<action-list>{action}</action-list></rule>\n').replace("&", "&amp;")
    rules = [rule(n, f"<{action}/>") for n, action, _ in RULES]
    rules += [rule(n, f"<copy>#mh/Mail/{to}</copy>") for n, to in COPIES.items()]
    rules += [rule(n, f"<move>#mh/Mail/{to}</move>") for n, to in MOVES.items()]
    return {
        "accountrc": f"""[Account: 1]
account_name=bob
is_default=1
name=bob
address=bob@example.org
protocol=0
receive_server=127.0.0.1
smtp_server=127.0.0.1
user_id=bob
password=secret
inbox=inbox
set_popport=1
pop_port={server.pop}
ssl_pop=0
remove_mail=0
receive_at_get_all=1
filter_on_receive=1
""",
        "folderlist.xml": f"""<?xml version="1.0" encoding="UTF-8"?>
<folderlist>
<folder type="mh" name="Mail" path="Mail">
<folderitem type="normal" name="Kept" path="Kept"><folderitem type="normal" name="2024" path="Kept/2024"/></folderitem>
{folders}</folder>
</folderlist>
""",
        "filter.xml": '<?xml version="1.0" encoding="UTF-8"?>\n<filter>\n' + "".join(rules) + "</filter>\n",
        "sylpheedrc": "[Common]\nenable_junk=0\nclean_trash_on_exit=0\nautochk_newmail=0\n",
    }


def expected(letters):
    """{folder: [Mail]} after the rules.  Sylpheed loses what follows a NUL in its line."""
    out = {(name,): [] for name in SPECIAL}
    out.update({tuple(name.split("/")): [] for name in FOLDERS})
    for letter in letters:
        number = number_of(letter)
        flags = frozenset(flag for pattern, _, flag in RULES if re.fullmatch(pattern, number))
        mail = Mail(DECORATION.essence(re.sub(rb"\0[^\n]*\n?", b"", letter)), flags, frozenset())
        home = next((to for n, to in MOVES.items() if re.fullmatch(n, number)), "inbox")
        copies = [to for n, to in COPIES.items() if re.fullmatch(n, number)]
        for name in [home] + copies:
            out[tuple(name.split("/"))].append(mail)
    return out


def listed(mailcask):
    return {tuple(box["mailbox"]): mailcask.contents(box, DECORATION) for box in mailcask.mailboxes()}


@contextlib.contextmanager
def running(home, log):
    """Sylpheed on a screen of its own; it is told to quit at the end."""
    screen = Screen(home, log)
    try:
        sylpheed = screen.start("sylpheed")
        wait_for("Sylpheed", lambda: any("Sylpheed" in w for w in screen.windows()))
        yield screen
        screen.run("sylpheed", "--exit")
        wait_for("the end of Sylpheed", lambda: sylpheed.poll() is not None, 30)
    finally:
        screen.close()


def drive(report, server, mailcask, work_directory):
    letters = oddmail.messages(150)
    server.deliver("bob", "Maildir", letters)
    where = os.path.join(mailcask.home, ".sylpheed-2.0")
    os.makedirs(where)
    for name, text in settings(server).items():
        with open(os.path.join(where, name), "w", encoding="utf-8") as f:
            f.write(text)
    for name in list(SPECIAL) + FOLDERS:
        os.makedirs(os.path.join(mailcask.home, "Mail", name))
    log = os.path.join(work_directory, "sylpheed.log")
    with running(mailcask.home, log) as screen:
        screen.run("sylpheed", "--receive-all")
        inbox = os.path.join(mailcask.home, "Mail", "inbox")
        want = expected(letters)
        wait_for("the mail", lambda: sum(n.isdigit() for n in os.listdir(inbox)) == len(want["inbox",]))
        report.check("running is said", all(row["running"] for row in mailcask.locate()))
        report.same("backup while it runs: nothing failed", mailcask.backup()["failed"], [])
    report.check("after quitting, running is not said", not any(r["running"] for r in mailcask.locate()))
    mailcask.backup()
    compare_mail(report, "first night", listed(mailcask), want)
    stores = [row["path"] for row in mailcask.locate()]
    compare_restored(report, mailcask, os.path.join(work_directory, "restored"), stores, r"/\.sylpheed_cache$")

    with running(mailcask.home, log) as screen:
        # Every message of the inbox is marked.
        screen.press("Home", "Down", "space", "ctrl+a", "asterisk")
    done = mailcask.backup()
    report.same("second night, flags only: nothing saved anew", (done["saved"], done["failed"]), (0, []))
    have = listed(mailcask)
    report.check("second night: what was marked", all("flagged" in m.flags for m in have["inbox",]),
                 *have["inbox",])
    want["inbox",] = [m._replace(flags=m.flags | {"flagged"}) for m in want["inbox",]]
    # The one that was shown meanwhile is read now.
    for side in (have, want):
        side["inbox",] = [m._replace(flags=m.flags - {"seen"}) for m in side["inbox",]]
    compare_mail(report, "second night", have, want)
