"""Conditions of the checks turned round, one at a time: some test must fail.

All mutants are compiled at once, in a copy of the tree whose conditions go through a switch. So a mutant costs a run of
the tests that meet it, up to the first that fails, and no build. One that was noticed is not tried again until its file
changes: a run begins where the last one ended (`.cache/mutants.noticed`).
"""

import collections
import concurrent.futures
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

from . import equivalents, rewriting

# Where conditions are that decide what is believed: the prover, the signatures, the volumes, the redirect rules.
SUBJECTS = (
    "Sources/BundleFormat/*.swift", "Sources/Tar/*.swift", "Sources/Zstd/*.swift", "Sources/Signing/*.swift",
    "Sources/Release/GPGV*.swift", "Sources/Release/OpenPGP*.swift", "Sources/Release/ReleaseKey.swift",
    "Sources/Release/ReleaseSignature.swift", "Sources/Release/SignedIdentity.swift",
    "Sources/HTTPTransport/RedirectPolicy.swift", "Sources/HTTPTransport/NetworkAddress.swift",
    "Sources/Registry/RedirectPolicy*.swift", "Sources/Registry/Authenticator.swift",
    "Sources/Volumes/*.swift", "Sources/Parity/*.swift",
)
# The suites that must notice what is turned round: how their names begin. Those of the last line run the program.
SUITES = ("BundleFormatTests.", "CommandTests.", "GatheringTests.", "HTTPTransportTests.", "PackingTests.", "ParityTests.",
          "PublishingTests.", "RegistryTests.", "ReleaseTests.", "SigningTests.", "TarTests.", "VolumesTests.", "ZstdTests.",
          "EndToEndTests.Parity", "EndToEndTests.Volume")

# `key` is the same as long as the file is.
Mutant = collections.namedtuple("Mutant", "path line condition key")


def run(tally, repository, generator, deadline, only=None):
    copy = repository / ".cache" / "mutants"
    record = repository / ".cache" / "mutants.noticed"
    mutants = prepare(repository, copy)
    noticed = set(record.read_text().splitlines()) if record.exists() else set()
    wanted = [number for number, mutant in sorted(mutants.items())
              if (only is None or only in str(mutant.path)) and mutant.key not in noticed
              and (str(mutant.path), mutant.condition) not in equivalents.REASONS]
    print(f"mutants: {len(wanted)} of {len(mutants)} are to be tried", file=sys.stderr, flush=True)
    generator.shuffle(wanted)
    tests = Tests(build(copy), copy)
    with record.open("a") as notes, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        try:
            list(workers.map(tests.measure, tests.suites()))
            complaints = workers.map(lambda number: examine(tests, number, mutants[number], deadline), wanted)
            for number, complaint in zip(wanted, complaints):
                if complaint == NOT_TRIED:
                    break
                mutant = mutants[number]
                tally.judge(complaint, f"mutant {number}, {mutant.path}:{mutant.line}: {mutant.condition}")
                if not complaint:
                    print(mutant.key, file=notes, flush=True)
        finally:
            tests.stop()
            workers.shutdown(cancel_futures=True)


NOT_TRIED = "not tried"


def examine(tests, number, mutant, deadline):
    return NOT_TRIED if time.monotonic() > deadline else tests.complaint(number, mutant.path)


class Tests:
    """The suites of the copy, and which conditions they meet."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        self.seconds, self.met = {}, {}
        self.notices = collections.Counter()
        self.running, self.is_stopped = set(), False

    def suites(self):
        listed = self.start(["--list-tests"], {}).communicate()[0]
        names = {line.split("/")[0] for line in listed.splitlines() if "/" in line}
        return sorted(name for name in names if name.startswith(SUITES))

    def measure(self, suite):
        """Runs a suite once, without a mutant."""
        with tempfile.NamedTemporaryFile("r") as log:
            started = time.monotonic()
            failure = self.failure(suite, {"SEALIFT_MUTANTS_MET": log.name}, patience=1800)
            if failure:
                raise RuntimeError(f"the tests {suite} fail without a mutant, too: {failure}")
            self.seconds[suite] = time.monotonic() - started
            self.met[suite] = {int(line) for line in log}

    def stop(self):
        """Ends what runs; nothing is started after it."""
        self.is_stopped = True
        for process in list(self.running):
            kill(process)

    def complaint(self, number, path):
        """What is wrong with the tests: none meets the condition, or none notices that it is turned round."""
        suites = [suite for suite in self.met if number in self.met[suite]]
        # Quick ones first, and those that have noticed others in the same file.
        for suite in sorted(suites, key=lambda suite: self.seconds[suite] / (1 + self.notices[suite, path])):
            if self.failure(suite, {"SEALIFT_MUTANT": str(number)}, patience=20 + 10 * self.seconds[suite]):
                self.notices[suite, path] += 1
                return None
        return f"survives {', '.join(suites)}" if suites else "no test meets it"

    def failure(self, suite, environment, patience):
        """What the first test says that fails, or how the process ended; the other tests are not waited for."""
        process = self.start(["--filter", f"^{suite}/"], environment)
        self.running.add(process)
        timer = threading.Timer(0 if self.is_stopped else patience, kill, [process])
        timer.start()
        failed = next((line for line in process.stdout if line.startswith("✘")), None)
        if failed:
            kill(process)
        process.stdout.close()
        status = process.wait()
        timer.cancel()
        self.running.discard(process)
        return failed or (f"it ended with {status}" if status else None)

    def start(self, words, environment):
        how = {"SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH": str(2 * os.cpu_count()), "SWIFT_BACKTRACE": "enable=no",
               "NO_COLOR": "1"}
        return subprocess.Popen(
            [self.program, "--testing-library", "swift-testing", *words], cwd=self.directory, text=True,
            errors="replace", env={**os.environ, **how, **environment}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def kill(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def prepare(repository, copy):
    """Makes or renews the copy; returns its mutants by number."""
    tree = {}
    for name in ("Sources", "Tests", "formats", "scripts"):
        tree |= {path.relative_to(repository): path.read_bytes() for path in (repository / name).rglob("*") if path.is_file()}
    kept = ", ".join(sorted({'"' + name.split(".")[0] + '"' for name in SUITES}))
    manifest = (repository / "Package.swift").read_text()
    manifest += f"\npackage.targets.removeAll {{ $0.isTest && ![{kept}].contains($0.name) }}\n"
    tree[pathlib.Path("Package.swift")] = manifest.encode()
    mutants = mutate(repository, tree)
    # What is the same keeps its time, so that little is built again.
    for path in [path for name in ("Sources", "Tests") for path in (copy / name).rglob("*") if path.is_file()]:
        if path.relative_to(copy) not in tree:
            path.unlink()
    for name, content in tree.items():
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            if (repository / name).exists():
                path.chmod((repository / name).stat().st_mode)
    return mutants


def mutate(repository, tree):
    """Lets the conditions of a tree, path -> content, go through the switch."""
    mutants, number = {}, 0
    for pattern in SUBJECTS:
        for name in sorted(path.relative_to(repository) for path in repository.glob(pattern)):
            source = tree[name].decode()
            digest = hashlib.sha256(tree[name]).hexdigest()
            text, found, number = rewriting.rewrite(source, number)
            tree[name] = text.encode()
            if found:
                tree[name.parent / "Mutant.swift"] = rewriting.SWITCH.encode()
            for key, line, start, end in found:
                mutants[key] = Mutant(name, line, " ".join(source[start:end].split()), f"{digest} {start} {end}")
    return mutants


def build(copy):
    built = subprocess.run(["swift", "build", "--build-tests"], cwd=copy, capture_output=True, text=True)
    if built.returncode != 0:
        raise RuntimeError(f"the mutants cannot be built: {built.stdout[-3000:]}{built.stderr[-1000:]}")
    shown = subprocess.run(["swift", "build", "--show-bin-path"], cwd=copy, capture_output=True, text=True, check=True)
    return next(pathlib.Path(shown.stdout.strip()).glob("*.xctest"))
