"""Makes releases as OpenShift publishes them: images, update graphs, signatures, graph data. All content is our own.

A release is a payload image whose top layer names the images of all components. The releases of one world share base
layers and most components, as real ones do. Some are flawed on purpose, each in one way: see FLAWS.
"""

import gzip
import io
import json
import random
import tarfile
from concurrent.futures import ProcessPoolExecutor

import layers
import oci_layout as oci
import release_manifests as manifests
from release_signing import Signer

CREATED = "2024-01-01T00:00:00Z"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64", "multi": "multi"}  # graph's name -> tag's name

PAYLOADS = "openshift-release-dev/ocp-release"
COMPONENTS = "openshift-release-dev/ocp-v4.0-art-dev"
GRAPH_BASE = "ubi9/ubi:latest"

VERSIONS = ("4.16.0", "4.16.1", "4.16.2", "4.16.3", "4.17.0", "4.17.1")
SMALL_VERSIONS = ("4.16.0", "4.16.3")  # for architectures other than amd64
SMALL_COMPONENTS = 6
# Version -> what is wrong with it; all are in the channel candidate-4.18.
FLAWS = {
    "4.18.0": "unsigned",
    "4.18.1": "signed-by-another-key",
    "4.18.2": "signature-of-another-release",
    "4.18.3": "signature-truncated",
    "4.18.4": "signature-is-html",
    "4.18.5": "component-gone",
    "4.18.6": "no-image-references",
    "4.18.7": "huge-image-references",
    "4.18.8": "tags-instead-of-digests",
}
# Channel -> versions, edges, conditional edges. No edge leads from 4.16.0 to 4.16.3, nor from 4.16.2 to 4.17.1.
WITHIN_416 = [("4.16.0", "4.16.1"), ("4.16.1", "4.16.2"), ("4.16.1", "4.16.3"), ("4.16.2", "4.16.3")]
CHANNELS = {
    "stable-4.16": (VERSIONS[:4], WITHIN_416, [("4.16.0", "4.16.2")]),
    "stable-4.17": (
        VERSIONS, [*WITHIN_416, ("4.16.3", "4.17.0"), ("4.16.3", "4.17.1"), ("4.17.0", "4.17.1")],
        [("4.16.0", "4.16.2"), ("4.16.2", "4.17.0")]),
    "eus-4.16": (("4.16.0", "4.16.2"), [], [("4.16.0", "4.16.2")]),
    "fast-4.16": (("4.16.0", "4.16.3"), [], []),
    "candidate-4.18": (tuple(FLAWS), [], []),
}

IMPORTANT = ("cluster-version-operator", "cli", "rhel-coreos", "machine-config-operator", "must-gather", "pod")
PLATFORMS = (
    "alibaba", "aws", "azure", "baremetal", "gcp", "ibm", "ibmcloud", "kubevirt", "libvirt", "nutanix", "openstack",
    "ovirt", "powervs", "vsphere")
PARTS = (
    "cloud-controller-manager", "cloud-node-manager", "cluster-api-controllers", "cni-plugin", "csi-driver",
    "csi-driver-operator", "csi-driver-syncer", "installer", "machine-api-provider", "machine-controllers",
    "node-label-updater", "pod-identity-webhook", "problem-detector", "resource-controller")
NAMES = [*IMPORTANT, *(f"{platform}-{part}" for platform in PLATFORMS for part in PARTS)]

FAMILIES = 4  # second base layers
CHANGES = 20  # one component in this many is another one in the next version
LARGEST_FILE = 4 << 20


class LayerPlan:
    """The layers to make: first named and weighed, then made all at once."""

    def __init__(self):
        self.weights = []

    def add(self, weight):
        self.weights.append(weight)
        return len(self.weights) - 1

    def make(self, folder, total):
        """Returns (descriptor, diff id) of each layer; together they have about `total` bytes."""
        whole = sum(self.weights)
        sizes = [max(int(total * weight / whole), 64) for weight in self.weights]
        with ProcessPoolExecutor() as pool:
            jobs = len(sizes)
            return list(pool.map(make_noise, [folder] * jobs, range(jobs), sizes, chunksize=1 + jobs // 100))


def make_noise(folder, number, size):
    """Writes a layer of bytes that do not compress, the same for the same number and size."""
    dice = random.Random(number)
    output = layers.LayerFile(folder, "stored")
    for start in range(0, size, LARGEST_FILE):
        output.add(f"opt/layer-{number}/{start}", False, dice.randbytes(min(LARGEST_FILE, size - start)))
    return docker(*output.finish())


def make_files(folder, files):
    """Writes a layer of the named files."""
    output = layers.LayerFile(folder, "gzip")
    for name, content in files.items():
        output.add(name, False, content)
    return docker(*output.finish())


def docker(descriptor, diff):
    return {**descriptor, "mediaType": DOCKER_LAYER}, diff


class World:
    """`registry` is the HOST:PORT by which the images name each other, `store` the URL of the signatures."""

    def __init__(self, folder, registry, store, components, size):
        self.folder, self.registry, self.store, self.count, self.size = folder, registry, store, components, size
        self.releases = []
        self.boot_images = {}  # architecture -> descriptor

    def write(self):
        self.layout = oci.Layout(self.folder / "images")
        self.add_components()
        with Signer(self.folder) as self.signer:
            for version in VERSIONS:
                self.add_release(version, "amd64")
            for version in SMALL_VERSIONS:
                self.add_release(version, "arm64")
            self.add_multi(SMALL_VERSIONS[-1])
            for version, flaw in FLAWS.items():
                self.add_release(version, "amd64", flaw)
        self.add_graph_base()
        self.layout.finish()
        self.write_graphs()
        self.write_graph_data()
        self.write_summary()

    def add_components(self):
        """Makes all component images: `self.components[architecture][version]` is name -> descriptor."""
        plan = LayerPlan()
        dice = random.Random(self.count)
        base = plan.add(self.count)
        families = [plan.add(self.count / FAMILIES) for _ in range(FAMILIES)]
        names = NAMES[:self.count]
        recipes = {"amd64": evolve(plan, dice, base, families, names, VERSIONS)}
        recipes["arm64"] = evolve(
            plan, dice, plan.add(1), [plan.add(1)], names[:SMALL_COMPONENTS], SMALL_VERSIONS)
        self.made = plan.make(self.layout.blobs, self.size)
        self.bases = {architecture: recipe[SMALL_VERSIONS[0]][names[0]][:2] for architecture, recipe in recipes.items()}
        images = {}  # recipe -> descriptor
        self.components = {}
        for architecture, versions in recipes.items():
            self.components[architecture] = {}
            for version, recipe in versions.items():
                for numbers in recipe.values():
                    if numbers not in images:
                        images[numbers] = self.add_image([self.made[number] for number in numbers], architecture)
                        self.name_component(images[numbers])
                self.components[architecture][version] = {name: images[numbers] for name, numbers in recipe.items()}

    def add_image(self, content, architecture, labels=None):
        descriptors, diffs = zip(*content)
        config = {
            "created": CREATED, "architecture": architecture, "os": "linux",
            "config": {"Env": ["PATH=/usr/bin:/bin"], "Labels": labels or {}},
            "rootfs": {"type": "layers", "diff_ids": diffs}, "history": [{"created": CREATED} for _ in diffs],
        }
        return self.layout.add({
            "schemaVersion": 2, "mediaType": oci.DOCKER_MANIFEST,
            "config": self.layout.add(config, oci.DOCKER_CONFIG), "layers": descriptors,
        }, oci.DOCKER_MANIFEST)

    def add_list(self, images):
        """A manifest list of architecture -> image."""
        children = [{**image, "platform": {"architecture": architecture, "os": "linux"}}
                    for architecture, image in images.items()]
        return self.layout.add(
            {"schemaVersion": 2, "mediaType": oci.DOCKER_LIST, "manifests": children}, oci.DOCKER_LIST)

    def name_component(self, image):
        self.layout.list(image, f"{COMPONENTS}@{image['digest']}")

    def reference(self, image):
        return f"{self.registry}/{COMPONENTS}@{image['digest']}"

    def add_release(self, version, architecture, flaw=None):
        # A flawed release differs from the last whole one by its flaw alone.
        components = dict(self.components[architecture][VERSIONS[-1] if flaw else version])
        payload = self.add_payload(version, architecture, components, flaw)
        self.publish(version, architecture, payload, components, flaw)

    def add_payload(self, version, architecture, components, flaw=None):
        references = {name: self.reference(image) for name, image in components.items()}
        if flaw == "component-gone":
            references["must-gather"] = f"{self.registry}/{COMPONENTS}@sha256:{'0' * 64}"
        if flaw == "tags-instead-of-digests":
            references["cli"] = f"{self.registry}/{COMPONENTS}:cli"
        boot_images = {ARCHITECTURES[architecture]: self.reference(self.boot_image(architecture))}
        files = manifests.release_files(
            version, references, boot_images, self.signer.public_key, self.store, flaw == "huge-image-references")
        if flaw == "no-image-references":
            del files["release-manifests/image-references"]
        top = make_files(self.layout.blobs, files)
        bases = [self.made[number] for number in self.bases[architecture]]
        return self.add_image([*bases, top], architecture, {"io.openshift.release": version})

    def boot_image(self, architecture):
        """The boot image for virtual machines, the same for all versions."""
        if architecture not in self.boot_images:
            layer = make_files(self.layout.blobs, {"disk/coreos.img": f"boot image for {architecture}\n".encode()})
            self.boot_images[architecture] = self.add_image([layer], architecture)
            self.name_component(self.boot_images[architecture])
        return self.boot_images[architecture]

    def add_multi(self, version):
        """A release whose payload and components are manifest lists."""
        amd64, arm64 = (self.components[architecture][version] for architecture in ("amd64", "arm64"))
        components = {name: self.add_list({"amd64": amd64[name], "arm64": image}) for name, image in arm64.items()}
        for image in components.values():
            self.name_component(image)
        payload = self.add_list({
            architecture: self.add_payload(version, architecture, components) for architecture in ("amd64", "arm64")})
        self.publish(version, "multi", payload, components)

    def publish(self, version, architecture, payload, components, flaw=None):
        tag = f"{version}-{ARCHITECTURES[architecture]}"
        self.layout.list(payload, f"{PAYLOADS}:{tag}")
        self.signer.publish(payload["digest"], f"{self.registry}/{PAYLOADS}:{tag}", flaw, version == "4.16.3")
        self.releases.append({
            "version": version, "architecture": architecture, "digest": payload["digest"], "tag": tag, "flaw": flaw,
            "components": {name: image["digest"] for name, image in components.items()},
            "bootImages": [self.boot_images[each]["digest"] for each in
                           (("amd64", "arm64") if architecture == "multi" else (architecture,))],
        })

    def add_graph_base(self):
        """The image that the graph data is put on."""
        images = {}
        for architecture in ("amd64", "arm64", "ppc64le", "s390x"):
            files = {"etc/os-release": b"NAME=example\n", "etc/architecture": architecture.encode()}
            images[architecture] = self.add_image([make_files(self.layout.blobs, files)], architecture)
        self.layout.list(self.add_list(images), GRAPH_BASE)

    def write_graphs(self):
        folder = self.folder / "graph"
        folder.mkdir()
        for architecture in ARCHITECTURES:
            payloads = {release["version"]: f"{self.registry}/{PAYLOADS}@{release['digest']}"
                        for release in self.releases if release["architecture"] == architecture}
            for channel in CHANNELS:
                graph = manifests.graph(channel, CHANNELS, payloads)
                (folder / f"{architecture}-{channel}.json").write_text(json.dumps(graph, indent=1))
        # The answer for what is not known.
        (folder / "empty.json").write_text(json.dumps(manifests.graph("none", {"none": ((), (), ())}, {})))

    def write_graph_data(self):
        (self.folder / "graph-data.tar.gz").write_bytes(archive(manifests.graph_data(CHANNELS)))

    def write_summary(self):
        """What the tests expect to find."""
        channels = {name: list(versions) for name, (versions, _, _) in CHANNELS.items()}
        summary = {
            "registry": self.registry, "releases": self.releases, "channels": channels,
            "payloads": PAYLOADS, "components": COMPONENTS, "graphBase": GRAPH_BASE,
            "fingerprint": self.signer.fingerprint, "otherFingerprint": self.signer.other_fingerprint,
        }
        (self.folder / "world.json").write_text(json.dumps(summary, indent=1))


def evolve(plan, dice, base, families, names, versions):
    """Version -> name -> the numbers of an image's layers. In each further version a few components change."""
    current = {}
    for number, name in enumerate(names):
        own = [plan.add(2 ** dice.uniform(0, 4)) for _ in range(1 + number % 2)]
        current[name] = (base, families[number % len(families)], *own)
    found = {versions[0]: dict(current)}
    for turn, version in enumerate(versions[1:], 1):
        for name in names[turn % len(names)::CHANGES]:
            current[name] = (*current[name][:-1], plan.add(1))
        found[version] = dict(current)
    return found


def archive(files):
    """A compressed tar of files and their folders, at the root as the public graph data has them."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder in sorted({name.rpartition("/")[0] for name in files} - {""}):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)
