#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Search beside a linear scan: search_oracle.py PROGRAM DIRECTORY QUERIES SEED

Makes a Maildir of invented mail in DIRECTORY, backs it up, and asks QUERIES
generated queries.  Prints each that is answered with other messages than the
scan finds; exit 1 when there is one.
"""
import datetime
import json
import os
import random
import subprocess
import sys
import unicodedata

WORDS = ["harbour", "Harbor", "crane", "dues", "rope", "a", "I", "x_y", "e-mail", "don't", "3.14",
         "v2", "Müller", "muller", "Straße", "STRASSE", "Łódź", "Mu\u0308nze", "Søren", "Привет",
         "Ёлка", "елки", "Αθήνα", "ΑΘΗΝΑ", "会議", "会議室", "日本語テスト", "中文", "한국어", "한국",
         "สวัสดี", "שלום", "مرحبا", "post@mail.example.org", "OR", "not", "NEAR", "subject"]
LETTERS = {"ß": "ss", "ø": "o", "ł": "l", "æ": "ae"}


def alone(c):
    return 0xe00 < ord(c) < 0xe80 or 0x3040 < ord(c) < 0xa000 or 0xac00 <= ord(c) < 0xd7b0


def tokens(text):
    out, word = [], ""
    for c in unicodedata.normalize("NFC", text) + " ":
        folded = "".join(LETTERS.get(d, d) for d in unicodedata.normalize("NFD", c.lower())
                         if not 0x300 <= ord(d) < 0x370)
        if folded.isalnum() and not alone(c):
            word += folded.replace("ς", "σ")
            continue
        out += [word] if word else []
        out += [c] if alone(c) else []
        word = ""
    return out


class Message:
    def __init__(self, r, n):
        def some(most):
            return " ".join(r.choice(WORDS) for _ in range(r.randint(0, most)))
        self.id = f"m{n}@example.org"
        self.date = datetime.date(2024, 1, 1) + datetime.timedelta(days=r.randint(0, 700))
        self.flags = "".join(f for f in "DFRS" if r.random() < 0.4)
        self.folder = r.choice(["", ".Harbour", ".Harbour.Crane", ".Sent"])
        self.subject, self.text, people = some(5), some(25), [some(2) for _ in range(3)]
        self.columns = {"subject": tokens(self.subject), "from": tokens(people[0]),
                        "to": tokens(people[1] + "\n" + people[2]), "text": tokens(self.text)}
        self.raw = (f"Message-ID: <{self.id}>\nDate: {self.date:%d %b %Y} 12:00:00 +0000\n"
                    f"Subject: {self.subject}\nFrom: {people[0]}\nTo: {people[1]}\nCc: {people[2]}\n"
                    f"Content-Type: text/plain; charset=utf-8\n\n{self.text}\n").encode()


def holds(column, wanted, prefix):
    n = len(wanted)
    return any(column[i:i + n - 1] == wanted[:-1] and
               (column[i + n - 1].startswith(wanted[-1]) if prefix else column[i + n - 1] == wanted[-1])
               for i in range(len(column) - n + 1))


def word_term(r):
    field = r.choice(["", "", "", "subject", "from", "to"])
    words = [r.choice(WORDS) for _ in range(r.choice([1, 1, 1, 2]))]
    prefix = r.random() < 0.2
    if prefix:
        words[-1] = words[-1][:r.randint(1, len(words[-1]))]
    text, wanted = " ".join(words), tokens(" ".join(words))
    if not wanted or (words[-1][-1] in "\u0308-'._@"):
        return word_term(r)
    quoted = len(words) > 1 or text in ("OR", "NOT", "AND") or r.random() < 0.2
    shown = (field + ":" if field else "") + (f'"{text}"' if quoted else text) + ("*" if prefix else "")

    def test(m):
        columns = [m.columns[field]] if field else m.columns.values()
        return any(holds(c, wanted, prefix) for c in columns)
    return shown, test


def other_term(r):
    day = datetime.date(2024, 1, 1) + datetime.timedelta(days=r.randint(0, 700))
    flag, letter = r.choice([("flagged", "F"), ("answered", "R"), ("draft", "D"), ("seen", "S")])
    size = r.randint(150, 500)
    return r.choice([
        (f"is:{flag}", lambda m: letter in m.flags), ("is:unread", lambda m: "S" not in m.flags),
        (f"date:{day}", lambda m: m.date == day), (f"before:{day}", lambda m: m.date < day),
        (f"date:{day:%Y-%m}..", lambda m: m.date >= day.replace(day=1)),
        (f"after:{day}", lambda m: m.date >= day), (f"larger:{size}", lambda m: len(m.raw) > size),
        (f"smaller:{size}", lambda m: len(m.raw) < size),
        ("folder:harbour", lambda m: "Harbour" in m.folder),
        ("folder:crane", lambda m: "Crane" in m.folder), ("folder:sent", lambda m: m.folder == ".Sent"),
        (f"id:{(n := r.randint(0, 40), f'm{n}@example.org')[1]}", lambda m: m.id == f"m{n}@example.org"),
        ("is:deleted", lambda m: False), ("has:attachment", lambda m: False)])


def expression(r, depth):
    kind = r.choice(["term"] * 2 + (["and", "or", "not"] if depth > 0 else []))
    if kind == "term":
        return word_term(r) if r.random() < 0.7 else other_term(r)
    if kind == "not":
        shown, test = expression(r, depth - 1)
        return ("-" if r.random() < 0.5 else "NOT ") + f"({shown})", lambda m: not test(m)
    parts = [expression(r, depth - 1) for _ in range(r.randint(2, 3))]
    if kind == "and":
        between = r.choice([" ", " AND "])
        return "(" + between.join(p[0] for p in parts) + ")", lambda m: all(p[1](m) for p in parts)
    return "(" + " OR ".join(p[0] for p in parts) + ")", lambda m: any(p[1](m) for p in parts)


def main():
    program, directory, queries, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    r = random.Random(seed)
    mail = [Message(r, n) for n in range(60)]
    for n, m in enumerate(mail):
        for name in ("cur", "new", "tmp"):
            os.makedirs(f"{directory}/mail/{m.folder}/{name}", exist_ok=True)
        with open(f"{directory}/mail/{m.folder}/cur/{n}.x:2,{m.flags}", "wb") as f:
            f.write(m.raw)
    os.makedirs(f"{directory}/mail/cur", exist_ok=True)
    options = ["--data", f"{directory}/data"]
    subprocess.run([program, "backup", "--quiet", *options, f"{directory}/mail"], check=True)
    wrong = 0
    for _ in range(queries):
        shown, test = expression(r, 3)
        run = subprocess.run([program, "search", "--json", *options, "--", shown], text=True,
                             stdout=subprocess.PIPE, check=False)
        have = sorted(json.loads(line)["message_id"] for line in run.stdout.splitlines())
        want = sorted(m.id for m in mail if test(m))
        if run.returncode != 0 or have != want:
            wrong += 1
            print(f"{shown}: exit {run.returncode}\n  have {have}\n  want {want}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
