"""How long a program takes that does next to nothing."""

from . import measure, table

ROUNDS = 20


def rows(bench):
    runs = measure.interleaved(
        ROUNDS,
        ours=lambda: measure.run([bench.sealift, "version"]),
        theirs=lambda: measure.run(["skopeo", "--version"]))
    yield table.compared("start-up (version), wall", runs["ours"], runs["theirs"], "wall")
