internal import YAML

/// The part of `NEXT-STEPS.md` about operators.
struct OperatorSteps {
  private let catalogSources: [ClusterManifest]
  private let namespaces: Set<String>
  private let clusterCatalogs: [ClusterManifest]
  private let unusedCatalogs: [OptionalObject]

  init(written: [ClusterManifest], optional: [OptionalObject]) {
    catalogSources = written.filter { $0.kind == "CatalogSource" }
    namespaces = Set(written.filter { $0.kind == "Namespace" }.map(\.name))
    clusterCatalogs = written.filter { $0.kind == "ClusterCatalog" }
    unusedCatalogs = optional.filter { $0.file.kind == "ClusterCatalog" }
  }

  var text: String? {
    if catalogSources.isEmpty && clusterCatalogs.isEmpty { return nil }
    let needed = catalogSources.contains { $0.namespace.map(namespaces.contains) == true } ? ["Namespace"] : []
    let kinds = needed + Set((catalogSources + clusterCatalogs).map(\.kind)).sorted()
    return """
      ## Operators

      Apply the mirrors first: the images of the operators are found only with them. What follows restarts no node. \
      Applied again with the next bundle, it replaces the catalogs by the new ones.

      """ + defaults + """

            oc apply \(kinds.map { "-f \($0)/" }.joined(separator: " "))

        Wait for the catalogs, each of which runs in a pod, then list what they offer:

        """ + "\n" + commands
  }

  /// Source: OpenShift documentation, "Disabling the default OperatorHub catalog sources".
  private var defaults: String {
    var text = ""
    if !catalogSources.isEmpty {
      text += """

        On a cluster without the internet its default catalogs must go, once: while OLM cannot reach one of them, it \
        installs nothing from the others either. (`\(OptionalObject.operatorHub.path)` does the same.)

            oc patch operatorhub.config.openshift.io cluster --type merge -p '{"spec":{"disableAllDefaultSources":true}}'

        """
    }
    if !clusterCatalogs.isEmpty {
      text += """

        Those of OLM v1 are taken out one by one; `oc get clustercatalog` lists them:

            oc patch clustercatalog openshift-redhat-operators --type merge -p '{"spec":{"availabilityMode":"Unavailable"}}'

        """
    }
    return text
  }

  /// Source: OLM, `CatalogSource` status and the labels of PackageManifest; catalogd, condition `Serving`.
  private var commands: String {
    var text = ""
    for file in catalogSources {
      let place = file.namespace.map { " -n \($0)" } ?? ""
      text += """
            oc wait catalogsource/\(file.name)\(place) --for=jsonpath='{.status.connectionState.lastObservedState}'=READY --timeout=10m
            oc get packagemanifest\(place) -l catalog=\(file.name)

        """
    }
    for file in clusterCatalogs {
      text += "    oc wait clustercatalog/\(file.name) --for=condition=Serving --timeout=10m\n"
    }
    if !catalogSources.isEmpty {
      text += "\nA catalog that does not become ready says why: `oc get pods -A -l olm.catalogSource`.\n"
    }
    if !unusedCatalogs.isEmpty {
      text += """

        On OpenShift 4.18 and later OLM v1 takes a catalog as a ClusterCatalog. To have that too, write this directory \
        again with `--cluster-version`, or rename and apply:

        \(unusedCatalogs.map { "- `\($0.path)`" }.joined(separator: "\n"))

        """
    }
    return text
  }
}
