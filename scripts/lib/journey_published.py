"""Operators that were published, out of their real files: bundles for a catalog, and tiny images for all that they name."""

import base64
import re

import yaml

import catalog_samples as samples
import catalog_world

HOST = "quay.io"
IMAGE = re.compile(r"quay\.io/([\w.-]+/[\w.-]+):([\w.-]+)")
LEGACY = "rhmtc/openshift-migration-legacy-rhel8-operator:upstream"


class Published:
    """`corpus` has the files, `layout` gets the images."""

    def __init__(self, layout, corpus):
        self.layout, self.folder = layout, corpus / "bundles"
        self.images = catalog_world.Images(layout, HOST)

    def packages(self):
        """Package -> its documents, for each version that is there as a bundle."""
        orchestrator = self.folder / "odf-multicluster-orchestrator/main/bundle"
        toolkit = [self.folder / f"mtc/{name}/deploy/olm-catalog/bundle"
                   for name in ("konveyor-mig-operator-master", "migtools-mig-operator-master")]
        self.add_legacy_operator(self.folder / "mtc/konveyor-mig-operator-master/deploy/non-olm")
        return dict([
            self.package(orchestrator, "ocs-dev/odf-multicluster-orchestrator-bundle", self.pinned),
            self.package(toolkit[0], "konveyor/mig-operator-bundle", self.tagged),
            self.package(toolkit[1], "konveyor/crane-operator-bundle", self.tagged),
        ])

    def package(self, folder, path, replace):
        """The package's name and documents. `replace` puts the images of a text into the registry, and may rename them."""
        labels = yaml.safe_load((folder / "metadata/annotations.yaml").read_text())["annotations"]
        prefix = "operators.operatorframework.io.bundle"
        name, channel = labels[f"{prefix}.package.v1"], labels[f"{prefix}.channels.v1"]
        files = {f"manifests/{file.name}": replace(file.read_text()) for file in sorted((folder / "manifests").iterdir())}
        metadata = {f"metadata/{file.name}": file.read_text() for file in sorted((folder / "metadata").iterdir())}
        layer = catalog_world.make_layer(
            self.layout.blobs, {path: text.encode() for path, text in {**files, **metadata}.items()})
        image = catalog_world.add_image(self.layout, [layer], "amd64", Labels=labels)
        self.layout.list(image, f"{path}@{image['digest']}")
        dependencies = yaml.safe_load(metadata.get("metadata/dependencies.yaml", "dependencies: []"))["dependencies"]
        bundle = rendered(name, f"{HOST}/{path}@{image['digest']}", files, dependencies)
        return name, [samples.package(name, channel), samples.channel(name, channel, bundle["name"]), bundle]

    def pinned(self, text):
        """With digests for tags, as catalogs for disconnected clusters have them."""
        return IMAGE.sub(lambda found: self.images.by_digest(*found.groups()), text)

    def tagged(self, text):
        return IMAGE.sub(lambda found: self.images.by_tag(*found.groups()), text)

    def add_legacy_operator(self, folder):
        """The operator's files for old clusters, in the image that they are lifted out of."""
        files = {name: (folder / name).read_bytes() for name in ("operator.yml", "controller-3.yml")}
        layer = catalog_world.make_layer(self.layout.blobs, files)
        self.layout.list(catalog_world.add_image(self.layout, [layer], "amd64"), LEGACY)


def rendered(package, image, files, dependencies):
    """What `opm render` makes of a bundle."""
    documents = [yaml.safe_load(text) for text in files.values()]
    service = next(each for each in documents if each["kind"] == "ClusterServiceVersion")
    definitions = service["spec"]["customresourcedefinitions"]
    properties = [{"type": "olm.package", "value": {"packageName": package, "version": service["spec"]["version"]}}]
    for kind, member in (("olm.gvk", "owned"), ("olm.gvk.required", "required")):
        properties += [{"type": kind, "value": {
            "group": each["name"].partition(".")[2], "version": each["version"], "kind": each["kind"],
        }} for each in definitions.get(member, ())]
    for each in dependencies:
        value = each["value"]
        properties.append({"type": "olm.package.required", "value": {
            "packageName": value["packageName"], "versionRange": value["version"]}})
    properties += [{"type": "olm.bundle.object", "value": {"data": base64.b64encode(text.encode()).decode()}}
                   for text in files.values()]
    text = "\n".join(files.values())
    named = sorted(set(re.findall(rf"{re.escape(HOST)}/[\w./-]+(?:@sha256:[0-9a-f]{{64}}|:[\w.-]+)", text)))
    return {
        "schema": "olm.bundle", "package": package, "name": service["metadata"]["name"], "image": image,
        "properties": properties,
        "relatedImages": [{"name": "", "image": image}, *({"name": f"image-{number}", "image": each}
                                                          for number, each in enumerate(named))],
    }
