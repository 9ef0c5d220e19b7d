internal import Diagnostics
internal import Digests

/// `NEXT-STEPS.md`: the commands for one bundle at one target, in order.
struct NextSteps {
  let directory: ManifestDirectory
  let written: [ManifestFile]
  let optional: [ManifestFile]

  private var releaseRepository: String { directory.target("openshift/release-images") }

  var text: String {
    let sections = [
      start, signatures, mirrors, operators, updateService, manifests.text, install, upgrade,
    ].compactMap(\.self)
    return sections.joined(separator: "\n")
  }

  private var manifests: ManifestSteps { ManifestSteps(written: written, profile: directory.profile) }

  private var start: String {
    var text = """
      # Next steps

      The images are at `\(directory.target(""))`. Run the commands below in this directory.
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
    return text + """

      If the registry asks for credentials, the cluster must have them first. Add them to a copy of its pull secret:

          oc get secret/pull-secret -n openshift-config -o go-template='{{index .data ".dockerconfigjson" | base64decode}}' > pull-secret.json
          oc registry login --registry=\(directory.target.registry) --auth-basic=USER:PASSWORD --to=pull-secret.json
          oc set data secret/pull-secret -n openshift-config --from-file=.dockerconfigjson=pull-secret.json

      """ + certificates
  }

  private var certificates: String {
    guard directory.certificateAuthority != nil else { return "" }
    return """

      If the cluster does not trust the registry's certificate yet, rename and apply the two files below. They replace \
      what `additionalTrustedCA` names now: if it names something, add the keys to that ConfigMap instead.

      \(optional.filter { $0.kind == "ConfigMap" || $0.kind == "Image" }.map { "- `\(OptionalManifests.path(of: $0))`" }
        .joined(separator: "\n"))

      """
  }

  private var signatures: String? {
    guard has("ConfigMap") else { return nil }
    return """
      ## Signatures of releases

          oc apply -f ConfigMap/

      Nothing restarts. They come before an upgrade: without them the cluster refuses a release as not verified.

      """
  }

  private var mirrors: String? {
    let kinds = mirrorKinds
    var text = "## Mirrors\n\n"
    if kinds.isEmpty && !(tagsAreLeft) { return nil }
    if !kinds.isEmpty {
      text += "    oc apply \(kinds.map { "-f \($0.rawValue)/" }.joined(separator: " "))\n\n"
      text += "**This changes the nodes**, one after the other:\n\n"
      text += kinds.map { "- \($0.rawValue): \(Self.effect(of: $0))\n" }.joined()
      text += """
        - An object that exists already under the same name is replaced. An entry that is changed or taken away drains \
        and restarts the nodes, whatever the kind.

        Wait until every pool is `UPDATED`:

            oc get machineconfigpool

        """
    }
    if kinds.contains(.imageDigestMirrorSet), mayRefuseBothSorts {
      text += """

        OpenShift 4.13 and 4.14 may not take ImageContentSourcePolicy beside the newer kinds. Where \
        `oc get imagecontentsourcepolicy` lists some, apply only one sort, or convert them: `oc adm migrate icsp FILE`.

        """
    }
    if tagsAreLeft {
      text += """

        Images that are used by tag have no mirror on this cluster: only OpenShift 4.13 and later have \
        ImageTagMirrorSet. Name them at `\(directory.target(""))` where they are used; `mapping.txt` says how.

        """
    }
    return text
  }

  /// Source: OpenShift documentation, "Image configuration", "Understanding image registry repository mirroring".
  private static func effect(of kind: MirrorKind) -> String {
    switch kind {
    case .imageDigestMirrorSet: "a new one is taken without a drain or a restart."
    case .imageTagMirrorSet: "a new one drains the nodes, and restarts them."
    case .imageContentSourcePolicy:
      "a new one is taken without a drain or a restart; before OpenShift 4.7 nodes restart."
    }
  }

  private var mirrorKinds: [MirrorKind] { MirrorKind.allCases.filter { has($0.rawValue) } }

  private var mayRefuseBothSorts: Bool {
    directory.clusterVersion.map { $0 < ClusterVersion(major: 4, minor: 15) } ?? true
  }

  private var tagsAreLeft: Bool { optional.contains { $0.kind == MirrorKind.imageTagMirrorSet.rawValue } }

  private var operators: String? { OperatorSteps(written: written, optional: optional).text }

  private var updateService: String? {
    guard has("UpdateService") else { return nil }
    let (name, namespace) = (UpdateService.name, UpdateService.namespace)
    return """
      ## Update service

      The OpenShift Update Service Operator must run in the namespace `\(namespace)`. Where the registry's certificate \
      comes from an authority of your own, the ConfigMap that `additionalTrustedCA` of `image.config.openshift.io/cluster` \
      names must hold it under the key `updateservice-registry`.

          oc apply -f UpdateService/
          oc get updateservice \(name) -n \(namespace) -o jsonpath='{.status.policyEngineURI}{"\\n"}'

      Once the second command prints an address, tell the cluster to ask there:

          oc patch clusterversion version --type merge -p '{"spec":{"upstream":"ADDRESS/api/upgrades_info/v1/graph"}}'

      The cluster must trust the certificate of that address: `oc get proxy cluster -o yaml` names its `trustedCA`.

      """
  }

  private var install: String? {
    if directory.releases.isEmpty { return nil }
    var text = """
      ## Install a cluster

      Take the installer out of the release that you want, and add the lines of `\(InstallConfigSnippet.path)` to its \
      `install-config.yaml`. The pull secret there needs an entry for `\(directory.target.registry)`.

      """
    text += commands("oc adm release extract --command=openshift-install\(mirrorOption)")
    return text
  }

  /// By itself `oc` would look for the installer at its public place.
  private var mirrorOption: String {
    let files = written.filter { $0.name == "idms-release-0" || $0.name == "icsp-release-0" }
    guard let file = files.first(where: { $0.kind == MirrorKind.imageDigestMirrorSet.rawValue }) ?? files.first else {
      return ""
    }
    return file.kind == MirrorKind.imageDigestMirrorSet.rawValue
      ? " --idms-file=\(file.path)" : " --icsp-file=\(file.path)"
  }

  private var upgrade: String? {
    if directory.releases.isEmpty { return nil }
    var text = """
      ## Upgrade a cluster

      Apply the signatures and the mirrors first. Of the releases below, go to those of your cluster's architecture, \
      one after the other, each when the one before is complete (`oc get clusterversion`):

      """
    text += commands("oc adm upgrade --allow-explicit-upgrade --to-image")
    let unsigned = directory.releases.filter(\.signatures.isEmpty)
    if !unsigned.isEmpty {
      let names = unsigned.map(Self.title).joined(separator: ", ")
      text += "\nWithout a signature here, so that a cluster takes them only with `--force`: \(names).\n"
    }
    return text
  }

  private func has(_ kind: String) -> Bool { written.contains { $0.kind == kind } }

  /// A command for each release, whose payload is its last word.
  private func commands(_ command: String) -> String {
    directory.releases.map { release in
      "\n\(Self.title(of: release)):\n\n    \(command) \(releaseRepository)@\(release.digest)\n"
    }.joined()
  }

  private static func title(of release: CarriedRelease) -> String {
    escaped("\(release.version) \(release.architecture)")
  }

  /// Text in which nothing counts as Markdown or HTML.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.printable {
      if "\\`*_{}[]<>()#|!&~".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return escaped
  }
}
