internal import BundleFormat
internal import ClusterManifests
internal import Content
internal import Diagnostics
public import JSON

/// How the releases of a bundle are used from the target: all that `oc adm release mirror` prints.
public struct ReleaseInstructions: Sendable {
  private let mirror: MirrorInstructions
  private let directory: String?

  /// - Parameter manifests: What is written for the cluster; `nil` if nothing is.
  init?(
    _ index: BundleIndex, _ store: MetadataStore, _ address: TargetAddress, _ unpacking: UnpackOptions,
    _ manifests: TargetClusterManifests?
  ) throws(SealiftError) {
    // No object of a cluster can name a registry by an IPv6 address.
    guard case .registry(let host, _) = address, !host.hasPrefix("["), !index.releases.isEmpty else { return nil }
    let instructions: MirrorInstructions?
    if let manifests {
      instructions = manifests.instructions
    } else {
      let target = MirrorTarget(host, address, unpacking)
      instructions = try ClusterManifestDirectory(index, store, target, nil, unpacking, profile: nil).instructions()
    }
    guard let instructions else { return nil }
    mirror = instructions
    directory = manifests?.directory
  }

  /// The text for people, of lines that a terminal of 80 columns shows whole but for names and YAML.
  ///
  /// Source: openshift/oc, `oc adm release mirror`, what it prints after it is done.
  public var text: String {
    mirror.updateImages.map { "Update image:  \($0)\n" }.joined() + """
      Mirror prefix: \(mirror.mirrorPrefix)

      To use the new mirrored repository to install, add the following section to the
      install-config.yaml\(remark):

      \(mirror.installConfig)

      To use the new mirrored repository for upgrades, use the following to create an
      \(mirror.mirrorKind):

      \(mirror.mirrorSets)\(signatures)
      """
  }

  private var remark: String {
    mirror.installMember == "imageDigestSources" ? " (OpenShift 4.13 and older:\nimageContentSources in its place)" : ""
  }

  private var signatures: String {
    if mirror.signatures.isEmpty { return "" }
    guard let directory else {
      return
        "\n\nThe ConfigMaps with the signatures come with `sealift unpack` and\n--manifests DIR --manifests-only.\n"
    }
    return """


      To apply signature configmaps use 'oc apply' on these files:

      \(mirror.signatures.map { "\(directory)/\($0)\n" }.joined())
      """
  }

  /// The same for scripts.
  public var json: JSONValue {
    let strings = { (texts: [String]) in JSONValue.array(texts.map { .string($0) }) }
    return .object([
      .init("installConfig", .string(mirror.installConfig)), .init("mirrorPrefix", .string(mirror.mirrorPrefix)),
      .init("mirrorSets", .string(mirror.mirrorSets)),
      .init("signatures", strings(directory.map { place in mirror.signatures.map { "\(place)/\($0)" } } ?? [])),
      .init("updateImages", strings(mirror.updateImages)),
    ])
  }
}
