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
    yield table.compared("verify on one core, wall", one, limit, "wall", 1.2, peer="openssl dgst on it")
    if len(os.sched_getaffinity(0)) > 1:
        yield table.compared("verify on all cores, wall", every, one, "wall", 1, peer="on one core")
    yield table.within("verify, peak RSS", measure.worst(one + every, "rss"), table.size, 64 << 20)
