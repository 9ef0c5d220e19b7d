#!/usr/bin/env python3
"""Writes man pages from the help of the program: one for it, and one for each command.

usage: manual.py PROGRAM FOLDER
"""

import datetime
import os
import pathlib
import re
import subprocess
import sys


def escaped(line):
    """Text as roff takes it literally."""
    line = line.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + line if line[:1] in (".", "'") else line


def page(name, text, version, date):
    """The help, line by line: what it says and the man page cannot differ."""
    usage, _, rest = text.partition("\n\n")
    summary, _, rest = rest.partition("\n\n")
    lines = [f'.TH {name.upper()} 1 {date} "sealift {version}" "User Commands"', ".SH NAME"]
    lines.append(escaped(f"{name} - {' '.join(summary.split())}"))
    lines += [".SH SYNOPSIS", ".nf", *map(escaped, usage.removeprefix("usage: ").split("\n")), ".fi"]
    lines += [".SH DESCRIPTION", ".nf", *map(escaped, rest.rstrip().split("\n")), ".fi"]
    return "\n".join(lines) + "\n"


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    seconds = int(os.environ["SOURCE_DATE_EPOCH"])
    date = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%d")

    def said(*words):
        return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout

    version = said("--version").split()[1]
    text = said("help")
    (folder / "sealift.1").write_text(page("sealift", text, version, date))
    # The commands stand in the first column of their section; some have two words.
    section = re.search(r"(?ms)^Commands:\n(.*?)(^\S|\Z)", text)
    for match in re.finditer(r"(?m)^  ([a-z]+(?: [a-z]+)*)(?:  |$)", section[1] if section else ""):
        words = match[1].split()
        (folder / f"sealift-{'-'.join(words)}.1").write_text(
            page(f"sealift-{'-'.join(words)}", said("help", *words), version, date))


if __name__ == "__main__":
    main()
