"""A line with a round trip and a rate between Sealift and its registries."""

import base64
import json
import shutil
import subprocess
import sys
import time

import oci_layout
import push_layout
import registry
from release_server import ReleaseServer
from token_server import TokenServer

from . import measure, table
from .releases import Release
from .setting import SCRIPTS

ROUND_TRIP, SHORT_ROUND_TRIP = 80, 20  # milliseconds
RATE = 25  # MB a second
PLAN_SECONDS, PACK_SECONDS, MANY_SECONDS = 3, 6, 15
BEYOND_THE_BYTES = 1.15
PEAK = 64 << 20
IMAGES = 12  # of skopeo, which takes them one after the other
VERSIONS = 5  # of each operator of many
LOGIN = "somebody:a password"


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
    yield from many_images_rows(bench)
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
        yield from secure_rows(bench, release, source)


def secure_rows(bench, release, source):
    """The same content from a server with TLS and tokens."""
    folder = bench.fresh("secure")
    registry.make_certificates(folder)
    with TokenServer(folder, LOGIN) as tokens, Line(tokens.address) as token_line, bench.registry(
            "front", tls=folder, tokens=f"https://{token_line.address}/token", storage=source.storage
    ) as front, Line(front.address) as line:
        authorities = bench.fresh("authorities")
        shutil.copy(folder / "ca.crt", authorities)
        logins = folder / "auth.json"
        login = base64.b64encode(LOGIN.encode()).decode()
        logins.write_text(json.dumps({"auths": {line.address: {"auth": login}}}))
        for round_trip in (ROUND_TRIP, SHORT_ROUND_TRIP):
            line.set(round_trip)
            token_line.set(round_trip)
            yield some_images(bench, release, line.address, authorities, logins, round_trip)


def some_images(bench, release, address, authorities, logins, round_trip):
    """The same few images by both: all of them would take skopeo minutes."""
    bench.say(f"pack over a line of {round_trip} ms, with TLS and login")
    chosen = list(release.images.items())[:IMAGES]

    def sealift():
        words = [word for _, reference in chosen for word in ("--image", f"{address}/{reference}")]
        return measure.run([
            bench.sealift, "pack", *words, "--src-ca", authorities / "ca.crt", "--authfile", logins, "--key", bench.key,
            "-o", bench.fresh("packed") / "line.tar.zst"])

    def skopeo():
        folder = bench.fresh("copied")
        pairs = [(f"docker://{address}/{reference}", f"oci:{folder}/layout:{name}") for name, reference in chosen]
        return measure.run(
            bench.skopeo_copies(folder, pairs, f"--src-cert-dir={authorities}", f"--authfile={logins}"),
            env=bench.own_folders(folder))

    runs = measure.interleaved(1, ours=sealift, theirs=skopeo)
    return table.compared(
        f"pack {IMAGES} images, TLS and login, {round_trip} ms, wall", runs["ours"], runs["theirs"], "wall")


def many_images_rows(bench):
    """Images of operators: a few versions in each of many repositories."""
    images = 100 if bench.quick else 1500
    layout = bench.samples(tiny=True, unshared=True, images=images, layers=1)
    numbers = {name: number for number, (name, _) in enumerate(oci_layout.named_images(layout))}

    def place(name):
        operator, version = divmod(numbers[name], VERSIONS)
        return f"operators/operator-{operator}", f"v{version}"

    with bench.in_memory("many", access_log=True) as source, Line(source.address) as line:
        push_layout.push(layout, source.address, place=place)
        references = [":".join((f"{line.address}/{place(name)[0]}", place(name)[1])) for name in numbers]
        line.set(ROUND_TRIP)
        bench.say(f"plan {images:,} images over a line of {ROUND_TRIP} ms")
        before = source.requests()
        words = [word for reference in references for word in ("--image", reference)]
        plan = measure.run([
            bench.sealift, "pack", *words, "--dry-run", "--src-tls-verify=false", "--key", bench.key,
            "-o", bench.work / "none"])
        time.sleep(0.2)
        what = f"plan, {images:,} images of {images // VERSIONS} operators, {ROUND_TRIP} ms"
        yield table.within(f"{what}, wall", plan.wall, table.seconds, MANY_SECONDS)
        yield table.within(f"{what}, requests", source.requests() - before, str)
        yield table.within(f"{what}, peak RSS", plan.rss, table.size, PEAK)


def unpack_rows(bench):
    images = 100 if bench.quick else 500
    layout = bench.samples(tiny=True, unshared=True, images=images, layers=3)
    bundle = bench.fresh("line") / "small.tar.zst"
    measure.run([bench.sealift, "pack", "--image", f"oci:{layout}", "--key", bench.key, "-o", bundle])

    def unpack(*more):
        # What is measured is the line, and not a disk that each upload waits for.
        with bench.in_memory("target") as target, Line(target.address) as line:
            line.set(SHORT_ROUND_TRIP)
            return measure.run([
                bench.sealift, "unpack", bundle, f"{line.address}/mirror", "--trust", bench.public,
                "--dest-tls-verify=false", *more])

    bench.say(f"unpack over a line of {SHORT_ROUND_TRIP} ms")
    # As it was before requests had a number of their own.
    runs = measure.interleaved(1, ours=unpack, four=lambda: unpack("--parallel", "4", "--requests", "4"))
    what = f"unpack {4 * images:,} small blobs of {images} images, {SHORT_ROUND_TRIP} ms"
    yield table.compared(f"{what}, wall", runs["ours"], runs["four"], "wall", 0.3, peer="four at once")
    yield table.within(f"{what}, peak RSS", measure.worst(runs["ours"], "rss"), table.size, PEAK)
