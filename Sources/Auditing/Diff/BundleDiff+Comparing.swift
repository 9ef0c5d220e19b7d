internal import BundleFormat
internal import Content
public import Diagnostics
internal import Digests
internal import JSON
internal import OCI

extension BundleDiff {
  /// Compares two sides.
  ///
  /// - Throws: What reading the text of a manifest throws.
  public init(_ from: DiffSide, _ to: DiffSide) throws(SealiftError) {
    let before = from.digests
    let after = to.digests
    var found = Self.sections(from, to)
    if let head = to.head {
      try found[.images]?.measure(head, without: before.union(head.index.held.map(\.descriptor.digest)))
    }
    if let old = from.head, let new = to.head { try found[.manifests]?.compareLines(old, new) }
    self.from = from
    self.to = to
    sections = DiffKind.allCases.map { ($0, found[$0]) }
    brings = to.head?.amount { !before.contains($0) }
    lacks = from.head?.amount { !after.contains($0) }
    shared = to.head?.amount(withHeld: true, before.contains) ?? from.head?.amount(withHeld: true, after.contains)
  }

  /// The kinds of which both sides tell.
  private static func sections(_ from: DiffSide, _ to: DiffSide) -> [DiffKind: Section] {
    let names = CatalogNames([from, to].map { $0.head?.index.catalogs.map(\.source) ?? [] })
    let after = DiffListing(to, against: from, names).items
    return DiffListing(from, against: to, names).items.reduce(into: [:]) { sections, listed in
      sections[listed.key] = after[listed.key].map { Section(listed.value, $0) }
    }
  }
}

extension BundleDiff.Section {
  /// Of two things with one name on one side the last one counts: their names are made so that there are none.
  fileprivate init(_ old: [BundleDiff.Item], _ new: [BundleDiff.Item]) {
    let before = Dictionary(old.map { ($0.name, $0) }) { $1 }
    let after = Dictionary(new.map { ($0.name, $0) }) { $1 }
    for item in after.values {
      guard let earlier = before[item.name] else {
        added.append(item)
        continue
      }
      let facts = item.changes(since: earlier)
      if facts.isEmpty {
        unchanged += 1
      } else {
        changed.append(.init(name: item.name, facts: facts, item: item))
      }
    }
    removed = before.values.filter { after[$0.name] == nil }.sorted { $0.name.precedes($1.name) }
    added.sort { $0.name.precedes($1.name) }
    changed.sort { $0.name.precedes($1.name) }
  }

  /// Adds the sizes of images that come new, or with another content.
  fileprivate mutating func measure(_ head: AuditedHead, without known: Set<Digest>) throws(SealiftError) {
    let images = Dictionary(head.index.images.flatMap { image in image.destinations.map { ($0, image) } }) { $1 }
    for place in added.indices {
      guard let image = images[added[place].name] else { continue }
      let parts = try head.graph(image).parts
      let new = parts.filter { !known.contains($0.digest) }
      added[place].sizes = [
        .init("bytes", .integer(parts.reduce(0) { $0 + $1.size })),
        .init("newBytes", .integer(new.reduce(0) { $0 + $1.size })),
      ]
    }
  }

  /// Adds the lines of manifests whose texts differ.
  fileprivate mutating func compareLines(_ old: AuditedHead, _ new: AuditedHead) throws(SealiftError) {
    let before = Dictionary(old.contents.templates.map { ($0.path, $0) }) { $1 }
    let after = Dictionary(new.contents.templates.map { ($0.path, $0) }) { $1 }
    for place in changed.indices {
      guard let from = before[changed[place].name], let to = after[changed[place].name] else { continue }
      changed[place].lines = LineDiff(try old.text(from), try new.text(to)).hunks()
    }
  }
}

extension BundleDiff.Item {
  /// The facts that both tell, and that differ.
  fileprivate func changes(since old: BundleDiff.Item) -> [BundleDiff.Change.Fact] {
    facts.compactMap { fact in
      guard let from = old[fact.name], from != fact.value else { return nil }
      return .init(name: fact.name, from: from, to: fact.value)
    }
  }
}

extension AuditedHead {
  /// The blobs that are wanted, and their bytes.
  ///
  /// - Parameter withHeld: Whether those count that an update rests on and does not bring.
  fileprivate func amount(withHeld: Bool = false, _ isWanted: (Digest) -> Bool) -> BundleDiff.Amount {
    var amount = BundleDiff.Amount()
    func add(_ descriptor: Descriptor) {
      guard isWanted(descriptor.digest) else { return }
      amount.blobs += 1
      amount.bytes += descriptor.size
    }
    for descriptor in index.metadata { add(descriptor) }
    for blob in index.blobs { add(blob.descriptor) }
    if withHeld { for blob in index.held { add(blob.descriptor) } }
    return amount
  }
}

extension String {
  /// The order of the format: by bytes, which is quicker than that of Unicode, and the same everywhere.
  func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
