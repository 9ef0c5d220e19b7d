"""Heads that are as much work as the limits allow, and wrong at their end: what a stranger's file can cost."""

import statistics

import oci_layout

from . import measure, table

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
# Those of `formats/bundle-v1.md`, "Limits": one manifest, all manifests and configs, all values in them.
LARGEST, ALL_BYTES, ALL_VALUES = 4 << 20, 256 << 20, 4 << 20
CORRUPT = 65
ROUNDS = 5


def rows(bench):
    shapes = {
        "one text": ("a" * (LARGEST - 1000), 1),
        "annotations": ({f"{number:07x}": "" for number in range(LARGEST // 16)}, LARGEST // 16),
        "layers": (None, 4 * (LARGEST // 120)),
    }
    for name, (annotation, values) in shapes.items():
        count = min(ALL_BYTES // LARGEST, ALL_VALUES // (values + 20)) - 1
        count = 2 if bench.quick else count
        bench.say(f"inspect a head of {count} manifests of 4 MiB: {name}")
        bundle = damaged(bench, pack(bench, annotation, count))
        runs = [measure.run([bench.sealift, "inspect", bundle, "--trust", bench.public], allowed=(CORRUPT,))
                for _ in range(ROUNDS)]
        what = f"inspect of a refused head, {count} manifests of 4 MiB ({name})"
        yield table.within(f"{what}, wall", statistics.median(run.wall for run in runs), table.seconds, 1)
        yield table.within(f"{what}, peak RSS", max(run.rss for run in runs), table.size, 128 << 20)


def pack(bench, annotation, count):
    folder = bench.fresh("hostile")
    layout = oci_layout.Layout(folder / "layout")
    config = layout.add({"architecture": "amd64", "os": "linux"}, oci_layout.OCI_CONFIG)
    layer = layout.add(b"layer", LAYER)
    layers = [layer] if annotation else [{**layer, "mediaType": "a"}] * (LARGEST // 120)
    for number in range(count):
        annotations = annotation if isinstance(annotation, dict) else {"text": annotation or ""}
        manifest = {"schemaVersion": 2, "mediaType": oci_layout.OCI_MANIFEST, "config": config, "layers": layers,
                    "annotations": {**annotations, "number": str(number)}}
        layout.list(layout.add(manifest, oci_layout.OCI_MANIFEST), f"image:{number}")
    layout.finish()
    bundle = folder / "hostile.tar.zst"
    measure.run([bench.sealift, "pack", "--image", f"oci:{layout.folder}", "--key", bench.key, "-o", bundle])
    return bundle


def damaged(bench, bundle):
    """The bundle with a bit of the end of its head turned round."""
    head = bundle.with_suffix(".head")
    measure.run([bench.sealift, "inspect", bundle, "--trust", bench.public, "--save-head", head])
    with bundle.open("r+b") as file:
        file.seek(head.stat().st_size - 9)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    return bundle
