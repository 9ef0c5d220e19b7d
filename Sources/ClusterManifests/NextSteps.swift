internal import Diagnostics

/// `NEXT-STEPS.md`: the commands for one bundle at one target, in order.
struct NextSteps {
  let directory: ClusterManifestDirectory
  let written: [ClusterManifest]
  let optional: [OptionalObject]

  var text: String {
    let sections = [
      start, replacements, merges, rewrittenLists, oneRestart, trust, settings, signatures, mirrors,
      OperatorSteps(written: written, optional: optional).text,
      updateService, manifests.text, PackageHints(packages: directory.packages, written: written).text,
      ChartSteps(charts: directory.charts, target: directory.cluster.target).text, install,
      upgrade,
    ]
    return sections.compactMap(\.self).joined(separator: "\n")
  }

  /// The objects that are settings of the whole cluster, but those that this program makes itself.
  var settingsOfOthers: [(singleton: ClusterSingleton, path: String)] {
    optional.filter(\.isCarried).compactMap { manifest in
      ClusterSingleton(manifest.file).map { ($0, manifest.path) }
    }
  }

  private var manifests: UserObjectSteps { UserObjectSteps(written: written, profile: directory.cluster.profile) }

  private var start: String {
    var text = """
      # Next steps

      The images are at `\(directory.cluster.target(""))`. Run the commands below in this directory.
      \(manifests.audience)
      """
    if !written.isEmpty {
      let order = manifests.first.isEmpty ? "in any order" : "after those that others need"
      let warning = mirrorKinds.isEmpty ? "" : " (**the mirrors change the nodes**: see below before you do it)"
      text += """

        All objects at once, \(order), as often as you like\(warning):

        \(manifests.first)    oc apply -R -f .

        Or one kind after the other, as below. Files that end in `.off` are passed over: rename one to apply it.

        """
      if has("UpdateService") {
        text += """

          A kind that the cluster does not know yet, such as UpdateService before its operator is installed, is an \
          error and leaves the others: run the command again when the operator is there.

          """
      }
    }
    return text + (directory.isOpenShift3 ? oldCluster : credentials)
  }

  private var replacements: String? {
    guard !directory.changes.replacements.isEmpty else { return nil }
    return """
      ## What was replaced

      These tags of the registry stood for something else before this bundle was unpacked. A cluster that names an image \
      by digest keeps it; one that names it by tag, as a CatalogSource may, gets what is there now. The objects of a \
      catalog and of mirrors have the names that those of an earlier bundle have: `oc diff -R -f .` says what of them goes.

      \(directory.changes.replacements.map { "- \(Self.escaped($0))\n" }.joined())
      """
  }

  private var merges: String? {
    guard !directory.changes.merges.isEmpty else { return nil }
    return """
      ## What was merged

      These catalogs offer what earlier bundles have brought to the registry, too, and the mirrors here are those of all \
      their images.

      \(directory.changes.merges.map { "- \(Self.escaped($0))\n" }.joined())
      """
  }

  private var rewrittenLists: String? {
    guard !directory.changes.rewrittenLists.isEmpty else { return nil }
    return """
      ## Lists that were made anew

      These images were packed for some of their platforms, and the registry has a list of those alone, under another \
      digest. The mirrors of this directory lead to it by its tag; whoever names the published digest, as a \
      ClusterServiceVersion or a pod may, does not find it.

      \(directory.changes.rewrittenLists.map { "- \(Self.escaped($0))\n" }.joined())
      """
  }

  private var credentials: String {
    """

    If the registry asks for credentials, the cluster must have them first. Add them to a copy of its pull secret:

        oc get secret/pull-secret -n openshift-config -o go-template='{{index .data ".dockerconfigjson" | base64decode}}' > pull-secret.json
        oc registry login --registry=\(directory.cluster.target.registry) --auth-basic=USER:PASSWORD --to=pull-secret.json
        oc set data secret/pull-secret -n openshift-config --from-file=.dockerconfigjson=pull-secret.json

    """
  }

  /// Source: OpenShift 3.11 documentation, "Allowing pods to reference images from other secured registries"; Docker
  /// documentation, "Verify repository client with certificates".
  private var oldCluster: String {
    let registry = directory.cluster.target.registry
    return """

      OpenShift 3 has neither mirror sets nor operator catalogs, so what the bundle has of them lies under `optional/`: \
      objects must name their images at the registry, as those that were lifted out of images do. Each node must trust \
      the registry: its certificate belongs into `/etc/docker/certs.d/\(registry)/ca.crt`, or \
      `\(registry)` into `insecure-registries` of `/etc/docker/daemon.json`. If the registry asks for credentials, give \
      them to each project that pulls from it:

          oc create secret docker-registry mirror --docker-server=\(registry) --docker-username=USER --docker-password=PASSWORD -n PROJECT
          oc secrets link default mirror --for=pull -n PROJECT

      """
  }

  func has(_ kind: String) -> Bool { written.contains { $0.kind == kind } }

  /// Text in which nothing counts as Markdown or HTML.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.printable {
      if "\\`*_{}[]<>()#|!&~".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return escaped
  }
}
