internal import Diagnostics
public import Digests
internal import JSON
public import OCI

extension BundleIndex {
  /// A bundle that the target must have taken before: some of its blobs are needed, and not here.
  public struct Base: Sendable, Equatable {
    /// When it was planned, `YYYY-MM-DDThh:mm:ssZ`.
    public var created: String
    /// The id of the bundle.
    public var id: Digest
    /// What whoever packed the update called its file, without directories.
    public var name: String
    /// The repositories that it has brought held blobs to, relative to the target; ascending.
    public var repositories: [String]

    /// Makes one.
    public init(created: String, id: Digest, name: String, repositories: [String]) {
      self.created = created
      self.id = id
      self.name = name
      self.repositories = repositories
    }
  }

  /// A blob that the target has already, from one of the bases: it is listed, and its bytes are not in the bundle.
  public struct HeldBlob: Sendable, Equatable {
    /// Digest, size and media type.
    public var descriptor: Descriptor
    /// Where bases have put it: places in the repositories of all bases, one list behind the other; ascending.
    public var places: [Int]

    /// Makes one.
    public init(descriptor: Descriptor, places: [Int]) {
      self.descriptor = descriptor
      self.places = places
    }
  }

  /// Where bases have put things: each repository of each base, in the order that places count.
  public var basePlaces: [(base: Int, repository: String)] {
    bases.indices.flatMap { base in bases[base].repositories.map { (base: base, repository: $0) } }
  }

  /// The bytes of all held blobs, each once.
  public var heldBytes: Int { held.reduce(0) { $0 + $1.descriptor.size } }
}

extension BundleIndex.Base {
  /// The greatest number of them: one a day for three years.
  public static let maximumCount = 1024
  /// The longest name in bytes, as file systems have it.
  public static let maximumNameBytes = 255

  /// Whether a text can be the name of one: one component of a path that a terminal can show.
  public static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= maximumNameBytes
      && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }
  }
}

extension BundleIndex.HeldBlob {
  /// The greatest number of places of one: a blob that a registry has lost at so many is lost.
  public static let maximumPlaces = 16
}

extension BundleIndex {
  /// Checks that each held blob says where it is, and that each base is needed.
  func checkHeld() throws(SealiftError) {
    guard bases.count <= Base.maximumCount else { throw .index("it has more than \(Base.maximumCount) bases") }
    guard Set(bases.map(\.id)).count == bases.count else { throw .index("a base stands twice") }
    for base in bases { try Self.check(base) }
    var unused = Set(0..<bases.reduce(0) { $0 + $1.repositories.count })
    let count = unused.count
    var sum = 0
    for blob in held {
      let digest = blob.descriptor.digest
      guard (1...HeldBlob.maximumPlaces).contains(blob.places.count) else {
        throw .index("\(digest) is held at no place, or at more than \(HeldBlob.maximumPlaces)")
      }
      for (place, next) in zip(blob.places, blob.places.dropFirst()) where place >= next {
        throw .index("the places of \(digest) are not in order, or one stands twice")
      }
      guard let last = blob.places.last, last < count else { throw .index("\(digest) is held at a place of no base") }
      unused.subtract(blob.places)
      guard blob.descriptor.size <= Self.maximumStream - sum else {
        throw .index("its sizes add up to more than any disk holds")
      }
      sum += blob.descriptor.size
    }
    if let first = unused.min() {
      let place = basePlaces[first]
      throw .index("no held blob needs \(place.repository) of base \(bases[place.base].id)")
    }
  }

  private static func check(_ base: Base) throws(SealiftError) {
    guard Base.isName(base.name) else { throw .index("'\(base.name)' is not the name of a base") }
    guard isTime(base.created) else { throw .index("'\(base.created)' is not a time, YYYY-MM-DDThh:mm:ssZ") }
    guard !base.repositories.isEmpty else { throw .index("no held blob needs base \(base.id)") }
    for repository in base.repositories where !ImageReference.isRepository(repository) {
      throw .index("'\(repository)' is not a repository's path")
    }
    try checkOrder(base.repositories, "the repositories of base \(base.id)")
  }
}

extension JSONReader {
  /// Reads an element of `bases`.
  mutating func base(_ texts: inout TextCount) throws(SealiftError) -> BundleIndex.Base {
    var (created, name): (String?, String?)
    var id: Digest?
    var repositories: [String]?
    try object { (reader, member) throws(SealiftError) in
      switch member {
      case "created": created = try reader.string()
      case "id": id = try reader.digest()
      case "name": name = try reader.string()
      case "repositories": repositories = try texts.list(&reader)
      default: try reader.skip()
      }
    }
    guard let created, let id, let name, let repositories else {
      throw failure("a base lacks its created, id, name or repositories")
    }
    return BundleIndex.Base(created: created, id: id, name: name, repositories: repositories)
  }
}

extension JSONWriter {
  /// Writes an element of `bases`.
  mutating func base(_ base: BundleIndex.Base) {
    object { writer in
      writer.member("created", base.created)
      writer.member("id", base.id.description)
      writer.member("name", base.name)
      writer.member("repositories")
      writer.array(of: base.repositories) { $0.string($1) }
    }
  }

  /// Writes an element of `blobs` that is held.
  mutating func held(_ blob: BundleIndex.HeldBlob) {
    object { writer in
      writer.member("digest", blob.descriptor.digest.description)
      writer.member("encoding", BundleIndex.heldEncoding)
      writer.member("mediaType", blob.descriptor.mediaType.rawValue)
      writer.member("places")
      writer.array(of: blob.places) { $0.integer($1) }
      writer.member("size", blob.descriptor.size)
    }
  }
}
