"""Counts of what was tried, and the table of them."""

import sys
from dataclasses import dataclass, field


@dataclass
class Tally:
    part: str
    tried: int = 0
    wrong: int = 0
    notes: list = field(default_factory=list)

    def right(self, count=1):
        self.tried += count

    def fail(self, what):
        """Counts one that ended wrong, and says at once what it was and how to see it again."""
        self.tried += 1
        self.wrong += 1
        self.notes.append(what)
        print(f"wrong ({self.part}): {what}", file=sys.stderr, flush=True)

    def judge(self, problem, what):
        """Counts one run; `problem` is empty if it ended right."""
        if problem:
            self.fail(f"{what}: {problem}")
        else:
            self.right()


def render(tallies):
    lines = [("part", "tried", "right", "wrong")]
    lines += [(tally.part, f"{tally.tried:,}", f"{tally.tried - tally.wrong:,}", f"{tally.wrong:,}") for tally in tallies]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    rows = [f"| {line[0]:<{widths[0]}} | " + " | ".join(f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:])) + " |"
            for line in lines]
    rule = f"|{'-' * (widths[0] + 2)}|" + "|".join("-" * (width + 1) + ":" for width in widths[1:]) + "|"
    return "\n".join([rows[0], rule, *rows[1:]])
