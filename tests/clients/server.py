# SPDX-License-Identifier: MIT
"""A Dovecot of our own on loopback, for invented users.

It runs as whoever runs the tests, from a directory of its own, on ports that
nobody else has.  Every user's password is "secret".
"""
import imaplib
import os
import pwd
import grp
import socket
import subprocess
import time

PASSWORD = "secret"
CONFIG = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
listen = 127.0.0.1
protocols = imap pop3
ssl = no
disable_plaintext_auth = no
mail_max_userip_connections = 50
pop3_uidl_format = %g
mail_plugins = listescape
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {dir}/users
}}
userdb {{
  driver = passwd-file
  args = {dir}/users
}}
namespace inbox {{
  inbox = yes
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def quoted(name):
    """A mailbox name as IMAP wants it: modified UTF-7 in quotes."""
    out, wide = "", ""

    def flush():
        if not wide:
            return ""
        packed = __import__("base64").b64encode(wide.encode("utf-16-be")).decode()
        return "&" + packed.rstrip("=").replace("/", ",") + "-"
    for letter in name:
        if " " <= letter <= "~":
            out += flush() + ("&-" if letter == "&" else letter)
            wide = ""
        else:
            wide += letter
    out += flush()
    return '"' + out.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Server:
    def __init__(self, directory):
        self.dir = directory
        self.users = {}
        self.separators = {}
        self.imap, self.pop = free_port(), free_port()
        os.makedirs(directory, exist_ok=True)

    def home(self, user):
        return os.path.join(self.dir, "home", user)

    def add_user(self, user, location, home=None):
        """location as Dovecot's mail_location has it."""
        home = home or self.home(user)
        os.makedirs(home, exist_ok=True)
        self.users[user] = (location, home)
        with open(os.path.join(self.dir, "users"), "w") as f:
            for name, (where, directory) in self.users.items():
                f.write(f"{name}:{{PLAIN}}{PASSWORD}:{os.getuid()}:{os.getgid()}::{directory}::"
                        f"userdb_mail={where}\n")

    def start(self):
        config = os.path.join(self.dir, "dovecot.conf")
        with open(config, "w") as f:
            f.write(CONFIG.format(dir=self.dir, imap=self.imap, pop=self.pop,
                                  user=pwd.getpwuid(os.getuid()).pw_name,
                                  group=grp.getgrgid(os.getgid()).gr_name))
        self.process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", config])
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.imap)).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("Dovecot does not answer: see " + self.dir + "/dovecot.log")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def doveadm(self, *arguments):
        subprocess.run(["doveadm", "-c", os.path.join(self.dir, "dovecot.conf"), *arguments], check=True,
                       timeout=60)

    def login(self, user):
        imap = imaplib.IMAP4("127.0.0.1", self.imap)
        imap.login(user, PASSWORD)
        return imap

    def folders(self, user, names, separator="/"):
        """Make and subscribe folders, each a list of levels."""
        imap = self.login(user)
        for levels in names:
            name = quoted(separator.join(levels))
            status, said = imap.create(name)
            if status != "OK":
                raise RuntimeError(f"create {name}: {said}")
            imap.subscribe(name)
        imap.logout()

    def deliver(self, user, directory, letters):
        """As a delivery agent does it: files in new/ of a Maildir in the user's home."""
        new = os.path.join(self.users[user][1], directory, "new")
        os.makedirs(new, exist_ok=True)
        for number, letter in enumerate(letters):
            path = os.path.join(new, "%d.M%dP1.loopback" % (1600000000 + number, number))
            with open(path, "wb") as f:
                f.write(letter)

    def contents(self, user):
        """{name as IMAP lists it: [(bytes, flags)]} of all mailboxes."""
        imap = self.login(user)
        out = {}
        for line in imap.list()[1]:
            if rb"\Noselect" in line:
                continue
            separator, name = line.split(b") ", 1)[1].decode().split(" ", 1)
            self.separators[user] = separator.strip('"')
            out[name] = messages = []
            _, count = imap.select(name, readonly=True)
            _, data = imap.fetch("1:*", "(FLAGS BODY.PEEK[])") if int(count[0]) > 0 else (None, [])
            for item in data:
                if isinstance(item, tuple):
                    flags = item[0].split(b"FLAGS (", 1)[1].split(b")", 1)[0].decode().split()
                    messages.append((item[1], flags))
        imap.logout()
        return out
