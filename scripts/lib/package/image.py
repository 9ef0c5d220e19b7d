"""The image: the portable directory and nothing else, as an OCI image layout in one file."""

import gzip
import hashlib

import oci_layout as oci

from . import facts, portable

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
PLACE = "opt/sealift"
# Any number but that of root; no name stands for it.
USER = "65532:65532"
# Where a user who owns nothing can write: temporary files, and what is mounted over.
DIRECTORIES = (("opt", 0o755), ("tmp", 0o1777), ("work", 0o1777))


def make(directory, work, now):
    """Makes the file; returns its path."""
    plain = work / "layer.tar"
    portable.write_tar(directory, plain, PLACE, now.epoch, DIRECTORIES)
    layer = plain.read_bytes()
    plain.unlink()
    layout = oci.Layout(work / "image")
    manifest = {
        "schemaVersion": 2, "mediaType": oci.OCI_MANIFEST,
        "config": layout.add(config(f"sha256:{hashlib.sha256(layer).hexdigest()}", now), oci.OCI_CONFIG),
        "layers": [layout.add(gzip.compress(layer, 9, mtime=0), LAYER)], "annotations": labels(now)}
    layout.list(layout.add(manifest, oci.OCI_MANIFEST), f"{facts.NAME}:{now.version}")
    layout.finish()
    path = work / f"{now.stem}.oci.tar"
    portable.write_tar(layout.folder, path, ".", now.epoch)
    return path


def config(diff_id, now):
    return {
        "architecture": now.architecture, "os": "linux", "created": now.time,
        "config": {"Entrypoint": [f"/{PLACE}/sealift"], "Cmd": ["help"], "User": USER, "WorkingDir": "/work",
                   "Env": [f"PATH=/{PLACE}:/{PLACE}/bin"], "Labels": labels(now)},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": now.time, "created_by": "scripts/package"}]}


def labels(now):
    said = {"title": facts.NAME, "description": facts.SUMMARY, "version": now.version, "revision": now.commit,
            "created": now.time, "licenses": facts.LICENSE}
    return {f"org.opencontainers.image.{name}": value for name, value in said.items()}
