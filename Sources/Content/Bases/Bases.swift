public import BundleFormat
public import ClusterManifests
internal import Diagnostics
internal import Digests
public import OCI
public import Signing

/// What targets have already, as bases tell it: which blobs, and where.
public struct Bases: Sendable {
  /// A blob that bases have: numbers, as there can be a hundred thousand.
  private struct Known {
    let size: Int
    /// Where it is, by a number of `lists`.
    var list: Int32
    /// The targets that have it, one bit for each.
    var targets: UInt64
  }

  /// The greatest number of targets that one run can count on.
  public static let maximumTargets = 64

  /// What each of the files that were named says of itself, in their order.
  public private(set) var facts: [BaseFacts] = []
  /// What the targets are called: each receipt's, and each bundle that was named without one.
  public private(set) var targets: [String] = []
  /// Whether a blob is left out only where every target has it.
  public let isForAll: Bool

  private var bases: [BundleIndex.Base] = []
  // The places in `bases` of what each of `facts` counts on.
  private var counted: [[Int32]] = []
  // The repositories of all bases, in the order in which they were met; places count them.
  private var places: [Place] = []
  private var placeNumbers: [Place: Int32] = [:]
  // Most blobs lie where others do: each set of places is kept once.
  private var lists: [[Int32]] = []
  private var listNumbers: [[Int32]: Int32] = [:]
  private var numbers: [Digest: Int32] = [:]
  private var known: [Known] = []

  private struct Place: Hashable {
    let base: Int32
    let repository: String
  }

  /// Reads what was named. It blocks.
  ///
  /// - Parameters:
  ///   - own: The keys that sign the new bundle.
  ///   - directory: For temporary files.
  /// - Throws: `untrusted`, `corrupt`, or `configuration` for what is no base.
  public init(_ options: BaseOptions, own: [PublicKey], directory: String) throws {
    isForAll = options.isForAll
    guard !options.paths.isEmpty else { return }
    let trust = try BaseTrust(options, own: own)
    for path in options.paths {
      let content =
        if let receipt = try SignedReceipt(ofReceipt: path) {
          try BaseContent(receipt, trust, path: path)
        } else {
          try BaseContent(bundle: path, trust, directory: directory)
        }
      try add(content)
    }
  }

  /// Whether nothing was named.
  public var isEmpty: Bool { facts.isEmpty }

  /// What tells them from others: two runs that rest on the same can share a file.
  public var inputs: [String] {
    facts.map { "\($0.base.id) \($0.base.name)" + ($0.target.map { " \($0)" } ?? "") } + (isForAll ? ["for all"] : [])
  }

  /// What clusters find at the mirror because of them.
  public var mirroredImages: [MirroredImage] { facts.flatMap(\.mirrored) }

  /// The mirror sets that they have made, which keep what is at the target from before them.
  public var mirrorSets: [ClusterManifest] { facts.flatMap(\.mirrorSets) }

  private mutating func add(_ content: BaseContent) throws(SealiftError) {
    let target = try targetNumber(content.facts)
    facts.append(content.facts)
    let numbers = content.bases.map { number(of: $0) }
    counted.append(numbers)
    var own: [Int32] = []
    for (number, base) in zip(numbers, content.bases) {
      own += base.repositories.map { self.number(of: Place(base: number, repository: $0)) }
    }
    for blob in content.blobs where !blob.places.isEmpty {
      add(blob, at: blob.places.map { own[$0] }, target)
    }
  }

  private mutating func targetNumber(_ facts: BaseFacts) throws(SealiftError) -> Int {
    let name = facts.target ?? facts.path
    if let number = targets.firstIndex(of: name) { return number }
    guard !isForAll || targets.count < Self.maximumTargets else {
      throw SealiftError(
        .usage, "--for-all with more than \(Self.maximumTargets) targets is too much",
        nextStep: "pack one bundle for some of them, and one for the others")
    }
    targets.append(name)
    return targets.count - 1
  }

  private mutating func number(of base: BundleIndex.Base) -> Int32 {
    if let number = bases.firstIndex(where: { $0.id == base.id }) { return Int32(number) }
    bases.append(BundleIndex.Base(created: base.created, id: base.id, name: base.name, repositories: []))
    return Int32(bases.count - 1)
  }

  private mutating func number(of place: Place) -> Int32 {
    if let number = placeNumbers[place] { return number }
    let number = Int32(places.count)
    placeNumbers[place] = number
    places.append(place)
    return number
  }

  private mutating func number(of list: [Int32]) -> Int32 {
    if let number = listNumbers[list] { return number }
    let number = Int32(lists.count)
    listNumbers[list] = number
    lists.append(list)
    return number
  }

  private mutating func add(_ blob: BaseContent.Blob, at places: [Int32], _ target: Int) {
    let bit = UInt64(1) << UInt64(target)
    guard let number = numbers[blob.digest].map({ Int($0) }) else {
      numbers[blob.digest] = Int32(known.count)
      known.append(Known(size: blob.size, list: number(of: places.sorted()), targets: bit))
      return
    }
    // Two sizes of one digest: one of them lies, and the blob travels.
    guard known[number].size == blob.size else { return }
    known[number].targets |= bit
    known[number].list = self.number(of: Set(lists[Int(known[number].list)]).union(places).sorted())
  }

  private func known(_ blob: Descriptor) -> Known? {
    guard let number = numbers[blob.digest], known[Int(number)].size == blob.size else { return nil }
    return known[Int(number)]
  }

  /// Whether a target has a blob, as its bases say.
  ///
  /// - Parameter target: Its place in `targets`.
  public func has(_ blob: Descriptor, at target: Int) -> Bool {
    known(blob).map { $0.targets & 1 << UInt64(target) != 0 } ?? false
  }

  /// Whether one of the files that were named brings a blob, or counts on it itself.
  ///
  /// - Parameter file: Its place in `facts`.
  func has(_ blob: Descriptor, from file: Int) -> Bool {
    guard let list = known(blob).map({ lists[Int($0.list)] }) else { return false }
    return list.contains { counted[file].contains(places[Int($0)].base) }
  }

  private func isHeld(_ blob: Known) -> Bool { !isForAll || blob.targets.nonzeroBitCount == targets.count }

  /// Whether a blob need not travel.
  public func isHeld(_ blob: Descriptor) -> Bool { known(blob).map(isHeld) ?? false }

  /// What an index says of blobs that need not travel.
  ///
  /// - Parameter blobs: Blobs that are held, in the order in which they are needed.
  /// - Returns: The same with their places, and the bases that these belong to.
  public func entries(of blobs: [Descriptor]) -> (held: [BundleIndex.HeldBlob], bases: [BundleIndex.Base]) {
    let order = places.indices.sorted { (left, right) in
      let (left, right) = (places[left], places[right])
      guard left.base == right.base else { return left.base < right.base }
      return left.repository.utf8.lexicographicallyPrecedes(right.repository.utf8)
    }
    var ranks = [Int](repeating: 0, count: order.count)
    for (rank, place) in order.enumerated() { ranks[place] = rank }
    let shown = lists.map { list in
      Array(list.map { ranks[Int($0)] }.sorted().prefix(BundleIndex.HeldBlob.maximumPlaces))
    }
    let listed = blobs.map { known($0).map { shown[Int($0.list)] } ?? [] }
    var used = [Int?](repeating: nil, count: order.count)
    for list in listed { for rank in list { used[rank] = 0 } }
    var count = 0
    var bases = self.bases
    for rank in used.indices where used[rank] != nil {
      used[rank] = count
      count += 1
      let place = places[order[rank]]
      bases[Int(place.base)].repositories.append(place.repository)
    }
    let held = zip(blobs, listed).map { BundleIndex.HeldBlob(descriptor: $0, places: $1.compactMap { used[$0] }) }
    return (held, bases.filter { !$0.repositories.isEmpty })
  }
}
