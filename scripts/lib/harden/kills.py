"""kill -9 at a random moment of each command that writes: then the same command ends right."""

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
            tally.judge(problem or command.judge_again(), f"{name}, killed after {moment:.4f} s")
