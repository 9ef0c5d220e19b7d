import argparse
import pathlib
import random
import signal
import sys
import time

from . import chaos, faults, fuzz, kills, mutants, tally
from .world import World

PARTS = ("fuzz", "faults", "chaos", "kills", "mutants")
USUAL = PARTS[:-1]
RUNS = {"faults": faults, "chaos": chaos, "kills": kills}


def main():
    parser = argparse.ArgumentParser(prog="scripts/harden")
    parser.add_argument("--sealift", help=argparse.SUPPRESS)
    parser.add_argument("--fuzzer", help=argparse.SUPPRESS)
    parser.add_argument("--repository", required=True, type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--minutes", type=float, default=10, metavar="N")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--only", metavar="TEXT", help="one parser, or the mutants whose place has this text")
    parser.add_argument("parts", nargs="*", metavar="PART")
    arguments = parser.parse_args()
    parts = arguments.parts or list(USUAL)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))  # so that servers are stopped on the way out
    print(f"seed {arguments.seed}", file=sys.stderr, flush=True)
    results = Results()
    seconds = arguments.minutes * 60 / len(parts)
    try:
        for part in parts:
            run(part, arguments, results, seconds)
    except KeyboardInterrupt:
        print("interrupted: this is what was done", file=sys.stderr)
    except RuntimeError as failure:
        sys.exit(f"error: {failure}")
    print(tally.render(results.tallies))
    sys.exit(1 if any(row.wrong for row in results.tallies) or not results.tallies else 0)


def run(part, arguments, results, seconds):
    print(f"{part}: {seconds:.0f} s", file=sys.stderr, flush=True)
    generator = random.Random(f"{arguments.seed} {part}")
    cache = arguments.repository / ".cache" / "harden"
    deadline = time.monotonic() + seconds
    if part == "fuzz":
        names = [arguments.only] if arguments.only else fuzz.names(arguments.fuzzer)
        fuzz.run(results.add, arguments.fuzzer, cache / "corpora", generator, max(1, int(seconds / len(names))), names)
    elif part == "mutants":
        mutants.run(results.add(part), arguments.repository, generator, deadline, arguments.only)
    else:
        world = World(arguments.sealift, cache / "world")
        try:
            RUNS[part].run(results.add(part), world, generator, deadline)
        finally:
            world.close()


class Results:
    def __init__(self):
        self.tallies = []

    def add(self, part):
        self.tallies.append(tally.Tally(part))
        return self.tallies[-1]


if __name__ == "__main__":
    main()
