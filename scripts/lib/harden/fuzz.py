"""libFuzzer with the address sanitizer for every parser of bytes that others have written."""

import os
import pathlib
import re
import subprocess

LONGEST_INPUT = 1 << 16
# A parser that needs longer for an input of that size does too much work; the sanitizer makes it slower, too.
SECONDS_AN_INPUT = 20
MEMORY_MIB = 2048


def names(fuzzer):
    return subprocess.run([fuzzer], env=environment(), check=True, capture_output=True, text=True).stdout.split()


def run(tallies, fuzzer, corpora, generator, seconds, chosen=()):
    """Fuzzes each parser for `seconds`; inputs that lead further are kept in `corpora` for the next run."""
    for name in chosen or names(fuzzer):
        tally = tallies(f"fuzz {name}")
        corpus, finds = pathlib.Path(corpora) / name, pathlib.Path(corpora) / f"{name}.found"
        corpus.mkdir(parents=True, exist_ok=True)
        finds.mkdir(exist_ok=True)
        seeded = subprocess.run([fuzzer], env=environment(name, SEALIFT_SEEDS=str(corpus)), capture_output=True, text=True)
        if seeded.returncode != 0:
            tally.fail(f"the samples: {(seeded.stdout + seeded.stderr)[-500:]}")
            continue
        known = set(finds.iterdir())
        process = subprocess.run(
            [fuzzer, f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", f"-timeout={SECONDS_AN_INPUT}",
             f"-rss_limit_mb={MEMORY_MIB}", f"-seed={generator.randrange(1, 1 << 31)}", "-print_final_stats=1",
             "-reload=0", f"-artifact_prefix={finds}/", str(corpus)],
            env=environment(name), capture_output=True, text=True, errors="replace", cwd=finds)
        executed = re.search(r"stat::number_of_executed_units: +(\d+)", process.stderr)
        tally.right(int(executed[1]) if executed else 0)
        for find in sorted(set(finds.iterdir()) - known):
            tally.fail(f"see it again with SEALIFT_PARSER={name} {fuzzer} {find}\n{reason(process.stderr)}")
        if process.returncode != 0 and set(finds.iterdir()) == known:
            tally.fail(f"it ended with {process.returncode}\n{reason(process.stderr)}")


def reason(log):
    """The lines of a log that say what happened."""
    lines = [line for line in log.splitlines()
             if re.search(r"ERROR|Fatal error|Precondition|SUMMARY|^ +#\d+ .* in \$s", line)]
    return "\n".join(line[:300] for line in lines[:20]) or log[-1000:]


def environment(name="", **more):
    return {**os.environ, "SEALIFT_PARSER": name, "SWIFT_BACKTRACE": "enable=no",
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1", **more}
