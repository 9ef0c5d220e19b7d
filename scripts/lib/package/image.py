#!/usr/bin/env python3
"""Makes an OCI layout of an image that holds the portable directory and nothing else.

usage: image.py TREE LAYOUT VERSION COMMIT
"""

import datetime
import gzip
import hashlib
import io
import os
import pathlib
import platform
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from oci_layout import OCI_CONFIG, OCI_MANIFEST, Layout

PLACE = "opt/sealift"
USER = 65532
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
# Go's names of machines.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def layer(tree, seconds):
    """The tar of all of the tree, and of the directories that a program expects."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, mode in (("opt", 0o755), ("tmp", 0o1777), ("work", 0o1777)):
            archive.addfile(entry(name, mode, seconds, tarfile.DIRTYPE))
        for path in [tree, *sorted(tree.rglob("*"))]:
            info = archive.gettarinfo(path, f"{PLACE}/{path.relative_to(tree)}".removesuffix("/."))
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            info.mtime = seconds
            if info.isreg():
                # Two names of one file would be a link.
                info.type, info.linkname = tarfile.REGTYPE, ""
                info.size = path.stat().st_size
                with path.open("rb") as content:
                    archive.addfile(info, content)
            else:
                archive.addfile(info)
    return output.getvalue()


def entry(name, mode, seconds, kind):
    info = tarfile.TarInfo(name)
    info.mode, info.mtime, info.type = mode, seconds, kind
    return info


def main():
    tree, folder, version, commit = pathlib.Path(sys.argv[1]), *sys.argv[2:]
    seconds = int(os.environ["SOURCE_DATE_EPOCH"])
    created = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = layer(tree, seconds)
    layout = Layout(folder)
    blob = layout.add(gzip.compress(content, 9, mtime=0), LAYER)
    labels = {
        "org.opencontainers.image.created": created,
        "org.opencontainers.image.description": "Carries OpenShift content across an air gap",
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.title": "sealift",
        "org.opencontainers.image.version": version,
    }
    config = layout.add({
        "architecture": ARCHITECTURES[platform.machine()],
        "config": {
            "Entrypoint": [f"/{PLACE}/sealift"], "Env": [f"PATH=/{PLACE}"], "Labels": labels, "User": f"{USER}:{USER}",
            "WorkingDir": "/work",
        },
        "created": created,
        "history": [{"created": created, "created_by": "scripts/package"}],
        "os": "linux",
        "rootfs": {"diff_ids": [f"sha256:{hashlib.sha256(content).hexdigest()}"], "type": "layers"},
    }, OCI_CONFIG)
    manifest = {
        "schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": [blob], "annotations": labels}
    layout.list(layout.add(manifest, OCI_MANIFEST), f"sealift:{version}")
    layout.finish()


if __name__ == "__main__":
    main()
