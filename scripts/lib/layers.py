"""Makes image layers from the files of this machine: the same files give the same layers."""

import bisect
import hashlib
import itertools
import os
import pathlib
import random
import stat
import subprocess
import tarfile
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

MEDIA_TYPES = {
    "gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "stored": "application/vnd.oci.image.layer.v1.tar+gzip",
    "zstd": "application/vnd.oci.image.layer.v1.tar+zstd",
    "tar": "application/vnd.oci.image.layer.v1.tar",
}

# Larger files would make layer sizes uneven, and each file is held in memory.
LARGEST_FILE = 16 << 20
# More would be read from a slow disk for little: after it, changed copies of the same files serve as well.
MOST_FILE_BYTES = 1 << 30
# Bytes of tar that give one byte of layer, roughly: how far apart layers start in the files.
SPACING = 3
GZIP_LEVEL = 1  # what the bytes compress to matters here, not how well
TAR_BLOCK = 512


@dataclass
class Layer:
    """What to make: a layer of about `size` bytes once compressed, from the files beginning at `start` bytes."""

    size: int
    start: int
    encoding: str = "gzip"
    text: bytes = b""  # not empty: the layer is one small file of this content


class Corpus:
    """The machine's files in a fixed, mixed order, continued without end.

    After the last file they come again with each byte value replaced by another one: as compressible, yet different.
    """

    def __init__(self, roots):
        files = []
        for root in roots:
            for folder, _, names in os.walk(root):
                files.extend(os.path.join(folder, name) for name in names)
        sized = [(path, size) for path in files if 0 < (size := file_size(path)) <= LARGEST_FILE]
        mixed = sorted(sized, key=lambda file: hashlib.sha256(os.fsencode(file[0])).digest())
        ends = list(itertools.accumulate(size for _, size in mixed))
        used = bisect.bisect_right(ends, MOST_FILE_BYTES)
        self.files, self.ends = mixed[:used], ends[:used]
        if not self.files or self.ends[-1] < 64 << 20:
            raise SystemExit(f"error: {' '.join(roots)} hold too few files; name more with --from")

    def read(self, start, largest):
        """Yields (path, executable, content) from `start` on, for files of at most `largest` bytes."""
        turn, offset = divmod(start, self.ends[-1])
        first = bisect.bisect_right(self.ends, offset)
        while True:
            table = bytes(random.Random(turn).sample(range(256), 256)) if turn else None
            for path, size in itertools.islice(self.files, first, None):
                if size > largest:
                    continue
                try:
                    content = pathlib.Path(path).read_bytes()
                except OSError:
                    continue
                name = path.lstrip("/") if turn == 0 else f"variant-{turn}{path}"
                yield name, os.access(path, os.X_OK), content.translate(table) if table else content
            turn, first = turn + 1, 0


def file_size(path):
    """The size of a regular file; 0 for anything else."""
    try:
        status = os.lstat(path)
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0


class Gzip:
    def __init__(self, output, level=GZIP_LEVEL):
        self.output = output
        self.coder = zlib.compressobj(level, zlib.DEFLATED, 31)  # 31: gzip form, whose time field is 0

    def write(self, data):
        self.output(self.coder.compress(data))

    def close(self):
        self.output(self.coder.flush())


class Stored(Gzip):
    """Gzip that does not try: for noise, which is quickly made and would not shrink."""

    def __init__(self, output):
        super().__init__(output, level=0)


class Zstd:
    """By the program, all at once: not every Python has a zstd of its own."""

    def __init__(self, output):
        self.output = output
        self.plain = bytearray()

    def write(self, data):
        self.plain += data

    def close(self):
        self.output(subprocess.run(["zstd", "-3", "-q", "-c"], input=self.plain, stdout=subprocess.PIPE, check=True).stdout)


class Plain:
    def __init__(self, output):
        self.write = output

    def close(self):
        pass


class LayerFile:
    """A layer on its way into a layout: hashes what comes out of the coder and what goes in."""

    def __init__(self, folder, encoding):
        self.folder = folder
        self.path = folder / f"layer-{os.getpid()}"
        self.file = open(self.path, "wb")
        self.stored, self.plain = hashlib.sha256(), hashlib.sha256()
        self.stored_size = self.plain_size = 0
        self.coder = {"gzip": Gzip, "stored": Stored, "zstd": Zstd, "tar": Plain}[encoding](self._store)
        self.encoding = encoding

    def add(self, name, executable, content):
        header = tarfile.TarInfo(name)
        header.size, header.mode = len(content), 0o755 if executable else 0o644
        self._write(header.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape"))
        self._write(content + bytes(-len(content) % TAR_BLOCK))

    def finish(self):
        self._write(bytes(2 * TAR_BLOCK))
        self.coder.close()
        self.file.close()
        digest = self.stored.hexdigest()
        os.replace(self.path, self.folder / digest)
        descriptor = {"mediaType": MEDIA_TYPES[self.encoding], "digest": f"sha256:{digest}", "size": self.stored_size}
        return descriptor, f"sha256:{self.plain.hexdigest()}"

    def has(self, size):
        return self.stored_size >= size if self.encoding == "gzip" else self.plain_size >= size * SPACING

    def _write(self, data):
        self.plain.update(data)
        self.plain_size += len(data)
        self.coder.write(data)

    def _store(self, data):
        self.stored.update(data)
        self.stored_size += len(data)
        self.file.write(data)


def make(corpus, folder, layer):
    """Writes one layer into a folder of blobs; returns its descriptor and its diff id."""
    output = LayerFile(folder, layer.encoding)
    if layer.text:
        output.add("content", False, layer.text)
        return output.finish()
    for file in corpus.read(layer.start, largest=max(layer.size, 64 << 10)):
        output.add(*file)
        if output.has(layer.size):
            return output.finish()


def make_all(corpus, folder, layers):
    """Makes layers on all processors; returns their (descriptor, diff id) pairs in order."""
    with ProcessPoolExecutor(initializer=prepare, initargs=(corpus, folder, layers)) as pool:
        return list(pool.map(make_prepared, range(len(layers)), chunksize=1 + len(layers) // 1000))


def prepare(*task):
    global prepared
    prepared = task


def make_prepared(number):
    corpus, folder, layers = prepared
    return make(corpus, folder, layers[number])
