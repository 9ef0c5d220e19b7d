"""How long a program takes that does next to nothing."""

from . import measure, table

ROUNDS = 20


def rows(bench):
    runs = measure.interleaved(
        ROUNDS,
        ours=lambda: measure.run([bench.sealift, "version"]),
        theirs=lambda: measure.run(["skopeo", "--version"]))
    ours, theirs = runs["ours"], runs["theirs"]
    yield table.against(
        "start-up (version), wall", measure.median(ours, "wall"), measure.median(theirs, "wall"),
        measure.median_ratio(ours, theirs, "wall"), "skopeo", table.seconds)
