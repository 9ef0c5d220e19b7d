"""Operators for the journeys, under the names that they have in public: tiny images, a catalog, and package manifests."""

import re

import yaml

import catalog_samples as samples
import catalog_world
from journey_published import Published

HOST = "registry.redhat.io"
CATALOG = "redhat/redhat-operator-index:v4.15"
PUBLISHED = "redhat/community-operator-index:v4.15"  # where there are real files
OPERATOR_REGISTRY = "openshift4/ose-operator-registry:v4.15"
LEGACY = "rhcam-1-2"  # what the operator of migration was called for OpenShift 4.3
CURRENT = "rhmtc"
OPERANDS = ("controller", "ui", "velero", "registry")


class Operators:
    """Puts all images into a layout. `folder` gets the directory of package manifests, `corpus` has real files."""

    def __init__(self, layout, folder, corpus=None):
        self.layout, self.folder, self.corpus = layout, folder, corpus
        self.images = catalog_world.Images(layout, HOST)

    def write(self):
        base = catalog_world.make_layer(self.layout.blobs, {**catalog_world.BASE_FILES, "etc/os-release": b"NAME=example\n"})
        self.add_catalog(CATALOG, base, self.packages())
        self.add_server(OPERATOR_REGISTRY, base)
        self.add_legacy_operator()
        self.add_current_legacy_operator()
        for tag in ("openshift-migration-must-gather-rhel8:v1.8", "openshift-migration-hook-runner-rhel7:v1.8"):
            self.images.by_tag(*f"{CURRENT}/{tag}".split(":"))
        self.write_package_manifests()
        if self.corpus:
            self.add_published()
            self.add_catalog(PUBLISHED, base, self.published_packages())

    def add_catalog(self, name, base, packages):
        files = {f"configs/{package}/catalog.json": samples.as_json(made) for package, made in packages.items()}
        layer = catalog_world.make_layer(self.layout.blobs, {**catalog_world.HIDES_CONFIGS, **files})
        self.add_server(name, base, layer)

    def add_server(self, name, *contents):
        image = catalog_world.add_image(
            self.layout, contents, "amd64", Entrypoint=["/bin/opm"], User="1001",
            Cmd=["serve", "/configs", "--cache-dir=/tmp/cache"], Labels={catalog_world.CONFIGS_LABEL: "/configs"})
        self.layout.list(image, name)

    def packages(self):
        """Package -> its documents."""
        needs_oadp = required("redhat-oadp-operator", ">=1.3.0")
        needs_hub = required("odr-hub-operator", ">=4.15.0")
        migration = [f"{CURRENT}/openshift-migration-{name}-rhel8" for name in ("controller", "ui", "registry")]
        return {
            "mtc-operator": self.package(
                "mtc-operator", f"{CURRENT}/openshift-migration", migration,
                {"release-v1.7": ("1.7.18", "1.7.19"), "release-v1.8": ("1.8.3", "1.8.4")},
                {"1.8.3": [needs_oadp], "1.8.4": [needs_oadp]}),
            "redhat-oadp-operator": self.package(
                "redhat-oadp-operator", "oadp/oadp", ["oadp/oadp-velero-rhel9", "oadp/oadp-velero-plugin-rhel9"],
                {"stable-1.2": ("1.2.5",), "stable-1.3": ("1.3.0", "1.3.1")}),
            "odf-multicluster-orchestrator": self.package(
                "odf-multicluster-orchestrator", "odf4/odf-multicluster", ["odf4/odf-multicluster-console-rhel9"],
                {"stable-4.14": ("4.14.9",), "stable-4.15": ("4.15.0", "4.15.1")},
                {"4.15.0": [needs_hub], "4.15.1": [needs_hub]}),
            "odr-hub-operator": self.package(
                "odr-hub-operator", "odf4/odr-hub", ["odf4/odr-rhel9-operator"], {"stable-4.15": ("4.15.0", "4.15.1")}),
            "quay-operator": self.package(
                "quay-operator", "quay/quay", ["quay/clair-rhel8"], {"stable-3.11": ("3.11.0",), "stable-3.10": ("3.10.5",)}),
        }

    def published_packages(self):
        """Those of which there are real bundles, and what they need, which is our own."""
        return {
            **Published(self.layout, self.corpus).packages(),
            **{name: self.package(name, f"odf4/{name}", [], {"alpha": (version,)})
               for name, version in (("ramen-hub-operator", "0.0.1"), ("ocs-tls-profiles", "4.23.0"))},
            "redhat-oadp-operator": self.package(
                "redhat-oadp-operator", "oadp/oadp", ["oadp/oadp-velero-rhel9"],
                {"stable-1.2": ("1.2.5",), "stable-1.3": ("1.3.0",)}),
        }

    def package(self, name, path, operands, channels, properties=None):
        """A package whose channels each go through their versions; the last one is the default."""
        documents = [samples.package(name, list(channels)[-1])]
        for channel, versions in channels.items():
            names = [f"{name}.v{version}" for version in versions]
            entries = [names[0], *zip(names[1:], names)]
            documents.append(samples.channel(name, channel, *entries))
        versions = [version for members in channels.values() for version in members]
        return documents + [
            self.bundle(name, path, version, operands, (properties or {}).get(version, [])) for version in versions]

    def bundle(self, name, path, version, operands, properties):
        own = self.images.by_digest(f"{path}-operator-bundle", version)
        related = [{"name": "operator", "image": self.images.by_digest(f"{path}-rhel9-operator", version)}]
        # Operands change with the minor version alone.
        minor = version.rpartition(".")[0]
        related += [{"name": operand.rpartition("/")[2], "image": self.images.by_digest(operand, minor)} for operand in operands]
        return {
            "schema": "olm.bundle", "package": name, "name": f"{name}.v{version}", "image": own,
            "properties": [{"type": "olm.package", "value": {"packageName": name, "version": version}}, *properties],
            "relatedImages": [{"name": "", "image": own}, *related],
        }

    def add_legacy_operator(self):
        """The operator of OpenShift 4.3's time, whose images are composed of variables: by tag."""
        project = {f"openshift-migration-{operand}-rhel8": "v1.2" for operand in OPERANDS}
        project["openshift-migration-hook-runner-rhel7"] = "v1.2"
        for repository, tag in project.items():
            self.images.by_tag(f"{LEGACY}/{repository}", tag)
        name = f"{LEGACY}/openshift-migration-rhel7-operator"
        self.add_operator(f"{name}:v1.2", LEGACY, f"{HOST}/{name}:v1.2", project.items(), {
            "controller-3.yml": controller(is_old=True), "controller-4.yml": controller(is_old=False)})

    def add_current_legacy_operator(self):
        """The current operator for old clusters, whose variables compose references by digest."""
        variables = []
        for repository in [f"openshift-migration-{operand}-rhel8" for operand in OPERANDS]:
            image = self.images.by_digest(f"{CURRENT}/{repository}", "legacy")
            variables.append((f"{repository}@sha256", image.rpartition(":")[2]))
        name = f"{CURRENT}/openshift-migration-legacy-rhel8-operator"
        self.add_operator(f"{name}:v1.7", CURRENT, f"{HOST}/{name}:v1.7", variables, {"controller.yml": controller(is_old=True)})

    def add_published(self):
        """Stand-ins for the images of a version that was published, under their names, with its real files inside."""
        deploy = self.corpus / "bundles/mtc/konveyor-mig-operator-release-1.2.5/deploy"
        service = deploy / "olm-catalog/konveyor-operator/v1.2.5/konveyor-operator.v1.2.5.clusterserviceversion.yaml"
        operator = "konveyor/mig-operator-container:release-1.2.5"
        images = catalog_world.Images(self.layout, "quay.io")
        for name in sorted(set(re.findall(r"quay\.io/(konveyor/[\w.-]+:[\w.-]+)", service.read_text())) - {operator}):
            images.by_tag(*name.split(":"))
        files = {name: (deploy / "non-olm/v1.2.5" / name).read_bytes() for name in ("operator.yml", "controller-3.yml")}
        layer = catalog_world.make_layer(self.layout.blobs, files)
        self.layout.list(catalog_world.add_image(self.layout, [layer], "amd64"), operator)

    def add_operator(self, name, project, reference, variables, files):
        documents = [
            namespace(), account("migration-operator"), definition(), binding("migration-operator", "cluster-admin"),
            deployment(reference, project, variables),
        ]
        texts = {"operator.yml": many(documents), **{path: many([document]) for path, document in files.items()}}
        layer = catalog_world.make_layer(self.layout.blobs, {path: text.encode() for path, text in texts.items()})
        platform = self.images.layers["amd64"]
        self.layout.list(catalog_world.add_image(self.layout, [platform, layer], "amd64", docker=True), name)

    def write_package_manifests(self):
        """Two packages as they were handed out for OpenShift 4.3, of which one is wanted."""
        operands = [f"openshift-migration-{operand}-rhel8" for operand in OPERANDS]
        self.write_package(
            "cam-operator", {"release-v1.1": ("1.1.2",), "release-v1.2": ("1.2.0", "1.2.5")}, "1.2.5",
            "openshift-migration-rhel7-operator", operands)
        self.write_package("jaeger-product", {"stable": ("1.17.4",)}, "1.17.4", "jaeger-rhel7-operator", ["jaeger-query-rhel7"])

    def write_package(self, name, channels, last, operator, operands):
        place = self.folder / name
        for versions in channels.values():
            for version, replaced in zip(versions, ("", *versions)):
                images = [self.images.by_digest(f"{LEGACY}/{each}", version) for each in (operator, *operands)]
                found = f"{name}.v{replaced}" if replaced else None
                put(place / version / f"{name}.v{version}.clusterserviceversion.yaml", service(name, version, found, images))
                put(place / version / f"{name}.crd.yaml", definition())
        put(place / f"{name}.package.yaml", {
            "packageName": name, "defaultChannel": list(channels)[-1],
            "channels": [{"name": each, "currentCSV": f"{name}.v{versions[-1]}"} for each, versions in channels.items()],
        })


def required(package, versions):
    return {"type": "olm.package.required", "value": {"packageName": package, "versionRange": versions}}


def controller(is_old):
    return {
        "apiVersion": "migration.openshift.io/v1alpha1", "kind": "MigrationController",
        "metadata": {"name": "migration-controller", "namespace": "openshift-migration"},
        "spec": {"cluster_name": "host", "migration_controller": not is_old, "migration_ui": not is_old, "migration_velero": True},
    }


def namespace():
    labels = {
        "control-plane": "controller-manager", "controller-tools.k8s.io": "1.0", "openshift.io/cluster-monitoring": "true"}
    metadata = {"name": "openshift-migration", "annotations": {"openshift.io/node-selector": ""}, "labels": labels}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def account(name):
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "openshift-migration"}}


def binding(name, role):
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "openshift-migration"}],
    }


def definition():
    return {
        "apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "migrationcontrollers.migration.openshift.io"},
        "spec": {
            "group": "migration.openshift.io", "version": "v1alpha1", "scope": "Namespaced",
            "names": {"kind": "MigrationController", "plural": "migrationcontrollers"},
            "versions": [{"name": "v1alpha1", "served": True, "storage": True}],
        },
    }


def deployment(reference, project, variables):
    """The operator, and in its environment the names of what it will start itself."""
    composed = [{"name": "REGISTRY", "value": HOST}, {"name": "PROJECT", "value": project}]
    for repository, tag in variables:
        word = repository.partition("@")[0].removeprefix("openshift-migration-").rpartition("-")[0].replace("-", "_").upper()
        composed += [{"name": f"{word}_REPO", "value": repository}, {"name": f"{word}_TAG", "value": tag}]
    return {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "migration-operator", "namespace": "openshift-migration"},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": {"app": "migration"}},
            "template": {
                "metadata": {"labels": {"app": "migration"}},
                "spec": {"serviceAccountName": "migration-operator", "containers": [
                    {"name": "ansible", "image": reference, "command": ["/usr/local/bin/ao-logs"]},
                    {"name": "operator", "image": reference, "env": composed},
                ]},
            },
        },
    }


def service(name, version, replaced, images):
    """A ClusterServiceVersion."""
    container = {"name": "operator", "image": images[0]}
    return {
        "apiVersion": "operators.coreos.com/v1alpha1", "kind": "ClusterServiceVersion",
        "metadata": {"name": f"{name}.v{version}", "namespace": "placeholder"},
        "spec": {
            "displayName": name, "version": version, **({"replaces": replaced} if replaced else {}),
            "customresourcedefinitions": {"owned": [{
                "name": "migrationcontrollers.migration.openshift.io", "kind": "MigrationController", "version": "v1alpha1"}]},
            "install": {"strategy": "deployment", "spec": {"deployments": [
                {"name": name, "spec": {"template": {"spec": {"containers": [container]}}}}]}},
            "relatedImages": [{"name": image.rpartition("/")[2].partition("@")[0], "image": image} for image in images],
        },
    }


def many(documents):
    return yaml.safe_dump_all(documents, explicit_start=True, sort_keys=False)


def put(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
