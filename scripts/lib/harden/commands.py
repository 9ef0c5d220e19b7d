"""Each command with what it is tried on: how its place is made ready, its words, and what is right after it."""

import re
import shlex
import shutil
import subprocess

ORDER = ("pack", "pack from registry", "pack an update", "pack into volumes", "protect", "repair", "unpack",
         "unpack an update", "unpack to layout", "verify", "inspect", "sign", "keygen", "delete --generate",
         "delete --execute", "list releases")
WRITING = tuple(name for name in ORDER if name not in ("verify", "inspect", "list releases"))


class Command:
    """`ready` makes the place as it is before the first run; `problem` judges it, also after a run that failed.

    Where `is_finished` says so, all is done, and there is nothing for another run to do. `partial` is where a run that was
    cut off leaves what the next one goes on with.
    """

    def __init__(self, world, words, ready=lambda: None, problem=lambda outcome: None, is_finished=lambda: False,
                 partial=None):
        self.world, self.words, self.ready, self.problem, self.is_finished = world, words, ready, problem, is_finished
        self.partial = partial

    def run(self, **how):
        return self.world.program.run(self.words, **how)

    def judge(self, outcome):
        return outcome.complaint() or self.problem(outcome)

    def judge_again(self):
        """Runs it as it is, after whatever came before: it must end well."""
        if self.is_finished():
            return None
        outcome = self.run()
        if not outcome.is_done and self.follow_advice(outcome):
            return None
        if not outcome.is_done:
            return f"run again, it ended with {outcome.status}: {outcome.errors}"
        problem = self.problem(outcome)
        return f"run again: {problem}" if problem else None

    def follow_advice(self, outcome):
        """Runs the command that the error names, if it names one of another program: whether all is done then."""
        advice = re.search(r"^  next: .*`(openssl [^`]*)`", outcome.errors, re.MULTILINE)
        if advice:
            subprocess.run(shlex.split(advice[1]), capture_output=True)
        return bool(advice) and self.is_finished()


def all_of(world, source, target):
    """The commands by name. `source` is a registry that has the images below `mirror`, `target` one that is emptied."""
    out = world.work / "out"
    bundle = out / "out.tar.zst"
    oci_target = out / "target"

    def empty():
        world.fresh("out")

    def empty_registry():
        target.settle()
        shutil.rmtree(target.storage, ignore_errors=True)

    def packed(words, expected):
        return Command(world, words, empty, lambda outcome: world.problem_of_bundle(bundle, expected) or
                       ("there is no bundle" if outcome.is_done and not bundle.exists() else None),
                       partial=bundle.with_name(f"{bundle.name}.partial"))

    from_registry = world.pack(bundle, f"{source.address}/mirror")
    empty()
    world.program.must(from_registry)
    reference = bundle.read_bytes()

    def ready_to_sign():
        empty()
        bundle.write_bytes(world.sound)

    def cut(outcome):
        # The first volume gets its name last.
        volumes = sorted(out.glob(f"{bundle.name}.[0-9]*[0-9]"))
        first, parity = bundle.with_name(f"{bundle.name}.001"), bundle.with_name(f"{bundle.name}.p01")
        if not first.exists():
            return "there are no volumes" if outcome.is_done else None
        if b"".join(volume.read_bytes() for volume in volumes) != world.sound:
            return "the volumes are not the bundle"
        return None if parity.exists() else "there is no parity"

    parity = bundle.with_name(f"{bundle.name}.p01")

    def protected(outcome):
        if bundle.read_bytes() != world.sound:
            return "the bundle was changed"
        return "there is no parity" if outcome.is_done and not parity.exists() else None

    def damaged():
        ready_to_sign()
        world.program.must(["protect", bundle, "--parity", "1"])
        with bundle.open("r+b") as file:
            file.seek(len(world.sound) // 2)
            file.write(b"damage")

    def repaired(outcome):
        whole = out / "whole" / bundle.name
        if not whole.exists():
            return "nothing was written" if outcome.is_done else None
        return None if whole.read_bytes() == world.sound else "what was written is not the bundle"

    def signed(outcome):
        # A signing that was cut off says so itself, and goes on when it is run again.
        return world.problem_of_bundle(bundle, None, ("team", "auditor")) if outcome.is_done else None

    def has_signed():
        return world.problem_of_bundle(bundle, None, ("team", "auditor")) is None

    def is_pair():
        made = subprocess.run(["openssl", "pkey", "-in", out / "new.key", "-pubout"], capture_output=True).stdout
        public = out / "new.pub"
        return bool(made) and public.exists() and public.read_bytes() == made

    def with_base():
        empty_registry()
        world.program.must(world.unpack(f"{target.address}/mirror", bundle=world.base))

    def filled():
        empty_registry()
        world.program.must(world.unpack(f"{target.address}/mirror"))
        world.program.must(world.generate(f"{target.address}/mirror"))

    def deleted(outcome):
        if not outcome.is_done:
            return None
        links = target.storage.glob("docker/registry/v2/repositories/mirror/*/_manifests/tags/*/current/link")
        return "tags are left" if any(links) else None

    return {
        "pack": packed(world.pack(bundle, f"oci:{world.layout}"), world.sound),
        "pack from registry": packed(from_registry, reference),
        "pack an update": packed(
            world.pack(bundle, f"oci:{world.layout}", "--since", world.base), world.update.read_bytes()),
        "pack into volumes": Command(
            world, world.pack(bundle, f"oci:{world.layout}", "--volume-size", "64KiB", "--parity", "1"), empty, cut,
            partial=bundle.with_name(f"{bundle.name}.partial")),
        "protect": Command(world, ["protect", bundle, "--parity", "1"], ready_to_sign, protected, parity.exists,
                           partial=bundle.with_name(f"{parity.name}.partial")),
        "repair": Command(world, ["repair", bundle, "--out", out / "whole", *world.trust()], damaged, repaired,
                          partial=out / "whole" / f"{bundle.name}.partial"),
        "unpack an update": Command(world, world.unpack(f"{target.address}/mirror", bundle=world.update), with_base,
                                    lambda outcome: world.problem_of_storage(target, "mirror", outcome.is_done)),
        "unpack": Command(world, world.unpack(f"{target.address}/mirror"), empty_registry,
                          lambda outcome: world.problem_of_storage(target, "mirror", outcome.is_done)),
        "unpack to layout": Command(world, world.unpack(f"oci:{oci_target}"), empty,
                                    lambda outcome: world.problem_of_layout(oci_target, outcome.is_done)),
        "verify": Command(world, ["verify", world.bundle, *world.trust()]),
        "inspect": Command(world, ["inspect", world.bundle, *world.trust()]),
        "sign": Command(world, ["sign", bundle, "--key", world.work / "auditor.key"], ready_to_sign, signed, has_signed),
        "keygen": Command(world, ["keygen", "--out", out / "new"], empty,
                          lambda outcome: "there is no pair" if outcome.is_done and not is_pair() else None, is_pair),
        "delete --generate": Command(world, world.generate(f"{target.address}/mirror"),
                                     lambda: world.list.unlink(missing_ok=True)),
        "delete --execute": Command(world, world.execute(f"{target.address}/mirror"), filled, deleted),
        "list releases": Command(world, ["list", "releases", "--channel", "stable-4.1", "--graph-file",
                                         world.work / "graph.json"]),
    }
