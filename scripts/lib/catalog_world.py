"""Makes operator catalogs as their publishers offer them: catalog images, and tiny ones for all that they name.

The catalogs are our own (`catalog_samples`), or a directory of file-based ones whose images get other names.
"""

import json
import re
import zlib

import yaml

import catalog_database as database
import catalog_samples as samples
import layers
import oci_layout as oci

CREATED = "2024-01-01T00:00:00Z"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIGS_LABEL = "operators.operatorframework.io.index.configs.v1"
DATABASE_LABEL = "operators.operatorframework.io.index.database.v1"
DATABASE = "database/index.db"
ARCHITECTURES = ("amd64", "arm64")
GONE = f"sha256:{'0' * 64}"
YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Below the new contents stand those that they hide: a reader that takes them for the catalog fails.
BASE_FILES = {
    "bin/opm": b"#!/bin/sh\nexit 0\n", "tmp/cache/pogreb.v1/digest": b"0123456789abcdef",
    "configs/sunk/catalog.json": b"{\"schema\":",
}
HIDES_CONFIGS = {"configs/.wh..wh..opq": b""}


class Images:
    """Tiny images: the same name always gives the same image."""

    def __init__(self, layout, registry):
        self.layout, self.registry = layout, registry
        self.layers = {name: make_layer(layout.blobs, {name: b"tiny\n"}) for name in ARCHITECTURES}
        self.digests = {}  # reference -> digest, of those that are in the registry
        self.missing = []  # references that are not

    def by_digest(self, path, seed):
        image = self.make(f"{path} {seed}")
        self.layout.list(image, f"{path}@{image['digest']}")
        return self.note(f"{self.registry}/{path}@{image['digest']}", image)

    def by_tag(self, path, tag):
        image = self.make(f"{path} {tag}")
        self.layout.list(image, f"{path}:{tag}")
        return self.note(f"{self.registry}/{path}:{tag}", image)

    def gone(self, path):
        self.missing.append(f"{self.registry}/{path}@{GONE}")
        return self.missing[-1]

    def renamed(self, reference, is_wanted):
        """The name here of an image that is elsewhere; it is put into the registry if it is wanted."""
        first, slash, rest = reference.partition("/")
        path = rest if slash and ("." in first or ":" in first or first == "localhost") else reference
        name, _, digest = path.partition("@")
        repository, _, tag = name.partition(":")
        image = self.make(path)
        suffix = f"{':' + tag if tag else ''}{'@' + image['digest'] if digest else ''}"
        renamed = f"{self.registry}/{repository}{suffix}"
        if is_wanted and renamed not in self.digests:
            self.layout.list(image, f"{repository}@{image['digest']}" if digest else f"{repository}:{tag or 'latest'}")
            self.note(renamed, image)
        return renamed

    def note(self, reference, image):
        self.digests[reference] = image["digest"]
        return reference

    def make(self, seed):
        """An image, every fourth one for two platforms."""
        platforms = ARCHITECTURES if zlib.crc32(seed.encode()) % 4 == 0 else ARCHITECTURES[:1]
        made = {each: add_image(self.layout, [self.layers[each]], each, Labels={"seed": seed}) for each in platforms}
        return add_index(self.layout, made) if len(made) > 1 else made["amd64"]


def make_layer(folder, files):
    """Writes a layer of the named files; the one of the fake program can be run."""
    output = layers.LayerFile(folder, "gzip")
    for name, content in files.items():
        output.add(name, name.startswith("bin/"), content)
    return output.finish()


def add_image(layout, content, architecture, docker=False, **config):
    descriptors, diffs = zip(*content)
    if docker:
        descriptors = [{**each, "mediaType": DOCKER_LAYER} for each in descriptors]
    settings = {
        "created": CREATED, "architecture": architecture, "os": "linux", "config": config,
        "rootfs": {"type": "layers", "diff_ids": diffs}, "history": [{"created": CREATED} for _ in diffs],
    }
    media_type = oci.DOCKER_MANIFEST if docker else oci.OCI_MANIFEST
    return layout.add({
        "schemaVersion": 2, "mediaType": media_type,
        "config": layout.add(settings, oci.DOCKER_CONFIG if docker else oci.OCI_CONFIG), "layers": descriptors,
    }, media_type)


def add_index(layout, images):
    children = [{**image, "platform": {"architecture": architecture, "os": "linux"}}
                for architecture, image in images.items()]
    return layout.add({"schemaVersion": 2, "mediaType": oci.OCI_INDEX, "manifests": children}, oci.OCI_INDEX)


class World:
    """`registry` is the HOST:PORT by which catalogs name images."""

    def __init__(self, folder, registry, directory=None, packages=()):
        self.folder, self.registry, self.directory, self.packages = folder, registry, directory, packages
        self.catalogs = {}  # name -> descriptor

    def write(self):
        self.layout = oci.Layout(self.folder / "images")
        self.images = Images(self.layout, self.registry)
        self.bases = {each: make_layer(self.layout.blobs, {**BASE_FILES, "etc/architecture": each.encode()})
                      for each in ARCHITECTURES}
        files = self.given() if self.directory else samples.files(self.images)
        self.write_directory(files)
        self.add_catalogs(files)
        self.layout.finish()
        self.write_summary(files)

    def given(self):
        """The files of the directory, with every image renamed."""
        texts = {path.relative_to(self.directory).as_posix(): path.read_text()
                 for path in sorted(self.directory.rglob("*")) if path.is_file()}
        names = {}
        for text in texts.values():
            for document in yaml.load_all(text, YAML):
                if document and document["schema"] == "olm.bundle":
                    is_wanted = not self.packages or document["package"] in self.packages
                    for image in {document["image"], *(each["image"] for each in document.get("relatedImages", ()))} - {""}:
                        names[image] = self.images.renamed(image, is_wanted)
        words = re.compile(r"[\w.:/@-]+")
        return {path: words.sub(lambda word: names.get(word[0], word[0]), text).encode() for path, text in texts.items()}

    def write_directory(self, files):
        for path, content in files.items():
            target = self.folder / "configs" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def add_catalogs(self, files):
        contents = {**HIDES_CONFIGS, **{f"configs/{path}": content for path, content in files.items()}}
        label = {CONFIGS_LABEL: "/configs"}
        self.add_catalog("harbour", contents, label, ARCHITECTURES)
        if self.directory:
            return
        self.add_catalog("docker", contents, label, docker=True)
        self.add_catalog("no-label", contents, {})
        self.add_catalog("label-outside", contents, {CONFIGS_LABEL: "/configs/../../../etc"})
        outside = {"../configs/tug/catalog.json": b"{}", **contents}
        self.add_catalog("layer-outside", outside, label)
        stored = self.database()
        label = {DATABASE_LABEL: f"/{DATABASE}"}
        self.add_catalog("database", {DATABASE: stored}, label)
        self.add_catalog("database-truncated", {DATABASE: stored[:len(stored) // 2]}, label)
        self.add_catalog("database-99", {DATABASE: self.database(99)}, label)

    def add_catalog(self, name, contents, labels, architectures=ARCHITECTURES[:1], docker=False):
        command = ["serve", "/configs", "--cache-dir=/tmp/cache"]
        if DATABASE_LABEL in labels:
            command = ["registry", "serve", "--database", f"/{DATABASE}"]
        layer = make_layer(self.layout.blobs, contents)
        made = {}
        for each in architectures:
            made[each] = add_image(
                self.layout, [self.bases[each], layer], each, docker, Entrypoint=["/bin/opm"], Cmd=command,
                Labels=labels, User="1001")
        image = add_index(self.layout, made) if len(made) > 1 else made["amd64"]
        self.catalogs[name] = image
        self.layout.list(image, f"catalogs/{name}:v1")

    def database(self, migration=database.MIGRATION):
        path = self.folder / "index.db"
        database.write(path, samples.lighthouse(self.images) + samples.pier(self.images), migration)
        stored = path.read_bytes()
        path.unlink()
        return stored

    def write_summary(self, files):
        """What the tests expect to find."""
        documents = [document for path, content in sorted(files.items())
                     if path.endswith((".json", ".yaml")) and self.names_wanted(path)
                     for document in yaml.load_all(as_yaml(content), YAML) if document]
        summary = {
            "registry": self.registry, "documents": documents, "images": self.images.digests,
            "gone": self.images.missing,
            "catalogs": {name: image["digest"] for name, image in self.catalogs.items()},
        }
        (self.folder / "world.json").write_text(json.dumps(summary))

    def names_wanted(self, path):
        return not self.packages or path.split("/")[0] in self.packages


def as_yaml(content):
    """A stream of JSON objects is one of YAML documents once something stands between them."""
    text = content.decode()
    return text.replace("\n}\n{", "\n}\n---\n{") if text.startswith("{") else text
