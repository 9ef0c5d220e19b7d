internal import Diagnostics
internal import Digests
internal import Synchronization
internal import SystemIO

/// Which manifests of a layout refer to which others.
///
/// A layout has no referrers API, so the manifests that can be reached from `index.json` are read once: its entries,
/// and what its indexes list. That finds referrers which are entries of their own, as well as those in the index of a
/// fallback tag (`sha256-<hex>`). Manifests that an index lists and the layout does not have are passed over.
struct OCILayoutGraph: Sendable {
  /// The referrers of a manifest, in the order in which they are reached.
  private(set) var referrers: [Digest: [Descriptor]] = [:]
  /// What a referrer refers to.
  private(set) var subjects: [Digest: Digest] = [:]
  /// All manifests that were reached and are there.
  private(set) var manifests: Set<Digest> = []

  /// Reads all manifests. Blocks.
  ///
  /// - Parameter passesOverDamage: Whether those that are damaged count as missing, as in a target, where they may be
  ///   written again.
  init(
    _ blobs: OCILayoutBlobs, entries: [Descriptor], passesOverDamage: Bool, _ cancellation: CancellationFlag
  ) throws {
    func manifest(_ descriptor: Descriptor) throws(SealiftError) -> FetchedManifest? {
      do throws(SealiftError) {
        return try blobs[descriptor.digest].manifest(descriptor.digest, mediaType: descriptor.mediaType)
      } catch {
        guard passesOverDamage, error.code == .corrupt || error.code == .protocol else { throw error }
        return nil
      }
    }
    var queue = entries.filter(\.mediaType.isManifest)
    var next = 0
    while next < queue.count {
      try cancellation.check()
      let descriptor = queue[next]
      next += 1
      guard !manifests.contains(descriptor.digest), let fetched = try manifest(descriptor) else { continue }
      manifests.insert(descriptor.digest)
      if let subject = fetched.manifest.subject?.digest {
        referrers[subject, default: []].append(fetched.asReferrer)
        subjects[descriptor.digest] = subject
      }
      queue += fetched.manifest.children.filter(\.mediaType.isManifest)
    }
  }
}

/// A graph that is made when it is first asked for.
final class OCILayoutLazyGraph: Sendable {
  private let graph = Mutex<OCILayoutGraph?>(nil)
  private let passesOverDamage: Bool

  init(passesOverDamage: Bool = false) { self.passesOverDamage = passesOverDamage }

  /// The graph. Blocks, also while another thread makes it.
  func get(
    _ blobs: OCILayoutBlobs, entries: [Descriptor], _ cancellation: CancellationFlag
  ) throws -> OCILayoutGraph {
    try graph.withLock { graph in
      if let graph { return graph }
      let made = try OCILayoutGraph(blobs, entries: entries, passesOverDamage: passesOverDamage, cancellation)
      graph = made
      return made
    }
  }
}

extension FetchedManifest {
  /// The descriptor as a list of referrers has it.
  ///
  /// Source: OCI distribution-spec, "Listing Referrers".
  var asReferrer: Descriptor {
    var descriptor = descriptor
    descriptor.artifactType = manifest.artifactType
    descriptor.annotations = manifest.annotations
    return descriptor
  }
}
