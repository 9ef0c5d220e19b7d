internal import ClusterManifests
internal import Diagnostics
internal import Digests
internal import SystemIO
internal import YAML

/// The release signatures that `oc` left beside images, `DIR/config/signature-*.json`: the objects that give them to a
/// cluster.
struct MirrorSignatures {
  /// An image that is packed, and its signatures, of which nothing is known yet.
  struct Signed: Sendable {
    let digest: Digest
    let signatures: [SignatureStore.Found]
    /// The object that they came in.
    let object: UserObject
  }

  /// Those of images that are packed.
  private(set) var signed: [Signed] = []
  /// What was left out: one sentence each.
  private(set) var notes: [String] = []

  // Source: openshift/oc, `pkg/cli/admin/release/mirror.go`; openshift/cluster-version-operator, where it looks for them.
  private static let namespace = "openshift-config-managed"
  private static let label = "release.openshift.io/verification-signatures"

  /// Reads the files of a directory; blocks.
  ///
  /// - Parameters:
  ///   - directory: Where the images are.
  ///   - digests: The images that are packed from there.
  ///   - known: Releases whose signatures the bundle has already.
  /// - Throws: `storage`.
  init(beside directory: String, of digests: Set<Digest>, known: Set<Digest>) throws(SealiftError) {
    let config = "\(directory)/config"
    guard try FileSystem.kind(of: config) == .directory else { return }
    for name in try FileSystem.list(config) where name.hasPrefix("signature-") && name.hasSuffix(".json") {
      do throws(SealiftError) {
        let bytes = try FileSystem.read("\(config)/\(name)", limit: ClusterManifest.maximumBytes)
        for object in try UserObject.read(bytes, source: "file://\(config)/\(name)", profiles: []) {
          try take(object, digests, known)
        }
      } catch {
        guard error.code == .configuration || error.code == .corrupt else { throw error }
        notes.append("a release signature is not packed: \(error.problem)")
      }
    }
  }

  private mutating func take(
    _ object: UserObject, _ digests: Set<Digest>, _ known: Set<Digest>
  ) throws(SealiftError) {
    let manifest = object.manifest
    guard manifest.kind == "ConfigMap", manifest.namespace == Self.namespace,
      let digest = digests.first(tagged: manifest.name)
    else {
      if known.contains(where: { $0.tag == manifest.name }) { return }
      notes.append("\(object.place) is not packed: it is no signature of an image that is packed from there")
      return
    }
    if known.contains(digest) { return }
    guard manifest.object["metadata"]?["labels"]?[Self.label] != nil, let signatures = Self.signatures(object, digest)
    else {
      notes.append("\(object.place) is not packed: no cluster would take it for a signature of \(digest)")
      return
    }
    signed.append(Signed(digest: digest, signatures: signatures, object: object))
  }

  /// - Returns: `nil` where there is none, or something else.
  private static func signatures(_ object: UserObject, _ digest: Digest) -> [SignatureStore.Found]? {
    let entries = object.manifest.object["binaryData"]?.entries ?? []
    let found = entries.compactMap { entry -> SignatureStore.Found? in
      guard entry.key.hasPrefix(digest.tag), let text = entry.value.text, let bytes = Base64.decode(text) else {
        return nil
      }
      return SignatureStore.Found(bytes: bytes, place: "\(object.source), \(entry.key)")
    }
    return found.isEmpty || found.count < entries.count ? nil : found
  }
}

extension Set<Digest> {
  /// The digest of which this is the tag.
  fileprivate func first(tagged tag: String) -> Digest? { first { $0.tag == tag } }
}
