internal import BundleFormat
internal import Diagnostics
internal import Digests
internal import OCI
internal import SystemIO

/// What one base says: a bundle, its saved head, or a receipt of it.
struct BaseContent {
  /// A blob that it has brought, or has rested on itself.
  struct Blob {
    let digest: Digest
    let size: Int
    /// Places in the repositories of all bases, one list behind the other.
    var places: [Int]
  }

  let facts: BaseFacts
  /// The bundles that have brought the blobs: those that it rests on itself, then itself.
  var bases: [BundleIndex.Base]
  var blobs: [Blob] = []

  /// Reads a bundle or its head.
  ///
  /// - Parameter directory: For temporary files.
  /// - Throws: `untrusted`, `corrupt`.
  init(bundle path: String, _ trust: BaseTrust, directory: String) throws {
    let input = BundleInput(try trust.medium(path))
    let store = try MetadataStore(in: directory)
    let head = try input.readHead(trust.open(input, path)) { try store.put($0, $1) }
    let index = head.verified.index
    let destinations = Set(index.images.map(\.destination)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let own = BundleIndex.Base(
      created: index.created, id: head.verified.id, name: .baseName(input.name), repositories: destinations)
    facts = try BaseFacts(path: path, base: own, index, store)
    bases = index.bases + [own]
    try addBlobs(of: index, store, from: index.basePlaces.count, destinations)
  }

  private mutating func addBlobs(
    of index: BundleIndex, _ store: MetadataStore, from start: Int, _ destinations: [String]
  ) throws {
    let numbers = Dictionary(uniqueKeysWithValues: destinations.enumerated().map { ($1, start + $0) })
    blobs = index.blobs.map { Blob(digest: $0.descriptor.digest, size: $0.descriptor.size, places: []) }
    let places = Dictionary(uniqueKeysWithValues: blobs.enumerated().map { ($1.digest, Int32($0)) })
    for image in index.images {
      guard let number = numbers[image.destination] else { continue }
      for blob in try ImageGraph(image, in: store).blobs {
        guard let place = places[blob.digest].map({ Int($0) }), !blobs[place].places.contains(number) else { continue }
        blobs[place].places.append(number)
      }
    }
    blobs += index.held.map { Blob(digest: $0.descriptor.digest, size: $0.descriptor.size, places: $0.places) }
  }

  /// Reads a receipt.
  ///
  /// - Throws: `untrusted`; `configuration` for one of a run that did not bring everything.
  init(_ receipt: SignedReceipt, _ trust: BaseTrust, path: String) throws(SealiftError) {
    try trust.require(receipt, path)
    let content = try ReceiptContent(receipt.line, path: path)
    let (created, id) = try content.requireBase(path)
    let target = try TargetAddress(content.target)
    func destination(_ blob: ReceiptContent.Blob) -> String? {
      target.destination(of: blob.repository).flatMap { ImageReference.isRepository($0) ? $0 : nil }
    }
    var numbers: [String: Int] = [:]
    for blob in content.blobs {
      if let repository = destination(blob) { numbers[repository] = 0 }
    }
    let repositories = numbers.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for (number, repository) in repositories.enumerated() { numbers[repository] = number }
    let own = BundleIndex.Base(
      created: created, id: id, name: content.bundleName.map { .baseName($0) } ?? .unnamedBase,
      repositories: repositories)
    facts = BaseFacts(path: path, base: own, content, target: target)
    bases = [own]
    var places: [Digest: Int32] = [:]
    for blob in content.blobs {
      guard let size = blob.size, let number = destination(blob).flatMap({ numbers[$0] }) else { continue }
      if let place = places[blob.digest] {
        blobs[Int(place)].places.append(number)
      } else {
        places[blob.digest] = Int32(blobs.count)
        blobs.append(Blob(digest: blob.digest, size: size, places: [number]))
      }
    }
  }
}

extension ReceiptContent {
  /// Checks that all of a bundle is at the target, and gives what tells it from others.
  ///
  /// - Throws: `configuration`.
  fileprivate func requireBase(_ path: String) throws(SealiftError) -> (created: String, id: Digest) {
    let again = "unpack that bundle again with --receipt, or name the bundle itself"
    guard isComplete else {
      throw SealiftError(
        .configuration, "\(path) is the receipt of a run after which something was missing at \(target)",
        nextStep: again)
    }
    guard let created, BundleIndex.isTime(created), let id = try? Digest(bundle) else {
      throw SealiftError(
        .configuration, "\(path) does not say when its bundle was made: an older version of sealift wrote it",
        nextStep: again)
    }
    return (created, id)
  }
}

extension String {
  /// What a base is called whose name is not known, or is none that can be shown.
  fileprivate static let unnamedBase = "unnamed"

  /// What a base is called that has this path: the name of the bundle, also where only its head was saved beside it.
  fileprivate static func baseName(_ path: String) -> String {
    var name = FileSystem.name(of: path)
    if name.hasSuffix(headSuffix) { name.removeLast(headSuffix.count) }
    return BundleIndex.Base.isName(name) ? name : unnamedBase
  }

  private static let headSuffix = ".head"
}
