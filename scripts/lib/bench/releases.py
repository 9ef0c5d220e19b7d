"""A release of many components: planned, packed from a registry, and unpacked into an empty one."""

import json
import shutil
import subprocess
import time

import oci_layout
from release_server import ReleaseServer

from . import measure, table
from .setting import SCRIPTS

VERSION = "4.16.0"
BUNDLE = "release.tar.zst"
# A manifest and a configuration for each image; the rest reads the payload, the graph and a signature.
REQUESTS_OF_AN_IMAGE, FURTHER_REQUESTS = 2, 16
REQUESTS_FOR_REFERRERS = 4
PLAN_SECONDS = 5
LIMIT = "openssl dgst of the bundle"


def rounds_of(bench):
    """Fewer than in other sections: skopeo, which is started for each image, takes a minute for each."""
    return 1 if bench.quick else 3


def rows(bench):
    rounds = rounds_of(bench)
    folder = bench.fresh("releases")
    with bench.registry("source", access_log=True) as source, ReleaseServer(folder) as server:
        release = Release(bench, folder, source, server, *((60, "128M") if bench.quick else (190, "1G")))
        yield from plan_rows(bench, release, rounds)
        yield from pack_rows(bench, release, rounds)
    bench.fresh("source")
    yield from unpack_rows(bench, release, rounds)
    shutil.rmtree(folder)


class Release:
    """One release in a registry, among others, and how to ask for it."""

    def __init__(self, bench, folder, source, server, components, size, address=None):
        self.bench, self.folder, self.source, self.server = bench, folder, source, server
        self.address = address or source.address  # as clients reach it
        bench.say(f"Sample releases: {components} components, {size}")
        subprocess.run([
            SCRIPTS / "sample-releases", folder, "--registry", self.address, "--store",
            f"http://{server.address}/signatures", f"--components={components}", f"--size={size}"], check=True)
        world = json.loads((folder / "world.json").read_text())
        release = next(each for each in world["releases"] if each["version"] == VERSION)
        # Name in a layout -> reference
        self.images = {release["tag"]: f"{world['payloads']}@{release['digest']}"}
        for name, digest in release["components"].items():
            self.images[f"{release['tag']}-{name}"] = f"{world['components']}@{digest}"
        for digest in release["bootImages"]:
            self.images[f"{release['tag']}-kube-virt-container"] = f"{world['components']}@{digest}"
        self.configuration = folder / "imageset-config.yaml"
        self.configuration.write_text(
            "apiVersion: mirror.openshift.io/v2alpha1\nkind: ImageSetConfiguration\nmirror:\n  platform:\n"
            f"    channels: [{{name: stable-4.16, minVersion: {VERSION}, maxVersion: {VERSION}}}]\n"
            "    kubeVirtContainer: true\n")

    def unique_bytes(self):
        """Bytes of the different blobs of the release."""
        listed = oci_layout.named_images(self.folder / "images")
        wanted = {reference.partition("@")[2] for reference in self.images.values()}
        sizes = {}
        for _, image in listed:
            if image["digest"] in wanted:
                blobs = oci_layout.children(self.folder / "images", image)[1]
                sizes.update((blob["digest"], blob["size"]) for blob in [image, *blobs])
        return sum(sizes.values())

    def pack(self, *more):
        """A command that packs it."""
        return [
            self.bench.sealift, "pack", "-c", self.configuration, "--graph-url", f"http://{self.server.address}/graph",
            "--release-key", self.folder / "release-key.asc", "--signature-store", f"http://{self.server.address}/signatures",
            "--src-tls-verify=false", "--key", self.bench.key, *more]

    def requests(self):
        """How many requests were made, to the registry and to the server of graphs and signatures."""
        time.sleep(0.2)  # the registry logs an answer after it has sent it
        return self.source.requests() + len(self.server.requests)


def plan_rows(bench, release, rounds):
    bench.say("plan a release")
    count = f"{len(release.images)} images"
    least = REQUESTS_OF_AN_IMAGE * len(release.images) + FURTHER_REQUESTS

    def plan(*more):
        before = release.requests()
        usage = measure.run(release.pack("--dry-run", "-o", bench.work / "none", *more))
        return usage, release.requests() - before

    alone, with_referrers = ([plan(*more) for _ in range(rounds)] for more in (["--no-referrers"], []))
    for name, plans, at_most in (
        ("without referrers", alone, least),
        ("with referrers", with_referrers, least + REQUESTS_FOR_REFERRERS * len(release.images)),
    ):
        usages = [usage for usage, _ in plans]
        limit = PLAN_SECONDS if plans is alone else None
        yield table.within(f"plan a release, {count}, {name}, wall", measure.median(usages, "wall"), table.seconds, limit)
        yield table.within(
            f"plan a release, {count}, {name}, requests", max(requests for _, requests in plans), str, at_most)
        yield table.within(f"plan a release, {name}, peak RSS", measure.worst(usages, "rss"), table.size, 64 << 20)


def pack_rows(bench, release, rounds):
    bench.say("pack a release")
    unique = release.unique_bytes()

    def sealift():
        folder = bench.fresh("packed-release")
        return measure.run(
            release.pack("-o", folder / BUNDLE), watch=folder, env=bench.own_folders(folder), cwd=folder)

    def skopeo():
        folder = bench.fresh("copied-release")
        pairs = [(f"docker://{release.address}/{reference}", f"oci:{folder}/layout:{name}")
                 for name, reference in release.images.items()]
        return measure.run(
            bench.skopeo_copies(folder, pairs, "--src-tls-verify=false"), env=bench.own_folders(folder))

    runs = measure.interleaved(rounds, ours=sealift, theirs=skopeo, limit=lambda: hash_once(bench))
    ours, theirs = runs["ours"], runs["theirs"]
    archive = (bench.work / "packed-release" / BUNDLE).stat().st_size
    yield table.compared("pack a release, wall", ours, theirs, "wall", 0.6)
    yield table.compared("pack a release, client CPU", ours, theirs, "cpu", 0.4)
    yield table.compared("pack a release, wall against the limit", ours, runs["limit"], "wall", peer=LIMIT)
    yield table.within("pack a release, peak RSS", measure.worst(ours, "rss"), table.size, 64 << 20)
    beyond = max(usage.disk - archive for usage in ours) / unique
    yield table.within("pack a release, disk beyond the archive", beyond, table.percent, 0.01)


def unpack_rows(bench, release, rounds):
    bench.say("unpack a release")
    bundle, layout = bench.work / "packed-release" / BUNDLE, bench.work / "copied-release" / "layout"

    def sealift():
        with bench.registry("target") as target:
            folder = bench.fresh("unpacking")
            usage = measure.run([
                bench.sealift, "unpack", bundle, f"{target.address}/mirror", "--trust", bench.public,
                "--release-key", release.folder / "release-key.asc", "--manifests", folder / "manifests",
                "--dest-tls-verify=false"], env=bench.own_folders(folder), cwd=folder)
        bench.fresh("target")
        return usage

    def skopeo():
        with bench.registry("target") as target:
            folder = bench.fresh("copying")
            pairs = [(f"oci:{layout}:{name}", f"docker://{target.address}/mirror/openshift/release:{name}")
                     for name in release.images]
            usage = measure.run(
                bench.skopeo_copies(folder, pairs, "--dest-tls-verify=false"), env=bench.own_folders(folder))
        bench.fresh("target")
        return usage

    runs = measure.interleaved(rounds, ours=sealift, theirs=skopeo, limit=lambda: hash_once(bench))
    ours, theirs = runs["ours"], runs["theirs"]
    yield table.compared("unpack a release, wall", ours, theirs, "wall", 0.6)
    yield table.compared("unpack a release, client CPU", ours, theirs, "cpu", 0.4)
    yield table.compared("unpack a release, wall against the limit", ours, runs["limit"], "wall", peer=LIMIT)
    yield table.within("unpack a release, peak RSS", measure.worst(ours, "rss"), table.size, 64 << 20)


def hash_once(bench):
    """The limit: what any program must do that proves these bytes."""
    return measure.run(["openssl", "dgst", "-sha256", bench.work / "packed-release" / BUNDLE])
