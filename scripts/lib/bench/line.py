"""A line with a round trip and a rate between Sealift and its registries."""

import subprocess
import sys
import time

from release_server import ReleaseServer

from . import measure, table
from .releases import Release
from .setting import SCRIPTS

ROUND_TRIP, SHORT_ROUND_TRIP = 80, 20  # milliseconds
RATE = 25  # MB a second
PLAN_SECONDS, PACK_SECONDS = 3, 6
BEYOND_THE_BYTES = 1.15
PEAK = 64 << 20
IMAGES = 12  # of skopeo, which takes them one after the other


class Line:
    """A proxy in front of a server: `address` is HOST:PORT, which stays while round trip and rate change."""

    def __init__(self, upstream):
        self.upstream, self.process, self.port = upstream, None, 0
        self.set(0)

    def set(self, round_trip, rate=0):
        self.stop()
        self.process = subprocess.Popen(
            [sys.executable, SCRIPTS / "lib" / "line_proxy.py", self.upstream, f"--port={self.port}",
             f"--round-trip={round_trip}", f"--rate={rate}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        self.port = int(self.address.rpartition(":")[2])

    def stop(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def rows(bench):
    yield from release_rows(bench)
    yield from unpack_rows(bench)


def release_rows(bench):
    components, size = (60, "64M") if bench.quick else (190, "256M")
    folder = bench.fresh("line")
    with bench.registry("source", access_log=True) as source, Line(source.address) as line, ReleaseServer(folder) as server:
        release = Release(bench, folder, source, server, components, size, line.address)
        count = f"{len(release.images)} images"
        line.set(ROUND_TRIP)
        bench.say(f"plan and pack over a line of {ROUND_TRIP} ms")
        before = source.requests()
        plan = measure.run(release.pack("--dry-run", "-o", bench.work / "none"))
        time.sleep(0.2)
        yield table.within(
            f"plan, {count} with referrers, {ROUND_TRIP} ms, wall", plan.wall, table.seconds, PLAN_SECONDS)
        yield table.within(f"plan, {count}, {ROUND_TRIP} ms, requests", source.requests() - before, str)
        pack = measure.run(release.pack("-o", bench.fresh("packed") / "line.tar.zst"))
        yield table.within(f"pack {size}B, {ROUND_TRIP} ms, wall", pack.wall, table.seconds, PACK_SECONDS)
        yield table.within(f"pack {size}B, {ROUND_TRIP} ms, peak RSS", pack.rss, table.size, PEAK)
        line.set(ROUND_TRIP, RATE)
        pack = measure.run(release.pack("-o", bench.fresh("packed") / "line.tar.zst"))
        at_most = plan.wall + BEYOND_THE_BYTES * release.unique_bytes() / (RATE * 1e6)
        yield table.within(f"pack {size}B, {ROUND_TRIP} ms, {RATE} MB/s, wall", pack.wall, table.seconds, at_most)
        for round_trip in (ROUND_TRIP, SHORT_ROUND_TRIP):
            line.set(round_trip)
            yield some_images(bench, release, round_trip)


def some_images(bench, release, round_trip):
    """The same few images by both: all of them would take skopeo minutes."""
    chosen = list(release.images.items())[:IMAGES]

    def sealift():
        words = [word for _, reference in chosen for word in ("--image", f"{release.address}/{reference}")]
        return measure.run([
            bench.sealift, "pack", *words, "--src-tls-verify=false", "--key", bench.key,
            "-o", bench.fresh("packed") / "line.tar.zst"])

    def skopeo():
        folder = bench.fresh("copied")
        pairs = [(f"docker://{release.address}/{reference}", f"oci:{folder}/layout:{name}")
                 for name, reference in chosen]
        return measure.run(bench.skopeo_copies(folder, pairs, "--src-tls-verify=false"), env=bench.own_folders(folder))

    runs = measure.interleaved(1, ours=sealift, theirs=skopeo)
    return table.compared(f"pack {IMAGES} images, {round_trip} ms, wall", runs["ours"], runs["theirs"], "wall")


def unpack_rows(bench):
    images = 100 if bench.quick else 500
    layout = bench.samples(tiny=True, unshared=True, images=images, layers=3)
    bundle = bench.fresh("line") / "small.tar.zst"
    measure.run([bench.sealift, "pack", "--image", f"oci:{layout}", "--key", bench.key, "-o", bundle])

    def unpack(*more):
        with bench.registry("target") as target, Line(target.address) as line:
            line.set(SHORT_ROUND_TRIP)
            usage = measure.run([
                bench.sealift, "unpack", bundle, f"{line.address}/mirror", "--trust", bench.public,
                "--dest-tls-verify=false", *more])
        bench.fresh("target")
        return usage

    bench.say(f"unpack over a line of {SHORT_ROUND_TRIP} ms")
    # As it was before requests had a number of their own.
    runs = measure.interleaved(1, ours=unpack, four=lambda: unpack("--parallel", "4", "--requests", "4"))
    what = f"unpack {4 * images:,} small blobs of {images} images, {SHORT_ROUND_TRIP} ms"
    yield table.compared(f"{what}, wall", runs["ours"], runs["four"], "wall", 0.3, peer="four at once")
    yield table.within(f"{what}, peak RSS", measure.worst(runs["ours"], "rss"), table.size, PEAK)
