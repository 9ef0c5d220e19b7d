import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

from . import (
    audit, catalogs, hostile, line, measure, media, parity, releases, scale, startup, table, transfer, updates, verify)
from .setting import Bench

SECTIONS = {
    "transfer": transfer, "verify": verify, "media": media, "parity": parity, "releases": releases, "line": line,
    "updates": updates, "catalogs": catalogs, "scale": scale, "hostile": hostile, "audit": audit, "startup": startup}


def machine():
    """One line about where and with what the numbers were taken."""
    model = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
    versions = [subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0]
                for command in (["skopeo", "--version"], ["docker-registry", "--version"], ["openssl", "version"])]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model[1] if model else 'unknown'}), load average {load}; {'; '.join(versions)}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--sealift", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cache", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", action="append", choices=SECTIONS)
    parser.add_argument("--work", type=pathlib.Path, metavar="DIR", help="where bundles and registries go (.cache/bench)")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))  # so that servers are stopped on the way out
    results = arguments.cache / "bench"
    results.mkdir(parents=True, exist_ok=True)
    begin = machine()
    rows = []
    bench = None
    try:
        bench = Bench(arguments.sealift, arguments.work or results, arguments.quick)
        for name in arguments.only or SECTIONS:
            for row in SECTIONS[name].rows(bench):
                bench.say(f"  {'  '.join(row.cells())}")
                rows.append(row)
    except (measure.CommandFailed, RuntimeError) as failure:
        sys.exit(f"error: {failure}")
    finally:
        if bench:
            shutil.rmtree(bench.work, ignore_errors=True)
    rounds = (f"Medians of {bench.rounds} rounds ({releases.rounds_of(bench)} of releases), interleaved; "
              "peaks are the worst of them.")
    page = f"{table.render(rows)}\n\n{rounds}\n{begin}\n"
    (results / "table.md").write_text(page)
    print(page, end="")


if __name__ == "__main__":
    main()
