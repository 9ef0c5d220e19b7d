"""A proxy that breaks its connections, in front of a real registry: the right result or a clean error."""

import time

from . import commands
from .proxy import Proxy


def run(tally, world, generator, deadline):
    with world.registry("source") as source, world.registry("target") as target:
        world.program.must(world.unpack(f"{source.address}/mirror"))
        with Proxy(source.address) as from_source, Proxy(target.address) as to_target:
            all_commands = commands.all_of(world, Through(source, from_source), Through(target, to_target))
            while time.monotonic() < deadline:
                name = ("pack from registry", "unpack")[tally.tried % 2]
                command = all_commands[name]
                command.ready()
                seed = generator.randrange(1 << 32)
                for proxy in (from_source, to_target):
                    proxy.disturb(seed)
                outcome = command.run()
                for proxy in (from_source, to_target):
                    proxy.disturb(None)
                tally.judge(command.judge(outcome) or command.judge_again(), f"{name}, disturbed with {seed}")


class Through:
    """A registry that is reached at the address of a proxy."""

    def __init__(self, registry, proxy):
        self.address, self.storage, self.settle = proxy.address, registry.storage, registry.settle
