#!/usr/bin/env python3
"""Pushes the named images of an OCI layout to a registry, byte for byte, each blob once a repository.

For filling a server before something is measured or tested; unlike skopeo it takes Docker manifests and every artifact.
"""

import argparse
import http.client
import os
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import oci_layout as oci

CONNECTIONS = 4
BLOCK = 1 << 20


class Target:
    """One connection to a registry."""

    def __init__(self, address, tls=None):
        self.connection = (http.client.HTTPSConnection(address, context=tls, blocksize=BLOCK) if tls
                           else http.client.HTTPConnection(address, blocksize=BLOCK))

    def request(self, method, path, body=None, headers=None, expect=(200,)):
        self.connection.request(method, path, body=body, headers=headers or {})
        response = self.connection.getresponse()
        text = response.read()
        if response.status not in expect:
            raise RuntimeError(f"{method} {path}: {response.status} {text[:500]!r}")
        return response

    def push_blob(self, layout, repository, blob, mount_from):
        """Uploads a blob, or mounts it from a repository that has it."""
        query = f"?mount={blob['digest']}&from={mount_from}" if mount_from else ""
        opened = self.request("POST", f"/v2/{repository}/blobs/uploads/{query}", expect=(201, 202))
        if opened.status == 201:
            return
        place = urllib.parse.urlsplit(opened.getheader("Location"))
        query = "&".join(filter(None, [place.query, f"digest={blob['digest']}"]))
        path = oci.blob_path(layout, blob)
        with open(path, "rb") as content:
            headers = {"Content-Length": str(os.fstat(content.fileno()).st_size), "Content-Type": "application/octet-stream"}
            self.request("PUT", f"{place.path}?{query}", content, headers, expect=(201,))

    def push_manifest(self, layout, repository, descriptor, reference):
        body = oci.blob_path(layout, descriptor).read_bytes()
        headers = {"Content-Type": descriptor["mediaType"]}
        self.request("PUT", f"/v2/{repository}/manifests/{reference}", body, headers, expect=(201,))


def manifests_and_blobs(layout, descriptor):
    """All manifests under one, children first, and all their blobs."""
    manifests, blobs = oci.children(layout, descriptor)
    order = []
    for child in manifests:
        more, more_blobs = manifests_and_blobs(layout, child)
        order += more
        blobs = blobs + more_blobs
    return [*order, descriptor], blobs


def split(name):
    """The repository, and the tag or digest, of `path:tag` or `path@digest`."""
    repository, _, reference = name.partition("@") if "@" in name else name.rpartition(":")
    return repository, reference


def push(layout, address, tls=None, place=split):
    """Pushes every image that is named `path:tag` or `path@digest`; `tls`, a context, is for a server with TLS.

    `place` gives the repository, and the tag or digest, for a name.
    """
    homes = {}  # digest -> the repository that it is uploaded to
    placed = {}  # (repository, digest) -> blob
    manifests = []
    for name, descriptor in oci.named_images(layout):
        repository, reference = place(name)
        order, blobs = manifests_and_blobs(layout, descriptor)
        for blob in blobs:
            homes.setdefault(blob["digest"], repository)
            placed[repository, blob["digest"]] = blob
        manifests += [(repository, child, child["digest"]) for child in order[:-1]] + [(repository, descriptor, reference)]
    uploads = [(repository, blob, None) for (repository, digest), blob in placed.items() if homes[digest] == repository]
    mounts = [(repository, blob, homes[digest])
              for (repository, digest), blob in placed.items() if homes[digest] != repository]
    for blobs in (uploads, mounts):
        in_parallel(address, tls, lambda target, job: target.push_blob(layout, *job), blobs)
    in_order = Target(address, tls)
    for manifest in manifests:
        in_order.push_manifest(layout, *manifest)


def in_parallel(address, tls, action, jobs):
    """Calls action(target, job) for every job, on connections of its own."""
    def work(first):
        target = Target(address, tls)
        for job in jobs[first::CONNECTIONS]:
            action(target, job)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(work, range(CONNECTIONS)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layout", help="folder of the OCI layout")
    parser.add_argument("registry", metavar="HOST:PORT")
    arguments = parser.parse_args()
    push(arguments.layout, arguments.registry)


if __name__ == "__main__":
    main()
