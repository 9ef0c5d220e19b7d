"""Runs of the program, and what may come of them whatever happens."""

import os
import re
import signal
import subprocess
from dataclasses import dataclass

# Longer than any machine needs for the small things that are done here.
PATIENCE = 300
CODES = {0, 2, 64, 65, 66, 69, 74, 75, 76, 77, 78, 79, 130, 143}  # formats/exit-codes.md, without 70: a defect


@dataclass
class Outcome:
    status: int
    errors: str

    @property
    def is_done(self):
        return self.status == 0

    @property
    def is_trap(self):
        """Whether it ended as programs do that find themselves wrong."""
        return self.status in (-signal.SIGILL, -signal.SIGTRAP, -signal.SIGABRT, -signal.SIGSEGV)

    def complaint(self):
        """What is wrong with the way it ended: an error is one sentence and one next step, and has a known code."""
        if self.status is None:
            return "it did not end"
        if self.status not in CODES:
            return f"it ended with {self.status}: {self.errors[-500:]}"
        if self.status == 0:
            return None
        problems = re.findall(r"^error: .", self.errors, re.MULTILINE)
        steps = re.findall(r"^  next: .", self.errors, re.MULTILINE)
        if self.status != 2 and (len(problems), len(steps)) != (1, 1):
            return f"it ended with {self.status} and {len(problems)} errors, {len(steps)} next steps: {self.errors[-500:]}"
        return None


class Program:
    def __init__(self, path, work):
        self.path = str(path)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(work), "TMPDIR": str(work), "SOURCE_DATE_EPOCH": "1700000000",
            "SWIFT_BACKTRACE": "enable=no", "no_proxy": "127.0.0.1"}

    def start(self, words, under=()):
        return subprocess.Popen(
            [*map(str, under), self.path, *map(str, words)], env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)

    def run(self, words, under=(), kill_after=None):
        """Runs it to its end, or kills it after so many seconds, and its tracer with it."""
        process = self.start(words, under)
        try:
            _, errors = process.communicate(timeout=PATIENCE if kill_after is None else kill_after)
            return Outcome(process.returncode, errors.decode(errors="replace"))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            _, errors = process.communicate()
            return Outcome(None, errors.decode(errors="replace"))

    def must(self, words):
        outcome = self.run(words)
        if not outcome.is_done:
            raise RuntimeError(f"sealift {' '.join(map(str, words))}: {outcome.errors}")
        return outcome
