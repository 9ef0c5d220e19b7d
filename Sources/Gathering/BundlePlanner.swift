internal import BundleFormat
internal import Content
internal import Diagnostics
internal import Digests
internal import OCI

/// Makes the index of a new bundle: which images, and where each blob will lie.
struct BundlePlanner {
  private let store: MetadataStore
  private var images: [BundleImage] = []
  private var places: [Place: Int] = [:]
  private var names: [String: Int] = [:]
  private var files: [Descriptor] = []
  /// What a person should know of what was found: one sentence each.
  private(set) var notes: [String] = []

  private struct Place: Hashable {
    let destination: String
    let digest: Digest
    let subject: Digest?
  }

  /// - Parameter store: Holds the manifests and small configs of all images.
  init(_ store: MetadataStore) { self.store = store }

  /// Adds an image; one that is there already at the same destination only gains tags and names.
  ///
  /// - Throws: `configuration` if another image has the same destination.
  mutating func add(_ image: BundleImage) throws(SealiftError) {
    let place = Place(destination: image.destination, digest: image.manifest.digest, subject: image.subject)
    let index = places[place] ?? images.count
    for tag in image.tags {
      let name = "\(image.destination):\(tag)"
      if let other = names[name], images[other].manifest.digest != image.manifest.digest {
        throw SealiftError(
          .configuration,
          "\(images[other].source) and \(image.source) are different images for one destination, \(name)",
          nextStep: "give one of them another targetRepo or targetTag")
      }
      names[name] = index
    }
    if index == images.count {
      places[place] = index
      images.append(image)
    } else {
      // What one of them brings is there for all.
      images[index].absent = images[index].absent.filter(image.absent.contains)
      images[index].platforms += image.platforms.filter { !images[index].platforms.contains($0) }
      images[index].tags += image.tags.filter { !images[index].tags.contains($0) }
      let known = Set(images[index].requests)
      images[index].also += image.requests.filter { !known.contains($0) }
    }
  }

  /// Adds a blob that no image needs; it lies behind those of the images, unless one of them is the same.
  mutating func add(file: Descriptor) { files.append(file) }

  /// The index of all images and files added, without the files of the head.
  ///
  /// - Parameter bases: What need not travel.
  mutating func index(
    created: String, producer: BundleIndex.Producer, bases: Bases
  ) throws(SealiftError) -> BundleIndex {
    var metadata = UniqueDescriptors()
    var layers = UniqueDescriptors()
    for image in images {
      let graph = try ImageGraph(image, in: store)
      note(graph.misstated, of: image)
      for manifest in graph.manifests.reversed() { try metadata.add(manifest) }
      for config in graph.configs { try config.isSmallMetadata ? metadata.add(config) : layers.add(config) }
      for layer in graph.layers { try layers.add(layer) }
    }
    noteLists()
    for file in files { try layers.add(file) }
    // An artifact's config and its layer can be one blob, `{}` above all: it lies in the head then.
    let blobs = layers.list.filter { !metadata.contains($0) }
    // What no image needs goes to no registry, where it could be found again.
    let carried = Set(files.map(\.digest))
    let isHeld = blobs.map { bases.isHeld($0) && !carried.contains($0.digest) }
    var index = BundleIndex(
      created: created, producer: producer, images: images, files: [], metadata: metadata.list,
      blobs: Self.placed(zip(blobs, isHeld).filter { !$1 }.map(\.0)))
    (index.held, index.bases) = bases.entries(of: zip(blobs, isHeld).filter(\.1).map(\.0))
    return index
  }

  /// Says that some registries do not take what is packed.
  private mutating func noteLists() {
    let count = images.count { !$0.absent.isEmpty }
    guard count > 0 else { return }
    notes.append(
      "\(count) \(count == 1 ? "list of images is" : "lists of images are") packed in part, for the platforms that are "
        + "asked for: docker-registry 2.8 and others take no list of which something is missing, unless "
        + "`unpack --rewrite-lists` makes it anew")
  }

  private mutating func note(_ misstated: [Descriptor], of image: BundleImage) {
    guard let first = misstated.first else { return }
    let more = misstated.count > 1 ? " and of \(misstated.count - 1) more" : ""
    notes.append(
      "\(image.source) states a wrong size of its manifest \(first.digest)\(more): it is carried as it was published, "
        + "and some registries refuse it")
  }

  private static func placed(_ blobs: [Descriptor]) -> [BundleIndex.Blob] {
    var position = 0
    let body = blobs.filter { !$0.mediaType.isCompressible }.map { blob in
      defer { position += BundleLayout.entryBytes(blob.size) }
      return BundleIndex.Blob(descriptor: blob, encoding: .raw, offset: BundleLayout.contentOffset(ofEntryAt: position))
    }
    let tail = blobs.filter(\.mediaType.isCompressible).map {
      BundleIndex.Blob(descriptor: $0, encoding: .zstd, offset: nil)
    }
    return body + tail
  }
}

/// Descriptors in the order in which they were added, each digest once, with nothing but what an index lists.
private struct UniqueDescriptors {
  private(set) var list: [Descriptor] = []
  private var sizes: [Digest: Int] = [:]

  func contains(_ descriptor: Descriptor) -> Bool { sizes[descriptor.digest] != nil }

  mutating func add(_ descriptor: Descriptor) throws(SealiftError) {
    if let size = sizes[descriptor.digest] {
      guard size == descriptor.size else {
        throw SealiftError(
          .protocol, "\(descriptor.digest) is said to have \(size) bytes, and also \(descriptor.size)",
          nextStep: "look at the images and files that were asked for: one of them is damaged")
      }
      return
    }
    sizes[descriptor.digest] = descriptor.size
    list.append(Descriptor(mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size))
  }
}
