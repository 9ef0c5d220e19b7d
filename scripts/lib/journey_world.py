"""The world of scripts/journeys: what they fetch, under its public names, and the servers that stand for those names."""

import asyncio
import base64
import json
import pathlib
import ssl

import journey_operators
import journey_published_releases
import oci_layout as oci
import push_layout
import registry
import release_world
from names_proxy import NamesProxy
from public_web import PublicWeb
from sample_key import Key, Publisher

SOURCES = ("quay.io", "registry.redhat.io", "registry.access.redhat.com")
GRAPHS, FILES, OWN = "api.openshift.com", "mirror.openshift.com", "config.example.com"
# Each of them is a registry of its own. The last has no TLS.
TARGETS = ("registry.example.com:8443", "hub-registry.example.com:8443", "managed-registry.example.com:8443")
PLAIN_TARGET = "registry.example.com:5000"
LOGIN = "mirror:sample-password"
VERSIONS = ("4.16.0", "4.16.1", "4.16.2", "4.16.3")
STORE = f"{FILES}/pub/openshift-v4/signatures/openshift/release"
CLIENTS = f"{FILES}/pub/openshift-v4/clients/ocp/4.16.3"
COMPONENTS, RELEASE_BYTES = 8, 1 << 20
RELEASE_SEED, BUNDLE_SEED = 1, 2
NOTIFICATION = """\
apiVersion: console.openshift.io/v1
kind: ConsoleNotification
metadata:
  name: releases-from-the-mirror
spec:
  location: BannerTop
  text: This cluster takes its releases from the mirror.
"""


class Releases(release_world.World):
    """A few releases of one channel, all of them sound; with `corpus`, those around a real one as well."""

    def __init__(self, layout, web, corpus=None):
        super().__init__(web / GRAPHS, "quay.io", f"https://{STORE}", COMPONENTS, RELEASE_BYTES)
        self.layout, self.corpus = layout, corpus
        self.signer = Publisher(web / STORE, RELEASE_SEED)

    def write(self):
        self.add_components()
        for version in VERSIONS:
            self.add_release(version, "amd64")
        self.add_graph_base()
        self.folder.mkdir()
        self.write_graphs()
        data = self.folder / "api/upgrades_info/graph-data"
        data.parent.mkdir(parents=True)
        data.write_bytes(release_world.archive(self.graph_data()))
        if self.corpus:
            journey_published_releases.add(self, self.corpus)

    def graph_data(self):
        """Path -> content."""
        if not self.corpus:
            return release_world.manifests.graph_data({"stable-4.16": (VERSIONS, [], [])})
        folder = self.corpus / "graph/graph-data"
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class World:
    """In `folder`: web/ (files by host), images/ (an OCI layout), manifests-redhat-operators/, keys, certificates."""

    def __init__(self, folder, corpus=None):
        self.folder, self.corpus = pathlib.Path(folder).resolve(), corpus

    def write(self):
        web = self.folder / "web"
        (web / CLIENTS).mkdir(parents=True)
        layout = oci.Layout(self.folder / "images")
        releases = Releases(layout, web, self.corpus)
        releases.write()
        operators = journey_operators.Operators(layout, self.folder / "manifests-redhat-operators", self.corpus)
        operators.write()
        layout.finish()
        (self.folder / "world.json").write_text(json.dumps({"releases": releases.releases}, indent=1))
        for name in ("openshift-client-linux.tar.gz", "openshift-install-linux.tar.gz"):
            (web / CLIENTS / name).write_text(f"stands for {name}\n")
        (web / OWN).mkdir()
        (web / OWN / "notification.yaml").write_text(NOTIFICATION)
        (self.folder / "release-key.asc").write_text(releases.signer.public_key)
        (self.folder / "release-team.key").write_text(Key(BUNDLE_SEED).pem())
        logins = {name: {"auth": base64.b64encode(LOGIN.encode()).decode()} for name in TARGETS}
        (self.folder / "auth.json").write_text(json.dumps({"auths": logins}))
        certificates = self.folder / "certificates"
        certificates.mkdir()
        hosts = {name.partition(":")[0] for name in (*SOURCES, GRAPHS, FILES, OWN, *TARGETS)}
        registry.make_certificates(certificates, sorted(hosts))

    def start(self):
        """Starts all servers but the proxy, and returns which of them answers for which name."""
        certificates = self.folder / "certificates"
        self.registries = []
        names = {}

        def start(place, answers_for, **options):
            server = registry.Registry(self.folder / "registries" / place, **options)
            self.registries.append(server)
            names.update(dict.fromkeys(answers_for, server.address))
            return server.address

        source = start("source", [f"{name}:443" for name in SOURCES], tls=certificates)
        push_layout.push(self.folder / "images", source, ssl.create_default_context(cafile=certificates / "ca.crt"))
        for target in TARGETS:
            start(target.partition(".")[0], [target], tls=certificates, login=LOGIN)
        start("plain", [PLAIN_TARGET])
        web = PublicWeb(self.folder / "web", certificates)
        return {**names, **{f"{name}:443": web.address for name in (GRAPHS, FILES, OWN)}}

    def stop(self):
        for server in self.registries:
            server.stop()

    async def serve(self, names, ready):
        """Runs the proxy until it is told to end. `ready` gets what the journeys need in their environment."""
        proxy = NamesProxy(names, report=lambda name: print(f"refused {name}", flush=True))
        await proxy.start()
        authority = self.folder / "certificates/ca.crt"
        ready({
            **{name: f"http://{proxy.address}" for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")},
            "NO_PROXY": "", "no_proxy": "",
            "REGISTRY_AUTH_FILE": f"{self.folder}/auth.json",
            "SEALIFT_KEY": f"{self.folder}/release-team.key",
            "SEALIFT_PACK_OPTIONS": f"--src-ca {authority}",
            "SEALIFT_UNPACK_OPTIONS": f"--dest-ca {authority}",
            "SEALIFT_RELEASE_OPTIONS": f"--release-key {self.folder}/release-key.asc",
            "SEALIFT_TARGET_WITHOUT_TLS": f"{PLAIN_TARGET}/mirror",
            "SEALIFT_OPERATOR_MANIFESTS": f"{self.folder}/manifests-redhat-operators",
        })
        await asyncio.get_running_loop().create_future()
