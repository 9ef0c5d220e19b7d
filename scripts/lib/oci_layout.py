#!/usr/bin/env python3
"""Writes and reads OCI image layout directories; run with one, prints the name and digest of each named image."""

import hashlib
import json
import pathlib
import sys

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"

REF_NAME = "org.opencontainers.image.ref.name"


class Layout:
    """A layout that is being written. Nothing is visible to a reader before `finish`."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.blobs = self.folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        self.entries = []

    def add(self, content, media_type, **more):
        """Stores bytes, or a value as JSON, and returns its descriptor."""
        data = content if isinstance(content, bytes) else json.dumps(content, separators=(",", ":")).encode()
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(data), **more}

    def list(self, descriptor, name=None):
        """Puts a manifest in index.json, under a name (`path:tag`) or without one."""
        self.entries.append({**descriptor, "annotations": {REF_NAME: name}} if name else descriptor)

    def finish(self):
        (self.folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": self.entries}
        (self.folder / "index.json").write_text(json.dumps(index, separators=(",", ":")))


def named_images(folder):
    """The (name, descriptor) pairs of a layout's index.json, without entries that have no name."""
    index = json.loads((pathlib.Path(folder) / "index.json").read_bytes())
    names = ((entry.get("annotations", {}).get(REF_NAME), entry) for entry in index["manifests"])
    return [(name, entry) for name, entry in names if name]


def blob_path(folder, descriptor):
    return pathlib.Path(folder) / "blobs" / descriptor["digest"].replace(":", "/")


def children(folder, descriptor):
    """The (manifests, blobs) that a manifest or an index names."""
    manifest = json.loads(blob_path(folder, descriptor).read_bytes())
    if descriptor["mediaType"] in (OCI_INDEX, DOCKER_LIST):
        return manifest["manifests"], []
    return [], [manifest["config"], *manifest["layers"]]


def unique_descriptors(folder):
    """Every descriptor that the layout's index.json reaches, by digest."""
    found = {}
    waiting = list(json.loads((pathlib.Path(folder) / "index.json").read_bytes())["manifests"])
    while waiting:
        descriptor = waiting.pop()
        if descriptor["digest"] in found:
            continue
        found[descriptor["digest"]] = descriptor
        manifests, blobs = children(folder, descriptor)
        waiting.extend(manifests)
        found.update((blob["digest"], blob) for blob in blobs)
    return found


def main():
    for name, descriptor in named_images(sys.argv[1]):
        print(name, descriptor["digest"])


if __name__ == "__main__":
    main()
