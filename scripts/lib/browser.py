"""A real browser, Chromium without a window, that opens one page and says what it sees.

As a program: browser.py PAGE [--media dark|print] [--picture FILE] EXPRESSION...
prints one line of JSON for each JavaScript expression, in order; then what the page has logged or was refused.
"""

import argparse
import base64
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe")
PATIENCE = 300


class BrowserFailed(Exception):
    pass


def program():
    """The browser's path, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def aside(descriptor):
    """The same file under a number that is none of those with a meaning."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


class Browser:
    """One page in a browser of its own, driven by the DevTools protocol over two pipes; to be used in a `with`."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.number, self.messages = 0, []

    def __enter__(self):
        browser = program()
        if not browser:
            raise BrowserFailed("chromium is not installed")
        # The browser reads what it is told from descriptor 3, and answers on 4.
        told, self.tell = map(aside, os.pipe())
        self.hear, said = map(aside, os.pipe())
        command = [browser, *SWITCHES, f"--user-data-dir={self.folder.name}"]
        if os.getuid() == 0:
            command.append("--no-sandbox")  # which root cannot have
        shell = ["bash", "-c", f"exec \"$@\" 3<&{told} 4>&{said} {told}<&- {said}>&-", "bash", *command]
        self.process = subprocess.Popen(
            shell, pass_fds=(told, said), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        os.close(told), os.close(said)
        self.input = os.fdopen(self.hear, "rb", buffering=0)
        self.rest = b""
        signal.signal(signal.SIGALRM, lambda *_: self.process.kill())
        signal.alarm(PATIENCE)
        self.session = None
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        return self

    def __exit__(self, *_):
        signal.alarm(0)
        try:
            self.session = None
            self.ask("Browser.close")
            self.process.wait(timeout=10)
        except (BrowserFailed, OSError, subprocess.TimeoutExpired):
            pass
        # Its helpers are of its session, which is its own.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.input.close()
        os.close(self.tell)
        self.folder.cleanup()

    def ask(self, method, **parameters):
        """Sends a command and returns its result; what the page says meanwhile is kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.tell, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise BrowserFailed(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def next(self):
        while b"\0" not in self.rest:
            more = self.input.read(1 << 16)
            if not more:
                raise BrowserFailed("the browser has ended")
            self.rest += more
        message, self.rest = self.rest.split(b"\0", 1)
        message = json.loads(message)
        self.messages.append(message)
        return message

    def open(self, path):
        """Opens a file, and waits until all of it is there."""
        self.messages.clear()
        self.ask("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        while not any(message.get("method") == "Page.loadEventFired" for message in self.messages):
            self.next()

    def see(self, media):
        """Shows the page as on a dark screen, or as on paper."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if media == "dark" else "light"}]
        self.ask("Emulation.setEmulatedMedia", media="print" if media == "print" else "", features=features)

    def value(self, expression):
        """The value of a JavaScript expression, waited for if it is a promise."""
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise BrowserFailed(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def picture(self, width=1300, height=2600):
        """A picture of the page, as PNG."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"])

    def paper(self):
        """The page as PDF."""
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=False)["data"])

    def complaints(self):
        """What the page has logged, thrown, or was refused."""
        names = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        return [message["params"] for message in self.messages if message.get("method") in names]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page")
    parser.add_argument("expressions", nargs="*")
    parser.add_argument("--media", choices=("dark", "print"))
    parser.add_argument("--picture", type=pathlib.Path)
    parser.add_argument("--paper", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        with Browser() as browser:
            browser.see(arguments.media)
            browser.open(arguments.page)
            for expression in arguments.expressions:
                print(json.dumps(browser.value(expression)))
            print(json.dumps(browser.complaints()))
            if arguments.picture:
                arguments.picture.write_bytes(browser.picture())
            if arguments.paper:
                arguments.paper.write_bytes(browser.paper())
    except BrowserFailed as failure:
        sys.exit(f"error: {failure}")


if __name__ == "__main__":
    main()
