# SPDX-License-Identifier: MIT
"""mbsync (isync): an IMAP account in Maildirs, in each of its three styles of subfolders."""
import os
import subprocess

import oddmail
from dovecot import FLAGS, decoded
from mailcask import Decoration, Mail, compare_mail, compare_restored

DECORATION = Decoration([rb"X-TUID"])
STYLES = {"Verbatim": "verbatim", "Maildir++": "plus plus", "Legacy": "legacy"}


def prepare(server):
    server.add_user("alice", "maildir:~/Maildir:LAYOUT=fs")
    server.add_user("dot", "maildir:~/Maildir")


def settings(server):
    text = f"""IMAPAccount alice
Host 127.0.0.1
Port {server.imap}
User alice
Pass secret
SSLType None
AuthMechs LOGIN

IMAPStore far
Account alice
"""
    for style, name in STYLES.items():
        inbox = f"~/Mail/{name}" if style == "Maildir++" else f"~/Mail/{name}/INBOX"
        path = "" if style == "Maildir++" else f'Path "~/Mail/{name}/"\n'
        text += f"""
MaildirStore "{name}"
{path}Inbox "{inbox}"
SubFolders {style}

Channel "{name}"
Far :far:
Near ":{name}:"
Patterns * !with.dots
Create Near
Expunge Both
SyncState *
"""
    return text


def sync(home, log):
    with open(log, "ab") as out:
        done = subprocess.run(["mbsync", "-a"], env={"HOME": home, "PATH": os.environ["PATH"]}, cwd=home,
                              stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"mbsync ended with {done.returncode}: see {log}")


def store(server, numbers, flags):
    imap = server.login("alice")
    imap.select("INBOX")
    imap.store(numbers, "+FLAGS", f"({flags})")
    imap.expunge()
    imap.logout()


def expected(server):
    """{(style, folder ...): [Mail]}: mbsync carries no keywords but $Forwarded."""
    out = {}
    for name, messages in server.contents("alice").items():
        levels = decoded(name).split("/")
        mails = [Mail(DECORATION.essence(data), frozenset(FLAGS[f] for f in flags if f in FLAGS), None)
                 for data, flags in messages]
        if levels != ["with.dots"]:
            for style in STYLES.values():
                out[(style, *levels)] = mails
    return out


def listed(mailcask):
    return {(os.path.basename(box["store"]), *box["mailbox"]): mailcask.contents(box, DECORATION)
            for box in mailcask.mailboxes()}


def drive(report, server, mailcask, work_directory):
    server.folders("alice", oddmail.FOLDERS)
    server.deliver("alice", "Maildir", oddmail.messages(116))
    server.deliver("alice", "Maildir/Archive", oddmail.messages(20, 300))
    server.deliver("alice", "Maildir/Archive/2023", oddmail.messages(20, 330))
    for numbers, flags in (("20:24", r"\Flagged"), ("30:34", r"\Answered"), ("32:39", r"\Seen"),
                           ("43", "$Forwarded"), ("44", r"\Draft"), ("70:71", r"\Deleted")):
        store(server, numbers, flags)
    home, log = mailcask.home, os.path.join(work_directory, "mbsync.log")
    with open(os.path.join(home, ".mbsyncrc"), "w", encoding="utf-8") as f:
        f.write(settings(server))
    for name in STYLES.values():
        os.makedirs(os.path.join(home, "Mail", name))
    sync(home, log)
    report.same("backup: nothing failed", mailcask.backup()["failed"], [])
    compare_restored(report, mailcask, os.path.join(work_directory, "restored"),
                     [row["path"] for row in mailcask.locate()], None)
    compare_mail(report, "first night", listed(mailcask), expected(server))
    store(server, "60:69", r"\Flagged \Seen")
    sync(home, log)
    done = mailcask.backup()
    report.same("second night, flags only: nothing saved anew", (done["saved"], done["failed"]), (0, []))
    compare_mail(report, "second night", listed(mailcask), expected(server))
