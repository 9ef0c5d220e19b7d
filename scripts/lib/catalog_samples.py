"""Operator catalogs of our own making, as file-based documents: one of whatever a pruner has to tell apart."""

import json

import yaml


def package(name, channel, **more):
    return {"schema": "olm.package", "name": name, "defaultChannel": channel, **more}


def channel(package, name, *entries):
    """Each entry is a name, or (name, what it replaces), or (name, what it replaces, further members)."""
    listed = []
    for entry in entries:
        name_of, replaces, more = (*((entry,) if isinstance(entry, str) else entry), None, None)[:3]
        listed.append({"name": name_of, **({"replaces": replaces} if replaces else {}), **(more or {})})
    return {"schema": "olm.channel", "package": package, "name": name, "entries": listed}


def bundle(images, package, version, *properties, related=()):
    """A bundle with an image of its own, the operator's by digest and a sidecar by tag; `related` come on top."""
    own = images.by_digest(f"{package}/bundle", version)
    names = {"operator": images.by_digest(f"{package}/operator", version), "sidecar": images.by_tag("tools/sidecar", "1")}
    named = [{"name": name, "image": image} for name, image in (*names.items(), *related)]
    return {
        "schema": "olm.bundle", "package": package, "name": f"{package}.v{version}", "image": own,
        "properties": [
            {"type": "olm.package", "value": {"packageName": package, "version": version}}, *properties,
            {"type": "olm.csv.metadata", "value": {
                "annotations": {"containerImage": names["operator"], "description": "na\u00efve \u2603 <b>&</b> \"quoted\""},
                "displayName": package.title(), "provider": {"name": "Example"}}},
        ],
        "relatedImages": [{"name": "", "image": own}, *named],
    }


def resource(kind, required=False):
    value = {"group": "harbour.example", "version": "v1", "kind": kind}
    return {"type": "olm.gvk.required" if required else "olm.gvk", "value": value}


def lighthouse(images):
    """Skips, skip ranges, deprecations, and pre-releases as Red Hat counts builds."""
    name = "lighthouse"
    versions = ("0.9.0", "1.0.0", "1.0.1", "1.1.0", "1.2.0", "1.3.0", "2.0.0-1", "2.0.0-5")
    skipping = {"skips": [f"{name}.v1.0.2"], "skipRange": ">=1.0.0 <1.1.0"}
    return [
        package(name, "stable", description="A light.\nIt turns.", icon={"base64data": "PHN2Zy8+", "mediatype": "image/svg+xml"}),
        channel(name, "stable", f"{name}.v1.0.0", (f"{name}.v1.0.1", f"{name}.v1.0.0"),
                (f"{name}.v1.1.0", f"{name}.v1.0.1", skipping), (f"{name}.v1.2.0", f"{name}.v1.1.0"),
                (f"{name}.v1.3.0", f"{name}.v1.2.0")),
        channel(name, "candidate", (f"{name}.v1.3.0", f"{name}.v1.2.0"), (f"{name}.v2.0.0-1", f"{name}.v1.3.0"),
                (f"{name}.v2.0.0-5", f"{name}.v2.0.0-1")),
        channel(name, "old", f"{name}.v0.9.0"),
        *(bundle(images, name, version) for version in versions),
        {"schema": "olm.deprecations", "package": name, "entries": [
            {"reference": {"schema": "olm.channel", "name": "old"}, "message": "Nobody keeps it."},
            {"reference": {"schema": "olm.bundle", "name": f"{name}.v1.0.0"}, "message": "It went out."},
            {"reference": {"schema": "olm.bundle", "name": f"{name}.v1.3.0"}, "message": "It flickers."},
        ]},
    ]


def beacon(images):
    """Needs another package."""
    name = "beacon"
    needs = {"type": "olm.package.required", "value": {"packageName": "lighthouse", "versionRange": ">=1.1.0 <2.0.0"}}
    return [
        package(name, "stable"),
        channel(name, "stable", f"{name}.v1.0.0", (f"{name}.v1.1.0", f"{name}.v1.0.0")),
        channel(name, "fast", f"{name}.v1.2.0"),
        bundle(images, name, "1.0.0"), bundle(images, name, "1.1.0", needs), bundle(images, name, "1.2.0"),
    ]


def pier(images):
    """Provides a resource type; has versions that are reached only because others skip them."""
    name = "pier"
    return [
        package(name, "stable"),
        channel(name, "stable", f"{name}.v3.0.0", (f"{name}.v3.1.0", f"{name}.v3.0.0"),
                (f"{name}.v3.1.1", f"{name}.v3.1.0"),
                (f"{name}.v3.2.0", f"{name}.v3.1.0", {"skips": [f"{name}.v3.1.1"]})),
        *(bundle(images, name, version, resource("Pier")) for version in ("3.0.0", "3.1.0", "3.1.1", "3.2.0")),
    ]


def tug(images):
    """Needs whoever provides a resource type."""
    return [
        package("tug", "alpha"), channel("tug", "alpha", "tug.v0.1.0"),
        bundle(images, "tug", "0.1.0", resource("Pier", required=True)),
    ]


def wreck(images):
    """Its newest version names an image that is in no registry."""
    name = "wreck"
    return [
        package(name, "stable"),
        channel(name, "stable", f"{name}.v1.0.0", (f"{name}.v1.1.0", f"{name}.v1.0.0")),
        bundle(images, name, "1.0.0"),
        bundle(images, name, "1.1.0", related=[("gone", images.gone("wreck/gone"))]),
    ]


def files(images):
    """Path -> content of a catalog's directory: one JSON stream, YAML, a package in many files, files to ignore."""
    parts = {part["name"]: part for part in pier(images)}
    return {
        "lighthouse/catalog.json": as_json(lighthouse(images)),
        "beacon/catalog.yaml": as_yaml(beacon(images)),
        "pier/package.yaml": as_yaml([parts.pop("pier")]),
        "pier/channels/stable.yaml": as_json([parts.pop("stable")]),
        **{f"pier/bundles/{name}.json": as_yaml([part]) for name, part in parts.items()},
        "tug/index.yaml": as_json(tug(images)),
        "wreck/catalog.json": as_json(wreck(images)),
        "lifecycle.yaml": as_yaml([{"schema": "example.lifecycles.v1", "phases": [{"name": "full", "months": 6}]}]),
        ".indexignore": b"*.md\n",
        "lighthouse/README.md": b"# No document: {\n",
    }


def as_json(documents):
    """As `opm render` writes it: one indented object after the other."""
    return "".join(json.dumps(each, indent=4, ensure_ascii=False) + "\n" for each in documents).encode()


def as_yaml(documents):
    return yaml.safe_dump_all(documents, explicit_start=True, sort_keys=False, allow_unicode=True).encode()
