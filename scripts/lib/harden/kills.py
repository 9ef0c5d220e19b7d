"""kill -9 at a random moment of each command that writes: then the same command ends right.

Every second time the disk changes a bit of what the next run goes on with.
"""

import time

from . import commands


def run(tally, world, generator, deadline):
    with world.registry("source") as source, world.registry("target") as target:
        world.program.must(world.unpack(f"{source.address}/mirror"))
        all_commands = commands.all_of(world, source, target)
        durations = {}
        while time.monotonic() < deadline:
            name = commands.WRITING[tally.tried % len(commands.WRITING)]
            command = all_commands[name]
            if name not in durations:
                command.ready()
                start = time.monotonic()
                command.run()
                durations[name] = time.monotonic() - start
            command.ready()
            moment = generator.uniform(0, durations[name])
            outcome = command.run(kill_after=moment)
            problem = command.judge(outcome) if outcome.status is not None else command.problem(outcome)
            flipped = flip(command.partial, generator) if generator.random() < 0.5 else ""
            tally.judge(problem or command.judge_again(), f"{name}, killed after {moment:.4f} s{flipped}")


def flip(path, generator):
    """Flips a bit of a file, if it is there; returns what was done as the end of a sentence."""
    size = path.stat().st_size if path and path.exists() else 0
    if not size:
        return ""
    place, bit = generator.randrange(size), generator.randrange(8)
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))
    return f", bit {bit} of byte {place} of {path.name} flipped"
