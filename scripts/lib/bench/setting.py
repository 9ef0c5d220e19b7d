"""What the sections share: the program, folders, sample images, registries."""

import contextlib
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

import oci_layout
from registry import Registry

SCRIPTS = pathlib.Path(__file__).resolve().parents[2]
MEMORY = "/dev/shm"


class Bench:
    def __init__(self, sealift, work, quick):
        self.quick = quick
        self.rounds = 3 if quick else 5
        self.work = pathlib.Path(work) / "sealift-bench"
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        free = shutil.disk_usage(self.work).free
        if free < (2 if quick else 10) << 30:
            raise RuntimeError(f"{self.work} has only {free >> 20} MiB of free space; name another folder with --work")
        self.sealift = self.work / "sealift"  # a copy, so that a build meanwhile changes nothing
        shutil.copy(sealift, self.sealift)
        self.key, self.public = self.work / "key.key", self.work / "key.pub"
        subprocess.run([self.sealift, "keygen", "--out", self.work / "key"], check=True, stdout=subprocess.DEVNULL)

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def samples(self, **options):
        """The folder of a layout made by scripts/sample-images with these options."""
        words = [f"--{name}" if value is True else f"--{name}={value}" for name, value in options.items()]
        self.say(f"Sample images: {' '.join(words)}")
        made = subprocess.run([SCRIPTS / "sample-images", *words], check=True, stdout=subprocess.PIPE, text=True)
        return pathlib.Path(made.stdout.strip())

    def transfer_samples(self):
        """The set for everything that depends on bytes."""
        return self.samples(images=20, layers=15, size="256M" if self.quick else "2G")

    def registry(self, name, **options):
        """A fresh, empty server; to be used in a `with`, and emptied after it."""
        return Registry(self.fresh(name), **options)

    @contextlib.contextmanager
    def in_memory(self, name, **options):
        """A server whose small content lies in memory, where the system has a place for that, and goes at the end."""
        place = MEMORY if os.access(MEMORY, os.W_OK) else self.work
        with tempfile.TemporaryDirectory(dir=place) as storage, self.registry(name, storage=storage, **options) as server:
            yield server

    def fresh(self, name):
        """An empty folder in the work folder."""
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def own_folders(self, folder):
        """An environment whose home and temporary files are in `folder`, for a command and its traces alone."""
        folders = {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME")}
        # skopeo keeps its blob-info cache in XDG_DATA_HOME, and for root in /var/lib/containers unless this is set.
        return {**os.environ, **folders, "_CONTAINERS_ROOTLESS_UID": "1000"}

    def skopeo_copies(self, folder, pairs, *options):
        """A program that copies one (from, to) after another, as a user of skopeo would write it."""
        script = folder / "copy.sh"
        words = ["skopeo", "copy", "-q", "--insecure-policy", *options]
        script.write_text("set -e\n" + "".join(shlex.join([*words, *pair]) + "\n" for pair in pairs))
        return ["sh", script]

    def names(self, layout):
        return [name for name, _ in oci_layout.named_images(layout)]
