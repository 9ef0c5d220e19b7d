"""An error number at a system call, chosen at random, of each command: a clean error or an unchanged success."""

import collections
import pathlib
import re
import subprocess
import tempfile
import time

from . import commands

# What each call can fail with where a disk is full or breaks, a signal comes, or descriptors and memory are short.
ERRORS = {
    "openat": ("EMFILE", "EIO", "ENOSPC", "EINTR"), "read": ("EIO", "EINTR"), "pread64": ("EIO", "EINTR"),
    "preadv": ("EIO", "EINTR"), "write": ("ENOSPC", "EIO", "EINTR"), "writev": ("ENOSPC", "EIO", "EINTR"),
    "pwrite64": ("ENOSPC", "EIO", "EINTR"), "pwritev": ("ENOSPC", "EIO", "EINTR"), "fsync": ("EIO", "ENOSPC", "EINTR"),
    "fdatasync": ("EIO", "ENOSPC", "EINTR"), "ftruncate": ("ENOSPC", "EIO", "EINTR"),
    "fallocate": ("ENOSPC", "EINTR", "EOPNOTSUPP"), "rename": ("EIO", "ENOSPC"), "renameat2": ("EIO", "ENOSPC"),
    "unlink": ("EIO",), "mkdir": ("ENOSPC", "EIO"), "link": ("EIO", "EMLINK"), "fcntl": ("EINTR", "ENOLCK"),
    "flock": ("EINTR", "ENOLCK"), "newfstatat": ("EIO",), "fstat": ("EIO",), "statfs": ("EIO",), "statx": ("EIO",),
    "getdents64": ("EIO",), "pipe2": ("EMFILE",), "socket": ("EMFILE",), "connect": ("EINTR", "ECONNREFUSED"),
    "sendto": ("EINTR", "ECONNRESET"), "recvfrom": ("EINTR", "ECONNRESET"), "poll": ("EINTR", "ENOMEM"),
    "getrandom": ("EINTR",), "copy_file_range": ("EIO", "ENOSPC"), "sync_file_range": ("EIO",),
}
SILENCED = re.compile(r"^writev?\(2\b.*INJECTED", re.MULTILINE)
# The language's runtime looks at its stack, its threads and the processors there, again and again, and traps if it
# cannot; so it is with a real shortage, which the program finds first.
RUNTIME = re.compile(r'^\w+\((?:AT_FDCWD\S*, "|\d+<)/(?:proc|sys)/.*INJECTED', re.MULTILINE)
LOADER = re.compile(r"error while loading shared libraries|cannot (open|read|apply)|symbol lookup error")


def run(tally, world, generator, deadline):
    with world.registry("source") as source, world.registry("target") as target:
        world.program.must(world.unpack(f"{source.address}/mirror"))
        all_commands = commands.all_of(world, source, target)
        points = {name: calls_of(command) for name, command in all_commands.items()}
        names = list(all_commands)
        while time.monotonic() < deadline:
            name = names[tally.tried % len(names)]
            call = generator.choice(sorted(points[name]))
            first, last = generator.choice(points[name][call])
            number = generator.randint(first, last)
            error = generator.choice(ERRORS[call])
            try_one(tally, all_commands[name], name, call, error, number)


def try_one(tally, command, name, call, error, number):
    command.ready()
    with tempfile.TemporaryDirectory(dir=command.world.work) as traces:
        # Each thread counts for itself, and has a file of its own: in one, a call that another's interrupts is two lines.
        outcome = command.run(under=["strace", "-ff", "-y", "-qqq", "-o", f"{traces}/thread", "-e", f"trace={call}",
                                     "-e", f"inject={call}:error={error}:when={number}"])
        trace = "".join(file.read_text(errors="replace") for file in pathlib.Path(traces).iterdir())
    if LOADER.search(outcome.errors) or outcome.is_trap and RUNTIME.search(trace):
        return  # Not the program's.
    if SILENCED.search(trace):
        outcome.errors = "error: …\n  next: …"  # It could not say what was wrong.
    tally.judge(command.judge(outcome) or command.judge_again(), f"{name}, {error} at {call} number {number}")


def calls_of(command):
    """The numbers of a command's calls, thread by thread, as call -> [(first, last)].

    What the loader does before the program's own first call does not count.
    """
    command.ready()
    log = command.world.work / "calls"
    command.run(under=["strace", "-f", "-qqq", "-o", log, "-e", f"trace={','.join(ERRORS)},prlimit64"])
    lines = [re.match(r"(\d+) +(\w+)\(", line) for line in log.read_text(errors="replace").splitlines()]
    calls = [(line[1], line[2]) for line in lines if line]
    # The C library asks for the stack's limit when all libraries are there.
    start = next((number for number, (_, call) in enumerate(calls) if call == "prlimit64"), 0)
    loader, counts = collections.Counter(calls[:start]), collections.Counter(calls)
    points = collections.defaultdict(list)
    for (thread, call), count in sorted(counts.items()):
        first = loader[thread, call] + 1
        if call in ERRORS and count >= first:
            points[call].append((first, count))
    return points


def is_possible():
    return subprocess.run(["strace", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode == 0
