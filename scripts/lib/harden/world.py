"""Small images, a real registry that has them, keys, bundles: what the commands are tried on, and what must come of it."""

import hashlib
import json
import pathlib
import random
import re
import shutil
import subprocess

import oci_layout as oci
from registry import Registry

from .program import Program


class World:
    def __init__(self, sealift, work):
        self.work = pathlib.Path(work)
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        self.program = Program(sealift, self.work)
        self.layout = self.work / "layout"
        self.images = make_layout(self.layout)
        # Ed25519 signs the same bytes the same way: two packs are equal to the byte.
        for name in ("team", "auditor"):
            run("openssl", "genpkey", "-algorithm", "ed25519", "-out", self.work / f"{name}.key")
            run("openssl", "pkey", "-in", self.work / f"{name}.key", "-pubout", "-out", self.work / f"{name}.pub")
        (self.work / "auditor.key").chmod(0o600)
        (self.work / "team.key").chmod(0o600)
        self.bundle = self.work / "sound.tar.zst"
        self.program.must(self.pack(self.bundle, f"oci:{self.layout}"))
        self.sound = self.bundle.read_bytes()
        # The first image alone, and all of them as an update of that.
        self.base, self.update = self.work / "base.tar.zst", self.work / "update.tar.zst"
        self.program.must(self.pack(self.base, f"oci:{self.layout}:{next(iter(self.images))}"))
        self.program.must(self.pack(self.update, f"oci:{self.layout}", "--since", self.base))
        self.list = self.work / "list.yaml"
        (self.work / "delete.yaml").write_text(
            "kind: DeleteImageSetConfiguration\napiVersion: mirror.openshift.io/v2alpha1\n"
            f"delete: {{additionalImages: [{{name: 'oci:{self.layout}'}}]}}\n")
        graph = {"version": 1, "nodes": [{"version": f"4.1.{n}", "payload": f"q.example/a@sha256:{n:064x}",
                                          "metadata": {"io.openshift.upgrades.graph.release.channels": "stable-4.1"}}
                                         for n in range(20)], "edges": [[n, n + 1] for n in range(19)]}
        (self.work / "graph.json").write_text(json.dumps(graph))

    def close(self):
        shutil.rmtree(self.work, ignore_errors=True)

    def trust(self, *names):
        return [word for name in names or ("team",) for word in ("--trust", self.work / f"{name}.pub")]

    def pack(self, output, source, *more):
        """Packs all images from a layout, or from a registry `HOST:PORT/PREFIX`; or one image of a layout."""
        names = [source] if source.startswith("oci:") else [f"{source}/{name}" for name in self.images]
        return ["pack", *(word for name in names for word in ("--image", name)), "--key", self.work / "team.key",
                "--src-tls-verify=false", "--retries", "3", "-o", output, *more]

    def unpack(self, target, *more, bundle=None):
        return ["unpack", bundle or self.bundle, target, *self.trust(), "--dest-tls-verify=false", "--retries", "3", *more]

    def generate(self, target):
        """Writes the list of what is to be deleted: all images."""
        return ["delete", "--generate", self.list, "-c", self.work / "delete.yaml", "--bundle", self.bundle, "--no-keep",
                *self.trust(), target]

    def execute(self, target):
        return ["delete", "--execute", self.list, "--no-keep", "--dest-tls-verify=false", "--retries", "3", target]

    def registry(self, name):
        """A fresh server; to be used in a `with`."""
        return Registry(self.fresh(name), cache=False)

    def fresh(self, name):
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def problem_of_bundle(self, path, expected, names=("team",)):
        """What is wrong with a bundle: under its final name there is the right one, or none."""
        if not path.exists():
            return None
        outcome = self.program.run(["verify", path, *self.trust(*names), "--threshold", str(len(names))])
        if not outcome.is_done:
            return f"verify refuses what is there: {outcome.errors}"
        if expected is not None and path.read_bytes() != expected:
            return "what is there has other bytes than a pack that nothing disturbs"
        return None

    def problem_of_storage(self, registry, prefix, is_whole):
        """What is wrong with the content of a registry: no tag shows something else than it should."""
        registry.settle()
        root = registry.storage / "docker" / "registry" / "v2"
        for data in root.glob("blobs/sha256/*/*/data"):
            if hashlib.sha256(data.read_bytes()).hexdigest() != data.parent.name:
                return f"the blob {data.parent.name} has other bytes"
        for name, digest in self.images.items():
            path, tag = name.split(":")
            link = root / "repositories" / prefix / path / "_manifests/tags" / tag / "current/link"
            if not link.exists() or not link.read_text():
                if is_whole:
                    return f"{name} is not there"
                continue
            if link.read_text() != digest:
                return f"{name} is {link.read_text()}"
            problem = self._missing(root, digest)
            if problem:
                return f"{name} is there without {problem}"
        return None

    def _missing(self, root, digest):
        data = root / "blobs/sha256" / digest[7:9] / digest[7:] / "data"
        if not data.exists():
            return digest
        manifest = json.loads(data.read_bytes())
        for blob in [manifest["config"], *manifest["layers"]]:
            hexadecimal = blob["digest"][7:]
            if not (root / "blobs/sha256" / hexadecimal[:2] / hexadecimal / "data").exists():
                return blob["digest"]
        return None

    def problem_of_layout(self, folder, is_whole):
        """What is wrong with a target that is an OCI layout."""
        for blob in (folder / "blobs/sha256").glob("*"):
            if re.fullmatch("[0-9a-f]{64}", blob.name) and hashlib.sha256(blob.read_bytes()).hexdigest() != blob.name:
                return f"the blob {blob.name} has other bytes"
        index = folder / "index.json"
        if not index.exists():
            return "it has no images" if is_whole else None
        found = {name.rpartition("/")[2]: entry["digest"] for name, entry in oci.named_images(folder)}
        for name, digest in self.images.items():
            if found.get(name, digest if not is_whole else None) != digest:
                return f"{name} is {found.get(name)}"
            if name in found and any(not oci.blob_path(folder, blob).exists() for blob in blobs_of(folder, digest)):
                return f"{name} is there without its blobs"
        return None


def make_layout(folder):
    """Three images that share layers, some compressed and some not: name -> digest."""
    generator = random.Random(1)
    layout = oci.Layout(folder)
    gzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    plain = "application/vnd.oci.image.layer.v1.tar"
    base = layout.add(b"\x1f\x8b" + generator.randbytes(700_000), gzip)
    images = {}
    for number, name in enumerate(("app:1.0", "side:2.0", "tool:3.0")):
        own = layout.add(b"\x1f\x8b" + generator.randbytes(100_000 * (number + 1)), gzip)
        text = layout.add((f"line {number}\n" * 40_000).encode(), plain)
        layers = [base, own, text]
        config = layout.add({"architecture": "amd64", "os": "linux", "n": number, "rootfs": {
            "type": "layers", "diff_ids": [layer["digest"] for layer in layers]}}, oci.OCI_CONFIG)
        manifest = layout.add({"schemaVersion": 2, "mediaType": oci.OCI_MANIFEST, "config": config, "layers": layers},
                              oci.OCI_MANIFEST)
        layout.list(manifest, name)
        images[name] = manifest["digest"]
    layout.finish()
    return images


def blobs_of(folder, digest):
    manifest = json.loads(oci.blob_path(folder, {"digest": digest}).read_bytes())
    return [manifest["config"], *manifest["layers"]]


def run(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
