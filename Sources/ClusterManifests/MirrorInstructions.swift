public import Diagnostics
internal import YAML

/// What `oc adm release mirror` prints of the releases at a target.
public struct MirrorInstructions: Sendable, Equatable {
  /// The payloads, each by its tag.
  public let updateImages: [String]
  /// The repository of the components.
  public let mirrorPrefix: String
  /// The member of `install-config.yaml` that names the mirrors: `imageDigestSources`, or `imageContentSources` for
  /// older clusters.
  public let installMember: String
  /// What an `install-config.yaml` needs, as YAML.
  public let installConfig: String
  /// The kind of the mirror sets.
  public let mirrorKind: String
  /// The mirror sets for upgrades, as YAML.
  public let mirrorSets: String
  /// The paths, in the directory of manifests, of the ConfigMaps with the signatures.
  public let signatures: [String]
}

extension ClusterManifestDirectory {
  /// What `oc adm release mirror` prints of the releases.
  ///
  /// - Returns: `nil` if there is no release, or no mirror is needed.
  /// - Throws: As `files` does.
  public func instructions() throws(SealiftError) -> MirrorInstructions? {
    if releases.isEmpty { return nil }
    var own = self
    // What the user brings may not fit this target, which is for those to hear who ask for the manifests.
    own.templates.removeAll(where: \.isForeign)
    let filled = try own.filled()
    guard let snippet = InstallConfigSnippet(filled, for: self) else { return nil }
    let kind = cluster.api == .icsp ? MirrorKind.imageContentSourcePolicy : .imageDigestMirrorSet
    let sets = filled.filter {
      !$0.isForeign && $0.kind == kind.rawValue && $0.name.hasPrefix("\(kind.prefix)-release-")
    }
    var signatures: Set<String> = []
    for release in releases { if let file = try release.signatureConfigMap() { signatures.insert(file.path) } }
    return MirrorInstructions(
      updateImages: releases.map(updateImage), mirrorPrefix: cluster.target("openshift/release"),
      installMember: snippet.member, installConfig: snippet.lines,
      mirrorKind: kind.rawValue,
      mirrorSets: sets.map { String(decoding: $0.bytes, as: UTF8.self) }.joined(separator: "---\n"),
      signatures: signatures.sorted())
  }

  private func updateImage(of release: CarriedRelease) -> String {
    let path = repository(of: release)
    let image = images.first { $0.destination == path && $0.digest == release.digest && !$0.tags.isEmpty }
    return cluster.target(path) + (image?.tags.first.map { ":\($0)" } ?? "@\(release.digest)")
  }

  /// The repository of a release's payload: one that comes from a directory stays where it was there.
  func repository(of release: CarriedRelease) -> String {
    let usual = "openshift/release-images"
    let found = images.filter { $0.digest == release.digest }.map(\.destination)
    return found.isEmpty || found.contains(usual) ? usual : found[0]
  }
}
