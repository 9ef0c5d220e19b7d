internal import Diagnostics
internal import Digests
internal import OCI

/// Which blobs of a bundle need which others: all that an image needs is listed, and all that is listed is needed.
struct Closure {
  /// The greatest number of the manifests and blobs of all images, where one that several images share counts for each.
  static let maximumReferences = 1 << 22
  /// The greatest number of members and elements in all manifests together.
  static let maximumValues = 1 << 22

  private let index: BundleIndex
  /// The place of each blob: in `metadata`, or behind these in `blobs`, or behind these in `held`; behind these that of
  /// what is not listed, and what some image leaves out.
  private let places: [Digest: Int32]
  /// What is not listed, and what some image leaves out.
  private let unlisted: [Digest]
  private var uses: [Use]
  private var nodes: [Node]
  private var subjects: [Int32: Digest] = [:]
  private var values = 0

  /// What a blob is needed for.
  private struct Use: OptionSet {
    let rawValue: UInt8
    static let manifest = Use(rawValue: 1)
    /// As a config or a layer.
    static let blob = Use(rawValue: 2)
    /// By a descriptor with the media type that the index lists.
    static let typed = Use(rawValue: 4)
    /// As a file that no image needs.
    static let file = Use(rawValue: 8)
  }

  /// A manifest of `metadata`.
  private struct Node {
    /// The manifests that it names and that are listed.
    var children: [Int32] = []
    /// The manifests that it names and that are not: each image of which it is a part must leave them out.
    var missing: [Int32] = []
    /// Whether all that stands below it was looked at, as a part of an image that leaves nothing out.
    var isWhole = false
    /// How many manifests stand one below the other from here on; 0 as long as that is not known.
    var height = 0
    /// How many manifests, configs and layers there are from here on.
    var weight = 1
  }

  /// - Parameter index: A checked index.
  init(_ index: BundleIndex) {
    self.index = index
    let count = index.metadata.count + index.blobs.count + index.held.count
    var places: [Digest: Int32] = [:]
    places.reserveCapacity(count)
    for descriptor in index.metadata { places[descriptor.digest] = Int32(places.count) }
    for blob in index.blobs { places[blob.descriptor.digest] = Int32(places.count) }
    for blob in index.held { places[blob.descriptor.digest] = Int32(places.count) }
    var unlisted: [Digest] = []
    for digest in index.images.lazy.flatMap(\.absent) where places[digest] == nil {
      places[digest] = Int32(places.count)
      unlisted.append(digest)
    }
    self.places = places
    self.unlisted = unlisted
    uses = [Use](repeating: [], count: count)
    nodes = [Node](repeating: Node(), count: index.metadata.count)
  }

  /// Adds what a manifest names.
  ///
  /// - Parameter number: Its place in `metadata`.
  /// - Throws: `corrupt` if something of that is not listed as the manifest names it.
  mutating func add(_ manifest: Manifest, at number: Int) throws(SealiftError) {
    values += manifest.valueCount
    guard values <= Self.maximumValues else {
      throw .unwhole("its manifests hold more than \(Self.maximumValues) values")
    }
    let name = index.metadata[number].digest
    subjects[Int32(number)] = manifest.subject?.digest
    switch manifest.content {
    case .index(let children):
      for child in children {
        if let place = places[child.digest], place >= uses.count {
          nodes[number].missing.append(place)
        } else {
          nodes[number].children.append(try place(ofManifest: child, of: name))
        }
      }
    case .image(let config, let layers):
      // A registry takes a manifest without its foreign layers.
      let blobs = [config] + layers.filter { !$0.isForeign }
      nodes[number].weight += blobs.count
      for blob in blobs { try use(blob: blob, of: name) }
    }
  }

  /// Ends the proof, when all manifests were added.
  ///
  /// - Throws: `corrupt` for an image that is nested too deep, and for what nothing needs.
  mutating func check() throws(SealiftError) {
    var weight = 0
    for image in index.images {
      let root = try place(of: image.manifest.digest, for: "an image")
      try use(image, root)
      weight += try measure(root, depth: 0).weight
      guard weight <= Self.maximumReferences else {
        throw .unwhole("its images name more than \(Self.maximumReferences) blobs")
      }
      guard image.subject == nil || image.subject == subjects[root] else {
        throw .unwhole("manifest \(image.manifest.digest) does not refer to the subject that the index gives it")
      }
    }
    for file in index.carriedFiles { uses[Int(try place(of: file.digest, for: file.name))].insert(.file) }
    for (number, use) in uses.enumerated() { try check(use, of: listed(number), isMetadata: number < nodes.count) }
  }

  private func check(_ use: Use, of descriptor: Descriptor, isMetadata: Bool) throws(SealiftError) {
    let isNeeded =
      if isMetadata {
        descriptor.mediaType.isManifest ? use.contains(.manifest) : use.contains(.blob)
      } else {
        !use.isEmpty
      }
    guard isNeeded else { throw .unwhole("\(descriptor.digest) is listed, and no image needs it") }
    guard use.contains(.typed) || use == .file else {
      throw .unwhole("\(descriptor.digest) is listed as a '\(descriptor.mediaType)', and no manifest calls it that")
    }
  }

  /// The height and the weight of a manifest that stands below so many others.
  private mutating func measure(_ place: Int32, depth: Int) throws(SealiftError) -> Node {
    var node = nodes[Int(place)]
    if node.height == 0 {
      // Before it is walked: what is nested deeper than the stack would end the program.
      guard depth < Manifest.maximumDepth else { throw tooDeep(place) }
      for child in node.children {
        let below = try measure(child, depth: depth + 1)
        node.height = max(node.height, below.height)
        node.weight = min(node.weight + below.weight, Self.maximumReferences + 1)
      }
      node.height += 1
      nodes[Int(place)] = node
    }
    guard depth + node.height <= Manifest.maximumDepth else { throw tooDeep(place) }
    return node
  }

  /// Marks the manifests of an image, and proves that it leaves out what it says, and no more.
  private mutating func use(_ image: BundleIndex.Image, _ root: Int32) throws(SealiftError) {
    let absent = Set(image.absent)
    guard !absent.contains(image.manifest.digest) else {
      throw .unwhole("image \(image.manifest.digest) leaves itself out")
    }
    var left: Set<Digest> = []
    var known: Set<Int32> = [root]
    var open = [root]
    while let next = open.popLast() {
      uses[Int(next)].formUnion([.manifest, .typed])
      let node = nodes[Int(next)]
      if absent.isEmpty {
        if node.isWhole { continue }
        nodes[Int(next)].isWhole = true
      }
      for place in node.missing {
        let digest = unlisted[Int(place) - uses.count]
        guard absent.contains(digest) else { throw .unlisted(digest, for: "manifest \(name(of: next))") }
        left.insert(digest)
      }
      for child in node.children {
        if absent.contains(name(of: child)) {
          left.insert(name(of: child))
        } else if known.insert(child).inserted {
          open.append(child)
        }
      }
    }
    guard left.count == absent.count else {
      throw .unwhole("image \(image.manifest.digest) leaves out what none of its lists names")
    }
  }

  private func name(of place: Int32) -> Digest { index.metadata[Int(place)].digest }

  private func place(ofManifest child: Descriptor, of name: Digest) throws(SealiftError) -> Int32 {
    let place = try place(of: child.digest, for: "manifest \(name)")
    // Its size may be another one: the digest says what it is, and publishers err.
    guard place < nodes.count, child.mediaType.isManifest, listed(Int(place)).mediaType == child.mediaType else {
      throw .unwhole("\(child.digest) is not listed as the '\(child.mediaType)' that manifest \(name) names")
    }
    return place
  }

  private mutating func use(blob: Descriptor, of name: Digest) throws(SealiftError) {
    let place = Int(try place(of: blob.digest, for: "manifest \(name)"))
    let listed = listed(place)
    guard listed.size == blob.size else {
      throw .unwhole("\(blob.digest) has \(listed.size) bytes, and manifest \(name) says \(blob.size)")
    }
    uses[place].insert(listed.mediaType == blob.mediaType ? [.blob, .typed] : .blob)
  }

  private func place(of digest: Digest, for user: @autoclosure () -> String) throws(SealiftError) -> Int32 {
    guard let place = places[digest], place < uses.count else { throw .unlisted(digest, for: user()) }
    return place
  }

  private func listed(_ place: Int) -> Descriptor {
    if place < nodes.count { return index.metadata[place] }
    let stored = place - nodes.count
    return stored < index.blobs.count
      ? index.blobs[stored].descriptor : index.held[stored - index.blobs.count].descriptor
  }

  private func tooDeep(_ place: Int32) -> SealiftError {
    .unwhole("\(listed(Int(place)).digest) stands below \(Manifest.maximumDepth) manifests or more")
  }
}

extension SealiftError {
  /// A bundle whose parts are whole, and do not make a whole.
  static func unwhole(_ problem: String) -> SealiftError {
    SealiftError(
      .corrupt, "the bundle is not whole: \(problem)",
      nextStep: "get a fresh copy of the bundle; if that says the same, it must be packed again")
  }

  fileprivate static func unlisted(_ digest: Digest, for user: String) -> SealiftError {
    .unwhole("\(user) needs \(digest), which is not in the bundle")
  }
}
