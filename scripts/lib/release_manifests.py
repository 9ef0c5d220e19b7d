"""The texts of a release: what a payload's top layer holds, update graphs, and the graph data of an update service."""

import hashlib
import json

CREATED = "2024-01-01T00:00:00Z"
HUGE = 10 << 20
FOLDER = "release-manifests"


def release_files(version, references, boot_images, public_key, store, huge=False):
    """The files of a payload's top layer, by path. `references`: component -> image; `boot_images`: machine -> image."""
    files = noise()
    files["0000_50_installer_coreos-bootimages.yaml"] = boot_images_map(version, boot_images)
    files["0000_90_cluster-update-keys_configmap.yaml"] = verification_map(public_key, store)
    files["image-references"] = image_stream(version, references, huge)
    files["release-metadata"] = json.dumps({
        "kind": "cincinnati-metadata-v0", "version": version, "previous": [],
        "metadata": {"url": f"https://example.invalid/errata/{version}"},
    }, indent=2)
    return {f"{FOLDER}/{name}": text.encode() for name, text in sorted(files.items())}


def image_stream(version, references, huge):
    annotations = {"release.openshift.io/from-image-stream": f"example/{version}"}
    if huge:
        annotations["example.invalid/filler"] = "x" * HUGE
    tags = [{
        "name": name,
        "annotations": {
            "io.openshift.build.commit.id": hashlib.sha1(name.encode()).hexdigest(), "io.openshift.build.commit.ref": "",
            "io.openshift.build.source-location": f"https://example.invalid/{name}",
        },
        "from": {"kind": "DockerImage", "name": reference},
        "generation": None, "importPolicy": {}, "referencePolicy": {"type": ""},
    } for name, reference in sorted(references.items())]
    return json.dumps({
        "kind": "ImageStream", "apiVersion": "image.openshift.io/v1",
        "metadata": {"name": version, "creationTimestamp": CREATED, "annotations": annotations},
        "spec": {"lookupPolicy": {"local": False}, "tags": tags}, "status": {"dockerImageRepository": ""},
    }, indent=2)


def verification_map(public_key, store):
    return f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: release-verification
  namespace: openshift-config-managed
  annotations:
    include.release.openshift.io/self-managed-high-availability: "true"
    release.openshift.io/verification-config-map: ""
data:
  store-example: "{store}"
  verifier-public-key-example: |
{indented(public_key, 4)}"""


def boot_images_map(version, boot_images):
    """The ConfigMap of boot images. The image of another machine is not in the registry, as is often so."""
    machines = {machine: {"images": {"kubevirt": {
        "release": version, "image": f"{reference.partition('@')[0]}:kubevirt", "digest-ref": reference,
    }}} for machine, reference in boot_images.items()}
    stream = {
        "stream": f"rhcos-{version}", "metadata": {"last-modified": CREATED, "generator": "example"},
        "architectures": {**machines, "ppc64le": {"artifacts": {}}},
    }
    return f"""\
apiVersion: v1
data:
  releaseVersion: {version}
  stream: |
{indented(json.dumps(stream, indent=2), 4)}kind: ConfigMap
metadata:
  annotations:
    include.release.openshift.io/self-managed-high-availability: "true"
  creationTimestamp: null
  name: coreos-bootimages
  namespace: openshift-machine-config-operator
"""


def noise():
    """Manifests that a payload has many of, and that are no business of a mirror."""
    files = {}
    for number in range(40):
        files[f"0000_{number:02}_example-operator-{number}_01_deployment.yaml"] = f"""\
---
apiVersion: v1
kind: Namespace
metadata:
  name: openshift-example-{number}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: example-operator-{number}
  namespace: openshift-example-{number}
"""
    files["0000_10_example-operator_02_configmap.yaml"] = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: example
  namespace: openshift-example-10
data:
  store-example: https://example.invalid/not-a-store
"""
    return files


def indented(text, columns):
    return "".join(f"{' ' * columns}{line}\n" if line else "\n" for line in text.splitlines())


def graph(channel, channels, payloads):
    """The update graph of a channel, of those versions that have a payload, as an update service answers it."""
    versions, edges, conditional = channels[channel]
    versions = [version for version in versions if version in payloads]
    nodes = [{
        "version": version, "payload": payloads[version],
        "metadata": {
            "io.openshift.upgrades.graph.release.channels":
                ",".join(name for name, (members, _, _) in channels.items() if version in members),
            "io.openshift.upgrades.graph.release.manifestref": payloads[version].partition("@")[2],
            "url": f"https://example.invalid/errata/{version}",
        },
    } for version in versions]
    places = {version: place for place, version in enumerate(versions)}
    return {
        "version": 1, "nodes": nodes,
        "edges": [[places[start], places[end]] for start, end in edges if {start, end} <= places.keys()],
        "conditionalEdges": [
            {"edges": [{"from": start, "to": end}], "risks": [risk(end)]}
            for start, end in conditional if {start, end} <= places.keys()],
    }


def risk(version):
    return {
        "url": "https://example.invalid/risk", "name": "ExampleRisk",
        "message": f"Clusters that do something rare may lose it in {version}.",
        "matchingRules": [{"type": "PromQL", "promql": {"promql": "group(cluster_version)"}}, {"type": "Always"}],
    }


def graph_data(channels):
    """The files that an update service makes its graphs from, by path."""
    files = {"version": "1.1.0\n", "raw/metadata.json": "[]\n"}
    for name, (versions, _, conditional) in channels.items():
        files[f"channels/{name}.yaml"] = f"name: {name}\nversions:\n" + "".join(f"- {each}\n" for each in versions)
        for start, end in conditional:
            found = risk(end)
            files[f"blocked-edges/{end}-{found['name']}.yaml"] = (
                f"to: {end}\nfrom: ^{start.replace('.', '[.]')}[+].*$\nurl: {found['url']}\nname: {found['name']}\n"
                f"message: {found['message']}\nmatchingRules:\n- type: Always\n")
    return {name: text.encode() for name, text in files.items()}
