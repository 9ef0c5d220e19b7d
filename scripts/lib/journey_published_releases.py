"""Releases around the image list of one that was published, with its components' names and tiny images, and their graph."""

import json

import release_manifests
import release_world

CHANNEL = "stable-4.13"
LISTED = "4.12.0"  # the version whose list there is; it stands for those of the others too
VERSIONS = (LISTED, "4.12.51", "4.12.58", "4.13.36", "4.13.43")
REFERENCES = f"{release_manifests.FOLDER}/image-references"


def add(releases, corpus):
    """Puts them into a world that has its own releases already."""
    text = (corpus / f"release/{LISTED}/image-references").read_text()
    layer = release_world.make_files(releases.layout.blobs, {"usr/bin/component": b"tiny\n"})
    components = {}
    for tag in json.loads(text)["spec"]["tags"]:
        image = releases.add_image([layer], "amd64", {"name": tag["name"]})
        releases.name_component(image)
        components[tag["name"]] = image
        text = text.replace(tag["from"]["name"], releases.reference(image))
    for version in VERSIONS:
        files = release_manifests.release_files(
            version, {}, {"x86_64": releases.reference(releases.boot_image("amd64"))}, releases.signer.public_key,
            releases.store)
        files[REFERENCES] = text.replace(f'"name": "{LISTED}"', f'"name": "{version}"', 1).encode()
        top = release_world.make_files(releases.layout.blobs, files)
        payload = releases.add_image([layer, top], "amd64", {"io.openshift.release": version})
        releases.publish(version, "amd64", payload, components)
    graph = json.loads((corpus / f"graph/amd64-{CHANNEL}.json").read_text())
    (releases.folder / f"graph/amd64-{CHANNEL}.json").write_text(json.dumps(reduced(graph, payloads(releases))))


def payloads(releases):
    """Version -> digest."""
    return {each["version"]: each["digest"] for each in releases.releases if each["version"] in VERSIONS}


def reduced(graph, digests):
    """The part of a graph that is about the versions there are."""
    old = [node["version"] for node in graph["nodes"]]
    nodes = [node for node in graph["nodes"] if node["version"] in digests]
    new = {node["version"]: place for place, node in enumerate(nodes)}
    for node in nodes:
        digest = digests[node["version"]]
        node["payload"] = f"{node['payload'].partition('@')[0]}@{digest}"
        node["metadata"]["io.openshift.upgrades.graph.release.manifestref"] = digest
    conditional = [{**each, "edges": [edge for edge in each["edges"] if {edge["from"], edge["to"]} <= new.keys()]}
                   for each in graph["conditionalEdges"]]
    return {
        **graph, "nodes": nodes,
        "edges": [[new[old[start]], new[old[end]]] for start, end in graph["edges"] if {old[start], old[end]} <= new.keys()],
        "conditionalEdges": [each for each in conditional if each["edges"]],
    }
