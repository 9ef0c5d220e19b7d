internal import Digests

extension NextSteps {
  var signatures: String? {
    let isSignature = { (file: ClusterManifest) in
      file.kind == "ConfigMap" && file.namespace == CarriedRelease.signatureNamespace
    }
    guard written.contains(where: isSignature) else { return nil }
    let others = written.contains { $0.kind == "ConfigMap" && !isSignature($0) }
    return """
      ## Signatures of releases

          oc apply -f ConfigMap/\(others ? " -l \(CarriedRelease.signatureLabel)" : "")

      Nothing restarts. They come before an upgrade: without them the cluster refuses a release as not verified.

      """
  }

  var updateService: String? {
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

  var install: String? {
    if directory.releases.isEmpty { return nil }
    var text = """
      ## Install a cluster

      Take the installer out of the release that you want, and add the lines of `\(InstallConfigSnippet.path)` to its \
      `install-config.yaml`. The pull secret there needs an entry for `\(directory.cluster.target.registry)`.

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

  var upgrade: String? {
    if directory.releases.isEmpty || directory.isOpenShift3 { return nil }
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

  /// A command for each release, whose payload is its last word.
  private func commands(_ command: String) -> String {
    directory.releases.map { release in
      let payload = "\(directory.cluster.target(directory.repository(of: release)))@\(release.digest)"
      return "\n\(Self.title(of: release)):\n\n    \(command) \(payload)\n"
    }.joined()
  }

  private static func title(of release: CarriedRelease) -> String {
    escaped("\(release.version) \(release.architecture)")
  }
}
