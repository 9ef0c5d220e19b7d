public import BundleFormat
public import Content
internal import Diagnostics
public import Digests
public import OCI
internal import SystemIO

/// All that a bundle has brought to a target, as its head tells.
public struct CarriedImages: Sendable {
  /// One image at the target.
  public struct Image: Sendable {
    /// What the index says of it.
    public let entry: BundleImage
    /// Its repository at the target.
    public let repository: String
    /// Its manifests as they were published, children first.
    public let manifests: [Descriptor]
    /// The same as `unpack --rewrite-lists` makes them; none of what it leaves as it is.
    let rewritten: [Descriptor]
    /// Its configs and layers.
    public let blobs: [Descriptor]

    /// The root manifest's place.
    public var place: ManifestPlace { ManifestPlace(repository: repository, digest: entry.manifest.digest) }
    /// The places of all manifests that it can have there.
    public var places: [ManifestPlace] { forms.flatMap(\.self) }
    /// The places of its manifests, children first, for each way in which it can be there: `unpack` alone knows which one
    /// it was.
    public var forms: [[ManifestPlace]] {
      [manifests, rewritten].filter { !$0.isEmpty }.map { form in
        form.map { ManifestPlace(repository: repository, digest: $0.digest) }
      }
    }
    /// The places of what its tags can stand for.
    public var roots: [ManifestPlace] { forms.compactMap(\.last) }
    /// Why it is in the bundle.
    public var reasons: [ImageReason] { entry.reasons }
    /// What it refers to, if it is a signature or another referrer.
    public var subjects: [Digest] { reasons.compactMap(\.subject) }
  }

  /// The path of the bundle.
  public let path: String
  /// The bundle's id.
  public let id: Digest
  /// The index, which is proven.
  public let index: BundleIndex
  /// The images, in the order of the index.
  public let images: [Image]
  /// The blobs that it rests on, with the repositories of the target where its bases have put them.
  public let held: [Digest: Set<String>]

  /// Reads the head of a bundle, and proves it.
  ///
  /// - Parameter directory: For temporary files.
  /// - Throws: `untrusted`, `corrupt`.
  public init(
    _ path: String, _ trust: TrustOptions, _ target: TargetAddress, maxNestedPaths: Int?, _ directory: String
  ) throws {
    self.path = path
    let input = BundleInput(try BundlePlaces(path).open(trust, SilentReporter()))
    let store = try MetadataStore(in: directory)
    let head = try input.readHead(trust.openOneOfSeveral(input)) { try store.put($0, $1) }
    id = head.verified.id
    index = head.verified.index
    images = try Self.images(of: index, store, target, maxNestedPaths)
    let repositories = index.basePlaces.map {
      target.repository(for: $0.repository, maxNestedPaths: maxNestedPaths)
    }
    held = Dictionary(index.held.map { ($0.descriptor.digest, Set($0.places.map { repositories[$0] })) }) {
      first, _ in first
    }
  }

  private static func images(
    of index: BundleIndex, _ store: MetadataStore, _ target: TargetAddress, _ maxNestedPaths: Int?
  ) throws(SealiftError) -> [Image] {
    var images: [Image] = []
    for entry in index.images {
      let graph = try ImageGraph(entry, in: store)
      images.append(
        Image(
          entry: entry,
          repository: target.repository(for: entry.destination, maxNestedPaths: maxNestedPaths),
          manifests: graph.manifests,
          rewritten: entry.canBeRewritten ? try store.rewritten(entry, graph.manifests) : [], blobs: graph.blobs))
    }
    return images
  }
}
