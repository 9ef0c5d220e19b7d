"""Many small things: how inspect, and memory, grow with the number of images and blobs."""

import statistics

import oci_layout

from . import measure, table

INSPECT_ROUNDS = 7


def rows(bench):
    yield from many_images(bench)
    yield from many_blobs(bench)


def many_images(bench):
    bundle, _ = pack(bench, bench.samples(tiny=True, images=1000, layers=3))
    yield from inspect_rows(bench, bundle, "1,000 images", 0.05)


def many_blobs(bench):
    # 98 layers, a configuration and a manifest each.
    layout = bench.samples(tiny=True, unshared=True, images=30 if bench.quick else 1000, layers=98)
    count = f"{len(oci_layout.unique_descriptors(layout)):,} blobs"
    bench.say(f"pack, verify, unpack, inspect: {count}")
    bundle, packing = pack(bench, layout)
    trust = ["--trust", bench.public]
    yield from inspect_rows(bench, bundle, count, 1)
    usages = {
        "pack": packing,
        "verify": measure.run([bench.sealift, "verify", bundle, *trust]),
        "inspect": measure.run([bench.sealift, "inspect", bundle, *trust]),
        "unpack to a layout": measure.run([bench.sealift, "unpack", bundle, f"oci:{bench.fresh('layout')}/to", *trust]),
    }
    bench.fresh("layout")
    with bench.registry("target") as target:
        command = [bench.sealift, "unpack", bundle, f"{target.address}/mirror", *trust, "--dest-tls-verify=false"]
        usages["unpack to a registry"] = measure.run(command)
        usages["unpack again"] = measure.run(command)
    bench.fresh("target")
    for name, usage in usages.items():
        yield table.within(f"{name}, {count}, peak RSS", usage.rss, table.size, 128 << 20)
    for name, usage in usages.items():
        yield table.within(f"{name}, {count}, wall", usage.wall, table.seconds)


def pack(bench, layout):
    """The bundle of all of a layout, and what packing it used."""
    folder = bench.fresh("many")
    bundle = folder / "many.tar.zst"
    usage = measure.run([bench.sealift, "pack", "--image", f"oci:{layout}", "--key", bench.key, "-o", bundle])
    return bundle, usage


def inspect_rows(bench, bundle, count, at_most):
    command = [bench.sealift, "inspect", bundle, "--trust", bench.public]
    walls = [measure.run(command).wall for _ in range(INSPECT_ROUNDS)]
    yield table.within(f"inspect, {count}, wall", statistics.median(walls), table.seconds, at_most)
    read, whole = measure.bytes_read(command), bundle.stat().st_size
    yield table.against(f"inspect, {count}, bytes read", read, whole, read / whole, "whole bundle", table.size)
