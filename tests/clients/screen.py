# SPDX-License-Identifier: MIT
"""An invisible screen and a session bus for one client; all end together."""
import os
import signal
import subprocess
import time


class Screen:
    def __init__(self, home, log):
        self.log = open(log, "ab")
        self.programs = []
        self.runtime = os.path.join(os.path.dirname(log), "runtime")
        os.makedirs(self.runtime, mode=0o700, exist_ok=True)
        self.environment = {
            "HOME": home, "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8", "USER": "pat",
            "LOGNAME": "pat", "NO_AT_BRIDGE": "1", "GTK_A11Y": "none",
            "GSETTINGS_BACKEND": "keyfile"}
        self.home = home
        read, write = os.pipe()
        self.start("Xvfb", "-displayfd", str(write), "-screen", "0", "1200x900x24", pass_fds=[write])
        os.close(write)
        with os.fdopen(read) as f:
            self.environment["DISPLAY"] = ":" + f.readline().strip()
        self.start("openbox")
        address = "unix:path=" + os.path.join(self.runtime, "bus")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        self.start("dbus-daemon", "--session", "--nofork", "--address=" + address)

    def start(self, *command, pass_fds=()):
        """A program that goes on running, with all that it starts a group of its own."""
        program = subprocess.Popen(command, env=self.environment, cwd=self.home, pass_fds=pass_fds,
                                   stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                   start_new_session=True)
        self.programs.append(program)
        return program

    def run(self, *command, timeout=60):
        """The output of a program that ends."""
        return subprocess.run(command, env=self.environment, cwd=self.home, timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
                              check=False).stdout.decode("utf-8", "replace")

    def windows(self):
        found = self.run("xdotool", "search", "--onlyvisible", "--name", ".")
        return [self.run("xdotool", "getwindowname", w).strip() for w in found.split()]

    def press(self, *keys):
        for key in keys:
            time.sleep(1)
            self.run("xdotool", "key", key)
        time.sleep(1)

    def close(self):
        for program in reversed(self.programs):
            for sign in (signal.SIGTERM, signal.SIGKILL):
                try:
                    os.killpg(program.pid, sign)
                except ProcessLookupError:
                    break
                time.sleep(0.2)
            program.wait()
        self.log.close()


def wait_for(what, is_true, seconds=60):
    deadline = time.time() + seconds
    while not is_true():
        if time.time() > deadline:
            raise RuntimeError("waited in vain: " + what)
        time.sleep(0.2)
