# SPDX-License-Identifier: MIT
"""The program under test, and the comparison of what it says with what is true."""
import collections
import json
import os
import re
import shutil
import subprocess

Mail = collections.namedtuple("Mail", "essence flags tags")


class Report:
    def __init__(self):
        self.passed = self.failed = 0
        self.client = ""

    def check(self, what, ok, *details):
        """One line; details are shown when it failed."""
        self.passed += bool(ok)
        self.failed += not ok
        print(f"{'ok' if ok else 'FAILED'} {self.client}: {what}", flush=True)
        for detail in details if not ok else ():
            print("    " + str(detail)[:400])

    def same(self, what, have, want):
        """Counters, sets or plain values."""
        if isinstance(want, collections.Counter):
            details = [f"only in mailcask: {x}" for x in list((have - want).elements())[:5]]
            details += [f"missing: {x}" for x in list((want - have).elements())[:5]]
        elif isinstance(want, (set, frozenset)):
            details = [f"only in mailcask: {sorted(have - want, key=str)[:5]}",
                       f"missing: {sorted(want - have, key=str)[:5]}"]
        else:
            details = [f"have {have}, want {want}"]
        self.check(what, have == want, *details)


class Decoration:
    """What a client or a format adds to a message, and takes no part in the comparison."""

    def __init__(self, headers=(), from_line=False, quoting=None, envelope=None):
        self.headers = re.compile(rb"(?i)(" + b"|".join(headers) + rb")[ \t]*:") if headers else None
        self.from_line = from_line
        self.quoting = re.compile(quoting, re.M) if quoting else None
        self.envelope = re.compile(envelope) if envelope else None

    def essence(self, data, is_stored=False):
        """The message alone.  is_stored: as it lies in the client's file.

        Line ends, what ends the last line, and NUL (which Dovecot cannot send
        through IMAP) differ by the road that a message took.
        """
        data = data.replace(b"\r", b"").replace(b"\0", b"\x80")
        if is_stored and self.from_line and data.startswith(b"From "):
            data = data[data.index(b"\n") + 1:]
        if is_stored and self.envelope:
            data = self.envelope.sub(rb"\1", data)
        if is_stored and self.quoting:
            data = self.quoting.sub(rb"\1", data)
        head, gap, body = data.partition(b"\n\n")
        if self.headers:
            kept, dropping = [], False
            for line in head.split(b"\n"):
                if line[:1] not in (b" ", b"\t") or not kept and not dropping:
                    dropping = bool(self.headers.match(line))
                if not dropping:
                    kept.append(line)
            head = b"\n".join(kept)
        return (head + gap + body).strip(b"\n")


def named(essence):
    """A message for a human eye: its subject and length."""
    found = re.search(rb"(?im)^subject: *(.*)", essence)
    return (found.group(1).decode("utf-8", "replace")[:60] if found else "?", len(essence), hash(essence))


class Mailcask:
    def __init__(self, program, home, data):
        self.program, self.home, self.data = program, home, data
        self.environment = {"HOME": home, "USER": "pat", "LOGNAME": "pat", "TZ": "UTC",
                            "PATH": os.environ["PATH"]}

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments], env=self.environment, cwd=self.home,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=300)

    def rows(self, command, *arguments, data=True):
        done = self.run(command, "--json", *(("--data", self.data) if data else ()), *arguments)
        if done.returncode not in (0, 3, 4):
            raise RuntimeError(f"mailcask {command}: exit {done.returncode}: {done.stderr.decode()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def locate(self):
        return self.rows("locate", data=False)

    def backup(self):
        return self.rows("backup")[0]

    def mailboxes(self):
        return self.rows("list")

    def raw(self, message, mailbox):
        done = self.run("show", "--raw", "--mailbox", mailbox, "--data", self.data, message)
        if done.returncode != 0:
            raise RuntimeError(f"show {message} --mailbox {mailbox}: {done.stderr.decode()}")
        return done.stdout

    def contents(self, box, decoration):
        """[Mail] of a row of mailboxes()."""
        seen = {}
        out = []
        for row in self.rows("list", box["name"]):
            if row["id"] not in seen:
                seen[row["id"]] = decoration.essence(self.raw(row["id"], box["name"]), True)
            out.append(Mail(seen[row["id"]], frozenset(row["flags"]), frozenset(row["tags"])))
        return out

    def restore(self, directory):
        shutil.rmtree(directory, ignore_errors=True)
        return self.rows("restore", "--to", directory)[0]


def compare_mail(report, when, have, want):
    """Two dictionaries: folder (tuple of names) -> [Mail].  tags may be None: not known."""
    report.same(f"{when}: folders", set(have), set(want))
    both = sorted(set(have) & set(want))

    def all_of(side, fields):
        counter = collections.Counter()
        for folder in both:
            for mail in side[folder]:
                counter[("/".join(folder)[:40], named(mail.essence)) + fields(mail)] += 1
        return counter
    report.same(f"{when}: {sum(len(want[f]) for f in want)} messages, byte for byte",
                all_of(have, lambda m: ()), all_of(want, lambda m: ()))
    report.same(f"{when}: flags", all_of(have, lambda m: tuple(sorted(m.flags))),
                all_of(want, lambda m: tuple(sorted(m.flags))))
    if all(m.tags is not None for f in want for m in want[f]):
        report.same(f"{when}: tags", all_of(have, lambda m: tuple(sorted(m.tags))),
                    all_of(want, lambda m: tuple(sorted(m.tags))))


def compare_restored(report, mailcask, directory, stores, ignored):
    """Every file below the stores must come back: bytes, mode and time."""
    done = mailcask.restore(directory)
    report.same("restore: nothing failed", done["failed"], [])
    bad, count = [], 0
    for store in stores:
        files = [store]
        if os.path.isdir(store):
            files = [os.path.join(d, f) for d, _, names in os.walk(store) for f in names]
        for path in files:
            relative = os.path.relpath(path, mailcask.home)
            again = os.path.join(directory, relative)
            if os.path.islink(path) or re.search(ignored or "^$", relative):
                continue
            count += 1
            if not os.path.isfile(again):
                bad.append(f"not restored: {relative}")
                continue
            with open(path, "rb") as f, open(again, "rb") as g:
                if f.read() != g.read():
                    bad.append(f"other bytes: {relative}")
            a, b = os.stat(path), os.stat(again)
            if a.st_mode != b.st_mode or a.st_mtime_ns != b.st_mtime_ns:
                bad.append(f"other mode or time: {relative}")
    report.check(f"restore: {count} files, byte for byte", count > 0 and not bad, *bad[:8])
