import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from bench import measure, table

from . import debian, facts, image, portable, redhat, spdx, sums

MEGABYTE = 1_000_000
ROUNDS = 20


def main():
    parser = argparse.ArgumentParser(prog="scripts/package")
    parser.add_argument("--dynamic", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--portable", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--swift", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--started", required=True, type=float, help=argparse.SUPPRESS)
    parser.add_argument("--output", required=True, type=pathlib.Path, metavar="DIR")
    parser.add_argument("--key", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as folder:
        try:
            rows = make(arguments, pathlib.Path(folder))
        except subprocess.CalledProcessError as failure:
            sys.exit(f"error: {failure.cmd[0]} ended with {failure.returncode}; its words are above")
        except RuntimeError as failure:
            sys.exit(f"error: {failure}")
    rows.append(table.within("scripts/package", time.time() - arguments.started, table.seconds, 300))
    print(f"\n{table.render(rows)}")


def make(arguments, work):
    """Makes all kinds, and puts them into place; returns what was measured."""
    now = facts.of(arguments.portable)
    say(f"{now.stem}, commit {now.commit}")
    directory, packages = portable.make(arguments.portable, work, arguments.swift)
    with ThreadPoolExecutor() as pool:
        making = [
            pool.submit(portable.archive, directory, work / f"{now.stem}.tar.zst", now),
            pool.submit(debian.make, arguments.dynamic, directory, work, now),
            pool.submit(redhat.make, directory, work, now), pool.submit(image.make, directory, work, now)]
    files = [made.result() for made in making]
    archive = files[0]
    files.append(spdx.make(packages, archive, work, now))
    files.append(sums.make(files, work))
    verification = None
    if arguments.key:
        signature, verification = sums.sign(files[-1], arguments.key, work)
        files.append(signature)
    place(files, arguments.output)
    for file in files:
        say(f"  {file.stat().st_size:>11,}  {file.name}")
    say(f"signed and checked; others check: {verification}" if verification else "not signed: no --key was given")
    return numbers(directory, archive)


def place(files, output):
    """Puts the files into a directory, in place of those of another run."""
    output.mkdir(parents=True, exist_ok=True)
    for pattern in (f"{facts.NAME}[-_]*", "SHA256SUMS*"):
        for former in output.glob(pattern):
            former.unlink()
    for file in files:
        shutil.copy(file, output)


def numbers(directory, archive):
    """What the portable directory must keep within."""
    size = sum(file.lstat().st_size for file in directory.rglob("*") if file.is_file() and not file.is_symlink())
    runs = [measure.run([directory / "sealift", "version"]) for _ in range(ROUNDS)]
    return [table.within("portable directory, unpacked", size, megabytes, 60 * MEGABYTE),
            table.within("portable directory, tar.zst", archive.stat().st_size, megabytes, 20 * MEGABYTE),
            table.within("start-up through the launcher", measure.median(runs, "wall"), table.seconds, 0.015)]


def megabytes(count):
    return f"{count / MEGABYTE:.1f} MB"


def say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
