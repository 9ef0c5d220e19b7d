internal import BundleFormat
internal import ClusterManifests
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI

/// What goes where, in which order.
struct PublishPlan: Sendable {
  /// One image at the target.
  struct Image: Sendable {
    let entry: BundleImage
    let repository: String
    /// How many blobs it needs.
    let blobCount: Int
    /// What comes in its place, if it is a catalog that is merged with another one.
    var merged: MergedImage?
    private let own: [Descriptor]

    init(entry: BundleImage, repository: String, manifests: [Descriptor], blobCount: Int) {
      self.entry = entry
      self.repository = repository
      self.blobCount = blobCount
      own = manifests
    }

    /// Its manifests, children first.
    var manifests: [Descriptor] { merged?.manifests ?? own }
    /// What its tags stand for.
    var root: Descriptor { merged?.root ?? own.last ?? entry.manifest }
    /// Its root manifest's place, `repository@digest`.
    var name: String { "\(repository)@\(root.digest)" }
    /// The list that is made anew.
    var rewritten: RewrittenList? {
      guard merged == nil, root.digest != entry.manifest.digest else { return nil }
      let name = entry.tags.first.map { "\(repository):\($0)" } ?? name
      return RewrittenList(name: name, source: entry.source, from: entry.manifest.digest, to: root.digest)
    }
  }

  /// One blob, and who needs it.
  struct Blob: Sendable {
    let descriptor: Descriptor
    /// The images that need it, by their place in `images`.
    let images: [Int]
    /// The repositories that need it, each once.
    let repositories: [String]
  }

  var images: [Image]
  /// The images of the bundle that are not wanted.
  let leftOut: [Image]
  /// The releases among them.
  let releases: [CarriedRelease]
  // There can be 150,000 blobs: of each only the users are kept, all else is in the index.
  private let metadata: [Descriptor]
  private let layers: [BundleIndex.Blob]
  private let held: [BundleIndex.HeldBlob]
  private let users: [[Int32]]

  /// - Parameter rewritesLists: Whether lists that were packed in part are made anew.
  /// - Throws: `configuration` if two images get one name at the target, or a list of a release would be made anew;
  ///   `usage` for a name that the target cannot have.
  init(
    _ index: BundleIndex, _ store: MetadataStore, _ target: TargetAddress, maxNestedPaths: Int?, choice: ImageChoice,
    rewritesLists: Bool = false
  ) throws(SealiftError) {
    metadata = index.metadata
    layers = index.blobs
    held = index.held
    var users = UserTable(metadata + layers.map(\.descriptor) + held.map(\.descriptor))
    var all: [Image] = []
    var names: [String: BundleImage] = [:]
    for entry in index.images {
      let repository = target.repository(for: entry.destination, maxNestedPaths: maxNestedPaths)
      try target.requireName(repository)
      for tag in entry.tags {
        let name = "\(repository):\(tag)"
        if let other = names.updateValue(entry, forKey: name), other.manifest.digest != entry.manifest.digest {
          throw SealiftError(
            .configuration, "\(other.source) and \(entry.source) would both be \(name)",
            nextStep: "choose a larger --max-nested-paths")
        }
      }
      let graph = try ImageGraph(entry, in: store)
      for blob in graph.blobs { try users.add(Int32(all.count), of: blob) }
      let isRewritten = rewritesLists && !entry.absent.isEmpty
      all.append(
        Image(
          entry: entry, repository: repository,
          manifests: isRewritten ? try store.rewritten(entry, graph.manifests) : graph.manifests,
          blobCount: graph.blobs.count))
    }
    let wanted = try choice.wants(all)
    let images = zip(all, wanted).filter(\.1).map(\.0)
    try Self.requireRewritable(images)
    self.images = images
    leftOut = zip(all, wanted).filter { !$1 }.map(\.0)
    let present = Set(images.map(\.entry.manifest.digest))
    releases = try index.carriedReleases(store).filter { present.contains($0.digest) }
    users.keep(wanted)
    self.users = users.images
  }

  /// Refuses to make lists anew that nothing would find.
  private static func requireRewritable(_ images: [Image]) throws(SealiftError) {
    for image in images where image.rewritten != nil {
      guard let reason = image.entry.findingReason else { continue }
      let isCatalog = reason == .catalog
      throw SealiftError(
        .configuration,
        "\(image.entry.source) (\(reason)) "
          + (isCatalog ? "is named by its digest in the CatalogSource" : "is found by its digest alone")
          + ", and a list made anew has another",
        nextStep: isCatalog
          ? "pack the catalog again without platforms, or unpack without --rewrite-lists into a registry that takes lists "
            + "in part"
          : "pack the release again with architectures in place of platforms, leave it out with --except, or unpack "
            + "without --rewrite-lists into a registry that takes lists in part")
    }
  }

  /// What lies in the head, where an image may need any of it as a blob: its config, or a layer that is a manifest too.
  var metadataRange: Range<Int> { 0..<metadata.count }

  /// The other blobs, in file order.
  var layerRange: Range<Int> { 0..<layers.count }

  /// What lies in the head, if an image needs it as a blob.
  func metadataBlob(_ number: Int) -> Blob? { blob(metadata[number], users[number]) }

  /// A blob by its place in the index's `blobs`, if an image needs it.
  func layer(_ number: Int) -> Blob? { blob(layers[number].descriptor, users[metadata.count + number]) }

  /// What the target has already, by its place in the index's `held`, in the order in which it is needed.
  var heldRange: Range<Int> { 0..<held.count }

  /// A held blob, if an image needs it.
  func heldBlob(_ number: Int) -> Blob? {
    blob(held[number].descriptor, users[metadata.count + layers.count + number])
  }

  /// All repositories that something is sent to.
  var repositories: [String] { Set(images.map(\.repository)).sorted() }

  /// The bytes of all blobs that an image needs, and how often one is to be brought to a repository.
  var totals: (bytes: Int, items: Int) {
    let configs = metadataRange.lazy.compactMap { metadataBlob($0) }
    let layers = layerRange.lazy.compactMap { layer($0) }
    return (
      configs.reduce(0) { $0 + $1.descriptor.size } + layers.reduce(0) { $0 + $1.descriptor.size },
      configs.reduce(0) { $0 + $1.repositories.count } + layers.reduce(0) { $0 + $1.repositories.count }
    )
  }

  /// What goes where: each name of an image once for each of its tags, or by digest where it has none.
  func mapping(at address: TargetAddress) -> [(source: String, destination: String)] {
    images.flatMap { image in
      let repository = address.name(of: image.repository)
      return image.entry.names.flatMap { name in
        let tags = name.tags.map { ":\($0)" }
        return (tags.isEmpty ? ["@\(image.root.digest)"] : tags).map {
          (source: name.source, destination: repository + $0)
        }
      }
    }
  }

  private func blob(_ descriptor: Descriptor, _ users: [Int32]) -> Blob? {
    guard !users.isEmpty else { return nil }
    var repositories: [String] = []
    var seen: Set<String> = []
    for user in users where seen.insert(images[Int(user)].repository).inserted {
      repositories.append(images[Int(user)].repository)
    }
    return Blob(descriptor: descriptor, images: users.map { Int($0) }, repositories: repositories)
  }
}

/// Collects which images need which blob.
private struct UserTable {
  private(set) var images: [[Int32]]
  private let places: [Digest: Int32]

  init(_ blobs: [Descriptor]) {
    images = [[Int32]](repeating: [], count: blobs.count)
    places = Dictionary(blobs.enumerated().map { ($1.digest, Int32($0)) }) { first, _ in first }
  }

  /// Drops the images that are not wanted, and counts the others anew.
  mutating func keep(_ wanted: [Bool]) {
    guard wanted.contains(false) else { return }
    var numbers: [Int32?] = []
    var count: Int32 = 0
    for isWanted in wanted {
      numbers.append(isWanted ? count : nil)
      if isWanted { count += 1 }
    }
    for place in images.indices { images[place] = images[place].compactMap { numbers[Int($0)] } }
  }

  mutating func add(_ image: Int32, of blob: Descriptor) throws(SealiftError) {
    guard let place = places[blob.digest] else {
      throw SealiftError(
        .corrupt, "an image needs \(blob.digest), and the bundle does not have it",
        nextStep: "pack the image again from a source that has all of it")
    }
    images[Int(place)].append(image)
  }
}
