"""Pack from a registry and unpack into an empty one, against skopeo through one OCI layout (which shares blobs too)."""

import shutil

import oci_layout
from push_layout import push

from . import measure, table

BUNDLE = "images.tar.zst"
LIMIT = "openssl dgst of the bundle"


def rows(bench):
    layout = bench.transfer_samples()
    unique = sum(blob["size"] for blob in oci_layout.unique_descriptors(layout).values())
    yield from pack_rows(bench, layout, unique)
    yield from unpack_rows(bench, layout, unique)


def bundle(bench):
    """The bundle of the transfer samples, that other sections use too; made by `rows` or here."""
    path = bench.work / "packed" / BUNDLE
    if not path.exists():
        packing = Packing(bench, bench.transfer_samples(), address=None)
        packing.from_layout()
    return path


class Packing:
    def __init__(self, bench, layout, address):
        self.bench, self.layout, self.address = bench, layout, address

    def sealift(self):
        images = [word for name in self.bench.names(self.layout) for word in ("--image", f"{self.address}/{name}")]
        return self._pack(*images, "--src-tls-verify=false")

    def from_layout(self):
        return self._pack("--image", f"oci:{self.layout}")

    def skopeo(self):
        folder = self.bench.fresh("copied")
        pairs = [(f"docker://{self.address}/{name}", f"oci:{folder}/layout:{name}") for name in self.bench.names(self.layout)]
        command = self.bench.skopeo_copies(folder, pairs, "--src-tls-verify=false")
        usage = measure.run(command, env=self.bench.own_folders(folder))
        usage.disk = measure.disk_use(folder / "layout")
        shutil.rmtree(folder)
        return usage

    def _pack(self, *images):
        folder = self.bench.fresh("packed")
        command = [self.bench.sealift, "pack", *images, "--key", self.bench.key, "-o", folder / BUNDLE]
        return measure.run(command, watch=folder, env=self.bench.own_folders(folder), cwd=folder)


def pack_rows(bench, layout, unique):
    with bench.registry("source") as source:
        push(layout, source.address)
        bench.say("pack")
        packing = Packing(bench, layout, source.address)
        if not bench.quick:
            measure.interleaved(1, ours=packing.sealift, theirs=packing.skopeo)  # warms the page cache
        runs = measure.interleaved(
            bench.rounds, ours=packing.sealift, theirs=packing.skopeo, limit=lambda: hash_once(bench))
    bench.fresh("source")
    ours, theirs = runs["ours"], runs["theirs"]
    archive = (bench.work / "packed" / BUNDLE).stat().st_size
    yield table.compared("pack, registry to bundle, wall", ours, theirs, "wall", 0.6)
    yield table.compared("pack, client CPU", ours, theirs, "cpu", 0.4)
    yield table.compared("pack, wall against the limit", ours, runs["limit"], "wall", peer=LIMIT)
    yield table.within("pack, peak RSS", measure.worst(ours, "rss"), table.size, 64 << 20)
    beyond = max(usage.disk - archive for usage in ours) / unique
    yield table.within("pack, disk beyond the archive", beyond, table.percent, 0.01)
    disk, their_disk = measure.worst(ours, "disk") / unique, measure.worst(theirs, "disk") / unique
    yield table.against("pack, disk / unique blobs", disk, their_disk, disk / their_disk, "skopeo", table.multiple)
    yield table.against(
        "archive size", archive, unique, archive / unique, "unique blobs", table.size, at_most=1.002)


def unpack_rows(bench, layout, unique):
    bench.say("unpack")
    first, again = [], []

    def sealift():
        with bench.registry("target") as target:
            folder = bench.fresh("unpacking")
            command = [
                bench.sealift, "unpack", bundle(bench), f"{target.address}/mirror", "--trust", bench.public,
                "--dest-tls-verify=false",
            ]
            options = {"watch": folder, "env": bench.own_folders(folder), "cwd": folder}
            first.append(measure.run(command, **options))
            again.append(measure.run(command, **options))
        bench.fresh("target")

    def skopeo():
        with bench.registry("target") as target:
            folder = bench.fresh("copying")
            pairs = [(f"oci:{layout}:{name}", f"docker://{target.address}/mirror/{name}") for name in bench.names(layout)]
            command = bench.skopeo_copies(folder, pairs, "--dest-tls-verify=false")
            usage = measure.run(command, env=bench.own_folders(folder))
        bench.fresh("target")
        return usage

    runs = measure.interleaved(bench.rounds, ours=sealift, theirs=skopeo, limit=lambda: hash_once(bench))
    theirs = runs["theirs"]
    yield table.compared("unpack, bundle to empty registry, wall", first, theirs, "wall", 0.6)
    yield table.compared("unpack, client CPU", first, theirs, "cpu", 0.4)
    yield table.compared("unpack, wall against the limit", first, runs["limit"], "wall", peer=LIMIT)
    yield table.within("unpack, peak RSS", measure.worst(first + again, "rss"), table.size, 64 << 20)
    yield table.within("unpack, disk beyond the archive", measure.worst(first, "disk") / unique, table.percent, 0.01)
    yield table.compared("unpack again, all present, wall", again, first, "wall", 0.1, peer="first")


def hash_once(bench):
    """The limit: what any program must do that proves these bytes."""
    return measure.run(["openssl", "dgst", "-sha256", bundle(bench)])
