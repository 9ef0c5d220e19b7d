"""Runs commands and measures them."""

import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass

SAMPLING_SECONDS = 0.05


class CommandFailed(Exception):
    pass


@dataclass
class Usage:
    """What one command used: seconds of wall and of processor time, bytes of memory and of disk at their peaks."""

    wall: float
    cpu: float
    rss: int
    disk: int = 0


def run(command, watch=None, allowed=(0,), **options):
    """Runs a command to its end. With `watch`, the disk space of that folder is sampled meanwhile; `allowed` has the
    statuses that are no failure.

    GNU time stands between: a process that Python starts counts Python's own memory into its peak.
    """
    os.sync()
    with tempfile.TemporaryDirectory() as scratch:
        report, errors = pathlib.Path(scratch, "report"), pathlib.Path(scratch, "errors")
        sampler = DiskSampler(watch) if watch else None
        with open(errors, "wb") as messages:
            begin = time.perf_counter()
            status = subprocess.run(
                ["/usr/bin/time", "-q", "-f", "%U %S %M", "-o", report, *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=messages, **options).returncode
            wall = time.perf_counter() - begin
        disk = sampler.finish() if sampler else 0
        if status not in allowed:
            raise CommandFailed(failure(command, status, errors.read_bytes()))
        user, system, peak = report.read_text().split()
        return Usage(wall, float(user) + float(system), int(peak) << 10, disk)


def bytes_read(command):
    """The bytes that a command has read by system calls, its shared libraries' headers included."""
    process = subprocess.Popen(
        list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    # Left uncollected, an ended process still has its counters.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    counters = dict(line.split(": ") for line in pathlib.Path(f"/proc/{process.pid}/io").read_text().splitlines())
    if process.wait() != 0:
        raise CommandFailed(failure(command, process.returncode, errors))
    return int(counters["rchar"])


def failure(command, status, errors):
    lines = errors.decode(errors="replace").strip().splitlines()[-20:]
    return "\n".join([f"exit status {status} from: {' '.join(map(str, command))}", *lines])


def disk_use(folder):
    """Bytes of disk that the files in a folder take."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total


class DiskSampler:
    """Samples the disk use of a folder, above what it holds at the start, until `finish`."""

    def __init__(self, folder):
        self.folder, self.before, self.peak = folder, disk_use(folder), 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._sample)
        self.thread.start()

    def finish(self):
        self.ended.set()
        self.thread.join()
        return self.peak

    def _sample(self):
        while True:
            last = self.ended.wait(SAMPLING_SECONDS)
            self.peak = max(self.peak, disk_use(self.folder) - self.before)
            if last:
                return


def interleaved(rounds, **actions):
    """Calls the actions in turn, round by round, so that all see the same minutes; returns name -> [result].

    Every other round goes backwards, so that none always follows the same other.
    """
    results = {name: [] for name in actions}
    for number in range(rounds):
        order = list(actions.items())
        for name, action in order if number % 2 == 0 else reversed(order):
            results[name].append(action())
    return results


def median(usages, field):
    return statistics.median(getattr(usage, field) for usage in usages)


def median_ratio(ours, theirs, field):
    """The median of the ratios within a round: what slowed the machine for both cancels out."""
    return statistics.median(getattr(our, field) / getattr(their, field) for our, their in zip(ours, theirs))


def worst(usages, field):
    return max(getattr(usage, field) for usage in usages)
