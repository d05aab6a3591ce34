# SPDX-License-Identifier: MIT
"""A terminal for programs that want one; what they draw goes into a log."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time


def run(command, home, log, keys=(), seconds=60, environment=()):
    """Until it ends.  keys: (seconds to wait before, bytes to type), if it is not told otherwise."""
    keys = list(keys)
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
    env = {"HOME": home, "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", "TZ": "UTC",
           "USER": "pat", "LOGNAME": "pat", "MAIL": os.path.join(home, "spool"), **dict(environment)}
    program = subprocess.Popen(command, env=env, cwd=home, stdin=slave, stdout=slave, stderr=slave,
                               start_new_session=True)
    os.close(slave)
    deadline = time.time() + seconds
    next_key = time.time() + keys[0][0] if keys else None
    with open(log, "ab") as out:
        while True:
            if keys and time.time() >= next_key:
                os.write(master, keys.pop(0)[1])
                next_key = time.time() + keys[0][0] if keys else None
            if select.select([master], [], [], 0.1)[0]:
                try:
                    out.write(os.read(master, 65536))
                except OSError:     # the other end is closed
                    break
            elif program.poll() is not None:
                break
            if time.time() > deadline:
                program.kill()
                program.wait()
                os.close(master)
                raise RuntimeError(f"{command[0]} did not end: see {log}")
    os.close(master)
    if program.wait(10) != 0:
        raise RuntimeError(f"{command[0]} ended with {program.returncode}: see {log}")
