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
  init(_ blobs: OCILayoutBlobs, entries: [Descriptor], _ cancellation: CancellationFlag) throws {
    var queue = entries.filter(\.mediaType.isManifest)
    var next = 0
    while next < queue.count {
      try cancellation.check()
      let descriptor = queue[next]
      next += 1
      guard !manifests.contains(descriptor.digest),
        let fetched = try blobs[descriptor.digest].manifest(descriptor.digest, mediaType: descriptor.mediaType)
      else { continue }
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

  /// The graph. Blocks, also while another thread makes it.
  func get(
    _ blobs: OCILayoutBlobs, entries: [Descriptor], _ cancellation: CancellationFlag
  ) throws -> OCILayoutGraph {
    try graph.withLock { graph in
      if let graph { return graph }
      let made = try OCILayoutGraph(blobs, entries: entries, cancellation)
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
