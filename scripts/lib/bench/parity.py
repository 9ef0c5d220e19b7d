"""What parity costs: making it, reading through it, and reading through it what is damaged."""

import os
import random
import re
import shutil

from . import measure, table, transfer

NAME = "bundle.tar.zst"
PARTS, PARITY, SHARE = 20, 2, "10%"


def rows(bench):
    parity = Parity(bench)
    bench.say("parity")
    parity.protect()  # warms the page cache
    runs = measure.interleaved(bench.rounds, ours=parity.protect, limit=parity.read_and_write)
    yield table.compared("protect, 10 %, wall", runs["ours"], runs["limit"], "wall", 1.3, peer="cat and dd")
    per_byte = measure.median(runs["ours"], "cpu") / parity.size
    yield table.within("protect, 10 %, CPU for a GB", per_byte * 1e9, table.seconds, 1)
    yield table.within("protect, peak RSS", measure.worst(runs["ours"], "rss"), table.size, 64 << 20)
    if not bench.quick:  # it takes minutes
        peer = [parity.par2()]
        yield table.compared("protect, 10 %, wall", runs["ours"], peer, "wall", 0.1, peer="par2")
    runs = measure.interleaved(
        bench.rounds, ours=lambda: parity.verify(parity.bundle), plain=lambda: parity.verify(transfer.bundle(bench)))
    yield table.compared("verify through parity, wall", runs["ours"], runs["plain"], "wall", 1.1, peer="without")
    count = parity.damage()
    runs = measure.interleaved(
        bench.rounds, ours=lambda: parity.verify(parity.bundle), plain=lambda: parity.verify(transfer.bundle(bench)))
    yield table.compared(
        f"verify, {count} damaged chunks (5 %), wall", runs["ours"], runs["plain"], "wall", 2, peer="undamaged")
    yield table.within("verify through parity, peak RSS", measure.worst(runs["ours"], "rss"), table.size, 64 << 20)
    shutil.rmtree(parity.folder)


class Parity:
    def __init__(self, bench):
        self.bench = bench
        self.folder = bench.fresh("parity")
        self.bundle = self.folder / NAME
        shutil.copyfile(transfer.bundle(bench), self.bundle)
        self.size = self.bundle.stat().st_size

    def volumes(self):
        return sorted(self.folder.glob(f"{NAME}.p*"))

    def protect(self):
        for volume in self.volumes():
            volume.unlink()
        return measure.run([self.bench.sealift, "protect", self.bundle, "--parity", SHARE])

    def read_and_write(self):
        """Reads the bundle once and writes as much as its parity, both by tools that do nothing else."""
        count = self.size * PARITY // PARTS >> 20
        script = 'cat "$1" > /dev/null && dd if=/dev/zero of="$2" bs=1M count="$3" conv=fsync status=none'
        return measure.run(["sh", "-c", script, "sh", self.bundle, self.folder / "written", count])

    def par2(self):
        try:
            return measure.run(["par2", "create", "-q", "-q", "-r10", self.folder / "peer.par2", self.bundle])
        finally:
            for file in self.folder.glob("peer*"):
                file.unlink()

    def verify(self, bundle):
        return measure.run([self.bench.sealift, "verify", bundle, "--trust", self.bench.public])

    def damage(self):
        """Changes a byte in one of twenty chunks, in no more of a column than can be repaired; tells how many."""
        part = -(-self.size // PARTS // 4096) * 4096
        chunk = self.chunk()
        columns = -(-part // chunk)
        choice = random.Random(1)
        wanted, damaged = PARTS * columns // 20, {}
        while sum(map(len, damaged.values())) < wanted:
            own = damaged.setdefault(choice.randrange(columns - 1), set())
            if len(own) < PARITY:
                own.add(choice.randrange(PARTS - 1))
        with open(self.bundle, "r+b") as file:
            for column, shards in damaged.items():
                for shard in shards:
                    place = shard * part + column * chunk + 7
                    byte = os.pread(file.fileno(), 1, place)
                    os.pwrite(file.fileno(), bytes([byte[0] ^ 0xFF]), place)
        return wanted

    def chunk(self):
        with open(self.volumes()[0], "rb") as file:
            return int(re.search(rb'"chunkSize":(\d+)', file.read(4096))[1])
