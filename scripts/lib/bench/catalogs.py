"""One package of a large operator catalog, against Python that only parses the same file."""

import json
import random
from functools import partial

from . import measure, table

BUNDLES = 20  # of a package
IMAGES = 12  # of a bundle
WORDS = ('"quoted"', "<b>bold</b>", "a", "cluster", "configures", "line\n", "namespaces", "naïve", "of", "operator", "the", "\u2603")
PEER = "python3 json"
# As little as Python can do: one document after the other, none of them kept.
PARSE = """
import json, sys
text = open(sys.argv[1]).read()
decoder, place = json.JSONDecoder(), 0
while place < len(text):
    place = decoder.raw_decode(text, place)[1] + 1
"""


def rows(bench):
    folder = bench.fresh("catalogs")
    catalog = folder / "catalog"
    catalog.mkdir()
    size = (10 if bench.quick else 100) << 20
    bench.say(f"Sample catalog: {table.size(size)}")
    write(catalog / "catalog.json", size)
    commands = {
        "list": [bench.sealift, "list", "operators", "--catalog", f"dir:{catalog}", "--package", name(0)],
        "prune": plan(bench, folder, catalog, f"{{name: {name(0)}}}"),
        "heads": plan(bench, folder, catalog),
    }
    runs = measure.interleaved(
        bench.rounds, theirs=lambda: measure.run(["python3", "-c", PARSE, catalog / "catalog.json"]),
        **{each: partial(measure.run, command) for each, command in commands.items()})
    theirs = runs["theirs"]
    for each, what, at_most in (
        ("list", "list a package of", 1.0), ("prune", "prune to a package of", 1.0), ("heads", "prune to all heads of", 1.0),
    ):
        what = f"{what} a {table.size(size)} catalog"
        yield table.compared(f"{what}, wall", runs[each], theirs, "wall", at_most, PEER)
        rss, their_rss = measure.worst(runs[each], "rss"), measure.worst(theirs, "rss")
        yield table.against(f"{what}, peak RSS", rss, their_rss, rss / their_rss, PEER, table.size)
    bench.fresh("catalogs")


def plan(bench, folder, catalog, packages=""):
    """A command that plans a bundle with the catalog alone: the images that it names are in no registry."""
    configuration = folder / f"{'packages' if packages else 'heads'}.yaml"
    configuration.write_text(
        "apiVersion: mirror.openshift.io/v2alpha1\nkind: ImageSetConfiguration\nmirror:\n  operators:\n"
        f"  - {{catalog: 'dir:{catalog}', packages: [{packages}]}}\n  blockedImages: [{{name: registry.example}}]\n")
    return [bench.sealift, "pack", "-c", configuration, "--catalog-base", "scratch", "--dry-run", "--unsigned",
            "-o", folder / "none"]


def name(number):
    return f"package-{number:05}"


def write(path, size):
    """A file-based catalog of about that many bytes, in the form in which `opm` writes them."""
    with open(path, "w", encoding="utf-8") as file:
        number = 0
        while file.tell() < size:
            for document in package(name(number)):
                json.dump(document, file, indent=4, ensure_ascii=False)
                file.write("\n")
            number += 1


def package(package):
    names = [f"{package}.v1.{number}.0" for number in range(BUNDLES)]
    yield {"schema": "olm.package", "name": package, "defaultChannel": "stable",
           "icon": {"base64data": "QUFB" * 2000, "mediatype": "image/png"}}
    yield {"schema": "olm.channel", "package": package, "name": "stable",
           "entries": [{"name": names[0]}, *({"name": new, "replaces": old} for old, new in zip(names, names[1:]))]}
    for number, each in enumerate(names):
        yield bundle(package, each, f"1.{number}.0")


def bundle(package, name, version):
    """A bundle that is mostly prose, as those are whose ClusterServiceVersion stands in the catalog."""
    dice = random.Random(name)
    text = " ".join(dice.choices(WORDS, k=900))
    images = [{"name": f"image-{number}", "image": f"registry.example/{package}/{number}@sha256:{dice.getrandbits(256):064x}"}
              for number in range(IMAGES)]
    examples = json.dumps([{"kind": "Thing", "spec": {"replicas": number}} for number in range(60)], indent=2)
    return {
        "schema": "olm.bundle", "name": name, "package": package, "image": images[0]["image"],
        "properties": [
            {"type": "olm.package", "value": {"packageName": package, "version": version}},
            {"type": "olm.gvk", "value": {"group": f"{package}.example", "kind": "Thing", "version": "v1"}},
            {"type": "olm.csv.metadata", "value": {
                "annotations": {"alm-examples": examples}, "description": text,
                "crdDescriptions": {"owned": [{"name": str(number), "description": text[:300]} for number in range(10)]}}},
        ],
        "relatedImages": images,
    }
