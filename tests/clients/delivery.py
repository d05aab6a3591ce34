# SPDX-License-Identifier: MIT
"""procmail and maildrop, which file what comes in by rules; fetchmail and getmail hand it to them."""
import os
import re
import subprocess

import oddmail
from claws import number_of
from mailcask import Decoration, Mail, compare_mail, compare_restored

# procmail sets the length right, and quotes a line "From " but none ">From ";
# maildrop quotes both.
POST = Decoration([rb"Content-Length"], from_line=True, quoting=rb"^>(From )")
DROPPED = Decoration(from_line=True, quoting=rb"^>(>*From )")
PLAIN = Decoration([rb"Content-Length"], from_line=True)
PROCMAIL = """PATH=/usr/bin:/bin
MAILDIR=$HOME/post
DEFAULT=inbox
LOGFILE=$HOME/procmail.log

:0
* ^Subject: [0-9]*[0-3] [a-z]
kept/

:0
* ^Subject: [0-9]*[4-5] [a-z]
numbered/.

:0:
* ^Subject: [0-9]*[6-7] [a-z]
lists/a
"""
MAILDROP = """MAILDIR="@HOME@/dropped"
DEFAULT="$MAILDIR/in"

if (/^Subject: [0-9]*[0-3] /)
{
  to "$MAILDIR/kept"
}
if (/^Subject: [0-9]*[4-7] /)
{
  to "$MAILDIR/lists"
}
"""
GETMAIL = """[retriever]
type = SimplePOP3Retriever
server = 127.0.0.1
port = {pop}
username = alice
password_command = ("/bin/echo", "secret")
use_peek = false
[destination]
type = Maildir
path = ~/got/
[options]
delete = false
delivered_to = false
received = false
"""
FETCHMAIL = """set invisible
poll 127.0.0.1 protocol IMAP service {imap} username alice password secret
  sslproto '' keep fetchall no rewrite
  mda "/usr/bin/{mda}"
"""


# By itself it would go to the home that the system knows.
PROCMAIL_COMMAND = ["procmail", "-f", "anna@example.org", "-p", "HOME={home}", "{home}/.procmailrc"]


def prepare(server):
    server.add_user("alice", "maildir:~/Maildir:LAYOUT=fs")


def run(home, log, *command, letter=b""):
    environment = {"HOME": home, "PATH": os.environ["PATH"], "TZ": "UTC", "USER": "pat", "LOGNAME": "pat"}
    command = [word.format(home=home) for word in command]
    with open(log, "ab") as out:
        done = subprocess.run(command, env=environment, cwd=home, input=letter, stdout=out, stderr=out,
                              timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: see {log}")


def write(home, name, text):
    path = os.path.join(home, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, 0o600)


def sorted_by(letters, rules, default):
    """{folder: [letter]} as rules, pairs of a last digit's pattern and a folder, file them."""
    out = {}
    for letter in letters:
        number = number_of(letter)
        folder = next((f for digits, f in rules if re.search(digits + "$", number)), default)
        out.setdefault(folder, []).append(letter)
    return out


def mails(letters, decoration, flags=()):
    """What a letter says of itself is believed in an mbox alone."""
    out = []
    for letter in letters:
        has_flags = decoration is not PLAIN and b"\nX-Status: AF\n" in letter
        out.append(Mail(decoration.essence(letter, decoration is POST),
                        frozenset({"answered", "flagged", "seen"} if has_flags else flags),
                        frozenset({"stolen"} if has_flags else ())))
    return out


def expected(by_procmail, by_maildrop):
    """{(store, folder ...): [Mail]} of the letters that each of them was handed."""
    procmail = sorted_by(by_procmail, [("[0-3]", "kept"), ("[45]", "numbered"), ("[67]", "a")], "inbox")
    maildrop = sorted_by(by_maildrop, [("[0-3]", "kept"), ("[4-7]", "lists")], "in")
    return {("post", "kept"): mails(procmail["kept"], PLAIN),
            # Where no sequence says "unseen", MH means that all was seen.
            ("post/numbered", "numbered"): mails(procmail["numbered"], PLAIN, {"seen"}),
            ("post/lists/a", "a"): mails(procmail["a"], POST),
            ("post/inbox", "inbox"): mails(procmail["inbox"], POST),
            ("dropped/kept", "INBOX"): mails(maildrop["kept"], PLAIN),
            ("dropped/lists", "lists"): mails(maildrop["lists"], DROPPED),
            ("dropped/in", "in"): mails(maildrop["in"], DROPPED)}


def decoration_of(box, mailcask):
    if box["format"] != "mbox":
        return PLAIN
    return POST if box["store"].startswith(os.path.join(mailcask.home, "post")) else DROPPED


def listed(mailcask):
    return {(os.path.relpath(box["store"], mailcask.home), *box["mailbox"]):
            mailcask.contents(box, decoration_of(box, mailcask)) for box in mailcask.mailboxes()}


def fetched(home):
    """What getmail made of the letters: it writes some of them anew."""
    out = []
    for name in os.listdir(os.path.join(home, "got", "new")):
        with open(os.path.join(home, "got", "new", name), "rb") as f:
            out.append(f.read())
    return out


def drive(report, server, mailcask, work_directory):
    home, log = mailcask.home, os.path.join(work_directory, "delivery.log")
    # Rules go by the number in the subject; a letter without one goes nowhere else.
    letters = [x for x in oddmail.messages(116) if number_of(x).isdigit()]
    write(home, ".procmailrc", PROCMAIL)
    write(home, ".mailfilter", MAILDROP.replace("@HOME@", home))
    for directory in ("post/lists", "post/numbered", "dropped"):
        os.makedirs(os.path.join(home, directory))
    for name in ("dropped/kept", "got"):
        run(home, log, "maildirmake.maildrop", name)
    for letter in letters:
        run(home, log, *PROCMAIL_COMMAND, letter=letter)
        run(home, log, "maildrop", os.path.join(home, ".mailfilter"), letter=letter)
    report.same("backup: nothing failed", mailcask.backup()["failed"], [])
    compare_mail(report, "first night", listed(mailcask), expected(letters, letters))
    compare_restored(report, mailcask, os.path.join(work_directory, "restored"),
                     [row["path"] for row in mailcask.locate()], None)

    # Some of the mail once more, from a server: fetchmail breaks long lines, and
    # headers where they are broken.
    some = [x for x in letters if not re.search(rb"(?m)^Subject: \d+ (long_line|broken_header)", x)]
    server.deliver("alice", "Maildir", some)
    write(home, ".fetchmailrc", FETCHMAIL.format(
        imap=server.imap, mda=" ".join(PROCMAIL_COMMAND).format(home=home)))
    write(home, ".config/getmail/getmailrc", GETMAIL.format(pop=server.pop))
    run(home, log, "fetchmail")
    run(home, log, "getmail")
    got = fetched(home)
    report.same("getmail: all letters", len(got), len(some))
    report.same("second night: nothing failed", mailcask.backup()["failed"], [])
    compare_mail(report, "second night", listed(mailcask),
                 {**expected(letters + some, letters), ("got", "INBOX"): mails(got, PLAIN)})
