"""What it costs that a bundle is cut into volumes: packing into them, and reading from them."""

import shutil

from . import measure, table, transfer

NAME = "volumes.tar.zst"
VOLUME, QUICK_VOLUME = "256MiB", "32MiB"


def rows(bench):
    layout = bench.transfer_samples()
    media = Media(bench, layout)
    bench.say("media")
    media.into_volumes()  # warms the page cache
    runs = measure.interleaved(
        bench.rounds, volumes=media.into_volumes, whole=media.into_one_file, limit=lambda: transfer.hash_once(bench))
    volumes, whole = runs["volumes"], runs["whole"]
    yield table.compared("pack into volumes, wall", volumes, whole, "wall", 1.05, peer="into one file")
    # The volumes have a SHA-256 of their own: nothing else may cost, and that no wall time where a core is free.
    more, hashing = measure.median(volumes, "cpu") - measure.median(whole, "cpu"), measure.median(runs["limit"], "cpu")
    yield table.against(
        "pack into volumes, CPU more than into one", more, hashing, more / hashing, transfer.LIMIT, table.seconds, 1.2)
    yield table.within("pack into volumes, peak RSS", measure.worst(volumes, "rss"), table.size, 64 << 20)
    runs = measure.interleaved(
        bench.rounds, volumes=lambda: media.verify(media.directory), whole=lambda: media.verify(transfer.bundle(bench)))
    yield table.compared("verify volumes, wall", runs["volumes"], runs["whole"], "wall", 1.05, peer="one file")
    runs = measure.interleaved(
        bench.rounds, volumes=lambda: media.unpack(media.directory), whole=lambda: media.unpack(transfer.bundle(bench)))
    volumes, whole = runs["volumes"], runs["whole"]
    yield table.compared("unpack from volumes, wall", volumes, whole, "wall", 1.05, peer="from one file")
    yield table.within("unpack from volumes, peak RSS", measure.worst(volumes, "rss"), table.size, 64 << 20)
    shutil.rmtree(media.directory)


class Media:
    def __init__(self, bench, layout):
        self.bench, self.layout = bench, layout
        self.directory = bench.work / "volumes"
        self.size = QUICK_VOLUME if bench.quick else VOLUME

    def into_volumes(self):
        return self._pack(self.bench.fresh("volumes"), NAME, "--volume-size", self.size)

    def into_one_file(self):
        return self._pack(self.bench.fresh("packed"), transfer.BUNDLE)

    def _pack(self, folder, name, *more):
        command = [
            self.bench.sealift, "pack", "--image", f"oci:{self.layout}", "--key", self.bench.key, "-o", folder / name, *more,
        ]
        return measure.run(command, env=self.bench.own_folders(folder), cwd=folder)

    def verify(self, bundle):
        return measure.run([self.bench.sealift, "verify", bundle, "--trust", self.bench.public])

    def unpack(self, bundle):
        with self.bench.registry("target") as target:
            command = [
                self.bench.sealift, "unpack", bundle, f"{target.address}/mirror", "--trust", self.bench.public,
                "--dest-tls-verify=false",
            ]
            folder = self.bench.fresh("unpacking")
            usage = measure.run(command, env=self.bench.own_folders(folder), cwd=folder)
        self.bench.fresh("target")
        return usage
