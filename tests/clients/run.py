#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Real mail clients fetch, file and mark odd mail; mailcask must see what they see.

    run.py [--keep DIRECTORY] [--leave] [CLIENT ...]

The program is $MAILCASK, build/mailcask by default.  What is missing of the
clients is named by install.sh, which installs them.  As root it all runs as
"nobody", for mail programs behave differently as root.  --keep leaves the
homes behind, one directory a client; --leave all that was made, archive and
logs included.
"""
import argparse
import importlib
import os
import pwd
import shutil
import stat
import sys
import tempfile
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from mailcask import Mailcask, Report   # noqa: E402
from server import Server               # noqa: E402

CLIENTS = ["thunderbird", "claws", "sylpheed", "mutt", "neomutt", "dovecot", "mbsync",
           "offlineimap", "delivery", "alpine"]


def become_nobody(directories):
    nobody = pwd.getpwnam("nobody")
    for directory in directories:
        os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)


def sockets(directory, names):
    return [n for n in names if stat.S_ISSOCK(os.lstat(os.path.join(directory, n)).st_mode)]


def drive(report, name, program, directory):
    """One client, with a server and a home of its own."""
    report.client = name
    module = importlib.import_module(name)
    home = os.path.join(directory, "home")
    os.makedirs(home)
    server = Server(os.path.join(directory, "server"))
    module.prepare(server)
    server.start()
    try:
        module.drive(report, server, Mailcask(program, home, os.path.join(directory, "data")), directory)
    except Exception as error:
        traceback.print_exc(file=sys.stdout)
        report.check(f"driven to the end: {error}", False)
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", metavar="DIRECTORY")
    parser.add_argument("--leave", action="store_true")
    parser.add_argument("client", nargs="*", default=CLIENTS)
    options = parser.parse_args()
    program = os.path.abspath(os.environ.get("MAILCASK", "build/mailcask"))
    work = tempfile.mkdtemp(prefix="mailcask-clients.")
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    if os.getuid() == 0:
        become_nobody([work] + ([options.keep] if options.keep else []))
    os.umask(0o022)
    report = Report()
    try:
        for name in options.client:
            directory = os.path.join(work, name)
            os.makedirs(directory)
            drive(report, name, program, directory)
            if options.keep:
                kept = os.path.join(options.keep, name)
                shutil.rmtree(kept, ignore_errors=True)
                shutil.copytree(os.path.join(directory, "home"), kept, symlinks=True, ignore=sockets)
    finally:
        if options.leave:
            print("left in", work)
        else:
            shutil.rmtree(work, ignore_errors=True)
    print(f"{report.passed} passed, {report.failed} failed")
    return report.failed != 0


if __name__ == "__main__":
    sys.exit(main())
