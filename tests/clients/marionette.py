# SPDX-License-Identifier: MIT
"""Just enough of Mozilla's remote control to run privileged JavaScript."""
import json
import os
import socket
import subprocess
import time

from server import free_port


class Marionette:
    """A Thunderbird of our own, without a screen, in the home directory given."""

    def __init__(self, home, log):
        port = free_port()
        env = {"HOME": home, "PATH": os.environ["PATH"], "TZ": "UTC", "LANG": "C.UTF-8",
               "MOZ_HEADLESS": "1", "MOZ_CRASHREPORTER_DISABLE": "1",
               "MOZ_MARIONETTE_PREF_STATE_ACROSS_RESTARTS": json.dumps(
                   {"port": port, "marionette.port": port, "remote.prefs.recommended": False})}
        self.log = open(log, "ab")
        self.process = subprocess.Popen(
            ["/usr/lib/thunderbird/thunderbird", "--marionette", "--remote-allow-system-access"],
            env=env, cwd=home, stdout=self.log, stderr=self.log)
        self.count = 0
        self.socket = None
        deadline = time.time() + 60
        while self.socket is None:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port))
            except OSError:
                if time.time() > deadline or self.process.poll() is not None:
                    raise RuntimeError("Thunderbird does not answer: see " + log) from None
                time.sleep(0.2)
        self.file = self.socket.makefile("rb")
        self.receive()
        self.command("WebDriver:NewSession", {})
        self.command("Marionette:SetContext", {"value": "chrome"})
        self.command("WebDriver:SetTimeouts", {"script": 120000})

    def receive(self):
        length = b""
        while not length.endswith(b":"):
            byte = self.file.read(1)
            if not byte:
                raise RuntimeError("Thunderbird hung up")
            length += byte
        return json.loads(self.file.read(int(length[:-1])))

    def command(self, name, parameters):
        self.count += 1
        text = json.dumps([0, self.count, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError(f"{error['error']}: {error['message']}\n{error['stacktrace']}")
        return result

    def run(self, script, *arguments):
        """The value of the body of an async function."""
        wrapped = ("const [args, done] = [Array.from(arguments).slice(0, -1), "
                   "arguments[arguments.length - 1]];"
                   "(async (...args) => {" + script + "\n})(...args).then("
                   "value => done({value}), error => done({error: `${error} ${error?.stack}`}));")
        result = self.command("WebDriver:ExecuteAsyncScript",
                              {"script": wrapped, "args": list(arguments), "newSandbox": False,
                               "sandbox": "system"})["value"]
        if "error" in result:
            raise RuntimeError(result["error"])
        return result.get("value")

    def quit(self):
        self.command("Marionette:Quit", {"flags": ["eAttemptQuit"]})
        self.process.wait(60)
        self.log.close()
