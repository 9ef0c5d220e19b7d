internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import OCI
internal import Signing
internal import SystemIO

/// A manifest in a repository of the target: what is deleted, or must stay.
struct ManifestPlace: Hashable, Sendable, Comparable {
  let repository: String
  let digest: Digest

  static func < (left: Self, right: Self) -> Bool {
    (left.repository, left.digest) < (right.repository, right.digest)
  }

  /// Both as people write them.
  var name: String { "\(repository)@\(digest)" }
}

/// All that a bundle has brought to a target, as its head tells.
struct CarriedImages: Sendable {
  /// One image at the target.
  struct Image: Sendable {
    let entry: BundleImage
    let reasons: [ImageReason]
    let repository: String
    /// Its manifests, children first.
    let manifests: [Descriptor]
    /// Its configs and layers.
    let blobs: [Descriptor]

    /// The root manifest's place.
    var place: ManifestPlace { ManifestPlace(repository: repository, digest: entry.manifest.digest) }
    /// The places of all its manifests, children first.
    var places: [ManifestPlace] { manifests.map { ManifestPlace(repository: repository, digest: $0.digest) } }
    /// What it refers to, if it is a signature or another referrer.
    var subjects: [Digest] { reasons.compactMap(\.subject) }
  }

  /// The path of the bundle.
  let path: String
  /// The bundle's id.
  let id: Digest
  let index: BundleIndex
  let images: [Image]

  /// Reads the head of a bundle, and proves it.
  ///
  /// - Parameter directory: For temporary files.
  /// - Throws: `untrusted`, `corrupt`.
  init(
    _ path: String, _ trust: TrustOptions, _ target: TargetAddress, maxNestedPaths: Int?, _ directory: String
  ) throws {
    self.path = path
    let input = BundleInput(try File(path, .read))
    let store = try MetadataStore(in: directory)
    let head = try input.readHead(trust.openOneOfSeveral(input)) { try store.put($0, $1) }
    id = head.verified.id
    index = head.verified.index
    images = try Self.images(of: index, store, target, maxNestedPaths)
  }

  private static func images(
    of index: BundleIndex, _ store: MetadataStore, _ target: TargetAddress, _ maxNestedPaths: Int?
  ) throws(SealiftError) -> [Image] {
    var images: [Image] = []
    for entry in index.images {
      let graph = try ImageGraph(entry, in: store)
      images.append(
        Image(
          entry: entry, reasons: entry.reasons.map { ImageReason($0) },
          repository: target.repository(for: entry.destination, maxNestedPaths: maxNestedPaths),
          manifests: graph.manifests, blobs: graph.blobs))
    }
    return images
  }
}

extension TrustOptions {
  /// Reads the front of one of several bundles and judges it: signatures that lie beside the others count nothing.
  fileprivate func openOneOfSeveral(_ input: BundleInput) throws(SealiftError) -> VerifiedIndex {
    let policy = try policy()
    let front = try BundleFront.read(input)
    var signatures: [CarriedSignature] = []
    for path in detached {
      var one = self
      one.detached = [path]
      do throws(SealiftError) {
        signatures += try one.detachedSignatures(for: front, policy)
      } catch  where error.code == .untrusted {
        continue
      }
    }
    return try front.verify(policy, detached: signatures)
  }
}

extension ImageReason {
  /// For a referrer: the digest that its text ends with.
  var subject: Digest? {
    guard case .referrer(let text) = self, let last = text.split(separator: " ").last else { return nil }
    return try? Digest(String(last))
  }
}
