"""Updates: what they carry, what planning and looking up costs, and how memory grows with what is held."""

import json
import shutil
import subprocess

import oci_layout
from release_server import ReleaseServer

from . import measure, table
from .releases import Release, rounds_of

BASE, UPDATE = "base.tar.zst", "update.tar.zst"
LOOKUP_SECONDS = 5


def rows(bench):
    yield from release_rows(bench)
    yield from transfer_rows(bench)
    yield from lookup_rows(bench)
    yield from memory_rows(bench)


def release_rows(bench):
    """Two z-streams of one release, the second as an update of the first."""
    bench.say("an update of a release")
    folder, rounds = bench.fresh("update"), rounds_of(bench)
    with bench.registry("source") as source, ReleaseServer(folder) as server:
        release = Release(bench, folder, source, server, *((60, "128M") if bench.quick else (190, "1G")))
        ask(release, "4.16.0")
        base, update = folder / BASE, folder / UPDATE
        measure.run(release.pack("-o", base))
        ask(release, "4.16.1")
        since = ["--since", base]
        measure.run(release.pack("-o", update, *since))
        yield from size_rows(bench, update)
        count = f"{len(release.images)} images"
        plan = lambda *more: measure.run(release.pack("--dry-run", "-o", folder / "none", *more))
        runs = measure.interleaved(rounds, ours=lambda: plan(*since), theirs=plan)
        yield table.compared(
            f"plan of an update, {count}, wall", runs["ours"], runs["theirs"], "wall", 1.1, peer="without --since")
    bench.fresh("source")
    shutil.rmtree(folder)


def ask(release, version):
    """Lets the configuration ask for all releases up to a version."""
    text = release.configuration.read_text()
    head, _, tail = text.partition("maxVersion: ")
    release.configuration.write_text(f"{head}maxVersion: {version}{tail[tail.index('}'):]}")


def size_rows(bench, update):
    head = bench.work / "update.head"
    measure.run([bench.sealift, "inspect", update, "--trust", bench.public, "--save-head", head])
    index = index_of(update)
    new = sum(blob["size"] for blob in index["blobs"] if blob["encoding"] != "held")
    held = sum(blob["size"] for blob in index["blobs"] if blob["encoding"] == "held")
    body = update.stat().st_size - head.stat().st_size
    yield table.against("bytes of an update behind its head", body, new, body / new, "its new blobs", table.size, 1.01)
    whole = new + held
    yield table.against(
        "bytes of an update", update.stat().st_size, whole, update.stat().st_size / whole, "all its blobs", table.size)


def index_of(bundle):
    stream = subprocess.Popen(["zstd", "-dcq", bundle], stdout=subprocess.PIPE)
    text = subprocess.run(["tar", "-xOf", "-", "--occurrence=1", "bundle.json"], stdin=stream.stdout, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout
    stream.kill()
    stream.wait()
    return json.loads(text)


def transfer_rows(bench):
    """What an update costs beyond the new blobs alone."""
    bench.say("unpack an update")
    old = bench.samples(images=10, layers=15, size="128M" if bench.quick else "1G")
    folder = bench.fresh("updating")
    new = renamed(bench.samples(images=6, layers=11, size="64M" if bench.quick else "512M", unshared=True), folder / "new")
    base, alone, update = (folder / name for name in (BASE, "alone.tar.zst", UPDATE))
    pack(bench, base, old)
    pack(bench, alone, new)
    pack(bench, update, old, new, since=base)

    def unpack(bundle, *before):
        with bench.registry("target") as target:
            for each in before:
                measure.run(unpacking(bench, each, target))
            looking = measure.run([*unpacking(bench, bundle, target), "--dry-run"])
            usage = measure.run(unpacking(bench, bundle, target))
        bench.fresh("target")
        return usage, looking

    runs = measure.interleaved(bench.rounds, ours=lambda: unpack(update, base), theirs=lambda: unpack(alone))
    ours, theirs = ([usage for usage, _ in runs[name]] for name in ("ours", "theirs"))
    looking = measure.median([looking for _, looking in runs["ours"]], "wall")
    yield table.within("look-up for an update, wall", looking, table.seconds)
    limit = 1.1 * measure.median(theirs, "wall") + looking
    wall = measure.median(ours, "wall")
    yield table.against(
        "unpack of an update, wall", wall, limit, wall / limit, "1.1 x its new blobs alone + look-up", table.seconds, 1)
    shutil.rmtree(folder)


def lookup_rows(bench):
    """Many held blobs at a registry."""
    layout = bench.samples(tiny=True, unshared=True, images=10 if bench.quick else 103, layers=98)
    folder = bench.fresh("looking")
    more = renamed(bench.samples(tiny=True, images=1, layers=3), folder / "more")
    base, update = folder / BASE, folder / UPDATE
    pack(bench, base, layout)
    pack(bench, update, layout, more, since=base)
    held = sum(blob["encoding"] == "held" for blob in index_of(update)["blobs"])
    bench.say(f"look-up of {held:,} held blobs")
    with bench.in_memory("target") as target:
        measure.run(unpacking(bench, base, target))
        usages = [measure.run([*unpacking(bench, update, target), "--dry-run"]) for _ in range(3)]
    bench.fresh("target")
    yield table.within(
        f"look-up of {held:,} held blobs, wall", measure.median(usages, "wall"), table.seconds, LOOKUP_SECONDS)
    yield table.within(f"look-up of {held:,} held blobs, peak RSS", measure.worst(usages, "rss"), table.size, 128 << 20)
    shutil.rmtree(folder)


def memory_rows(bench):
    """Nine of ten blobs held."""
    counts = (27, 30) if bench.quick else (900, 1000)
    part, whole = (bench.samples(tiny=True, unshared=True, images=images, layers=98) for images in counts)
    folder = bench.fresh("holding")
    base, update = folder / BASE, folder / UPDATE
    pack(bench, base, part)
    packing = pack(bench, update, whole, since=base)
    blobs = index_of(update)["blobs"]
    held = sum(blob["encoding"] == "held" for blob in blobs)
    count = f"{len(oci_layout.unique_descriptors(whole)):,} blobs, {held:,} held"
    trust = ["--trust", bench.public]
    usages = {
        "pack": packing,
        "inspect": measure.run([bench.sealift, "inspect", update, *trust, "--base", base]),
        "verify": measure.run([bench.sealift, "verify", update, *trust]),
        "unpack": measure.run([
            bench.sealift, "unpack", update, f"oci:{bench.fresh('layout')}/to", *trust, "--base", base]),
    }
    bench.fresh("layout")
    for name, usage in usages.items():
        yield table.within(f"{name}, {count}, peak RSS", usage.rss, table.size, 128 << 20)
    shutil.rmtree(folder)


def renamed(layout, folder):
    """The same images under other names."""
    shutil.copytree(layout, folder)
    index = folder / "index.json"
    index.write_text(index.read_text().replace("sample/", "other/"))
    return folder


def pack(bench, bundle, *layouts, since=None):
    """Packs all of some layouts; what that used."""
    images = [word for layout in layouts for word in ("--image", f"oci:{layout}")]
    return measure.run([
        bench.sealift, "pack", *images, "--key", bench.key, "-o", bundle, *(["--since", since] if since else [])])


def unpacking(bench, bundle, target):
    return [
        bench.sealift, "unpack", bundle, f"{target.address}/mirror", "--trust", bench.public, "--dest-tls-verify=false"]
