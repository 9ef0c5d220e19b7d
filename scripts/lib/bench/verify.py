"""Verify against the machine's limit: hashing the same file once with OpenSSL."""

import os

from . import measure, table, transfer


def rows(bench):
    bundle = transfer.bundle(bench)
    bench.say("verify")
    verify = [bench.sealift, "verify", bundle, "--trust", bench.public]
    core = str(min(os.sched_getaffinity(0)))
    on_one_core = ["taskset", "-c", core]
    actions = {
        "limit": lambda: measure.run([*on_one_core, "openssl", "dgst", "-sha256", bundle]),
        "one": lambda: measure.run([*on_one_core, *verify]),
        "all": lambda: measure.run(verify),
    }
    measure.interleaved(1, **actions)  # warms the page cache
    runs = measure.interleaved(bench.rounds, **actions)
    limit, one, every = runs["limit"], runs["one"], runs["all"]
    limit_wall = measure.median(limit, "wall")
    yield table.against(
        "verify on one core, wall", measure.median(one, "wall"), limit_wall,
        measure.median_ratio(one, limit, "wall"), "openssl dgst", table.seconds, at_most=1.2)
    if len(os.sched_getaffinity(0)) > 1:
        yield table.against(
            "verify on all cores, wall", measure.median(every, "wall"), measure.median(one, "wall"),
            measure.median_ratio(every, one, "wall"), "on one core", table.seconds, at_most=1)
    yield table.within("verify, peak RSS", max(usage.rss for usage in one + every), table.size, 64 << 20)
