#!/usr/bin/env python3
"""Writes an OCI layout with the smallest image, named `empty`: something to pack, so that the program leaves itself beside it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from oci_layout import OCI_CONFIG, OCI_MANIFEST, Layout

layout = Layout(sys.argv[1])
config = layout.add(
    {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}, OCI_CONFIG)
manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": []}
layout.list(layout.add(manifest, OCI_MANIFEST), "empty")
layout.finish()
